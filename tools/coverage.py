#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""coverage.py BUILD: how many lines and branches of each folder the last test run executed.

gcovr 5.2 cannot merge files that are compiled for several instruction sets (one function then
begins on several lines), so this reads gcov's JSON itself. A line counts once, however often it is
compiled; it was run if any of its copies was.
"""
import json
import os
import pathlib
import subprocess
import sys

FOLDERS = ("lib", "bench", "tools", "examples")


def main():
    root = pathlib.Path.cwd()
    build = root / sys.argv[1]
    lines, branches = {}, {}
    for counters in build.rglob("*.gcda"):
        done = subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--stdout", counters],
                              cwd=build, capture_output=True, text=True)
        for text in done.stdout.splitlines():
            for file in json.loads(text)["files"]:
                path = os.path.relpath(os.path.normpath(build / file["file"]), root)
                if path.split("/")[0] not in FOLDERS:
                    continue
                for line in file["lines"]:
                    key = path, line["line_number"]
                    lines[key] = lines.get(key, False) or line["count"] > 0
                    for i, branch in enumerate(line["branches"]):
                        branches[key + (i,)] = branches.get(key + (i,), False) or branch["count"] > 0
    if not lines:
        sys.exit("coverage: nothing was counted")
    folders = {}
    for kind, found in enumerate((lines, branches)):
        for key, run in found.items():
            for name in (os.path.dirname(key[0]), "all"):
                folder = folders.setdefault(name, [0] * 4)
                folder[2 * kind] += run
                folder[2 * kind + 1] += 1
    print(f"{'':24}{'lines':>8}{'run':>9}{'branches':>10}{'run':>9}")
    for name in sorted(folders, key=lambda name: (name == "all", name)):
        line, line_all, branch, branch_all = folders[name]
        print(f"{name:24}{line_all:8}{100 * line / line_all:8.1f}%"
              f"{branch_all:10}{100 * branch / max(branch_all, 1):8.1f}%")


if __name__ == "__main__":
    main()
