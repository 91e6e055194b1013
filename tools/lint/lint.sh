#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lint.sh BUILD: clang-format, clang-tidy, cppcheck and shellcheck over what is committed.
# clang-tidy and cppcheck read lib/ and examples/, each file once, with the flags that BUILD's
# compile_commands.json has for it. Exit status: 0 clean, 1 not, 77 if a tool is missing.
set -eu
build=$1
for tool in clang-format clang-tidy cppcheck shellcheck; do
	command -v "$tool" >/dev/null || {
		echo "lint: no $tool here" >&2
		exit 77
	}
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
status=0

# say TOOL FILE: the tool's findings, if it had any.
say() {
	[ ! -s "$2" ] || {
		echo "lint: $1:" >&2
		cat "$2" >&2
	}
}

git ls-files '*.c' '*.h' '*.cc' >"$work/sources"
xargs clang-format --dry-run -Werror <"$work/sources" >"$work/format" 2>&1 || status=1
say clang-format "$work/format"

python3 tools/lint/one_command_each.py "$build/compile_commands.json" lib examples >"$work/compile_commands.json"
git ls-files 'lib/*.c' 'examples/*.c' 'examples/*.cc' >"$work/checked"
xargs -P "$(nproc)" -n 1 clang-tidy -p "$work" --quiet <"$work/checked" >"$work/tidy" 2>"$work/tidy.err" ||
	status=1
[ ! -s "$work/tidy" ] || status=1
say clang-tidy "$work/tidy"

cppcheck --project="$work/compile_commands.json" --enable=warning,performance,portability \
	--suppressions-list=tools/lint/cppcheck.txt --inline-suppr --error-exitcode=1 --quiet \
	--platform=unix64 -D__x86_64__=1 -D__LP64__=1 -D__linux__=1 -DULONG_MAX=18446744073709551615UL \
	-j "$(nproc)" >"$work/cppcheck" 2>&1 || status=1
say cppcheck "$work/cppcheck"

git ls-files -- '*.sh' run .ci/run | xargs shellcheck -S warning >"$work/shellcheck" || status=1
say shellcheck "$work/shellcheck"
exit $status
