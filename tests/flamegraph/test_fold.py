#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: fold reads what perf script prints in each of its forms, and folded stacks, and
writes the same stacks sorted. Expected lines are made by hand. Wrong is a name cut at a space or
a bracket, a sample of the wrong thread or event, or other text that is accepted without a message.

usage: test_fold.py FOLDER_OF_THE_FILTERS
"""
import os
import subprocess
import sys
import tempfile

import tap
from filters import brief, good, refused, run

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


def case(name):
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases", name)


def skipped(want, *args, stdin="", words=()):
    """There is output, and one line that says what is not in it."""
    done = run("fold", *args, stdin=stdin)
    said = done.stderr.decode()
    assert done.returncode == 1 and done.stdout.decode() == want, brief(done)
    assert said.count("\n") == 1, said
    for word in words + ("skipped",):
        assert word in said, (word, said)


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
    most = SAMPLES.replace("    100000", str((1 << 63) + 1))
    refused("fold", "--period", stdin=most, words=("standard input:5:", "period does not fit"))
    assert good("fold", stdin=most) == FOLDED


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
    assert frame_of("7f00 ([vdso )") == "[vdso"


def frames_of_the_kernel_are_marked_on_request():
    text = good("fold", "--kernel", stdin="t 1 2.0: 3 e:\n"
                "\tffffffff81000130 in+0x76 ([kernel.kallsyms])\n"
                "\tffffffffc0000130 [unknown] ([nf_tables])\n"
                "\tffffffffff600000 vdso ([vsyscall])\n"
                "\t7f00 out+0x1 (/usr/bin/x)\n\n")
    assert text == "t;out;vdso;[nf_tables]_[k];in_[k] 1\n", text


def marked(*frames):
    """Which of the frames, the innermost first, are the kernel's; each is 'address (file)'."""
    lines = "".join("\t{} f+0x1 ({})\n".format(*frame.split(" ", 1)) for frame in frames)
    text = good("fold", "-k", stdin="t 1 2.0: 3 e:\n" + lines + "\n")
    return [name.endswith("_[k]") for name in reversed(text[2:-3].split(";"))]


def files_of_the_kernel_have_short_addresses_too():
    for file in ("/usr/lib/debug/boot/vmlinux-6.1.0", "vmlinux", "/b/.build-id/ab/cd/vmlinux",
                 "/lib/modules/6.1/x.ko", "/m/x.ko.xz", "/m/x.ko.zst", "/m/x.ko.gz", "[nf_tables]",
                 "/proc/kcore", "[kernel.vmlinux]", "[guest.kernel.kallsyms.5]"):
        assert marked(f"1234 {file}") == [True], file
    for file in ("/usr/bin/vmlinuxer", "/home/x.komm", "[vdso]", "[heap]", "[stack:12]", "[anon]",
                 "[unknown]", "//anon", "/x/bin"):
        assert marked(f"1234 {file}") == [False], file


def frames_outside_user_code_are_not_the_kernels():
    high, low = "ffffffff81000000 [kernel.kallsyms]", "7f01 /bin/x"
    assert marked(high, high, low, high) == [True, True, False, False]
    assert marked(low, "12 [nf_tables]") == [False, False]
    # An inlined function is where its caller is.
    assert marked("12 inlined", "12 inlined", "12 vmlinux", "13 inlined", low) == \
        [True, True, True, False, False]
    assert marked("ffffffff81000000 inlined") == [True]
    assert marked("12 inlined") == [False]


def headers_are_read_in_each_form():
    for header in ("my comm 12/34 [001] 5.000001: 77 cycles:u:", "my comm 12 5.0: 77 cycles:",
                   "my comm    12 [001] 5.000000001: cycles:", "my comm    12         77 cycles:",
                  
                   "my comm 12 cpu/event=0x3c/u:", "         my comm 12/34   5.0:    77 cycles: ",
                   "my comm    -1 [000] 5.0: 1 sched:sched_switch: prev_comm=a ==> next_comm=b"):
        assert comm_of(header) == "my comm", header
    assert comm_of("Worker 12 4711 [001] 5.0: 1 cycles:") == "Worker 12"
    assert comm_of("a;b 4711 [001] 5.0: 1 cycles:") == "a:b"
    assert comm_of(":4711 4711 [001] 5.0: 1 cycles:") == ":4711"
    assert comm_of("VM: 1234 VCPU:003 app 310 [000] 7.0: 1 cycles:") == "app"
    assert comm_of("VM:12345 app 310 [000] 7.0: 1 cycles:") == "app"
    assert comm_of("VM: 5 310 [000] 7.0: 1 cycles:") == "VM: 5"
    for fields in ("[000] K     7.000001:", "[000]       7.000001:", "g     7.000001:",
                   "[001] 2026-11-25 22:03:01.347225 1795644181.347228:", "[-01]",
                   "KE    2026-11-25 22:03:01.347225071"):
        assert comm_of(f"app  310 {fields}     250000 cycles:") == "app", fields


def samples_without_callers_are_one_line_each():
    text = good("fold", stdin="            exit  4712   762.1:     200040 cpu-clock: "
                "            153e0 zap_pte_range+0x270 (/usr/bin/reapbench)\n"
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


def several_events_need_a_choice():
    text = SAMPLES + "exit 1 2.0: 3 page-faults:\n\t1 f (/x)\n\n"
    refused("fold", stdin=text, words=("--event", "cpu-clock (3)", "page-faults (1)"))
    assert good("fold", "--event", "cpu-clock", stdin=text) == FOLDED
    assert good("fold", "-e", "page-faults", stdin=text) == "exit;f 1\n"
    both = good("fold", "-e", "page-faults", "-e", "cpu-clock", stdin=text)
    assert both == "exit;f 1\n" + FOLDED
    refused("fold", "-e", "cycles", stdin=text, words=("'cycles'", "page-faults (1)"))


def many_different_frames_stay_apart():
    # More than are remembered at once.
    text = "".join(f"t 1 2.0: 3 e:\n\t{i:x} f{i // 2}+0x{i:x} (/x)\n\n" for i in range(40000))
    lines = good("fold", stdin=text + text).splitlines()
    assert sorted(lines) == sorted(f"t;f{i} 4" for i in range(20000))


def other_text_is_refused_by_line():
    refused("fold", stdin="", words=("standard input: it is empty",))
    refused("fold", stdin="\n\n", words=("empty",))
    refused("fold", stdin="# ========\n# only a header\n", words=("empty",))
    refused("fold", stdin="hello world\n", words=("standard input:1:",))
    refused("fold", stdin="exit 1 2.0: PERF_RECORD_COMM exec: x:1/1\n", words=("no samples",))
    refused("fold", stdin="a;b 1\na;b\n", words=("standard input:2:",))
    refused("fold", stdin="a;b 1\na;;b 1\n", words=("standard input:2:", "empty frame"))
    refused("fold", stdin="a;b 1\n;b 1\n", words=("standard input:2:", "empty frame"))
    refused("fold", stdin="a;b 1\na; 1\n", words=("standard input:2:", "empty frame"))
    refused("fold", stdin="a;b 1\na -3\n", words=("standard input:2:",))
    refused("fold", stdin="a;b 1\na 1.5.2\n", words=("standard input:2:",))
    refused("fold", stdin="a;b 1\na 5.\n", words=("standard input:2:",))
    refused("fold", stdin="a;b 1\nb\0 2\n", words=("standard input:2:", "NUL"))


def cases_have_their_outcomes():
    for name, want in (
            ("period-after-an-empty-name.perf", "[no name];main;leaf 2\n"),
            ("cpu-minus-one.perf", "builder;work 2\n"),
            ("period-too-large.perf", "app;f 2\n"),
            ("message-like-a-frame.perf", "app;prog;bpf_trace_printk 1\n"),
            ("unknown-address-below-user-code.perf", "cc1;[unknown];compare 2\n"),
            ("two-outputs-with-headers.perf", "app;main 2\n"),
            ("source-lines.perf", "app;main;lookup 1\n"),
            ("comments-and-fractions.folded", "main;a 31\nmain;b 6\nmain;d 2\nmain;e 2\n")):
        assert good("fold", case(name)) == want, name
    path = case("unknown-address-below-user-code.perf")
    assert good("fold", "-k", path) == "cc1;[unknown];compare 2\n"
    refused("fold", "-p", case("period-too-large.perf"), words=(":1:", "period does not fit"))
    for name in ("fold", "flamegraph", "calltree"):
        refused(name, case("two-weights.folded"), words=(":1:", "two numbers", "flamediff"))
    refused("flamediff", case("two-weights.folded"), "-", stdin="a 1\n", words=(":1:", "two files"))
    path = case("comments-and-fractions.folded")
    assert good("calltree", path) == good("calltree", stdin=good("fold", path))
    good("flamegraph", path)
    good("flamediff", path, path)
    skipped("app;main 1\nright;main 1\n", case("newline-in-a-name.perf"),
            words=(":4:", "'left'", "1 line"))


def a_process_never_stands_behind_a_time():
    for header in ("app 310 [000] new 7.000001: 25 cycles:",
                   "app 310 [000] 7.000001: new 25 cycles:", "app 310 [000] new 25 cycles:",
                   "app 310 new 7.000001: cycles:"):
        for options in ((), ("-p",), ("-c", "app")):
            refused("fold", *options, stdin=header + "\n\t1 f (/x)\n\n", words=(":1:", "'new'"))
    refused("fold", stdin="app   310 \n\t1 f\n\n", words=(":1:", "no event"))
    refused("fold", stdin="app   310 7.000001: \n\t1 f\n\n", words=(":1:", "no event"))


def threads_with_numbers_stay_apart_without_a_time():
    # As perf prints them: a process has 5 columns or more, a period 10.
    text = "".join(f"Worker {i} {4711 + i:5} cycles: \n\t1 f (/x)\n\n" for i in range(3))
    assert good("fold", stdin=text) == "Worker 0;f 1\nWorker 1;f 1\nWorker 2;f 1\n"
    refused("fold", "-p", stdin=text, words=(":1:", "no period"))
    text = text.replace(" cycles", f" {77:10} cycles")
    assert good("fold", "-p", stdin=text) == "Worker 0;f 77\nWorker 1;f 77\nWorker 2;f 77\n"
    assert good("fold", "-c", "Worker 1", stdin=text) == "Worker 1;f 1\n"
    # The columns are lost, and nothing else says which number is which.
    squeezed = "Worker 1 4711 cycles:\n\t1 f (/x)\n\n"
    refused("fold", stdin=squeezed, words=(":1:", "'4711'", "time"))
    one = "app  310 cycles:\n\t1 f (/x)\n\n"
    assert good("fold", stdin=one + squeezed) == "Worker 1;f 1\napp;f 1\n"


def a_name_that_looks_like_a_header_is_one_name():
    for name in ("e 5 x:", "x 5", "99 U", "12 34", "[000]", "VM: 5", "PERF_RECORD_X", "5 1 a:"):
        for fields in ("[001] 7.000001:     250000", "7.000001:", "7.000001:     250000", "",
                       "    250000", "U     7.000001:    250000"):
            header = f"{name} 23875 {fields} cycles:".replace("  cycles", " cycles")
            assert comm_of(header) == name, header


def other_lines_do_not_become_frames():
    # Without callers: a message, an address of data, the target of a branch.
    line = "app 310 [001] 7.0: {} \n"
    assert good("fold", stdin=line.format("bpf_trace:bpf_trace_printk: fade 7 (done)")) == "app 1\n"
    frame = f" {'7f0112345678':>16} f+0x1 (/bin/app)"
    assert good("fold", stdin=line.format("1 cycles:u: " + frame)) == "app;f 1\n"
    for more in (frame + f"      {'1e05080021':>10} |OP LOAD|LVL N/A               0" + frame,
                 frame + " =>" + frame[1:], frame + frame, f"{5:17}" + frame, "call" + frame):
        refused("fold", stdin=line.format("1 cycles:u: " + more), words=(":1:", "addr"))
        # With callers it does not matter.
        assert good("fold", stdin=line.format("1 cycles:u: " + more) + "\t1 g (/x)\n\n") == \
            "app;g 1\n"
        assert good("fold", stdin=line.format("1 cycles:u: " + more) + "\n") == "app 1\n"
    # Fields behind the frames.
    for more in ("           12345", " insn: 81 fe", " 4K", "ABI:2    AX:0x0"):
        refused("fold", stdin=f"app 310 7.0: 1 cycles:\n\t1 f (/x)\n{more}\n" * 2,
                words=(":3:", f"'{more.strip()}'"))


def one_odd_line_costs_its_sample_and_no_other():
    skipped(FOLDED, stdin=SAMPLES + "hello world\n", words=(":14:", "'hello world'", "1 line"))
    less = FOLDED.replace("range 2", "range 1")
    skipped(less, stdin=SAMPLES.replace("f8d1", "nothex", 1), words=(":3:", "'nothex", "1 line"))
    skipped(less, stdin=SAMPLES.replace("f04e", "nothex", 1), words=(":2:", "'nothex", "2 lines"))
    skipped(less, stdin=SAMPLES.replace("[000]", "[000] new", 1), words=(":1:", "'new'", "3 lines"))
    # Without callers there is no empty line between samples.
    line = f"app 310 7.0: 1 cycles:  {'7f01':>16} f (/x)\n"
    for odd in ("odd\n", "             odd\n"):
        skipped("app;f 2\n", stdin=line + odd + line, words=(":2:", "'odd'", "1 line"))
    # If less than half is left, it is not written.
    refused("fold", stdin="odd\n\nodd\n\n" + line, words=(":1:", "'odd'"))


def other_systems_and_editors_leave_it_as_it_is():
    for text, options in ((SAMPLES, ()), (SAMPLES, ("-k",)), (FOLDED, ())):
        want = good("fold", *options, stdin=text)
        text = text.replace("\t            ", "")  # not indented
        foreign = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
        assert good("fold", *options, stdin=foreign) == want
    assert good("fold", stdin=SAMPLES.replace("\t", "        ")) == FOLDED


def comments_stand_wherever_a_sample_begins():
    banner = "# ========\n# cmdline : x 12 foo: bar\n# ========\n#\n"
    half = SAMPLES.index("exit", 1)
    for comment in ("# a\n", "#\n", banner):
        text = comment + SAMPLES[:half] + comment + SAMPLES[half:] + comment
        assert good("fold", stdin=text) == FOLDED, comment
        text = comment + FOLDED.replace("\n", "\n" + comment)
        assert good("fold", stdin=text) == FOLDED, comment
    assert good("fold", stdin="# x 310 [000] 1.0: 5 cycles:\n\t1 f (/x)\n\n") == "# x;f 1\n"
    assert good("fold", stdin="a 1\n  # x 1\n\t# x;b 2\n") == "# x;b 2\na 1\n"
    # A stack of one frame would be a comment.
    assert good("fold", stdin="# x 310 [000] 1.0: 5 cycles:\n\n") == "# x;[unknown] 1\n"


def source_lines_are_passed_over():
    frames = "\t1 f (/x)\n  a b.c:12\n\t2 g (/x)\n  :0\n\t3 h ([kernel.kallsyms])\n" \
        "  [kernel.kallsyms][ffffffff81000000]\n\t4 i\n  i.c:4 (discriminator 2)\n\n" \
        "|12       case 12 x:\n"
    assert good("fold", stdin=("t 1 2.0: 3 e:\n" + frames) * 2) == "t;i;h;g;f 2\n"


def records_may_have_more_lines():
    text = ("PERF_RECORD_FINISHED_ROUND\n"
            "t 1 0.5: PERF_RECORD_NAMESPACES 1/1 - nr_namespaces: 7\n"
            "\t\t[0/net: 3/0xf0000098, 1/uts: 3/0xeffffffe]\n")
    assert good("fold", stdin=text + SAMPLES + text) == FOLDED


def weights_of_other_samplers_are_taken():
    assert good("fold", stdin="a;b\t 2\na;b 0.5\na;c 1.49 \n a;d 7\na;e 0.0\n") == \
        "a;b 3\na;c 1\na;d 7\na;e 0\n"
    # py-spy, async-profiler, and a thread without a stack.
    for line in ("MainThread (0x7F);<module> (a.py:3);f g (b.py:12) 12\n",
                 "[main tid=12];java/lang/Thread.run_[0];a.b$C.d_[j] 3\n", "Worker 12 5\n",
                 "Worker 12;f 5\n"):
        assert good("fold", stdin=line) == line
    refused("fold", stdin="a;b 1\na;c 0.4\n", words=(":2:", "fraction"))
    refused("fold", stdin="a;b 1\na;c 3 0.5\n", words=(":2:", "two numbers"))
    refused("fold", stdin=f"a;b {1 << 63}.5\n", words=(":1:", "2^63"))


def a_name_that_ends_in_a_number_is_not_two_weights():
    text = good("fold", stdin="t 1 2.0: 3 e:\n\t1 f 12+0x1 (/x)\n\n")
    assert text == "t;f_12 1\n" and good("fold", stdin=text) == text, text


def methods_that_java_inlined_are_split():
    chain = "Lorg/a;::b->Lorg/c;::d->e"
    sample = f"t 1 2.0: 3 e:\n\t1 {chain}+0x1 (/tmp/perf-12.map)\n\t2 f (/x)\n\n"
    text = good("fold", stdin=sample * 2)
    assert text == "t;f;Lorg/a:::b;Lorg/c:::d;e 2\n", text
    assert frame_of("1 a->b (/tmp/.debug/perf-12.map)") == "a;b"
    assert frame_of("1 -> (/tmp/perf-12.map)") == "->"
    for file in ("/usr/bin/x", "/tmp/perf-.map", "/tmp/perf-1a.map", "/tmp/perf-12.so"):
        assert frame_of(f"1 a::operator->(int)+0x1 ({file})") == "a::operator->(int)", file


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
         frames_of_the_kernel_are_marked_on_request, files_of_the_kernel_have_short_addresses_too,
         frames_outside_user_code_are_not_the_kernels, headers_are_read_in_each_form,
         samples_without_callers_are_one_line_each, a_sample_without_a_stack_counts_for_its_thread,
         the_last_sample_need_not_end, headers_and_records_between_samples_are_passed_over,
         a_header_that_ends_in_a_number_is_no_stack, a_thread_may_be_called_like_a_comment,
         one_event_of_many_is_found, several_events_need_a_choice,
         many_different_frames_stay_apart, other_text_is_refused_by_line,
         cases_have_their_outcomes, a_process_never_stands_behind_a_time,
         threads_with_numbers_stay_apart_without_a_time,
         a_name_that_looks_like_a_header_is_one_name, other_lines_do_not_become_frames,
         one_odd_line_costs_its_sample_and_no_other, other_systems_and_editors_leave_it_as_it_is,
         comments_stand_wherever_a_sample_begins, source_lines_are_passed_over,
         records_may_have_more_lines, weights_of_other_samplers_are_taken,
         a_name_that_ends_in_a_number_is_not_two_weights, methods_that_java_inlined_are_split,
         weights_that_do_not_fit_are_refused_by_line, options_that_do_not_apply_are_refused,
         output_that_cannot_be_written_is_an_error)

if __name__ == "__main__":
    sys.exit(tap.run(CASES))
