#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: fold reads what perf script prints in each of its forms, and folded stacks, and
writes the same stacks sorted. Expected lines are made by hand. Wrong is a name cut at a space or
a bracket, a sample of the wrong thread or event, or text that is neither taken without a word.

usage: test_fold.py FOLDER_OF_THE_FILTERS
"""
import os
import subprocess
import sys
import tempfile

import tap
from filters import good, refused

SAMPLES = """\
exit 4711/4712 [000]  8115.250001:     200040 cpu-clock: 
	            f04e zap_pte_range+0x8e (/usr/bin/reapbench)
	            f8d1 unmap_page_range+0x41 (/usr/bin/reapbench)

oom_reaper 4711/4713 [001]  8115.250003:     100000 cpu-clock: 
	            e67b __pte_offset_map_lock+0x5b (/usr/bin/reapbench)
	            f04e zap_pte_range+0x8e (/usr/bin/reapbench)
	            f8d1 unmap_page_range+0x41 (/usr/bin/reapbench)

exit 4711/4712 [000]  8115.250201:     200040 cpu-clock: 
	            f04f zap_pte_range+0x8f (/usr/bin/reapbench)
	            f8d1 unmap_page_range+0x41 (/usr/bin/reapbench)

"""
FOLDED = """\
exit;unmap_page_range;zap_pte_range 2
oom_reaper;unmap_page_range;zap_pte_range;__pte_offset_map_lock 1
"""


def frame_of(line):
    """What fold makes of one frame."""
    text = good("fold", stdin=f"t 1 2.0: 3 e:\n\t{line}\n\n")
    assert text.startswith("t;") and text.endswith(" 1\n"), text
    return text[2:-3]


def comm_of(header):
    return good("fold", stdin=header + "\n\t1 f+0x1 (/x)\n\n").partition(";")[0]


def samples_of_a_thread_with_the_same_stack_are_one_line():
    assert good("fold", stdin=SAMPLES) == FOLDED


def a_file_and_standard_input_are_the_same():
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(SAMPLES)
        file.flush()
        assert good("fold", file.name) == FOLDED
    assert good("fold", "-", stdin=SAMPLES) == FOLDED


def folded_stacks_are_merged_and_sorted():
    lines = "b;c 1\na 2\n\nb 5\na;x y(int, char) 3\nb;c 9\n"
    text = good("fold", stdin=lines)
    assert text == "a 2\na;x y(int, char) 3\nb 5\nb;c 10\n", text
    assert good("fold", stdin=text) == text
    assert good("fold", stdin=lines.replace("\n", "\r\n")) == text


def output_sorts_as_sort_does():
    lines = "a.cold;x 1\na;b 1\na 1\na b;c 1\n\xe9 1\nA 1\n"
    text = good("fold", stdin=lines)
    want = subprocess.run(["sort"], input=text.encode(), capture_output=True, check=True,
                          env=dict(os.environ, LC_ALL="C"))
    assert text.encode() == want.stdout


def threads_are_chosen_by_name():
    assert good("fold", "--comm", "exit", stdin=SAMPLES) == FOLDED.splitlines(True)[0]
    assert good("fold", "-c", "exit", "-c", "oom_reaper", stdin=SAMPLES) == FOLDED
    assert good("fold", "-c", "oom_reaper", stdin=FOLDED) == FOLDED.splitlines(True)[1]
    refused("fold", "-c", "exi", stdin=SAMPLES, words=("no thread", "'exi'"))
    refused("fold", "-c", "exi", stdin=FOLDED, words=("no thread", "'exi'"))


def stacks_begin_at_the_root():
    want = "zap_pte_range 2\nzap_pte_range;__pte_offset_map_lock 1\n"
    assert good("fold", "--root", "zap_pte_range", stdin=SAMPLES) == want
    assert good("fold", "--root", "zap_pte_range", stdin=FOLDED) == want
    # The outermost of a recursion; a stack without it counts no more.
    assert good("fold", "-r", "f", stdin="a;f;g;f;h 2\na;g 1\n") == "f;g;f;h 2\n"
    refused("fold", "-r", "nothing", stdin=SAMPLES, words=("no stack", "'nothing'"))


def periods_are_weights_on_request():
    text = good("fold", "--period", stdin=SAMPLES)
    assert [int(line.rsplit(" ", 1)[1]) for line in text.splitlines()] == [400080, 100000], text
    refused("fold", "--period", stdin=SAMPLES.replace("     100000", ""),
            words=("standard input:5:", "no period"))


def offsets_and_files_are_dropped():
    assert frame_of("ffffffff81000130 do_syscall_64+0x76 ([kernel.kallsyms])") == "do_syscall_64"
    assert frame_of("e67b f (/tmp/a (b) c)") == "f"
    assert frame_of("e67b f+0x1 (/tmp/gone (deleted))") == "f"
    assert frame_of("e67b f (inlined)") == "f"
    assert frame_of("e67b f+0x1") == "f"


def names_of_c_plus_plus_stay_whole():
    for name in ("(anonymous namespace)::run(int, char const*)", "operator()(int)",
                 "a<b, (c)3>::operator new[](unsigned long)", "f(void (*)(int)) [clone .cold]"):
        assert frame_of(f"e67b {name}+0x1f (/usr/lib/lib x.so)") == name, name
    assert frame_of("e67b Ljava/lang/String;::hash+0x1 (/tmp/perf-1.map)") == \
        "Ljava/lang/String:::hash"


def functions_without_a_name_are_called_as_their_file():
    assert frame_of("7f00 [unknown] (/usr/lib/libc.so.6)") == "[libc.so.6]"
    assert frame_of("7f00 [unknown] ([kernel.kallsyms])") == "[kernel.kallsyms]"
    assert frame_of("7f00 [unknown] ([unknown])") == "[unknown]"
    assert frame_of("7f00 [unknown] (/usr/lib/gone.so (deleted))") == "[gone.so (deleted)]"
    assert frame_of("7f00 [unknown] (//anon)") == "[anon]"
    assert frame_of("7f00 (/usr/bin/x)") == "[x]"
    assert frame_of("7f00") == "[unknown]"


def frames_of_the_kernel_are_marked_on_request():
    text = good("fold", "--kernel", stdin="t 1 2.0: 3 e:\n"
                "\tffffffff81000130 in+0x76 ([kernel.kallsyms])\n"
                "\tffffffffc0000130 [unknown] ([nf_tables])\n"
                "\tffffffffff600000 vdso ([vsyscall])\n"
                "\t7f00 out+0x1 (/usr/bin/x)\n\n")
    assert text == "t;out;vdso;[nf_tables]_[k];in_[k] 1\n", text


def headers_are_read_in_each_form():
    for header in ("my comm 12/34 [001] 5.000001: 77 cycles:u:", "my comm 12 5.0: 77 cycles:",
                   "my comm    12 [001] 5.000000001: cycles:", "my comm 12 77 cycles:",
                   "my comm 12 cpu/event=0x3c/u:", "         my comm 12/34   5.0:    77 cycles: ",
                   "my comm    -1 [000] 5.0: 1 sched:sched_switch: prev_comm=a ==> next_comm=b"):
        assert comm_of(header) == "my comm", header
    assert comm_of("Worker 12 4711 [001] 5.0: 1 cycles:") == "Worker 12"
    assert comm_of("a;b 4711 [001] 5.0: 1 cycles:") == "a:b"
    assert comm_of(":4711 4711 [001] 5.0: 1 cycles:") == ":4711"


def samples_without_callers_are_one_line_each():
    text = good("fold", stdin="            exit  4712   762.1:     200040 cpu-clock: "
                "           153e0 zap_pte_range+0x270 (/usr/bin/reapbench)\n"
                "            cafe  4712   762.2:     200040 cpu-clock: "
                " ffffffff815f2d6c up_read+0x1 ([kernel.kallsyms])\n")
    assert text == "cafe;up_read 1\nexit;zap_pte_range 1\n", text


def a_sample_without_a_stack_counts_for_its_thread():
    assert good("fold", stdin="exit 1 2.0: 3 e:\n\nexit 1 2.0: 3 e:\n") == "exit 2\n"


def the_last_sample_need_not_end():
    assert good("fold", stdin=SAMPLES.rstrip("\n")) == FOLDED


def headers_and_records_between_samples_are_passed_over():
    text = ("# ========\n# captured on    : Tue Nov 24\n#\n" +
            "exit 4711/4711 0.0: PERF_RECORD_MMAP2 4711/4711: [0x5(0x2) @ 0 08:01 1 2]: r-xp /x\n" +
            SAMPLES)
    assert good("fold", stdin=text) == FOLDED


def a_header_that_ends_in_a_number_is_no_stack():
    text = "sh 12 [000] 5.000001: 1 raw_syscalls:sys_exit: NR 0 = 120\n\t1 f+0x1 (/x)\n\n"
    assert good("fold", stdin=text) == "sh;f 1\n"
    assert good("fold", stdin="a;b 12 5.0: 1 e: 3\n") == "a;b 12 5.0: 1 e: 3\n"


def a_thread_may_be_called_like_a_comment():
    assert good("fold", stdin="# x;a 1\nb 2\n") == "# x;a 1\nb 2\n"


def one_event_of_many_is_found():
    text = "".join(f"t 1 2.0: 3 e{i}:\n\t1 f{i} (/x)\n\n" for i in range(2000))
    assert good("fold", "-e", "e1999", stdin=text) == "t;f1999 1\n"


def several_events_must_be_told_apart():
    text = SAMPLES + "exit 1 2.0: 3 page-faults:\n\t1 f (/x)\n\n"
    refused("fold", stdin=text, words=("--event", "cpu-clock (3)", "page-faults (1)"))
    assert good("fold", "--event", "cpu-clock", stdin=text) == FOLDED
    assert good("fold", "-e", "page-faults", stdin=text) == "exit;f 1\n"
    both = good("fold", "-e", "page-faults", "-e", "cpu-clock", stdin=text)
    assert both == "exit;f 1\n" + FOLDED
    refused("fold", "-e", "cycles", stdin=text, words=("'cycles'", "page-faults (1)"))


def many_frames_that_differ_are_told_apart():
    # More than are remembered at once.
    text = "".join(f"t 1 2.0: 3 e:\n\t{i:x} f{i // 2}+0x{i:x} (/x)\n\n" for i in range(40000))
    lines = good("fold", stdin=text + text).splitlines()
    assert sorted(lines) == sorted(f"t;f{i} 4" for i in range(20000))


def what_is_neither_is_refused_by_line():
    refused("fold", stdin="", words=("standard input: it is empty",))
    refused("fold", stdin="\n\n", words=("empty",))
    refused("fold", stdin="# ========\n# only a header\n", words=("empty",))
    refused("fold", stdin="hello world\n", words=("standard input:1:",))
    refused("fold", stdin=SAMPLES + "hello world\n", words=("standard input:14:",))
    refused("fold", stdin=SAMPLES.replace("f8d1", "nothex", 1), words=("standard input:3:",))
    refused("fold", stdin="exit 1 2.0: PERF_RECORD_COMM exec: x:1/1\n", words=("no samples",))
    refused("fold", stdin="a;b 1\na;b\n", words=("standard input:2:",))
    refused("fold", stdin="a;b 1\na;;b 1\n", words=("standard input:2:", "empty frame"))
    refused("fold", stdin="a;b 1\n;b 1\n", words=("standard input:2:", "empty frame"))
    refused("fold", stdin="a;b 1\na; 1\n", words=("standard input:2:", "empty frame"))
    refused("fold", stdin="a;b 1\na -3\n", words=("standard input:2:",))
    refused("fold", stdin="a;b 1\na 1.5\n", words=("standard input:2:",))
    refused("fold", stdin="a;b 1\nb\0 2\n", words=("standard input:2:", "NUL"))


def weights_that_do_not_fit_are_refused_by_line():
    most = 1 << 63
    assert good("fold", stdin=f"a {most}\n") == f"a {most}\n"
    refused("fold", stdin=f"b 1\na {most + 1}\n", words=("standard input:2:", "2^63"))
    refused("fold", stdin=f"b 1\n\na {most}\n", words=("standard input:3:", "2^63"))


def options_that_do_not_apply_are_refused():
    refused("fold", "--period", stdin=FOLDED, words=("--period", "perf script"))
    refused("fold", "a", "b", status=2, words=("one file",))
    refused("fold", "--comm", status=2)
    refused("fold", "--nonsense", status=2, words=("--nonsense",))
    refused("fold", "/nonexistent/file", words=("/nonexistent/file: No such file",))
    refused("fold", "/tmp", words=("/tmp: Is a directory",))


def output_that_cannot_be_written_is_an_error():
    done = subprocess.run(f"'{sys.argv[1]}/fold' >/dev/full", shell=True, input=FOLDED.encode(),
                          capture_output=True, check=False)
    assert done.returncode == 1 and b"standard output: No space left" in done.stderr, done


CASES = (samples_of_a_thread_with_the_same_stack_are_one_line,
         a_file_and_standard_input_are_the_same, folded_stacks_are_merged_and_sorted,
         output_sorts_as_sort_does, threads_are_chosen_by_name, stacks_begin_at_the_root,
         periods_are_weights_on_request, offsets_and_files_are_dropped,
         names_of_c_plus_plus_stay_whole, functions_without_a_name_are_called_as_their_file,
         frames_of_the_kernel_are_marked_on_request, headers_are_read_in_each_form,
         samples_without_callers_are_one_line_each, a_sample_without_a_stack_counts_for_its_thread,
         the_last_sample_need_not_end, headers_and_records_between_samples_are_passed_over,
         a_header_that_ends_in_a_number_is_no_stack, a_thread_may_be_called_like_a_comment,
         one_event_of_many_is_found, several_events_must_be_told_apart,
         many_frames_that_differ_are_told_apart,
         what_is_neither_is_refused_by_line, weights_that_do_not_fit_are_refused_by_line,
         options_that_do_not_apply_are_refused, output_that_cannot_be_written_is_an_error)

if __name__ == "__main__":
    sys.exit(tap.run(CASES))
