#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test_perf_script.py BUILD [real]: `./run perf` after the build.

Description: wrong words, a machine without perf and a perf that may not sample each get one
line that says what to do, and leave nothing behind; with "real", a short profile of real races:
each role has its picture with the functions in it, and the table its figures. Wrong looks like an
empty picture, or a folder with half of the files.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

import tap

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../bench/perf.sh")
REFUSED = """#!/bin/sh
echo Error: >&2
echo "Access to performance monitoring and observability operations is limited." >&2
exit 255
"""
BROKEN = """#!/bin/sh
echo "perf: cannot load library" >&2
exit 127
"""
# Works without a counter: two samples of each role, and two records of what was lost.
LOSING = """#!/bin/sh
sample() {
	printf '%s 10 1.0: 1 cpu-clock:\\n' "$1"
	printf '\\t10 %s+0x1 (x)\\n' unmap_page_range "$2" role_main
	echo
}
for word; do
	case $word in
	--show-lost-events) lost=1 ;;
	-F) fields=1 ;;
	esac
done
case $1 in
record)
	while [ "$1" != -- ]; do
		[ "$1" != -o ] || : >"$2"
		shift
	done
	shift
	exec "$@"
	;;
evlist) echo cpu-clock ;;
report) echo "            LOST events:          2  ( 0.1%)" ;;
script)
	if [ -n "${fields:-}" ]; then
		printf 'exit\\noom_reaper\\n'
		[ -z "${lost:-}" ] || printf 'exit 10  1.0: PERF_RECORD_LOST lost %s\\n' 14 49
		exit
	fi
	for i in 1 2; do
		sample exit exit_mmap
		sample oom_reaper oom_reaper
	done
	;;
esac
"""


def run(folder, build, *words, path=None):
    environment = dict(os.environ, PATH=path or os.environ["PATH"])
    return subprocess.run([SCRIPT, build, "--force", "--out", f"{folder}/out", *words], cwd=folder, text=True,
                          env=environment, capture_output=True, timeout=200)


def fails(done, status, *words):
    assert done.returncode == status, (done.returncode, done.stderr)
    for word in words:
        assert word in done.stderr, done.stderr


def one_line(done, status, *words):
    fails(done, status, *words)
    assert done.stderr.count("\n") == 1, done.stderr


def program(folder, text):
    """A perf of our own, before the real one."""
    name = os.path.join(folder, "perf")
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(name, 0o755)
    return f"{folder}:{os.environ['PATH']}"


def wrong_words_are_wrong_usage(folder, build):
    for words, says in ((("--lay", "x"), "--lay"), (("--layout",), "--layout"), (("x",), "'x'"),
                        (("--reps", "0"), "--reps"), (("--reps=x",), "--reps"),
                        (("--freq", "1234567"), "--freq"), (("--freq", ""), "--freq"),
                        (("--order", ","), "--order")):
        fails(run(folder, build, *words), 2, says, "--help")
    assert os.listdir(folder) == []


def help_is_on_standard_output(folder, build):
    done = run(folder, build, "--help")
    assert done.returncode == 0 and "--layout" in done.stdout and not done.stderr, done


def without_perf_it_names_the_package(folder, build):
    needed = os.path.join(folder, "bin")
    os.mkdir(needed)
    for name in ("sh", "awk", "basename", "cat", "dirname", "grep", "sed", "tr"):
        os.symlink(shutil.which(name), os.path.join(needed, name))
    one_line(run(folder, build, path=needed), 1, "linux-perf")
    assert os.listdir(folder) == ["bin"]


def a_perf_that_is_refused_says_what_to_allow(folder, build):
    allow = "PERFMON" if os.geteuid() == 0 else "kernel.perf_event_paranoid"
    one_line(run(folder, build, path=program(folder, REFUSED)), 1, allow)
    assert os.listdir(f"{folder}/out") == []


def a_perf_that_does_not_work_is_quoted(folder, build):
    one_line(run(folder, build, path=program(folder, BROKEN)), 1, "cannot load library")
    assert os.listdir(f"{folder}/out") == []


def lost_samples_are_counted_one_by_one(folder, build):
    done = run(folder, build, "--reps", "1", path=program(folder, LOSING))
    assert done.returncode == 0, done.stderr
    for order in ("forward", "reverse"):
        said = f"{order}: 1 races, 2 samples of exit, 2 samples of oom_reaper, 63 samples lost"
        assert said in done.stdout, done.stdout
        for role in ("exit", "oom_reaper"):
            assert "63 samples lost" in names_in(f"{folder}/out/android-{order}-{role}.svg")


def reapbench_reports_its_own_refusals(folder, build):
    path = program(folder, REFUSED)
    good = {"--layout": "android", "--order": "forward", "--engine": "maple"}
    for option, value in (("--layout", "nowhere"), ("--order", "sideways"), ("--engine", "none")):
        words = [word for pair in (good | {option: value}).items() for word in pair]
        own = subprocess.run([f"{build}/bench/reapbench", "race", *words], text=True,
                             capture_output=True)
        assert own.returncode in (1, 2) and value in own.stderr, own
        fails(run(folder, build, *words, path=path), own.returncode, own.stderr)
    # The second order of two is looked at before the first is profiled.
    fails(run(folder, build, "--order", "forward,sideways", path=path), 2, "sideways")
    assert not os.path.exists(f"{folder}/out")


def names_in(picture):
    """The text of a picture: its tooltips and labels."""
    return " ".join(ET.parse(picture).getroot().itertext())


def a_profile_shows_each_role_and_the_difference(folder, build):
    done = run(folder, build, "--reps", "8")
    assert done.returncode == 0, done.stderr
    left = set(os.listdir(f"{folder}/out"))
    calls = {"exit": "exit_mmap", "oom_reaper": "__oom_reap_task_mm"}
    for role, function in calls.items():
        for order in ("forward", "reverse"):
            name = f"{folder}/out/android-{order}-{role}"
            text = names_in(f"{name}.svg")
            for word in (function, "unmap_page_range", "zap_pte_range", "samples"):
                assert word in text, (name, word)
            with open(f"{name}.txt", encoding="utf-8") as tree:
                assert "unmap_page_range" in tree.read(), name
            left -= {f"android-{order}-{role}.{suffix}" for suffix in ("svg", "txt", "folded")}
        assert "unmap_page_range" in names_in(f"{folder}/out/android-forward-reverse-{role}.svg")
        left -= {f"android-forward-reverse-{role}.svg"}
    assert left == {"index.html", "shares.txt"}, left
    with open(f"{folder}/out/shares.txt", encoding="utf-8") as file:
        table = file.read()
    assert table in done.stdout, done.stdout
    row = r"^\S+ +(\S+) +[\d.-]+ +([\d.]+) +[\d.-]+ +[\d.]+$"
    shares = dict(re.findall(row, table, re.MULTILINE))
    assert float(shares["unmap_page_range"]) > 10, table
    assert float(shares["__pte_offset_map_lock"]) > 0, table


def a_role_without_samples_is_an_error(folder, build):
    one_line(run(folder, build, "--reps", "1", "--freq", "1"), 1, "no samples", "--freq")
    assert os.listdir(f"{folder}/out") == []


def main():
    build = os.path.abspath(sys.argv[1])
    cases = (wrong_words_are_wrong_usage, help_is_on_standard_output,
             without_perf_it_names_the_package, a_perf_that_is_refused_says_what_to_allow,
             a_perf_that_does_not_work_is_quoted, lost_samples_are_counted_one_by_one,
             reapbench_reports_its_own_refusals)
    if sys.argv[2:] == ["real"]:
        cases = (a_profile_shows_each_role_and_the_difference, a_role_without_samples_is_an_error)
        if not shutil.which("perf"):
            tap.skip_all("no perf")
        with tempfile.NamedTemporaryFile() as data:
            if subprocess.run(["perf", "record", "-q", "-N", "-e", "cpu-clock", "-o", data.name,
                               "true"], capture_output=True).returncode:
                tap.skip_all("perf may not sample here")
    return tap.run(cases, build, make=tempfile.TemporaryDirectory)


sys.exit(main())
