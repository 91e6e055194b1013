#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""embed.py FILE...: a C header on standard output with each file as a string; live.js is live_js.

The first line, which says the license, is not in the string.
"""
import os
import sys

for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines(keepends=True)
    print(f"static const char {os.path.basename(path).replace('.', '_')}[] =")
    for line in lines[1:]:
        # Not a word of it may end the CDATA section it stands in.
        if "]]>" in line:
            sys.exit(f"embed.py: {path}: ]]> in it")
        escaped = line.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        print(f'\t"{escaped}"')
    print("\t;")
