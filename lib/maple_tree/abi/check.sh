#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# check.sh LIBRARY: compare the library's interface with the last release's, in umaple.abi.
# check.sh --renew LIBRARY: write umaple.abi anew; part of a release (see HACKING.md).
# Exit status: 0 the same, or only new functions; 1 changed; 2 usage; 77 without abigail-tools.
set -eu
folder=$(dirname "$0")
renew=
if [ "${1:-}" = --renew ]; then
	renew=yes
	shift
fi
[ $# = 1 ] || {
	echo "usage: check.sh [--renew] LIBRARY" >&2
	exit 2
}
for tool in abidw abidiff; do
	command -v "$tool" >/dev/null || {
		echo "no $tool here (Debian: abigail-tools)" >&2
		exit 77
	}
done
now=$(mktemp)
trap 'rm -f "$now"' EXIT
abidw --exported-interfaces-only --no-comp-dir-path --no-corpus-path --no-show-locs \
	--no-parameter-names --no-elf-needed --type-id-style hash "$1" >"$now"
if [ "$renew" ]; then
	cat "$now" >"$folder/umaple.abi"
	exit 0
fi
# A new function is compatible. All else that abidiff reports is not, or needs a look.
status=0
report=$(abidiff --no-added-syms "$folder/umaple.abi" "$now") || status=$?
[ "$status" = 0 ] || {
	echo "$report" >&2
	echo "the interface of libumaple has changed since the last release" >&2
	exit 1
}
