#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# torture.sh BUILD MINUTES: for so long, one third each: random operations on all trees against
# a sorted array; readers of our tree against its writer; exit and reaper racing. The seeds are
# new each time and printed.
set -eu
minutes=$2
case $minutes in
'' | *[!0-9]* | 0*)
	echo "torture: MINUTES must be a whole number above 0, not '$minutes'" >&2
	exit 2
	;;
esac
stress=$1/tests/stress
third=$((minutes * 20))
seed=$(date +%s)000

echo "torture: operations for $third s from seed $seed" >&2
end=$(($(date +%s) + third))
while [ "$(date +%s)" -lt "$end" ]; do
	"$stress/torture-ops" 1000000 "$seed"
	seed=$((seed + 1000))
done
echo "torture: readers and a writer for $third s from seed $seed" >&2
"$stress/torture-rcu" "$third" "$seed"
echo "torture: races for $third s from seed $seed" >&2
"$stress/test_race" "$third" "$seed"
