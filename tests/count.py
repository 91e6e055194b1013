#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""count.py BUILD...: add up the test cases of the last `meson test` in each build folder.

Prints the cases that did not pass and, as the last line, `N passed, N failed, N skipped`. A
program that fails outside its cases (a sanitizer's report at its end, a crash, a time-out) counts
as one failed case, and so does a folder without results: tests that did not run have not passed.
"""
import json
import os
import sys
import xml.etree.ElementTree as ET

GOOD = ("OK", "SKIP", "EXPECTEDFAIL")


def outcome(case):
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


def results(folder):
    """(outcome, test, case) of each case in a build folder."""
    logs = os.path.join(folder, "meson-logs")
    failed_cases = set()
    for suite in ET.parse(os.path.join(logs, "testlog.junit.xml")).getroot():
        for case in suite.iter("testcase"):
            result = outcome(case)
            # Programs that speak TAP are suites of their own; the others are cases of one suite.
            test = suite.get("name") if " / " in suite.get("name") else case.get("name")
            if result == "failed":
                failed_cases.add(test.split(" / ")[-1])
            yield result, test, case.get("name")
    with open(os.path.join(logs, "testlog.json"), encoding="utf-8") as lines:
        for program in map(json.loads, lines):
            name = program["name"].split(" / ")[-1]
            if program["result"] not in GOOD and name not in failed_cases:
                yield "failed", program["name"], f"{program['result']}, status {program['returncode']}"


def main(folders):
    total = {"passed": 0, "failed": 0, "skipped": 0}
    for folder in folders:
        before = dict(total)
        try:
            for result, test, case in results(folder):
                total[result] += 1
                if result != "passed":
                    print(f"{result}: {folder}: {test}: {case}")
        except (OSError, ET.ParseError, ValueError) as error:
            print(f"failed: {folder}: {error}")
            total["failed"] += 1
        if total == before:
            print(f"failed: {folder}: no test ran")
            total["failed"] += 1
    print(", ".join(f"{n} {what}" for what, n in total.items()))
    return 1 if total["failed"] or not total["passed"] else 0


sys.exit(main(sys.argv[1:]))
