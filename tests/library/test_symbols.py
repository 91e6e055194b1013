#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: the shared library exports what its header declares, each symbol with a version, and
neither form of the library contains the test hooks of the programs in this tree.

test_symbols.py LIBRARY ARCHIVE MAP HEADER...
"""
import pathlib
import re
import subprocess
import sys

import tap

VERSION = re.compile(r"UMAPLE_\d+\.\d+")


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def declared(headers):
    """The functions that the headers declare and do not define."""
    names = set()
    for header in headers:
        text = re.sub(r"^#(?:.*\\\n)*.*$", "", without_comments(header.read_text()), flags=re.M)
        names |= set(re.findall(r"^(?!static|typedef)(?:\w+ )+\*?(\w+)\([^;{}]*\);", text, re.M))
    return names


def in_map(path):
    text = without_comments(path.read_text())
    names = {}
    for version, body in re.findall(r"(\S+) \{(.*?)\}", text, re.S):
        body = body.split("local:")[0].replace("global:", "")
        for name in re.findall(r"([^\s;]+);", body):
            names[name] = version
    return names


def exported(library):
    output = subprocess.run(["nm", "-D", "--defined-only", library], check=True, text=True,
                            capture_output=True).stdout
    names = {}
    for line in output.splitlines():
        kind, symbol = line.split()[-2:]
        if kind == "A":
            continue
        name, _, version = symbol.partition("@@")
        names[name] = version
    return names


def all_symbols(path):
    """The names of a library or an archive, local and undefined ones too."""
    output = subprocess.run(["nm", path], check=True, text=True, capture_output=True).stdout
    return {line.split()[-1] for line in output.splitlines() if re.match(r"[0-9a-f ]+ \w ", line)}


def the_library_exports_the_headers_functions_and_nothing_else(library, archive, version_map, headers):
    have, want = set(exported(library)), declared(headers)
    assert len(want) > 40, want
    assert have == want, f"missing: {want - have}, too many: {have - want}"


def each_symbol_has_the_version_that_the_map_names(library, archive, version_map, headers):
    have, want = exported(library), in_map(version_map)
    assert have == want, f"{set(have.items()) ^ set(want.items())}"
    assert all(VERSION.fullmatch(version) for version in have.values()), have


def the_map_has_no_wildcards_but_that_for_local_symbols(library, archive, version_map, headers):
    assert without_comments(version_map.read_text()).count("*") == 1


def the_installed_library_has_no_test_hooks(library, archive, version_map, headers):
    for path in library, archive:
        names = all_symbols(path)
        assert "mas_store" in names, f"{path}: only {len(names)} symbols were read"
        hooks = {name for name in names if re.match(r"_*fault_", name)}
        assert not hooks, f"{path} has {hooks}"


def main():
    library, archive, version_map, *headers = map(pathlib.Path, sys.argv[1:])
    return tap.run([the_library_exports_the_headers_functions_and_nothing_else,
                    each_symbol_has_the_version_that_the_map_names,
                    the_map_has_no_wildcards_but_that_for_local_symbols,
                    the_installed_library_has_no_test_hooks],
                   library, archive, version_map, headers)


if __name__ == "__main__":
    sys.exit(main())
