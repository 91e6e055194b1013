#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# localize.sh OUTPUT SYMBOL OBJCOPY CC... -- ARCHIVE...
#
# Join archives into one object whose only global symbol is SYMBOL. Two engines that define the
# same functions can then live in one program, and a profile shows both under the kernel's names.
set -eu
out=$1 symbol=$2 objcopy=$3
shift 3
cc=
while [ "$1" != -- ]; do
	cc="$cc $1"
	shift
done
shift
# shellcheck disable=SC2086 # the compiler may be "ccache gcc"
$cc -r -nostdlib -o "$out.all.o" -Wl,--whole-archive "$@" -Wl,--no-whole-archive
# What this tree lacks the last link would take from another one, and the two would meet.
lacking=$(nm -u "$out.all.o" | awk '$2 ~ /^(mas|mt|mtree)_/ { print $2 "()" }' | paste -s -d ' ')
if [ -n "$lacking" ]; then
	rm -f "$out.all.o"
	echo "$symbol: the tree lacks $lacking" >&2
	exit 1
fi
# All probes of a program refer to one base symbol, which <sys/sdt.h> defines in each object and
# the linker keeps once. If it were local, all objects but one would lose it.
"$objcopy" --keep-global-symbol="$symbol" --keep-global-symbol=_.stapsdt.base "$out.all.o" "$out"
rm -f "$out.all.o"
