# SPDX-License-Identifier: GPL-2.0-only
"""A real browser without a window, for tests: headless Chromium through chromedriver.

    with webdriver.Browser() as browser:
        browser.open("picture.svg")
        browser.click("#reset")
        browser.keys("abc" + webdriver.ENTER)
        assert browser.run("return document.title") == "..."
        assert not browser.errors()

Speaks the W3C WebDriver protocol with the standard library alone. No pages but local files are
opened, and each Browser starts from a fresh profile.
"""
import base64
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request

ENTER, ESCAPE, TAB = "\ue007", "\ue00c", "\ue004"
LEFT, UP, RIGHT, DOWN = "\ue012", "\ue013", "\ue014", "\ue015"
HOME, END, BACKSPACE = "\ue011", "\ue010", "\ue003"
SHIFT, CONTROL = "\ue008", "\ue009"

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key under which the protocol names elements
TIMEOUT = 60  # seconds for one command


class Missing(Exception):
    """There is no browser here, or no driver for it."""


class Failed(Exception):
    """The browser does not start, or refused a command."""


def programs():
    """The paths of the browser and of its driver; raises Missing."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not browser:
        raise Missing("no chromium here")
    if not driver:
        raise Missing("no chromedriver here")
    try:
        socket.gethostbyname("localhost")  # how the driver reaches the browser
    except OSError:
        raise Missing("this machine does not know localhost") from None
    return browser, driver


class Browser:
    """One browser with one tab, `width` × `height` CSS pixels of page."""

    def __init__(self, width=1280, height=800):
        browser, driver = programs()
        self._end = contextlib.ExitStack()
        with contextlib.ExitStack() as undo:
            home = undo.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            self._driver = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, text=True,
                                            stderr=subprocess.DEVNULL,
                                            env=dict(os.environ, HOME=home, TMPDIR=home))
            undo.callback(self._stop_driver)
            self._base = f"http://127.0.0.1:{self._port()}"
            options = {"binary": browser,
                       "args": ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                                "--disable-dev-shm-usage", "--no-first-run",
                                "--force-color-profile=srgb"]}
            wanted = {"browserName": "chrome", "goog:chromeOptions": options,
                      "goog:loggingPrefs": {"browser": "ALL"}}
            session = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
            self._base += "/session/" + session["sessionId"]
            undo.callback(self._call, "DELETE", "")
            self.size(width, height)
            self._end = undo.pop_all()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._end.close()

    def _port(self):
        for line in self._driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                return found.group(1)
        raise Failed("chromedriver does not start")

    def _stop_driver(self):
        self._driver.terminate()
        self._driver.wait()
        self._driver.stdout.close()

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        # Not through a proxy that the environment may name.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=TIMEOUT) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            with error:
                value = json.load(error)["value"]
            raise Failed(f"{value['error']}: {value['message'].splitlines()[0]}") from None

    def open(self, page, fragment=""):
        """Open a local file and wait until it is loaded; forgets the console of the page before."""
        self._call("POST", "/url", {"url": "about:blank"})
        self.console()
        url = pathlib.Path(page).resolve().as_uri() + fragment
        self._call("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """Run a function body in the page; returns what it returns."""
        return self._call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def cdp(self, command, **parameters):
        """One command of the DevTools protocol; returns its answer."""
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def console(self):
        """What the console got since the last call: dicts with `level`, `message`, `source`."""
        return self._call("POST", "/se/log", {"type": "browser"})

    def errors(self):
        """The console's errors and warnings since the last call, as text."""
        return [line["message"] for line in self.console()
                if line["level"] in ("SEVERE", "WARNING")]

    def find(self, css, nth=0):
        """The nth element that matches, for run() and click()."""
        found = self._call("POST", "/elements", {"using": "css selector", "value": css})
        if nth >= len(found):
            raise Failed(f"no element {nth} for {css}")
        return found[nth]

    def click(self, target):
        """Move the mouse onto an element (or the first one for a CSS selector) and click."""
        self._pointer(target, [{"type": "pointerDown", "button": 0},
                               {"type": "pointerUp", "button": 0}])

    def hover(self, target):
        """Move the mouse onto the middle of an element (or the first for a CSS selector)."""
        self._pointer(target, [])

    def _pointer(self, target, then):
        element = self.find(target) if isinstance(target, str) else target
        move = {"type": "pointerMove", "origin": element, "x": 0, "y": 0, "duration": 0}
        self._actions({"type": "pointer", "id": "mouse", "actions": [move, *then]})

    def keys(self, text, held=""):
        """Press and release each key of `text` in turn, with the keys of `held` down."""
        press = [{"type": "keyDown", "value": key} for key in held]
        for key in text:
            press += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        press += [{"type": "keyUp", "value": key} for key in reversed(held)]
        self._actions({"type": "key", "id": "keyboard", "actions": press})

    def _actions(self, source):
        self._call("POST", "/actions", {"actions": [source]})

    def size(self, width, height, mobile=False):
        """Make the page this wide and high, in CSS pixels."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=mobile)

    def color_scheme(self, scheme):
        """What prefers-color-scheme says: "light" or "dark"."""
        self.cdp("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": scheme}])

    def scripts(self, allowed):
        """Let pages opened from now on run scripts of their own, or not."""
        self.cdp("Emulation.setScriptExecutionDisabled", value=not allowed)

    def screenshot(self, path, whole_page=False):
        """Write what is seen, or the whole page, as a PNG file."""
        shot = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=whole_page)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))
