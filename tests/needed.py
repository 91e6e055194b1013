#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""needed.py BUILD SUITE: what the tests of a suite need to be built, as targets of ninja."""
import json
import os
import sys


def introspect(folder, what):
    """What Meson wrote about a build folder."""
    with open(os.path.join(folder, "meson-info", f"intro-{what}.json"), encoding="utf-8") as file:
        return json.load(file)


def main():
    """Print them, one a line."""
    if len(sys.argv) != 3:
        sys.exit("usage: needed.py BUILD SUITE")
    folder, suite = sys.argv[1:]
    top = os.path.realpath(folder)
    files = {target["id"]: target["filename"] for target in introspect(folder, "targets")}
    made = {name for names in files.values() for name in names}
    needed = set()
    for test in introspect(folder, "tests"):
        if suite not in (name.rsplit(":", 1)[-1] for name in test["suite"]):
            continue
        needed.update(word for word in test["cmd"] if word in made)
        for target in test["depends"]:
            needed.update(files[target])
    if not needed:
        sys.exit(f"needed.py: no test of suite {suite} in {folder}")
    print("\n".join(sorted(os.path.relpath(name, top) for name in needed)))


main()
