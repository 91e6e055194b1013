#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# try.sh FOLDER TREE CC...: does this lib/maple_tree.c compile with the shims in FOLDER? If not, print
# the compiler's first complaint and exit 1.
folder=$1 tree=$2
shift 2
said=$(LC_ALL=C "$@" -fsyntax-only -I"$folder/source" -I"$folder/include" -I"$folder" \
	-include linux/kernel.h "$tree" 2>&1) && exit 0
printf '%s\n' "$said" | sed -n 's/^.*: \(fatal \)\{0,1\}error: //p' | head -n 1
exit 1
