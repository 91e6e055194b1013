{{>chart-head.gp}}
across = 1
margins = '{{#wide}}222{{/wide}}{{^wide}}{{#two}}184{{/two}}{{^two}}158{{/two}}{{/wide}} 46 8 46'
rows = {{{rows}}}
panel_height = 54 + floor(24 * rows + 0.5)
keys = 0{{#parts}}+1{{/parts}}
keys_across = 2
# Work is plain, waiting hatched.
pattern(i) = int(nth('2 4 5 1 6 3 7', i))
{{>chart-begin.gp}}
	NaN notitle{{#parts}}, \
	keyentry with boxes {{>timesplit-look.gp}} title {{words}}{{/parts}}
{{>chart-axes.gp}}
set grid noytics
set xlabel 'ms of wall time, from the common start to the end of the task' offset -6,0.9 tc rgb C_ink
{{#panels}}
{{>chart-panel.gp}}
unset title
set ytics ('' -9)
{{#bars}}
set ytics add ('{{{name}}}' {{{row}}})
{{/bars}}
set xrange [0:{{{right}}}]
set yrange [{{{bottom}}}:-0.7]
# A part that is shorter would show its border alone.
plot data skip 1 using (strcol(5) eq 'total' ? $7 : NaN):4:(sprintf('%.2f', $7)) with labels left offset 0.6,0 tc rgb C_ink notitle{{#parts}}, \
	data skip 1 using (strcol(5) eq '{{{key}}}' && $8 > {{{shortest}}} ? ($6+$7)/2 : NaN):4:6:7:($4-0.39):($4+0.39) with boxxyerror {{>timesplit-look.gp}} notitle{{/parts}}
{{/panels}}
{{>chart-end.gp}}
