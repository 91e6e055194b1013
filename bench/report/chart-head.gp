# 'gnuplot {{{stem}}}.gp', in this folder, draws {{{stem}}}.svg and {{{stem}}}.png from {{{stem}}}.csv;
# with -e 'panels = 1' also each panel by itself, as {{{stem}}}-NUMBER.svg.
stem = '{{{stem}}}'
data = stem.'.csv'
title = {{title}}
subtitle = ''{{#subtitle}}.'  |  '.{{.}}{{/subtitle}}
subtitle = substr(subtitle, 6, strlen(subtitle))
nth(words, i) = word(words, 1 + i % words(words))

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
C_classes = '#cc3311 #882255 #b8860b #332288 #999933 #661100'
class = 0
{{#classes}}
C_{{{.}}}_wait = nth(C_classes, class); class = class + 1
{{/classes}}
C_mmap_lock_wait = '#117733'
C_better = C_under_ptl
C_worse = C_ptl_wait
C_same = C_ink

# Of this chart: panels side by side; the left, right, upper and lower margins around the axes of a
# panel, and its height, all in pixels; entries of the legend, and those that 480 pixels have room for.
