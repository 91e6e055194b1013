#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# coverage.sh BUILD [ARGUMENT]...: run the tests of BUILD, which was set up with -Db_coverage=true,
# and print for each folder of lib/, bench/ and tools/ how many lines and branches they ran.
# Arguments go to 'meson test'. Exit status: 0, 1 if a test failed or nothing was counted.
set -eu
build=$1
shift
find "$build" -name '*.gcda' -delete
status=0
meson test -C "$build" --no-rebuild --print-errorlogs "$@" >&2 || status=1
summary=$(mktemp)
trap 'rm -f "$summary"' EXIT
# Processes that a test kills leave counters that gcov doubts.
gcovr --root . --filter 'lib/' --filter 'bench/' --filter 'tools/' --gcov-ignore-parse-errors \
	--json-summary "$summary" "$build" >&2
python3 - "$summary" <<'EOF' || status=1
import json
import sys

KINDS = ("line", "branch")
folders = {}
for file in json.load(open(sys.argv[1]))["files"]:
    folder = folders.setdefault(file["filename"].rpartition("/")[0], [0] * 4)
    for i, kind in enumerate(KINDS):
        folder[2 * i] += file[f"{kind}_covered"]
        folder[2 * i + 1] += file[f"{kind}_total"]
if not folders:
    sys.exit("coverage: nothing was counted")
folders["all"] = [sum(column) for column in zip(*folders.values())]
print(f"{'':24}{'lines':>8}{'run':>9}{'branches':>10}{'run':>9}")
for name, (lines, lines_all, branches, branches_all) in sorted(
        folders.items(), key=lambda item: (item[0] == "all", item[0])):
    print(f"{name:24}{lines_all:8}{100 * lines / max(lines_all, 1):8.1f}%"
          f"{branches_all:10}{100 * branches / max(branches_all, 1):8.1f}%")
EOF
exit $status
