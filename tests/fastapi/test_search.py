"""`criteria.fastapi.search`: a search as a parameter (docs/fastapi.md)."""

from __future__ import annotations

import json
from typing import Annotated, Any

import anyio
import httpx
import pytest
from fastapi import APIRouter, Body, Depends, FastAPI, Form, Query, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.routing import APIRoute

import criteria
from criteria import CriteriaError
from criteria.cache import CACHES
from criteria.errors import MAX_PROBLEMS
from tests.fastapi.apps import ERRORS, FILMS, OwnError, Posted, answer, application, ask, errors

APP = application()
LINE = ("query", "query")


@pytest.mark.parametrize("path", ["plain", "async", "own", "model", "any", "raw"])
def test_searches(path: str) -> None:
    """Every kind of endpoint selects, orders, pages and counts."""
    params = {"query": '{"year": {"$lt": 1980}}', "orderBy": "title desc", "limit": "2", "getTotalCount": "true"}
    found = ask(APP, "GET", f"/v1/{path}", params=params)
    assert found.status_code == 200
    assert {**found.json(), "ids": [3, 1], "more": True, "count": 3} == found.json()
    assert ask(APP, "GET", f"/v1/{path}").json()["ids"] == [1, 2, 3, 4]


INVOICES = criteria.Schema(
    "invoice",
    [criteria.Field("id", "integer", is_unique=True, nullable=False), criteria.Field("total", "decimal")],
    system_properties=False,
)


def posted_beside(body: str, url: str = "/beside") -> httpx.Response:
    """What an endpoint with criteria and a note in its body answers."""
    app = FastAPI()

    @app.post("/beside")
    def beside(
        search: Annotated[criteria.Search, criteria.fastapi.search(INVOICES, body=True)], note: Annotated[Any, Body()]
    ) -> Any:
        return {"query": search.query.to_json(), "note": note}

    return ask(app, "POST", url, content=body, headers={"Content-Type": "application/json"})


def test_criteria_beside_another_member_of_the_body_are_read_from_the_text() -> None:
    """Repeated keys are refused, numbers are exact, and problems have their places in the body."""
    exact = posted_beside('{"body": {"total": 12345678901234567890.5}, "note": {"a": 1, "a": 2}}')
    assert exact.json() == {"query": {"total": "12345678901234567890.5000000000"}, "note": {"a": 2}}
    for body, where, line, column in (
        ('{"note": 1,\n "body": {"id": 1, "id": 2}}', ("body", "body", "id"), 2, 20),
        ('{"note": 1,\n "body": {"id": 1}, "body": {}}', ("body", "body"), 2, 21),
        ('{"note": 1, "body": {},\n "note": 2}', ("body", "note"), 2, 2),
        ('{"note": 1,\n "body": {"ID": 1}}', ("body", "body", "ID"), 2, 11),
    ):
        refused = posted_beside(body)
        assert set(errors(refused)) == {where}
        [error] = refused.json()["detail"]
        assert (error["ctx"]["line"], error["ctx"]["column"]) == (line, column)
    digits = posted_beside('{"note": 1, "body": {"total": {"$gt": 0.10000000000000000001}}}')
    assert errors(digits) == {("body", "body", "total", "$gt"): "out_of_range"}
    unknown = posted_beside('{"note": 1, "body": {"id": 1}}', "/beside?limt=1")
    assert errors(unknown) == {("query", "limt"): "unknown_parameter"}


def test_all_problems_beside_another_member_are_told_at_once() -> None:
    """Those of the URL, of the criteria, and of names that are repeated beside them."""
    unknown: dict[tuple[int | str, ...], str] = {("query", "limt"): "unknown_parameter"}
    repeated: dict[tuple[int | str, ...], str] = {("body", "note"): "duplicate_key"}
    wrong = '{"note": 1,\n "body": {"ID": 1}, "note": 2}'
    both: dict[tuple[int | str, ...], str] = {("body", "body", "ID"): "unknown_field", **repeated}
    assert errors(posted_beside(wrong)) == both
    refused = posted_beside(wrong, "/beside?limt=1")
    assert errors(refused) == {**both, **unknown}
    shown = {error["type"]: error for error in refused.json()["detail"]}
    assert shown["unknown_field"]["input"] == 1
    assert (shown["unknown_field"]["ctx"]["line"], shown["unknown_field"]["ctx"]["column"]) == (2, 11)
    assert (shown["duplicate_key"]["input"], shown["duplicate_key"]["ctx"]["pointer"]) == (2, "/note")
    twice = '{"body": {"id": 1, "id": 2}, "note": 1, "note": 2}'
    assert errors(posted_beside(twice, "/beside?limt=1")) == {
        ("body", "body", "id"): "duplicate_key",
        **repeated,
        **unknown,
    }
    assert errors(posted_beside('{"body": {"id": 1}, "note": 1}', "/beside?limt=1")) == unknown


@pytest.mark.parametrize("body", ['{"note": 1}', '{"note": 1, "note": 2}', "{}", "[1]", "null", ""])
def test_missing_criteria_beside_an_unknown_parameter_are_told(body: str) -> None:
    """In FastAPI's own words, which it has for them without the parameter."""
    [missing] = [one for one in posted_beside(body).json()["detail"] if one["loc"] == ["body", "body"]]
    refused = posted_beside(body, "/beside?limt=1")
    assert errors(refused) == {("query", "limt"): "unknown_parameter", ("body", "body"): "missing"}
    assert missing in refused.json()["detail"]


def test_null_in_place_of_criteria_is_refused_beside_another_member() -> None:
    """As it is alone: it is no criteria, and taken for none it would select every record."""
    for url in ("/beside", "/beside?limt=1"):
        refused = posted_beside('{"note": 1,\n "body": null}', url)
        assert errors(refused)["body", "body"] == "invalid_structure"
        [error] = [one for one in refused.json()["detail"] if one["loc"][0] == "body"]
        assert (error["ctx"]["line"], error["ctx"]["column"]) == (2, 10)


def test_null_that_an_application_decodes_itself_is_refused() -> None:
    """Its body is not JSON to the library."""

    class Decoded(Request):
        """A request in another format."""

        async def json(self) -> Any:
            return None

    class DecodingRoute(APIRoute):
        """A route of such requests."""

        def get_route_handler(self) -> Any:
            handler = super().get_route_handler()

            async def handled(request: Request) -> Any:
                return await handler(Decoded(request.scope, request.receive))

            return handled

    app = FastAPI()
    app.router.route_class = DecodingRoute

    @app.post("/decoded")
    def decoded(search: Posted) -> Any:
        return answer(search)

    assert errors(ask(app, "POST", "/decoded", content=b"nil", headers=JSON)) == {("body",): "invalid_structure"}


def note_of_a_form(note: Annotated[str, Form()]) -> str:
    """A field of a form, as a dependency."""
    return note


def with_forms() -> FastAPI:
    """An application whose endpoints have criteria beside a field of a form, that of a dependency, and a file."""
    pytest.importorskip("python_multipart")
    app = FastAPI()

    @app.post("/form")
    def form(search: Posted, note: Annotated[str, Form()]) -> Any:
        return {**answer(search), "note": note}

    @app.post("/inner")
    def inner(search: Posted, note: Annotated[str, Depends(note_of_a_form)]) -> Any:
        return {**answer(search), "note": note}

    @app.post("/file")
    def file(search: Posted, note: UploadFile) -> Any:
        return {**answer(search), "note": note.filename}

    return app


@pytest.mark.parametrize("path", ["/form", "/inner", "/file"])
def test_criteria_in_a_form_are_read_as_text(path: str) -> None:
    """FastAPI makes the criteria a field of the form, whose text is read only once."""
    app = with_forms()

    def sent(url: str, text: Any) -> httpx.Response:
        note: dict[str, Any] = {"files": {"note": ("x", b"1")}} if path == "/file" else {"data": {"note": "x"}}
        fields = {} if text is None else {"body": text}
        return ask(app, "POST", url, data={**note.get("data", {}), **fields}, files=note.get("files"))

    found = sent(path, '{"kind": "short"}')
    assert (found.status_code, found.json()["ids"], found.json()["note"]) == (200, [3, 4], "x")
    long = json.dumps({"title": {"$in": ["Duel", "x" * 9000, "y" * 9000]}})
    assert sent(path, long).json()["ids"] == [2]
    unknown: dict[tuple[int | str, ...], str] = {("query", "limt"): "unknown_parameter"}
    assert errors(sent(f"{path}?limt=1", '{"kind": "short"}')) == unknown
    for text, place, code in (
        ('{"knd": 1}', ("knd",), "unknown_field"),
        ('{"id": 1, "id": 2}', ("id",), "duplicate_key"),
        ("{", (), "invalid_json"),
        ("null", (), "invalid_structure"),
        (['{"kind": "short"}', "{}"], (), "invalid_parameter"),
        ("", (), "missing"),
        (None, (), "missing"),
    ):
        wrong: dict[tuple[int | str, ...], str] = {("body", "body", *place): code}
        assert errors(sent(path, text)) == wrong
        assert errors(sent(f"{path}?limt=1", text)) == {**wrong, **unknown}
    refused = sent(path, '{"year": 1,\n "yeer": 1}').json()["detail"]
    assert [(one["ctx"]["line"], one["ctx"]["column"]) for one in refused] == [(2, 2)]


def test_files_and_other_bodies_in_place_of_a_form_are_refused() -> None:
    """A file has no text that was read, and JSON is no form: the criteria in it count as missing."""
    app = with_forms()
    place = ("body", "body")
    for url in ("/form", "/form?limt=1"):
        file = ask(app, "POST", url, data={"note": "x"}, files={"body": ("a", b'{"kind": "short"}')})
        assert errors(file)[place] == "invalid_parameter"
        assert errors(ask(app, "POST", url, json={"body": {}, "note": "x"}))[place] == "missing"
        assert errors(ask(app, "POST", url))[place] == "missing"


@pytest.mark.parametrize("path", ["plain", "async"])
def test_the_body_of_a_get_request_is_refused(path: str) -> None:
    """Criteria in it would be dropped, and the response would have every record."""
    sent = ask(APP, "GET", f"/v1/{path}", json={"kind": "short"})
    assert sent.status_code == 422
    assert sent.json()["detail"] == [
        {
            "type": "invalid_structure",
            "loc": ["body"],
            "msg": "A GET request takes no body.",
            "input": None,
            "ctx": {"pointer": "", "hint": 'Write the criteria in the parameter "query".'},
        }
    ]
    assert ask(APP, "GET", f"/v1/{path}", content=b"").status_code == 200


def test_criteria_in_the_body() -> None:
    """The body is the criteria; order and page are in the URL."""
    found = ask(APP, "POST", "/v1/posted?orderBy=title&limit=1", json={"kind": "short"})
    assert found.json() == {"ids": [3], "more": True, "count": None}
    beside = ask(APP, "POST", "/v1/beside", json={"body": {"kind": "short"}, "other": {"a": 1}})
    assert (beside.json()["ids"], beside.json()["other"]) == ([3, 4], {"a": 1})
    assert ask(APP, "POST", "/v1/typed", json={"year": 1927}).json() == {"year": 1927}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"title": "' + "x" * (1 << 20) + '"}', "too_long"),
        ('{"OR": [' + ",".join(['{"yeer": 1}'] * 70_000) + "]}", "too_many_problems"),
        ('{"year": {"$in": [' + ",".join(['"x"'] * 250_000) + "]}}", "too_many_values"),
    ],
    ids=["text", "terms", "values"],
)
def test_criteria_of_a_megabyte_are_refused_in_few_words(body: str, code: str) -> None:
    """A long request has a short answer, and caches keep nothing of it."""
    before = sum(cache.bytes for cache in CACHES)
    refused = ask(APP, "POST", "/v1/posted", content=body.encode(), headers={"Content-Type": "application/json"})
    assert refused.status_code == 422
    assert code in {problem["type"] for problem in refused.json()["detail"]}
    assert len(refused.content) < 200_000
    assert sum(cache.bytes for cache in CACHES) <= before + 10_000


def test_all_problems_are_in_one_422() -> None:
    """Those of the criteria, of the other parameters, and of the endpoint's own, which FastAPI finds."""
    query = '{"yeer": 1,\n "OR": [{"title": "a"}, {"year": "x"}]}'
    found = ask(APP, "GET", "/v1/own", params={"query": query, "orderBy": "tilte", "limit": "99", "stars": "7"})
    assert errors(found) == {
        (*LINE, "yeer"): "unknown_field",
        (*LINE, "OR", 1, "year"): "type_mismatch",
        ("query", "orderBy"): "unknown_field",
        ("query", "limit"): "invalid_parameter",
        ("query", "stars"): "less_than_equal",
    }
    assert found.json()["detail"][0] == {
        "type": "unknown_field", "loc": [*LINE, "yeer"], "msg": 'There is no field "yeer" in "film".', "input": 1,
        "ctx": {"pointer": "/yeer", "line": 1, "column": 2, "hint": 'Did you mean "year"?'},
    }  # fmt: skip
    assert found.json()["detail"][1]["ctx"]["line"] == 2


def test_problems_of_a_body_have_lines_and_columns() -> None:
    """Its text is read, so a repeated key is seen too; parameters of the URL are at their own place."""
    found = ask(APP, "POST", "/v1/posted?limt=1", content='{"year": 1,\n "year": 2}', headers=JSON)
    assert errors(found) == {("query", "limt"): "unknown_parameter", ("body", "year"): "duplicate_key"}
    assert found.json()["detail"][1]["ctx"] == {"pointer": "/year", "line": 2, "column": 2}
    found = ask(APP, "POST", "/v1/typed", json={"OR": [{"yeer": 1}]})
    assert errors(found) == {("body", "OR", 0, "yeer"): "unknown_field"}
    found = ask(APP, "POST", "/v1/beside", json={"body": {"yeer": 1}, "other": {"a": 1}})
    assert errors(found) == {("body", "body", "yeer"): "unknown_field"}


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("body", [b"", b"{"])
def test_bodies_that_fastapi_refuses_are_its_own(body: bytes) -> None:
    """A body that is missing or is not JSON is `missing` or `json_invalid`, as without us."""
    [kind] = errors(ask(APP, "POST", "/v1/posted", content=body, headers=JSON)).values()
    assert kind in ("missing", "json_invalid")


HOSTILE = {
    "nan": '{"year": NaN}',
    "nan in a body": '{"year": 1e999}',
    "surrogate": '{"title": "\\ud800"}',
    "surrogate key": '{"\\ud800": 1}',
    "number": '{"year": ' + "9" * 4000 + "}",
    "deep": '{"NOT":' * 500 + "1" + "}" * 500,
    "deep list": "[" * 5000,
    "long": '{"title": "' + "x" * 20_000 + '", "yeer": 1}',
    "many": json.dumps({"OR": [{f"f{n}": 1} for n in range(2000)]}),
    "template": '{"{hint}": "{pointer}"}',
    "null": "null",
    "empty": "",
    "text": '"x"',
    "control": '{"a\\u0000b": 1}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_criteria_are_refused_in_a_bounded_422(name: str) -> None:
    """In the URL, in a body, and as a type: never a 500, and never a response that grows with the request."""
    text = HOSTILE[name]
    found = ask(APP, "GET", "/v1/plain", params={"query": text})
    assert errors(found)
    assert len(found.content) < 150_000
    for path in ("posted", "typed"):
        found = ask(APP, "POST", f"/v1/{path}", content=text, headers=JSON)
        assert found.status_code in (400, 422), found.text
        assert len(found.content) < 150_000


@pytest.mark.parametrize(
    ("url", "place", "code"),
    [
        ("limit=1&limit=2", ("query", "limit"), "invalid_parameter"),
        ("query={}&query={}", LINE, "invalid_parameter"),
        ("oderBy=title", ("query", "oderBy"), "unknown_parameter"),
        ("orderBy=title%ff", ("query", "orderBy"), "unknown_field"),
        ("query={%22title%22:%22%ff%22}", ("query",), "invalid_parameter"),
        ("limit=", ("query", "limit"), "invalid_parameter"),
        ("skip=-1", ("query", "skip"), "invalid_parameter"),
        ("resolve=title", ("query", "resolve"), "not_resolvable"),
        ("getTotalCount=yes", ("query", "getTotalCount"), "invalid_parameter"),
    ],
)
def test_parameters_that_fastapi_would_drop_are_refused(url: str, place: tuple[str, ...], code: str) -> None:
    """Repeated, misspelt and badly encoded ones."""
    assert errors(ask(APP, "GET", f"/v1/plain?{url}")) == {place: code}


def test_the_endpoints_own_parameters_are_left_alone() -> None:
    """Repeated ones, those of models and security schemes, and those that the endpoint reads itself."""
    assert ask(APP, "GET", "/v1/own?tag=1&tag=2&api_key=k&stars=2").json()["tags"] == ["1", "2"]
    assert errors(ask(APP, "GET", "/v1/own?tga=1")) == {("query", "tga"): "unknown_parameter"}
    assert ask(APP, "GET", "/v1/model?colour=blue").json()["colour"] == "blue"
    assert errors(ask(APP, "GET", "/v1/model?color=blue")) == {("query", "color"): "unknown_parameter"}
    assert ask(APP, "GET", "/v1/any?anything=1").status_code == 200
    assert ask(APP, "GET", "/v1/raw?debug=1").json()["debug"] == "1"
    assert errors(ask(APP, "GET", "/v1/raw?debgu=1")) == {("query", "debgu"): "unknown_parameter"}


def test_who_may_not_ask_learns_nothing_of_their_criteria() -> None:
    """401 comes before 422, also if the endpoint names the search first."""
    found = ask(APP, "GET", '/v1/closed?query={"yeer":1}')
    assert (found.status_code, found.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_handler_of_the_application_answers() -> None:
    """One for `RequestValidationError` gets our errors too, with the body, and one for `ValueError` is kept."""

    def own(request: Request, error: Exception) -> PlainTextResponse:
        assert isinstance(error, RequestValidationError)
        return PlainTextResponse(error.errors()[0]["type"], 400)

    def value_error(request: Request, error: Exception) -> PlainTextResponse:
        return PlainTextResponse(type(error).__name__, 418)

    app = application(handlers={RequestValidationError: own, ValueError: value_error})
    assert ask(app, "GET", '/v1/plain?query={"yeer":1}').text == "unknown_field"
    assert ask(app, "POST", "/v1/posted", json={"yeer": 1}).text == "unknown_field"
    assert ask(app, "GET", "/raise/unsupported").text == "unsupported"
    assert ask(app, "GET", "/raise/damaged").text == "CriteriaError"
    assert ask(app, "GET", "/raise/own").text == "OwnError"


@pytest.mark.parametrize("name", [name for name in ERRORS if name != "unsupported"])
def test_other_exceptions_are_as_without_us(name: str) -> None:
    """Status, headers and body of what the application raises, and of errors about its stored records."""
    handlers: dict[Any, Any] = {OwnError: lambda request, error: PlainTextResponse("own", 410)}
    found, without = (
        ask(application(is_installed=installed, handlers=handlers), "GET", f"/raise/{name}")
        for installed in (True, False)
    )
    assert (found.status_code, found.headers, found.content) == (
        without.status_code, without.headers, without.content,
    )  # fmt: skip
    assert "secret" not in found.text


def test_criteria_that_an_engine_cannot_answer() -> None:
    """`unsupported`, raised in an endpoint, is a 422 with the hint."""
    found = ask(APP, "GET", "/raise/unsupported")
    assert errors(found) == {("query",): "unsupported"}
    assert found.json()["detail"][0]["ctx"]["hint"] == "Ask for less."


def test_examples_are_checked() -> None:
    """One that would be refused is an error when the program starts."""
    with pytest.raises(CriteriaError, match="yeer"):
        criteria.fastapi.search(FILMS, examples={"wrong": {"yeer": 1}})
    with pytest.raises(CriteriaError, match="Expected a Schema"):
        criteria.fastapi.search(int)  # type: ignore[arg-type]


def links(url: str) -> tuple[dict[str, str], str | None]:
    """The links of a page, and the count."""
    found = ask(APP, "GET", url)
    return {name: link["url"] for name, link in found.links.items() if name}, found.headers.get("X-Total-Count")


def test_links_lead_through_all_pages_and_back() -> None:
    """`Link` keeps the other parameters, and `X-Total-Count` is there if it was asked for."""
    url, seen = '/v1/paged?query={"id":{"$gte":1}}&orderBy=year desc&limit=1&getTotalCount=true', []
    while True:
        found = ask(APP, "GET", url)
        seen += found.json()
        assert found.headers["X-Total-Count"] == "4"
        if "next" not in found.links:
            break
        url = found.links["next"]["url"]
    assert seen == [2, 3, 1, 4]
    assert ask(APP, "GET", found.links["prev"]["url"]).json() == [1]
    assert links("/v1/paged?skip=1&limit=2")[0].keys() == {"next", "prev"}
    assert links("/v1/paged?limit=4") == ({}, None)
    assert links("/v1/paged?limit=0&getTotalCount=true") == ({}, "4")
    assert "skip" not in links("/v1/paged?skip=1&limit=2")[0]["prev"]


@pytest.mark.parametrize("name", ["%0d%0aX-Evil:%201", "%3E;%20rel=%22prev%22", "%E2%82%AC", "%22"])
def test_links_have_the_address_as_it_was_written(name: str) -> None:
    """No character of an address ends a link or a header, and own parameters are kept byte by byte."""
    found = ask(APP, "GET", f"/v1/paged/{name}?tag=%ff%E2%82%AC&limit=1")
    assert list(found.links) == ["next"]
    assert "X-Evil" not in found.headers
    url = found.links["next"]["url"]
    assert "?tag=%FF%E2%82%AC&limit=1&" in url
    assert ask(APP, "GET", url).json() == [2]


def test_links_of_addresses_in_raw_bytes() -> None:
    """Some servers pass on bytes that are not ASCII, and any `Host`: the links have the bytes and the path."""
    path, query = "/v1/paged/a?b#c\\d", b"tag=\xff\xc3\xbc&limit=1"
    scope = {
        "type": "http", "method": "GET", "scheme": "http", "path": path, "raw_path": b"", "query_string": query,
        "root_path": "", "headers": [(b"host", b"x/evil?y")], "http_version": "1.1", "server": ("x", 80),
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    anyio.run(APP, scope, receive, send)
    assert sent[0]["status"] == 200
    link = dict(sent[0]["headers"])[b"link"].decode()
    assert link.startswith("</v1/paged/a%3Fb%23c%5Cd?tag=%FF%C3%BC&limit=1&after=")


def test_links_behind_a_proxy() -> None:
    """They have the `root_path` of an application that is mounted, or that a proxy serves below a path."""
    outer = FastAPI()
    outer.mount("/api", APP)
    assert ask(outer, "GET", "/api/v1/paged?limit=1").links["next"]["url"].startswith("/api/v1/paged?")


def test_parameters_of_dependencies_at_every_level_are_known() -> None:
    """Those of the application, of a router, of including one, of an endpoint, and of a dependency's dependency."""

    def parameter(name: str) -> Any:
        # Defaults: annotations are strings here, and could not name what is local.
        def inner(value: str = Query("", alias=f"inner_{name}")) -> None: ...

        def outer(found: None = Depends(inner), value: str = Query("", alias=name)) -> None: ...

        return Depends(outer)

    router = APIRouter(dependencies=[parameter("router")])

    def listed(search: Annotated[criteria.Search, criteria.fastapi.search(FILMS)]) -> int | None:
        return search.limit

    router.get("/films", dependencies=[parameter("route")])(listed)
    outer = APIRouter()
    outer.include_router(router, prefix="/a", dependencies=[parameter("inclusion")])
    app = FastAPI(dependencies=[parameter("application")])
    app.include_router(outer, prefix="/b", dependencies=[parameter("outside")])
    names = ["router", "route", "inclusion", "application", "outside"]
    query = "&".join(f"{name}=1&inner_{name}=2" for name in names)
    found = ask(app, "GET", f"/b/a/films?limit=3&{query}")
    assert (found.status_code, found.json()) == (200, 3)
    assert errors(ask(app, "GET", f"/b/a/films?limit=3&{query}&rout=1")) == {("query", "rout"): "unknown_parameter"}


def test_links_are_cursors_unless_the_client_skips() -> None:
    """Cursors neither skip nor repeat records while others write; a client that counts goes on counting."""
    found = ask(APP, "GET", "/v1/paged?orderBy=year&limit=2")
    assert (found.json(), list(found.links)) == ([4, 1], ["next"])
    url = found.links["next"]["url"]
    assert ("after=" in url, "skip=" in url) == (True, False)
    second = ask(APP, "GET", url)
    assert (second.json(), list(second.links)) == ([3, 2], ["prev"])
    first = ask(APP, "GET", second.links["prev"]["url"])
    assert ("before=" in second.links["prev"]["url"], first.json()) == (True, [4, 1])
    counted = ask(APP, "GET", "/v1/paged?orderBy=year&limit=1&skip=1")
    assert ["skip=2" in counted.links["next"]["url"], "skip" in counted.links["prev"]["url"]] == [True, False]


def test_cursors_that_are_refused() -> None:
    """Those of another order, forged ones, two at once, one with `skip`, and unsigned ones where they are signed."""
    after = httpx.URL(ask(APP, "GET", "/v1/paged?orderBy=year&limit=1").links["next"]["url"]).params["after"]
    for url, place, code in (
        (f"orderBy=title&after={after}", ("query", "after"), "cursor_mismatch"),
        ("after=x", ("query", "after"), "invalid_cursor"),
        (f"orderBy=year&after={after}&before={after}", ("query", "before"), "invalid_parameter"),
        (f"orderBy=year&after={after}&skip=1", ("query", "skip"), "invalid_parameter"),
    ):
        assert errors(ask(APP, "GET", f"/v1/paged?{url}")) == {place: code}
    assert errors(ask(APP, "GET", f"/v1/signed?orderBy=year&after={after}")) == {("query", "after"): "invalid_cursor"}
    signed = ask(APP, "GET", "/v1/signed?orderBy=year&limit=1")
    assert ask(APP, "GET", signed.links["next"]["url"]).json() == [1]


def test_links_past_a_value_that_is_too_long_for_a_cursor() -> None:
    """A client that begins at the first page goes on by `skip`; in a walk by cursors the request is refused."""
    app = FastAPI()
    criteria.fastapi.install(app)
    records = [{"id": at, "title": "b" * 30_000 if at == 2 else "a"} for at in range(4)]

    @app.get("/films")
    def films(search: Annotated[criteria.Search, criteria.fastapi.search(FILMS)], request: Request) -> JSONResponse:
        page = criteria.compile(search, "python")(records)
        return JSONResponse(
            [one["id"] for one in page.data], headers=criteria.fastapi.page_headers(request, search, page)
        )

    found = ask(app, "GET", "/films?orderBy=title desc&limit=1")
    assert (found.json(), found.links["next"]["url"]) == ([2], "/films?orderBy=title+desc&limit=1&skip=1")
    ordered = criteria.parse_search({"orderBy": "title desc"}, FILMS)
    cursor = ordered.cursor({"id": 0, "title": "c"})
    assert errors(ask(app, "GET", f"/films?orderBy=title desc&limit=1&after={cursor}")) == {("query",): "unsupported"}


@pytest.mark.parametrize("key", [b"", b"short", "sixteen letters or more"])
def test_a_key_that_cannot_sign_is_refused_when_the_program_starts(key: Any) -> None:
    """It may come from a variable that is not set: every request would get 422, as if the client were wrong."""
    with pytest.raises(CriteriaError, match="at least 16") as refused:
        criteria.fastapi.search(FILMS, cursor_key=key)
    assert "not set" in str(refused.value.problems[0].hint)


@pytest.mark.parametrize("options", [{"limits": 100}, {"limits": None}, {"also": "debug"}], ids=str)
def test_options_of_another_class_are_refused_when_the_program_starts(options: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="expected"):
        criteria.fastapi.search(FILMS, **options)


@pytest.mark.parametrize("others", [{"limit": "x"}, {"query": '{"statsu": 1}'}], ids=str)
def test_unknown_parameters_are_in_one_422_with_the_others(others: dict[str, str]) -> None:
    """FastAPI would answer for a parameter that is wrong before the unknown ones are looked for."""
    found = ask(APP, "GET", "/v1/plain", params={**others, "oderBy": "total"})
    assert found.status_code == 422
    assert {one["loc"][1] for one in found.json()["detail"]} == {*others, "oderBy"}


def test_many_unknown_parameters_are_a_hundred_problems() -> None:
    """The others are not even looked at."""
    found = ask(APP, "GET", "/v1/plain", params=dict.fromkeys((f"p{number}" for number in range(5000)), "1"))
    codes = [one["type"] for one in found.json()["detail"]]
    assert (found.status_code, len(codes), codes[-1]) == (422, MAX_PROBLEMS + 1, "too_many_problems")


def test_titles_of_parameters_are_words() -> None:
    parameters = APP.openapi()["paths"]["/v1/plain"]["get"]["parameters"]
    titles = {one["name"]: one["schema"].get("title") for one in parameters if "schema" in one}
    assert (titles["getTotalCount"], titles["orderBy"]) == ("Get total count", "Order by")
