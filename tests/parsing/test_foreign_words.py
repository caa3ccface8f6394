"""Operators and connectives of other languages are refused with an exact rewriting, which selects what was meant."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import criteria
from criteria import Field, Schema
from criteria.limits import DEFAULT_LIMITS
from tests.parsing.outcome import problems
from tests.parsing.test_hints import only

FILMS = Schema(
    "film",
    [Field("title", "string"), Field("year", "integer"), Field("tags", "string", is_list=True),
     Field("city.name", "string"), Field("gte", "integer")],
    system_properties=False,
)  # fmt: skip
ROWS: list[dict[str, Any]] = [
    {"title": "100%", "year": 1999, "tags": ["a", "b"], "city": {"name": "Rome"}},
    {"title": "Alien", "year": 1979, "tags": ["a"], "city": None},
    {"title": "alien", "year": 2001, "tags": [], "city": {"name": None}},
    {"title": None, "year": None, "tags": None},
]


def written(hint: str | None) -> Any:
    """The criteria that a hint spells."""
    assert hint is not None
    start = hint.index("{")
    return json.JSONDecoder().raw_decode(hint, start)[0]


@pytest.mark.parametrize(
    ("field", "word", "operand", "meant"),
    [
        ("year", "$between", [1979, 1999], lambda row: row["year"] in (1979, 1999)),
        ("year", "between", [1980, 2001], lambda row: row["year"] in (1999, 2001)),
        ("year", "$notBetween", [1980, 2001], lambda row: row["year"] in (1979, None)),
        ("year", "$eq", 1979, lambda row: row["year"] == 1979),
        ("year", "==", 1979, lambda row: row["year"] == 1979),
        ("year", "$is", None, lambda row: row["year"] is None),
        ("year", "$not", {"$gt": 1990}, lambda row: row["year"] in (1979, None)),
        ("title", "$isNull", True, lambda row: row["title"] is None),
        ("title", "$isNull", False, lambda row: row["title"] is not None),
        ("title", "is_not_null", True, lambda row: row["title"] is not None),
        ("title", "$exists", True, lambda row: row["title"] is not None),
        ("title", "$exists", False, lambda row: row["title"] is None),
        ("title", "$notContains", "lie", lambda row: row["title"] in ("100%", None)),
        ("title", "$notStartsWith", "A", lambda row: row["title"] != "Alien"),
        ("title", "doesNotEndWith", "n", lambda row: row["title"] in ("100%", None)),
        ("title", "$like", "%lie%", lambda row: row["title"] in ("Alien", "alien")),
        ("title", "LIKE", "A%", lambda row: row["title"] == "Alien"),
        ("title", "$like", "%%", None),
        ("title", "$like", "Alien", lambda row: row["title"] == "Alien"),
        ("title", "$notLike", "%n", lambda row: row["title"] in ("100%", None)),
        ("title", "$like", "A_ien", None),
        ("title", "$like", "A%n", None),
        ("title", "$ilike", "A%", lambda row: row["title"] in ("Alien", "alien")),
        ("title", "$ilike", "ALIEN", lambda row: row["title"] in ("Alien", "alien")),
        ("title", "$notILike", "%LIE%", lambda row: row["title"] in ("100%", None)),
        ("title", "$ilike", "A_ien", None),
        ("title", "$regex", "^A.*", lambda row: row["title"] == "Alien"),
        ("title", "$regex", "^A", lambda row: row["title"] == "Alien"),
        ("title", "$regex", "n$", lambda row: row["title"] in ("Alien", "alien")),
        ("title", "$regex", "^Alien$", lambda row: row["title"] == "Alien"),
        ("title", "$regex", "lie", lambda row: row["title"] in ("Alien", "alien")),
        ("title", "$regex", ".*lie.*", lambda row: row["title"] in ("Alien", "alien")),
        ("title", "$regex", "0%$", lambda row: row["title"] == "100%"),
        ("title", "$regex", "(?i)^AL", lambda row: row["title"] in ("Alien", "alien")),
        ("title", "$regex", "/^AL/i", lambda row: row["title"] in ("Alien", "alien")),
        ("title", "$iregex", "^AL", lambda row: row["title"] in ("Alien", "alien")),
        ("title", "$glob", "*lie*", lambda row: row["title"] in ("Alien", "alien")),
        ("title", "$regex", "^A.*n$", None),
        ("title", "$regex", "[Aa]lien", None),
        ("title", "$regex", r"\d", None),
        ("title", "$regex", "^.*$", None),
        ("title", "$regex", "", None),
        ("title", "$regex", 5, None),
        ("tags", "$all", ["a", "b"], lambda row: row["tags"] == ["a", "b"]),
        ("tags", "$all", ["a"], lambda row: bool(row["tags"])),
        ("tags", "$elemMatch", {"$gt": "a"}, lambda row: row["tags"] == ["a", "b"]),
        ("tags", "$elemMatch", {"$gt": "a", "$lt": "c"}, None),
        ("tags", "$size", 2, None),
        ("title", "$type", "string", None),
    ],
)  # fmt: skip
def test_rewritings(field: str, word: str, operand: Any, meant: Callable[[Mapping[str, Any]], bool] | None) -> None:
    """The hint writes criteria that select what the other language's operator does, or says that there are none."""
    hint = only({field: {word: operand}}, FILMS).hint
    if meant is None:
        assert hint is not None
        assert "{" not in hint
        return
    matches = criteria.compile(criteria.parse(written(hint), FILMS), "python")
    assert [row for row in ROWS if matches(row)] == [row for row in ROWS if meant(row)]


def test_the_options_of_a_regular_expression() -> None:
    """MongoDB says beside the expression that letter case does not matter."""
    first, second = problems({"title": {"$regex": "^AL", "$options": "i"}}, FILMS)
    assert first.hint == 'Write {"title": {"$istartsWith": "AL"}}.'
    assert second.hint == "Leave it out: $istartsWith, $iendsWith, $icontains and $ieq ignore letter case."


@pytest.mark.parametrize(
    ("word", "operator"),
    [
        (">=", "$gte"), ("gte", "$gte"), ("ge", "$gte"), ("greaterThan", "$gt"), ("!=", "$ne"), ("<>", "$ne"),
        ("neq", "$ne"), ("$notIn", "$nin"), ("not_in", "$nin"), ("anyOf", "$in"), ("starts-with", "$startsWith"),
        ("begins with", "$startsWith"), ("includes", "$contains"), ("$isNot", "$ne"),
        ("$iexact", "$ieq"), ("$containsi", "$icontains"), ("istartswith", "$istartsWith"),
    ],
)  # fmt: skip
def test_synonyms(word: str, operator: str) -> None:
    """A word of the same meaning gets our spelling as its hint."""
    assert only({"title": {word: "x"}}, FILMS).hint == f'Did you mean "{operator}"?'


@pytest.mark.parametrize(
    ("source", "connective", "pointers"),
    [
        ({"and": [{"year": 1}]}, "AND", ["/and"]),
        ({"Or": [{"year": 1}, {"year": 2}]}, "OR", ["/Or"]),
        ({"||": [{"year": 1}]}, "OR", ["/||"]),
        ({"not": {"year": 1}}, "NOT", ["/not"]),
        ({"must_not": {"year": {"$gt": 1}}}, "NOT", ["/must_not"]),
        ({"not": {"yaer": 1}}, "NOT", ["/not", "/not/yaer"]),
    ],
)
def test_connectives(source: Any, connective: str, pointers: list[str]) -> None:
    """A connective in another spelling is one problem, and the problems inside it are found as well."""
    for schema in (FILMS, None):
        first, *others = problems(source, schema)
        assert first.hint == f"Write {connective}."
        assert [first.pointer, *(one.pointer for one in others)] == (pointers if schema else pointers[:1])


def test_a_field_with_the_name_of_a_connective_is_a_field() -> None:
    """A field of the schema is compared, whatever its name means elsewhere."""
    schema = Schema("odd", [Field("not", "integer"), Field("any", "string")], system_properties=False)
    query = criteria.parse({"not": {"$gt": 1}, "any": "x"}, schema)
    assert query.to_json() == {"AND": [{"not": {"$gt": 1}}, {"any": "x"}]}
    assert only({"not": [1]}, schema).hint == 'Write {"not": {"$in": [1]}}.'


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ({"city": {"name": "Rome"}}, 'Name a nested field by its path: "city.name".'),
        ({"city": {"nam": "Rome"}}, 'Did you mean "city.name"?'),
        ({"year": {"gtte": 1}}, 'Did you mean "$gte"?'),
    ],
)
def test_a_nested_object_is_not_an_operator(source: Any, hint: str) -> None:
    """The hint for a key in a comparison is a path where the schema has fields inside, and an operator elsewhere."""
    assert hint in [one.hint for one in problems(source, FILMS)]


@pytest.mark.parametrize("word", ["$between", "$all", "$not", "$notContains", "$eq", "$like", "$elemMatch"])
@pytest.mark.parametrize("operand", ["x" * 9000, ["x" * 900] * 90, {"$gt": "x" * 900}, 10**4000, None, True, {}, []])
def test_hints_stay_short(word: str, operand: Any) -> None:
    """However long an operand is, a hint is a line or two."""
    first = problems({"title": {word: operand}}, FILMS, limits=DEFAULT_LIMITS)[0]
    assert first.hint is not None
    assert len(first.hint) < 600
