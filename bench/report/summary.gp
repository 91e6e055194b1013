{{>chart-head.gp}}
across = 2
margins = '{{#wide}}196{{/wide}}{{^wide}}132{{/wide}} 90 26 46'
rows = {{{rows}}}
panel_height = 72 + floor(19 * (rows + 0.4) + 0.5)
keys = 6
keys_across = 2
is(texts) = strcol(1).','.strcol(2).','.strcol(3) eq texts
# 0 is not on a logarithmic axis: it stands at the left edge.
left = {{{low}}}
right = {{{high}}}
shown(x) = x > left ? x : left
# Round for wall time, pointed for CPU time; filled where a difference is claimed.
point(figure, state) = (figure eq 'wall' ? 6 : 8) + (state eq 'better' || state eq 'worse')
{{>chart-begin.gp}}
	keyentry with points pt 6 ps 0.9 lc rgb C_ink title 'wall time', \
	keyentry with points pt 8 ps 0.9 lc rgb C_ink title 'CPU time', \
	keyentry with points pt 5 ps 0.9 lc rgb C_better title 'better: less time', \
	keyentry with points pt 5 ps 0.9 lc rgb C_worse title 'worse: more time', \
	keyentry with points pt 4 ps 0.9 lc rgb C_same title 'no difference seen', \
	keyentry with points pt 4 ps 0.9 lc rgb C_untrusted title 'not to be trusted'
{{>chart-axes.gp}}
set logscale x
set format x '%g'
set grid noytics
set xlabel '< less time         ratio         more time >' offset 0,0.9 tc rgb C_ink
set arrow 1 from 1, graph 0 to 1, graph 1 nohead lw 1.5 dt 2 lc rgb C_ink
# Both panels have the same axes.
set xrange [{{{low}}}:{{{high}}}]
set yrange [{{{bottom}}}:-0.7]
set y2range [{{{bottom}}}:-0.7]
if (right < 1.2) {
	set xtics (0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15)
} else { if (right < 2) {
	set xtics (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.4, 1.6, 2)
} else { if (right < 8) {
	set xtics (0.125, 0.2, 0.33, 0.5, 0.7, 1, 1.4, 2, 3, 5, 8)
} else {
	set xtics (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
} } }
{{#panels}}
{{>chart-panel.gp}}
set ytics ('' -9)
set y2tics scale 0 ('' -9)
{{#lines}}
set ytics add ({{label}} {{{row}}}); set y2tics add ('{{{right}}}' {{{row}}})
{{/lines}}
plot NaN notitle, \
	for [figure in 'wall running'] for [state in 'better worse same untrusted'] data skip 1 using (is('{{{against}}},'.figure.','.state) ? shown($5) : NaN):4:(shown($6)):(shown($7)) with xerrorbars pt point(figure, state) ps 0.8 lw 1.5 lc rgb value('C_'.state) notitle
{{/panels}}
{{>chart-end.gp}}
