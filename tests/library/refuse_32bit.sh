#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# refuse_32bit.sh HEADER COMPILER...: the header stops a 32-bit compilation with an error that says
# why, and lets a 64-bit one pass. Needs no 32-bit C library: the standard headers are empty.
set -eu
header=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for name in errno stdbool stddef stdint string; do
	: >"$folder/$name.h"
done
echo '#define ULONG_MAX (__LONG_MAX__ * 2UL + 1UL)' >"$folder/limits.h"
echo 'int main(void) { return 0; }' >"$folder/empty.c"
"$@" -m32 -nostdinc -fsyntax-only "$folder/empty.c" 2>/dev/null || {
	echo "this compiler has no -m32" >&2
	exit 77
}
"$@" -m64 -nostdinc -I"$folder" -E "$header" >/dev/null
if "$@" -m32 -nostdinc -I"$folder" -E "$header" >/dev/null 2>"$folder/said"; then
	echo "a 32-bit compilation passes" >&2
	exit 1
fi
grep -q 'error.*64-bit' "$folder/said" || {
	cat "$folder/said" >&2
	exit 1
}
