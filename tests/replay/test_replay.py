#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test_replay.py REAPBENCH TRACE...: calls of real processes, done on an address space of ours.

Description: each recorded trace returns the same here, address by address. A result that was
changed is found, in the line where it stands. What cannot be read is refused, with file and line.
Wrong looks like a difference that is passed over, or a line that is.
"""
import os
import platform
import subprocess
import sys
import tempfile

import tap


class Tool:
    def __init__(self, folder, program, traces):
        self.folder, self.program, self.traces = folder, os.path.abspath(program), traces

    def run(self, *words):
        done = subprocess.run([self.program, "replay", *words], capture_output=True, text=True,
                              timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def file(self, text):
        path = os.path.join(self.folder, "calls")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


def real_traces_return_the_same(tool):
    assert len(tool.traces) == 3
    for trace in tool.traces:
        code, out, err = tool.run(trace)
        assert code == 0 and "all return the same" in out and not err, (trace, out[:500], err)


def a_changed_result_is_found_where_it_stands(tool):
    with open(tool.traces[0], encoding="utf-8") as file:
        lines = file.read().splitlines()
    at = [i for i, line in enumerate(lines) if "mmap(NULL" in line][20]
    address = int(lines[at].split("= ")[-1], 16)
    lines[at] = lines[at].replace(hex(address), hex(address - 4096))
    code, out, _ = tool.run(tool.file("\n".join(lines)))
    assert code == 1 and f":{at + 1}: after" in out, out[:300]
    assert f"returned {hex(address - 4096)} there, and {hex(address)} here" in out, out[:300]


def kernel_is_judge():
    """As tests/vma/vs_kernel.h: older kernels map and merge by other rules."""
    version = tuple(int(word) for word in platform.release().split("-")[0].split(".")[:2])
    return platform.machine() == "x86_64" and version >= (6, 17)


def the_running_kernel_does_the_same(tool):
    if not kernel_is_judge():
        print("# not run: the rules are those of Linux 6.17 and later on x86-64")
        return
    for trace in tool.traces:
        code, out, err = tool.run("--live", trace)
        assert code == 0 and not err, (trace, out[:500], err)
        assert "also on the running kernel, and the areas are the same" in out, out
    text = "mmap(NULL, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000\n"
    code, out, err = tool.run("--live", "--maps", tool.file(text))
    area = "  7f0000000000-7f0000002000 r--p 00000000\n"
    assert code == 0 and out.count(area) == 2 and "That of the real process:" in out, (out, err)
    # A wrong result is neither ours nor the kernel's.
    code, out, err = tool.run("--live", tool.file(
        text + "munmap(0x7f0000000000, 4096) = -1 EINVAL (Invalid argument)\n"))
    assert code == 1 and not err, err
    assert "returned -1 EINVAL there, and 0 here; on the running kernel 0." in out, out
    # Nobody else is to start the process that is driven.
    code, out, err = tool.run("--child")
    assert code == 2 and not out and err.count("\n") == 1, err
    # What a call leaves out is not hidden: each wrong call has the kernel's own error.
    code, out, err = tool.run("--live", tool.file(
        text + "mremap(0x7f0000000000, 8192, 4096, MREMAP_FIXED, 0x7f0000010000)"
        " = -1 EINVAL (Invalid argument)\n"
        "mprotect(0x7effffffe000, 16384, PROT_NONE) = -1 ENOMEM (Cannot allocate memory)\n"))
    assert code == 0 and "3 calls, all return the same" in out, (out, err)


def errors_are_results_too(tool):
    code, out, err = tool.run(tool.file(
        "mmap(NULL, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000\n"
        "mmap(0x7f0000001000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED_NOREPLACE, -1, 0)"
        " = -1 EEXIST (File exists)\n"
        "munmap(0x7f0000000001, 4096) = -1 EINVAL (Invalid argument)\n"
        "[pid 7] madvise(0x7f0000002000, 4096, MADV_DONTNEED) = -1 ENOMEM (Cannot allocate memory)\n"
        "7 mprotect(0x7f0000000000, 4096, PROT_READ|PROT_WRITE <unfinished ...>\n"
        "--- SIGCHLD {si_signo=SIGCHLD} ---\n"
        "7 <... mprotect resumed>) = 0\n"))
    assert code == 0 and "5 calls, all return the same" in out, (out, err)
    code, out, _ = tool.run("--maps", tool.file(
        "mmap(NULL, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000\n"))
    assert code == 0 and "  7f0000000000-7f0000002000 r--p 00000000\n" in out, out


def what_cannot_be_read_is_refused(tool):
    good = "brk(NULL) = 0x5000\n"
    cases = [
        (good + "mmap(NULL, 8192) = 0x7000", "calls:2: this call cannot be understood"),
        ("munmap(0x7000, 4096)", "calls:1: this call cannot be understood"),
        ("munmap(0x7000, 4096) = -1 EWHAT (x)", "calls:1: "),
        ("mprotect(0x7000, 4096, PROT_MAGIC) = 0", "calls:1: "),
        (good * 3 + "3 <... brk resumed>) = 0", "calls:4: "),
        ("", "there is no call in it"),
        ("nothing here\n", "there is no call in it"),
    ]
    for text, what in cases:
        code, out, err = tool.run(tool.file(text))
        assert code == 1 and what in err and not out and err.count("\n") == 1, (text, out, err)
    for words, status, what in ((("nowhere",), 1, "nowhere: No such file"), ((), 2, "name a file"),
                                (("a", "b"), 2, "one file at a time"),
                                (("--engine", "none", "a"), 2, "no engine is called 'none'")):
        code, out, err = tool.run(*words)
        assert code == status and what in err and not out, (words, code, err)


with tempfile.TemporaryDirectory() as where:
    sys.exit(tap.run([real_traces_return_the_same, a_changed_result_is_found_where_it_stands,
                      the_running_kernel_does_the_same, errors_are_results_too, what_cannot_be_read_is_refused],
                     Tool(where, sys.argv[1], sys.argv[2:])))
