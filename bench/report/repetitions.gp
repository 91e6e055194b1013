{{>chart-head.gp}}
across = 2
margins = '56 14 26 64'
panel_height = 280.
keys = 3{{#two}}+1{{/two}}
keys_across = 2
half = {{#two}}0.17{{/two}}{{^two}}0.32{{/two}} # the width of a median's line
is(texts) = strcol(1).','.strcol(2).','.strcol(3) eq texts && strcol(4) ne 'median'
is_median(figure) = strcol(1) eq figure && strcol(4) eq 'median'
{{>chart-begin.gp}}
	keyentry with points pt 6 ps 0.8 lc rgb C_ink title '{{#two}}A: {{/two}}a repetition', \
{{#two}}
	keyentry with points pt 7 ps 0.8 lc rgb C_ink title 'B: a repetition', \
{{/two}}
	keyentry with lines lw 2 lc rgb C_ink title 'median', \
	keyentry with lines lw 10 lc rgb C_grid title 'its 95 % interval'
{{>chart-axes.gp}}
set grid noxtics
{{#panels}}
{{>chart-panel.gp}}
set xrange [-0.5:{{{right}}}]
set yrange [0:{{{top}}}]
# Under each order its median, so that it need not be read off the axis.
set xtics ('' -9)
{{#tics}}
set xtics add ('{{{name}}}'{{#medians}}."\n{{{.}}}"{{/medians}} {{{at}}})
{{/tics}}
# The dots last, so that nothing hides them. The second file's are filled.
plot data skip 1 using (is_median('{{{figure}}}') ? $5 : NaN):6:($5-half):($5+half):7:8 with boxxyerror lc rgb C_grid fs solid 1 noborder notitle, \
	data skip 1 using (is_median('{{{figure}}}') ? $5-half : NaN):6:(2*half):(0) with vectors nohead lw 2 lc rgb C_ink notitle{{#series}}, \
	data skip 1 using (is('{{{figure}}},{{{order}}},{{{file}}}') ? $5 : NaN):6 with points ls {{{style}}} {{#point}}pt {{{.}}} {{/point}}ps 0.6 lw 1.2 notitle{{/series}}
{{/panels}}
{{>chart-end.gp}}
