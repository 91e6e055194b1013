#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: user_tests.py takes functions out of a kernel source with what they need, in the source's
order, and leaves out what the source lacks. Wrong looks like a file that does not compile, or a function
that is gone without a word.

usage: test_user_tests.py USER_TESTS_PY CC...
"""
import os
import subprocess
import sys
import tempfile

import tap

SOURCE = """/* Made up, in the form of tools/testing/radix-tree/maple.c. */
#define TWICE(x) \\
	((x) + (x))

struct needed {
	int value;
};

static int unneeded(void)
{
	return looks_into_nodes();
}

static int helper(struct needed *needed)
{
	return TWICE(needed->value);
}

static void check_one(struct maple_tree *mt)
{
	struct needed needed = {1};

	helper(&needed);
}

static inline int check_two(struct maple_tree *mt)
{
	return 0;
}
"""
TABLE = """#include <stddef.h>
struct maple_tree;
#include "%s"
void (*const tests[])(struct maple_tree *mt) = {
	check_one, (void (*)(struct maple_tree *))check_two,
};
"""


def take(text, *wanted):
    """What the script makes of a source with this text, and what it says on stderr."""
    with tempfile.TemporaryDirectory() as folder:
        source, output = os.path.join(folder, "maple.c"), os.path.join(folder, "out.h")
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run([sys.executable, sys.argv[1], output, source, *wanted],
                              capture_output=True, text=True, check=True)
        # A table that names each function builds, whatever the source has.
        subprocess.run([*sys.argv[2:], "-x", "c", "-fsyntax-only", "-Werror", "-"], check=True, text=True,
                       input=TABLE % output)
        with open(output, encoding="utf-8") as file:
            return file.read(), done.stderr.replace(source, "maple.c")


def functions_come_with_what_they_need():
    text, said = take(SOURCE, "check_two", "check_one")
    assert said == "", said
    places = [text.index(word) for word in ("#define TWICE", "struct needed {", "static int helper",
                                            "static void check_one", "static inline int check_two")]
    assert places == sorted(places), text
    assert "unneeded" not in text and "NULL" not in text, text


def a_missing_function_is_left_out():
    text, said = take(SOURCE.replace("check_two", "check_other"), "check_one", "check_two")
    assert said == "maple.c has no check_two: left out\n", said
    assert "#define check_two NULL\n" in text and "static void check_one" in text, text
    assert "check_other" not in text, text


def a_source_may_lack_all_of_them():
    text, said = take("/* nothing */\n", "check_one", "check_two")
    assert said == "maple.c has no check_one, check_two: left out\n", said
    assert text == "#define check_one NULL\n#define check_two NULL\n", text


if __name__ == "__main__":
    sys.exit(tap.run([functions_come_with_what_they_need, a_missing_function_is_left_out,
                      a_source_may_lack_all_of_them]))
