#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vma_tests.sh SOURCE VERSION WORK TREE_DIR LIBRARY CC...: the kernel's tests of mm/vma.c, as its
# tools/testing/vma builds them, on the kernel's tree and on ours. SOURCE is a kernel source, a folder
# or a tarball; WORK is a folder for what is built. TREE_DIR has our maple_tree.h, LIBRARY is our
# static library.
#
# Right: every test passes on both trees, and with a store that goes wrong some test fails. Prints
# TAP, and a plan of no tests with the reason if the source has none, or they do not build there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$1 version=$2 work=$3 tree=$(cd "$4" && pwd) library=$(realpath "$5")
shift 5

skip() {
	echo "1..0 # SKIP $1"
	exit 0
}

command -v make >/dev/null || skip 'make is not installed'
# Known, and to find it out takes half a minute.
case $version in
6.[89].* | 6.1[01].*) skip "Linux $version has no tools/testing/vma that is complete" ;;
6.12.*) skip "tools/testing/vma of Linux $version does not build: it lacks vma_close()" ;;
esac
rm -rf "$work/build"
mkdir -p "$work/build/tools/testing"
if [ -f "$source" ]; then
	# Once for each tarball: this takes ten seconds.
	unpacked=$work/source
	if [ "$(cat "$work/unpacked" 2>/dev/null)" != "$source $(stat -c '%s %Y' "$source")" ]; then
		rm -rf "$unpacked"
		mkdir -p "$unpacked"
		tar -x -f "$source" -C "$unpacked" --strip-components=1 --wildcards '*/tools/testing/vma' \
			'*/tools/testing/shared' '*/tools/include' '*/tools/lib' '*/tools/scripts' \
			'*/tools/arch/x86' '*/lib' '*/mm' '*/include/linux' 2>/dev/null || true
		echo "$source $(stat -c '%s %Y' "$source")" >"$work/unpacked"
	fi
	source=$unpacked
fi
[ -f "$source/tools/testing/vma/Makefile" ] || skip 'this kernel source has no tools/testing/vma'

# Its makefile writes beside itself and reads the rest of the source by relative paths.
build=$work/build/tools/testing/vma
cp -r "$source/tools/testing/vma" "$build"
for folder in lib mm include arch tools/include tools/lib tools/scripts tools/arch tools/build \
	tools/testing/shared; do
	ln -s "$source/$folder" "$work/build/$folder"
done
cp -r "$build" "$build-ours"

run_make() { # FOLDER WHAT...
	folder=$1
	shift
	make -C "$folder" CC="$cc" "$@" >"$work/log" 2>&1
}

cc=$*
run_make "$build" vma || {
	skip "tools/testing/vma of this kernel does not build: $(grep -m 1 -E 'error: |undefined reference' "$work/log" |
		sed 's/.*vma\.c/mm\/vma.c/' | cut -c 1-120)"
}
status=0
number=0

report() { # GOOD WHAT
	number=$((number + 1))
	if [ "$1" = 1 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		sed 's/^/# /' "$work/out" | tail -n 30
		status=1
	fi
}

# The program's last line says how many tests it ran and how many passed.
passes() {
	"$1" >"$work/out" 2>&1 && tail -n 1 "$work/out" | grep -q '^[1-9][0-9]* tests run, .*, 0 failed'
}

echo '1..3'
good=0
passes "$build/vma" && good=1
report $good "mm/vma.c on the kernel's tree: $(tail -n 1 "$work/out")"

# Everything but the file that brings the kernel's tree.
objects=
for object in "$build"/*.o; do
	case ${object##*/} in
	maple*) ;;
	*) objects="$objects ${object##*/}" ;;
	esac
done
export CFLAGS="-I$here/vma -I$tree"
good=0
run_make "$build-ours" vma OFILES="$objects" LDLIBS="$library -lpthread -lurcu" &&
	passes "$build-ours/vma" && good=1
[ $good = 1 ] || cat "$work/log" >>"$work/out"
report $good "mm/vma.c on our tree: $(tail -n 1 "$work/out")"

rm -f "$build-ours/vma"
good=0
# The makefile has no rule for what is not the kernel's.
cp "$here/vma/lost_store.c" "$build-ours/"
if run_make "$build-ours" vma OFILES="$objects lost_store.o" \
	LDLIBS="-Wl,--wrap=mas_store_prealloc $library -lpthread -lurcu"; then
	passes "$build-ours/vma" || good=1
fi
report $good 'a store that goes wrong is noticed'
exit $status
