#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make a C string of a page, with its style sheet inside it.

usage: embed.py PAGE.html STYLE.css OUTPUT.c
"""
import json
import sys

html, css, output = sys.argv[1:]
link = '<link rel="stylesheet" href="page.css">'
with open(html, encoding="ascii") as page, open(css, encoding="ascii") as style:
    text = page.read()
    if text.count(link) != 1:
        sys.exit(f"{html}: does not refer once to page.css")
    text = text.replace(link, "<style>\n" + style.read() + "</style>")
with open(output, "w", encoding="ascii") as file:
    file.write("extern const char page_template[];\nconst char page_template[] =\n")
    for line in text.splitlines(keepends=True):
        file.write("\t" + json.dumps(line).replace("??", '?""?') + "\n")
    file.write("\t;\n")
