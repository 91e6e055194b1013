#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# torture.sh BUILD FUZZ_BUILD MINUTES: a sixth of the time each: random operations on all trees
# against a sorted array; readers of our tree against its writer; exit and reaper racing; processes
# that run out of memory, with every way to thaw; random calls on an address space beside the
# running kernel, and faults beside calls; and the fuzz targets, one after the other. The seeds are new
# each time and printed.
# FUZZ_BUILD is one by clang, with its target fuzz-programs built.
set -eu
minutes=$3
case $minutes in
'' | *[!0-9]* | 0*)
	echo "torture: MINUTES must be a whole number above 0, not '$minutes'" >&2
	exit 2
	;;
esac
stress=$1/tests/stress
fuzz=$2/tests/fuzz
here=$(dirname "$0")
part=$((minutes * 10))
seed=$(date +%s)000

echo "torture: operations for $part s from seed $seed" >&2
end=$(($(date +%s) + part))
while [ "$(date +%s)" -lt "$end" ]; do
	"$stress/torture-ops" 1000000 "$seed"
	seed=$((seed + 1000))
done
echo "torture: readers and a writer for $part s from seed $seed" >&2
"$stress/torture-rcu" "$((part / 2 + 1))" "$seed"
"$stress/torture-sizes" "$((part / 2 + 1))" "$seed"
echo "torture: races for $part s from seed $seed" >&2
"$stress/test_race" "$part" "$seed"
echo "torture: memory pressure for $part s" >&2
each=$((part / 8))
"$1/bench/reapbench" pressure --seconds "$((each > 0 ? each : 1))" --delay 200 \
	--policy thread,all-threads,memdie,oom-victim

echo "torture: page faults beside calls on an address space for $((part / 2)) s" >&2
"$1/tests/vma/test_fault_race_maple" "$((part / 2 + 1))" >"$1/fault_race.log" || {
	cat "$1/fault_race.log"
	exit 1
}
echo "torture: random calls on an address space, here and in the running kernel, for $((part / 2)) s" >&2
end=$(($(date +%s) + part / 2))
while [ "$(date +%s)" -lt "$end" ]; do
	"$1/tests/vma/test_vs_kernel_maple" 20000 "$seed" >"$1/vs_kernel.log" || {
		[ $? != 77 ] || break
		cat "$1/vs_kernel.log"
		exit 1
	}
	seed=$((seed + 1000))
done

# Each goes on with what earlier runs have found worth keeping.
# shellcheck disable=SC2012 # our own names
targets=$(cd "$here/../fuzz/corpus" && ls -d -- */ | tr -d /)
# shellcheck disable=SC2086
set -- $targets
each=$((part / $#))
[ "$each" -gt 0 ] || each=1
echo "torture: $# fuzz targets, $each s each" >&2
status=0
for name in "$@"; do
	folder=$fuzz/$name
	mkdir -p "$folder"
	began=$(date +%s)
	if sh "$here/../fuzz/run.sh" "$each" "$fuzz/fuzz-$name" "$here/../fuzz/corpus/$name" \
		"$folder" >"$folder/log" 2>&1; then
		said='nothing found'
	else
		status=1
		said="FAILED: $(sed -n 's/.*Test unit written to //p' "$folder/log" | tail -n 1)"
		said="$said, see $folder/log"
	fi
	inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/log")
	echo "fuzz-$name: ${inputs:-unknown number of} inputs in $(($(date +%s) - began)) s: $said"
done
[ "$status" = 0 ] || echo "torture: to repeat one: its program with the file as argument" >&2
exit $status
