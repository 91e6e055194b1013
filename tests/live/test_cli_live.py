#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test_cli_live.py REAPBENCH SCHEMA: `reapbench live` as a user meets it.

Description: a small process is killed a few times; the text names the layout and the ratios, and
the file satisfies its schema. What cannot work is refused in one line. A signal in the middle, also
twice, leaves no victim, no swap, no zram device and no file. Wrong looks like a victim that sleeps
on, or a device that stays. Skipped where the kernel has no process_mrelease() or one CPU only.
"""
import contextlib
import ctypes
import errno
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import tap

PROCESS_MRELEASE = 448
PIDFD_OPEN = 434
SMALL = """umaple-layout 1
rule made by hand
vma 200000000000-200001000000 rd,wr,mr,mw,me,ac 0 anon
\tanon 200000000000-200001000000
vma 200001000000-200001400000 rd,wr,mr,mw,me,ac 0 anon
\tanon 200001000000-200001200000
\tswap 200001200000-200001400000
vma 200002000000-200002100000 rd,mr,mw,me 0 file /usr/lib/x.so
\tfile 200002000000-200002100000
end 3 4
"""


class Live:
    """A folder with a small layout, and how to run the program there."""

    def __init__(self, folder, program, schema):
        self.folder, self.program, self.schema = folder, program, schema
        self.layout = os.path.join(folder, "small.layout")
        with open(self.layout, "w", encoding="ascii") as file:
            file.write(SMALL)
        self.before = self.leftovers()

    def start(self, *words, **more):
        return subprocess.Popen([self.program, "live", "--force", *words], cwd=self.folder,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=dict(os.environ, TMPDIR=self.folder), **more)

    def run(self, *words, **more):
        process = self.start(*words, **more)
        out, err = process.communicate(timeout=200)
        return process.returncode, out, err

    def victims(self):
        """The victims of this folder: whoever runs elsewhere is none of our business."""
        found = []
        for path in glob.glob("/proc/[0-9]*"):
            with contextlib.suppress(OSError), open(path + "/cmdline", "rb") as file:
                if (file.read().startswith(b"reapbench-victim")
                        and os.readlink(path + "/cwd") == os.path.realpath(self.folder)):
                    found.append(path)
        return found

    def leftovers(self):
        """What a run may leave behind."""
        with open("/proc/swaps", encoding="ascii") as file:
            swaps = [line.split()[0] for line in file.read().splitlines()[1:]]
        return {"swaps": swaps, "zram": sorted(glob.glob("/sys/block/zram*")),
                "victims": self.victims()}

    def check_nothing_left(self):
        left = self.leftovers()
        assert left == self.before, f"{left} is left, before it was {self.before}"
        assert sorted(os.listdir(self.folder)) == sorted(self.files()), os.listdir(self.folder)

    def files(self):
        return [name for name in os.listdir(self.folder) if name in ("small.layout", "r.json")]


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def a_small_layout_is_measured(live):
    code, out, err = live.run("--layout", live.layout, "--reps", "3", "--forward", "--json",
                              "r.json")
    assert code == 0, err
    assert "small: 3 VMAs" in out and "rebuilt exactly" in out, out
    assert re.search(r"wall time, mrelease/solo +\S", out), out
    assert "512 swapped pages are resident" in out, out
    assert "not to be trusted" in out, "3 repetitions are no ground for a claim"
    with open(os.path.join(live.folder, "r.json"), encoding="utf-8") as file:
        document = json.load(file)
    layout = document["layouts"][0]
    assert layout["swapped_in"] == 512 and layout["pages"]["swap"] == 0
    assert layout["rebuilt"]["vmas_off"] == 0
    assert not any(layout["rebuilt"]["pages_off"].values())
    for kind in ("solo", "mrelease", "forward"):
        row = layout["kernel"][kind]
        assert row["reps"] == 3 == len(row["samples"]["wall_ns"]), row
        assert 0 < row["exit_ns"]["median"], row
    assert layout["kernel"]["solo"]["reaper_ns"]["median"] == 0
    assert layout["model"]["mrelease"]["name"] in ("reverse", "forward")
    live.check_nothing_left()


def the_file_satisfies_its_schema(live):
    try:
        import jsonschema
    except ImportError:
        print("# without python3-jsonschema")
        return
    with open(live.schema, encoding="utf-8") as file:
        schema = json.load(file)
    for words in ((), ("--no-model", "--no-probe"), ("--forward",)):
        code, _, err = live.run("--layout", live.layout, "--reps", "2", "--json", "r.json", *words)
        assert code == 0, err
        with open(os.path.join(live.folder, "r.json"), encoding="utf-8") as file:
            document = json.load(file)
        jsonschema.validate(document, schema)
    # The schema sees what is broken.
    broken = json.loads(json.dumps(document))
    broken["layouts"][0]["kernel"]["solo"]["wall_ns"]["lo"] = -1
    del document["layouts"][0]["kernel"]["mrelease"]["missed"]
    for wrong in (broken, document):
        try:
            jsonschema.validate(wrong, schema)
        except jsonschema.ValidationError:
            continue
        raise AssertionError("a broken document passes")


def what_cannot_work_is_refused(live):
    huge = os.path.join(live.folder, "huge.layout")
    with open(huge, "w", encoding="ascii") as file:
        file.write("umaple-layout 1\nrule x\n"
                   "vma 200000000000-300000000000 rd,wr,mr,mw,me,ac 0 anon\n"
                   "\tanon 200000000000-300000000000\nend 1 1\n")
    empty = os.path.join(live.folder, "empty.layout")
    with open(empty, "w", encoding="ascii") as file:
        file.write("umaple-layout 1\nrule x\n"
                   "vma 200000000000-200000001000 rd,wr,mr,mw,me,ac 0 anon\nend 1 0\n")
    cases = [
        (2, ("--pin", "none"), "two CPUs are needed"),
        (2, ("--reps", "0"), "--reps: '0'"),
        (2, ("--processes", "0"), "--processes: '0'"),
        (2, ("--order", "forward"), "--order"),
        (2, ("word",), "'word' is not an option"),
        (1, ("--layout", "nowhere"), "nowhere"),
        (1, ("--layout", huge), "does not fit"),
        (1, ("--layout", empty), "no page"),
        (1, ("--layout", live.layout, "--json", "/nowhere/r.json"), "/nowhere/r.json"),
    ]
    for status, words, what in cases:
        code, out, err = live.run(*words)
        lines = [line for line in err.splitlines() if not line.startswith("Try ")]
        assert code == status and what in err and not out, (words, code, out, err)
        # argp itself explains a word that nobody knows.
        assert len(lines) == 1 or "--order" in words, err
    os.unlink(huge)
    os.unlink(empty)
    live.check_nothing_left()


def one_cpu_is_too_few(live):
    code, out, err = live.run("--layout", live.layout,
                              preexec_fn=lambda: os.sched_setaffinity(
                                  0, {min(os.sched_getaffinity(0))}))
    assert code == 1 and "two CPUs are needed" in err and not out, (code, err)


def a_user_without_rights_gets_times(live):
    if os.geteuid():
        print("# this is such a user already")
        return
    nobody = 65534
    os.chmod(live.folder, 0o777)
    os.chmod(live.layout, 0o644)
    if subprocess.run([live.program, "--version"], user=nobody, stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL, check=False).returncode:
        print("# nobody may not run the program in this folder")
        return
    code, out, err = live.run("--layout", live.layout, "--reps", "2", user=nobody, group=nobody)
    assert code == 0, err
    assert "Left out: locks" in out and "wall time, mrelease/solo" in out, out
    code, out, err = live.run("--layout", live.layout, "--zram", user=nobody, group=nobody)
    assert code == 1 and not out, err
    assert re.fullmatch(r"reapbench live: --zram: .*(root|no zram).*\n", err), err
    live.check_nothing_left()


def slower(source, target, factor, slow=0):
    """A copy of a file whose kills took longer, on a kernel with a strange name."""
    with open(source, encoding="utf-8") as file:
        document = json.load(file)
    document["host"]["kernel"] = "Linux <b>&"
    for layout in document["layouts"]:
        for kind in ("solo", "mrelease"):
            samples = layout["kernel"][kind]["samples"]
            samples["wall_ns"] = [int(factor * ns) for ns in samples["wall_ns"]]
            layout["kernel"][kind]["disturbed_kept"] = 0
            layout["kernel"][kind]["slowed_kept"] = slow
    with open(target, "w", encoding="utf-8") as file:
        json.dump(document, file)


def two_kernels_are_compared(live):
    names = [os.path.join(live.folder, name) for name in ("a.json", "b.json", "damaged.json")]
    before, after, damaged = names
    code, _, err = live.run("--layout", live.layout, "--reps", "11", "--no-model", "--json", before)
    assert code == 0, err
    slower(before, before, 1)
    slower(before, after, 3)
    page = os.path.join(live.folder, "page")

    def report(*words):
        done = subprocess.run([live.program, "report", *words], cwd=live.folder, check=False,
                              capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    code, out, err = report(before, after, "-o", page)
    assert code == 0 and not err, err
    for kind in ("solo", "mrelease"):
        assert re.search(rf"^worse +small +{kind} +3\.\d", out, re.M), out
    with open(os.path.join(page, "index.html"), encoding="utf-8") as file:
        html = file.read()
    assert "Linux &lt;b&gt;&amp;" in html and "<b>" not in html and "{{" not in html
    assert report(before, before)[1].count("no difference seen") == 2
    # Another core, or half of one: nothing is claimed.
    slower(before, damaged, 3, slow=2)
    assert report(before, damaged)[1].count("not to be trusted") == 2
    assert report(before, after, "--fail-above", "1.5")[0] == 1
    assert report(before, before, "--fail-above", "1.5")[0] == 0
    assert report(before)[0] == 2
    # Damage is named by its place.
    with open(before, encoding="utf-8") as file:
        document = json.load(file)
    document["layouts"][0]["kernel"]["solo"]["samples"]["wall_ns"].pop()
    with open(damaged, "w", encoding="utf-8") as file:
        json.dump(document, file)
    code, out, err = report(before, damaged)
    assert code == 1 and "layouts[0].kernel.solo.samples.wall_ns" in err and not out, err
    code, out, err = report(before, "/nowhere/b.json")
    assert code == 1 and "/nowhere/b.json" in err and err.count("\n") == 1, err


def the_kernel_stands_beside_the_model_on_a_page(live):
    """Wrong looks like a page without the model, or a folder that a refused run leaves behind."""
    page = os.path.join(live.folder, "page-of-one")
    code, out, err = live.run("--layout", live.layout, "--reps", "2", "--processes", "1", "--report",
                              page)
    assert code == 0 and f"Report: {page}/index.html" in out, (out, err)
    assert sorted(os.listdir(page)) == ["index.html", "result.json"], os.listdir(page)
    with open(os.path.join(page, "index.html"), encoding="utf-8") as file:
        html = file.read()
    assert "{{" not in html and "mrelease / solo" in html, html
    for side in ("kernel", "model"):
        assert html.count(f'class="ratio {side}"') == 2, side
    # The same from the file, later; without the model, the page says so.
    code, _, err = live.run("--layout", live.layout, "--reps", "2", "--no-model", "--json", "r.json")
    assert code == 0, err
    again = os.path.join(live.folder, "again")
    subprocess.run([live.program, "report", "r.json", "-o", again], cwd=live.folder, check=True)
    with open(os.path.join(again, "index.html"), encoding="utf-8") as file:
        html = file.read()
    assert "kernel alone" in html and 'class="ratio model"' not in html
    # What cannot be written is refused before the first kill.
    for words, status in ((("--report", "/nowhere/page"), 1), (("--report", ""), 2),
                          (("--report", "new", "--json", "-"), 2)):
        code, out, err = live.run("--layout", live.layout, *words)
        assert code == status and not out and "live: " in err, (words, code, err)
    assert not os.path.exists(os.path.join(live.folder, "new"))
    for folder in (page, again):
        shutil.rmtree(folder)
    live.check_nothing_left()


def interrupt(live, words, number, twice):
    """Stop a run once it has a victim."""
    process = live.start("--reps", "1000", *words)
    try:
        wait_for(live.victims, 30)
        process.send_signal(number)
        if twice:
            time.sleep(0.001)
            process.send_signal(number)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 128 + number, (process.returncode, err)
    assert "interrupted" in err, err
    live.check_nothing_left()
    return out


def a_signal_leaves_nothing(live):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        for twice in (False, True):
            interrupt(live, ("--layout", live.layout, "--layout", "grid"), number, twice)


def the_model_races_in_as_many_processes_as_asked_for(live):
    for words, processes in (((), 8), (("--processes", "2"), 2), (("-p", "1"), 1)):
        code, _, err = live.run("--layout", live.layout, "--reps", "2", "--no-probe", "--json",
                                "r.json", *words)
        assert code == 0, err
        with open(os.path.join(live.folder, "r.json"), encoding="utf-8") as file:
            layout = json.load(file)["layouts"][0]
        for kind in ("solo", "mrelease"):
            assert layout["kernel"][kind]["reps"] == 2, layout["kernel"][kind]
            assert layout["model"][kind]["reps"] == 2 * processes, layout["model"][kind]
    live.check_nothing_left()


def model_processes(parent):
    """The processes of a run in which the model races."""
    found = []
    for path in glob.glob("/proc/[0-9]*"):
        with contextlib.suppress(OSError), open(path + "/cmdline", "rb") as cmdline, \
                open(path + "/stat", encoding="ascii") as stat:
            if (cmdline.read().startswith(b"reapbench\0process\0")
                    and int(stat.read().rsplit(")", 1)[1].split()[1]) == parent):
                found.append(path)
    return found


def a_signal_ends_the_model_and_keeps_the_kernel(live):
    process = live.start("--layout", live.layout, "--reps", "2", "--processes", "100", "--json",
                         "r.json")
    wait_for(lambda: model_processes(process.pid), 60)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "only what was finished" in err, err
    assert "solo: wall time" in out, out
    with open(os.path.join(live.folder, "r.json"), encoding="utf-8") as file:
        layout = json.load(file)["layouts"][0]
    assert layout["kernel"]["solo"]["reps"] == 2
    live.check_nothing_left()


def a_signal_to_the_whole_group_is_for_the_program(live):
    process = live.start("--reps", "1000", "--layout", "grid", start_new_session=True)
    wait_for(live.victims, 30)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted" in err, err
    live.check_nothing_left()


def a_killed_program_leaves_no_victim(live):
    process = live.start("--reps", "1000", "--layout", "grid")
    wait_for(live.victims, 30)
    process.kill()
    process.communicate()
    wait_for(lambda: not live.victims(), 10)
    live.check_nothing_left()


def zram_possible():
    return not os.geteuid() and os.access("/sys/class/zram-control/hot_add", os.R_OK)


def swapped_pages_are_swapped(live):
    if not zram_possible():
        print("# no zram, or no right to add one")
        return
    code, out, err = live.run("--layout", live.layout, "--reps", "2", "--zram", "--json", "r.json")
    assert code == 0, err
    assert "rebuilt exactly" in out and "2.00 MiB swapped" in out, out
    with open(os.path.join(live.folder, "r.json"), encoding="utf-8") as file:
        layout = json.load(file)["layouts"][0]
    assert layout["pages"]["swap"] == 512 and layout["rebuilt"]["pages_off"]["swap"] == 0
    live.check_nothing_left()


def a_signal_takes_the_zram_device_away(live):
    if not zram_possible():
        print("# no zram, or no right to add one")
        return
    for twice in (False, True):
        interrupt(live, ("--zram", "--layout", live.layout), signal.SIGINT, twice)


def a_closed_pipe_takes_the_zram_device_away(live):
    words = ("--zram",) if zram_possible() else ()
    process = live.start("--layout", live.layout, "--reps", "2", *words)
    process.stdout.close()
    process.wait(timeout=100)
    err = process.stderr.read()
    process.stderr.close()
    assert process.returncode == 1 and "writing the result" in err, (process.returncode, err)
    live.check_nothing_left()


def why_not():
    """Why nothing can be killed here; None if it can."""
    libc = ctypes.CDLL(None, use_errno=True)
    pidfd = libc.syscall(PIDFD_OPEN, os.getpid(), 0)
    if pidfd < 0:
        return "no pidfd_open()"
    refused = libc.syscall(PROCESS_MRELEASE, pidfd, 0) and ctypes.get_errno() != errno.EINVAL
    os.close(pidfd)
    if refused:
        return "no process_mrelease()"
    return None if len(os.sched_getaffinity(0)) > 1 else "one CPU only"


@contextlib.contextmanager
def make():
    with tempfile.TemporaryDirectory(prefix="umaple-live.") as folder:
        yield Live(folder, *map(os.path.abspath, sys.argv[1:3]))


if __name__ == "__main__":
    if why_not():
        tap.skip_all(why_not())
    sys.exit(tap.run([a_small_layout_is_measured, the_file_satisfies_its_schema,
                      what_cannot_work_is_refused, one_cpu_is_too_few,
                      a_user_without_rights_gets_times, two_kernels_are_compared,
                      the_kernel_stands_beside_the_model_on_a_page,
                      the_model_races_in_as_many_processes_as_asked_for,
                      a_signal_ends_the_model_and_keeps_the_kernel, a_signal_leaves_nothing,
                      a_signal_to_the_whole_group_is_for_the_program,
                      a_killed_program_leaves_no_victim, swapped_pages_are_swapped,
                      a_signal_takes_the_zram_device_away,
                      a_closed_pipe_takes_the_zram_device_away], make=make))
