"""The built site in a browser: `nox -s docs` builds it."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import require
from tests.server.browsing import chromium
from tests.site.pages import ROOT

SITE = ROOT / "build" / "site"
pytestmark = pytest.mark.heavy("a browser starts")
SECONDS_OF_PYTHON = 120
"""How long the browser may take to load Python."""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and logs nothing."""

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The site, served from this machine."""
    require("the site", None if (SITE / "index.html").is_file() else "nox -s docs")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all of these tests."""
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """A tab that asks no host but the site's, and says nothing on its console."""
    context = browser.new_context(base_url=url)
    found = context.new_page()
    said: list[str] = []
    asked: set[str] = set()
    found.on("console", lambda message: said.append(message.text))
    found.on("pageerror", lambda error: said.append(str(error)))
    found.on("request", lambda request: asked.add(request.url) if request.url.startswith("http") else None)
    try:
        yield found
        assert said == []
        assert all(one.startswith(url) for one in asked)
    finally:
        context.close()


def test_the_search_finds_a_section(page: Page) -> None:
    """Without the internet: the index is a part of the site."""
    page.goto("/index.html")
    page.fill("input[name=query]", "membership null list")
    page.wait_for_selector(".md-search-result__link")
    assert page.locator(".md-search-result__link").count() > 0


def test_the_python_reference_has_docstrings(page: Page) -> None:
    """With links from their citations to the language."""
    page.goto("/api.html")
    expect(page.locator("h3#criteria\\.parse")).to_be_visible()
    assert page.locator('a[href="language.html#without-a-schema"]').count() > 0


def test_the_playground_compiles_and_selects(page: Page) -> None:
    """The first example selects its films, a mistake is told with its place, and a link restores what was typed."""
    page.goto("/playground/index.html")
    status = page.locator("#records-status")
    expect(status).to_have_text("4 of 4 matching records", timeout=1000 * SECONDS_OF_PYTHON)
    assert "IS NULL" in page.inner_text("#compiled")
    page.fill("#criteria", '{"yaer": {"$lt": 1960}}')
    expect(page.locator("#problems")).to_contain_text('Did you mean "year"?')
    page.fill("#criteria", '{"year": {"$lt": 1960}}')
    expect(status).to_have_text("2 of 2 matching records")
    page.fill("#data", page.input_value("#data") + '\n{"id": 6, "title": "Metropolis", "year": 1950, "genres": 5}')
    expect(page.locator("#data-problems")).to_contain_text("6 /genres")
    page.fill("#schema", "{}")
    expect(page.locator("#schema-problems li").first).to_be_visible()
    page.fill("#orderBy", "title")
    page.click("#share")
    expect(page.locator("#share")).not_to_have_text("Copy link")
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator("#criteria")).to_have_value('{"year": {"$lt": 1960}}')
    assert page.input_value("#schema") == "{}"
    assert page.input_value("#orderBy") == "title"


def test_each_example_of_the_playground_is_answered(page: Page) -> None:
    """On all backends: each has a text, or says why it has none."""
    page.goto("/playground/index.html")
    status = page.locator("#records-status")
    expect(status).to_have_text("4 of 4 matching records", timeout=1000 * SECONDS_OF_PYTHON)
    titles = page.locator("#example option").all_text_contents()
    for title in titles:
        page.select_option("#example", label=title)
        expect(page.locator(".records")).to_have_attribute("aria-busy", "false")
        if title == "Mistakes":
            expect(page.locator("#problems li")).to_have_count(3)
        else:
            expect(page.locator("#problems .error")).to_have_count(0)
        for tab in ("MongoDB", "Python", "Normal form"):
            page.get_by_role("tab", name=tab, exact=True).click()
            assert page.locator("#compiled [role=tabpanel]:visible pre").count() == 1, (title, tab)


def test_the_playground_fits_a_phone(page: Page) -> None:
    """Nothing is wider than the screen."""
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto("/playground/index.html")
    expect(page.locator("#records-status")).to_have_text("4 of 4 matching records", timeout=1000 * SECONDS_OF_PYTHON)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
