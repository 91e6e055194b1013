{{>chart-head.gp}}
across = 1
margins = '60 14 26 46'
panel_height = 300.
keys = 0{{#series}}+1{{/series}}
keys_across = 1
{{>chart-begin.gp}}
	NaN notitle{{#series}}, \
	keyentry with linespoints ls {{{style}}} title {{words}}{{/series}}
{{>chart-axes.gp}}
set xlabel 'time since the common start (ms)' offset 0,0.9 tc rgb C_ink
set xrange [0:{{{right}}}]
set yrange [0:102]
set ytics 20
{{#panels}}
{{>chart-panel.gp}}
# A point now and then, for eyes and printers that know no colours.
plot NaN notitle{{#series}}, \
	data skip 1 using (strcol(1) eq '{{{order}}}' ? $2 : NaN):3 with steps ls {{{style}}} notitle, \
	data skip 1 using (strcol(1) eq '{{{order}}}' && int($0) % {{{every}}} == 0 ? $2 : NaN):3 with points ls {{{style}}} ps 0.8 notitle{{/series}}
{{/panels}}
{{>chart-end.gp}}
