#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: the manual pages of the library are whole, and an incomplete comment is an error.

test_man3.py MAN3.PY FOLDER HEADER...
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

import tap
from test_symbols import declared

GOOD = """/**
 * f() - Do it.
 * @x: the argument.
 *
 * Context: Any.
 * Return: 0.
 */
int f(int x);
"""


def generate(script, text):
    with tempfile.TemporaryDirectory() as folder:
        header = pathlib.Path(folder) / "h.h"
        header.write_text(text)
        done = subprocess.run([sys.executable, script, "-o", folder, header], text=True,
                              capture_output=True)
        page = pathlib.Path(folder) / "f.3"
        return done, page.read_text() if page.exists() else None


def each_function_has_a_page(script, folder, headers):
    for name in declared(headers):
        assert (folder / f"{name}.3").exists(), name


def mandoc_has_no_warning(script, folder, headers):
    if not shutil.which("mandoc"):
        return
    done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *sorted(folder.glob("*.3"))],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout


def a_page_has_what_the_comment_says(script, folder, headers):
    done, page = generate(script, GOOD)
    assert done.returncode == 0, done.stderr
    for text in ("f \\- Do it", "int f(int x);", "the argument.", ".SH CONTEXT", ".SH RETURN VALUE"):
        assert text in page, text


def an_incomplete_comment_is_an_error(script, folder, headers):
    for part, said in ((" * @x: the argument.\n", "arguments"), (" * Context: Any.\n", "Context"),
                       (" * Return: 0.\n", "Return")):
        done, _ = generate(script, GOOD.replace(part, ""))
        assert done.returncode == 1 and said in done.stderr, (part, done)
        assert len(done.stderr.splitlines()) == 1, done.stderr
    done, _ = generate(script, GOOD.replace("int f", "int g"))
    assert done.returncode == 1 and "stands before" in done.stderr, done


def main():
    script, folder, *headers = map(pathlib.Path, sys.argv[1:])
    return tap.run([each_function_has_a_page, mandoc_has_no_warning,
                    a_page_has_what_the_comment_says, an_incomplete_comment_is_an_error],
                   script, folder, headers)


if __name__ == "__main__":
    sys.exit(main())
