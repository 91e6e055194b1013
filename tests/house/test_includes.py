#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test_includes.py ROOT: includes run one way.

Description: a folder includes only the folders that stand above it in the table below, and names
them: "vma/page.h". Right is that no file includes a folder that it may not know, that a private
header (_internal.h) stays in its folder, that a folder without a row in the table is noticed, and
that HACKING.md tells a reader the same. One case proves that the check sees a wrong include.
"""
import os
import re
import sys

import tap

# Each folder with what it may include, itself aside. bench/engines/kernel has the kernel's names.
KNOWS = {
    "lib/base": [],
    "lib/maple_tree": ["lib/base"],
    "lib/measure": ["lib/base"],
    "lib/vma": ["lib/base", "lib/measure"],
    "lib/oom": ["lib/base", "lib/measure", "lib/vma"],
    "bench/common": ["lib/measure", "lib/base"],
    "bench/layout": ["lib/vma"],
    "bench/engines": ["lib/base", "lib/measure", "lib/vma", "lib/oom", "bench/layout"],
    "bench/engines/kernel": ["lib/base"],
    "bench/race": ["lib/base", "lib/measure", "lib/vma", "bench/layout", "bench/engines",
                   "bench/common"],
    "bench/report": ["bench/common", "lib/measure"],
    "bench/compare": ["lib/base", "lib/measure", "bench/layout", "bench/race", "bench/common",
                      "bench/report"],
    "bench/live/probe": [],
    "bench/trees": ["lib/base", "lib/maple_tree", "bench/common", "bench/engines/kernel"],
    "bench/live": ["lib/base", "lib/measure", "lib/vma", "bench/layout", "bench/race",
                   "bench/common", "bench/compare", "bench/report", "bench/live/probe"],
    "bench/thaw": ["bench/common", "lib/base"],
    "bench/scenario": ["lib/base", "lib/measure", "bench/layout", "bench/engines", "bench/race",
                       "bench/common", "bench/compare", "bench/report", "bench/thaw"],
    "bench/replay": ["lib/base", "lib/vma", "bench/engines", "bench/race", "bench/common"],
    "bench/vmas": ["lib/base", "lib/measure", "bench/engines", "bench/common"],
    "bench": ["bench/compare", "bench/live", "bench/report", "bench/scenario", "bench/replay", "bench/race",
              "bench/common", "bench/layout"],
    "tools/bpftrace": ["lib/measure"],
    "tools/flamegraph": [],
}
# Only through their dependency in Meson: which tree it is, the build decides.
TREE = "maple_tree.h"
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def folder_of(path):
    """The row of the table that a source file belongs to."""
    while path:
        path = os.path.dirname(path)
        if path in KNOWS:
            return path
    return None


def sources(root):
    for top in ("lib", "bench", "tools"):
        for where, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = [f for f in folders if f not in ("source", "include")]
            for name in names:
                if name.endswith((".c", ".h", ".cc")):
                    yield os.path.relpath(os.path.join(where, name), root)


def wrong_includes(root, path, text):
    """What is wrong with the includes of one file, a line each."""
    mine = folder_of(path)
    if not mine:
        yield f"{path}: its folder has no row in the table of {os.path.basename(__file__)}"
        return
    for name in INCLUDE.findall(text):
        beside = os.path.join(os.path.dirname(path), name)
        if name == TREE or os.path.exists(os.path.join(root, beside)):
            continue
        found = [os.path.join(top, name) for top in ("lib", "bench")
                 if os.path.exists(os.path.join(root, top, name))]
        if not found:
            # A header that the build makes stands in no folder of the source.
            if "/" in name or folder_of(name):
                yield f'{path}: "{name}" is in no folder'
            continue
        theirs = folder_of(found[0])
        if theirs != mine and theirs not in KNOWS[mine]:
            yield f"{path} ({mine}) may not include {found[0]}"
        elif theirs != mine and name.endswith("_internal.h"):
            yield f"{path} includes {found[0]}, which is private to {theirs}"


def includes_run_one_way(root):
    wrong = []
    count = 0
    for path in sources(root):
        count += 1
        with open(os.path.join(root, path), encoding="utf-8") as file:
            wrong += wrong_includes(root, path, file.read())
    assert count > 100, f"only {count} files were looked at"
    assert not wrong, "\n" + "\n".join(wrong)


def a_wrong_include_is_seen(root):
    for path, text in (("lib/base/slab.c", '#include "vma/page.h"'),
                       ("bench/report/page.c", '#include "compare/options.h"'),
                       ("bench/race/race.c", '# include "layout/layout_internal.h"'),
                       ("lib/new/file.c", ""),
                       ("lib/vma/page.c", '#include "nowhere/at_all.h"')):
        assert list(wrong_includes(root, path, text)), f"{text} in {path} is not seen"


def hacking_md_has_the_same_table(root):
    with open(os.path.join(root, "HACKING.md"), encoding="utf-8") as file:
        rows = re.findall(r"^\| (`.*?) \|.*\| ?(.*?) ?\|$", file.read(), re.M)
    said = {}
    for folders, includes in rows:
        names = [word.strip() for word in re.split("[,;]", includes)]
        known = [folder for name in names for folder in KNOWS
                 if name and ("/" + folder).endswith("/" + name)]
        for folder in re.findall(r"`([^`]+?)/`", folders):
            said[folder] = sorted(known)
    for folder, knows in KNOWS.items():
        assert folder in said, f"{folder} has no row in HACKING.md"
        assert said[folder] == sorted(knows), f"{folder}: {said[folder]}, not {sorted(knows)}"


if __name__ == "__main__":
    sys.exit(tap.run([includes_run_one_way, a_wrong_include_is_seen, hacking_md_has_the_same_table],
                     sys.argv[1]))
