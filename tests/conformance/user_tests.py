#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""user_tests.py OUTPUT SOURCE NAME...: from SOURCE, tools/testing/radix-tree/maple.c of a kernel, take the
functions NAME and everything of the file that they need, as it stands there, in the file's order.

The other functions of that file look into the kernel's nodes. A function that this source lacks becomes a
macro for NULL, and a line on stderr says so.
"""
import re
import sys

START = re.compile(r"(?:static|struct|enum|union|void|int|bool|unsigned|typedef|DEFINE_\w+)\b")


def chunks(text):
    """Definitions and macros at the top level: the name, and the lines."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        begin = at
        if lines[at].startswith("#define"):
            while lines[at].endswith("\\"):
                at += 1
            name = re.match(r"#define\s+(\w+)", lines[begin])[1]
        elif START.match(lines[at]):
            # To a closing brace in the first column, or a semicolon before any brace.
            while not lines[at].startswith("}") and not (lines[at].endswith(";") and
                                                          not any("{" in line for line in lines[begin:at + 1])):
                at += 1
            head = " ".join(lines[begin:at + 1]).partition("{")[0]
            function = re.search(r"(\w+)\s*\(", head)
            aggregate = re.match(r"(?:struct|enum|union)\s+(\w+)\s*$", head.strip())
            name = function[1] if function else aggregate[1] if aggregate else \
                re.search(r"(\w+)\s*(?:\[[^]]*\]\s*)*(?:=.*)?;?\s*$", head)[1]
        else:
            at += 1
            continue
        at += 1
        yield name, "\n".join(lines[begin:at])


def closure(found, wanted):
    need, left = set(), list(wanted)
    while left:
        name = left.pop()
        if name in need:
            continue
        need.add(name)
        for _, body in (chunk for chunk in found if chunk[0] == name):
            left += [word for word in set(re.findall(r"\w+", body)) if word in names(found)]
    return need


def names(found, cache={}):
    return cache.setdefault(id(found), {name for name, _ in found})


def main():
    output, source, wanted = sys.argv[1], sys.argv[2], sys.argv[3:]
    with open(source, encoding="utf-8", errors="replace") as file:
        found = list(chunks(file.read()))
    missing = [name for name in wanted if name not in names(found)]
    if missing:
        print(f"{source} has no {', '.join(missing)}: left out", file=sys.stderr)
    need = closure(found, set(wanted) - set(missing))
    with open(output, "w", encoding="utf-8") as file:
        for name in missing:
            file.write(f"#define {name} NULL\n")
        for name, body in found:
            if name in need:
                file.write(body + "\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
