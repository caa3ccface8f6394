"""Swagger UI, as FastAPI shows it, has a JSON editor for criteria. In Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.conftest import require
from tests.fastapi.apps import application
from tests.server.browsing import Scheme, chromium
from tests.server.running import listening

DISTRIBUTION = Path(__file__).parents[1] / "editor" / "node_modules" / "swagger-ui-dist"


def local(route: Route) -> None:
    """A file of Swagger UI, which FastAPI's page loads from another host."""
    route.fulfill(path=DISTRIBUTION / route.request.url.split("?")[0].rsplit("/", 1)[1])


@pytest.mark.heavy("it starts Chromium")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_editor(scheme: Scheme) -> None:
    """It begins with an example, sends what is written, shows refusals, and knows the allowed queries."""
    require("Swagger UI", None if DISTRIBUTION.is_dir() else "npm ci --prefix tests/editor")
    with listening(application()) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1100, "height": 1000}, color_scheme=scheme)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.route("https://cdn.jsdelivr.net/**", local)
        page.route("https://fastapi.tiangolo.com/**", lambda route: route.abort())
        page.goto(f"{address}/docs")
        page.click("#operations-default-plain_v1_plain_get .opblock-summary")
        page.click("text=Try it out")
        editor = page.locator("tr[data-param-name=query] textarea")
        expect(editor).to_have_value('{\n  "title": {\n    "$startsWith": "A"\n  }\n}')
        editor.fill('{"kind": "short", "year": null}')
        page.click("text=Execute")
        answer = page.locator(".live-responses-table .response-col_description pre").first
        expect(answer).to_contain_text('"ids"')
        assert '"ids": [\n    4\n  ]' in (answer.text_content() or "")
        editor.fill('{"year": 1,\n "year": 2}')  # no JSON Schema sees a repeated key
        page.click("text=Execute")
        expect(answer).to_contain_text("appears twice")
        editor.fill('{"kind": "shrt"}')
        page.click("text=Execute")
        expect(answer).to_contain_text("unknown_value")
        editor.fill('{"kind": {"$ne": "short"}}')  # an object where a string with a pattern may be
        page.click("text=Execute")
        expect(answer).to_contain_text('"ids": [\n    1,\n    2')
        editor.fill('{"kind": "short", "colour": 1}')
        page.click("text=Execute")
        expect(answer).to_contain_text("unknown_field")
        page.click("tr[data-param-name=query] button:has-text('Schema')")
        expect(page.locator("tr[data-param-name=query]")).to_contain_text("Additional properties")
        assert faults == []
        browser.close()
