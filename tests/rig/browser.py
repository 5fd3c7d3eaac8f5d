"""Headless Chromium, driven by Playwright: the browser of this machine, French unless told otherwise."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

SLOW_LINE = "VOCAPP_TESTS_SLOW_LINE"

PATIENCE = 20_000
"""Milliseconds until an element must be there, for actions and for what is expected: `expect` alone would give up
after five, of which a busy machine needs some for a page."""

_HERE = {"127.0.0.1", "localhost"}
_FRENCH = {"locale": "fr-FR", "timezone_id": "Europe/Paris"}
_FLAGS = [
    *["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
    *["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
]


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser, and end it."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), chromium_sandbox=False, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """One person's browser window. What the pages complain about is kept in `complaints`, and
    which of them asks for something elsewhere."""

    def __init__(self, browser: Browser, **settings: Any) -> None:
        self.context: BrowserContext = browser.new_context(**_FRENCH | settings)
        self.context.set_default_timeout(PATIENCE)
        self.context.on("page", _slow_down)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("console", lambda said: self.complaints.append(f"console: {said.text}") if _is_bad(said) else None)
        self.context.on("request", self._note)

    def close(self) -> None:
        self.context.close()

    def _note(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in _HERE:
            self.complaints.append(f"asked another host: {request.url}")


def find_chromium() -> str | None:
    """Return the browser's program: CHROMIUM, what stands on PATH, or None for Playwright's own."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))
    return next((path for path in found if path), None)


def _slow_down(page: Page) -> None:
    """Let the line be as slow as SLOW_LINE says, in kB/s: who reads a page before all of it is there is then found
    each time, not once in fifty. With 40, a chart's script takes too long; and no page can be tried as printed."""
    speed = int(os.environ.get(SLOW_LINE, "0")) * 1000
    if speed:
        line = {"offline": False, "latency": 200, "downloadThroughput": speed, "uploadThroughput": speed}
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", line)


def _is_bad(said: Any) -> bool:
    # A 4xx page is an answer, not a fault of the page; the browser reports it as an error all the same.
    return said.type == "error" and "Failed to load resource" not in said.text
