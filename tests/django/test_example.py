"""examples/django_drf, with the films of the other examples: requests, and the documentation of its API."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import criteria
from criteria import Field, Schema
from tests.conftest import require
from tests.tables import orms

ROOT = Path(__file__).parent.parent.parent
FILMS = [json.loads(line) for line in (ROOT / "examples/films.ndjson").read_text(encoding="utf-8").splitlines()]
SCHEMA = Schema(
    "film",
    [
        Field("objectId", "integer", is_unique=True, nullable=False),
        Field("title", "string"),
        Field("rated", "string"),
        Field("boxOfficeMillions", "decimal", precision=10, scale=6),
        Field("directors", "string", is_list=True),
        Field("awards.oscars", "integer"),
    ],
    system_properties=False,
)
NAMES = {"box_office": "boxOfficeMillions", "directors.name": "directors", "id": "objectId"}

QUERIES: list[dict[str, Any]] = [
    {"query": '{"directors.name": "Sam Mendes"}', "orderBy": "title"},
    {"query": '{"directors.name": {"$nin": ["Sam Mendes"]}}', "orderBy": "box_office desc", "limit": 3, "skip": 2},
    {"query": '{"box_office": {"$gt": 300}}', "getTotalCount": "true", "limit": 2},
    {"query": '{"NOT": {"awards.oscars": {"$gte": 1}}, "rated": null}', "orderBy": "awards.oscars,title desc"},
    {"query": '{"title": {"$startsWith": "The "}}', "getTotalCount": "true", "limit": 0},
    {},
]
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"query": '{"titel": "x"}'}, "query", "unknown_field"),
    ({"query": '{"rated": "PG13"}'}, "query", "unknown_value"),
    ({"query": "{"}, "query", "invalid_json"),
    ({"orderBy": "directors.name"}, "orderBy", "not_sortable"),
    ({"limit": "x"}, "limit", "invalid_parameter"),
    ({"query": ["{}", "{}"]}, "query", "invalid_parameter"),
]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the example answers to all requests of this module."""
    missing = orms.missing_orm("django", 5)
    packages = ("rest_framework", "drf_spectacular", "drf_spectacular_sidecar")
    if missing is None and not all(find_spec(name) for name in packages):
        missing = orms.HOW_TO_GET
    require("Django REST framework", missing)
    requests = [*QUERIES, *(parameters for parameters, *_ in REFUSED)]
    database = tmp_path_factory.mktemp("films") / "films.sqlite3"
    done = subprocess.run(
        [sys.executable, "-m", "tests.django.example_requests", str(database)],
        input=json.dumps(requests), capture_output=True, text=True, cwd=ROOT, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("at", range(len(QUERIES)))
def test_films_are_those_of_the_predicate(answers: dict[str, Any], at: int) -> None:
    """The rows, their order and their number."""
    parameters = dict(QUERIES[at])
    for name, other in NAMES.items():
        for key in ("query", "orderBy"):
            parameters[key] = parameters.get(key, "{}" if key == "query" else "id").replace(name, other)
    search = criteria.parse_search(parameters, SCHEMA)
    page = criteria.compile(search, "python", records="json")(FILMS)
    status, body = answers["responses"][at]
    assert status == 200, body
    assert [one["id"] for one in body["data"]] == [one["objectId"] for one in page.data]
    assert body["hasMoreRecords"] is page.has_more_records
    assert body.get("totalCount") == page.total_count


@pytest.mark.parametrize("at", range(len(REFUSED)))
def test_wrong_requests_are_refused(answers: dict[str, Any], at: int) -> None:
    """HTTP 400, with each problem at its parameter."""
    _, parameter, code = REFUSED[at]
    status, body = answers["responses"][len(QUERIES) + at]
    assert status == 400
    assert [problem["code"] for problem in body[parameter]] == [code]
    assert all(problem["message"] for problem in body[parameter])


def test_a_search_that_takes_too_long_is_ended(answers: dict[str, Any]) -> None:
    """SQLite has no time limit of its own."""
    assert answers["late"] == [503, {"detail": "The search took too long."}]


def test_the_document_says_what_may_be_asked(answers: dict[str, Any]) -> None:
    """The OpenAPI document is valid, and refers to the JSON Schema of the criteria."""
    document = answers["document"]
    operation = document["paths"]["/api/films/"]["get"]
    parameters = {one["name"]: one for one in operation["parameters"]}
    assert set(parameters) == {"query", "orderBy", "limit", "skip", "getTotalCount", "after", "before"}
    reference = parameters["query"]["content"]["application/json"]["schema"]["$ref"]
    drawn = document["components"]["schemas"][reference.removeprefix("#/components/schemas/")]
    assert {"directors.name", "awards.oscars", "title"} <= set(drawn["properties"])
    envelope = document["components"]["schemas"]["PaginatedFilmList"]
    assert set(envelope["properties"]) == {"totalCount", "hasMoreRecords", "nextCursor", "previousCursor", "data"}
    if find_spec("openapi_spec_validator"):
        from openapi_spec_validator import validate

        validate(document)
    assert "swagger-ui" in answers["page"]


def test_the_example_is_short() -> None:
    """docs/django.md says how many lines it has."""
    lines = sum(
        len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "examples/django_drf").glob("*.py")
    )
    assert f"application of {lines} lines" in (ROOT / "docs/django.md").read_text(encoding="utf-8")


def test_the_example_keeps_no_statements_in_memory() -> None:
    """As docs/security.md says: SQLite would keep the last 128, however long clients make them."""
    databases = import_module("examples.django_drf.settings").DATABASES
    assert databases["default"]["OPTIONS"] == {"cached_statements": 0}
