#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: 'reapbench report' from the outside, on made-up results. Right is a folder with a
page that needs nothing else and charts whose CSV says what the result says, the same bytes each
time, whatever a layout is called; or one line on standard error and a folder as it was before.

usage: test_report.py REAPBENCH (one that need not be able to race)
"""
import contextlib
import csv
import gzip
import html
import html.parser
import json
import os
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import xml.parsers.expat

import tap

FIXTURE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "make_fixture.py")
EMBED = os.path.join(os.path.dirname(FIXTURE), "../../bench/report/embed.py")
REAPBENCH = os.path.abspath(sys.argv[1])
CHARTS = ("distribution", "frontiers", "memory", "repetitions", "timesplit", "waitmap")
WHOLE = ("published", "summary")  # charts of the whole report, of one file
SUFFIXES = ("csv", "gp", "png", "svg")
SMALL = ("--order", "forward,reverse", "--tables", "24", "--reps", "5", "--traced", "2")


class Sandbox:
    """A folder to work in."""

    def __init__(self, root):
        self.root = root

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def fixture(self, name, *options):
        subprocess.run([sys.executable, FIXTURE, self.path(name), *(options or SMALL)], check=True)

    def run(self, *args, path=None, before=None, command="report", **environment):
        env = dict(os.environ, **environment)
        if path is not None:
            env["PATH"] = path
        return subprocess.run([REAPBENCH, command, *args], cwd=self.root, env=env, text=True,
                              capture_output=True, check=False, preexec_fn=before, timeout=120)

    def report(self, *args):
        done = self.run(*args)
        assert done.returncode == 0, done.stderr
        assert done.stdout == "" and done.stderr == "", (done.stdout, done.stderr)

    def fails(self, words, *args, status=1, **how):
        """One line on standard error with these words, and nothing new in the folder."""
        before = self.everything()
        done = self.run(*args, **how)
        assert done.returncode == status, (done.returncode, done.stderr)
        assert words in done.stderr, done.stderr
        assert status == 2 or done.stderr.count("\n") == 1, done.stderr
        assert self.everything() == before, set(self.everything()) ^ set(before)

    def everything(self):
        """The bytes of all files, by their paths; folders are None."""
        found = {}
        for folder, _, names in os.walk(self.root):
            found[folder] = None
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    found[os.path.join(folder, name)] = file.read()
        return found

    def text(self, *parts):
        with open(self.path(*parts), encoding="utf-8", newline="") as file:
            return file.read()

    def rows(self, *parts):
        return list(csv.DictReader(self.text(*parts).splitlines()))

    def fake_gnuplot(self, script):
        os.mkdir(self.path("bin"))
        with open(self.path("bin", "gnuplot"), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\ncase $1 in --version) exit 0 ;; esac\n" + script)
        os.chmod(self.path("bin", "gnuplot"), 0o755)
        return self.path("bin") + ":" + os.environ["PATH"]


@contextlib.contextmanager
def sandbox():
    with tempfile.TemporaryDirectory() as root:
        yield Sandbox(root)


class Page(html.parser.HTMLParser):
    """Every element that is opened is closed, and what is referred to is here."""

    VOID = {"meta", "link", "br", "img"}

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.refs, self.ids, self.text = [], [], [], [], ""
        self.pictures = []  # of each: its alternative text, and its XML
        self.feed(text)
        self.close()
        assert not self.open, self.open
        assert len(self.ids) == len(set(self.ids)), "an id stands twice"

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "img":
            picture = dict(attrs)
            kind, _, data = picture["src"].partition(",")
            assert kind == "data:image/svg+xml", kind
            self.pictures.append((picture["alt"], urllib.parse.unquote(data, errors="strict")))
        for name, value in attrs:
            if name in ("href", "xlink:href"):
                self.refs.append(value)
            if name == "id":
                self.ids.append(value)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data):
        self.text += data


def check_xml(path):
    with open(path, "rb") as file:
        xml.parsers.expat.ParserCreate().Parse(file.read(), True)


def a_report_is_a_page_and_charts_with_their_data(box):
    box.fixture("r.json")
    box.report("r.json", "-o", "out")
    stems = [f"made-up-maple-{c}" for c in CHARTS] + list(WHOLE)
    assert set(os.listdir(box.path("out"))) == \
        {f"{c}.{s}" for c in stems for s in SUFFIXES} | {"index.html", "figures.csv"}
    for stem in stems:
        check_xml(box.path("out", stem + ".svg"))
        with open(box.path("out", stem + ".png"), "rb") as file:
            assert file.read(8) == b"\x89PNG\r\n\x1a\n"
    page = Page(box.text("out", "index.html"))
    # Two orders without solo: a panel of each in three charts, four of repetitions, one in others.
    assert [alt for alt, _ in page.pictures].count("Legend") == len(stems)
    assert len(page.pictures) == len(stems) + 3 * 2 + 4 + 4, page.pictures
    for alt, text in page.pictures:
        assert alt.strip(), page.pictures
        xml.parsers.expat.ParserCreate().Parse(text, True)
    assert "script" not in page.tags
    for ref in page.refs:
        if ref.startswith("#"):
            assert ref[1:] in page.ids, ref
        else:
            assert ref == "data:," or os.path.exists(box.path("out", ref)), ref
    assert os.stat(box.path("out")).st_mode & 0o777 == 0o777 & ~current_umask()


def a_template_with_a_wrong_section_fails_the_build(box):
    for text, reason in (("{{#rows}}x", "{{#rows}} is not closed"), ("{{#a}}x{{/b}}", "{{/b}} closes nothing"),
                         ("x{{/rows}}", "{{/rows}} closes nothing"), ("{{a b}}", "{{a b}} is not a tag"),
                         ("{{a", "{{a is not a tag"),
                         ("{{{a}} b", "{{{a}} b is not a tag"), ("{{#a}}{{^b}}{{.}}{{/b}}{{{c}}}{{/a}}", None)):
        with open(box.path("t.gp"), "w", encoding="ascii") as file:
            file.write(text)
        done = subprocess.run([sys.executable, EMBED, "t.gp", "t.c"], cwd=box.root, text=True,
                              capture_output=True, check=False)
        assert (done.returncode != 0) == (reason is not None), (text, done.stderr)
        assert (reason or "") in done.stderr, done.stderr


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def the_same_input_gives_the_same_bytes(box):
    box.fixture("r.json")
    box.report("r.json", "-o", "one")
    box.report("r.json", "-o", "two")
    names = os.listdir(box.path("one"))
    assert names
    for name in names:
        with open(box.path("one", name), "rb") as a, open(box.path("two", name), "rb") as b:
            assert a.read() == b.read(), name
    # A script run again by its reader draws the same.
    subprocess.run(["gnuplot", "made-up-maple-waitmap.gp"], cwd=box.path("two"), check=True)
    assert box.text("one", "made-up-maple-waitmap.svg") == \
        box.text("two", "made-up-maple-waitmap.svg")


def column(t, wait):
    return {"t": t, "wait": wait}


def write_trace(box, name, races):
    with gzip.open(box.path(name), "wt") as file:
        for line in [{"schema": "umaple.trace/1"}, *races]:
            file.write(json.dumps(line) + "\n")


def by_hand(order, rep, exit_role, reaper_role):
    """A race over four tables with ten pages each."""
    buckets = ("under_ptl", "ptl_wait", "lruvec_wait", "zone_wait", "swap_wait", "mmap_lock_wait",
               "tlb", "free", "other")

    def role(visits, waits, freed, time_ns):
        return {"wall_ns": sum(time_ns), "cpu_ns": 0, "lost": 0,
                "visits": dict(zip(("t", "page", "table", "wait"), visits)),
                "waits": waits, "freed": {"t": freed[0], "pages": freed[1]},
                "time_ns": dict(zip(buckets, time_ns))}
    none = {c: column([], []) for c in ("lruvec", "zone", "swap")}
    roles = {"exit": role(exit_role[0], {**none, **exit_role[3]}, *exit_role[1:3])}
    if reaper_role:
        roles["reaper"] = role(reaper_role[0], {**none, **reaper_role[3]}, *reaper_role[1:3])
    return {"layout": "made-up", "engine": "maple", "order": order, "rep": rep, "disturbed": False,
            "wall_ns": max(r["wall_ns"] for r in roles.values()), "pages": 40, "tables": 4,
            "pages_to_free": 40, "roles": roles}


def the_csv_says_what_the_trace_says(box):
    box.fixture("r.json", "--order", "forward", "--tables", "4", "--pages", "40", "--reps", "3")
    first = (([0, 300000, 600000, 900000], [0, 10, 20, 30], [0, 1, 2, 3], [0, 50000, 0, 0]),
             ([500000, 1000000], [10, 30]), [700000, 50000, 0, 0, 0, 0, 100000, 100000, 50000],
             {"lruvec": column([100], [2000])})
    second = (([100000, 900000], [0, 30], [0, 3], [20000, 0]),
              ([800000], [10]), [300000, 20000, 0, 0, 0, 0, 0, 80000, 400000], {})
    slow = (first[0], first[1], [n * 2 for n in first[2]], {})
    write_trace(box, "r.trace.gz", [by_hand("forward", 0, slow, second),
                                    by_hand("forward", 1, first, second),
                                    by_hand("forward", 2, first, second)])
    box.report("r.json", "-o", "out")
    assert "lost" not in Page(box.text("out", "index.html")).ids
    # Of walls of 2, 1 and 1 ms the median is 1 ms: the second race.
    assert box.text("out", "made-up-maple-frontiers.csv") == """\
order,role,kind,time_ms,page,wait_us
forward,exit,line,0.000000,0,0.000
forward,exit,line,0.300000,10,50.000
forward,exit,line,0.600000,20,0.000
forward,exit,line,0.900000,30,0.000
forward,exit,wait,0.300000,10,50.000
forward,reaper,line,0.100000,0,20.000
forward,reaper,line,0.900000,30,0.000
forward,reaper,wait,0.100000,0,20.000
"""
    assert box.text("out", "made-up-maple-waitmap.csv") == """\
order,role,table,tables,wait_us
forward,exit,1,1,50.000000
forward,reaper,0,1,20.000000
"""
    assert box.text("out", "made-up-maple-memory.csv") == """\
order,time_ms,percent
forward,0.000000,0.0000
forward,0.500000,25.0000
forward,0.800000,50.0000
forward,1.000000,100.0000
"""
    assert box.text("out", "made-up-maple-distribution.csv") == """\
locks,order,wait_us,waits_per_race
ptl,forward,20.000,2
ptl,forward,50.000,1
other,forward,2.000,0.666667
"""
    split = [r for r in box.rows("out", "made-up-maple-timesplit.csv") if not r["file"]]
    assert {r["part"]: float(r["ms"]) for r in split if r["role"] == "exit"} == {
        "under_ptl": 0.7, "ptl_wait": 0.05, "lruvec_wait": 0, "zone_wait": 0, "swap_wait": 0,
        "rss_wait": 0, "depot_wait": 0,  # classes that this file is too old for
        "mmap_lock_wait": 0, "tlb": 0.1, "free": 0.1, "other": 0.05, "total": 1.0}
    samples = json.loads(box.text("r.json"))["results"][0]["samples"]
    dots = [float(r["value"]) for r in box.rows("out", "made-up-maple-repetitions.csv")
            if r["figure"] == "wall_ms" and r["rep"] != "median"]
    assert dots == [round(n / 1e6, 6) for n in samples["wall_ns"]]
    figures = {r["figure"]: r for r in box.rows("out", "figures.csv")}
    wall = json.loads(box.text("r.json"))["results"][0]["wall_ns"]
    assert float(figures["wall_ns"]["median"]) == wall["median"]
    for name in ("free_ns.50", "unmap_wait_share.reaper", "pages.exit", "wait_ns.ptl.exit",
                 "contended.swap.reaper", "cpu_ns_per_page", "r"):
        assert name in figures, (name, sorted(figures))


def missing_parts_of_a_trace_are_named(box):
    box.fixture("r.json", *SMALL)
    with gzip.open(box.path("r.trace.gz"), "rt") as file:
        text = file.read().replace('"lost": 0', '"lost": 7', 3)
    with gzip.open(box.path("r.trace.gz"), "wt") as file:
        file.write(text)
    box.report("r.json", "-o", "out")
    page = Page(box.text("out", "index.html"))
    assert "lost" in page.ids and "no room in the trace for 21 visits" in page.text


NAMES = ["it's", '"; system("touch pwned"); "', "x`touch pwned`y", "$(touch pwned)", "a\\nb",
         "</svg><script>alert(1)</script>", "../../up", "a\nb", "=1+1,2", "\u00fcml\u00e4ut", "\u0001",
         "&amp;]]>", "a" * 200, "#{x}_^@&", "%s%n", "#one", "a''b", "}", "{", "`", "\u202eb\u009bb", 'a "b, c', "-persist"]


def a_layout_may_be_called_anything(box):
    options = ["--layout=" + name for name in NAMES]
    # One of them in every chart: the worst of all names together.
    box.fixture("r.json", *options, "--order", "forward", "--reps", "3", "--no-trace")
    box.fixture("all.json", "--layout=" + "".join(NAMES), *SMALL)
    above = set(os.listdir(os.path.dirname(box.root)))
    box.report("r.json", "-o", "out")
    # Nothing is compared with a single order, so there is no summary.
    assert len(os.listdir(box.path("out"))) == 2 + (len(NAMES) + 1) * len(SUFFIXES)
    box.report("all.json", "-o", "out")
    names = os.listdir(box.path("out"))
    assert len(names) == 2 + (len(NAMES) + len(CHARTS) + len(WHOLE)) * len(SUFFIXES)
    assert not [n for n in names if not re.fullmatch(r"[A-Za-z0-9._-]{1,128}", n)]
    assert not [p for p in box.everything() if os.path.basename(p) == "pwned"]
    assert "up" not in set(os.listdir(os.path.dirname(box.root))) - above
    for name in names:
        if name.endswith(".svg"):
            check_xml(box.path("out", name))
    page = Page(box.text("out", "index.html"))
    assert "script" not in page.tags
    assert "</svg><script>alert(1)</script>" in page.text
    box.report("r.json", "-o", "out")
    with open(box.path("out", "figures.csv"), encoding="utf-8", newline="") as file:
        assert {r["layout"] for r in csv.DictReader(file)} == set(NAMES)


def a_cpu_may_be_called_anything(box):
    box.fixture("r.json", *SMALL, "--cpu", "a''b `touch pwned` } { \\ \" $x @y \n#")
    box.report("r.json", "-o", "out")
    assert "pwned" not in os.listdir(box.path("out"))
    svg = re.sub("<[^>]*>", "\n", box.text("out", "made-up-maple-waitmap.svg"))
    assert "a''b `touch pwned` } { \\ \" $x @y ?#" in html.unescape(svg), svg[:3000]


def a_name_adds_no_row_to_a_chart(box):
    box.fixture("r.json", "--layout=x\nA,wall,worse,9,9,9,9,0,maple,forward,y", *SMALL, "--no-trace")
    box.report("r.json", "r.json", "-o", "out")
    assert box.text("out", "summary.csv").count("\n") == 1 + 2 * 2


def drawn_dots(box, chart, point):
    """How often gnuplot drew a point, by its number in the SVG."""
    return len(re.findall(f"<use xlink:href='#gpPt{point}' transform", box.text("out", chart + ".svg")))


def a_row_is_drawn_whatever_its_layout_is_called(box):
    options = ["--layout=" + name for name in NAMES]
    box.fixture("a.json", *options, "--order", "forward", "--reps", "3", "--no-trace")
    box.report("a.json", "a.json", "-o", "out")
    assert sum(drawn_dots(box, "summary", point) for point in (5, 6, 7, 8)) == 2 * len(NAMES) + 2
    texts = re.sub("<[^>]*>", "\n", box.text("out", "summary.svg")).split("\n")
    texts = [text.strip() for text in texts]
    for label in ("%s%n:", "#one:", "-persist:"):
        assert label in texts, texts
    rows = [r for r in box.rows("out", "summary.csv") if r["figure"] == "wall"]
    assert len({r["row"] for r in rows}) == len(NAMES), rows
    check_xml(box.path("out", "summary.svg"))


def change_result(box, name, change):
    document = json.loads(box.text(name))
    change(document)
    with open(box.path(name), "w", encoding="utf-8") as file:
        json.dump(document, file)


def a_ratio_of_0_is_drawn_at_the_edge(box):
    def no_running_time(document):
        document["results"][0]["samples"]["running_ns"] = [0] * 5
    for name in ("a.json", "b.json"):
        box.fixture(name, *SMALL, "--no-trace")
    change_result(box, "b.json", no_running_time)
    box.report("a.json", "b.json", "-o", "out")
    assert sum(drawn_dots(box, "summary", point) for point in (5, 6, 7, 8)) == 4 + 2
    assert [r["ratio"] for r in box.rows("out", "summary.csv")].count("0") == 1


def figures_without_a_spread_are_drawn(box):
    box.fixture("r.json", "--order", "forward", "--tables", "4", "--pages", "40", "--reps", "3")
    role = (([0, 300000], [0, 10], [0, 1], [0, 10000]), ([500000], [20]), [0] * 9, {})
    write_trace(box, "r.trace.gz", [by_hand("forward", n, role, role) for n in range(3)])
    box.report("r.json", "-o", "out")
    # All waits are of 10 us, and no time went anywhere.
    assert box.text("out", "made-up-maple-distribution.csv").count("ptl,forward,10.000,2") == 1
    check_xml(box.path("out", "made-up-maple-distribution.svg"))
    check_xml(box.path("out", "made-up-maple-timesplit.svg"))


def layouts_of_one_name_are_kept_apart(box):
    box.fixture("r.json", "--layout", "same", "--layout", "same", *SMALL)
    box.report("r.json", "-o", "out")
    page = box.text("out", "index.html")
    assert "same, our maple tree" in page and "same (2), our maple tree" in page
    assert os.path.exists(box.path("out", "same-2-maple-frontiers.svg"))


def without_a_trace_the_page_says_how_to_get_one(box):
    for name, option in (("none.json", "--no-trace"), ("old.json", "--old")):
        box.fixture(name, *SMALL, option)
        box.report(name, "-o", "out-" + name)
        page = Page(box.text("out-" + name, "index.html"))
        # Repetitions, the summary and the published bars, each with a legend.
        assert len(page.pictures) == (1 + 4 if name == "none.json" else 1 + 2) + 1 + 1 + 2
        assert "untraced" in page.ids
        assert "--trace" in page.text
        assert ("consecutive" if name == "old.json" else "by size") in page.text


def the_words_follow_from_the_figures(box):
    box.fixture("r.json", "--order", "solo,forward,reverse", "--reps", "11", "--no-trace")
    box.report("r.json", "-o", "out")
    said = Page(box.text("out", "index.html")).text
    assert re.search(r"Order reverse, better: against forward: \.\d+ \.\d+-\.\d+ times the wall time "
                     r"and \.\d+ \.\d+-\.\d+ times the CPU time; against no reaper: ", said), said[:3000]
    assert "few" not in Page(box.text("out", "index.html")).ids
    # The same repetitions for both orders: nothing differs, and nothing else may be said.
    document = json.loads(box.text("r.json"))
    document["results"][2]["samples"] = document["results"][1]["samples"]
    with open(box.path("same.json"), "w", encoding="utf-8") as file:
        json.dump(document, file)
    box.report("same.json", "-o", "out2")
    said = Page(box.text("out2", "index.html")).text
    assert "no difference seen: against forward: no difference seen in wall time (1.00 1.00-1.00)" in said


def the_summary_shows_every_order_against_both_bases(box):
    box.fixture("r.json", "--reps", "11", "--no-trace", "--layout", "one", "--layout", "two")
    box.report("r.json", "-o", "out")
    rows = {(r["layout"], r["against"], r["order"], r["figure"]): r
            for r in box.rows("out", "summary.csv")}
    assert set(rows) == {(layout, base, order, figure) for layout in ("one", "two")
                         for base in ("forward", "solo") for figure in ("wall", "running")
                         for order in ("forward", "reverse", "reverse-fine") if order != base}
    samples = {r["order"]: r["samples"] for r in json.loads(box.text("r.json"))["results"]
               if r["layout"] == "two"}
    for (_, base, order, figure), row in ((k, r) for k, r in rows.items() if k[0] == "two"):
        ratio = statistics.median(samples[order][figure + "_ns"]) / \
            statistics.median(samples[base][figure + "_ns"])
        assert abs(float(row["ratio"]) / ratio - 1) < 1e-4, row
        assert float(row["lo"]) <= float(row["ratio"]) <= float(row["hi"]), row
    assert rows["one", "forward", "reverse", "running"]["state"] == "better"


def nothing_is_claimed_from_untrusted_rows(box):
    def disturb(document):
        document["results"][1].update(disturbed=5, disturbed_kept=2)
    box.fixture("r.json", "--reps", "11", "--order", "solo,forward,reverse", "--no-trace")
    change_result(box, "r.json", disturb)
    box.report("r.json", "-o", "out")
    states = {(r["against"], r["order"]): r["state"] for r in box.rows("out", "summary.csv")}
    assert states["forward", "reverse"] == states["solo", "forward"] == "untrusted", states
    assert states["solo", "reverse"] != "untrusted"
    page = Page(box.text("out", "index.html"))
    assert "untrusted" in page.ids and "forward (2 of 11 races disturbed)" in page.text
    summary = re.sub("<[^>]*>", "\n", box.text("out", "summary.svg"))
    assert summary.count("untrusted") == 2 and "forward*" in summary
    assert "forward*" in box.text("out", "made-up-maple-repetitions.svg")
    # Two files: a ratio with such a row is not called sure.
    box.fixture("b.json", "--reps", "11", "--order", "solo,forward,reverse", "--no-trace",
                "--slower", "2")
    box.report("r.json", "b.json", "-o", "two")
    table = box.text("two", "index.html").partition('aria-label="ratios"')[2]
    rows = re.findall("<tr.*?</tr>", table.partition("<tbody>")[2].partition("</table>")[0])
    assert len(rows) == 3
    for row in rows:
        assert ('class="marked"' in row) == ("forward" in row) != ('class="sure"' in row), row


def a_task_that_lost_its_cpu_is_marked(box):
    def race(rep, disturbed):
        role = (([0, 300000], [0, 10], [0, 1], [0, 10000]), ([500000], [20]),
                [500000, 10000] + [0] * 7, {})
        made = by_hand("forward", rep, role, role)
        made["disturbed"] = disturbed
        made["roles"]["exit"]["cpu_ns"] = made["roles"]["exit"]["wall_ns"]
        made["roles"]["reaper"]["cpu_ns"] = made["roles"]["reaper"]["wall_ns"] - 400000
        return made
    box.fixture("r.json", "--order", "forward", "--tables", "4", "--pages", "40", "--reps", "3")
    write_trace(box, "r.trace.gz", [race(n, True) for n in range(3)])
    box.report("r.json", "-o", "out")
    texts = re.sub("<[^>]*>", "\n", box.text("out", "made-up-maple-frontiers.svg"))
    assert "a task lost its CPU" in texts and "reaper: 400 us without a CPU" in texts
    assert "exiting task: " not in texts and "forward*: 510 us" in texts, texts
    page = Page(box.text("out", "index.html"))
    assert "* Not to be trusted: a task lost its CPU, or" in page.text
    assert any(alt.startswith("forward*: ") and "lost its CPU" in alt for alt, _ in page.pictures)
    for chart in ("memory", "timesplit", "waitmap", "distribution"):
        assert "forward*" in box.text("out", f"made-up-maple-{chart}.svg"), chart
    # One race in which nobody lost it stands for the others.
    write_trace(box, "r.trace.gz", [race(0, True), race(1, False), race(2, True)])
    box.report("r.json", "-o", "out")
    assert "lost its CPU" not in box.text("out", "made-up-maple-frontiers.svg")


def a_page_that_would_be_too_large_refers_to_its_charts(box):
    layouts = [f"--layout=layout{n}" for n in range(24)]
    box.fixture("r.json", *layouts, "--order", "forward,reverse", "--tables", "64", "--reps", "3",
                "--traced", "1")
    box.report("r.json", "-o", "out")
    text = box.text("out", "index.html")
    assert 2 << 20 < len(text) < 3 << 20, len(text)
    page = Page(text)
    assert "this chart is in layout23-maple-frontiers.svg only" in page.text
    assert not [n for n in os.listdir(box.path("out")) if re.search(r"-[0-9]+\.svg", n)]


def the_published_bars_are_drawn_once(box):
    box.fixture("r.json", "--layout", "one", "--layout", "two", *SMALL)
    box.report("r.json", "-o", "out")
    page = Page(box.text("out", "index.html"))
    assert sum("OTHER HARDWARE" in alt for alt, _ in page.pictures) == 1
    assert {(r["order"], r["role"], r["ms"]) for r in box.rows("out", "published.csv")} == {
        ("forward", "exit", "90.7"), ("forward", "reaper", "76.4"), ("forward", "both", "167.1"),
        ("reverse", "exit", "72.4"), ("reverse", "reaper", "60.2"), ("reverse", "both", "132.6")}


def two_results_are_compared_row_by_row(box):
    box.fixture("a.json", "--order", "solo,forward,reverse", "--reps", "11", "--no-trace")
    box.fixture("b.json", "--order", "solo,forward", "--reps", "11", "--no-trace", "--slower", "2",
                "--lock", "mcs", "--tlb", "ipi", "--frames", "runs:4", "--cpu", "Other CPU")
    box.report("a.json", "b.json", "-o", "out")
    rows = {(r["order"], r["figure"]): r for r in box.rows("out", "summary.csv")}
    assert set(rows) == {(o, f) for o in ("solo", "forward") for f in ("running", "wall")}
    for row in rows.values():
        assert 1.3 < float(row["lo"]) <= float(row["ratio"]) <= float(row["hi"]) < 2.1
        assert row["state"] == "worse" and float(row["p"]) < 1e-4
    page = Page(box.text("out", "index.html"))
    assert "differences" in page.ids and "unmatched" in page.ids
    assert "lock: A ticket, B mcs" in page.text and "CPU: A Made-up CPU, B Other CPU" in page.text
    assert "TLB shootdown: A lazy, B ipi" in page.text
    assert "page frames: A by size, B runs:4" in page.text
    assert "reverse (in A)" in page.text
    check_xml(box.path("out", "summary.svg"))


def a_regression_is_an_exit_status(box):
    box.fixture("a.json", "--order", "solo,forward", "--reps", "11", "--no-trace")
    box.fixture("b.json", "--order", "solo,forward", "--reps", "11", "--no-trace", "--slower", "2")
    slower = box.run("a.json", "b.json", "--fail-above", "1.05")
    assert slower.returncode == 1 and slower.stderr == "", slower.stderr
    assert slower.stdout.count("regression: ") == 4, slower.stdout
    assert "2 rows compared: 4 regressions, 0 not to be trusted." in slower.stdout
    # Twice as slow is no regression above three times; faster is none at all.
    for files, limit in ((("a.json", "b.json"), "3"), (("b.json", "a.json"), "1.05"),
                         (("a.json", "a.json"), "1")):
        good = box.run(*files, "--fail-above", limit)
        assert good.returncode == 0 and "0 regressions" in good.stdout, (files, good.stdout)
    # With a folder the page is made too, and the status stays.
    page = box.run("a.json", "b.json", "--fail-above", "1.05", "-o", "out")
    assert page.returncode == 1 and os.path.exists(box.path("out", "index.html")), page.stderr


def files_that_cannot_be_judged_do_not_pass(box):
    box.fixture("few.json", "--order", "solo,forward", "--reps", "3", "--no-trace")
    few = box.run("few.json", "few.json", "--fail-above", "1.05")
    assert few.returncode == 1 and "No row could be judged." in few.stdout, few.stdout
    box.fails("name two result files", "few.json", "--fail-above", "1.05", status=2)
    for limit in ("0.9", "nan", "inf", "-2", "1e9", "1.05x", ""):
        box.fails("is not a ratio from 1 to 100", "few.json", "few.json", "--fail-above", limit,
                  status=2)


def a_result_does_not_differ_from_itself(box):
    box.fixture("a.json", *SMALL, "--reps", "11")
    box.report("a.json", "a.json", "-o", "out")
    for row in box.rows("out", "summary.csv"):
        assert float(row["ratio"]) == 1 and row["state"] == "same", row
    page = Page(box.text("out", "index.html"))
    assert "differences" not in page.ids and "unmatched" not in page.ids
    assert not re.search("Order .*(better|worse|times the)", page.text)


def two_engines_in_two_files_are_matched(box):
    box.fixture("a.json", *SMALL, "--no-trace", "--engine", "kernel")
    box.fixture("b.json", *SMALL, "--no-trace", "--engine", "maple")
    box.report("a.json", "b.json", "-o", "out")
    assert len(box.rows("out", "summary.csv")) == 4
    page = Page(box.text("out", "index.html"))
    assert "engine (rows are matched without it): A kernel, B maple" in page.text
    assert "unmatched" not in page.ids
    assert {r["engine"] for r in box.rows("out", "summary.csv")} == {"kernel -> maple"}
    assert page.text.count("kernel -> maple") == 2, page.text
    assert "A: the kernel's maple tree, B: our maple tree" in \
        box.text("out", "summary.svg").replace("&#39;", "'").replace("&apos;", "'")


def each_engine_is_set_against_the_first(box):
    def slow_kernel(document):
        for result in document["results"]:
            if result["engine"] == "kernel":
                result["samples"]["wall_ns"] = [3 * n for n in result["samples"]["wall_ns"]]
    box.fixture("r.json", "--no-trace", "--order", "solo,reverse", "--engine", "maple,kernel")
    change_result(box, "r.json", slow_kernel)
    box.report("r.json", "-o", "out")
    html = box.text("out", "index.html")
    table = html.partition("Engines, each over maple")[2].partition("</table>")[0]
    rows = re.findall(r"<tr.*?</tr>", table)[1:]
    assert len(rows) == 2, table
    for row, order in zip(rows, ("solo", "reverse")):
        assert f"<td>kernel</td><td>{order}</td>" in row, row
        wall = re.search(r'<td class="sure">([0-9.]+)', row)
        assert 2.5 < float(wall.group(1)) < 3.5, row
    box.fixture("r.json", "--no-trace", "--order", "solo,reverse")
    box.report("r.json", "-o", "one")
    assert "each over" not in box.text("one", "index.html")


def two_hosts_are_both_named(box):
    box.fixture("a.json", *SMALL, "--no-trace")
    box.fixture("b.json", *SMALL, "--no-trace", "--cpu", "Other CPU")
    box.report("a.json", "b.json", "-o", "out")
    head = box.text("out", "index.html").partition("</header>")[0]
    assert "A: Made-up CPU, 2 CPUs" in head and "B: Other CPU, 2 CPUs" in head, head[-600:]


def files_with_nothing_in_common_say_so(box):
    box.fixture("a.json", *SMALL, "--no-trace", "--layout", "one")
    box.fixture("b.json", *SMALL, "--layout", "other")
    box.report("a.json", "b.json", "-o", "out")
    assert not os.path.exists(box.path("out", "summary.csv"))
    text = Page(box.text("out", "index.html")).text
    assert "No layout and order is in both files" in text
    assert "one, our maple tree: forward (in A), reverse (in A)" in text


def wrong_usage_is_refused(box):
    box.fixture("r.json")
    box.fails("no result file", "-o", "out", status=2)
    box.fails("-o DIR", "r.json", status=2)
    box.fails("two files already", "r.json", "r.json", "r.json", "-o", "out", status=2)
    box.fails("empty name", "r.json", "-o", "", status=2)


def unreadable_files_are_refused(box):
    box.fixture("r.json")
    box.fails("none.json: No such file or directory", "none.json", "-o", "out")
    document = json.loads(box.text("r.json"))
    del document["results"][1]["wall_ns"]
    with open(box.path("bad.json"), "w", encoding="utf-8") as file:
        json.dump(document, file)
    box.fails("bad.json: results[1].wall_ns: is missing", "bad.json", "-o", "out")
    with open(box.path("r.trace.gz"), "rb+") as file:
        file.truncate(1000)
    box.fails("r.trace.gz: ", "r.json", "-o", "out")
    box.fixture("r.json")
    for name in ("../r.trace.gz", "/etc/passwd", ""):
        change_result(box, "r.json", lambda d, name=name: d["trace"].update(file=name))
        box.fails("r.json: trace.file: is not the name of a file beside", "r.json", "-o", "out")


def a_trace_that_is_missing_is_said(box):
    box.fixture("r.json", *SMALL)
    os.remove(box.path("r.trace.gz"))
    box.report("r.json", "-o", "out")
    page = Page(box.text("out", "index.html"))
    assert len(page.pictures) == (1 + 4) + (1 + 1) + (1 + 1)
    assert "missing" in page.ids and "untraced" not in page.ids
    assert "The trace, r.trace.gz, is not beside the result" in page.text
    box.report("r.json", "r.json", "-o", "two")
    page = Page(box.text("two", "index.html"))
    assert "missingA" in page.ids and "The trace of B, r.trace.gz, is not" in page.text


def layouts_that_differ_are_named(box):
    box.fixture("a.json", *SMALL, "--no-trace", "--layout", "x<y")
    box.fixture("b.json", *SMALL, "--no-trace", "--layout", "x<y", "--pages", "30")
    box.report("a.json", "b.json", "-o", "out")
    page = Page(box.text("out", "index.html"))
    assert "differences" in page.ids and "with the same options" not in page.text
    assert "layout x<y: A 20000 anonymous, 0 file, 0 swapped and 0 huge pages in 24 page tables " \
        "and 3 VMAs, B 30 anonymous, " in page.text
    change_result(box, "a.json", lambda d: d["layouts"][0].update(rule="another"))
    box.report("a.json", "a.json", "-o", "same")
    assert "differences" not in Page(box.text("same", "index.html")).ids


def a_folder_that_cannot_be_written_is_refused(box):
    box.fixture("r.json", *SMALL, "--no-trace")
    box.fails("r.json: is not a folder", "r.json", "-o", "r.json")
    box.fails("no/folder: No such file or directory", "r.json", "-o", "no/folder")
    box.fails("r.json/x: Not a directory", "r.json", "-o", "r.json/x")
    os.makedirs(box.path("taken", "index.html"))
    box.fails("taken: Is a directory", "r.json", "-o", "taken")
    if os.geteuid():
        os.mkdir(box.path("closed"), 0o500)
        box.fails("closed: Permission denied", "r.json", "-o", "closed")


def no_more_room():
    """Files end at 12,000 bytes: what a full disk looks like to a program."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (12000, 12000))


def a_full_disk_leaves_the_report_before(box):
    box.fixture("r.json", *SMALL, "--no-trace")
    box.fails("reapbench report: ", "r.json", "-o", "out", before=no_more_room)
    box.report("r.json", "-o", "out")
    box.fixture("r2.json", *SMALL, "--no-trace", "--slower", "3")
    box.fails("reapbench report: ", "r2.json", "-o", "out", before=no_more_room)
    box.report("r2.json", "-o", "out")


def without_gnuplot_its_package_is_named(box):
    box.fixture("r.json")
    box.fails("gnuplot-nox", "r.json", "-o", "out", path=box.path("nowhere"))
    os.mkdir(box.path("bin"))
    with open(box.path("bin", "gnuplot"), "w", encoding="utf-8"):
        pass  # not a program
    box.fails("gnuplot: cannot be run", "r.json", "-o", "out", path=box.path("bin"))


def the_complaint_of_gnuplot_is_printed(box):
    box.fixture("r.json", *SMALL, "--no-trace")
    path = box.fake_gnuplot("echo 'cannot draw today' >&2\necho 'second line' >&2\nexit 3\n")
    box.fails("gnuplot: cannot draw today", "r.json", "-o", "out", path=path)


def gnuplot_gets_so_much_and_no_more(box):
    box.fixture("r.json", *SMALL, "--no-trace")
    name = "summary.gp: "
    greedy = "import sys\ntry:\n bytearray(3 << 30)\nexcept MemoryError:\n sys.exit('no memory')\n"
    runs = (("while :; do :; done\n", name + "takes more than 1 s of CPU time"),
            ("sleep 60\n", name + "takes longer than 4 s"),
            ("exec truncate -s 70M x\n", name + "writes a file of more than 67108864 bytes"),
            (f"exec {sys.executable} - <<'END'\n{greedy}END\n", "gnuplot: no memory (it gets 2048 MiB)"))
    for script, words in runs:
        shutil.rmtree(box.path("bin"), ignore_errors=True)
        path = box.fake_gnuplot(script)
        began = time.monotonic()
        box.fails(words, "r.json", "-o", "out", path=path, REAPBENCH_PLOT_SECONDS="1")
        assert time.monotonic() - began < 30


def pictures_that_are_missing_are_gnuplots_failure(box):
    box.fixture("r.json", *SMALL, "--no-trace")
    path = box.fake_gnuplot("touch ${4%.gp}.svg\n")
    box.fails("gnuplot: summary.gp: there is no summary.png",
              "r.json", "-o", "out", path=path)


def an_interrupt_leaves_nothing(box):
    for number in (signal.SIGINT, signal.SIGHUP):
        interrupt_with(box, number)


def interrupt_with(box, number):
    shutil.rmtree(box.path("bin"), ignore_errors=True)
    box.fixture("r.json", *SMALL, "--no-trace")
    path = box.fake_gnuplot("touch ../../started\nexec sleep 60\n")
    before = box.everything()
    with subprocess.Popen([REAPBENCH, "report", "r.json", "-o", "out"], cwd=box.root,
                          env=dict(os.environ, PATH=path), stderr=subprocess.PIPE) as child:
        for _ in range(1000):
            if os.path.exists(box.path("started")):
                break
            time.sleep(0.02)
        began = time.monotonic()
        child.send_signal(number)
        said = child.communicate(timeout=50)[1]
    assert child.returncode == 128 + number, said
    assert time.monotonic() - began < 40
    os.remove(box.path("started"))
    assert box.everything() == before


SMAPS = ("10000000-10200000 rw-p 00000000 00:00 0 [heap]\nSize: 2048 kB\nRss: 1536 kB\n"
         "Private_Dirty: 1536 kB\nAnonymous: 1536 kB\nAnonHugePages: 0 kB\nSwap: 256 kB\n"
         "VmFlags: rd wr mr mw me ac\n")
RACE = ("--layout", "small.smaps", "--quick", "--pin", "none")


def write_smaps(box):
    with open(box.path("small.smaps"), "w", encoding="utf-8") as file:
        file.write(SMAPS)


def compare_makes_the_report_too(box):
    write_smaps(box)
    done = box.run(*RACE, "--report", "out", command="compare")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("Report: out/index.html\n"), done.stdout[-300:]
    names = os.listdir(box.path("out"))
    assert {"index.html", "result.json", "result.trace.gz"} <= set(names), names
    assert "untraced" not in Page(box.text("out", "index.html")).ids
    done = box.run(*RACE, "--report", "out2", "--json", "mine.json", command="compare")
    assert done.returncode == 0 and os.path.exists(box.path("mine.json")), done.stderr
    assert "result.json" not in os.listdir(box.path("out2"))


def compare_knows_beforehand_that_there_can_be_no_report(box):
    write_smaps(box)
    box.fails("gnuplot-nox", *RACE, "--report", "out", command="compare", path=box.path("nowhere"))
    box.fails("small.smaps: is not a folder", *RACE, "--report", "small.smaps", command="compare")
    box.fails("--json", *RACE, "--report", "out", "--json", "-", command="compare", status=2)
    box.fails("empty name", *RACE, "--report", "", command="compare", status=2)
    box.fails("no/folder: No such", *RACE, "--report", "no/folder", command="compare")


def an_interrupted_comparison_is_reported_as_far_as_it_went(box):
    write_smaps(box)
    done = box.run(*RACE, "--report", "out", command="compare", FAKE_RACE_SIGNAL_AT="9")
    assert done.returncode == 130, (done.returncode, done.stderr)
    assert "interrupted" in Page(box.text("out", "index.html")).text
    done = box.run(*RACE, "--report", "out2", command="compare", FAKE_RACE_SIGNAL_AT="0")
    assert done.returncode == 130, (done.returncode, done.stderr)
    assert not os.path.exists(box.path("out2"))
    # While the machines are tried, before the first race.
    done = box.run(*RACE, "--report", "out3", command="compare", FAKE_RACE_SIGNAL_ARENA="1")
    assert done.returncode == 130 and "nothing was finished" in done.stderr, done
    assert not os.path.exists(box.path("out3"))


CASES = (a_report_is_a_page_and_charts_with_their_data,
         a_template_with_a_wrong_section_fails_the_build, the_same_input_gives_the_same_bytes,
         the_csv_says_what_the_trace_says, missing_parts_of_a_trace_are_named, a_layout_may_be_called_anything,
         a_cpu_may_be_called_anything, a_name_adds_no_row_to_a_chart,
         a_row_is_drawn_whatever_its_layout_is_called, a_ratio_of_0_is_drawn_at_the_edge,
         figures_without_a_spread_are_drawn,
         layouts_of_one_name_are_kept_apart, without_a_trace_the_page_says_how_to_get_one,
         the_words_follow_from_the_figures, the_summary_shows_every_order_against_both_bases,
         nothing_is_claimed_from_untrusted_rows, a_task_that_lost_its_cpu_is_marked,
         a_page_that_would_be_too_large_refers_to_its_charts, the_published_bars_are_drawn_once,
         two_results_are_compared_row_by_row,
         a_result_does_not_differ_from_itself, a_regression_is_an_exit_status,
         files_that_cannot_be_judged_do_not_pass, two_engines_in_two_files_are_matched,
         two_hosts_are_both_named,
         files_with_nothing_in_common_say_so, wrong_usage_is_refused, unreadable_files_are_refused,
         a_trace_that_is_missing_is_said, layouts_that_differ_are_named,
         a_folder_that_cannot_be_written_is_refused, a_full_disk_leaves_the_report_before,
         without_gnuplot_its_package_is_named, the_complaint_of_gnuplot_is_printed,
         gnuplot_gets_so_much_and_no_more, pictures_that_are_missing_are_gnuplots_failure,
         an_interrupt_leaves_nothing, compare_makes_the_report_too,
         compare_knows_beforehand_that_there_can_be_no_report,
         an_interrupted_comparison_is_reported_as_far_as_it_went)

if not shutil.which("gnuplot"):
    tap.skip_all("no gnuplot here")
sys.exit(tap.run(CASES, make=sandbox))
