#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""bench_filters.py FOLDER [STACKS]: how long the text filters of FOLDER take.

Each filter reads the same STACKS distinct folded stacks (200,000 by default). Prints the CPU time
and the memory of each, and fails if one of them does.
"""
import os
import resource
import subprocess
import sys
import tempfile


def write_stacks(path, number):
    with open(path, "w", encoding="ascii") as out:
        for i in range(number):
            frames = ";".join(f"f{(i >> (3 * depth)) % 8191}_{depth}" for depth in range(6))
            out.write(f"task;{frames};leaf{i} {1 + i % 7}\n")


def main(folder, number):
    print(f"{number} distinct stacks")
    with tempfile.TemporaryDirectory() as scratch:
        stacks = os.path.join(scratch, "stacks")
        write_stacks(stacks, number)
        for name, files in (("fold", [stacks]), ("flamegraph", [stacks]),
                            ("flamediff", [stacks, stacks]), ("calltree", [stacks])):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([os.path.join(folder, name), *files], check=True,
                           stdout=subprocess.DEVNULL)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            # The kernel keeps the largest of all children, so this grows from line to line.
            print(f"{name:12} {after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:6.2f} s"
                  f"  at most {after.ru_maxrss // 1024} MiB so far")


main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200000)
