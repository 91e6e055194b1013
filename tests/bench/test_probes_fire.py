#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test_probes_fire.py PROBED_RACES WAITS_BT: what bpftrace sees of a race.

Description: probed_races runs a race per engine and order and prints what race_run() counted;
bpftrace, attached to its probes, must see the same: each contended lock once, under its class,
role, order and step, with the time that was waited, each reaper, and each page that went through a
gather. Wrong looks like a class under another's name, or the probes of one engine that never fire.
"""
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile

import tap

OTHERS = """
usdt:$1:umaple:contention_begin { @begun = count(); }
usdt:$1:umaple:contention_end { @ended = count(); }
usdt:$1:umaple:reap_start { @mm = arg0; @starts[str(arg1), arg2] = count(); }
usdt:$1:umaple:reap_end { @reaped = sum(arg1); @same_mm[arg0 == @mm] = count(); delete(@mm); }
usdt:$1:umaple:gather_flush { @gathered[arg1] = sum(arg2); }
"""


def trace(script, program):
    """Run `program` under a script: what it printed, and the maps left at the end."""
    command = ["bpftrace", "-f", "json", script, program, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    maps, own = {}, None
    for line in filter(str.strip, done.stdout.splitlines()):
        try:
            item = json.loads(line)
        except ValueError:  # a map that a script clears is printed as half an object
            continue
        if "races" in item:
            own = item
        elif item.get("type") in ("map", "stats", "hist"):
            maps.setdefault(item["type"], {}).update(item["data"])
    assert own, done.stdout + done.stderr
    return own, maps


def waits_are_those_that_were_counted(program, waits_bt):
    own, maps = trace(waits_bt, program)
    counted, waited = collections.Counter(), collections.Counter()
    for race in own["races"]:
        for lock in race["locks"]:
            order, _, step = race["order"].partition(":")
            key = ",".join((order, step or "1", lock["class"], lock["role"]))
            counted[key] += lock["contended"]
            waited[key] += lock["wait_ns"]
    seen = {key: value for key, value in maps["stats"]["@waited_ns"].items()
            if ",mmap_lock," not in key}
    assert {key: value["count"] for key, value in seen.items()} == +counted, (seen, counted)
    # On a busy machine one of the two may never have found a lock taken.
    assert counted["forward,1,ptl,reaper"] + counted["forward,1,ptl,exit"] > 0, counted
    for key, value in seen.items():
        # Each wait is rounded down by itself, and each sum of a race.
        assert abs(value["total"] - waited[key]) <= value["count"] + len(own["races"]), key
        buckets = maps["hist"]["@wait_ns"][key]
        assert sum(bucket["count"] for bucket in buckets) == value["count"], key


def reapers_and_gathers_are_seen_whole(program, _waits_bt):
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, "others.bt")
        with open(script, "w", encoding="utf-8") as file:
            file.write(OTHERS)
        own, maps = trace(script, program)
    maps, races = maps["map"], own["races"]
    assert maps["@begun"] == maps["@ended"] > 0, maps
    assert maps["@starts"] == {"forward,1": len(races) / 2, "reverse-fine,3": len(races) / 2}, maps
    assert maps["@same_mm"] == {"1": len(races)}, maps
    assert maps["@reaped"] == sum(race["reaped"] for race in races) > 0, maps
    assert sum(maps["@gathered"].values()) == own["gathered_per_race"] * len(races), maps
    assert set(maps["@gathered"]) == {"0", "1"}, maps


def main():
    if not shutil.which("bpftrace"):
        tap.skip_all("no bpftrace")
    works = subprocess.run(["bpftrace", "-e", "BEGIN { exit(); }"], capture_output=True)
    if works.returncode:
        tap.skip_all("bpftrace may not attach here")
    return tap.run((waits_are_those_that_were_counted, reapers_and_gathers_are_seen_whole),
                   *sys.argv[1:])


sys.exit(main())
