#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# run.sh SECONDS|replay PROGRAM SEEDS FOLDER: search for inputs that end PROGRAM, or replay SEEDS.
#
# New inputs are kept in FOLDER/found, so a later run goes on where this one ended. An input that
# ends the program is left in FOLDER. The exit status is the program's; 1 if there is no seed.
set -eu
[ $# = 4 ] || {
	echo "usage: run.sh SECONDS|replay PROGRAM SEEDS FOLDER" >&2
	exit 2
}
seconds=$1 program=$2 seeds=$3 folder=$4
[ -n "$(ls "$seeds" 2>/dev/null)" ] || {
	echo "run.sh: no seeds in $seeds" >&2
	exit 1
}
if [ "$seconds" = replay ]; then
	exec "$program" "$seeds"/*
fi
mkdir -p "$folder/found"
# Undefined behaviour ends the program, as an error of memory does.
UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}
export UBSAN_OPTIONS
dictionary=
[ ! -f "$seeds.dict" ] || dictionary=-dict=$seeds.dict
# shellcheck disable=SC2086
exec "$program" "-max_total_time=$seconds" -timeout=60 -rss_limit_mb=4096 -max_len=16384 \
	-print_final_stats=1 "-artifact_prefix=$folder/" $dictionary "$folder/found" "$seeds"
