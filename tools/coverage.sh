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
python3 tools/coverage.py "$build" || status=1
exit $status
