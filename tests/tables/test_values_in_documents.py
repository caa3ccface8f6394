"""Values inside JSON columns of other programs: in the spellings that are values, on each engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field
from tests.conftest import Engines
from tests.tables.foreign import Foreign, created

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "sqlite": ("JSON", "TEXT"),
    "duckdb": ("JSON",),
    "postgres-natural": ("json", "jsonb"),
    "mariadb": ("JSON", "LONGTEXT"),
    "mysql": ("JSON",),
}
GUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
DOCUMENTS: list[Any] = [
    {"price": 19.99, "at": "2026-06-01T12:00:00.000Z", "token": GUID},
    {"price": "19.99", "at": "2026-06-01T14:00:00+02:00", "token": GUID.upper()},
    {"price": 1999e-2, "at": "2026-06-01T12:00:00Z", "token": GUID.replace("-", "")},
    {"price": "19.990", "at": "2026-06-01 12:00:00", "token": 7},
    {"price": 20, "at": None, "token": ""},
    {"price": None},
    {},
    None,
]
FIELDS = (
    Field("meta.price", "decimal", precision=10, scale=2, column="meta"),
    Field("meta.at", "dateTime", column="meta"),
    Field("meta.token", "guid", column="meta"),
)
QUERIES: list[Any] = [
    {"meta.price": 19.99},
    {"meta.price": {"$ne": 19.99}},
    {"meta.price": {"$lt": 20}},
    {"meta.price": {"$in": [19.99, 20]}},
    {"meta.price": None},
    {"meta.at": "2026-06-01T12:00:00Z"},
    {"meta.at": {"$gte": "2026-06-01T12:00:00Z"}},
    {"meta.at": {"$ne": "2026-06-01T12:00:00Z"}},
    {"meta.token": GUID},
    {"meta.token": GUID.upper()},
    {"meta.token": {"$ne": GUID}},
]


@pytest.mark.parametrize(("name", "column"), [(name, one) for name, columns in COLUMNS.items() for one in columns])
def test_the_rows_are_those_of_python(name: str, column: str, engines: Engines) -> None:
    """A decimal is a number or its canonical text; instants and guids are values in canonical form only.

    Other texts are found when the table is read. Who takes them does without that, and gets the rows of Python.
    """
    cells = ["NULL" if one is None else f"'{json.dumps(one)}'" for one in DOCUMENTS]
    rows = ", ".join(f"({at}, {cell})" for at, cell in enumerate(cells))
    with created(engines, name, f"meta {column}", f"INSERT INTO foreign_rows VALUES {rows}") as engine:
        with pytest.raises(CriteriaError) as refused:
            Foreign(engine, FIELDS)
        assert [(problem.code, problem.pointer) for problem in refused.value.problems] == [
            ("unfit_column", "/fields/1"), ("unfit_column", "/fields/2"), ("unfit_column", "/fields/3"),
        ]  # fmt: skip
        assert all("19.990" not in f"{problem.message} {problem.hint}" for problem in refused.value.problems)
        table = Foreign(engine, FIELDS, verify=False)
        for query in QUERIES:
            expected = rows_of(query, table)
            assert table.keys(query) == expected, query
            assert table.keys(query, total=True) == expected, query
            others = [at for at in range(len(DOCUMENTS)) if at not in expected]
            assert table.keys(query, "NOT {}", total=True) == others, query
        assert table.keys({"meta.price": 19.99}) == [0, 1, 2]
        assert table.keys({"meta.token": GUID}) == [0]


def rows_of(query: Any, table: Foreign) -> list[int]:
    """What the predicate of Python selects, which reads documents as columns hold them."""

    predicate = criteria.compile(criteria.parse(query, table.schema), "python", records="canonical")
    return [at for at, one in enumerate(DOCUMENTS) if predicate({"id": at, "meta": one})]
