#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make an assembler file that puts a program's bytes into another program.

usage: embed_victim.py PROGRAM OUTPUT.S
"""
import os
import sys

program, output = sys.argv[1:]
with open(output, "w", encoding="utf-8") as file:
    file.write(f"""\t.section .rodata
\t.balign 16
\t.globl victim_image, victim_image_end
victim_image:
\t.incbin "{os.path.abspath(program)}"
victim_image_end:
\t.byte 0
\t.section .note.GNU-stack,"",%progbits
""")
