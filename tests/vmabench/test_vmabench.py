#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test_vmabench.py VMABENCH: each operation is measured on each tree, and what is wrong is refused.

Description: the table has a row for each operation and size, with a time for each engine and a ratio
for each but the first. As a Google Benchmark program it has the same cases by name. Wrong looks like a
row that is missing, a time of nothing, or words that are passed over.
"""
import json
import re
import subprocess
import sys

import tap

OPERATIONS = ("mmap_munmap", "mprotect_split", "mas_walk", "find_vma", "lock_vma", "fault", "fault_beside",
              "fault_in_one", "fork")


def run(program, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=200, check=False)
    return done.returncode, done.stdout, done.stderr


def the_table_has_a_row_for_each_operation_and_size(program):
    code, out, err = run(program, "--table=3,1000")
    assert code == 0 and not err, (code, err)
    engines = len(re.search(r"^ +VMAs((?:  +\S+)+)$", out, re.M).group(1).split())
    assert engines % 2 == 1, out
    for operation in OPERATIONS:
        for size in (100, 1000):
            row = re.search(rf"^{operation} +{size}((?: .*)?)$", out, re.M).group(1)
            times = re.findall(r"([\d.]+) (?:ns|us|ms)", row)
            ratios = re.findall(r"[\d.]+ [\d.]+-[\d.]+", row)
            assert len(times) == (engines + 1) // 2 and len(ratios) == engines // 2, row
            assert all(float(time) > 0 for time in times), row


def google_benchmark_runs_the_same_cases(program):
    code, out, err = run(program, "--benchmark_filter=/maple/100$", "--benchmark_min_time=0.01",
                         "--benchmark_format=json")
    assert code == 0, err
    names = [case["name"] for case in json.loads(out)["benchmarks"]]
    assert names == [f"{operation}/maple/100" for operation in OPERATIONS], names


def wrong_words_are_refused(program):
    for words in (("--table=2",), ("--table=x",), ("--table=3,",), ("--table=3,10",),
                  ("--table", "--benchmark_filter=x"), ("word",)):
        code, out, err = run(program, *words)
        assert code == 2 and not out and err.count("\n") == 1, (words, code, out, err)


sys.exit(tap.run([the_table_has_a_row_for_each_operation_and_size,
                  google_benchmark_runs_the_same_cases, wrong_words_are_refused], sys.argv[1]))
