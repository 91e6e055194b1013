#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: flamegraph and flamediff write XML whatever the names are, and boxes of the right
place, width and colour. Sizes are worked out by hand. Wrong is markup that came from a name, a box
that is not as wide as its share, or a change that only a colour shows.

usage: test_svg.py FOLDER_OF_THE_FILTERS
"""
import re
import sys
import tempfile
import xml.etree.ElementTree as ET

import tap
from filters import good, refused, run

NS = {"s": "http://www.w3.org/2000/svg"}
FOLDED = "exit;zap 60\noom;zap 10\noom;zap;__pte_offset_map_lock 30\n"
HOSTILE = [b"<script>alert(1)</script>", b"\"quoted\" and 'quoted'", b"a && b &amp &#1", b"]]>",
           b"<![CDATA[", b"<!--", b"\x01\x02\x1b[2J", b"\xff\xfe\x80 not utf-8", b"\xed\xa0\x80",
           b"std::map<std::pair<int, char>, " + b"std::vector<int> > " * 300 + b">::at(int&&)",
           "混合ñ\U0001f341".encode(), b"%s%n%d", b"\\u003cscript",
           b"no\xef\xbf\xbfne", b"tab\there"]


class Box:
    """A box as it is drawn, without scripts."""

    def __init__(self, group):
        rect, label = group.find("s:rect", NS), group.find("s:text", NS)
        says = group.find("s:title", NS).text.split("\n")
        self.name, self.says = says[0], says[1:]
        self.x, self.y = float(rect.get("x")), float(rect.get("y"))
        self.width, self.fill = float(rect.get("width")), rect.get("fill")
        self.label = label.text if label is not None else None


def picture(text):
    """The boxes of a picture by name, the last of each, its notes and its whole text."""
    root = ET.fromstring(text)
    boxes = [Box(group) for group in root.findall(".//s:g[@class='f']", NS)]
    assert boxes and boxes[0].name == "all"
    return {box.name: box for box in boxes}, root, " ".join(root.itertext())


def diff(before, after, *args):
    with tempfile.NamedTemporaryFile() as file:
        file.write(before if isinstance(before, bytes) else before.encode())
        file.flush()
        return good("flamediff", *args, file.name, "-", stdin=after)


def redness(fill):
    return int(fill[1:3], 16) - int(fill[5:7], 16)


def lightness(fill):
    return sum(int(fill[at:at + 2], 16) for at in (1, 3, 5))


def widths_are_shares():
    boxes, root, _ = picture(good("flamegraph", "--width", "1000", stdin=FOLDED))
    assert (boxes["all"].x, boxes["all"].width) == (0, 1000)
    assert (boxes["exit"].x, boxes["exit"].width) == (0, 600)
    assert (boxes["oom"].x, boxes["oom"].width) == (600, 400)
    lock = boxes["__pte_offset_map_lock"]
    assert (lock.x, lock.width) == (700, 300)  # behind what its caller did itself
    assert lock.says == ["30 samples", "30.00 % of all", "75.00 % of its caller"], lock.says
    assert root.get("width") == "1000"


def callees_stand_on_their_callers():
    boxes, _, _ = picture(good("flamegraph", stdin=FOLDED))
    rows = [boxes[name].y for name in ("all", "oom", "zap", "__pte_offset_map_lock")]
    assert rows == sorted(rows, reverse=True) and len(set(rows)) == 4, rows
    boxes, _, text = picture(good("flamegraph", "--inverted", stdin=FOLDED))
    assert [boxes[name].y for name in ("all", "oom", "zap")] == list(reversed(rows))[:3]
    assert "stands below it" in text


def the_same_input_gives_the_same_bytes():
    first = good("flamegraph", stdin=FOLDED)
    assert first == good("flamegraph", stdin="".join(reversed(FOLDED.splitlines(True))))
    assert diff(FOLDED, FOLDED) == diff(FOLDED, FOLDED)


def waits_for_locks_stand_out_and_are_in_the_legend():
    boxes, root, _ = picture(good("flamegraph", stdin=FOLDED + "exit;clear_page_[k] 5\n"))
    fills = {name: boxes[name].fill for name in ("zap", "__pte_offset_map_lock", "clear_page_[k]")}
    assert len(set(fills.values())) == 3, fills
    keys = ["".join(key.itertext()) for key in root.findall(".//s:g[@class='key']", NS)]
    assert keys == ["function", "function of the kernel", "takes or waits for a lock"], keys
    _, root, _ = picture(good("flamegraph", stdin="a;b 1\n"))
    assert len(root.findall(".//s:g[@class='key']", NS)) == 1


def titles_and_units_are_shown():
    boxes, root, text = picture(good("flamegraph", "--title", "A <title>", "--subtitle", "of 5 & 6",
                                     "--unit", "ns", "-m", "0", stdin="a;b 1234567\na;c 1\n"))
    assert root.find("s:title", NS).text == "A <title>" == root.get("aria-label")
    assert "of 5 & 6" in text and "1,234,568 ns" in text
    assert boxes["c"].says[0] == "1 ns" and boxes["b"].says[0] == "1,234,567 ns"
    assert picture(good("flamegraph", stdin="a 1\n"))[0]["a"].says[0] == "1 sample"


def narrow_boxes_are_left_out_and_counted():
    lines = "a 990\nb;c 5\nb;d 4\ne 1\n"
    boxes, _, text = picture(good("flamegraph", "-W", "1000", "--min-width", "4.5", stdin=lines))
    assert set(boxes) == {"all", "a", "b", "c"}, boxes
    assert "narrower than 4.500 px, 2 of them, in which 0.50 % of all samples end" in text, text
    assert "Not drawn" not in picture(good("flamegraph", "-m", "0", stdin=lines))[2]


def labels_are_clipped_to_their_boxes():
    name = "a_function_with_a_long_name"
    boxes, _, _ = picture(good("flamegraph", "-W", "1000", stdin=f"{name};x 100\nb 900\n"))
    assert boxes["all"].label == "all" and boxes["b"].label == "b"
    assert boxes[name].label == "a_function_\u2026", boxes[name].label
    boxes, _, _ = picture(good("flamegraph", "-W", "1000", stdin=f"{name} 1\nb 99\n"))
    assert boxes[name].label is None


def hostile_names_stay_text():
    lines = b"".join(b"main;" + name + b";" + name + b" 7\n" for name in HOSTILE)
    for text in (good("flamegraph", "-m", "0", stdin=lines), diff(lines, lines, "-m", "0"),
                 diff(lines, b"main 1\n")):
        root = ET.fromstring(text)
        assert len(root.findall(".//s:script", NS)) == 1
        assert len(root.findall(".//s:style", NS)) == 1
    boxes, _, _ = picture(good("flamegraph", "-m", "0", stdin=lines))
    # The first box, main, and one for each name: none was lost, none is two.
    assert len(boxes) == len(HOSTILE) + 2, [name[:30] for name in boxes]
    for name in HOSTILE:
        text = name.decode(errors="ignore")
        if text.encode() == name and text.isprintable():
            assert text in boxes, name


def hostile_titles_stay_text():
    for title in ("<script>", "\"><script>", "]]>", "&", "\x01", "a" * 5000):
        root = ET.fromstring(good("flamegraph", "-t", title, "-s", title, "-u", title[:300],
                                  stdin=FOLDED))
        assert root.find("s:title", NS).text == title.replace("\x01", "\ufffd")


def boxes_are_coloured_by_what_changed():
    boxes, _, _ = picture(diff("a;x 50\na;y 50\n", "a;x 20\na;y 80\n"))
    assert redness(boxes["y"].fill) > 60 > 0 > -60 > redness(boxes["x"].fill)
    assert abs(redness(boxes["a"].fill)) < 20
    assert boxes["y"].says == ["grew by 30.00 percentage points", "before 50 samples, 50.00 %",
                               "after 80 samples, 80.00 %"], boxes["y"].says
    assert boxes["x"].says[0] == "shrank by 30.00 percentage points"
    assert boxes["a"].says[0] == "unchanged"


def the_scale_is_the_same_on_both_sides():
    # Half the change is half the way to the strongest colour, whichever direction.
    boxes, root, text = picture(diff("a 40\nb 20\nc 20\nd 20\n", "a 20\nb 40\nc 30\nd 10\n"))
    red = {name: redness(boxes[name].fill) for name in "abcd"}
    assert red["b"] > 0 and red["c"] > 0 and red["a"] < 0 and red["d"] < 0, red
    assert lightness(boxes["b"].fill) < lightness(boxes["c"].fill)
    assert lightness(boxes["a"].fill) < lightness(boxes["d"].fill)
    assert "shrank by up to 20.00 percentage points" in text
    assert "grew by up to 20.00 percentage points" in text
    fills = [rect.get("fill") for rect in root.findall(".//s:g[@class='key']/s:rect", NS)]
    assert len(fills) == 13 and fills[0] == boxes["a"].fill and fills[-1] == boxes["b"].fill


def shares_are_compared_unless_raw():
    boxes, _, _ = picture(diff("a;x 5\na;y 5\n", "a;x 50\na;y 50\n"))
    assert boxes["x"].says[0] == "unchanged"
    boxes, _, text = picture(diff("a;x 5\na;y 5\n", "a;x 50\na;y 50\n", "--raw"))
    assert boxes["x"].says[0] == "grew by 45 samples", boxes["x"].says
    assert redness(boxes["x"].fill) > 0 and "grew by up to 90 samples" in text
    assert "percentage points" not in text


def nothing_changed_is_said():
    boxes, root, text = picture(diff(FOLDED, FOLDED))
    assert all(box.says[0] == "unchanged" for box in boxes.values())
    assert len({box.fill for box in boxes.values()}) == 1
    assert len(root.findall(".//s:g[@class='key']", NS)) == 1, text


def functions_that_are_gone_are_listed():
    before = "a;x 60\na;gone;deep 30\n" + "".join(f"a;g{i} 1\n" for i in range(10))
    _, _, text = picture(diff(before, "a;x 5\na;new 5\n"))
    assert "Only before: gone, in a: 30 samples, 30.00 %." in text, text
    assert "deep" not in text
    assert "Only before: g0, in a: 1 sample, 1.00 %." in text
    assert "Only before: 5 more, 5 samples together." in text
    boxes, _, text = picture(diff(before, "a;x 5\na;new 5\n", "--before"))
    assert "deep" in boxes and "new" not in boxes
    assert boxes["gone"].says == ["shrank by 30.00 percentage points",
                                  "before 30 samples, 30.00 %", "after 0 samples, 0.00 %"]
    assert "Only after: new, in a: 5 samples, 50.00 %." in text


def functions_that_are_nearly_gone_are_listed():
    before, after = "a;c;gone 40000\na;x 60000\n", "a;c 5\na;x 100000\n"
    boxes, _, text = picture(diff(before, after))
    assert "Hardly any after: c, in a: 40,000 samples, 40.00 % -> 0.00 %." in \
        text.replace("&gt;", ">"), text
    assert "c" not in boxes and "gone" not in text
    assert "shrank by up to 40.00 percentage points" in text
    _, _, text = picture(diff(after, before, "--before"))
    assert "Hardly any before: c, in a: 40,000 samples, 0.00 % -> 40.00 %." in \
        text.replace("&gt;", ">"), text
    # Boxes that are narrow on both sides are counted and get no line.
    _, _, text = picture(diff("a;c 5\na;x 100000\n", "a;c 6\na;x 100000\n"))
    assert "Hardly any" not in text and "Not drawn" in text
    many = "".join(f"a;g{i};y 1000\n" for i in range(8)) + "a;x 1000000\n"
    _, _, text = picture(diff(many, "".join(f"a;g{i};y 1\n" for i in range(8)) +
                              "a;x 1000000\n"))
    assert "Only or nearly only before: 2 more, 2,000 samples together." in text, text


def widths_of_a_difference_are_those_after():
    boxes, _, _ = picture(diff("a 10\nb 90\n", "a 80\nb 20\n", "-W", "1000"))
    assert boxes["a"].width == 800
    boxes, _, _ = picture(diff("a 10\nb 90\n", "a 80\nb 20\n", "-W", "1000", "-b"))
    assert boxes["a"].width == 100


def weights_up_to_2_to_the_63_are_exact():
    most = 1 << 63
    boxes, _, text = picture(good("flamegraph", stdin=f"a {most - 1}\nb 1\n"))
    assert boxes["a"].width == 1200 and f"{most:,} samples" in text
    boxes, _, _ = picture(diff(f"a {most}\n", f"a {most // 2}\nb {most // 2}\n"))
    assert boxes["a"].says[0] == "shrank by 50.00 percentage points"


def nothing_comes_from_outside():
    text = good("flamegraph", stdin=FOLDED)
    places = set(re.findall(r"https?://[^\s\"']*", text))
    assert places == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"}, places
    assert not re.search(r"\bid=|href|@import|url\(", text)


def bad_input_and_usage_are_refused():
    refused("flamegraph", stdin="", words=("standard input: there are no stacks",))
    refused("flamegraph", stdin="a;b 1\nx\n", words=("standard input:2:", "fold"))
    refused("flamegraph", stdin="a 0\n", words=("all weights are 0",))
    refused("flamegraph", "/nonexistent/file", words=("No such file",))
    refused("flamegraph", "a", "b", status=2, words=("one file",))
    for option, value in (("--width", "199"), ("--width", "20001"), ("--width", "1e3"),
                          ("--min-width", "-1"), ("--min-width", "0.1234"), ("--min-width", "")):
        refused("flamegraph", option, value, stdin=FOLDED, status=2, words=(option, f"'{value}'"))
    for args in ([], ["a"], ["a", "b", "c"], ["-", "-"]):
        refused("flamediff", *args, status=2, words=("two files",))
    refused("flamediff", "/nonexistent/file", "-", stdin=FOLDED, words=("/nonexistent/file",))
    refused("flamediff", "-", "/dev/null", stdin=FOLDED, words=("/dev/null: there are no stacks",))
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(FOLDED)
        file.flush()
        refused("flamediff", file.name, "-", stdin="exit;zap 0\n", words=("all weights are 0",))
    refused("flamediff", "/dev/null", "-", stdin=FOLDED, words=("/dev/null: there are no stacks",))


def help_is_there():
    for name in ("fold", "flamegraph", "flamediff", "calltree"):
        text = good(name, "--help")
        assert text.startswith(f"Usage: {name} ") and text.count("\n") < 24
        assert max(map(len, text.splitlines())) <= 100
        assert run(name, "--help", "--nonsense").returncode == 0


CASES = (widths_are_shares, callees_stand_on_their_callers, the_same_input_gives_the_same_bytes,
         waits_for_locks_stand_out_and_are_in_the_legend, titles_and_units_are_shown,
         narrow_boxes_are_left_out_and_counted, labels_are_clipped_to_their_boxes,
         hostile_names_stay_text, hostile_titles_stay_text, boxes_are_coloured_by_what_changed,
         the_scale_is_the_same_on_both_sides, shares_are_compared_unless_raw,
         nothing_changed_is_said, functions_that_are_gone_are_listed,
         functions_that_are_nearly_gone_are_listed, widths_of_a_difference_are_those_after,
         weights_up_to_2_to_the_63_are_exact, nothing_comes_from_outside,
         bad_input_and_usage_are_refused, help_is_there)

if __name__ == "__main__":
    sys.exit(tap.run(CASES))
