"""Long criteria: read once, in a thread, while other requests are answered."""

from __future__ import annotations

import json
from threading import current_thread
from time import process_time
from typing import Any

import pytest

from criteria.fastapi import searching
from criteria.fastapi.parameters import MAX_IN_PLACE
from criteria.search.parameters import parse_search
from tests.fastapi.apps import application, ask, errors

APP = application()
JSON = {"Content-Type": "application/json"}
EMPTY_LISTS = '{"OR":[' + ",".join(["[]"] * 200_000) + "]}"
UNKNOWN = ",".join(f'"f{number}":1' for number in range(100))
LISTS = ",".join('{"id":{"$in":[' + ",".join(map(str, range(1000))) + "]}}" for _ in range(200))


@pytest.mark.parametrize("url", ["posted", "posted?limt=1"])
def test_a_long_body_is_not_decoded_for_each_of_its_problems(url: str) -> None:
    """A hundred problems, each with the value at its place: decoding the text once for each took more than ten times
    as long."""
    start = process_time()
    refused = ask(APP, "POST", f"/v1/{url}", content=EMPTY_LISTS, headers=JSON)
    assert process_time() - start < 6
    found = refused.json()["detail"]
    assert (refused.status_code, found[-1]["type"]) == (422, "too_many_problems")
    assert [one["input"] for one in found if one["loc"] == ["body", "OR", 0]] == [[]]


def test_a_long_body_is_not_scanned_for_each_problem_beside_another_member() -> None:
    """The places of all problems are found in one pass, and are those of the body."""
    body = '{"other":1,\n"body":{"OR":[' + LISTS + f"],\n{UNKNOWN}}}}}"
    start = process_time()
    refused = ask(APP, "POST", "/v1/beside", content=body, headers=JSON)
    assert process_time() - start < 3  # it took seven
    found = [one["ctx"] for one in refused.json()["detail"] if one["type"] == "unknown_field"]
    last = body.split("\n")[-1]
    assert [(one["line"], one["column"]) for one in found] == [
        (3, last.index(f'"{one["pointer"].removeprefix("/")}":') + 1) for one in found
    ]
    assert [one["pointer"] for one in found] == [f"/f{number}" for number in range(100)]


def padded(query: dict[str, Any], size: int) -> str:
    """Criteria of a length."""
    return json.dumps(query).ljust(size)


def test_long_criteria_are_parsed_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the URL and in a body: nothing else is answered while the event loop parses. Short ones are parsed at once."""
    threads: list[bool] = []

    def noted(*arguments: Any, **options: Any) -> Any:
        threads.append(current_thread().name.startswith("AnyIO worker"))
        return parse_search(*arguments, **options)

    monkeypatch.setattr(searching, "parse_search", noted)
    monkeypatch.setattr("criteria.fastapi.parameters.parse_search", noted)
    for query, code in (({"year": 1971}, 200), ({"yeer": 1971}, 422)):
        for length, is_in_thread in ((1, False), (MAX_IN_PLACE + 1, True)):
            text = padded(query, length)
            for path in ("plain", "async"):
                assert ask(APP, "GET", f"/v1/{path}?query={text}").status_code == code
            assert ask(APP, "POST", "/v1/posted", content=text, headers=JSON).status_code == code
            assert set(threads) == {is_in_thread}
            threads.clear()


@pytest.mark.parametrize("length", [1, MAX_IN_PLACE + 1])
def test_the_length_of_criteria_does_not_change_the_response(length: int) -> None:
    """All problems of a search are in one response, and a search selects, orders and pages."""
    wrong = ask(APP, "GET", "/v1/plain", params={"query": padded({"yeer": 1}, length), "limit": "x"})
    assert errors(wrong) == {
        ("query", "query", "yeer"): "unknown_field",
        ("query", "limit"): "invalid_parameter",
    }
    asked = {"query": padded({"year": {"$gt": 1930}}, length), "orderBy": "title", "limit": "1"}
    found = ask(APP, "GET", "/v1/plain", params=asked)
    assert found.json() == {"ids": [2], "more": True, "count": None}
    last = ask(APP, "GET", "/v1/plain", params={**asked, "skip": "1"})
    assert last.json() == {"ids": [3], "more": False, "count": None}


def test_who_may_not_ask_learns_nothing_of_long_criteria() -> None:
    """401 comes before 422, also if the endpoint names the search first."""
    refused = ask(APP, "GET", "/v1/closed", params={"query": padded({"yeer": 1}, MAX_IN_PLACE + 1)})
    assert refused.status_code == 401
