#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""r of the running kernel: the time of exit_mmap() outside the page-table locks over that under them.

No clock tells how long a lock is held, but a sampling profiler does: what runs in unmap_page_range(),
and not in the freeing of a full gather below it, holds a ptl. Samples that wait for a lock are left out.
Prints r and the number of samples.

Exit status: 0 done, 1 failed, 2 wrong usage, 77 perf cannot sample here.
"""
import argparse
import os
import subprocess
import sys
import tempfile

FREEING = ("tlb_flush_mmu", "tlb_batch_pages_flush", "free_pages_and_swap_cache",
           "free_pages_and_caches", "folios_put_refs")
WAITING = ("queued_spin_lock_slowpath", "osq_lock", "rwsem_")


def classify(stack):
    """'under' a ptl, 'outside', or None: not of exit_mmap(), or waiting."""
    if "exit_mmap" not in stack or any(w in name for name in stack for w in WAITING):
        return None
    if "unmap_page_range" not in stack or any(name.startswith(FREEING) for name in stack):
        return "outside"
    return "under"


def stacks(script):
    """The stacks in what perf script printed: lists of function names, the innermost first."""
    stack = []
    for line in [*script.splitlines(), ""]:
        if not line.strip():
            if stack:
                yield stack
            stack = []
        elif line[0] in "\t ":
            parts = line.split()
            if len(parts) >= 2:
                stack.append(parts[1].split("+")[0])


def r_of(script):
    """r and the number of samples that it comes from."""
    counts = {"under": 0, "outside": 0}
    for stack in stacks(script):
        kind = classify(stack)
        if kind:
            counts[kind] += 1
    if not counts["under"]:
        sys.exit("r: no sample of unmap_page_range() in exit_mmap()")
    return counts["outside"] / counts["under"], sum(counts.values())


def sample(command):
    """What perf script prints of a run, or None where perf cannot sample."""
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "perf.data")
        record = ["perf", "record", "-q", "-a", "-g", "-e", "cpu-clock:k", "-F", "4999", "-o", data,
                  "--", *command]
        try:
            run = subprocess.run(record, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                 text=True, check=False)
        except FileNotFoundError:
            print("r: perf is not installed", file=sys.stderr)
            return None
        if run.returncode:
            print(f"r: {(run.stderr.strip().splitlines() or ['perf failed'])[-1]}", file=sys.stderr)
            return None
        return subprocess.run(["perf", "script", "-i", data, "-F", "comm,ip,sym"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              check=True).stdout


def main():
    """Sample kills of one layout."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("reapbench")
    parser.add_argument("layout")
    parser.add_argument("argument", nargs=argparse.REMAINDER, help="for 'reapbench live'")
    options = parser.parse_args()
    script = sample([options.reapbench, "live", "--no-model", "--no-probe", "--layout",
                     options.layout, *options.argument])
    if script is None:
        return 77
    r, samples = r_of(script)
    print(f"{r:.3f} {samples}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
