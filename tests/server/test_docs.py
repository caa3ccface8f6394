"""What the page about servers shows is what happens."""

from __future__ import annotations

import doctest
import io
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.running import SECONDS, listening

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the Python blocks define, run one after the other in the project's folder."""
    monkeypatch.chdir(ROOT)
    found: dict[str, Any] = {"__name__": "page"}
    for block in blocks("python"):
        exec(compile(block, "server.md", "exec", dont_inherit=True), found)  # noqa: S102
    return found


PARAMS = {"query": '{"year": {"$gte": 2014}}', "orderBy": "title", "limit": "2"}
WRONG = {**PARAMS, "query": '{"yeer": 1}'}


def test_the_applications_answer_alike(names: dict[str, Any]) -> None:
    """Starlette, FastAPI and WSGI give the same records, by GET and by POST, and the same errors."""
    search = names["criteria"].parse_search(PARAMS, names["FILMS"])
    expected = (200, names["page_of"](search))
    assert len(expected[1]["data"]) == 2
    order = {name: PARAMS[name] for name in ("orderBy", "limit")}
    for app in (names["app"], names["fastapi_app"]):
        with listening(app) as address, httpx.Client(base_url=address, timeout=SECONDS) as client:
            answers = [
                client.get("/films", params=PARAMS),
                client.post("/films/query", params=order, json=json.loads(PARAMS["query"])),
            ]
            assert [(answer.status_code, answer.json()) for answer in answers] == [expected] * 2
            assert refusal(client.get("/films", params=WRONG).json()) == 'Did you mean "year"?'
    query = str(httpx.QueryParams(PARAMS))
    assert wsgi(names["wsgi_app"], "GET", query) == expected
    body = PARAMS["query"].encode()
    assert wsgi(names["wsgi_app"], "POST", str(httpx.QueryParams(order)), body, "application/json") == expected
    assert refusal(wsgi(names["wsgi_app"], "GET", str(httpx.QueryParams(WRONG)))[1]) == 'Did you mean "year"?'
    assert wsgi(names["wsgi_app"], "POST", "", body, "text/plain")[1]["apiStatusCode"] == "BadRequest"
    assert wsgi(names["wsgi_app"], "POST", "", b" " * (2 << 20), "application/json")[0] == 400


def refusal(answer: dict[str, Any]) -> str:
    """The hint of a refused search."""
    assert answer["apiStatusCode"] == "BadParameterValue"
    return str(answer["problems"][0]["hint"])


def wsgi(app: Any, method: str, query: str, body: bytes = b"", kind: str = "") -> tuple[int, dict[str, Any]]:
    """The HTTP code and the JSON that an application of WSGI gives."""
    codes: list[str] = []
    environ = {"REQUEST_METHOD": method, "QUERY_STRING": query, "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body)),
               "wsgi.input": io.BytesIO(body)}  # fmt: skip
    text = b"".join(app(environ, lambda code, headers: codes.append(code)))
    return int(codes[0].partition(" ")[0]), json.loads(text)


def test_the_examples_do_what_they_show(names: dict[str, Any]) -> None:
    """The interactive examples, run one after the other, print what stands below them."""
    test = doctest.DocTestParser().get_doctest("\n".join(blocks("pycon")), dict(names), "server", "server.md", 0)
    report: list[str] = []
    runner = doctest.DocTestRunner()
    runner.run(test, out=report.append)
    assert report == []
    assert runner.summarize(verbose=False).attempted > 20


def test_every_block_is_tested() -> None:
    """There are no other blocks."""
    fences = re.findall(r"^```", PAGE, re.MULTILINE)
    assert len(fences) == 2 * (len(blocks("pycon")) + len(blocks("python")))
