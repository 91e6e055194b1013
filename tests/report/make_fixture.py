#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Write a result file with its trace, for tests of the report. ALL NUMBERS ARE MADE UP: two
walkers that step through a list of page tables stand in for a race. Nothing here was measured.

usage: make_fixture.py RESULT.json [--layout NAME]... [--order LIST] [--tables N] [--pages N]
                       [--reps N] [--traced N] [--slower FACTOR] [--engine LIST] [--lock KIND]
                       [--no-trace] [--old] [--cpu NAME]
"""
import argparse
import gzip
import json
import random
import statistics

WORK, FREE, TLB = 8000, 3000, 1500  # ns per table
CLASSES = ("ptl", "lruvec", "zone", "swap")
MARKS = ("50", "90", "99", "100")


def interval(values, whole=True):
    lo, mid, hi = min(values), statistics.median(values), max(values)
    return {"median": round(mid), "lo": round(lo), "hi": round(hi)} if whole else \
        {"median": float(mid), "lo": float(lo), "hi": float(hi)}


def walk_order(order, tables):
    """The tables in the order in which the reaper takes them; a VMA has eight tables."""
    vmas = [list(range(i, min(i + 8, tables))) for i in range(0, tables, 8)]
    if order.startswith("reverse"):
        vmas.reverse()
        if order.startswith("reverse-fine"):
            vmas = [vma[::-1] for vma in vmas]
    return [table for vma in vmas for table in vma]


class Role:
    def __init__(self, path):
        self.path = path
        self.at = 0
        self.clock = 0
        self.visits = {"t": [], "page": [], "table": [], "wait": []}
        self.waits = {c: {"t": [], "wait": []} for c in CLASSES[1:]}
        self.freed = {"t": [], "pages": []}
        self.pages = 0
        self.time = dict.fromkeys(("under_ptl", "ptl_wait", "lruvec_wait", "zone_wait",
                                   "swap_wait", "mmap_lock_wait", "tlb", "free", "other"), 0)

    def spend(self, bucket, ns):
        self.clock += ns
        self.time[bucket] += ns


def step(role, owner, left, tables, pages, rng, slower):
    """One table: wait for its lock, empty it if it is full, give its pages back."""
    table = role.path[role.at]
    role.at += 1
    wait = max(0, owner.get(table, 0) - role.clock)
    role.spend("ptl_wait", wait)
    role.visits["t"].append(role.clock)
    role.visits["page"].append(table * pages // tables)
    role.visits["table"].append(table)
    role.visits["wait"].append(wait)
    full = table in left
    left.discard(table)
    role.spend("under_ptl", round((WORK if full else 300) * slower * rng.uniform(0.9, 1.1)))
    owner[table] = role.clock
    if not full:
        return
    role.spend("tlb", round(TLB * rng.uniform(0.9, 1.1)))
    role.spend("free", round(FREE * rng.uniform(0.9, 1.1)))
    for name, chance in (("lruvec", 0.1), ("zone", 0.05), ("swap", 0.02)):
        if rng.random() < chance:
            wait = rng.randrange(50, 2000)
            role.spend(name + "_wait", wait)
            role.waits[name]["t"].append(role.clock)
            role.waits[name]["wait"].append(wait)
    role.pages += (table + 1) * pages // tables - table * pages // tables
    role.freed["t"].append(role.clock)
    role.freed["pages"].append(role.pages)
    role.spend("other", 200)


def race(order, tables, pages, rng, slower):
    roles = {"exit": Role(list(range(tables)))}
    if order != "solo":
        roles["reaper"] = Role(walk_order(order, tables))
        roles["reaper"].spend("other", 2000)
    owner, left = {}, set(range(tables))
    while True:
        going = [r for r in roles.values() if r.at < len(r.path)]
        if not going:
            return roles
        step(min(going, key=lambda r: r.clock), owner, left, tables, pages, rng, slower)


def free_times(roles, pages):
    events = []
    for role in roles.values():
        before = 0
        for t, n in zip(role.freed["t"], role.freed["pages"]):
            events.append((t, n - before))
            before = n
    events.sort()
    times, so_far, marks = {}, 0, list(MARKS)
    for t, n in events:
        so_far += n
        while marks and so_far * 100 >= pages * int(marks[0]):
            times[marks.pop(0)] = t
    return times


def result_of(args, layout, engine, order, races):
    nothing = Role([])
    get = lambda role, f: [f(r.get(role, nothing)) for r in races]
    by_role = lambda f, whole=True: {role: interval(get(role, f), whole)
                                     for role in ("exit", "reaper")}
    waits = lambda c: (lambda r: r.time[c + "_wait"])
    counts = {c: (lambda r, c=c: len(r.waits[c]["t"])) for c in CLASSES[1:]}
    counts["ptl"] = lambda r: sum(w > 0 for w in r.visits["wait"])
    running = [sum(r.clock for r in roles.values()) for roles in races]
    wall = [max(r.clock for r in roles.values()) for roles in races]
    free = [free_times(roles, args.pages) for roles in races]
    both = lambda f: [sum(f(r) for r in roles.values()) for roles in races]
    samples = {"wall_ns": wall, "running_ns": running}
    if not args.old:
        samples.update({
            "ptl_wait_ns": both(lambda r: r.time["ptl_wait"]),
            "ptl_contended": both(counts["ptl"]),
            "other_wait_ns": both(lambda r: sum(r.time[c + "_wait"] for c in CLASSES[1:])),
            "free_100_ns": [f["100"] for f in free]})
    actors = [{"role": "exit", "task": "exit", "operation": "exit_mm", "order": "forward",
               "delay_us": 0, "cpu": 0}]
    if order != "solo":
        actors.append({"role": "reaper", "task": "oom_reaper", "operation": "oom_reap_task",
                       "order": order, "delay_us": 0, "cpu": 1})
    return {
        "layout": layout, "engine": engine, "order": order, "reapers": int(order != "solo"),
        "reps": len(races), "disturbed": 1, "disturbed_kept": 0, "wall_ns": interval(wall),
        "exit_ns": interval(get("exit", lambda r: r.clock)),
        "reaper_ns": interval(get("reaper", lambda r: r.clock)),
        "running_ns": interval(running),
        "wait_ns": {c: by_role(waits(c)) for c in CLASSES},
        "contended": {c: by_role(counts[c], False) for c in CLASSES},
        "mmap_lock_wait_ns": by_role(lambda r: 0),
        "unmap_wait_share": by_role(lambda r: r.time["ptl_wait"] / max(1, r.clock), False),
        "pages": by_role(lambda r: r.pages, False),
        "free_ns": {m: interval([f[m] for f in free]) for m in MARKS},
        "cpu_ns_per_page": interval([n / args.pages for n in running], False),
        "r": interval([0.5, 0.51], False), "overhead": interval([1.0, 1.01], False),
        "trace_overhead": None if args.old else interval([1.02, 1.03], False),
        "vs_forward": None, "vs_solo": None, "samples": samples,
        **({} if args.old else {"actors": actors})}


def trace_line(args, layout, engine, order, rep, roles):
    return {
        "layout": layout, "engine": engine, "order": order, "rep": rep, "disturbed": False,
        "wall_ns": max(r.clock for r in roles.values()), "pages": args.pages,
        "tables": args.tables, "pages_to_free": args.pages,
        "roles": {name: {"wall_ns": r.clock, "cpu_ns": r.clock, "lost": 0, "visits": r.visits,
                         "waits": r.waits, "freed": r.freed, "time_ns": r.time}
                  for name, r in roles.items()}}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("json")
    parser.add_argument("--layout", action="append")
    parser.add_argument("--order", default="solo,forward,reverse,reverse-fine")
    parser.add_argument("--engine", default="maple")
    parser.add_argument("--tables", type=int, default=64)
    parser.add_argument("--pages", type=int, default=20000)
    parser.add_argument("--reps", type=int, default=11)
    parser.add_argument("--traced", type=int, default=5)
    parser.add_argument("--slower", type=float, default=1)
    parser.add_argument("--lock", default="ticket")
    parser.add_argument("--tlb", default="lazy")
    parser.add_argument("--frames", default="by size")
    parser.add_argument("--cpu", default="Made-up CPU")
    parser.add_argument("--no-trace", action="store_true")
    parser.add_argument("--old", action="store_true")
    args = parser.parse_args()
    rng = random.Random(1)
    stem = args.json[:-len(".json")]
    results, lines = [], [{"schema": "umaple.trace/1"}]
    layouts = args.layout or ["made-up"]
    for layout in layouts:
        for engine in args.engine.split(","):
            for order in args.order.split(","):
                run = lambda: race(order, args.tables, args.pages, rng, args.slower)
                results.append(result_of(args, layout, engine, order,
                                         [run() for _ in range(args.reps)]))
                lines += [trace_line(args, layout, engine, order, rep, run())
                          for rep in range(0 if args.no_trace else args.traced)]
    document = {
        "schema": f"umaple.reap/{1 if args.old else 2}",
        "host": {"cpu": args.cpu, "cores": 2, "kernel": "Linux 0.0", "compiler": "none",
                 "flags": "", "date": "2026-01-01T00:00:00Z"},
        "options": {"lock": args.lock, "tlb": args.tlb, "frames": args.frames, "pin": [0, 1], "scale": 1,
                    "reps": args.reps, "command_line": "made up by make_fixture.py"},
        "interrupted": False,
        "layouts": [{"name": layout, "rule": "made up", "vmas": args.tables // 8,
                     "pte_tables": args.tables,
                     "pages": {"anon": args.pages, "file": 0, "swap": 0, "huge": 0}}
                    for layout in layouts],
        "results": results}
    if args.old:
        del document["options"]["frames"]
        document["options"]["tlb"] = "membarrier"
    else:
        document["trace"] = None if args.no_trace else \
            {"file": stem.rsplit("/", 1)[-1] + ".trace.gz", "reps": args.traced}
    with open(args.json, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
    if not args.no_trace and not args.old:
        with gzip.GzipFile(stem + ".trace.gz", "w", mtime=0) as file:
            for line in lines:
                file.write((json.dumps(line) + "\n").encode())


main()
