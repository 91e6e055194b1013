#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""one_command_each.py COMPILE_COMMANDS FOLDER...: the commands for the files in the folders.

The tree is compiled many times, for instruction sets and for tests with planted mistakes. A linter
reads each file once: with the command for the newest instruction set that clang-tidy also knows, and
without the flag of gcc that it does not know.
"""
import json
import os
import sys

entries = {}
root = os.getcwd()
for entry in json.load(open(sys.argv[1])):
    path = os.path.relpath(os.path.realpath(os.path.join(entry["directory"], entry["file"])), root)
    if path.split("/")[0] not in sys.argv[2:] or "PLANTED" in entry["command"]:
        continue
    if path not in entries or "VARIANT=avx2" in entry["command"]:
        command = entry["command"].replace(" -mfunction-return=thunk-inline", "")
        entries[path] = dict(entry, command=command, file=os.path.join(root, path))
json.dump(list(entries.values()), sys.stdout, indent=1)
