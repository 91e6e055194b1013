#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test_cli_scenario.py REAPBENCH SCHEMA LAYOUT: thaw, mrelease and scenario as a user meets them.

Description: the text says which victims stay and which calls come too late; the file satisfies its
schema and says the same; the page has a line for each thread; what cannot work is refused in one
line. Wrong looks like a claim that the figures do not bear out, or a file that was lost.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import tap


class Tool:
    def __init__(self, folder, program, schema, pressure_schema, layout):
        self.folder = folder
        self.program, self.layout = os.path.abspath(program), os.path.abspath(layout)
        self.schemas = {}
        for name in schema, pressure_schema:
            with open(name, encoding="utf-8") as file:
                schema = json.load(file)
            self.schemas[schema["title"]] = schema

    def run(self, *words):
        done = subprocess.run([self.program, *words], cwd=self.folder, capture_output=True,
                              text=True, timeout=200, check=False)
        return done.returncode, done.stdout, done.stderr

    def play(self, command, *words):
        """Play on the small layout; returns text and file, which is checked."""
        code, out, err = self.run(command, *words, "--layout", self.layout, "--reps", "2",
                                  "--json", "r.json")
        assert code == 0 and not err, (code, err)
        with open(os.path.join(self.folder, "r.json"), encoding="utf-8") as file:
            document = json.load(file)
        self.check(document)
        return out, document

    def check(self, document):
        try:
            import jsonschema
        except ImportError:
            print("# without python3-jsonschema")
            return
        schema = self.schemas[document["schema"]]
        jsonschema.validate(document, schema)
        broken = json.loads(json.dumps(document))
        if "rows" in broken:
            del broken["rows"][0]["outcomes"][0]["stuck"]
        else:
            broken["trials"][0]["wait_ns"] = {"count": 0}
        try:
            jsonschema.validate(broken, schema)
        except jsonschema.ValidationError:
            return
        raise AssertionError("a broken document passes")


def thaw_says_who_stays(tool):
    out, document = tool.play("thaw", "--threads", "3", "--delay", "50", "--no-live")
    assert document["kernel"] is None
    assert re.search(r"^thread +no +0/2 +2 +- +- +- +-$", out, re.M), out
    assert re.search(r"^thread +yes +0/2 +2 +- +\d", out, re.M), out
    assert re.search(r"^oom-victim +no +2/2 +0 +\d", out, re.M), out
    assert "with 2 of its 3 threads frozen" in out, out
    assert "the count of OOM victims ends at -2 instead of 0" in out, out
    rows = {(row["policy"], len(row["actors"]) == 3): row["outcomes"] for row in document["rows"]}
    assert len(rows) == 6
    for outcome in rows["thread", False]:
        assert [t["stuck"] for t in outcome["threads"]].count(True) == 2
        assert outcome["free_ns"]["50"] is None
    for outcome in rows["thread", True]:
        assert outcome["free_ns"]["100"] >= 50e6 and outcome["reaper"]["reaped"] == 1
    for outcome in rows["oom-victim", False]:
        assert outcome["exited"] and outcome["last_exit_ns"] > 0


def the_running_kernel_stands_beside_it(tool):
    """Where it can be asked: else a line says why not, and with --live that is a failure."""
    words = ("thaw", "--threads", "3", "--delay", "10", "--policy", "oom-victim")
    out, document = tool.play(*words)
    if document["kernel"] is None:
        assert "The running kernel was not asked" in out, out
        code, _, err = tool.run(*words, "--live", "--layout", tool.layout)
        assert code == 1 and err.startswith("reapbench thaw: --live: "), (code, err)
        return
    assert "running kernel, real victims of 3 threads" in out, out
    for run in document["kernel"]:
        assert len(run["threads"]) == 3
        assert run["exited"] == (not any(t["stuck"] for t in run["threads"]))
        if run["freezer"] == "v2":
            assert run["exited"], run


def one_thread_leaves_with_every_policy(tool):
    out, _ = tool.play("thaw", "--threads", "1", "--delay", "10", "--freezer", "suspend", "--no-live",
                       "--policy", "thread,all-threads,memdie,oom-victim")
    assert len(re.findall(r"^[a-z-]+ +(?:no|yes) +2/2 +0 ", out, re.M)) == 8, out


def many_threads_are_no_more_than_a_long_page(tool):
    tool.play("thaw", "--threads", "256", "--policy", "oom-victim", "--delay", "10", "--no-live",
              "--report", "page")
    with open(os.path.join(tool.folder, "page", "index.html"), encoding="utf-8") as file:
        page = file.read()
    assert page.count('class="line thread"') == 2 * 256
    assert page.count('class="line act"') == 2 * 2 and "every thread leaves" in page


def mrelease_counts_who_is_late(tool):
    out, document = tool.play("mrelease", "--threads", "2", "--mrelease-after", "0,500000")
    assert re.search(r"^500000 us after +50\d ms +0 +2 +0 ", out, re.M), out
    assert re.search(r"^kill and reap +0 ns +2 +0 +0 ", out, re.M), out
    assert "too late in 0 of 2 repetitions" in out, out
    assert [row["outcomes"][0]["acts"][-1]["ret"] for row in document["rows"][1:]] == [-3, 0]


def a_scenario_is_played_by_name(tool):
    code, out, _ = tool.run("scenario")
    names = re.findall(r"^  ([a-z-]+) ", out.split("Operations")[0], re.M)
    assert code == 0 and len(names) >= 9, out
    for name in names:
        out, document = tool.play("scenario", name, "--threads", "3", "--delay", "10")
        assert out.count("victim       exits in") == 1 and name in out, out
        assert document["rows"][0]["scenario"] == name


def pressure_goes_on_or_stands_still(tool):
    code, out, err = tool.run("pressure", "--pool", "16", "--seconds", "1", "--delay", "100",
                              "--json", "p.json")
    assert code == 0 and not err, (code, err)
    assert "thread, without oom_reaper: the system stands still" in out, out
    assert re.search(r"oom-victim, with oom_reaper: the longest time without memory was \d", out), out
    with open(os.path.join(tool.folder, "p.json"), encoding="utf-8") as file:
        document = json.load(file)
    assert document["schema"] == "umaple.pressure/1"
    tool.check(document)
    trials = {(t["policy"], t["oom_reaper"]): t for t in document["trials"]}
    assert trials["thread", True]["reaped"] > 0 and not trials["thread", True]["stands_still"]
    assert trials["oom-victim", False]["deaths"] > trials["thread", False]["deaths"]
    assert trials["oom-victim", False]["wait_ns"]["count"] > 0


def what_cannot_work_is_refused(tool):
    empty = os.path.join(tool.folder, "empty.layout")
    with open(empty, "w", encoding="ascii") as file:
        file.write("umaple-layout 1\nrule x\n"
                   "vma 200000000000-200000001000 rd,wr,mr,mw,me,ac 0 anon\nend 1 0\n")
    cases = [
        (2, ("thaw", "--threads", "0"), "--threads: '0'"),
        (2, ("thaw", "--threads", "257"), "from 1 to 256"),
        (2, ("thaw", "--policy", "magic"), "no policy is called 'magic'"),
        (2, ("thaw", "--policy", "thread,thread"), "named twice"),
        (2, ("thaw", "--freezer", "v2"), "neither cgroup nor suspend"),
        (2, ("thaw", "--delay", "-1"), "--delay: '-1'"),
        (2, ("thaw", "--order", "solo"), "no order is called 'solo'"),
        (2, ("thaw", "--engine", "none"), "no engine is called 'none'"),
        (2, ("thaw", "--json", ""), "--json: an empty name"),
        (2, ("thaw", "--live", "--no-live"), "contradict"),
        (2, ("mrelease", "--live"), "unrecognized option '--live'"),
        (2, ("thaw", "word"), "'word' is not an option"),
        (2, ("mrelease", "--mrelease-after", "1,x"), "--mrelease-after: 'x'"),
        (2, ("mrelease", "--mrelease-after", ""), "--mrelease-after: ''"),
        (2, ("scenario", "nothing"), "no scenario is called 'nothing'"),
        (2, ("scenario", "--threads", "2"), "name a scenario"),
        (2, ("scenario", "oom", "mrelease"), "one scenario at a time"),
        (2, ("pressure", "--pool", "0"), "--pool: '0'"),
        (2, ("pressure", "--seconds", "x"), "--seconds: 'x'"),
        (2, ("pressure", "--layout", "one"), "unrecognized option '--layout"),
        (1, ("pressure", "--json", "/nowhere/r.json"), "/nowhere/r.json"),
        (1, ("thaw", "--layout", "nowhere"), "nowhere"),
        (1, ("thaw", "--layout", empty), "no page"),
        (1, ("thaw", "--json", "/nowhere/r.json"), "/nowhere/r.json"),
        (1, ("thaw", "--report", "/nowhere/page"), "/nowhere/page"),
    ]
    for status, words, what in cases:
        code, out, err = tool.run(*words)
        # argp adds where to find help.
        lines = [line for line in err.splitlines() if line.startswith("reapbench")]
        assert code == status and what in err and not out, (words, code, out, err)
        assert len(lines) == 1, err


def a_signal_ends_it_between_two_plays(tool):
    process = subprocess.Popen([tool.program, "thaw", "--layout", tool.layout, "--delay", "300",
                                "--no-live", "--reps", "1000", "--json", "cut.json"], cwd=tool.folder,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted" in err, (process.returncode, out, err)
    with open(os.path.join(tool.folder, "cut.json"), encoding="utf-8") as file:
        document = json.load(file)
    tool.check(document)
    assert document["interrupted"] and document["rows"][0]["outcomes"]


with tempfile.TemporaryDirectory() as where:
    sys.exit(tap.run([
        thaw_says_who_stays,
        the_running_kernel_stands_beside_it,
        one_thread_leaves_with_every_policy,
        many_threads_are_no_more_than_a_long_page,
        mrelease_counts_who_is_late,
        a_scenario_is_played_by_name,
        pressure_goes_on_or_stands_still,
        what_cannot_work_is_refused,
        a_signal_ends_it_between_two_plays,
    ], Tool(where, *sys.argv[1:])))
