#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make an assembler file that puts the bytes of a file into a program.

usage: embed.py SYMBOL FILE OUTPUT.S

SYMBOL is the first byte; SYMBOL_end is a zero byte behind the last.
"""
import os
import sys

symbol, path, output = sys.argv[1:]
with open(output, "w", encoding="utf-8") as file:
    file.write(f"""\t.section .rodata
\t.balign 16
\t.globl {symbol}, {symbol}_end
{symbol}:
\t.incbin "{os.path.abspath(path)}"
{symbol}_end:
\t.byte 0
\t.section .note.GNU-stack,"",%progbits
""")
