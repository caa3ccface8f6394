"""Names and values that are special to some engine are plain names and values on every engine."""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema
from tests.engines import Engine

VALUES = (
    "", "'", "''", '"', "`", "\\", "\\\\", "a\\", "\\'", "a' OR 1=1 --", 'a" OR 1=1 --', "'; DROP TABLE table_0; --",
    "%", "%%", "_",
    "a%", "%s", "%(p1)s", "?", ":p1", "$1", "{}", "{p1}", "\n", "a\nb", "\r\n", "\t", "\x1a", "\x7f", "$where", "^a",
    ".*", "[a-z]",
    "(", "null", "NULL", "0", "é", "😀", "\U0010ffff",
)  # fmt: skip
"""Values with quotes, backslashes, wildcards, placeholders, line breaks and code, one per record."""

NAMES = (
    'a" = 1 OR 1=1 --', "a' OR 1=1 --", "a` = 1 OR 1=1 --", "__class__", "__dict__", "%", "%s", "%(p1)s", "?", ":p1",
    "select", "First Name",
    "back\\slash", "{x}", "a[0]", "é", "NULL", "true", "c0", "k0", "record", "self", "value", "@a", "#a", "-- a",
    "/* a */",
)  # fmt: skip

TEXT = Schema("text", [Field("id", "integer", is_unique=True, nullable=False), Field("text", "string")],
              system_properties=False)  # fmt: skip
NAMED = Schema(
    "named",
    [Field("id", "integer", is_unique=True, nullable=False), *[Field(name, "integer") for name in NAMES],
     Field("a.b", "integer")],
    system_properties=False,
)  # fmt: skip

RECORDS = [{"id": number, "text": value} for number, value in enumerate(VALUES)]


def selected(engine: Engine, schema: Schema, records: list[dict[str, Any]], criteria_json: Any) -> list[Any]:
    """The keys that criteria select on an engine, in order."""
    table = engine.table(schema)
    with table.holding(records):
        return sorted(table.select(criteria.parse(criteria_json, schema)))


def test_each_hostile_value_equals_only_itself(engine: Engine) -> None:
    """Equality, $in and their complements distinguish every hostile value from all others."""
    table = engine.table(TEXT)
    everything = list(range(len(VALUES)))
    with table.holding(RECORDS):
        for number, value in enumerate(VALUES):
            others = [one for one in everything if one != number]
            for comparison, expected in (
                (value, [number]),
                ({"$in": [value, "absent"]}, [number]),
                ({"$ne": value}, others),
                ({"$nin": [value, "absent"]}, others),
            ):
                query = criteria.parse({"text": comparison}, TEXT)
                assert sorted(table.select(query)) == expected, (value, comparison)


@pytest.mark.parametrize("operator", ["$startsWith", "$endsWith", "$contains"])
def test_text_operators_read_hostile_values_literally(operator: str, engine: Engine) -> None:
    """No character of an operand is read as a pattern, a quote or a placeholder."""
    test = {"$startsWith": str.startswith, "$endsWith": str.endswith, "$contains": str.__contains__}[operator]
    table = engine.table(TEXT)
    with table.holding(RECORDS):
        for value in VALUES:
            expected = [number for number, text in enumerate(VALUES) if test(text, value)]
            query = criteria.parse({"text": {operator: value}}, TEXT)
            assert sorted(table.select(query)) == expected, value


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_work_like_other_names(name: str, engine: Engine) -> None:
    """A field with a hostile name can be compared, tested for null and sorted by, like any other."""
    records: list[dict[str, Any]] = [{"id": 1, name: 5}, {"id": 2, name: 6}, {"id": 3, name: None}, {"id": 4}]
    assert selected(engine, NAMED, records, {name: 5}) == [1]
    assert selected(engine, NAMED, records, {"NOT": {name: {"$gt": 5}}}) == [1, 3, 4]
    assert selected(engine, NAMED, records, {name: None}) == [3, 4]
    table = engine.table(NAMED)
    with table.holding(records):
        order = criteria.parse_order_by(f"{name} desc", NAMED)
        page = table.search(criteria.Search(criteria.parse({}, NAMED), order, 10))
    assert page.data == (2, 1, 4, 3)


def test_a_name_with_a_dot_is_a_path(engine: Engine) -> None:
    """`a.b` is the member b of the object a."""
    records: list[dict[str, Any]] = [
        {"id": 1, "a": {"b": 5}},
        {"id": 2, "a": {"b": 6}},
        {"id": 3, "a": {}},
        {"id": 4, "a": None},
        {"id": 5},
    ]
    assert selected(engine, NAMED, records, {"a.b": 5}) == [1]
    assert selected(engine, NAMED, records, {"a.b": {"$ne": 5}}) == [2, 3, 4, 5]
    assert selected(engine, NAMED, records, {"a.b": None}) == [3, 4, 5]


@pytest.mark.parametrize(
    "name", ["$where", "$or", "$expr", "", "a\0b", "a\nb", "\ud800", "a..b", ".", "a.", "a.$b", "a.b c"]
)
def test_invalid_names_are_refused(name: str) -> None:
    """Such a name is refused in criteria without a schema, and in a schema."""
    with pytest.raises(CriteriaError) as caught:
        criteria.parse({name: 1})
    assert [problem.code for problem in caught.value.problems] == ["invalid_field_name"]
    with pytest.raises(CriteriaError) as caught:
        Field(name, "integer")
    assert [problem.code for problem in caught.value.problems] == ["invalid_schema"]


@pytest.mark.parametrize("value", ["\0", "a\0b", "\ud800", "a\udfff"])
@pytest.mark.parametrize("operator", ["$ne", "$gt", "$startsWith", "$endsWith", "$contains"])
def test_text_that_not_all_engines_store_is_refused(value: str, operator: str) -> None:
    """U+0000 and lone surrogates are refused before a statement is sent."""
    with pytest.raises(CriteriaError) as caught:
        criteria.parse({"text": {operator: value}}, TEXT)
    assert [(problem.code, problem.pointer) for problem in caught.value.problems] == [
        ("invalid_text", f"/text/{operator}")
    ]
