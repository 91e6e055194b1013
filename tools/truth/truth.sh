#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The model against the running kernel: kills and races of each layout, r of both, then the verdict of
# truth.py. truth.sh REAPBENCH [-r REPS] [-o FOLDER] [LAYOUT]...
set -eu
here=$(dirname "$0")
reapbench=$1
shift

usage() {
	cat <<EOF
usage: ./run truth [-r REPS] [-o FOLDER] [LAYOUT]...

Kill victims of each layout (a built-in name, smaps text, or what 'reapbench capture' wrote) on the
running kernel, race the model over them, and compare. Without a layout: all built-in ones, and those
in bench/layouts, ten in all: 18 minutes.

  -r REPS    kills of each kind (default: 11)
  -o FOLDER  keep the result files there (default: build/truth)

As root it swaps pages out to a zram device, sees the locks, and samples r with perf.
Exit status: 0 the model agrees; 1 it contradicts the kernel, or misses a ratio by more than 25 %;
2 wrong usage.
EOF
}

folder=build/truth
reps=11
while getopts 'r:o:h' option; do
	case $option in
	r) reps=$OPTARG ;;
	o) folder=$OPTARG ;;
	h) usage; exit ;;
	*) usage >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- java node chromium-renderer android one grid many \
	"$here"/../../bench/layouts/*.layout
mkdir -p "$folder"
rm -f "$folder"/live-*.json "$folder/r.txt"

zram=
if [ "$(id -u)" = 0 ] && [ -e /sys/class/zram-control/hot_add ]; then
	zram=--zram
else
	echo "truth: swapped pages stay resident: to swap them out takes root and zram" >&2
fi

# r of the kernel by sampling, and of the model by its hold times; a line of r.txt.
measure_r() {
	kernel=$("$here/r.py" "$reapbench" "$1" --reps "$reps" $zram) || return 0
	"$reapbench" compare --layout "$1" --order solo --processes 3 --reps 1 --no-overhead \
		--json "$folder/solo.tmp" >/dev/null
	model=$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["results"][0]["r"]["median"])' "$folder/solo.tmp")
	rm -f "$folder/solo.tmp"
	echo "$2 ${kernel% *} $model" >>"$folder/r.txt"
}

for layout in "$@"; do
	name=$(basename "$layout")
	name=${name%.*}
	echo "truth: $name" >&2
	"$reapbench" live $zram --layout "$layout" --reps "$reps" --json "$folder/live-$name.json" \
		>/dev/null
	measure_r "$layout" "$name"
done
set -- "$folder"/live-*.json
if [ -e "$folder/r.txt" ]; then
	exec "$here/truth.py" --r "$folder/r.txt" "$@"
fi
exec "$here/truth.py" "$@"
