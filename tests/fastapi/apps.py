"""An application with endpoints of every kind, and a client that asks it in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import anyio
import httpx
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.security import APIKeyQuery
from pydantic import BaseModel

import criteria
from criteria import CriteriaError, Problem, Schema, Search

FILMS = Schema.from_json(
    {
        "name": "film",
        "systemProperties": False,
        "key": ["id"],
        "maxLimit": 50,
        "fields": [
            {"name": "id", "fieldType": "integer", "nullable": False},
            {"name": "title", "fieldType": "string"},
            {"name": "year", "fieldType": "integer"},
            {"name": "kind", "fieldType": "string", "values": ["short", "feature"]},
            {"name": "sequelOf", "fieldType": "objectRef", "objectEntityType": "film"},
        ],
    }
)
RECORDS = [
    {"id": 1, "title": "Sunrise", "year": 1927, "kind": "feature"},
    {"id": 2, "title": "Duel", "year": 1971, "kind": "feature"},
    {"id": 3, "title": "The House Is Black", "year": 1962, "kind": "short"},
    {"id": 4, "title": "Untitled", "year": None, "kind": "short"},
]
FilmSearch = Annotated[Search, criteria.fastapi.search(FILMS)]
Posted = Annotated[Search, criteria.fastapi.search(FILMS, body=True)]


class Paging(BaseModel):
    """Parameters in a model."""

    colour: str = "red"


class AnyParameters(BaseModel, extra="allow"):
    """A model that takes any parameter."""


def answer(search: Search) -> dict[str, Any]:
    """What a search selects."""
    page = criteria.compile(search, "python")(RECORDS)
    return {"ids": [record["id"] for record in page.data], "more": page.has_more_records, "count": page.total_count}


def nobody() -> None:
    """Refuses everybody."""
    raise HTTPException(401, "Who are you?", headers={"WWW-Authenticate": "Bearer"})


router = APIRouter()


@router.get("/plain")
def plain(search: FilmSearch) -> dict[str, Any]:
    """A plain endpoint."""
    return answer(search)


@router.get("/async")
async def asynchronous(search: FilmSearch) -> dict[str, Any]:
    """An asynchronous endpoint."""
    await anyio.sleep(0)
    return answer(search)


@router.get("/own")
def own(
    search: FilmSearch,
    key: Annotated[str, Depends(APIKeyQuery(name="api_key", auto_error=False))],
    tags: Annotated[list[str], Query(alias="tag")] = [],  # noqa: B006 (FastAPI copies it)
    stars: Annotated[int, Query(le=3)] = 1,
) -> dict[str, Any]:
    """An endpoint with parameters of its own."""
    return {**answer(search), "tags": tags, "stars": stars}


@router.get("/model")
def model(search: FilmSearch, paging: Annotated[Paging, Query()]) -> dict[str, Any]:
    """An endpoint with a model of parameters."""
    return {**answer(search), "colour": paging.colour}


@router.get("/any")
def any_parameters(search: FilmSearch, given: Annotated[AnyParameters, Query()]) -> dict[str, Any]:
    """An endpoint that takes any parameter."""
    return answer(search)


@router.get("/raw")
def raw(request: Request, search: Annotated[Search, criteria.fastapi.search(FILMS, also=["debug"])]) -> Any:
    """An endpoint that reads a parameter itself."""
    return {**answer(search), "debug": request.query_params.get("debug")}


@router.get("/closed")
def closed(search: FilmSearch, user: Annotated[None, Depends(nobody)]) -> None:
    """An endpoint that refuses everybody."""


@router.get("/paged", responses={200: {"headers": criteria.fastapi.PAGE_HEADERS}})
@router.get("/paged/{name}")
def paged(search: FilmSearch, request: Request, response: Response, name: str = "", tag: str = "") -> list[int]:
    """An endpoint with headers."""
    page = criteria.compile(search, "python")(RECORDS)
    response.headers.update(criteria.fastapi.page_headers(request, search, page))
    return [record["id"] for record in page.data]


@router.get("/signed")
def signed(
    search: Annotated[Search, criteria.fastapi.search(FILMS, cursor_key=b"0123456789abcdef")],
    request: Request,
    response: Response,
) -> list[int]:
    """An endpoint with headers, whose cursors are signed."""
    return paged(search, request, response)


@router.post("/posted")
def posted(search: Posted) -> dict[str, Any]:
    """Criteria in the body, the rest in the URL."""
    return answer(search)


@router.post("/beside")
def beside(search: Posted, other: dict[str, int]) -> dict[str, Any]:
    """Criteria beside another member of the body."""
    return {**answer(search), "other": other}


@router.post("/typed")
def typed(query: Annotated[criteria.Query, criteria.pydantic.of(FILMS)]) -> Any:
    """Criteria as a type."""
    return query.to_json()


class OwnError(ValueError):
    """An exception of the application."""


def raising(error: Exception) -> Callable[[], None]:
    """An endpoint that raises an error."""

    def raises() -> None:
        raise error

    return raises


ERRORS: dict[str, Exception] = {
    "unsupported": CriteriaError(
        Problem("unsupported", "The engine has no NaN.", hint="Ask for less.", asked_fields=())
    ),
    "unfit": CriteriaError(Problem("unsupported", "a secret field of the schema")),
    "damaged": CriteriaError(Problem("invalid_record", "a secret")),
    "own": OwnError(),
    "conflict": HTTPException(409, "Somebody was faster.", headers={"X-Own": "1"}),
    "away": HTTPException(503, headers={"Retry-After": "120"}),
    "broken": RuntimeError("a secret"),
}


def application(*, is_installed: bool = True, handlers: dict[Any, Any] | None = None) -> FastAPI:
    """The application."""
    app = FastAPI(exception_handlers=handlers)
    app.include_router(router, prefix="/v1")
    for name, error in ERRORS.items():
        app.get(f"/raise/{name}", include_in_schema=False)(raising(error))
    if is_installed:
        criteria.fastapi.install(app, FILMS)
    return app


def ask(app: FastAPI, method: str, url: str, **options: Any) -> httpx.Response:
    """The response of an application."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.request(method, url, **options)

    return anyio.run(asked)


def errors(response: httpx.Response) -> dict[tuple[int | str, ...], str]:
    """The types of the errors by their places. The response has the shape of FastAPI's own."""
    assert response.status_code == 422, response.text
    [(key, details)] = response.json().items()
    assert key == "detail"
    for one in details:
        assert {"type", "loc", "msg", "input"} <= one.keys() <= {"type", "loc", "msg", "input", "ctx"}
    return {tuple(one["loc"]): one["type"] for one in details}
