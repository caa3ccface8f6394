"""What a request holds: parameters, searches and JSON objects, without a server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import criteria
from criteria import CriteriaError, Field, Schema
from criteria.web import (
    ApiError,
    ApiStatus,
    JsonObject,
    RequestError,
    check_content_type,
    check_headers,
    get_search,
    json_object,
    parameters,
    post_search,
    success,
)
from criteria.web.requests import MAX_PARAMETERS

FILM = Schema("film", [Field("title", "string"), Field("year", "integer")], max_limit=100)


def test_parameters_are_counted() -> None:
    """A URL has at most a hundred, however often it repeats them; those that an application does not ask for are its
    own."""
    most = MAX_PARAMETERS
    assert len(parameters("&".join(f"a{number}=" for number in range(most)))) == most
    for text in ("&".join(f"a{number}=" for number in range(most + 1)), "a=&" * 20_000, "&" * 60_000):
        with pytest.raises(RequestError) as caught:
            parameters(text.encode())
        assert [one.code for one in caught.value.problems] == ["too_many_values"]
    assert parameters("a=&" * 20_000 + "limit=5", {"limit"}) == {"limit": "5"}


def test_parameters_are_decoded() -> None:
    """The query string's text and bytes give the same, with blanks and letters of all kinds."""
    expected = {"query": '{"title": "Amélie & Co"}', "limit": "", "a+b": "c d"}
    text = "query=%7B%22title%22%3A%20%22Am%C3%A9lie+%26%20Co%22%7D&limit=&a%2Bb=c+d"
    assert parameters(text) == parameters(text.encode()) == expected
    assert parameters("") == parameters(b"") == {}


@pytest.mark.parametrize("text", ["a=1&a=1", "a=1&b=2&a=3", "a=%FF", b"a=\xff", "%C3=1"])
def test_parameters_that_are_refused(text: str | bytes) -> None:
    """One that is repeated, or is not UTF-8, is refused: neither is dropped nor replaced."""
    with pytest.raises(CriteriaError) as refused:
        parameters(text)
    assert {problem.code for problem in refused.value.problems} == {"invalid_parameter"}


def test_searches_of_get_and_post_are_the_same() -> None:
    """The criteria stand in the query string or in the body; problems have the same pointers."""
    params = parameters('orderBy=title&limit=5&query={"year":{"$gt":2000}}')
    by_get = get_search(params, FILM)
    query = params.pop("query")
    assert post_search(params, query.encode(), FILM) == by_get
    assert (by_get.limit, by_get.query.to_json()) == (5, {"year": {"$gt": 2000}})
    pointers = ["/query/yeer", "/limit"]
    with pytest.raises(CriteriaError) as refused:
        get_search({"query": '{"yeer": 1}', "limit": "x"}, FILM)
    assert [problem.pointer for problem in refused.value.problems] == pointers
    with pytest.raises(CriteriaError) as refused:
        post_search({"limit": "x"}, b'{"yeer": 1}', FILM)
    assert [problem.pointer for problem in refused.value.problems] == pointers


def test_criteria_are_in_one_place() -> None:
    """A POST request with criteria in its query string as well is refused."""
    with pytest.raises(CriteriaError) as refused:
        post_search({"query": "{}"}, b"{}", FILM)
    assert refused.value.problems[0].pointer == "/query"


@pytest.mark.parametrize(
    "value", ["application/json", "APPLICATION/json ; charset=utf-8", 'application/json;charset="UTF-8"']
)
def test_content_types_of_json(value: str) -> None:
    """JSON is in UTF-8, said or not."""
    check_content_type(value)


@pytest.mark.parametrize(
    "value",
    [
        None, "", "text/json", "application/json; charset=utf-16", "application/jsonx",
        "application/j\u017fon", "application/json; char\u017fet=utf-8", "applicat\u0131on/json",
    ],
)  # fmt: skip
def test_other_content_types(value: str | None) -> None:
    """All else is `BadRequest`, also with letters that Unicode folds to ASCII."""
    with pytest.raises(ApiError) as refused:
        check_content_type(value)
    assert refused.value.status is ApiStatus.BAD_REQUEST


JSON = ("Content-Type", "application/json")


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", [JSON, ("Transfer-Encoding", "gzip, chunked")]),
        ("POST", [JSON, ("transfer-encoding", "chun\u212aed")]),
        ("POST", [JSON, ("CONTENT-ENCODING", "gzip")]),
        ("PUT", [JSON, JSON]),
        ("POST", [JSON, ("Content-Length", "2"), ("Transfer-Encoding", "chunked")]),
        ("GET", [("content-length", "2")]),
        ("HEAD", [("Transfer-Encoding", "chunked")]),
    ],
)
def test_what_headers_say_of_a_body_is_not_ignored(method: str, headers: list[tuple[str, str]]) -> None:
    """Some servers, such as httptools, hand on a body of which they have not undone an encoding."""
    with pytest.raises(ApiError) as refused:
        check_headers(method, headers)
    assert refused.value.status is ApiStatus.BAD_REQUEST


def test_headers_of_bodies_that_are_read() -> None:
    """The content type is returned, with headers in any letter case."""
    assert check_headers("POST", [("content-TYPE", "application/json"), ("Transfer-Encoding", " Chunked")]) == JSON[1]
    assert check_headers("GET", [("Content-Length", "0"), ("Accept", "*/*")]) is None


def test_json_objects_know_their_text() -> None:
    """Problems with a decoded object have the lines and columns of its text."""
    body = json_object(b'\xef\xbb\xbf{"a": 1,\n  "b": [1, {"c": 2}]}')
    assert body == {"a": 1, "b": [1, {"c": 2}]}
    problem = criteria.Problem("invalid_record", "No.", "/b/1/c")
    [found] = body.refused([problem]).problems
    assert (found.line, found.column) == (2, 18)
    assert JsonObject({"a": 1}).refused([problem]).problems == (problem,)


@pytest.mark.parametrize(
    ("text", "code"),
    [(b"", "invalid_json"), (b"[]", "invalid_structure"), (b"1", "invalid_structure"), (b"\xff", "invalid_json"),
     (b'{"a": 1, "a": 2}', "duplicate_key"), (b'{"a": ' * 10_000, "too_deep"), (b'{"a": NaN}', "invalid_json")],
)  # fmt: skip
def test_bodies_that_are_not_objects(text: bytes, code: str) -> None:
    """They are refused with the library's codes."""
    with pytest.raises(CriteriaError) as refused:
        json_object(text)
    assert refused.value.problems[0].code == code


def test_statuses_are_those_of_the_documents() -> None:
    """Ten status codes, each with its HTTP code."""
    assert {status.code: status.http for status in ApiStatus} == {
        "Success": 200, "AuthenticationFailed": 401, "AccessDenied": 403, "ObjectNotFound": 404, "BadRequest": 400,
        "ObjectAlreadyExists": 400, "BadParameterValue": 400, "ApiKeyInvalid": 400,
        "CustomDomainNameAlreadyUsed": 400, "UnidentifiedError": 500,
    }  # fmt: skip


def test_envelopes() -> None:
    """A success has data where there is some; an error has a message and, for programs, its problems."""
    assert success() == {"apiStatusCode": "Success"}
    assert success([], totalCount=0) == {"apiStatusCode": "Success", "totalCount": 0, "data": []}
    with pytest.raises(CriteriaError) as refused:
        criteria.parse('{"yeer": 1}', FILM)
    told = ApiError.of(refused.value).to_json()
    assert (told["apiStatusCode"], told["apiStatusMessage"]) == ("BadParameterValue", str(refused.value))
    hint = 'Did you mean "year"?'
    message = 'There is no field "yeer" in "film".'
    problem = {"code": "unknown_field", "message": message, "pointer": "/yeer", "line": 1, "column": 2, "hint": hint}
    assert told["problems"] == [problem]
    assert ApiError(ApiStatus.ACCESS_DENIED, "No.").to_json() == {
        "apiStatusCode": "AccessDenied",
        "apiStatusMessage": "No.",
    }


def test_a_key_of_cursors_that_cannot_sign_is_no_fault_of_the_request() -> None:
    """A `RequestError` would be HTTP 400. A plain `CriteriaError` is a fault of the server, which it logs."""
    with pytest.raises(CriteriaError, match="at least 16") as refused:
        get_search({}, FILM, cursor_key=b"")
    assert not isinstance(refused.value, RequestError)
    with pytest.raises(CriteriaError, match="at least 16") as refused:
        post_search({}, b"{}", FILM, cursor_key=b"")
    assert not isinstance(refused.value, RequestError)


def test_no_framework_is_needed() -> None:
    """`criteria.web` is imported and used where neither Starlette nor FastAPI is installed."""
    program = """
import sys
for name in ("starlette", "fastapi", "anyio", "pydantic"):
    sys.modules[name] = None
from criteria.web import parameters, success
print(success(parameters("limit=1")))
"""
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout == "{'apiStatusCode': 'Success', 'data': {'limit': '1'}}\n"
