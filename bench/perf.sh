#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# perf.sh BUILD [OPTION]...: profile races with perf, one order at a time, and draw what each role
# did: flame graphs, what one order does more than another, call trees beside the published one.
# docs/profiling.md says how to read them.
set -eu

usage() {
	cat <<EOF
Usage: ./run perf [OPTION]...
Profile the exiting task and the reaper, and draw where their time goes.

  --layout L      address space: a built-in name or a file (android)
  --order LIST    orders, separated by commas (forward,reverse)
  --engine E      tree engine (maple)
  --reps N        races per order (as many as 2,500 samples of each role take)
  --freq HZ       samples per second of each CPU (9999)
  --out DIR       where the pictures go (perf-report)
  --force         profile although the two CPUs are busy
EOF
}

fail() {
	echo "run perf: $*" >&2
	exit 1
}

wrong() {
	echo "run perf: $*; see ./run perf --help" >&2
	exit 2
}

# number OPTION VALUE: a whole number above 0, of at most 6 digits.
number() {
	case $2 in
	'' | 0* | *[!0-9]* | ???????*) wrong "$1 takes a whole number from 1 to 999999, not '$2'" ;;
	esac
}

parse() {
	while [ $# -gt 0 ]; do
		case $1 in
		--*=*)
			option=${1%%=*} value=${1#*=}
			shift
			set -- "$option" "$value" "$@"
			;;
		esac
		case $1 in
		-h | --help)
			usage
			exit 0
			;;
		--force)
			force=--force
			shift
			continue
			;;
		--layout | --order | --engine | --reps | --freq | --out)
			[ $# -gt 1 ] || wrong "$1 wants a value"
			;;
		*) wrong "unknown option '$1'" ;;
		esac
		case $1 in
		--layout) layout=$2 ;;
		--order) orders=$(echo "$2" | tr -s ', ' ' ' | sed 's/^ //; s/ $//') ;;
		--engine) engine=$2 ;;
		--reps) number "$1" "$2" && reps=$2 ;;
		--freq) number "$1" "$2" && freq=$2 ;;
		--out) out=$2 ;;
		esac
		shift 2
	done
	[ -n "$orders" ] || wrong "--order wants at least one order"
}

# Sample a busy shell for a moment, to see whether this event counts here and we may read it.
event_works() {
	# shellcheck disable=SC2016 # for the inner shell
	perf record -q -N -e "$1" -F 1000 -o "$work/try.data" -- \
		sh -c 'i=0; while [ $i -lt 30000 ]; do i=$((i + 1)); done' >"$work/try.err" 2>&1 || return 1
	# perf falls back from one event to another by itself.
	perf evlist -i "$work/try.data" 2>/dev/null | grep -q "$1" &&
		[ "$(count_samples "$work/try.data")" -gt 0 ]
}

count_samples() {
	perf script -i "$1" -F comm 2>/dev/null | wc -l
}

refused() {
	paranoid=$(cat /proc/sys/kernel/perf_event_paranoid 2>/dev/null || echo unknown)
	if ! grep -qiE 'permi|access|limited' "$work/try.err"; then
		fail "perf cannot sample here: $(grep -vE '^(Error:)?$' "$work/try.err" | head -n 1)"
	elif [ "$(id -u)" = 0 ]; then
		fail "perf may not sample: perf_event_open is refused even to root, as containers do" \
			"(docker run --cap-add PERFMON --security-opt seccomp=unconfined)"
	else
		fail "perf may not sample: kernel.perf_event_paranoid is $paranoid; as root:" \
			"sysctl kernel.perf_event_paranoid=1"
	fi
}

choose_event() {
	if event_works cycles; then
		event=cycles
		echo "run perf: sampling cycles at $freq Hz"
	elif event_works cpu-clock; then
		event=cpu-clock
		echo "run perf: sampling cpu-clock at $freq Hz (this machine does not count cycles)"
	else
		refused
	fi
}

# The roles of a race in this order; each thread has the name of its role.
roles() {
	if [ "$1" = solo ]; then
		echo exit
	else
		echo exit oom_reaper
	fi
}

# The folded stacks of one role, from the role's own function on, under the names in the source
# (gcc makes zs_free.constprop.0 or slab_free.cold of some). Cut at role_main first: a root is
# looked for in the thread's name too.
fold_role() {
	case $1 in
	exit) root=exit_mmap ;;
	oom_reaper) root=oom_reaper ;;
	esac
	"$tools/fold" --comm "$1" --root role_main "$work/perf.txt" |
		"$tools/fold" --root "$root" |
		sed -E 's/\.(cold|constprop|isra|part)(\.[0-9]+)*([; ])/\3/g' |
		"$tools/fold"
}

weight() {
	awk '{ n += $NF } END { print n + 0 }' "$1"
}

# record ORDER RACES: profile RACES races in one order and fold each role; sets $fewest to the
# number of samples of the role with the fewest, and $lost to the samples that perf lost.
record() {
	perf record -q -N -g -e "$event" -F "$freq" -o "$work/perf.data" -- \
		"$reapbench" race --force --layout "$layout" --order "$1" --engine "$engine" --reps "$2" \
		>"$work/summary" 2>"$work/record.err" || {
		cat "$work/record.err" >&2
		fail "perf record failed in order $1"
	}
	perf script -i "$work/perf.data" >"$work/perf.txt" 2>"$work/script.err" ||
		fail "perf script failed: $(head -n 1 "$work/script.err")"
	# One record stands for many samples that were lost in a row.
	lost=$(perf script --show-lost-events -F comm -i "$work/perf.data" 2>/dev/null |
		awk '/PERF_RECORD_LOST lost [0-9]+$/ { n += $NF } END { print n + 0 }')
	fewest=
	for role in $(roles "$1"); do
		fold_role "$role" >"$work/$role.folded" 2>"$work/$role.err" || : >"$work/$role.folded"
		n=$(weight "$work/$role.folded")
		[ -n "$fewest" ] && [ "$fewest" -le "$n" ] || fewest=$n
	done
}

# Repeat with more races until each role has enough samples to distinguish 1 % from 2 %.
record_enough() {
	races=${reps:-30}
	record "$1" "$races"
	while [ -z "$reps" ] && [ "$fewest" -lt 2000 ] && [ "$races" -lt 3000 ]; do
		races=$((fewest > 0 ? races * 2500 / fewest + 1 : races * 10))
		[ "$races" -le 3000 ] || races=3000
		record "$1" "$races"
	done
}

# The percentage of the samples in function $2 that lie below it in $3; "-" if there are none.
share() {
	"$tools/calltree" --root "$2" --share "$3" "$1" 2>/dev/null || echo -
}

# In the patch's kernel the compiler inlined these into their callers; our tree does the same.
as_published() {
	inlined='oom_reap_task|oom_reap_task_mm|__oom_reap_task_mm|walk_[a-z_]+|reap_vma|zap_pte_range'
	sed -E ":again; s/;($inlined)([; ])/\2/; t again" "$1" | "$tools/fold"
}

# Draw each role of an order, as a picture and as a tree.
draw_order() {
	record_enough "$1"
	said=
	for role in $(roles "$1"); do
		n=$(weight "$work/$role.folded")
		said="$said, $n samples of $role"
		[ "$n" -gt 0 ] || fail "order $1: no samples of $role ($(head -n 1 "$work/$role.err"));" \
			"more --reps or a higher --freq give more"
		name=$(name_of "$1" "$role")
		mv "$work/$role.folded" "$new/$name.folded"
		"$tools/flamegraph" --title "$tag, $1: $role" --subtitle \
			"$event at $freq Hz, $races races, engine $engine$(doubts)" \
			"$new/$name.folded" >"$new/$name.svg"
		"$tools/calltree" "$new/$name.folded" >"$new/$name.txt"
	done
	echo "run perf: $1: $races races$said$(doubts)"
}

# Warnings about a profile: from perf, and from reapbench after a semicolon.
doubts() {
	[ "$lost" = 0 ] || printf ', %s samples lost' "$lost"
	sed -n 's/^[^;]*;/;/p' "$work/summary"
}

name_of() {
	echo "$tag-$1-$2" | tr ':/+@*' '-----'
}

# difference BEFORE AFTER TITLE: the walking function has another name in each order, so that all
# its callees would differ; remove its frame.
difference() {
	sed -E 's/;walk_[a-z_]+//' "$1" | "$tools/fold" >"$work/before.folded"
	sed -E 's/;walk_[a-z_]+//' "$2" | "$tools/fold" >"$work/after.folded"
	"$tools/flamediff" --before --title "$3" "$work/before.folded" "$work/after.folded"
}

# The differences between the first order and each other one.
draw_differences() {
	first=${orders%% *}
	for order in $orders; do
		[ "$order" != "$first" ] || continue
		for role in exit oom_reaper; do
			before=$new/$(name_of "$first" "$role").folded
			after=$new/$(name_of "$order" "$role").folded
			# An order without a reaper has no such file.
			if [ ! -f "$before" ] || [ ! -f "$after" ]; then
				continue
			fi
			difference "$before" "$after" "$tag: $role, from $first to $order" \
				>"$new/$(name_of "$first-$order" "$role").svg"
		done
	done
}

# published_share OF FUNCTION ORDER: the share in the patch's profile.
published_share() {
	awk -v of="$1" -v symbol="$2" -v order="$3" '
		$1 == of && $2 == symbol { value = order == "forward" ? $3 : order == "reverse" ? $4 : "-" }
		END { print value == "" ? "-" : value }' "$published"
}

# The reaper's shares, published and here, all orders side by side.
shares_table() {
	echo "How much of the reaper's samples in one function lie below it in another, in percent:"
	echo "published with the kernel's patch (arm64 Android phone), and here ($tag, engine $engine)."
	echo
	printf '%-45s' ''
	for order in $orders; do
		printf ' %20s' "$order"
	done
	printf '\n%-45s' 'of                function'
	for order in $orders; do
		printf ' %20s' 'published    here'
	done
	echo
	grep -v '^#' "$published" | while read -r of function _; do
		printf '%-17s %-27s' "$of" "$function"
		for order in $orders; do
			printf ' %12s %7s' "$(published_share "$of" "$function" "$order")" \
				"$(share "$new/$(name_of "$order" oom_reaper).folded" "$of" "$function")"
		done
		echo
	done
	echo
	echo "Another machine and another victim. An earlier posting of the same test had, walking"
	echo "forward, 33.70 for __pte_offset_map_lock and 27.61 for free_swap_and_cache_nr; in reverse"
	echo "1.72 for the lock."
}

published_tree() {
	awk -v order="$1" '
		function line(depth, share, name) { return depth "|--" share "%-- " name "\n" }
		/^#/ { next }
		{ share = order == "forward" ? $3 : $4 }
		share == "-" { next }
		$1 == "oom_reaper" { callers[++nr] = $2; text[$2] = line("| ", share, $2); next }
		{ text[$1] = text[$1] line("| | ", share, $2) }
		END { print "|-- oom_reaper"; for (i = 1; i <= nr; i++) printf "%s", text[callers[i]] }
	' "$published"
}

escaped() {
	sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'
}

# picture FILE WORDS
picture() {
	[ -f "$new/$1" ] || return 0
	echo "<figure><figcaption>$2: <a href=\"$1\">open to zoom and search</a></figcaption>"
	echo "<a href=\"$1\"><img src=\"$1\" alt=\"$2\"></a></figure>"
}

page() {
	cat <<EOF
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>$tag: where the time goes</title>
<style>
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 80rem; margin: auto; padding: 1rem }
pre { overflow-x: auto; font-size: .85rem; line-height: 1.3 }
figure { margin: 1rem 0 }
img { width: 100%; height: auto }
.trees { display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 1rem }
</style></head><body>
<h1>$tag: where the time goes</h1>
<p>Samples of the two tasks that take a dying address space apart at the same time: <em>exit</em>,
the exiting task, and <em>oom_reaper</em>. Width is time; the boxes
above a function are the functions that it called.</p>
<h2>Published and here</h2>
<pre>
EOF
	escaped <"$new/shares.txt"
	echo "</pre>"
	first=${orders%% *}
	for order in $orders; do
		[ "$order" != "$first" ] || continue
		echo "<h2>From $first to $order</h2>"
		for role in oom_reaper exit; do
			picture "$(name_of "$first-$order" "$role").svg" "$role"
		done
	done
	for order in $orders; do
		echo "<h2>$order</h2>"
		for role in $(roles "$order"); do
			picture "$(name_of "$order" "$role").svg" "$role"
		done
		[ -f "$new/$(name_of "$order" oom_reaper).folded" ] || continue
		echo "<div class=\"trees\"><div><h3>Call tree of the reaper, here</h3><pre>"
		as_published "$new/$(name_of "$order" oom_reaper).folded" |
			"$tools/calltree" --depth 3 --min 0.2 | escaped
		echo "</pre></div>"
		case $order in
		forward | reverse)
			echo "<div><h3>Published, arm64 Android phone</h3><pre>"
			published_tree "$order" | escaped
			echo "</pre></div>"
			;;
		esac
		echo "</div>"
	done
	echo "</body></html>"
}

build=$1
shift
here=$(dirname "$0")
published=$here/published.txt
reapbench=$build/bench/reapbench
tools=$build/tools/flamegraph
layout=android orders='forward reverse' engine=maple reps='' freq=9999 out=perf-report force=''
parse "$@"
# The layout in file names and in the page: the base name of a file, without special characters.
tag=$(basename "$layout" | sed 's/\.[^.]*$//' | tr -c 'A-Za-z0-9._\n-' '_')

command -v perf >/dev/null || fail "perf is not installed (Debian: apt-get install linux-perf)"
# Let reapbench check the layout, the order and the engine, and whether the CPUs are free: once,
# before it is profiled.
for order in $orders; do
	# shellcheck disable=SC2086
	"$reapbench" race $force --layout "$layout" --order "$order" --engine "$engine" --reps 1 \
		>/dev/null || exit $?
	force=--force
done
mkdir -p "$out" 2>/dev/null || fail "cannot write to '$out'"
work=$(mktemp -d "$out/.work.XXXXXX" 2>/dev/null) || fail "cannot write to '$out'"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
new=$work/new
mkdir "$new"
choose_event
for order in $orders; do
	draw_order "$order"
done
draw_differences
shares_table >"$new/shares.txt"
page >"$new/index.html"
mv "$new"/* "$out"
echo
cat "$out/shares.txt"
echo
echo "run perf: the results are in $out: open $out/index.html"
