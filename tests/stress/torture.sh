#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# torture.sh BUILD MINUTES: random races from a seed of the day, for so long.
set -eu
minutes=$2
case $minutes in
'' | *[!0-9]* | 0*)
	echo "torture: MINUTES must be a whole number above 0, not '$minutes'" >&2
	exit 2
	;;
esac
seed=$(date +%s)000000
echo "torture: racing for $minutes min from seed $seed" >&2
exec "$1/tests/stress/test_race" $((minutes * 60)) "$seed"
