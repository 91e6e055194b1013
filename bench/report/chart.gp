# 'gnuplot {{{stem}}}.gp', in this folder, draws {{{stem}}}.svg and {{{stem}}}.png from {{{stem}}}.csv;
# with -e 'panels = 1' also each panel by itself, as {{{stem}}}-NUMBER.svg.
stem = '{{{stem}}}'
data = stem.'.csv'
title = {{{title}}}
subtitle = {{{subtitle}}}
height = {{{height}}}. # of the whole, in pixels
legend = {{{legend}}}
across = {{{across}}} # panels side by side
orders = {{{orders}}}

# Whether a row of the CSV has these texts.
is(texts) = {{{texts}}} eq texts

# Okabe and Ito's blue and vermillion for the roles, shades after Paul Tol's for the rest. Colour
# is never the only sign: lines have dashes and points, areas have patterns.
C_ink = '#1a1a1a'
C_frame = '#595959'
C_grid = '#d9d9d9'
C_paper = '#ffffff'
C_exit = '#0072b2'
C_reaper = '#d55e00'
C_orders = '#6e6e6e #aa3377 #228833 #8a6d00 #117799 #3d2f8f'
C_under_ptl = '#4477aa'
C_tlb = '#88ccee'
C_free = '#44aa99'
C_other = '#bbbbbb'
C_untrusted = '#999999'
{{{class_colours}}}C_mmap_lock_wait = '#117733'
nth(words, i) = word(words, 1 + i % words(words))

# The next panel: x, y, w and h are its place in the whole, in pixels from the top left, and left,
# right, top and bottom are the margins around its axes.
place = "if (!whole) { W = w = 480.; H = 1.*h; x = 0; y = 0;"
place = place." set terminal svg noenhanced size W,H font 'sans-serif,13' background rgb C_paper;"
place = place." set output stem.'-'.panel.'.svg' }; panel = panel + 1;"
place = place." set lmargin at screen (x+left)/W; set rmargin at screen (x+w-right)/W;"
place = place." set tmargin at screen 1-(y+top)/H; set bmargin at screen 1-(y+h-bottom)/H"

set encoding utf8
do for [picture in exists('panels') ? 'svg png panels' : 'svg png'] {
reset
set datafile separator comma
do for [i = 0:orders-1] {
	set style line i+1 lc rgb nth(C_orders, i) lw 2 dt int(nth('3 1 2 4 5', i)) pt int(nth('2 6 8 4 12 14 10', i)) ps 0.5
}
whole = picture ne 'panels'; panel = 0; W = 960.; H = height
# A PNG is shown in mails, where it cannot be scaled without loss; its text is counted in points.
scale = 1.6
pixel = picture eq 'png' ? 0.75 : 1
text_size = sprintf('%g', 13*pixel)
small_size = sprintf('%g', 12*pixel)
title_size = sprintf('%g', 17*pixel)
if (picture eq 'svg') {
	set terminal svg noenhanced size W,H font 'sans-serif,'.text_size background rgb C_paper
}
if (picture eq 'png') {
	set terminal pngcairo noenhanced size scale*W,scale*H font 'sans-serif,'.text_size fontscale scale linewidth scale pointscale scale background rgb C_paper
}
if (whole) {
	set output stem.'.'.picture
	set multiplot
	set label 1 title at screen 16/W,1-22/H left font ','.title_size tc rgb C_ink
	set label 2 subtitle at screen 16/W,1-44/H left font ','.small_size tc rgb C_frame
}

# The legend.
x = 0; y = 54; w = 960; h = legend; left = 6; right = 6; top = 0; bottom = 0
eval place
above = y + h
unset border; unset tics; unset grid
set xrange [0:1]; set yrange [0:1]
set key inside left center horizontal Left reverse maxrows int(legend/20) samplen 2.4 tc rgb C_ink font ','.text_size
plot NaN notitle{{{keys}}}

unset key; unset label 1; unset label 2
set border 3 lc rgb C_frame
set tics out scale 0.6 textcolor rgb C_ink font ','.text_size
set xtics nomirror offset 0,0.4; set ytics nomirror
set grid lt 1 lw 0.5 lc rgb C_grid
{{{axes}}}{{{panels}}}
if (whole) { unset multiplot }
unset output
}
