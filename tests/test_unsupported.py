"""What each backend and dialect refuses of the language's newer parts: before anything runs, with the pointer of the
operator. The tables say which parts each of them answers, so that none begins or ends to do so unnoticed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, ObjectList, Schema
from criteria.backends.registry import BUILT_IN
from criteria.backends.sql.dialects import DIALECTS
from tests.frames.kinds import QUICK

KEY = Field("id", "integer", is_unique=True, nullable=False)
USER = Schema("user", [KEY, Field("email", "string"), Field("since", "date")], system_properties=False)
REFERENCE = Field("user", "objectRef", object_entity_type="user")
TEXT, DAY, DAYS = Field("text", "string"), Field("day", "date"), Field("days", "date", is_list=True)
STATUS = Field("status", "string", values=("Open", "open", "paid"))
ITEMS = ObjectList("items", [Field("sku", "string"), Field("day", "date"), REFERENCE])

PARTS: Mapping[str, tuple[Any, dict[str, Any], str]] = {
    "$ieq": (TEXT, {"OR": [{"id": 1}, {"text": {"$ieq": "a\u00e9"}}]}, "/OR/1/text/$ieq"),
    "$istartsWith": (TEXT, {"NOT": {"text": {"$istartsWith": "a\u00e9"}}}, "/NOT/text/$istartsWith"),
    "$iendsWith": (TEXT, {"AND": [{"text": {"$iendsWith": "a%"}}]}, "/AND/0/text/$iendsWith"),
    "$icontains": (TEXT, {"text": {"$icontains": "a"}}, "/text/$icontains"),
    "date": (DAY, {"OR": [{"id": 1}, {"day": {"$gt": "2024-01-01"}}]}, "/OR/1/day/$gt"),
    "list of dates": (DAYS, {"NOT": {"days": {"$in": ["2024-01-01"]}}}, "/NOT/days/$in"),
    "values": (STATUS, {"NOT": {"status": {"$gt": "Open"}}}, "/NOT/status/$gt"),
    "$elemMatch": (ITEMS, {"OR": [{"id": 1}, {"items": {"$elemMatch": {"sku": "a"}}}]}, "/OR/1/items/$elemMatch"),
    "path through a list": (ITEMS, {"NOT": {"items.day": {"$gt": "2024-01-01"}}}, "/NOT/items.day/$gt"),
    "empty list of objects": (ITEMS, {"items": None}, "/items"),
    "reference": (REFERENCE, {"OR": [{"id": 1}, {"user.email": {"$ne": "a"}}]}, "/OR/1/user.email/$ne"),
    "date of a reference": (REFERENCE, {"user.since": {"$gt": "2024-01-01"}}, "/user.since/$gt"),
    "reference in a list": (ITEMS, {"NOT": {"items.user.email": {"$icontains": "a"}}},
                            "/NOT/items.user.email/$icontains"),
    "reference in $elemMatch": (ITEMS, {"items": {"$elemMatch": {"sku": "a", "user.email": "b"}}},
                                "/items/$elemMatch/user.email"),
}  # fmt: skip
"""A field, criteria on it, and the pointer of the operator."""

FOLDED = {"$ieq", "$istartsWith", "$iendsWith", "$icontains"}
DATES = {"date", "list of dates", "values"}
LISTS = {"$elemMatch", "path through a list", "empty list of objects"}
REFERENCES = {"reference", "date of a reference"}
INSIDE = {"reference in a list", "reference in $elemMatch"}

BACKENDS: Mapping[str, set[str]] = {
    "python": {*PARTS},
    "mongo": {*PARTS} - INSIDE,
    "frame": FOLDED | {"date", "values"},
    "qdrant": DATES,
    "lancedb": FOLDED | DATES,
}
"""The parts that each backend answers, besides SQL. `frame` answers more when it is given the frame."""

ANSWERED: Mapping[str, set[str]] = {
    **{name: {*PARTS} for name in ("sqlite", "postgres", "mysql", "mysql8", "mariadb")},
    "duckdb": {*PARTS} - INSIDE,
    **dict.fromkeys(("clickhouse", "spark"), FOLDED | DATES),
    **dict.fromkeys(("bigquery", "trino"), DATES),
    **{name: {"date", "values"} for name in ("snowflake", "redshift", "tsql")},
    "oracle": {"date"},
}
"""The parts that each dialect answers."""

OF_THE_SCHEMA = {
    **{name: {"list of dates"} for name in ("snowflake", "redshift", "tsql")},
    "oracle": {"list of dates", "values", *FOLDED},
}
"""What a dialect refuses of a schema, whatever is asked: lists, and on Oracle strings, which may be empty."""


def asked(part: str) -> tuple[criteria.Query, str]:
    """The query of a part, and the pointer of its operator."""
    field, source, pointer = PARTS[part]
    schema = Schema("thing", [KEY, field], system_properties=False).with_entities({"user": USER})
    return criteria.parse(source, schema), pointer


def refused(call: Any) -> set[tuple[str, str]] | None:
    """The codes and pointers of a refusal, each of which says what to do; None: there is none."""
    try:
        call()
    except CriteriaError as error:
        assert all(problem.message and problem.hint for problem in error.problems)
        return {(problem.code, problem.pointer) for problem in error.problems}
    return None


def check(part: str, refusal: set[tuple[str, str]] | None, is_answered: bool, pointer: str) -> None:
    """A refusal has the pointer of the operator. That of a list of objects may be the one of its `$elemMatch`."""
    if is_answered:
        assert refusal is None
        return
    assert refusal is not None, "this part is answered: add it to the table"
    pointers = {pointer, "/items/$elemMatch"} if part == "reference in $elemMatch" else {pointer}
    assert {code for code, _ in refusal} == {"unsupported"}
    assert {found for _, found in refusal} <= pointers


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_backends(backend: str, part: str) -> None:
    query, pointer = asked(part)
    options: dict[str, dict[str, Any]] = {
        "python": {"lookups": {"user": {}.get}},
        "mongo": {"collections": {"user": "users"}},
    }
    try:
        loaded = criteria.backends.load(backend)
    except CriteriaError as error:
        assert error.problems[0].code == "missing_package"
        pytest.skip(str(error))
    refusal = refused(lambda: criteria.compile(query, loaded, **options.get(backend, {})))
    check(part, refusal, part in BACKENDS[backend], pointer)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialects(dialect: str, part: str) -> None:
    query, pointer = asked(part)
    refusal = refused(lambda: criteria.compile(query, "sql", dialect=dialect, tables={"user": "users"}))
    if part in OF_THE_SCHEMA.get(dialect, ()):
        assert refusal == {("unsupported", "")}
    else:
        check(part, refusal, part in ANSWERED[dialect], pointer)


NAMES = {"SQLite": "sqlite", "PostgreSQL": "postgres", "MariaDB": "mariadb", "MySQL": "mysql", "DuckDB": "duckdb"}
"""How hints call the dialects."""


@pytest.mark.parametrize("part", sorted(LISTS | REFERENCES | INSIDE))
@pytest.mark.parametrize("engine", ["snowflake", "oracle", "duckdb", "mongo"])
def test_refusals_name_engines_that_answer(engine: str, part: str) -> None:
    """Not the one that refuses. The message says what is refused, not that the field is."""
    query, _ = asked(part)
    with_tables: dict[str, Any] = {"dialect": engine, "tables": {"user": "users"}}
    with_collections: dict[str, Any] = {"collections": {"user": "users"}}
    if part in {**ANSWERED, **BACKENDS}[engine]:
        return
    on_sql, on_mongo = partial(criteria.compile, query, "sql"), partial(criteria.compile, query, "mongo")
    with pytest.raises(CriteriaError) as caught:
        on_mongo(**with_collections) if engine == "mongo" else on_sql(**with_tables)
    for problem in caught.value.problems:
        if problem.pointer:  # Oracle's refusal of strings and lists has none: it is one of the schema
            assert problem.hint is not None
            named = {NAMES[name] for name in NAMES if name in problem.hint}
            assert {name for name, parts in ANSWERED.items() if part in parts} - {"mysql8"} == named
            assert ("MongoDB" in problem.hint) is (part in BACKENDS["mongo"])
            assert not problem.message.startswith("Field ")


def test_every_backend_and_dialect_is_in_a_table() -> None:
    assert {*BUILT_IN} == {*BACKENDS, "sql"}
    assert {*DIALECTS} == {*ANSWERED}
    assert set().union(*BACKENDS.values()) == {*PARTS}


COLUMNS_OF_OBJECTS = {
    "sqlite": "json",
    "postgres": "jsonb",
    "mysql": "json",
    "mariadb": "json",
    "duckdb": "struct(sku varchar, day date)[]",
}
"""The type of a column with a list of objects, as another program may declare it."""


@pytest.mark.parametrize("part", sorted(LISTS | INSIDE))
@pytest.mark.parametrize("dialect", COLUMNS_OF_OBJECTS)
def test_tables_of_other_programs_refuse_lists_of_objects(dialect: str, part: str) -> None:
    """Their other fields are asked for as those of any table."""
    query, pointer = asked(part)
    assert query.schema is not None
    columns = [criteria.Column("id", "bigint", nullable=False), criteria.Column("items", COLUMNS_OF_OBJECTS[dialect])]
    table = criteria.Table("things", query.schema, columns, dialect=dialect)
    with pytest.raises(CriteriaError) as caught:
        criteria.compile(query, "sql", table=table, tables={"user": "users"})
    check(part, refused(lambda: criteria.compile(query, "sql", table=table, tables={"user": "users"})), False, pointer)
    assert all(problem.hint for problem in caught.value.problems)
    own = criteria.parse({"id": 1}, query.schema)
    assert criteria.compile(own, "sql", table=table).params == (1,)


@pytest.mark.parametrize("part", sorted(REFERENCES | INSIDE))
def test_frames_refuse_references(part: str) -> None:
    """No kind of frame follows references, and none is read before it says so."""
    frames: Any = import_module("criteria.backends.frame")
    query, pointer = asked(part)
    for kind in QUICK:
        if kind.missing() is None:
            for call in (frames.filter, lambda frame, query: frames.search(frame, criteria.Search(query, limit=1))):
                check(part, refused(lambda call=call: call(object(), query)), False, pointer)
