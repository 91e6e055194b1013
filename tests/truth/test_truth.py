#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test_truth.py FOLDER: the judge of `./run truth`, on figures made by hand.

Description: each case writes files as 'reapbench live --json' does and runs truth.py on them. Right is
status 1 with a line that names layout and figure where the model has the opposite sign or misses a
ratio by more than a quarter, and status 0 otherwise. Samples of perf are sorted into time under a
page-table lock and outside. Wrong looks like a contradiction that ends with status 0.
"""
import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile

import tap

FOLDER = sys.argv[1]


def figure(median, lo=None, hi=None):
    return {"median": median, "lo": lo or median * 0.9, "hi": hi or median * 1.1}


def side(wall, cpu, page=300, ptl=0):
    return {"solo": {"cpu_ns_per_page": figure(page)},
            "mrelease": {"contended": {"ptl": {"both": figure(ptl, ptl, ptl)}}},
            "vs_solo": {"wall": wall, "running": cpu}}


def layout(name, kernel, model):
    return {"layout": name, "kernel": kernel, "model": model}


class Judge:
    """A folder for files, and the program."""

    def __init__(self, folder):
        self.folder = folder

    def path(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def document(self, *layouts, schema="umaple.live/1"):
        return self.path("live.json", json.dumps({
            "schema": schema, "layouts": layouts, "options": {"reps": 11},
            "host": {"cpu": "a CPU", "cores": 2, "kernel": "Linux", "date": "today"}}))

    @staticmethod
    def run(*words):
        done = subprocess.run([os.path.join(FOLDER, "truth.py"), *words], check=False,
                              capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr


@contextlib.contextmanager
def judge():
    with tempfile.TemporaryDirectory() as folder:
        yield Judge(folder)


def load(name):
    spec = importlib.util.spec_from_file_location(name, os.path.join(FOLDER, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def a_model_that_is_near_agrees(j):
    near = layout("a", side(figure(.7), figure(1.3)), side(figure(.8), figure(1.2)))
    code, out, err = j.run(j.document(near))
    assert code == 0 and not err, err
    assert "| a | .70 [.63 .77] | .80 [.72 .88] |" in out and "agrees |" in out, out
    # The mean of one miss each: .8/.7 and 1.3/1.2.
    assert "wall ratio, mean miss: 14%" in out and "CPU ratio, mean miss: 8%" in out, out


def an_opposite_sign_fails(j):
    for kernel, model in ((figure(.9, .8, .95), figure(1.08, 1.05, 1.1)),
                          (figure(1.08, 1.05, 1.1), figure(.9, .8, .95))):
        for wall in (True, False):
            same = figure(1, .9, 1.1)
            bad = layout("x", side(kernel if wall else same, same if wall else kernel),
                         side(model if wall else same, same if wall else model))
            code, out, err = j.run(j.document(bad))
            what = "wall" if wall else "CPU"
            assert code == 1 and err == f"truth: x: {what}: opposite sign\n", err
            assert f"{what}: opposite sign |" in out, out


def an_interval_with_1_contradicts_nothing(j):
    wide = layout("x", side(figure(.9, .8, 1.01), figure(1)), side(figure(1.08, 1.05, 1.1), figure(1)))
    code, _, err = j.run(j.document(wide))
    assert code == 0, err


def a_miss_of_more_than_a_quarter_fails_either_way(j):
    for kernel, model, fails in ((1, 1.26, True), (1.26, 1, True), (1, 1.24, False), (1.24, 1, False)):
        code, _, err = j.run(j.document(layout("x", side(figure(kernel, .5, 2), figure(1)),
                                               side(figure(model, .5, 2), figure(1)))))
        assert code == fails and ("off by 26%" in err) == fails, (kernel, model, err)


def goals_name_what_is_missed(j):
    row = layout("x", side(figure(1), figure(1), page=300, ptl=100),
                 side(figure(1), figure(1), page=140, ptl=40))
    r = j.path("r.txt", "x 1.0 0.5\n")
    code, out, err = j.run("--r", r, j.document(row))
    assert code == 0, err
    assert "ns per page, largest factor: 2.1, wanted 2 at most: **missed**" in out, out
    assert "r, largest miss: 100%, wanted 30% at most: **missed**" in out, out
    assert "factor: 2.5, wanted 2 at most: **missed**" in out, out


def what_cannot_be_judged_is_an_error(j):
    good = layout("x", side(figure(1), figure(1)), side(figure(1), figure(1)))
    cases = (
        (lambda: j.document(good, schema="umaple.reap/1"), "not a file of 'reapbench live --json'"),
        (lambda: j.document(layout("x", good["kernel"], None)), "without the model"),
        (j.document, "no layout was measured"),
        (lambda: j.document({"layout": "x", "kernel": {}, "model": {"solo": 1}}), "is damaged"),
        (lambda: j.path("no.json", "{"), "no.json"),
        (lambda: "/nowhere/a.json", "/nowhere/a.json"))
    for make, reason in cases:
        code, out, err = j.run(make())
        assert code == 1 and reason in err and err.count("\n") == 1, (reason, err)
        assert not out, out
    assert j.run()[0] == 2
    bad_r = j.path("r.txt", "x one 1\n")
    code, _, err = j.run("--r", bad_r, j.document(good))
    assert code == 1 and "r.txt" in err, err


def samples_are_sorted_by_the_lock_they_hold(_):
    r = load("r")
    script = """reapbench-victi
\tffff folio_remove_rmap_ptes+0x1 ([kernel])
\tffff unmap_page_range ([kernel])
\tffff exit_mmap ([kernel])

reapbench-victi
\tffff folios_put_refs ([kernel])
\tffff free_pages_and_swap_cache ([kernel])
\tffff unmap_page_range ([kernel])
\tffff exit_mmap ([kernel])

reapbench-victi
\tffff free_pgtables ([kernel])
\tffff exit_mmap ([kernel])

reapbench-victi
\tffff native_queued_spin_lock_slowpath ([kernel])
\tffff unmap_page_range ([kernel])
\tffff exit_mmap ([kernel])

reapbench
\tffff unmap_page_range ([kernel])
\tffff __oom_reap_task_mm ([kernel])
"""
    value, samples = r.r_of(script)
    # One under the lock, two outside; one waits, and one is the reaper's.
    assert (value, samples) == (2, 3), (value, samples)
    assert [r.classify(stack) for stack in r.stacks(script)] == [
        "under", "outside", "outside", None, None]


def without_a_sample_there_is_no_r(_):
    r = load("r")
    try:
        r.r_of("")
    except SystemExit as stop:
        assert "no sample" in str(stop.code)
    else:
        raise AssertionError("a figure came from nothing")


if __name__ == "__main__":
    sys.exit(tap.run([a_model_that_is_near_agrees, an_opposite_sign_fails,
                      an_interval_with_1_contradicts_nothing,
                      a_miss_of_more_than_a_quarter_fails_either_way, goals_name_what_is_missed,
                      what_cannot_be_judged_is_an_error, samples_are_sorted_by_the_lock_they_hold,
                      without_a_sample_there_is_no_r], make=judge))
