"""The example's page in Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.conftest import require

MAX_MILLISECONDS = 20_000
expect.set_options(timeout=MAX_MILLISECONDS)
ROW = "#records tbody tr"

Scheme = Literal["light", "dark"]


@dataclass
class Visit:
    """A page that is looked at: what its console said, and which hosts it asked."""

    page: Page
    said: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def heard(self, message: ConsoleMessage) -> None:
        """A line of the console."""
        self.said.append(f"{message.type}: {message.text}")

    def asked(self, request: Request) -> None:
        """A request of the page."""
        self.hosts.add(urlsplit(request.url).netloc)

    def write(self, text: str) -> None:
        """Types criteria into an empty editor, key by key."""
        self.page.fill("#criteria", "")
        self.page.focus("#criteria")
        self.page.keyboard.type(text)

    @property
    def criteria(self) -> str:
        """The text in the editor."""
        return self.page.input_value("#criteria")

    def suggested(self) -> list[str]:
        """The labels of the suggestions, once there are some."""
        self.page.wait_for_selector("#suggestions:not([hidden]) [role=option]")
        return self.page.locator("#suggestions .label").all_text_contents()

    def rows(self) -> list[list[str]]:
        """The texts of the table's cells."""
        return [row.locator("td").all_text_contents() for row in self.page.locator("#records tbody tr").all()]

    def run(self, status: str) -> None:
        """Presses Ctrl and Enter, and waits for the words about the records that were found."""
        self.page.keyboard.press("Control+Enter")
        expect(self.page.locator("#records-status")).to_have_text(status)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of this machine; the test is skipped where there is none, and fails where there must be one."""
    path = shutil.which("chromium")
    require("Chromium", None if path else "apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visiting(
    browser: Browser, url: str, *, width: int = 1360, scheme: Scheme = "light", waits_for: str = ROW
) -> Iterator[Visit]:
    """A visit of a page; in the end nothing may have gone wrong in it, and nobody else may have been asked."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    try:
        page = context.new_page()
        page.set_default_timeout(MAX_MILLISECONDS)
        visit = Visit(page)
        page.on("console", visit.heard)
        page.on("pageerror", lambda error: visit.said.append(f"uncaught: {error}"))
        page.on("request", visit.asked)
        page.goto(url)
        page.wait_for_selector(waits_for)
        yield visit
        assert visit.said == []
        assert visit.hosts == {urlsplit(url).netloc}
    finally:
        context.close()
