#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Manual pages of section 3 from the comments of the library's headers.

man3.py --list HEADER...                      names of the pages
man3.py --version VERSION --date DATE -o DIR HEADER...    write them

A comment that begins with /** documents the declaration that follows it:

    name() - Short description.
    @argument: what it is.

    Paragraphs.

    Context: where it may be called.
    Return: what it returns.

One that begins with "DOC: name - description" becomes the page of the whole library; lines that
end in a colon and stand alone are its sections.
"""
import argparse
import pathlib
import re
import sys
import textwrap


class Error(Exception):
    pass


class Page:
    def __init__(self, name, short):
        self.name = name
        self.short = short
        self.synopsis = ""
        self.arguments = []
        self.sections = [("DESCRIPTION", [])]


def comment_lines(text):
    return [re.sub(r"^\s*\* ?", "", line).rstrip() for line in text.strip().splitlines()]


def declaration(source):
    """The prototype or macro head at the start of @source, without its body."""
    macro = re.match(r"#define (\w+\([^)]*\))", source)
    if macro:
        return macro.group(1)
    head = re.match(r"([^;{]*?)\s*[;{]", source)
    if not head:
        raise Error("no declaration after a comment")
    text = re.sub(r"\s+", " ", head.group(1)).removeprefix("static inline ")
    return text + ";"


def paragraphs(lines):
    found = [[]]
    for line in lines:
        if line:
            found[-1].append(line.strip())
        elif found[-1]:
            found.append([])
    return [" ".join(p) for p in found if p]


def parse_doc(lines):
    name, short = re.match(r"DOC: (\w+) - (.*)", lines[0]).groups()
    page = Page(name, short)
    for line in lines[1:]:
        if re.fullmatch(r"[A-Z][\w ]*:", line):
            page.sections.append((line[:-1].upper(), []))
        else:
            page.sections[-1][1].append(line)
    return page


def parse_call(lines, source):
    text = "\n".join(lines)
    head = re.match(r"(\w+)\(\) - ((?:.+\n?)+?)(?=@|\n|\Z)", text)
    if not head:
        raise Error(f"not 'name() - description': {lines[0]}")
    page = Page(head.group(1), " ".join(head.group(2).split()).rstrip("."))
    page.synopsis = declaration(source)
    if not re.search(rf"\b{page.name}\b", page.synopsis):
        raise Error(f"{page.name}: the comment stands before '{page.synopsis}'")
    where = None
    for line in text[head.end():].splitlines():
        argument = re.match(r"@(\w+): (.*)", line)
        tail = re.match(r"(Context|Return): (.*)", line)
        if argument:
            page.arguments.append((argument.group(1), [argument.group(2)]))
            where = page.arguments[-1][1]
        elif tail:
            page.sections.append(("CONTEXT" if tail.group(1) == "Context" else "RETURN VALUE",
                                  [tail.group(2)]))
            where = page.sections[-1][1]
        elif line and where is not None:
            where.append(line)
        elif not line and where is not None and where is not page.sections[-1][1]:
            where = page.sections[0][1]
        else:
            page.sections[0][1].append(line)
            where = page.sections[0][1]
    check(page, source)
    return page


def check(page, source):
    """Each argument is documented, each call says its context, and what it returns if anything."""
    inside = page.synopsis[page.synopsis.index("(") + 1:page.synopsis.rindex(")")]
    names = [re.search(r"(\w+)\s*$", a).group(1) for a in inside.split(",") if a.strip() != "void"]
    if names != [name for name, _ in page.arguments]:
        raise Error(f"{page.name}: arguments {names}, comment has "
                    f"{[name for name, _ in page.arguments]}")
    titles = [title for title, _ in page.sections]
    if "CONTEXT" not in titles:
        raise Error(f"{page.name}: no 'Context:'")
    if not page.synopsis.startswith("void ") or page.synopsis.startswith("void *"):
        if "RETURN VALUE" not in titles:
            raise Error(f"{page.name}: no 'Return:'")


def parse(path):
    source = path.read_text()
    pages = []
    for match in re.finditer(r"^/\*\*\n(.*?)\*/\n", source, re.S | re.M):
        lines = comment_lines(match.group(1))
        try:
            if lines[0].startswith("DOC: "):
                pages.append(parse_doc(lines))
            else:
                pages.append(parse_call(lines, source[match.end():]))
        except Error as error:
            line = source[:match.start()].count("\n") + 1
            raise Error(f"{path.name}:{line}: {error}") from error
    return pages


def roff(text, known=()):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = re.sub(r"@(\w+)", r"\\fI\1\\fR", text)
    text = re.sub(r"\b(\w+)\(\)",
                  lambda m: rf"\fB{m.group(1)}\fR(3)" if m.group(1) in known
                  else rf"\fB{m.group(1)}\fR()", text)
    text = re.sub(r"\b(umaple)\(3\)", r"\\fB\1\\fR(3)", text)
    return ("\\&" if text[:1] in (".", "'") else "") + text


def render(page, version, date, known):
    out = [f'.TH {page.name} 3 "{date}" "umaple {version}" "umaple"', ".SH NAME",
           f"{page.name} \\- {roff(page.short)}"]
    if page.synopsis:
        out += [".SH SYNOPSIS", ".nf", ".B #include <maple_tree.h>", ".PP"]
        out += [".B " + line for line in
                textwrap.wrap(page.synopsis, 70, subsequent_indent="\\ \\ \\ \\ ")] + [".fi"]
    if page.arguments:
        out.append(".SH ARGUMENTS")
        for name, lines in page.arguments:
            out += [".TP", f".I {name}", roff(" ".join(lines), known)]
    for title, lines in page.sections:
        found = paragraphs(lines)
        if not found and title == "DESCRIPTION" and page.synopsis:
            found = [page.short + "."]
        if not found:
            continue
        out.append(f".SH {title}")
        for i, paragraph in enumerate(found):
            out += [".PP"] * (i > 0) + [roff(paragraph, known)]
    out.append(".SH SEE ALSO")
    out.append("\\fBumaple\\fR(3)" if page.synopsis else
               ", ".join(f"\\fB{name}\\fR(3)" for name in sorted(known)))
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--version", default="")
    parser.add_argument("--date", default="")
    parser.add_argument("-o", dest="folder", type=pathlib.Path)
    parser.add_argument("headers", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    pages = [page for header in options.headers for page in parse(header)]
    if options.list:
        print("\n".join(page.name + ".3" for page in pages))
        return
    known = {page.name for page in pages if page.synopsis}
    for page in pages:
        (options.folder / (page.name + ".3")).write_text(render(page, options.version, options.date, known))


if __name__ == "__main__":
    try:
        main()
    except (Error, OSError) as error:
        sys.exit(f"man3.py: {error}")
