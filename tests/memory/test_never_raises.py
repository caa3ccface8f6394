"""The predicate never raises, whatever a record holds: it says true or false."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from enum import Enum
from itertools import product
from typing import Any
from unittest.mock import MagicMock, Mock
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria import Query, Schema, Search
from criteria.conformance import schemas
from criteria.conformance.strategies import criteria_objects, order_by_texts
from criteria.tree.nodes import Not
from tests.memory import garbage
from tests.parsing.arbitrary import FEWER

MODES = ("typed", "json")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("schema", schemas.ALL.values(), ids=lambda one: one.name)
def test_any_record(schema: Schema, mode: str) -> None:
    """Of any record a predicate is true or false, its negation the other; filter selects what it is true of."""

    @FEWER
    @given(criteria_json=criteria_objects(schema), rows=st.lists(garbage.records(schema), max_size=3))
    def decided(criteria_json: dict[str, Any], rows: list[Any]) -> None:
        query = criteria.parse(criteria_json, schema)
        holds = criteria.compile(query, "python", records=mode)
        fails = criteria.compile(Query(Not(query.expression), schema), "python", records=mode)
        answers = [holds(row) for row in rows]
        assert all(answer is True or answer is False for answer in answers)
        assert [fails(row) for row in rows] == [not answer for answer in answers]
        selected = holds.filter(rows)
        assert len(selected) == sum(answers)
        assert all(
            one is row for one, row in zip(selected, (r for r, a in zip(rows, answers, strict=True) if a), strict=True)
        )

    decided()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("schema", schemas.ALL.values(), ids=lambda one: one.name)
def test_any_records_in_order(schema: Schema, mode: str) -> None:
    """A search sorts, pages and counts any records."""

    @FEWER
    @given(order=order_by_texts(schema), rows=st.lists(garbage.records(schema), max_size=5))
    def ordered(order: str, rows: list[Any]) -> None:
        search = Search(criteria.parse({}, schema), criteria.parse_order_by(order, schema), None, 0, True)
        page = criteria.compile(search, "python", records=mode)(rows)
        assert page.total_count == len(page.data) == len(rows)

    ordered()


class Impostor:
    """An object that says it is of another class."""

    def __init__(self, kind: type) -> None:
        self.kind = kind

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return self.kind


class Unbound:
    """An object whose class cannot be asked for, like a proxy that stands for nothing yet."""

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise RuntimeError("stands for nothing")


class Unprintable:
    """An object that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no words for it")


class BrokenList(list[Any]):
    """A list that cannot be read."""

    def __iter__(self) -> Any:
        raise RuntimeError("no elements")


class BrokenKey:
    """A key of a dict that collides with every name and raises when it is compared."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparisons")


CLASSES = (str, int, bool, float, Decimal, datetime, UUID, list, tuple, dict, set)

HOSTILE: dict[str, Callable[[], Any]] = {
    **{f"impostor of {kind.__name__}": lambda kind=kind: Impostor(kind) for kind in CLASSES},  # type: ignore[misc]
    **{f"mock of {kind.__name__}": lambda kind=kind: Mock(spec=kind) for kind in CLASSES},  # type: ignore[misc]
    "magic mock": MagicMock,
    "unbound": Unbound,
    "unprintable": Unprintable,
    "broken list": lambda: BrokenList("a"),
}

CATCHING: dict[str, list[Any]] = {
    "string": [{"$gte": ""}, {"$lt": "\U0010ffff"}, {"$startsWith": ""}, {"$endsWith": "a"}, {"$contains": ""}, "a",
               {"$in": ["", "a"]}],
    "integer": [{"$gte": -(2**63)}, {"$lte": 2**63 - 1}, {"$in": [0, 1]}, 1],
    "boolean": [True, False, {"$in": [True, False]}],
    "decimal": [{"$gte": "-99999999999999999999"}, {"$lt": "99999999999999999999"}, {"$in": [0, 1]}, 1],
    "double": [{"$gte": -1e308}, {"$lt": 1e308}, {"$in": [0, 1]}, 1],
    "date": [{"$gte": "0001-01-01"}, {"$lte": "9999-12-31"}, {"$in": ["2024-01-01"]}, "2024-01-01"],
    "dateTime": [{"$gte": "0001-01-01T00:00:00Z"}, {"$lte": "9999-12-31T23:59:59.999Z"},
                 {"$in": ["2024-01-01T00:00:00Z"]}],
    "guid": [{"$in": [str(UUID(int=number)) for number in range(3)]}, str(UUID(int=1))],
    "objectRef": [{"$in": [0, 1]}, 1],
}  # fmt: skip
"""For each type, comparisons that between them are true of nearly every value of the type."""


@pytest.mark.parametrize("kind", HOSTILE)
def test_objects_that_deceive(kind: str) -> None:
    """An object that says it is a value of some class, and is none, is no value: nothing positive matches it."""
    for mode, (name, comparisons) in product(MODES, CATCHING.items()):
        for schema, field in ((schemas.SCALARS, name), (schemas.NESTED, f"p.{name}"), (schemas.LISTS, f"{name}s")):
            for comparison in comparisons:
                predicate = criteria.compile(criteria.parse({field: comparison}, schema), "python", records=mode)
                value = HOSTILE[kind]()
                for record in (_record(field, value), _record(field, [value]), value, {"p": value}):
                    assert predicate(record) is False, (field, comparison, record)
                    assert predicate.filter([record]) == []


def _record(field: str, value: Any) -> dict[str, Any]:
    for segment in reversed(field.split(".")):
        value = {segment: value}
    return value  # type: ignore[no-any-return]


def test_keys_that_raise() -> None:
    """A dict with a key that raises when it is compared has no value of that name."""
    predicate = criteria.compile(criteria.parse({"string": {"$gte": ""}}, schemas.SCALARS), "python")
    assert predicate({BrokenKey("string"): "a"}) is False


def test_the_decimal_context_of_the_caller_is_of_no_account() -> None:
    """Numbers compare exactly, whatever precision and traps the caller's decimal context has."""
    from decimal import Context, FloatOperation, Inexact, Rounded, localcontext

    rows = [{"integer": value, "double": value, "decimal": value} for value in (1, Decimal("1234.5678"), 2**60 + 1)]
    queries = [
        {name: {operator: 5}} for name in ("integer", "double", "decimal") for operator in ("$gt", "$lte", "$ne")
    ]
    order = criteria.parse_order_by("integer,double,decimal", schemas.SCALARS)
    for query in queries:
        search = Search(criteria.parse(query, schemas.SCALARS), order, None)
        expected = criteria.compile(search, "python")(rows)
        with localcontext(Context(prec=2, traps=[Inexact, Rounded, FloatOperation])):
            assert criteria.compile(search, "python")(rows) == expected


def _boom(*_: Any, **__: Any) -> Any:
    raise RuntimeError


def _raising(kind: type, *arguments: Any) -> Any:
    """A value of a subclass whose own methods raise."""
    names = ("__iter__", "__len__", "__eq__", "__hash__", "__lt__", "__gt__", "__getitem__", "__contains__", "__str__",
             "__int__", "__float__", "__bytes__", "startswith", "lower", "decode", "get", "keys", "items")  # fmt: skip
    return kind.__new__(type(f"Raising{kind.__name__}", (kind,), dict.fromkeys(names, _boom)), *arguments)


class _Unmade(Enum):
    A = "a"


class _Claims:
    __class__: Any = property(_boom)


def _unusual_values() -> list[Any]:
    """Values of objects that were not initialised, of subclasses that raise, and of what claims another class."""
    wrong = UUID.__new__(UUID)
    object.__setattr__(wrong, "int", "x")
    return [
        UUID.__new__(UUID), wrong, object.__new__(type("Subclass", (UUID,), {})), object.__new__(_Unmade),
        _raising(list, ["a"]), _raising(tuple, ("a",)), _raising(set), _raising(dict), _raising(str, "a"),
        _raising(bytes, b"a"), _raising(bytearray), _raising(int, 3), _raising(float, 1.5), _raising(Decimal, "1.5"),
        Mock(spec=str), Mock(spec=list), Mock(spec=int), Mock(spec=float), Mock(spec=Decimal), Mock(spec=UUID),
        _Claims(),
    ]  # fmt: skip


_GUIDS = [f"6ba7b810-9dad-11d1-80b4-00c04fd430c{digit}" for digit in "89"]
_OF_COLUMNS: dict[str, tuple[str, Any]] = {
    "string": ("text", "a"), "integer": ("bigint", 3), "boolean": ("boolean", True), "decimal": ("numeric(10,2)", 1.5),
    "double": ("double precision", 1.5), "date": ("date", "2020-01-01"),
    "dateTime": ("timestamptz(3)", "2020-01-01T00:00:00Z"), "guid": ("uuid", _GUIDS[0]),
}  # fmt: skip


@pytest.mark.parametrize("is_list", [False, True], ids=["single", "list"])
@pytest.mark.parametrize("kind", _OF_COLUMNS)
def test_values_that_raise_are_no_values(kind: str, is_list: bool) -> None:
    """In predicates of records and of rows of a table, in orders, explanations and positions. `decode` and `encode`
    refuse them."""
    column, operand = _OF_COLUMNS[kind]
    details: dict[str, Any] = {"precision": 10, "scale": 2} if kind == "decimal" else {}
    own = [criteria.Field("id", "integer", is_unique=True, nullable=False)]
    own += [criteria.Field("f", kind, is_list=is_list, **details)]
    schema = Schema("s", own, system_properties=False)
    columns = [criteria.Column("id", "bigint", nullable=False), criteria.Column("f", column + "[]" * is_list)]
    table = criteria.Table("t", schema, columns, dialect="postgres", keys=[["id"]])
    query = criteria.parse({"OR": [{"f": operand}, {"f": {"$in": [operand]}}, {"f": None, "id": 0}]}, schema)
    predicates = [criteria.compile(query, "python", records=mode) for mode in (*MODES, "canonical")]
    predicates += [criteria.compile(query, "python", table=table)]
    search = criteria.parse_search({"limit": "1"} if is_list else {"limit": "1", "orderBy": "f"}, schema)
    for value in _unusual_values():
        records = [{"id": 1, "f": value}, {"id": 2, "f": value}, {"id": 3, "f": None}]
        for predicate in predicates:
            assert {predicate(record) for record in records} <= {True, False}
            assert len(predicate.filter(records)) <= 3
        assert criteria.explain(query, records[0]).to_json()
        assert criteria.compile(Search(search.query, search.order_by, None), "python")(records).total_count is None
        with suppress(criteria.CriteriaError):
            search.page(records)
        for convert in (schema.decode, schema.encode):
            with suppress(criteria.CriteriaError):
                convert(records[0])


@pytest.mark.parametrize("kind", _OF_COLUMNS)
def test_what_claims_another_class_is_refused_when_it_is_decoded(kind: str) -> None:
    """An object of which isinstance says that it is a string or a number, and one whose `__class__` raises."""
    details: dict[str, Any] = {"precision": 10, "scale": 2} if kind == "decimal" else {}
    schema = Schema("s", [criteria.Field("f", kind, **details)], system_properties=False)
    for value in (Mock(spec=str), Mock(spec=int), Mock(spec=float), Mock(spec=Decimal), _Claims()):
        with pytest.raises(criteria.CriteriaError, match="Expected"):
            schema.decode({"f": value})
