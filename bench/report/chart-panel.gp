
x = (drawn-1) % across * 960/across; y = above + (drawn-1)/across * panel_height; w = 960./across
eval place
set title {{title}} font ','.text_size tc rgb C_ink offset 0,-0.6
