"""What the page about FastAPI and Pydantic shows is what happens."""

from __future__ import annotations

import doctest
import json
import re
import warnings
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.fastapi.apps import ask

PAGE = (Path(__file__).parents[2] / "docs" / "fastapi.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the Python blocks define, run one after the other."""
    found: dict[str, Any] = {"__name__": "page"}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
        for block in blocks("python"):
            exec(compile(block, "fastapi.md", "exec", dont_inherit=True), found)  # noqa: S102
    return found


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    """There is no fence but those of the blocks that the tests of this file take out."""
    kinds = {"sh": 1, "python": 7, "http": 1, "json": 1, "pycon": 2}
    assert {kind: len(blocks(kind)) for kind in kinds} == kinds
    assert len(re.findall(r"^```", PAGE, re.MULTILINE)) == 2 * sum(kinds.values())


def test_the_first_page(names: dict[str, Any]) -> None:
    """Status, header and body are those that are shown."""
    [url] = re.findall(r"^`GET (/films\S*)` returns", PAGE, re.MULTILINE)
    found = ask(names["app"], "GET", url)
    head, body = blocks("http")[0].strip().split("\n\n")
    assert head.splitlines() == ["HTTP/1.1 200 OK", f"link: {found.headers['link']}"]
    assert found.text == body
    assert ask(names["app"], "GET", found.links["next"]["url"]).json()[0]["id"] == 3


def test_the_errors(names: dict[str, Any]) -> None:
    """The response to the wrong request."""
    [url] = re.findall(r"^`GET (/films\S*)`$", PAGE, re.MULTILINE)
    found = ask(names["app"], "GET", url)
    assert (found.status_code, found.json()) == (422, json.loads(blocks("json")[0]))


def test_the_table_and_the_body(names: dict[str, Any]) -> None:
    """The other endpoints."""
    params = {"query": '{"customer": "Ada"}', "orderBy": "total"}
    found = ask(names["app"], "GET", "/orders", params=httpx.QueryParams(params))
    assert [order["id"] for order in found.json()] == [3, 1]
    first = ask(names["app"], "GET", "/orders?orderBy=total&limit=2&getTotalCount=true")
    assert ([order["id"] for order in first.json()], first.headers["x-total-count"]) == ([2, 3], "3")
    assert [order["id"] for order in ask(names["app"], "GET", first.links["next"]["url"]).json()] == [1]
    assert ask(names["app"], "GET", "/bills").json() == [{"id": 1, "total": 30}, {"id": 3, "total": 12}]
    assert ask(names["app"], "GET", "/bills", params={"query": '{"tenant": 8}'}).status_code == 422
    assert ask(names["app"], "POST", "/films/query?orderBy=title", json={"kind": "short"}).json() == [3, 4]
    OpenAPIV31SpecValidator(names["app"].openapi()).validate()
    names["database"].close()


def test_the_tests_of_endpoints(names: dict[str, Any]) -> None:
    """The tests that the page shows pass."""
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert len(tests) == 3
    for one in tests:
        one()


def test_interactive_examples(names: dict[str, Any]) -> None:
    """They print what is shown below them."""
    test = doctest.DocTestParser().get_doctest("\n".join(blocks("pycon")), dict(names), "page", "fastapi.md", 0)
    report: list[str] = []
    runner = doctest.DocTestRunner()
    runner.run(test, out=report.append)
    assert report == []
    assert runner.summarize(verbose=False).attempted == 7


SAMPLES = ("docs/fastapi.md", "docs/sqlalchemy.md", "examples/fastapi_sqlalchemy/models.py")


@pytest.mark.parametrize("place", SAMPLES)
def test_samples_that_answer_clients_keep_no_statements(place: str) -> None:
    """sqlite3 keeps the last 128, however long they are (docs/security.md)."""
    text = (Path(__file__).parents[2] / place).read_text(encoding="utf-8")
    opened = re.findall(r'sqlite3\.connect\(|create_engine\("sqlite', text)
    without = re.findall(r"cached_statements(?:=|\": )0", text)
    assert len(opened) == len(without) == 1
