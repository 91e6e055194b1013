#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: all places that hold the version of a release agree.

test_release.py SOURCE VERSION DATE
"""
import pathlib
import re
import sys

import tap


def the_debian_package_has_this_version(source, version, date):
    first = (source / "debian/changelog").read_text().splitlines()[0]
    assert re.match(r"umaple \(([^)]+)\) ", first).group(1) == version, first


def news_begins_with_this_version(source, version, date):
    heads = re.findall(r"^(\d+\.\d+\.\d+) \((.*)\)$", (source / "NEWS").read_text(), re.M)
    assert heads[0] == (version, date), heads


def the_symbol_versions_go_up_to_this_one(source, version, date):
    versions = re.findall(r"^UMAPLE_([\d.]+) \{", (source / "lib/maple_tree/umaple.map").read_text(),
                          re.M)
    assert versions[-1] == version.rpartition(".")[0], versions
    packaged = re.findall(r"\(symver\)UMAPLE_([\d.]+)",
                          (source / "debian/libumaple0.symbols").read_text())
    assert packaged == versions, packaged


def main():
    source = pathlib.Path(sys.argv[1])
    return tap.run([the_debian_package_has_this_version, news_begins_with_this_version,
                    the_symbol_versions_go_up_to_this_one], source, *sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
