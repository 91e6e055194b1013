
# The next picture: x, y, w and h are its place in the whole, in pixels from the top left.
margin(i) = real(word(margins, i))
place = "if (!whole) { W = w = 480.; H = 1.*h; x = 0; y = 0;"
place = place." set terminal svg noenhanced size W,H font 'sans-serif,13' background rgb C_paper;"
place = place." set output stem.'-'.drawn.'.svg' }; drawn = drawn + 1;"
place = place." set lmargin at screen (x+margin(1))/W; set rmargin at screen (x+w-margin(2))/W;"
place = place." set tmargin at screen 1-(y+margin(3))/H; set bmargin at screen 1-(y+h-margin(4))/H"
panel_margins = margins
legend = 20 * ceil(1. * keys / keys_across) + 8
nr_panels = 0{{#panels}}+1{{/panels}}
across = nr_panels < across ? nr_panels : across

set encoding utf8
do for [picture in exists('panels') ? 'svg png panels' : 'svg png'] {
reset
set datafile separator comma
do for [i = 0:63] {
	set style line i+1 lc rgb nth(C_orders, i) lw 2 dt int(nth('3 1 2 4 5', i)) pt int(nth('2 6 8 4 12 14 10', i)) ps 0.5
}
whole = picture ne 'panels'; drawn = 0; W = 960.
H = 54. + legend + panel_height * ceil(1. * nr_panels / across)
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
x = 0; y = 54; w = 960; h = legend; margins = '6 6 0 0'
eval place
margins = panel_margins; above = y + h; h = panel_height
unset border; unset tics; unset grid
set xrange [0:1]; set yrange [0:1]
set key inside left center horizontal Left reverse maxrows int(legend/20) samplen 2.4 tc rgb C_ink font ','.text_size
plot NaN notitle, \
