#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make a C string NAME_template of each template NAME.*, with its {{>partials}} in it.

usage: embed.py TEMPLATE... OUTPUT.c
"""
import json
import os
import re
import sys


def read(path):
    """A partial is a file beside the one that names it; alone on its line, it takes the line."""
    with open(path, encoding="ascii") as file:
        return re.sub(r"{{>([\w.-]+)}}(\n?)",
                      lambda tag: read(os.path.join(os.path.dirname(path), tag[1])).rstrip("\n") + tag[2],
                      file.read())


def check(path, text):
    """Each tag must be one, and each section must be closed by its own name."""
    opened = []
    for tag in re.findall(r"{{{.*?(?:}}}|$)|{{.*?(?:}}|$)", text, re.DOTALL):
        if not re.fullmatch(r"{{{[\w.]+}}}|{{[#^/]?[\w.]+}}", tag):
            sys.exit(f"{path}: {tag} is not a tag")
        if tag[2] in "#^":
            opened.append(tag[3:])
        elif tag[2] == "/" and (not opened or opened.pop() != tag[3:]):
            sys.exit(f"{path}: {tag} closes nothing")
    if opened:
        sys.exit(f"{path}: {{{{#{opened[-1]} is not closed")


with open(sys.argv[-1], "w", encoding="ascii") as output:
    for template in sys.argv[1:-1]:
        name = os.path.basename(template).partition(".")[0] + "_template"
        output.write(f"extern const char {name}[];\nconst char {name}[] =\n")
        check(template, read(template))
        for line in read(template).splitlines(keepends=True):
            # A section's tag alone on its line takes the line too.
            if re.fullmatch(r"{{[#^/][\w.]+}}\n", line):
                line = line[:-1]
            output.write("\t" + json.dumps(line).replace("??", '?""?') + "\n")
        output.write("\t;\n")
