#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: the browser that other tests look through does what it says. A page's console,
clicks, keys, sizes and colour schemes reach the page and come back; wrong looks like a test of a
page that passes although nothing was clicked, or an error on the page's console that nobody sees.
"""
import os
import struct
import sys
import tempfile

import tap
import webdriver

PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>t</title>
<style>body { margin: 0; background: #fff } #b { width: 100px; height: 50px }
@media (prefers-color-scheme: dark) { body { background: #000 } }</style>
<button id="b">b</button><input id="i">
<script>
var clicks = 0, keys = [];
document.getElementById("b").addEventListener("click", function () { clicks++; });
document.addEventListener("keydown", function (e) {
	keys.push((e.ctrlKey ? "C-" : "") + e.key);
});
if (location.hash === "#broken")
	throw new Error("thrown on purpose");
if (location.hash === "#warns")
	console.warn("warned on purpose");
</script>
"""


def a_page_opens_and_runs_scripts(browser, page):
    browser.open(page)
    assert browser.run("return document.title + arguments[0]", 1) == "t1"
    assert browser.errors() == []


def an_error_on_the_console_is_seen_once(browser, page):
    browser.open(page, "#broken")
    errors = browser.errors()
    assert len(errors) == 1 and "thrown on purpose" in errors[0], errors
    assert browser.errors() == []


def a_warning_on_the_console_is_seen(browser, page):
    browser.open(page, "#warns")
    assert "warned on purpose" in "".join(browser.errors())


def opening_a_page_forgets_the_errors_before_it(browser, page):
    browser.open(page, "#broken")
    browser.open(page)
    assert browser.errors() == []


def clicks_reach_the_element(browser, page):
    browser.open(page)
    browser.click("#b")
    browser.click(browser.find("button"))
    assert browser.run("return clicks") == 2


def a_missing_element_is_an_error(browser, page):
    browser.open(page)
    try:
        browser.click("#nothing")
    except webdriver.Failed:
        return
    raise AssertionError("clicked on nothing")


def keys_reach_the_page(browser, page):
    browser.open(page)
    browser.keys("a" + webdriver.ENTER + webdriver.ESCAPE)
    browser.keys("f", held=webdriver.CONTROL)
    assert browser.run("return keys.join()") == "a,Enter,Escape,C-Control,C-f"
    browser.click("#i")
    browser.keys("hello")
    assert browser.run("return document.getElementById('i').value") == "hello"


def sizes_are_those_of_the_page(browser, page):
    browser.open(page)
    for size in ([420, 700], [1280, 800]):
        browser.size(*size)
        assert browser.run("return [innerWidth, innerHeight]") == size


def the_colour_scheme_is_emulated(browser, page):
    browser.open(page)
    for scheme, colour in (("dark", "rgb(0, 0, 0)"), ("light", "rgb(255, 255, 255)")):
        browser.color_scheme(scheme)
        assert browser.run("return getComputedStyle(document.body).backgroundColor") == colour


def scripts_can_be_forbidden(browser, page):
    browser.scripts(False)
    try:
        browser.open(page)
    finally:
        browser.scripts(True)
    assert browser.run("return typeof clicks") == "undefined"
    browser.open(page)
    assert browser.run("return typeof clicks") == "number"


def a_screenshot_is_a_png_of_the_page(browser, page):
    browser.open(page)
    browser.size(300, 200)
    path = page + ".png"
    browser.screenshot(path)
    with open(path, "rb") as file:
        head = file.read(24)
    assert head[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", head[16:]) == (300, 200)


CASES = (a_page_opens_and_runs_scripts, an_error_on_the_console_is_seen_once,
         a_warning_on_the_console_is_seen, opening_a_page_forgets_the_errors_before_it,
         clicks_reach_the_element, a_missing_element_is_an_error, keys_reach_the_page,
         sizes_are_those_of_the_page, the_colour_scheme_is_emulated, scripts_can_be_forbidden,
         a_screenshot_is_a_png_of_the_page)


def main():
    with tempfile.TemporaryDirectory() as folder:
        page = os.path.join(folder, "page with a space.html")
        with open(page, "w", encoding="utf-8") as file:
            file.write(PAGE)
        try:
            with webdriver.Browser() as browser:
                return tap.run(CASES, browser, page)
        except webdriver.Missing as missing:
            tap.skip_all(missing)


if __name__ == "__main__":
    sys.exit(main())
