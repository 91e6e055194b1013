{{>chart-head.gp}}
across = 2
margins = '68 14 26 46'
panel_height = 276.
keys = 4
keys_across = 2
# Whether a row of the CSV has these texts.
is(texts) = strcol(1).','.strcol(2).','.strcol(3) eq texts
{{>chart-begin.gp}}
	keyentry with lines lw 2 dt 1 lc rgb C_exit title 'exiting task', \
	keyentry with lines lw 2 dt (6,3) lc rgb C_reaper title 'reaper', \
	keyentry with points pt 6 lw 1.2 ps 0.9 lc rgb C_exit title 'exiting task waited', \
	keyentry with points pt 8 lw 1.2 ps 0.9 lc rgb C_reaper title 'reaper waited'
{{>chart-axes.gp}}
set xlabel 'time since the common start (ms)' offset 0,0.9 tc rgb C_ink
set ylabel 'address reached (thousand pages)' offset 1,0 tc rgb C_ink
set xrange [0:{{{time_ms}}}]
set yrange [0:{{{kilopages}}}]
{{#panels}}
{{>chart-panel.gp}}
unset label
lost = 0
{{#lost}}
set label {{.}} at graph 0.97,0.06+0.08*lost right front tc rgb C_ptl_wait; lost = lost + 1
{{/lost}}
# Marks last, so that no line hides them.
plot NaN notitle, \
	data skip 1 using (is('{{{order}}},exit,line') ? $4 : NaN):($5/1000) with lines lw 2 dt 1 lc rgb C_exit notitle, \
	data skip 1 using (is('{{{order}}},reaper,line') ? $4 : NaN):($5/1000) with lines lw 2 dt (6,3) lc rgb C_reaper notitle, \
	data skip 1 using (is('{{{order}}},exit,wait') ? $4 : NaN):($5/1000) with points pt 6 lw 1.2 ps 0.5 lc rgb C_exit notitle, \
	data skip 1 using (is('{{{order}}},reaper,wait') ? $4 : NaN):($5/1000) with points pt 8 lw 1.2 ps 0.5 lc rgb C_reaper notitle
{{/panels}}
{{>chart-end.gp}}
