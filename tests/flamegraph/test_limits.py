#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: the filters accept large input, and survive damaged input. A
hundred thousand stacks fit in 48 MiB, less memory is an error in one line, and bytes that make no
sense end in exit status 0 or 1 and never in a crash.

usage: test_limits.py FOLDER_OF_THE_FILTERS [sanitized]
"""
import os
import random
import resource
import sys
import tempfile

import tap
from filters import brief, good, refused, run

MIB = 1 << 20
NAMES = [f"function_{i}" for i in range(1000)]


def stacks(nr):
    generator = random.Random(1)
    return "".join(";".join(generator.choices(NAMES, k=20)) + f" {i % 7 + 1}\n"
                   for i in range(nr))


def address_space(limit):
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def a_hundred_thousand_stacks_fit_in_48_mib():
    lines = stacks(100000)
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(lines)
        file.flush()
        for name, args in (("fold", [file.name]), ("flamegraph", [file.name]),
                           ("flamediff", [file.name, file.name]), ("calltree", [file.name])):
            text = good(name, *args, preexec_fn=address_space(48 * MIB))
            if name == "fold":
                assert text == "".join(sorted(lines.splitlines(True)))


def too_little_memory_is_an_error():
    lines = stacks(50000)
    for limit in (6, 7, 8, 9):
        for name in ("fold", "flamegraph", "calltree"):
            refused(name, stdin=lines, preexec_fn=address_space(limit * MIB),
                    words=("Cannot allocate memory",))


def damaged(generator, sample):
    """The sample cut, with bytes changed, with a piece of itself elsewhere, or plain noise."""
    data = bytearray(sample)
    kind = generator.randrange(4)
    if kind == 0:
        del data[generator.randrange(len(data)):]
    elif kind == 1:
        for _ in range(generator.randrange(1, 20)):
            data[generator.randrange(len(data))] = generator.choice(b";; \t\n\n\r:()[]09a\x00\xff")
    elif kind == 2:
        at, length = generator.randrange(len(data)), generator.randrange(60)
        data[generator.randrange(len(data)):0] = data[at:at + length] * generator.randrange(1, 9)
    else:
        data = bytes(generator.choices(b"ab;;  \t\n\n12(:)\xc3\x01\x80", k=400))
    return bytes(data)


def damaged_input_never_crashes():
    generator = random.Random(7)
    folded = b"exit;zap_pte_range 20\noom_reaper;zap_pte_range;put_page 3\nf 18446744073709551\n"
    script = (b"exit 4711/4712 [000]  8115.250001:     200040 cpu-clock: \n"
              b"\t            f04e zap_pte_range+0x8e (/usr/bin/reapbench)\n"
              b"\t            f8d1 (anonymous namespace)::f(int)+0x41 (/usr/bin/reapbench)\n\n"
              b"oom_reaper 12 7.0: 5 cycles: 153e0 [unknown] (/usr/bin/r (deleted))\n") * 2
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "good")
        with open(path, "wb") as file:
            file.write(folded)
        for i in range(16):
            for name, args, sample in (("fold", ["-k"], script), ("fold", [], folded),
                                       ("flamegraph", ["-m", "0"], folded),
                                       ("flamediff", [path, "-"], folded),
                                       ("calltree", ["-m", "0"], folded)):
                data = damaged(generator, sample)
                done = run(name, *args, stdin=data)
                assert done.returncode in (0, 1), (i, data, brief(done))
                assert done.stderr.count(b"\n") == done.returncode, (i, data, brief(done))


CASES = [damaged_input_never_crashes]
if sys.argv[2:] != ["sanitized"]:  # a sanitizer's shadow needs an address space without limits
    CASES += [a_hundred_thousand_stacks_fit_in_48_mib, too_little_memory_is_an_error]

if __name__ == "__main__":
    sys.exit(tap.run(CASES))
