#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# run.sh PROGRAM EXPECTED: run an example and compare its output.
set -eu
output=$("$1")
if [ "$output" != "$(cat "$2")" ]; then
	echo "$1 printed:" >&2
	echo "$output" >&2
	echo "$2 has:" >&2
	cat "$2" >&2
	exit 1
fi
