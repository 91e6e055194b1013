#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test_aa_script.py REAPBENCH_FAKE: `./run aa` after the build, on the fake race.

Description: pairs of the same are counted as no difference; a pair in which one file is slower is
found, and a row that differs more often than in one pair of 20 is a failure; pairs that are there
already are not measured again; nothing half-written stays. Wrong looks like a difference that is
counted twice, or a success where nothing could be judged.
"""
import json
import os
import subprocess
import sys
import tempfile

import tap

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../bench/aa.sh")
OPTIONS = ["--pin", "none", "--engine", "maple", "--layout", "one", "--order", "forward,reverse"]


def run(folder, reapbench, *words, **environment):
    return subprocess.run(
        [SCRIPT, reapbench, *words], cwd=folder, text=True, capture_output=True,
        env={**os.environ, **environment})


def slow_down(path, order):
    """Make an order of a result half as slow again."""
    with open(path, encoding="utf-8") as file:
        result = json.load(file)
    for row in result["results"]:
        if row["order"] == order:
            for key in "wall_ns", "running_ns":
                row["samples"][key] = [value * 3 // 2 for value in row["samples"][key]]
    with open(path, "w", encoding="utf-8") as file:
        json.dump(result, file)


def the_same_does_not_differ_from_itself(folder, reapbench):
    done = run(folder, reapbench, "--pairs", "2", *OPTIONS)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert done.stdout == (
        "2 pairs, 4 comparisons of a row: no difference seen in 4, a difference in 0, "
        "not to be trusted 0.\n"), done.stdout
    assert sorted(os.listdir(folder + "/aa-report")) == [
        "1-a.json", "1-b.json", "2-a.json", "2-b.json", "options"]


def one_pair_of_20_may_differ_and_two_may_not(folder, reapbench):
    run(folder, reapbench, "--out", "x", "--pairs=2", *OPTIONS)
    slow_down(folder + "/x/1-b.json", "reverse")
    done = run(folder, reapbench, "--out", "x", "--pairs=2", *OPTIONS)
    assert done.returncode == 0, done
    assert "pair 1: one/maple/reverse differs in CPU time\n" in done.stdout
    assert "pair 1: one/maple/reverse differs in wall time\n" in done.stdout
    assert "no difference seen in 3, a difference in 1, " in done.stdout
    # In the other direction it counts as well.
    slow_down(folder + "/x/2-a.json", "reverse")
    done = run(folder, reapbench, "--out", "x", "--pairs=2", *OPTIONS)
    assert done.returncode == 1, done
    assert "one/maple/reverse differs in 2 of 2 pairs.\n" in done.stdout
    assert "no difference seen in 2, a difference in 2, " in done.stdout
    # Another row may have its own pair.
    slow_down(folder + "/x/2-b.json", "reverse")
    slow_down(folder + "/x/2-b.json", "forward")
    done = run(folder, reapbench, "--out", "x", "--pairs=2", *OPTIONS)
    assert done.returncode == 0, done
    assert "a difference in 2, " in done.stdout


def pairs_are_measured_once(folder, reapbench):
    run(folder, reapbench, "--pairs", "1", *OPTIONS)
    before = os.stat(folder + "/aa-report/1-a.json").st_mtime_ns
    done = run(folder, reapbench, "--pairs", "2", *OPTIONS)
    assert done.stdout.startswith("2 pairs, 4 comparisons"), done
    assert os.stat(folder + "/aa-report/1-a.json").st_mtime_ns == before
    done = run(folder, reapbench, "--pairs", "2", "--reps", "20", *OPTIONS)
    assert done.returncode == 1 and done.stderr.count("\n") == 1, done
    assert "aa-report holds pairs of other options: --pin none" in done.stderr


def what_cannot_be_judged_is_no_success(folder, reapbench):
    done = run(folder, reapbench, "--pairs", "1", "--reps", "1", *OPTIONS)
    assert done.returncode == 1, done
    assert "pair 1: one/maple/forward is not to be trusted\n" in done.stdout
    assert "not to be trusted 2.\nNo row could be judged.\n" in done.stdout


def a_run_that_fails_leaves_no_file(folder, reapbench):
    done = run(folder, reapbench, "--pairs", "1", *OPTIONS, FAKE_RACE_FAIL_AT="7")
    assert done.returncode == 1, done
    assert done.stderr.count("\n") == 1 and "page 7 was freed twice" in done.stderr, done.stderr
    assert not [name for name in os.listdir(folder + "/aa-report") if "json" in name]


def wrong_words_are_wrong_usage(folder, reapbench):
    for words, reason in ((["--pairs"], "--pairs wants a value"),
                          (["--pairs", "0"], "a whole number from 1 to 999"),
                          (["--pairs", "1000"], "a whole number from 1 to 999"),
                          (["--json", "x"], "--json has no meaning here"),
                          (["--pairs", "1", "--order", "back"], "no order is called 'back'")):
        done = run(folder, reapbench, *words)
        assert done.returncode == 2 and reason in done.stderr, (words, done)
        assert not done.stdout, done
    done = run(folder, reapbench, "--help")
    assert done.returncode == 0 and done.stdout.startswith("Usage: ./run aa"), done


sys.exit(tap.run([the_same_does_not_differ_from_itself,
                  one_pair_of_20_may_differ_and_two_may_not, pairs_are_measured_once,
                  what_cannot_be_judged_is_no_success, a_run_that_fails_leaves_no_file,
                  wrong_words_are_wrong_usage], sys.argv[1], make=tempfile.TemporaryDirectory))
