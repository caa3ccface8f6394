"""Data and names at the edges of what vector stores can hold, and what they refuse."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, ObjectList, Query, Schema, Search
from criteria.conformance.reference import is_true
from criteria.tree.nodes import Comparison, Not, Operator
from tests.vectors.stores import STORES, Store, refused

SCHEMA = Schema(
    "hostile",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("s", "string"),
        Field("n", "integer"),
        Field("d", "double"),
        Field("c", "decimal", precision=34, scale=17),
        Field("day", "date"),
        Field("at", "dateTime", precision=6),
        Field("b", "boolean"),
        Field("ss", "string", is_list=True),
        Field("ns", "integer", is_list=True),
        Field("ds", "double", is_list=True),
        Field("bs", "boolean", is_list=True),
        Field("ats", "dateTime", precision=6, is_list=True),
        Field("p.q.s", "string"),
    ],
    system_properties=False,
)

VALUES: dict[str, list[Any]] = {
    "s": [
        "", "'", "''", '"', "`", "\\", "\\'", "%", "_", "a%b", "a_b", "\n", "\r\n", "a\nb", "\t", "--",
        "'; DROP TABLE t; --", "?", "$1", "\u00e9", "e\u0301",
        "\U0001f600", "\ufb01", "\u017f", "K", "\u212a", "I", "\u0131", "\u0130", "\u00df", "\u1e9e", "null",
        "NULL", "[a]", "^a$", "\\z", " ", "a ",
        "\ue000", "\U00010000", "\u0001",
    ],
    "n": [0, 1, -1, 2**53 - 1, 2**53, 2**53 + 1, -(2**53), -(2**53) - 1, 2**63 - 1, 2**63 - 2, -(2**63), -(2**63) + 1],
    "d": [0.0, -0.0, 1.0, 0.1, 5e-324, 1.7976931348623157e308, -1.7976931348623157e308, 2.0**53, 2.0**53 + 2, 1e22],
    "c": ["0", "0.00000000000000001", "-0.00000000000000001", "99999999999999999.99999999999999999", "0.1"],
    "day": ["0001-01-01", "1969-12-31", "1970-01-01", "2024-02-29", "9999-12-31"],
    "at": [
        "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000001Z", "1677-09-21T00:12:43Z",
        "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z", "2262-04-11T23:47:16.854776Z",
        "9999-12-31T23:59:59.999999Z",
    ],
    "b": [True, False],
    "ss": [[], [None], ["", None], ["a", "b"], ["a,b"], ["\u00e9"], ["'"]],
    "ns": [[], [None], [2**63 - 1, None], [-(2**63)], [2**53, 2**53 + 1], [0]],
    "ds": [[], [None], [0.0], [-0.0, None], [1.5, -1.5]],
    "bs": [[], [None], [True, None], [False]],
    "ats": [[], [None], ["0001-01-01T00:00:00.000001Z", None], ["9999-12-31T23:59:59.999999Z"]],
    "p": [None, {}, {"q": None}, {"q": {}}, {"q": {"s": None}}, {"q": {"s": "'`\\"}}],
}  # fmt: skip
"""Stored values at the edges: each is a record of its own, and an operand."""


def stored() -> list[dict[str, Any]]:
    """A record for each value, one in which all are null, and one in which all are missing."""
    made: list[dict[str, Any]] = [{name: one} for name, values in VALUES.items() for one in values]
    made += [dict.fromkeys(VALUES), {}]
    return [{"id": number, **record} for number, record in enumerate(made, 1)]


def comparisons(name: str) -> list[Comparison]:
    """Each operator of a field with each of its values as the operand, and the null test."""
    field = SCHEMA.find(name)
    assert field is not None
    held = VALUES[name] if not name.startswith("p.") else ["'`\\", "", "'"]
    flat = [item for one in held for item in (one if isinstance(one, list) else [one]) if item is not None]
    found: dict[str, Comparison] = {}
    for operator in Operator:
        for value in (*flat, None):
            operand = [value] if operator in (Operator.IN, Operator.NIN) else value
            wanted = json.dumps({name: {operator.value: operand} if operator.value else operand})
            try:
                leaf = criteria.parse(wanted, SCHEMA).expression
            except CriteriaError:  # the operator does not take the value
                continue
            if isinstance(leaf, Comparison):
                found[wanted] = leaf
    return list(found.values())


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    """Each store in turn."""
    found = STORES[request.param]
    found.check()
    return found


@pytest.mark.heavy("some thousand queries")
def test_every_operator_with_every_value(store: Store) -> None:
    """Every operator selects what it should of all these records, and its NOT the rest, or both are refused."""
    typed = [SCHEMA.decode(record) for record in stored()]
    table = store.table(SCHEMA)
    table.insert(typed)
    wrong, ran = [], 0
    for name in (*VALUES, "p.q.s"):
        if name == "p":
            continue
        for leaf in comparisons(name):
            for expression in (leaf, Not(leaf)):
                query = Query(expression, SCHEMA)
                ran += 1
                if store.refuses(leaf):
                    with refused(str(leaf)):
                        criteria.compile(query, criteria.backends.load(store.name))
                    continue
                expected = [record["id"] for record in typed if is_true(expression, record)]
                if table.select(query) != expected:
                    wrong.append((query.to_json(), table.select(query), expected))
    assert not wrong, wrong[:5]
    assert ran > 500


def test_a_nul_in_a_string_is_not_stored(store: Store) -> None:
    """The language has no string with U+0000, and a record with one is refused."""
    with pytest.raises(CriteriaError, match=r"U\+0000"):
        criteria.storage(SCHEMA, store.name).encode({"id": 1, "s": "a\0b"})


def test_lists_of_objects_are_stored(store: Store) -> None:
    """No query looks into them, but records come back whole: LanceDB had no column for them."""
    parts = ObjectList(
        "parts", [Field("n", "integer"), Field("q.s", "string"), ObjectList("more", [Field("b", "boolean")])]
    )
    schema = Schema(
        "things", [SCHEMA.fields[0], parts, ObjectList("p.others", [Field("day", "date")])], system_properties=False
    )
    table = store.table(schema)
    full, empty = {"n": 1, "q": {"s": "x"}, "more": [{"b": True}, None]}, {"n": None, "q": {"s": None}, "more": None}
    records: list[dict[str, Any]] = [
        {"id": 1, "parts": [full, empty, None], "p": {"others": [{"day": date(2024, 2, 29)}]}},
        {"id": 2, "parts": [], "p": {"others": None}},
        {"id": 3, "parts": None, "p": {"others": None}},
    ]
    table.insert(records)
    assert table.records() == records
    with refused("a query of objects"):
        criteria.compile(criteria.parse({"parts.n": 1}, schema), criteria.backends.load(store.name))


def test_what_is_refused_has_a_remedy(store: Store) -> None:
    """Searches, queries without a schema and names beyond a store are refused as unsupported, each with a hint."""
    backend = criteria.backends.load(store.name)
    with refused("a search"):
        criteria.compile(Search(criteria.parse({"n": 1}, SCHEMA), (), 10), backend)
    with refused("no schema"):
        criteria.compile(criteria.parse({"n": 1}), backend)
    for character in store.unquotable:
        field = Field("f", "string", column=f"a{character}b")
        schema = Schema("names", [SCHEMA.fields[0], field], system_properties=False)
        with refused(f"a column with {character}"):
            criteria.storage(schema, store.name)
        with refused(f"a query of a column with {character}"):
            criteria.compile(criteria.parse({"f": "x"}, schema), backend)


@pytest.mark.parametrize("column", ["_distance", "_score", "_relevance_score", "_rowid", "_rowaddr"])
def test_columns_of_lancedb_itself(column: str) -> None:
    """A search failed in a table with a column that it returns itself."""
    STORES["lancedb"].check()
    schema = Schema("names", [SCHEMA.fields[0], Field("f", "double", column=column)], system_properties=False)
    with refused("a table"):
        criteria.storage(schema, "lancedb")
    with refused("a query"):
        criteria.compile(criteria.parse({"f": 1.5}, schema), "lancedb")


def test_bounds_of_integers_in_qdrant() -> None:
    """The largest bound that is exact is accepted, and the next one refused; equality is exact for all."""
    STORES["qdrant"].check()
    criteria.compile(criteria.parse({"n": {"$gt": 2**53 - 1}}, SCHEMA), "qdrant")
    criteria.compile(criteria.parse({"n": 2**63 - 1}, SCHEMA), "qdrant")
    with refused("a bound"):
        criteria.compile(criteria.parse({"n": {"$gt": 2**53}}, SCHEMA), "qdrant")


def test_groups_in_lancedb() -> None:
    """Groups that LanceDB's parser would not take are refused before it sees them."""
    STORES["lancedb"].check()
    wanted: dict[str, Any] = {"n": 0}
    for number in range(1, 60):
        wanted = {("AND" if number % 2 else "OR"): [wanted, {"n": number}]}
    limits = criteria.Limits(depth=100, nesting=1000)
    with refused("60 groups"):
        criteria.compile(criteria.parse(wanted, SCHEMA, limits=limits), "lancedb")
