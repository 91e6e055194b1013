#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: the scripts around a kernel's tree. fetch.sh gives the source that is in the cache, and one
line where there is none to be had; try.sh names what does not compile; localize.sh refuses a tree that
lacks a function, which the last link would otherwise take from another tree. Wrong looks like a shell's
message, or a status of 0.

usage: test_kernel_tools.py BENCH_ENGINES CC...
"""
import os
import subprocess
import sys
import tempfile

import tap

HERE, CC = sys.argv[1], sys.argv[2:]


def run(*args, **environment):
    return subprocess.run(args, capture_output=True, text=True, check=False,
                          env=dict(os.environ, **environment))


def fetch(cache, *args):
    return run(os.path.join(HERE, "kernel/fetch.sh"), *args, XDG_CACHE_HOME=cache,
               UMAPLE_MIRROR="file:///nowhere")


def write(root, name, text):
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def a_source_in_the_cache_is_given_at_once(root):
    write(root, "umaple/linux-9.7/lib/maple_tree.c", "")
    done = fetch(root, "9.7")
    assert (done.returncode, done.stdout) == (0, os.path.join(root, "umaple/linux-9.7\n")), done


def without_an_archive_one_line_says_so(root):
    done = fetch(root, "9.8")
    said = [line for line in done.stderr.splitlines() if not line.startswith("run kernel: looking")]
    assert done.returncode == 1 and done.stdout == "" and len(said) == 1, done
    assert said[0].startswith("run kernel: "), said
    assert os.listdir(os.path.join(root, "umaple")) == [], os.listdir(os.path.join(root, "umaple"))


def what_is_no_version_is_wrong_usage(root):
    for args in ((), ("7",), ("../x",), ("7.3.4",), ("7.x",), ("7.3", "7.2")):
        done = fetch(root, *args)
        assert done.returncode == 2 and done.stderr.count("\n") == 1, (args, done)


def attempt(root, text):
    tree = write(root, "lib/maple_tree.c", text)
    return run(os.path.join(HERE, "kernel/try.sh"), os.path.join(HERE, "kernel"), tree, *CC,
               "-std=gnu11", "-D_GNU_SOURCE", "-I" + os.path.join(HERE, "../../lib"),
               "-Werror=implicit-function-declaration")


def a_tree_that_compiles_is_taken(root):
    done = attempt(root, "int mt_height(void);\nint mt_height(void)\n{\n\treturn min(1, 2);\n}\n")
    assert (done.returncode, done.stdout) == (0, ""), done


def the_first_complaint_is_told(root):
    done = attempt(root, "int f(void);\nint f(void)\n{\n\treturn mt_unheard_of();\n}\n")
    assert done.returncode == 1 and done.stdout.count("\n") == 1, done
    assert "mt_unheard_of" in done.stdout, done.stdout


def localize(root, text):
    source, archive = write(root, "mm.c", text), os.path.join(root, "mm.a")
    subprocess.run([*CC, "-c", source, "-o", os.path.join(root, "mm.o")], check=True)
    subprocess.run(["ar", "rcs", archive, os.path.join(root, "mm.o")], check=True)
    out = os.path.join(root, "out.o")
    return run(os.path.join(HERE, "localize.sh"), out, "engine_x", "objcopy", *CC, "--",
               archive), out


def a_function_that_the_tree_lacks_is_refused(root):
    for call in ("mas_gone", "mt_gone", "mtree_gone"):
        done, out = localize(root, f"int {call}(void);\nint engine_x(void)\n{{\n\treturn {call}();\n}}\n")
        assert done.returncode == 1, done
        assert done.stderr == f"engine_x: the tree lacks {call}()\n", done.stderr
        assert not os.path.exists(out)


def other_functions_may_come_from_outside(root):
    done, out = localize(root, "int puts(const char *s);\n"
                               "int engine_x(void)\n{\n\treturn puts(\"\");\n}\n")
    assert done.returncode == 0 and os.path.exists(out), done


TESTS = (a_source_in_the_cache_is_given_at_once, without_an_archive_one_line_says_so,
         what_is_no_version_is_wrong_usage, a_tree_that_compiles_is_taken,
         the_first_complaint_is_told, a_function_that_the_tree_lacks_is_refused,
         other_functions_may_come_from_outside)

sys.exit(tap.run(TESTS, make=tempfile.TemporaryDirectory))
