#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: the page of a report as a reader sees it, in a browser. Right is a page without a
word on the console, on which every chart has room, in light and in dark, on a wide screen and on a
narrow one, and which fetches nothing. Wrong looks like a chart of no height, text that cannot be
read on its background, a page that must be scrolled sideways, and a colour that stays when the
scheme changes.

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
CHARTS = 6
SCHEMES = ("light", "dark")

# The boxes of all charts, and whether text stands outside its picture.
BOXES = """
return Array.from(document.querySelectorAll("figure.chart")).map(function (figure) {
	const svg = figure.querySelector("svg"), box = svg.getBoundingClientRect();
	const texts = Array.from(svg.querySelectorAll("text"));
	const outside = texts.filter(function (text) {
		const t = text.getBoundingClientRect();
		return t.width > 0 && (t.left < box.left - 1 || t.right > box.right + 1 ||
			t.top < box.top - 1 || t.bottom > box.bottom + 1);
	});
	const size = Math.min(...texts.map(function (text) {
		return parseFloat(getComputedStyle(text).fontSize) * box.width / svg.viewBox.baseVal.width;
	}));
	return {width: box.width, height: box.height, texts: texts.length, smallest: size,
		outside: outside.map(function (text) { return text.textContent; })};
});
"""

# Pairs of texts of one chart that stand on top of each other.
COLLISIONS = """
const found = [];
document.querySelectorAll("figure.chart svg").forEach(function (svg) {
	const texts = Array.from(svg.querySelectorAll("text")).map(function (text) {
		return [text.textContent, text.getBoundingClientRect()];
	});
	texts.forEach(function (a, i) {
		texts.slice(i + 1).forEach(function (b) {
			const w = Math.min(a[1].right, b[1].right) - Math.max(a[1].left, b[1].left);
			const h = Math.min(a[1].bottom, b[1].bottom) - Math.max(a[1].top, b[1].top);
			if (w > 2 && h > 5)
				found.push(a[0] + " / " + b[0]);
		});
	});
});
return found;
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
document.querySelectorAll("h1, h2, p, li, figcaption, td, th, small, dt, dd, a").forEach(
	function (e) {
		if (contrast(getComputedStyle(e).color, paper) < 4.5)
			low.push(e.tagName);
	});
document.querySelectorAll("figure.chart svg text").forEach(function (e) {
	if (contrast(getComputedStyle(e).fill, paper) < 4.5)
		low.push(e.textContent);
});
const rect = document.querySelector("figure.chart svg rect");
return {low: low, paper: paper, chart: getComputedStyle(rect).fill,
	exit: getComputedStyle(document.documentElement).getPropertyValue("--exit").trim()};
"""


def make_report(folder, reapbench):
    json = os.path.join(folder, "r.json")
    subprocess.run([sys.executable, FIXTURE, json, "--reps", "11"], check=True)
    subprocess.run([reapbench, "report", json, "-o", os.path.join(folder, "out")], check=True)
    return os.path.join(folder, "out", "index.html")


def every_chart_has_room_and_its_text_inside(browser, page):
    for scheme in SCHEMES:
        browser.color_scheme(scheme)
        for width in (1280, 420):
            browser.size(width, 900)
            browser.open(page)
            boxes = browser.run(BOXES)
            assert len(boxes) == CHARTS, boxes
            for box in boxes:
                assert box["width"] > 400 and box["height"] > 200 and box["texts"] > 10, box
                assert not box["outside"], box["outside"]
            assert browser.errors() == []


def labels_do_not_collide(browser, page):
    browser.size(1280, 900)
    browser.open(page)
    assert browser.run(COLLISIONS) == []


def a_narrow_screen_scrolls_charts_and_not_the_page(browser, page):
    browser.size(420, 900, mobile=True)
    browser.open(page)
    assert browser.run("return document.documentElement.scrollWidth") <= 420
    wide = browser.run("return Array.from(document.querySelectorAll('figure .wide')).map("
                       "function (e) { return [e.scrollWidth, e.clientWidth]; })")
    assert all(scroll > client for scroll, client in wide), wide
    assert all(box["smallest"] >= 10 for box in browser.run(BOXES))


def light_and_dark_can_be_read_and_differ(browser, page):
    browser.size(1280, 900)
    seen = []
    for scheme in SCHEMES:
        browser.color_scheme(scheme)
        browser.open(page)
        found = browser.run(CONTRAST)
        assert not found["low"], found["low"]
        assert found["paper"] == found["chart"], found
        seen.append((found["paper"], found["exit"]))
    assert seen[0][0] != seen[1][0] and seen[0][1] != seen[1][1], seen


def no_colour_is_left_that_the_scheme_does_not_change(browser, page):
    browser.open(page)
    fixed = browser.run("""
return Array.from(document.querySelectorAll("figure.chart svg *")).filter(function (e) {
	return ["fill", "stroke", "color", "style"].some(function (name) {
		return /rgb|#[0-9a-f]{3}/i.test(e.getAttribute(name) || "") &&
			!e.closest("defs") && e.children.length === 0;
	});
}).map(function (e) { return e.outerHTML.slice(0, 200); });
""")
    assert fixed == [], fixed[:5]


def paper_has_light_colours_and_whole_charts(browser, page):
    browser.cdp("Emulation.setEmulatedMedia", media="print",
                features=[{"name": "prefers-color-scheme", "value": "dark"}])
    browser.size(720, 1000)
    browser.open(page)
    assert browser.run("return getComputedStyle(document.documentElement)"
                       ".getPropertyValue('--paper').trim()") == "#ffffff"
    assert browser.run("return document.documentElement.scrollWidth") <= 720
    for box in browser.run(BOXES):
        assert 200 < box["width"] <= 720 and not box["outside"], box
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


CASES = (every_chart_has_room_and_its_text_inside, labels_do_not_collide,
         a_narrow_screen_scrolls_charts_and_not_the_page, light_and_dark_can_be_read_and_differ,
         no_colour_is_left_that_the_scheme_does_not_change,
         paper_has_light_colours_and_whole_charts, the_page_fetches_nothing,
         the_contents_lead_to_every_section)

if not shutil.which("gnuplot"):
    tap.skip_all("no gnuplot here")
try:
    webdriver.programs()
except webdriver.Missing as missing:
    tap.skip_all(str(missing))
with tempfile.TemporaryDirectory() as root, webdriver.Browser() as chromium:
    status = tap.run(CASES, chromium, make_report(root, sys.argv[1]))
sys.exit(status)
