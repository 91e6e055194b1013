#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: the page of a report as a reader sees it, in a browser. Right is a page without a
word on the console, on which every chart has room, in light and in dark, on a wide screen and on a
narrow one, and which fetches nothing. Wrong looks like a picture of no height or one that is cut
off, text that cannot be read on its background or at its size, a page that must be scrolled
sideways, and a picture that stays white when the page is dark.

usage: test_report_page.py REAPBENCH
"""
import os
import shutil
import subprocess
import sys
import tempfile

import tap
import webdriver

FIXTURE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "make_fixture.py")
# Of four orders: the summary's two panels, four frontiers, three strips, two distributions, four
# of repetitions, three charts of one panel, and a legend with each of the eight charts.
PICTURES_IN_ALL = 2 + 4 + 3 + 2 + 4 + 3 + 8
SCHEMES = ("light", "dark")

# Each picture of the page, drawn again outside it as large as it is there: its box, and the texts
# that stand outside it or on top of each other.
PICTURES = """
return Array.from(document.images).map(function (image) {
	const shown = image.getBoundingClientRect(), holder = document.createElement("div");
	holder.innerHTML = decodeURIComponent(image.src.slice(image.src.indexOf(",") + 1));
	document.body.append(holder);
	const svg = holder.querySelector("svg");
	svg.style.width = shown.width + "px";
	svg.style.height = "auto";
	const box = svg.getBoundingClientRect();
	const texts = Array.from(svg.querySelectorAll("text")).filter(function (text) {
		return text.textContent.trim();
	}).map(function (text) {
		return [text.textContent, text.getBoundingClientRect()];
	});
	const outside = texts.filter(function (text) {
		const t = text[1];
		return t.left < box.left - 1 || t.right > box.right + 1 || t.top < box.top - 1 ||
			t.bottom > box.bottom + 1;
	}).map(function (text) { return text[0]; });
	const collisions = [];
	texts.forEach(function (a, i) {
		texts.slice(i + 1).forEach(function (b) {
			const w = Math.min(a[1].right, b[1].right) - Math.max(a[1].left, b[1].left);
			const h = Math.min(a[1].bottom, b[1].bottom) - Math.max(a[1].top, b[1].top);
			if (w > 2 && h > 5)
				collisions.push(a[0] + " / " + b[0]);
		});
	});
	const size = Math.min(...Array.from(svg.querySelectorAll("text")).map(function (text) {
		return parseFloat(getComputedStyle(text).fontSize) * shown.width /
			svg.viewBox.baseVal.width;
	}));
	holder.remove();
	return {alt: image.alt, width: shown.width, height: shown.height, left: shown.left,
		right: shown.right, top: shown.top, texts: texts.length, smallest: size,
		whole: image.complete && image.naturalWidth > 0, outside: outside,
		collisions: collisions, shape: shown.width / shown.height -
			svg.viewBox.baseVal.width / svg.viewBox.baseVal.height};
});
"""

# The pixels of a picture as the page shows them: its paper, and all colours with ink.
COLOURS = """
const image = document.querySelector("#verdict img:not(.legend)");
const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
canvas.width = image.naturalWidth;
canvas.height = image.naturalHeight;
pen.filter = getComputedStyle(image).filter;
pen.drawImage(image, 0, 0);
const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data;
let low = 255, high = 0;
for (let i = 0; i < pixels.length; i += 4) {
	low = Math.min(low, pixels[i + 1]);
	high = Math.max(high, pixels[i + 1]);
}
return {paper: Array.from(pixels.slice(0, 3)), low: low, high: high,
	page: getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)};
"""

# Contrast of the page's text, and of everything a chart is drawn with, to what is behind it.
CONTRAST = """
function light(colour) {
	const c = colour.match(/[0-9.]+/g).slice(0, 3).map(function (v) {
		v /= 255;
		return v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
	});
	return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
}
function contrast(a, b) {
	const x = light(a), y = light(b);
	return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}
const paper = getComputedStyle(document.body).backgroundColor, low = [];
const tags = "h1, h2, h3, p, li, figcaption, summary, td, th, small, dt, dd, a";
document.querySelectorAll(tags).forEach(
	function (e) {
		if (contrast(getComputedStyle(e).color, paper) < 4.5)
			low.push(e.tagName);
	});
return low;
"""


def make_report(folder, reapbench):
    json = os.path.join(folder, "r.json")
    subprocess.run([sys.executable, FIXTURE, json, "--reps", "11"], check=True)
    subprocess.run([reapbench, "report", json, "-o", os.path.join(folder, "out")], check=True)
    subprocess.run([reapbench, "report", json, json, "-o", os.path.join(folder, "two")], check=True)
    return os.path.join(folder, "out", "index.html")


def open_all(browser, page, width, mobile=False):
    browser.size(width, 900, mobile=mobile)
    browser.open(page)
    browser.run("document.querySelectorAll('details').forEach(function (d) { d.open = true; })")
    return browser.run(PICTURES)


def check_pictures(browser, page, nr):
    for width, least in ((1280, 400), (420, 380)):
        pictures = open_all(browser, page, width, width < 600)
        assert len(pictures) == nr, [p["alt"] for p in pictures]
        for picture in pictures:
            assert picture["whole"] and picture["texts"] > 1, picture
            assert picture["width"] > least and abs(picture["shape"]) < 0.1, picture
            assert 0 <= picture["left"] and picture["right"] <= width, picture
            assert not picture["outside"], (picture["alt"], picture["outside"])
            assert not picture["collisions"], (picture["alt"], picture["collisions"])
        assert browser.errors() == []


def every_picture_has_room_and_its_text_inside(browser, page):
    check_pictures(browser, page, PICTURES_IN_ALL)


def pictures_of_two_files_have_room_too(browser, page):
    # The summary's panel, the time split, four of repetitions, and three legends.
    page = os.path.join(os.path.dirname(os.path.dirname(page)), "two", "index.html")
    check_pictures(browser, page, 1 + 1 + 4 + 3)


def a_narrow_screen_stacks_panels_and_shrinks_no_text(browser, page):
    wide = [p["left"] for p in open_all(browser, page, 1280) if p["alt"] != "Legend"]
    assert len(set(wide)) > 1, wide
    narrow = open_all(browser, page, 420, mobile=True)
    assert browser.run("return document.documentElement.scrollWidth") <= 420
    assert len({round(p["left"]) for p in narrow}) == 1
    tops = [p["top"] for p in narrow]
    assert tops == sorted(tops)
    assert min(p["smallest"] for p in narrow) >= 10


def the_answer_stands_above_the_fold(browser, page):
    browser.size(1280, 900)
    browser.open(page)
    bottom = browser.run("""
return Math.max(...Array.from(document.querySelectorAll("#verdict img")).map(function (image) {
	return image.getBoundingClientRect().bottom;
}));""")
    assert bottom <= 900, bottom
    assert browser.run("return document.querySelector('main img').closest('#verdict') !== null")


def wait_map_and_distribution_are_folded(browser, page):
    browser.size(1280, 900)
    browser.open(page)
    folded = browser.run("return Array.from(document.querySelectorAll('.charts > details')).map("
                         "function (d) { return [d.open, d.innerText]; })")
    assert [is_open for is_open, _ in folded] == [False, False], folded
    assert folded[0][1].startswith("Wait map") and folded[1][1].startswith("Wait distribution")


def every_picture_says_what_it_shows(browser, page):
    browser.open(page)
    alts = browser.run("return Array.from(document.images).map(function (i) { return i.alt; })")
    assert all(alt.strip() for alt in alts), alts
    assert any(alt.startswith("forward: ") and " waits, together " in alt for alt in alts), alts


def light_and_dark_can_be_read_and_differ(browser, page):
    browser.size(1280, 900)
    seen = []
    for scheme in SCHEMES:
        browser.color_scheme(scheme)
        browser.open(page)
        assert not browser.run(CONTRAST)
        found = browser.run(COLOURS)
        # A picture lies on the page without an edge, and its ink stands out.
        assert all(abs(a - b) <= 1 for a, b in zip(found["paper"], found["page"])), found
        assert found["high"] - found["low"] > 180, found
        seen.append(found["page"])
    browser.color_scheme("light")
    assert min(seen[0]) > 230 and max(seen[1]) < 40, seen


def paper_has_light_colours_and_whole_charts(browser, page):
    browser.cdp("Emulation.setEmulatedMedia", media="print",
                features=[{"name": "prefers-color-scheme", "value": "dark"}])
    browser.size(720, 1000)
    browser.open(page)
    assert browser.run("return getComputedStyle(document.documentElement)"
                       ".getPropertyValue('--paper').trim()") == "#ffffff"
    assert browser.run("return getComputedStyle(document.querySelector('main img')).filter") == "none"
    assert browser.run("return document.documentElement.scrollWidth") <= 720
    assert browser.run("return Array.from(document.querySelectorAll('figure')).every("
                       "function (e) { return getComputedStyle(e).breakInside === 'avoid'; })")
    browser.cdp("Emulation.setEmulatedMedia", media="")


def the_page_fetches_nothing(browser, page):
    browser.open(page)
    assert browser.run("return performance.getEntriesByType('resource').map("
                       "function (e) { return e.name; })") == []
    assert browser.run("return document.scripts.length") == 0


def the_contents_lead_to_every_section(browser, page):
    browser.open(page)
    links = browser.run("return Array.from(document.querySelectorAll('nav a')).map("
                        "function (a) { return a.getAttribute('href').slice(1); })")
    sections = browser.run("return Array.from(document.querySelectorAll('main > section')).map("
                           "function (s) { return s.id; })")
    assert links == sections and len(links) > 3, (links, sections)


def a_link_into_the_page_lands_there(browser, page):
    """Pictures have no size but their own, which must not move what a link leads to."""
    browser.size(1000, 700)
    for section in ("layout-1", "table"):
        browser.open(page, "#" + section)
        top = browser.run("return document.getElementById(arguments[0]).getBoundingClientRect().top",
                          section)
        assert abs(top) < 2 and browser.run("return scrollY") > 100, (section, top)


CASES = (every_picture_has_room_and_its_text_inside, pictures_of_two_files_have_room_too,
         a_narrow_screen_stacks_panels_and_shrinks_no_text,
         the_answer_stands_above_the_fold, wait_map_and_distribution_are_folded,
         every_picture_says_what_it_shows, light_and_dark_can_be_read_and_differ,
         paper_has_light_colours_and_whole_charts, the_page_fetches_nothing,
         the_contents_lead_to_every_section, a_link_into_the_page_lands_there)

if not shutil.which("gnuplot"):
    tap.skip_all("no gnuplot here")
try:
    webdriver.programs()
except webdriver.Missing as missing:
    tap.skip_all(str(missing))
with tempfile.TemporaryDirectory() as root, webdriver.Browser() as chromium:
    status = tap.run(CASES, chromium, make_report(root, sys.argv[1]))
sys.exit(status)
