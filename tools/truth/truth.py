#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The model held against the running kernel.

Reads what 'reapbench live --json' wrote, prints a table (Markdown) with a row for each layout, and
fails if the model contradicts the kernel.

Exit status: 0 agreed; 1 contradicted, or a ratio missed by more than the limit; 2 wrong usage.
"""
import argparse
import json
import sys

LIMIT = 0.25  # a ratio of the model may miss the kernel's by so much


class Failure(Exception):
    """Something to say in one line."""


def number(value):
    """Three digits that count."""
    if value is None:
        return "-"
    if value >= 100 or value == 0:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}"


def ratio(figure):
    """'.72 [.67 .81]'."""
    if not figure:
        return "-"
    parts = [f"{figure[key]:.2f}".removeprefix("0") for key in ("median", "lo", "hi")]
    return f"{parts[0]} [{parts[1]} {parts[2]}]"


def side(figure):
    """Which side of 1 an interval lies on; 0: it holds 1."""
    if not figure:
        return 0
    return 1 if figure["lo"] > 1 else -1 if figure["hi"] < 1 else 0


def median(row, *keys):
    """The median of a figure; None where the file does not have it."""
    for key in keys:
        row = row.get(key) if row else None
    return row["median"] if row else None


def contended(row):
    """How often both tasks found a ptl taken."""
    return median(row, "contended", "ptl", "both")


def miss(pair):
    """By which part the model's ratio misses the kernel's; None if one is unknown."""
    if not pair[0] or not pair[1]:
        return None
    quotient = pair[1]["median"] / pair[0]["median"]
    return max(quotient, 1 / quotient) - 1


class Row:
    """One layout: the kernel's figures, the model's, and what is wrong with them."""

    def __init__(self, layout, r):
        kernel, model = layout["kernel"], layout["model"]
        if not model:
            raise Failure(f"{layout['layout']}: the file is without the model (--no-model)")
        self.name = layout["layout"]
        self.wall = kernel["vs_solo"]["wall"], model["vs_solo"]["wall"]
        self.cpu = kernel["vs_solo"]["running"], model["vs_solo"]["running"]
        self.page = (median(kernel["solo"], "cpu_ns_per_page"),
                     median(model["solo"], "cpu_ns_per_page"))
        self.ptl = contended(kernel.get("mrelease")), contended(model.get("mrelease"))
        self.r = r.get(self.name, (None, None))
        self.faults = []
        for what, pair in (("wall", self.wall), ("CPU", self.cpu)):
            self.judge(what, pair)

    def judge(self, what, pair):
        """Note a sign that is opposite, or else a ratio that is too far off."""
        off = miss(pair)
        if side(pair[0]) * side(pair[1]) < 0:
            self.faults.append(f"{what}: opposite sign")
        elif off is not None and off > LIMIT:
            self.faults.append(f"{what}: off by {off:.0%}")

    def text(self):
        """The row of the table."""
        cells = [self.name, ratio(self.wall[0]), ratio(self.wall[1]), ratio(self.cpu[0]),
                 ratio(self.cpu[1])]
        cells += [f"{number(a)} / {number(b)}" for a, b in (self.page, self.r, self.ptl)]
        return "| " + " | ".join(cells + ["; ".join(self.faults) or "agrees"]) + " |"


def apart(pair, least=0):
    """By which factor two figures differ; None where there is nothing to compare."""
    a, b = pair
    if a is None or b is None or not a > least:
        return None
    return max(a, b) / min(a, b) if min(a, b) > 0 else float("inf")


def goal(name, figures, value_of, limit):
    """A line on one goal: figures is a value for each layout."""
    known = [f for f in figures if f is not None]
    if not known:
        return f"- {name}: not measured"
    value = value_of(known)
    shown = (f"{value:.0%}", f"{limit:.0%}") if limit < 1 else (f"{value:.1f}", f"{limit:.0f}")
    word = "met" if value <= limit else "**missed**"
    return f"- {name}: {shown[0]}, wanted {shown[1]} at most: {word} ({len(known)} layouts)"


def mean(values):
    """The arithmetic mean."""
    return sum(values) / len(values)


def goals(rows):
    """A line for each goal."""
    r = [apart(row.r) for row in rows]
    return [
        goal("wall ratio, mean miss", [miss(row.wall) for row in rows], mean, 0.15),
        goal("CPU ratio, mean miss", [miss(row.cpu) for row in rows], mean, 0.15),
        goal("ns per page, largest factor", [apart(row.page) for row in rows], max, 2),
        goal("r, largest miss", [None if f is None else f - 1 for f in r], max, 0.3),
        goal("contended ptl where the kernel has over ten, largest factor",
             [apart(row.ptl, 10) for row in rows], max, 2),
    ]


def read(name):
    """A file of 'reapbench live --json'."""
    try:
        with open(name, encoding="utf-8") as file:
            document = json.load(file)
    except (OSError, ValueError) as error:
        raise Failure(f"{name}: {error}") from error
    if not isinstance(document, dict) or document.get("schema") != "umaple.live/1":
        raise Failure(f"{name}: not a file of 'reapbench live --json'")
    return document


def read_r(name):
    """A layout, the kernel's r and the model's, in each line."""
    table = {}
    try:
        with open(name, encoding="utf-8") as file:
            for line in file:
                layout, kernel, model = line.split()
                table[layout] = float(kernel), float(model)
    except (OSError, ValueError) as error:
        raise Failure(f"{name}: {error}") from error
    return table


def make_rows(documents, r):
    """All layouts of all files."""
    try:
        rows = [Row(layout, r) for document in documents for layout in document["layouts"]]
    except (KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise Failure(f"a file is damaged: {error!r}") from error
    if not rows:
        raise Failure("no layout was measured")
    return rows


def report(documents, rows):
    """The table and the goals, on standard output."""
    host, reps = documents[0]["host"], documents[0]["options"]["reps"]
    print(f"{host['cpu']}, {host['cores']} cores, {host['kernel']}, {host['date']}; {reps} kills of "
          "each kind.\n")
    print("| layout | wall, kernel | wall, model | CPU, kernel | CPU, model "
          "| ns per page, k / m | r, k / m | contended ptl, k / m | |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        print(row.text())
    print()
    for line in goals(rows):
        print(line)


def main():
    """Read, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--r", metavar="FILE",
                        help="lines of a layout, the kernel's r and the model's")
    parser.add_argument("file", nargs="+", help="what 'reapbench live --json' wrote")
    options = parser.parse_args()
    try:
        documents = [read(name) for name in options.file]
        rows = make_rows(documents, read_r(options.r) if options.r else {})
        report(documents, rows)
    except Failure as error:
        sys.exit(f"truth: {error}")
    faults = [f"{row.name}: {fault}" for row in rows for fault in row.faults]
    for fault in faults:
        print(f"truth: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
