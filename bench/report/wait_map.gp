{{>chart-head.gp}}
across = 1
margins = '68 14 26 46'
panel_height = 184.
keys = 2
keys_across = 1
bars = {{{bars}}}
longest = {{{longest}}} # wait, in us
is(texts) = strcol(1).','.strcol(2) eq texts
{{>chart-begin.gp}}
	keyentry with lines lw 6 lc rgb C_exit title 'exiting task waited (upward)', \
	keyentry with lines lw 6 lc rgb C_reaper title 'reaper waited (downward)'
{{>chart-axes.gp}}
set ylabel 'us per table' offset 1,0 tc rgb C_ink
set xlabel 'page table, in address order; {{{per_bar}}} to a bar' offset 0,0.9 tc rgb C_ink
set xrange [0:{{{tables}}}]
# Single waits reach over five powers of ten, and there are bars both ways: asinh() is linear up to
# about 1 and logarithmic beyond.
set yrange [-{{{top}}}:{{{top}}}]
set ytics ('0' 0)
tic = longest < 1 ? 0.1 : longest < 30 ? 1. : 10.
while (tic <= longest) {
	set ytics add (sprintf('%g', tic) asinh(tic), sprintf('%g', tic) -asinh(tic))
	tic = tic * (longest < 2000 ? 10 : 100)
}
# A panel by itself is half as wide, and so are its bars.
thick = (960-68-14.) / bars - 0.4
thick = (thick < 1 ? 1 : thick > 8 ? 8 : thick) * (whole ? 1 : 0.5)
{{#panels}}
{{>chart-panel.gp}}
plot 0 with lines lw 1 lc rgb C_frame notitle, \
	data skip 1 using (is('{{{order}}},exit') ? $3+$4/2 : NaN):(asinh($5)) with impulses lw thick lc rgb C_exit notitle, \
	data skip 1 using (is('{{{order}}},reaper') ? $3+$4/2 : NaN):(-asinh($5)) with impulses lw thick lc rgb C_reaper notitle
{{/panels}}
{{>chart-end.gp}}
