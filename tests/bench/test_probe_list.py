#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test_probe_list.py PROGRAM ENGINES: the probes that tracers find in a program.

Description: each probe of lib/measure/probes.h stands in the program's notes, once for each place it
was compiled into, at an address that holds a nop inside a function that has this probe. Wrong
looks like a probe of one engine that is gone after the engines were joined, or a note that kept
an address from before linking.
"""
import re
import shutil
import subprocess
import sys

import tap

# Each probe with its number of arguments and the functions that it may be inlined into.
EACH_ENGINE = {
    "reap_start": (3, "__oom_reap_task_mm"),
    "reap_end": (2, "__oom_reap_task_mm"),
    "gather_flush": (3, "tlb_batch_pages_flush|tlb_flush_mmu"),
    "contention_begin": (3, "mmap_(read|write)_lock|wait_for"),
    "contention_end": (4, "mmap_(read|write)_lock|wait_for"),
}
SLOWPATHS = ("ticket_spin_lock_slowpath", "queued_spin_lock_slowpath", "tas_spin_lock_slowpath",
             "mutex_lock_slowpath")
ONCE = [(name, arguments, slowpath) for slowpath in SLOWPATHS
        for name, arguments in (("contention_begin", 3), ("contention_end", 4))]
NOTE = re.compile(r"Provider: (\S+)\s+Name: (\S+)\s+Location: (\S+), .*\s+Arguments: (.*)")
INSTRUCTION = re.compile(r"^ *[0-9a-f]+:\t[0-9a-f ]+\t(\w+)", re.MULTILINE)
FUNCTION = re.compile(r"^[0-9a-f]+ <(.*?)(?:\+0x[0-9a-f]+)?>:", re.MULTILINE)


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def probes(program):
    """(name, address, arguments) of each probe."""
    for provider, name, address, arguments in NOTE.findall(output("readelf", "-n", program)):
        assert provider == "umaple", provider
        yield name, int(address, 16), arguments.split()


def place(program, address):
    """The function at an address, and the instruction there."""
    text = output("objdump", "-d", f"--start-address={address}", f"--stop-address={address + 4}",
                  program)
    return FUNCTION.search(text).group(1), INSTRUCTION.search(text).group(1)


def each_probe_stands_in_its_function_once_per_engine(program, engines):
    left = list(ONCE)
    left += [(name, *what) for name, what in EACH_ENGINE.items() for _ in range(engines)]
    extra = []
    for name, address, arguments in probes(program):
        function, instruction = place(program, address)
        assert instruction == "nop", f"{name} at {address:#x} in {function}: {instruction}"
        for entry in left:
            if (name, len(arguments)) == entry[:2] and re.fullmatch(entry[2], function):
                left.remove(entry)
                break
        else:
            extra.append((name, function))
    assert not left, f"missing: {left}"
    # Two waits for mmap_lock, for reading and for writing, may have become one place or two.
    assert all(re.match("mmap_", function) for _, function in extra), extra


def arguments_are_registers(program, _engines):
    for name, _, arguments in probes(program):
        for argument in arguments:
            assert re.fullmatch(r"-?[48]@[%\w]+", argument), f"{name}: {argument}"


def main():
    if not all(map(shutil.which, ("readelf", "objdump"))):
        tap.skip_all("no readelf and objdump")
    return tap.run((each_probe_stands_in_its_function_once_per_engine,
                    arguments_are_registers), sys.argv[1], int(sys.argv[2]))


sys.exit(main())
