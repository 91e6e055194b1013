#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""count.py JUNIT...: add up the test cases of Meson's JUnit logs.

Prints the cases that did not pass and, as the last line, `N passed, N failed, N skipped`.
A log that is missing or empty counts as a failure: tests that did not run have not passed.
"""
import os
import sys
import xml.etree.ElementTree as ET


def outcome(case):
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


def main(paths):
    total = {"passed": 0, "failed": 0, "skipped": 0}
    for path in paths:
        folder = path.split(os.sep)[0]
        try:
            cases = list(ET.parse(path).getroot().iter("testcase"))
        except (OSError, ET.ParseError) as error:
            print(f"failed: {folder}: {error}")
            total["failed"] += 1
            continue
        if not cases:
            print(f"failed: {folder}: no test ran")
            total["failed"] += 1
        for case in cases:
            result = outcome(case)
            total[result] += 1
            if result != "passed":
                print(f"{result}: {folder}: {case.get('classname', '')} {case.get('name')}")
    print(", ".join(f"{n} {what}" for what, n in total.items()))
    return 1 if total["failed"] or not total["passed"] else 0


sys.exit(main(sys.argv[1:]))
