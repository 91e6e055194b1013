#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# variant.sh NAME=CHANGE LIB FOLDER CC...: a copy of LIB/vma and LIB/oom in FOLDER/NAME/lib with CHANGE
# made to it: -DNAME=VALUE, several with blanks between them, or the path of a patch with paths from the top
# of the sources (patch -p1). Every define has to be there already.
#
# Prints the name, the description of the change, and a line for each source. What cannot be done is one line
# on stderr, and status 1.
set -eu
name=${1%%=*} change=${1#*=} spec=$1 lib=$2 work=$3
shift 3

folder='' # set when the name is good
refuse() {
	echo "variant $name: $1" >&2
	[ -z "$folder" ] || rm -rf "$folder" "$folder.new"
	exit 1
}

case $name in
'' | [!a-z]* | *[!a-z0-9._-]*)
	refuse 'no name for an engine: a small letter, then small letters, digits, dots, dashes, underscores'
	;;
esac
[ ${#name} -le 31 ] || refuse 'a name has 31 characters at most'
[ "$spec" != "$name" ] || refuse 'what is changed? NAME=-DDEFINE=VALUE or NAME=PATCH'
folder=$work/$name

# Copies keep their times, so that only what changes is compiled anew.
rm -rf "$folder.new"
mkdir -p "$folder.new/lib"
cp -rp "$lib/vma" "$lib/oom" "$folder.new/lib"

define() { # NAME VALUE
	files=$(grep -lE "^#define[[:blank:]]+$1\\b" "$folder.new"/lib/*/*.[ch]) ||
		refuse "no file of lib/vma or lib/oom defines $1"
	for file in $files; do
		if grep -qE "^#define[[:blank:]]+$1\\b(\\(|.*\\\\\$)" "$file"; then
			refuse "$1 is more than one value: use a patch"
		fi
		sed -i -E "s|^(#define[[:blank:]]+$1)\\b.*|\\1 $2|" "$file"
	done
}

case $change in
-D*)
	described=$change
	for word in $change; do
		case $word in
		-D*=*) ;;
		*) refuse "'$word' is not -DNAME=VALUE" ;;
		esac
		word=${word#-D}
		case ${word%%=*} in
		'' | *[!A-Za-z0-9_]*) refuse "'${word%%=*}' is no name of a define" ;;
		esac
		case ${word#*=} in
		'' | *[!A-Za-z0-9_+*/\(\).-]*) refuse "'${word#*=}' is no value: letters, digits and + - * / ( ) . only" ;;
		esac
		define "${word%%=*}" "$(echo "${word#*=}" | sed 's/[|&\\]/\\&/g')"
	done
	;;
*)
	[ -f "$change" ] || refuse "there is no patch '$change'"
	described=${change##*/}
	outside=$(sed -nE 's|^\+\+\+ [^/]*/([^[:blank:]]*).*|\1|p' "$change" | grep -vE '^lib/(vma|oom)/' | head -n 1)
	[ -z "$outside" ] || refuse "the patch changes $outside: only lib/vma and lib/oom can be varied"
	grep -qE '^\+\+\+ ' "$change" || refuse "'$change' is no patch"
	command -v patch >/dev/null || refuse "patch(1) is not installed"
	patch -s -f -p1 --no-backup-if-mismatch -d "$folder.new" <"$change" >"$folder.new/log" 2>&1 ||
		refuse "the patch does not apply: $(grep -m 1 . "$folder.new/log")"
	rm -f "$folder.new/log"
	;;
esac

# One line for what does not compile, before anything is built.
for file in "$folder.new"/lib/*/*.c; do
	"$@" -fsyntax-only -std=gnu11 -D_GNU_SOURCE -iquote "$folder.new/lib" -I "$lib" -I "$lib/maple_tree" \
		"$file" 2>"$folder.new/log" ||
		refuse "does not compile: $(grep -m 1 'error:' "$folder.new/log" | sed "s|.*$folder.new/||")"
done
rm -f "$folder.new/log"

# Files that have not changed stay, with their times.
mkdir -p "$folder/lib/vma" "$folder/lib/oom"
for file in "$folder"/lib/*/*; do
	[ -e "$folder.new/${file#"$folder/"}" ] || rm -f "$file"
done
for file in "$folder.new"/lib/*/*; do
	cmp -s "$file" "$folder/${file#"$folder.new/"}" || cp -p "$file" "$folder/${file#"$folder.new/"}"
done
rm -rf "$folder.new"

echo "$name"
echo "$described"
for file in "$folder"/lib/vma/*.c "$folder"/lib/oom/*.c; do
	case $file in
	*/tlb_mode.c) ;; # a table that all of the program shares
	*) echo "$file" ;;
	esac
done
