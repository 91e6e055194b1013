#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""recorded.py OUT [MAPLE_C]: the operations that tools/testing/radix-tree/maple.c of a kernel has
recorded from programs, as a C file for recorded.h. The sets are arrays of triples there: what, the first
and the last index. Without a file, or in one without such arrays, there are none."""
import re
import sys

KINDS = {"STORE": "RECORDED_STORE", "SNULL": "RECORDED_CLEAR", "ERASE": "RECORDED_ERASE"}


def sets_of(text):
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    for body in re.findall(r"\bunsigned\s+long\s+set\d*\s*\[\]\s*=\s*\{(.*?)\}", text, flags=re.S):
        words = [word for word in re.split(r"[\s,]+", body) if word]
        ops = list(zip(words[0::3], words[1::3], words[2::3]))
        # Another test has a list of single indexes under such a name.
        if len(words) % 3 == 0 and all(op[0] in KINDS for op in ops):
            yield [(KINDS[kind], int(first.rstrip("UL"), 0), int(last.rstrip("UL"), 0))
                   for kind, first, last in ops]


def main():
    text = ""
    if len(sys.argv) > 2:
        with open(sys.argv[2], encoding="utf-8", errors="replace") as file:
            text = file.read()
    ends, lines = [], []
    for ops in sets_of(text):
        lines += [f"\t{{{kind}, {first}UL, {last}UL}},\n" for kind, first, last in ops]
        ends.append(len(lines))
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        out.write('#include "recorded.h"\n\n'
                  f"const size_t recorded_sets = {len(ends)};\n"
                  f"const size_t recorded_end[] = {{{', '.join(map(str, ends or [0]))}}};\n"
                  "const struct recorded_op recorded_ops[] = {\n"
                  f"{''.join(lines) or chr(9) + '{RECORDED_STORE, 0, 0},' + chr(10)}}};\n")


main()
