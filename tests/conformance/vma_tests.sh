#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vma_tests.sh SOURCE VERSION WORK TREE_DIR LIBRARY CC...: the kernel's tests of mm/vma.c, as its
# tools/testing/vma builds them, on the kernel's tree and on ours. SOURCE is a kernel source, a
# folder or a tarball; WORK is a folder for what is built. TREE_DIR has our maple_tree.h, LIBRARY is
# our static library.
#
# Right: every test passes on both trees, and with a store that goes wrong some test fails. Prints
# TAP. A plan of no tests, with the reason, means that the source has no such tests, that they do
# not build with the source's own headers, or that a package is missing.
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

# What the makefile asks of the machine, so that no source is blamed for what is not installed.
cc=$*
version_of_cc=$($cc -dumpversion | cut -d . -f 1)
case $($cc --version) in
*clang*) sanitizers=libclang-rt-$version_of_cc-dev ;;
*) sanitizers=libgcc-$version_of_cc-dev ;;
esac
mkdir -p "$work"

needs() { # PACKAGE WHAT ARGUMENT...
	package=$1 what=$2
	shift 2
	echo 'int main(void) { return 0; }' | $cc -x c - -o "$work/probe" "$@" >"$work/log" 2>&1 ||
		skip "$what cannot be used: is the package $package installed?"
}
needs libc6-dev 'the compiler'
needs liburcu-dev urcu.h -include urcu.h -c
needs liburcu-dev 'the library urcu' -lurcu
needs "$sanitizers" 'the compiler for sanitizers' -fsanitize=address -fsanitize=undefined

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

status=0
number=0
verdicts='Assert FAILED|^Test .* FAILED| tests run, |ERROR: | error: |SUMMARY: |undefined reference'

report() { # GOOD WHAT
	number=$((number + 1))
	if [ "$1" = 1 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		status=1
		# What it says itself may stand far above the end.
		grep -E "$verdicts" "$work/out" | head -n 20 | sed 's/^/# /'
		echo '# The end of the output:'
		tail -n 30 "$work/out" | sed 's/^/# /'
	fi
}

# The program's count of its tests becomes $said. True if all passed.
passes() { # PROGRAM
	if [ ! -x "$1" ]; then
		said='it does not build'
		cp "$work/log" "$work/out"
		return 1
	fi
	ended=0
	"$1" >"$work/out" 2>&1 || ended=$?
	said=$(grep ' tests run, ' "$work/out" | tail -n 1)
	[ -n "$said" ] || said='it did not count its tests'
	[ $ended = 0 ] || said="$said (exit status $ended)"
	echo "$said" | grep -q '^[1-9][0-9]* tests run, .*, 0 failed\.$'
}

$cc -c -o "$work/line_buffered.o" "$here/vma/line_buffered.c"
# The makefile adds its own to these.
export LDLIBS="$work/line_buffered.o"
if ! run_make "$build" vma; then
	# A compiler's complaint is the source's own. Anything else is a fault here.
	why=$(grep -m 1 -E '^[^ ]+:[0-9]+:.* error: |undefined reference|No rule to make target' \
		"$work/log") &&
		skip "tools/testing/vma of this kernel does not build: $(echo "$why" |
			sed 's/.*vma\.c/mm\/vma.c/' | cut -c 1-120)"
fi
echo '1..3'
good=0
passes "$build/vma" && good=1
report $good "mm/vma.c on the kernel's tree: $said"

# Everything but the file that brings the kernel's tree.
objects=
for object in "$build"/*.o; do
	case ${object##*/} in
	maple*) ;;
	*) objects="$objects ${object##*/}" ;;
	esac
done
export CFLAGS="-I$here/vma -I$tree"
libraries="$LDLIBS $library -lpthread -lurcu"
good=0
run_make "$build-ours" vma OFILES="$objects" LDLIBS="$libraries" || rm -f "$build-ours/vma"
passes "$build-ours/vma" && good=1
report $good "mm/vma.c on our tree: $said"

rm -f "$build-ours/vma"
good=0
# The makefile has no rule for what is not the kernel's.
cp "$here/vma/lost_store.c" "$build-ours/"
run_make "$build-ours" vma OFILES="$objects lost_store.o" \
	LDLIBS="-Wl,--wrap=mas_store_prealloc $libraries" || rm -f "$build-ours/vma"
passes "$build-ours/vma" || ! grep -q 'Assert FAILED' "$work/out" || good=1
report $good "a store that goes wrong is noticed: $said"
exit $status
