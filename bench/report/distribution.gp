{{>chart-head.gp}}
across = 2
margins = '74 14 26 46'
panel_height = 330.
keys = 0{{#orders}}+1{{/orders}}
keys_across = 2
is(texts) = strcol(1).','.strcol(2) eq texts
{{>chart-begin.gp}}
	NaN notitle{{#orders}}, \
	keyentry with linespoints ls {{{style}}} ps 0.8 title '{{{label}}}'{{/orders}}
{{>chart-axes.gp}}
set logscale xy
set format xy '%g'
set xlabel 'length of a wait (us)' offset 0,0.9 tc rgb C_ink
set ylabel 'waits at least as long, per race' offset 1,0 tc rgb C_ink
set xrange [{{{left}}}:{{{right}}}]
set yrange [0.1:{{{top}}}]
{{#panels}}
{{>chart-panel.gp}}
plot NaN notitle{{#series}}, \
	data skip 1 using (is('{{{locks}}},{{{order}}}') ? $3 : NaN):4 with linespoints ls {{{style}}} pi {{{every}}} ps 0.8 notitle{{/series}}
{{/panels}}
{{>chart-end.gp}}
