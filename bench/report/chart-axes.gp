
unset key; unset label 1; unset label 2
set border 3 lc rgb C_frame
set tics out scale 0.6 textcolor rgb C_ink font ','.text_size
set xtics nomirror offset 0,0.4; set ytics nomirror
set grid lt 1 lw 0.5 lc rgb C_grid
