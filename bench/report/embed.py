#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make C strings of the templates; the page gets its style sheet inside it.

usage: embed.py PAGE.html STYLE.css SCRIPT.gp OUTPUT.c
"""
import json
import sys


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


html, css, script, output = sys.argv[1:]
page = read(html)
link = '<link rel="stylesheet" href="page.css">'
if page.count(link) != 1:
    sys.exit(f"{html}: does not refer once to page.css")
page = page.replace(link, "<style>\n" + read(css) + "</style>")
with open(output, "w", encoding="ascii") as file:
    for name, text in (("page_template", page), ("chart_template", read(script))):
        file.write(f"extern const char {name}[];\nconst char {name}[] =\n")
        for line in text.splitlines(keepends=True):
            file.write("\t" + json.dumps(line).replace("??", '?""?') + "\n")
        file.write("\t;\n")
