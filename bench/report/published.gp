{{>chart-head.gp}}
across = 1
margins = '76 60 26 46'
panel_height = 150.
keys = 2
keys_across = 2
{{>chart-begin.gp}}
	keyentry with boxes lc rgb C_exit fs pattern 4 title 'exiting task', \
	keyentry with boxes lc rgb C_reaper fs pattern 5 title 'reaper'
{{>chart-axes.gp}}
set xrange [0:180]
set yrange [1.6:-0.6]
set grid noytics
set xlabel 'ms of running time, exiting task + reaper' offset 0,0.9 tc rgb C_ink
set ytics ('forward' 0, 'reverse' 1)
{{#panels}}
{{>chart-panel.gp}}
plot data skip 1 using (strcol(2) eq 'exit' ? ($4+$5)/2 : NaN):3:4:5:($3-0.36):($3+0.36) with boxxyerror lc rgb C_exit fs pattern 4 notitle, \
	data skip 1 using (strcol(2) eq 'reaper' ? ($4+$5)/2 : NaN):3:4:5:($3-0.36):($3+0.36) with boxxyerror lc rgb C_reaper fs pattern 5 notitle, \
	data skip 1 using (strcol(2) eq 'both' ? $5 : NaN):3:(sprintf('%.1f', $6)) with labels left offset 0.6,0 tc rgb C_ink notitle
{{/panels}}
{{>chart-end.gp}}
