#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: a browser shows the pictures as their reader sees and uses them: boxes are there,
clicks and keys zoom, search counts nothing twice, labels stay in their boxes, and all of it holds
on a narrow page, in the dark, beside a second picture, and without scripts. Wrong is a picture
that is only right in its text.

usage: test_picture.py FOLDER_OF_THE_FILTERS
"""
import os
import sys
import tempfile

import tap
import webdriver
from filters import good

FOLDED = """\
exit;exit_mmap;unmap_page_range;zap_pte_range 30
exit;exit_mmap;unmap_page_range;zap_pte_range;__pte_offset_map_lock 10
exit;exit_mmap;free_pgtables 20
oom_reaper;unmap_page_range 5
oom_reaper;unmap_page_range;zap_pte_range;__pte_offset_map_lock 15
oom_reaper;unmap_page_range;zap_pte_range;__pte_offset_map_lock;queued_spin_lock_slowpath 15
oom_reaper;tlb_finish_mmu 5
"""
AFTER = FOLDED.replace("slowpath 15", "slowpath 1").replace("tlb_finish_mmu 5", "tlb_finish_mmu 9")
HOSTILE = "<script>window.hurt=1</script><img src=x onerror=window.hurt=1>\"'&]]>"

# The boxes of a picture, for the tests; the first argument is the number of the picture.
BOXES = """
var svg = document.querySelectorAll('svg.uflame')[arguments[0] || 0];
return Array.from(svg.querySelectorAll('.f')).filter(function (f) {
	return f.style.display !== 'none';
}).map(function (f) {
	var r = f.querySelector('rect').getBoundingClientRect(), t = f.querySelector('text');
	var label = t && t.textContent ? t.getBoundingClientRect() : null;
	return {name: f.querySelector('title').textContent.split('\\n')[0], x: r.left, y: r.top,
		width: r.width, height: r.height, dim: f.classList.contains('dim'),
		match: f.classList.contains('match'), label: label ? t.textContent : '',
		left: label ? label.left : r.left, right: label ? label.right : r.left,
		focus: document.activeElement === f,
		ink: t ? getComputedStyle(t).fill : '',
		fill: getComputedStyle(f.querySelector('rect')).fill};
});
"""
FIND = """
var name = arguments[0], svg = document.querySelectorAll('svg.uflame')[arguments[1]];
return Array.from(svg.querySelectorAll('.f')).filter(function (f) {
	return f.querySelector('title').textContent.split('\\n')[0] === name;
})[0];
"""


class Page:
    """A browser with the pictures of the tests in a folder."""

    def __init__(self, browser, folder):
        self.browser, self.folder = browser, folder
        self.write("flame.svg", good("flamegraph", "--title", "Both tasks", stdin=FOLDED))
        self.write("icicle.svg", good("flamegraph", "--inverted", stdin=FOLDED))
        with open(os.path.join(folder, "before"), "w", encoding="utf-8") as file:
            file.write(FOLDED)
        self.write("diff.svg", good("flamediff", os.path.join(folder, "before"), "-", stdin=AFTER))
        self.write("hostile.svg", good("flamegraph", "-t", HOSTILE,
                                       stdin=f"main;{HOSTILE} 3\nmain;b 2\n"))
        pictures = [open(os.path.join(folder, name), encoding="utf-8").read()
                    for name in ("flame.svg", "diff.svg")]
        self.write("two.html", "<!DOCTYPE html><meta charset='utf-8'><title>t</title>"
                   "<style>button, input { font-size: 30px } p { margin: 40px }</style>"
                   f"<input id='mine'><div>{pictures[0]}</div><div>{pictures[1]}</div>")

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def open(self, name="flame.svg", width=1280, height=800):
        self.browser.size(width, height)
        self.browser.open(os.path.join(self.folder, name))

    def boxes(self, nth=0):
        return {box["name"]: box for box in self.browser.run(BOXES, nth)}

    def box(self, name, nth=0):
        return self.browser.run(FIND, name, nth)

    def text(self, css, nth=0):
        return self.browser.run("return document.querySelectorAll(arguments[0])[arguments[1]]"
                                ".textContent", css, nth).replace("\xa0", " ")

    def focused(self):
        return [box["name"] for box in self.browser.run(BOXES) if box["focus"]]

    def quiet(self):
        errors = self.browser.errors()
        assert not errors, errors


def boxes_are_seen_in_each_picture(page):
    for name in ("flame.svg", "icicle.svg", "diff.svg", "hostile.svg"):
        page.open(name)
        boxes = page.browser.run(BOXES)
        assert len(boxes) >= 4
        for box in boxes:
            assert box["width"] > 1 and box["height"] > 10, (name, box)
            assert box["x"] >= 0 and box["x"] + box["width"] <= 1200.5, (name, box)
        page.quiet()


def a_click_zooms_and_the_button_resets(page):
    page.open()
    before = page.boxes()
    assert page.browser.run("return document.querySelector('.reset').disabled")
    page.browser.click(page.box("oom_reaper"))
    boxes = page.boxes()
    assert set(boxes) == {"all", "oom_reaper", "unmap_page_range", "zap_pte_range",
                          "__pte_offset_map_lock", "queued_spin_lock_slowpath", "tlb_finish_mmu"}
    assert boxes["oom_reaper"]["width"] == boxes["all"]["width"] == before["all"]["width"]
    assert boxes["all"]["dim"] and not boxes["oom_reaper"]["dim"]
    assert abs(boxes["tlb_finish_mmu"]["width"] - before["all"]["width"] * 5 / 40) < 0.1
    # A label that was cut in its small box is whole in the wide one.
    assert boxes["queued_spin_lock_slowpath"]["label"] == "queued_spin_lock_slowpath"
    page.browser.click(".reset")
    assert page.boxes() == {name: dict(box, focus=False) for name, box in before.items()}
    page.quiet()


def a_click_on_the_first_box_resets(page):
    page.open()
    page.browser.click(page.box("oom_reaper"))
    page.browser.click(page.box("all"))
    assert "exit" in page.boxes()


def pointing_at_a_box_tells_its_figures(page):
    page.open()
    page.browser.hover(page.box("free_pgtables"))
    assert page.text(".details") == \
        "free_pgtables: 20 samples, 20.00 % of all, 33.33 % of its caller"
    page.browser.hover(".bar .title")
    assert page.text(".details").startswith("Point at a box")


def keys_walk_and_zoom(page):
    for name, up, down in (("flame.svg", webdriver.UP, webdriver.DOWN),
                           ("icicle.svg", webdriver.DOWN, webdriver.UP)):
        page.open(name)
        for _ in range(4):  # past the picture itself and the search
            if not page.focused():
                page.browser.keys(webdriver.TAB)
        assert page.focused() == ["all"], page.focused()
        page.browser.keys(up)
        assert page.focused() == ["exit"]
        page.browser.keys(webdriver.RIGHT)
        assert page.focused() == ["oom_reaper"]
        assert page.text(".details").startswith("oom_reaper: 40 samples, 40.00 % of all")
        page.browser.keys(up)
        assert page.focused() == ["unmap_page_range"]
        page.browser.keys(webdriver.ENTER)
        boxes = page.boxes()
        assert boxes["unmap_page_range"]["width"] == boxes["all"]["width"]
        assert "exit" not in boxes and "tlb_finish_mmu" not in boxes
        page.browser.keys(down + webdriver.LEFT)
        assert page.focused() == ["oom_reaper"]  # what is not shown is not walked to
        page.browser.keys(webdriver.ESCAPE)
        assert "exit" in page.boxes()
        page.quiet()


def search_counts_nothing_twice(page):
    page.open()
    page.browser.keys("/")
    page.browser.keys("_LOCK")
    # Three boxes match; one of them stands on another.
    assert [box["name"] for box in page.browser.run(BOXES) if box["match"]] == \
        ["__pte_offset_map_lock", "__pte_offset_map_lock", "queued_spin_lock_slowpath"]
    assert page.text(".matched") == "40.0 % matched"
    page.browser.keys("|tlb")
    assert page.text(".matched") == "45.0 % matched"
    page.browser.keys(webdriver.ESCAPE)
    assert page.text(".matched") == ""
    assert not any(box["match"] for box in page.boxes().values())
    page.quiet()


def search_is_of_what_is_zoomed_on(page):
    page.open()
    page.browser.keys("f", held=webdriver.CONTROL)
    page.browser.keys("map_lock")
    page.browser.click(page.box("oom_reaper"))
    assert page.text(".matched") == "75.0 % matched of oom_reaper"
    page.browser.keys(webdriver.ESCAPE)
    assert page.text(".matched") == "40.0 % matched"


def text_is_searched_as_it_is_written(page):
    page.open()
    page.browser.keys("/")
    page.browser.keys("zap.*(")
    assert page.text(".matched") == "0.0 % matched"
    page.quiet()


def labels_stay_in_their_boxes(page):
    for width in (1280, 700, 420, 320):
        for name in ("flame.svg", "diff.svg"):
            page.open(name, width)
            boxes = page.browser.run(BOXES)
            assert sum(box["label"] != "" for box in boxes) >= 3
            for box in boxes:
                assert box["right"] <= box["x"] + box["width"] + 0.5, (width, box)
                assert box["left"] >= box["x"], (width, box)


def a_narrow_page_is_filled_and_no_more(page):
    for name in ("flame.svg", "diff.svg", "two.html"):
        page.open(name, 420)
        boxes = page.boxes()
        assert 380 <= boxes["all"]["width"] <= 420, boxes["all"]
        wide = page.browser.run("return document.documentElement.scrollWidth")
        assert wide <= 420, (name, wide)
        # The words above end above the boxes.
        assert page.browser.run("""
            var bar = document.querySelector('.bar').getBoundingClientRect();
            var top = Array.from(document.querySelector('.boxes').querySelectorAll('rect'))
                .map(function (r) { return r.getBoundingClientRect().top; });
            return bar.bottom <= Math.min.apply(null, top);"""), name


def words_that_come_push_the_boxes_down(page):
    page.open(width=420)
    page.browser.keys("/")
    page.browser.keys("lock")
    assert page.browser.run("""
        return document.querySelector('.details').getBoundingClientRect().bottom <=
            document.querySelector('.boxes').getBoundingClientRect().top;""")


def a_page_that_is_resized_is_filled_again(page):
    page.open(width=1280)
    page.browser.size(600, 800)
    page.browser.run("return new Promise(function (done) { setTimeout(done, 100); })")
    # As wide as the page, and as high as before: laid out anew, not made smaller.
    assert page.boxes()["all"]["width"] == 600
    assert 17 <= page.boxes()["all"]["height"] < 18


def brightness(colour):
    numbers = colour[colour.index("(") + 1:-1].split(",")
    return sum(float(n) for n in numbers[:3]) / 3


def light_and_dark_are_both_read(page):
    for scheme in ("light", "dark"):
        page.browser.color_scheme(scheme)
        try:
            page.open()
            page.browser.click(page.box("oom_reaper"))
            paper, words = page.browser.run("""
                return [getComputedStyle(document.querySelector('.paper')).fill,
                        getComputedStyle(document.querySelector('.bar .title')).color];""")
            boxes = page.boxes()
        finally:
            page.browser.color_scheme("light")
        assert (brightness(paper) < 60) == (scheme == "dark"), (scheme, paper)
        assert abs(brightness(paper) - brightness(words)) > 150, (scheme, paper, words)
        for box in boxes.values():
            assert abs(brightness(box["ink"]) - brightness(box["fill"])) > 95, (scheme, box)


def two_pictures_in_a_page_keep_to_themselves(page):
    page.open("two.html")
    second = page.boxes(1)
    page.browser.click(page.box("oom_reaper", 0))
    assert "exit" not in page.boxes(0)
    assert page.boxes(1) == second
    page.browser.click(page.box("exit", 1))
    assert "oom_reaper" not in page.boxes(1)
    assert "oom_reaper" in page.boxes(0) and "exit" not in page.boxes(0)
    # Keys outside of the pictures are the page's.
    page.browser.click("#mine")
    page.browser.keys("a/" + webdriver.ESCAPE)
    assert page.browser.run("return document.getElementById('mine').value") == "a/"
    assert "exit" not in page.boxes(0)
    page.quiet()


def a_change_is_said_in_words(page):
    page.open("diff.svg")
    page.browser.hover(page.box("queued_spin_lock_slowpath"))
    assert page.text(".details").startswith("queued_spin_lock_slowpath: shrank by "), \
        page.text(".details")
    assert "percentage points" in page.text(".keys")


def hostile_names_do_nothing(page):
    page.open("hostile.svg")
    page.browser.hover(page.box(HOSTILE))
    assert page.text(".details").startswith(HOSTILE + ": 3 samples"), page.text(".details")
    assert page.text(".bar .title") == HOSTILE
    assert page.browser.run("return window.hurt === undefined")
    page.quiet()


def without_scripts_it_is_read(page):
    page.browser.scripts(False)
    try:
        page.open()
    finally:
        page.browser.scripts(True)
    assert page.browser.run("return document.querySelectorAll('.bar').length") == 0
    boxes = page.boxes()
    assert boxes["oom_reaper"]["label"] == "oom_reaper"
    shown = page.browser.run("""
        return Array.from(document.querySelectorAll('.head text')).map(function (t) {
            return t.getBoundingClientRect().height > 5 ? t.textContent : '';
        }).join('|');""")
    assert shown.startswith("Both tasks|The width of a box is"), shown
    assert page.browser.run("""
        return document.querySelectorAll('.f title').length ===
            document.querySelectorAll('.f').length;""")


CASES = (boxes_are_seen_in_each_picture, a_click_zooms_and_the_button_resets,
         a_click_on_the_first_box_resets, pointing_at_a_box_tells_its_figures, keys_walk_and_zoom,
         search_counts_nothing_twice, search_is_of_what_is_zoomed_on,
         text_is_searched_as_it_is_written, labels_stay_in_their_boxes,
         a_narrow_page_is_filled_and_no_more, words_that_come_push_the_boxes_down,
         a_page_that_is_resized_is_filled_again, light_and_dark_are_both_read,
         two_pictures_in_a_page_keep_to_themselves, a_change_is_said_in_words,
         hostile_names_do_nothing, without_scripts_it_is_read)


def main():
    with tempfile.TemporaryDirectory() as folder:
        try:
            with webdriver.Browser() as browser:
                return tap.run(CASES, Page(browser, folder))
        except webdriver.Missing as missing:
            tap.skip_all(missing)


if __name__ == "__main__":
    sys.exit(main())
