"""Generated requests to an endpoint over Pydantic models select what the reference selects on their records."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import urlencode

import anyio
import httpx
from fastapi import FastAPI, Request, Response
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import criteria
from criteria import Search
from criteria.conformance.checks import expected_page
from tests.annotations.kinds import PydanticOrder, maker, schema_of
from tests.annotations.test_schemas import cases
from tests.conftest import capped

ORDERS = schema_of("pydantic")
STORED: list[PydanticOrder] = []
app = FastAPI()


@app.get("/orders")
def orders(
    search: Annotated[Search, criteria.fastapi.search(ORDERS)], request: Request, response: Response
) -> list[int]:
    """A page of models."""
    page = criteria.compile(search, "python", by="column")(STORED)
    response.headers.update(criteria.fastapi.page_headers(request, search, page))
    return [order.id for order in page.data]


@app.post("/orders/query")
async def posted(search: Annotated[Search, criteria.fastapi.search(ORDERS, body=True)]) -> list[int]:
    """The same with criteria in the body."""
    return [order.id for order in criteria.compile(search, "python", by="column")(STORED).data]


criteria.fastapi.install(app)


def answers(*requests: tuple[str, str, dict[str, Any]]) -> list[httpx.Response]:
    """The responses to requests; an exception that the application does not handle is raised."""

    async def asked() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            return [await client.request(method, url, **options) for method, url, options in requests]

    return anyio.run(asked)


@settings(max_examples=capped(300), phases=[Phase.generate])
@given(case=cases("pydantic"))
def test_generated_searches(case: tuple[list[dict[str, Any]], dict[str, Any], str, int | None]) -> None:
    """By GET and by POST, with order and pages, and a count."""
    rows, asked, order_by, limit = case
    STORED[:] = [maker("pydantic")(ORDERS.decode(row)) for row in rows]
    given_limit = 10 if limit is None else limit
    order = criteria.parse_order_by(order_by, ORDERS)
    right = expected_page(Search(criteria.parse(asked, ORDERS), order, given_limit, get_total_count=True), rows)
    params = {"orderBy": order_by, "limit": str(given_limit), "getTotalCount": "true"}
    text = json.dumps(asked)
    got, post = answers(
        ("GET", "/orders", {"params": {**params, "query": text}}),
        ("POST", "/orders/query", {"params": params, "content": text, "headers": {"content-type": "application/json"}}),
    )
    assert (got.status_code, post.status_code) == (200, 200), (got.text, post.text)
    assert got.json() == post.json() == list(right.data)
    assert got.headers["X-Total-Count"] == str(right.total_count)
    assert ("next" in got.links) == right.has_more_records


NAMES = st.sampled_from(["query", "orderBy", "limit", "skip", "getTotalCount", "after", "x", ""])
VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["{}", '{"id":1}', '{"id":"x"}', "[]", "1", "id desc", "true", "id,id", '{"NOT":{"title":null}}']),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["AND", "OR", "NOT", "id", "title", "$in", "$gte", "place.city"]), inner)
        ),
        max_leaves=6,
    ).map(json.dumps),
)


BODIES = st.binary(max_size=30) | VALUES.map(lambda text: text.encode("utf-8", "surrogatepass"))


@settings(max_examples=capped(300), phases=[Phase.generate])
@given(params=st.lists(st.tuples(NAMES, VALUES), max_size=4), body=BODIES)
def test_any_request_is_answered(params: list[tuple[str, str]], body: bytes) -> None:
    """Whatever is sent, the response is a page, or a 400 or 422 in FastAPI's shape."""
    STORED[:] = []
    query = urlencode(params, errors="surrogatepass")
    found = answers(
        ("GET", f"/orders?{query}", {}),
        ("POST", f"/orders/query?{query}", {"content": body, "headers": {"content-type": "application/json"}}),
    )
    for one in found:
        assert one.status_code in (200, 400, 422), one.text
        assert one.status_code != 422 or all(error.keys() >= {"type", "loc", "msg"} for error in one.json()["detail"])
