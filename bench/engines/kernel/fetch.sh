#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fetch.sh VERSION: unpack Debian's source of a kernel under the cache folder, and print where. Nothing is
# installed, and apt's own lists stay as they are. $UMAPLE_MIRROR is the archive to ask.
# Exit status: 0 with the path on stdout; 1 with one line that says why not; 2 wrong usage.
set -eu

suites='trixie-backports bookworm-backports'
mirror=${UMAPLE_MIRROR:-http://deb.debian.org/debian}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

fail() {
	echo "run kernel: $*" >&2
	exit 1
}

case $#:${1:-} in
1:[0-9]*.[0-9]*) ;;
*)
	echo "usage: ./run kernel VERSION, such as 7.3" >&2
	exit 2
	;;
esac
version=$1
case $version in
*[!0-9.]* | *.*.*)
	echo "run kernel: '$version' is no version such as 7.3" >&2
	exit 2
	;;
esac

cache=${XDG_CACHE_HOME:-$HOME/.cache}/umaple
target=$cache/linux-$version
if [ -f "$target/lib/maple_tree.c" ]; then
	echo "$target"
	exit 0
fi
mkdir -p "$cache" || exit 1
work=$(mktemp -d "$cache/fetch.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

apt() {
	apt-get -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root \
		-o Acquire::Retries=1 -o Acquire::http::Timeout=20 "$@"
}

tarball=/usr/src/linux-source-$version.tar.xz
if [ ! -f "$tarball" ]; then
	command -v apt-get >/dev/null || fail "no apt-get here, and no $tarball"
	mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
	for suite in $suites; do
		echo "deb [signed-by=$keyring] $mirror $suite main"
	done >"$work/sources.list"
	echo "run kernel: looking for linux-source-$version at $mirror" >&2
	{ apt -qq update >"$work/log" 2>&1 && ! grep -q '^[WE]:' "$work/log"; } ||
		fail "cannot read the package lists of $mirror: $(sed -n 's/^[WE]: //p' "$work/log" | head -n 1)"
	known=$(apt-cache -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" pkgnames linux-source- |
		sed -n 's/^linux-source-\([0-9.]*\)$/\1/p' | sort -V | paste -s -d ' ')
	case " $known " in
	*" $version "*) ;;
	*) fail "no linux-source-$version in $suites (there are: ${known:-none})" ;;
	esac
	(cd "$work" && apt -qq download "linux-source-$version") >"$work/log" 2>&1 ||
		fail "cannot download linux-source-$version: $(sed -n 's/^[WE]: //p' "$work/log" | head -n 1)"
	dpkg-deb -x "$work"/linux-source-*.deb "$work/package" || fail "cannot unpack the package"
	tarball=$work/package/usr/src/linux-source-$version.tar.xz
fi
mkdir "$work/linux"
tar -x -f "$tarball" -C "$work/linux" --strip-components=1 || fail "cannot unpack $tarball"
[ -f "$work/linux/lib/maple_tree.c" ] || fail "$tarball has no lib/maple_tree.c"
rm -rf "$target"
mv "$work/linux" "$target"
echo "$target"
