#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: what vma_tests.sh says of kernel sources whose tests are made up. A source without the
tests, or one whose tests do not compile, is skipped with the reason; a missing package is named; a
build that fails in any other way is a failure; and what the tests say of themselves comes before
everything else. Wrong looks like a skip that hides a fault, or a failure without its reason.

usage: test_vma_script.py VMA_TESTS_SH CC...
"""
import os
import shlex
import subprocess
import sys
import tempfile

import tap

# The file maple-shim.c is the kernel's tree, ours.c is ours.
MAKEFILE = """OFILES = main.o maple-shim.o
CFLAGS += -fsanitize=address
vma: $(OFILES)
\t$(CC) $(CFLAGS) -o $@ $(OFILES) $(LDLIBS)
"""
MAIN = """#include <stdio.h>
#include <stdlib.h>
struct ma_state;
extern const int kernels_tree;
void mas_store_prealloc(struct ma_state *mas, void *entry);
void *stored, **lost;
int main(void)
{
	int bad = 0;

	for (int i = 0; i < 20; i++)
		mas_store_prealloc(NULL, &stored);
	if (kernels_tree ? KERNELS_FAILS : OURS_FAILS || !stored) {
		fprintf(stderr, "Assert FAILED at main.c:1\\n");
		bad = 1;
	}
	for (int i = 0; i < 50; i++)
		fprintf(stderr, "noise %d\\n", i);
	printf("2 tests run, %d passed, %d failed.\\n", 2 - bad, bad);
	for (int i = 0; LEAKS && i < 100; i++)
		lost = malloc(8);
	return bad;
}
"""
TREE = """struct ma_state;
extern void *stored;
const int kernels_tree = %d;
void mas_store_prealloc(struct ma_state *mas, void *entry);
void mas_store_prealloc(struct ma_state *mas, void *entry)
{
	stored = entry;
}
"""
SHIM = TREE % 1


class Source:
    """A made-up kernel source, and the compiler that the script gets."""

    def __init__(self, root, cc):
        self.root, self.cc = root, cc
        self.folder = os.path.join(root, "linux")
        self.write("tools/testing/vma/Makefile", MAKEFILE)
        self.write("tools/testing/vma/main.c", self.main())
        self.write("tools/testing/vma/maple-shim.c", SHIM)
        self.write("ours.c", TREE % 0)
        subprocess.run([*cc, "-c", "-o", os.path.join(root, "ours.o"),
                        os.path.join(self.folder, "ours.c")], check=True)

    @staticmethod
    def main(kernels_fails=0, ours_fails=0, leaks=0):
        return (f"#define KERNELS_FAILS {kernels_fails}\n#define OURS_FAILS {ours_fails}\n"
                f"#define LEAKS {leaks}\n{MAIN}")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def vma(self, name, text):
        self.write("tools/testing/vma/" + name, text)

    def compiler_without(self, word, message):
        """A compiler that complains wherever it is given the word."""
        path = os.path.join(self.root, "cc")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\ncase " $* " in *" {word} "*) echo "{message}" >&2; exit 1 ;; esac\n'
                       f'exec {shlex.join(self.cc)} "$@"\n')
        os.chmod(path, 0o755)
        self.cc = [path]

    def run(self):
        """The exit status, and the lines of the output."""
        done = subprocess.run([sys.argv[1], self.folder, "7.99.0", os.path.join(self.root, "work"),
                               self.root, os.path.join(self.root, "ours.o"), *self.cc],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.splitlines()


def skipped(source, *words):
    status, lines = source.run()
    assert status == 0 and len(lines) == 1 and lines[0].startswith("1..0 # SKIP "), lines
    for word in words:
        assert word in lines[0], lines


def all_is_well(source):
    status, lines = source.run()
    assert status == 0, lines
    assert lines == ["1..3", "ok 1 - mm/vma.c on the kernel's tree: 2 tests run, 2 passed, 0 failed.",
                     "ok 2 - mm/vma.c on our tree: 2 tests run, 2 passed, 0 failed.",
                     "ok 3 - a store that goes wrong is noticed: 2 tests run, 1 passed, 1 failed. "
                     "(exit status 1)"], lines


def a_failure_shows_what_the_program_says(source):
    source.vma("main.c", source.main(ours_fails=1))
    status, lines = source.run()
    assert status == 1, lines
    at = lines.index("not ok 2 - mm/vma.c on our tree: 2 tests run, 1 passed, 1 failed. (exit status 1)")
    assert lines[at + 1] == "# Assert FAILED at main.c:1", lines
    assert lines[at + 2] == "# 2 tests run, 1 passed, 1 failed.", lines


def a_leak_does_not_hide_the_count(source):
    source.vma("main.c", source.main(leaks=1))
    status, lines = source.run()
    assert status == 1, lines
    assert any(line.startswith("not ok 2 - mm/vma.c on our tree: 2 tests run, 2 passed, 0 failed. (exit")
               for line in lines), lines
    assert any(line.startswith("# SUMMARY: AddressSanitizer: ") for line in lines), lines


def a_program_that_dies_is_a_failure(source):
    source.vma("main.c", source.main(ours_fails="(abort(), 1)"))
    status, lines = source.run()
    assert status == 1, lines
    assert any(line.startswith("not ok 2 - mm/vma.c on our tree: it did not count its tests")
               for line in lines), lines


def what_does_not_build_on_our_tree_is_a_failure(source):
    # Without the kernel's object, our tree would have to bring this.
    source.vma("main.c", source.main() + "extern int only_kernels;\nint *use = &only_kernels;\n")
    source.vma("maple-shim.c", SHIM + "int only_kernels;\n")
    status, lines = source.run()
    assert status == 1, lines
    at = lines.index("not ok 2 - mm/vma.c on our tree: it does not build")
    assert "undefined reference to `only_kernels'" in lines[at + 1], lines
    assert "not ok 3 - a store that goes wrong is noticed: it does not build" in lines, lines


def a_store_that_nobody_notices_is_a_failure(source):
    source.vma("main.c", source.main().replace("|| !stored", ""))
    status, lines = source.run()
    assert status == 1, lines
    assert any(line.startswith("not ok 3 - ") for line in lines), lines


def a_source_without_the_tests_is_skipped(source):
    os.remove(os.path.join(source.folder, "tools/testing/vma/Makefile"))
    skipped(source, "this kernel source has no tools/testing/vma")


def tests_that_do_not_compile_are_skipped(source):
    source.vma("main.c", "#include <linux/of_another_kernel.h>\n")
    skipped(source, "does not build", "linux/of_another_kernel.h")


def a_missing_source_file_is_skipped(source):
    os.remove(os.path.join(source.folder, "tools/testing/vma/maple-shim.c"))
    skipped(source, "does not build", "maple-shim.o")


def a_missing_header_of_urcu_names_its_package(source):
    source.compiler_without("urcu.h", "fatal error: urcu.h: No such file or directory")
    skipped(source, "liburcu-dev", "urcu.h")


def a_missing_library_of_urcu_names_its_package(source):
    source.compiler_without("-lurcu", "/usr/bin/ld: cannot find -lurcu")
    skipped(source, "liburcu-dev", "library urcu")


def a_missing_sanitizer_names_its_package(source):
    source.compiler_without("-fsanitize=undefined", "/usr/bin/ld: cannot find libubsan")
    skipped(source, "-dev", "sanitizers")


def any_other_end_of_the_build_is_a_failure(source):
    source.compiler_without("maple-shim.o", "No space left on device")
    status, lines = source.run()
    assert status == 1, lines
    at = lines.index("not ok 1 - mm/vma.c on the kernel's tree: it does not build")
    assert any("No space left on device" in line for line in lines[at:]), lines


CASES = [all_is_well, a_failure_shows_what_the_program_says, a_leak_does_not_hide_the_count,
         a_program_that_dies_is_a_failure, what_does_not_build_on_our_tree_is_a_failure,
         a_store_that_nobody_notices_is_a_failure, a_source_without_the_tests_is_skipped,
         tests_that_do_not_compile_are_skipped, a_missing_source_file_is_skipped,
         a_missing_header_of_urcu_names_its_package, a_missing_library_of_urcu_names_its_package,
         a_missing_sanitizer_names_its_package, any_other_end_of_the_build_is_a_failure]


class InSandbox:
    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        return Source(self.folder.name, sys.argv[2:])

    def __exit__(self, *_):
        self.folder.cleanup()


if __name__ == "__main__":
    sys.exit(tap.run(CASES, make=InSandbox))
