#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: variant.sh makes changed copies of lib/vma and lib/oom for an engine. Right: the change is
in the copy and nowhere else, unchanged files keep their times, and what cannot be done is one line that
says why. Wrong looks like a define that is set and used by nobody, or a shell's message.

usage: test_variant.py VARIANT_SH LIB CC...
"""
import os
import subprocess
import sys
import tempfile

import tap

SCRIPT, LIB, CC = sys.argv[1], sys.argv[2], sys.argv[3:]
HEADER = "lib/vma/mmu_gather.h"
LINE = next(line for line in open(os.path.join(LIB, "vma/mmu_gather.h"), encoding="utf-8")
            if line.startswith("#define MAX_GATHER_BATCH_COUNT"))


def vary(work, spec):
    return subprocess.run([SCRIPT, spec, LIB, work, *CC], capture_output=True, text=True, check=False)


def refused(work, spec, words):
    done = vary(work, spec)
    assert done.returncode == 1, done
    assert words in done.stderr and done.stderr.count("\n") == 1, done.stderr
    assert not done.stdout, done.stdout


def patch(work, name, new, file=HEADER, old=LINE):
    path = os.path.join(work, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"--- a/{file}\n+++ b/{file}\n@@ -1 +1 @@\n-{old}+{new}\n")
    return path


def text(work, name, file=HEADER):
    with open(os.path.join(work, name, file), encoding="utf-8") as source:
        return source.read()


def original(file=HEADER):
    with open(os.path.join(os.path.dirname(LIB), file), encoding="utf-8") as source:
        return source.read()


def a_define_is_changed_where_it_stands(work):
    done = vary(work, "small=-DMAX_GATHER_BATCH_COUNT=5")
    assert done.returncode == 0, done
    lines = done.stdout.splitlines()
    assert lines[:2] == ["small", "-DMAX_GATHER_BATCH_COUNT=5"], lines
    assert any(line.endswith("/small/lib/vma/page_alloc.c") for line in lines), lines
    assert any(line.endswith("/small/lib/oom/exit.c") for line in lines), lines
    assert text(work, "small") == original().replace(LINE, "#define MAX_GATHER_BATCH_COUNT 5\n")
    assert text(work, "small", "lib/vma/vma.c") == original("lib/vma/vma.c")


def a_patch_is_applied(work):
    done = vary(work, "mine=" + patch(work, "a.patch", "#define MAX_GATHER_BATCH_COUNT 7UL"))
    assert done.returncode == 0, done
    assert done.stdout.splitlines()[:2] == ["mine", "a.patch"], done.stdout
    assert text(work, "mine") == original().replace(LINE, "#define MAX_GATHER_BATCH_COUNT 7UL\n")


def what_has_not_changed_keeps_its_time(work):
    def times():
        folder = os.path.join(work, "x/lib/vma")
        return {name: os.stat(os.path.join(folder, name)).st_mtime_ns for name in os.listdir(folder)}
    vary(work, "x=-DMAX_GATHER_BATCH_COUNT=5")
    first = times()
    vary(work, "x=-DMAX_GATHER_BATCH_COUNT=6")
    second = times()
    assert {name for name in first if first[name] != second[name]} == {"mmu_gather.h"}


def what_cannot_be_done_is_one_line(work):
    refused(work, "x", "what is changed?")
    refused(work, "X=-DMAX_GATHER_BATCH_COUNT=5", "no name for an engine")
    refused(work, "../x=-DMAX_GATHER_BATCH_COUNT=5", "no name for an engine")
    refused(work, "x=-DNO_SUCH_DEFINE=5", "no file of lib/vma or lib/oom defines NO_SUCH_DEFINE")
    refused(work, "x=-DMAX_GATHER_BATCH_COUNT", "is not -DNAME=VALUE")
    refused(work, "x=-DMAX_GATHER_BATCH_COUNT=5;", "is no value")
    refused(work, "x=-DMAX_GATHER_BATCH_COUNT=if(", "does not compile: lib/vma/mmu_gather.")
    refused(work, "x=/nowhere.patch", "there is no patch '/nowhere.patch'")
    refused(work, "x=" + patch(work, "b.patch", "x", old="not there\n"), "the patch does not apply")
    refused(work, "x=" + patch(work, "c.patch", "x", file="lib/base/slab.h"), "only lib/vma and lib/oom")
    assert not os.path.exists(os.path.join(work, "x")), os.listdir(work)


TESTS = (a_define_is_changed_where_it_stands, a_patch_is_applied, what_has_not_changed_keeps_its_time,
         what_cannot_be_done_is_one_line)

sys.exit(tap.run(TESTS, make=tempfile.TemporaryDirectory))
