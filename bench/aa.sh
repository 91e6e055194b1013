#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# aa.sh REAPBENCH [--pairs N] [--out DIR] [OPTION OF COMPARE]...: does a comparison of two
# invocations of the same thing find a difference? Both files of a pair are kept in DIR, so that the
# pairs can be measured in several calls.
# Exit status: 0 if no row of the result differs in more than 1 pair of 20; 1 if one does, or if
# something failed; 2 wrong usage.
set -eu

usage() {
	cat <<EOF
Usage: ./run aa [--pairs N] [--out DIR] [OPTION OF COMPARE]...
Compare the same with itself: pairs of invocations, between which nothing has changed. Each layout
and order may differ in one of 20 pairs.

  --pairs N    how many pairs there are to be in the end (20)
  --out DIR    where their files lie; a pair that is there is not measured again (aa-report)

The other options go to 'reapbench compare'. All calls on one folder need the same ones.
EOF
}

fail() {
	echo "run aa: $*" >&2
	exit 1
}

wrong() {
	echo "run aa: $*; see ./run aa --help" >&2
	exit 2
}

# measure FILE [OPTION]...: the file is there as a whole or not at all.
measure() {
	file=$1
	shift
	[ ! -f "$file" ] || return 0
	"$reapbench" compare "$@" --json "$file" >"$out/text" || exit $?
}

# judge A B: one line for each finding, with wall and CPU time apart: "differs LAYOUT/ENGINE/ORDER
# TIME", "untrusted LAYOUT/ENGINE/ORDER"; and one with the number of rows. What is worse in one
# direction is better in the other one.
judge() {
	for way in "$1 $2" "$2 $1"; do
		# The status is 1 both where something is worse and where nothing can be judged.
		# shellcheck disable=SC2086 # two words
		(cd "$out" && "$reapbench" report $way --fail-above 1) >"$out/text" 2>&1 ||
			grep -q ' compared: ' "$out/text" || fail "$(cat "$out/text")"
		sed -n 's/^regression: \(.*\): \(wall\|CPU\) time is .*/differs \1 \2/p
			s/^not to be trusted, and not judged: /untrusted /p
			s/^\([0-9]*\) rows\{0,1\} compared: .*/rows \1/p' "$out/text"
	done | sort -u
}

reapbench=$(realpath "$1")
shift
pairs=20 out=aa-report want=
for word; do
	shift
	case $want in
	pairs | out)
		eval "$want=\$word"
		want=
		continue
		;;
	esac
	case $word in
	-h | --help)
		usage
		exit 0
		;;
	--pairs=* | --out=*)
		name=${word%%=*}
		eval "${name#--}=\${word#*=}"
		;;
	--pairs | --out) want=${word#--} ;;
	--json | --json=* | -j* | --report | --report=* | --trace)
		wrong "$word has no meaning here"
		;;
	*) set -- "$@" "$word" ;;
	esac
done
[ -z "$want" ] || wrong "--$want wants a value"
case $pairs in
'' | 0* | *[!0-9]* | ????*) wrong "--pairs takes a whole number from 1 to 999, not '$pairs'" ;;
esac
mkdir -p "$out" || exit 1

[ ! -f "$out/options" ] || [ "$*" = "$(cat "$out/options")" ] ||
	fail "$out holds pairs of other options: $(cat "$out/options")"
printf '%s\n' "$*" >"$out/options"

rm -f "$out/all"
pair=1
while [ "$pair" -le "$pairs" ]; do
	measure "$out/$pair-a.json" "$@"
	measure "$out/$pair-b.json" "$@"
	judge "$pair-a.json" "$pair-b.json" >"$out/judged"
	sed -n "s/^differs \(.*\) \(.*\)/pair $pair: \1 differs in \2 time/p
		s/^untrusted \(.*\)/pair $pair: \1 is not to be trusted/p" "$out/judged"
	sed "s/^/$pair /" "$out/judged" >>"$out/all"
	pair=$((pair + 1))
done

awk -v pairs="$pairs" '
$2 == "rows" { rows += $3 }
$2 == "untrusted" { untrusted++ }
# Wall and CPU time of a row are one difference.
$2 == "differs" && !(($1, $3) in seen) { seen[$1, $3]; differs[$3]++; all++ }
END {
	limit = pairs < 40 ? 1 : int(pairs / 20)
	for (row in differs)
		if (differs[row] > limit) {
			printf "%s differs in %d of %d pairs.\n", row, differs[row], pairs
			bad = 1
		}
	printf "%d pair%s, %d comparisons of a row: no difference seen in %d, a difference in %d, ",
		pairs, pairs == 1 ? "" : "s", rows, rows - all - untrusted, all
	printf "not to be trusted %d.\n", untrusted
	if (untrusted == rows) {
		print "No row could be judged."
		bad = 1
	}
	exit bad
}' "$out/all" && status=0 || status=1
rm -f "$out/all" "$out/judged" "$out/text"
exit "$status"
