#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test_man_options.py PROGRAM PAGE: the manual page has every option of the commands that race.

Description: each long option that `reapbench COMMAND --help` lists stands in the command's synopsis,
and has an entry, with its letter if it has one, in the command's section or in that of thaw or compare. The
synopsis has no other options. Wrong looks like an option that was added, or went, without the page.
"""
import re
import subprocess
import sys

import tap

COMMANDS = ("compare", "race", "live", "thaw", "mrelease", "pressure", "scenario", "replay")
EVERYWHERE = {"help", "usage", "version"}
OPTION = re.compile(r"^  (?:-(\S), |    )--([a-z][a-z-]*)", re.MULTILINE)


class Page:
    def __init__(self, program, path):
        self.program = program
        with open(path, encoding="utf-8") as file:
            text = file.read().replace("\\-", "-")
        synopsis, self.body = text.split(".Sh DESCRIPTION\n")
        self.forms = synopsis.split(".Sh SYNOPSIS\n")[1].split(".Nm\n")

    def synopsis(self, command):
        """The long options in the forms of a command."""
        forms = [form for form in self.forms if form.startswith(f".Cm {command}\n")]
        assert forms, f"{command} has no synopsis"
        return set(re.findall(r" -([a-z][a-z-]*)", "".join(forms)))

    def section(self, command):
        return re.search(rf"^\.Ss {command}\n(.*?)(?=^\.S[sh] )", self.body,
                         re.MULTILINE | re.DOTALL).group(1)

    def help(self, command):
        """Long option -> letter, which may be empty."""
        text = subprocess.run([self.program, command, "--help"], check=True, capture_output=True,
                              text=True).stdout
        found = {long: letter for letter, long in OPTION.findall(text)}
        assert EVERYWHERE & set(found) and set(found) - EVERYWHERE, f"{command}: {text}"
        return {long: letter for long, letter in found.items() if long not in EVERYWHERE}


def the_synopsis_has_the_options_of_help(page):
    for command in COMMANDS:
        known = set(page.help(command))
        assert page.synopsis(command) == known, (command, page.synopsis(command) ^ known)


def each_option_is_explained(page):
    for command in COMMANDS:
        for long, letter in page.help(command).items():
            name = rf"{letter} , Fl -{long}" if letter else f"-{long}"
            entry = re.compile(rf"^\.It Fl {re.escape(name)}(?: |$)", re.MULTILINE)
            assert any(entry.search(page.section(place)) for place in (command, "thaw", "compare")), \
                f"{command}: no entry for {name}"


if __name__ == "__main__":
    sys.exit(tap.run([the_synopsis_has_the_options_of_help, each_option_is_explained],
                     Page(*sys.argv[1:3])))
