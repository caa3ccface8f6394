"""Conditions of other query languages are refused with the criteria that select what they mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import criteria
from tests.parsing.outcome import problems
from tests.parsing.test_foreign_words import FILMS, ROWS, written

Row = Mapping[str, Any]


def selected(hints: str | None) -> list[str | None]:
    """The titles that the criteria of a hint select."""
    query = criteria.parse(written(hints), FILMS)
    return [row["title"] for row in criteria.compile(query, "python").filter(ROWS)]


def titles(meant: Callable[[Row], bool]) -> list[str | None]:
    return [row["title"] for row in ROWS if meant(row)]


def later(row: Row) -> bool:
    return row["year"] is not None and row["year"] >= 1990


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ({">=": [{"var": "year"}, 1990]}, later),
        ({"<=": [1990, {"var": "year"}]}, later),
        ({"<=": [1990, {"var": "year"}, 2000]}, lambda row: row["year"] == 1999),
        ({"in": [{"var": ["year"]}, [1979, 1999]]}, lambda row: row["year"] in (1979, 1999)),
        ({"in": ["lie", {"var": "title"}]}, lambda row: row["title"] in ("Alien", "alien")),
        ({"===": [{"var": "title"}, "Alien"]}, lambda row: row["title"] == "Alien"),
        ({"term": {"year": 1979}}, lambda row: row["year"] == 1979),
        ({"term": {"year": {"value": 1979}}}, lambda row: row["year"] == 1979),
        ({"terms": {"year": [1979, 1999]}}, lambda row: row["year"] in (1979, 1999)),
        ({"range": {"year": {"gte": 1990, "lt": 3000}}}, later),
        ({"exists": {"field": "year"}}, lambda row: row["year"] is not None),
        ({"prefix": {"title": "A"}}, lambda row: row["title"] == "Alien"),
        ({"field": "year", "operator": ">=", "value": 1990}, later),
        ({"column": "title", "op": "beginsWith", "value": "A"}, lambda row: row["title"] == "Alien"),
        ([["year", ">=", 1990]], later),
        (["year", "=", 1979], lambda row: row["year"] == 1979),
        ([{"year": 1979}], lambda row: row["year"] == 1979),
        ({"year__gte": 1990}, later),
        ({"year_gte": 1990}, later),
        ({"year[$gte]": 1990}, later),
        ({"year >=": 1990}, later),
        ({"city__name__startswith": "R"}, lambda row: row["title"] == "100%"),
        ({"title__isnull": True}, lambda row: row["title"] is None),
        ("year ge 1990", later),
        ("year>=1990", later),
        ("(year=ge=1990)", later),
        ("title eq 'Alien'", lambda row: row["title"] == "Alien"),
        ("title:Alien", lambda row: row["title"] == "Alien"),
        ("contains(title,'lie')", lambda row: row["title"] in ("Alien", "alien")),
        ("title is null", lambda row: row["title"] is None),
        ("title is not null", lambda row: row["title"] is not None),
        ("title NOT LIKE 'A%'", lambda row: row["title"] != "Alien"),
        ("year BETWEEN 1990 AND 2000", lambda row: row["year"] == 1999),
        ("not(year eq 1979)", lambda row: row["year"] != 1979),
        ("NOT contains(title,'lie')", lambda row: row["title"] not in ("Alien", "alien")),
        ("contains(title,'lie') eq false", lambda row: row["title"] not in ("Alien", "alien")),
        ("startswith(tolower(title),'al')", lambda row: row["title"] in ("Alien", "alien")),
        ("tolower(title) eq 'alien'", lambda row: row["title"] in ("Alien", "alien")),
        ("contains(tolower(title),tolower('LIE'))", lambda row: row["title"] in ("Alien", "alien")),
        ("lower(title) LIKE 'al%'", lambda row: row["title"] in ("Alien", "alien")),
        ("substringof('lie',title)", lambda row: row["title"] in ("Alien", "alien")),
        ("tags/any(t: t eq 'b')", lambda row: row["tags"] == ["a", "b"]),
        ("not tags/any(t: t eq 'b')", lambda row: row["tags"] != ["a", "b"]),
        ("title =~ /^al/i", lambda row: row["title"] in ("Alien", "alien")),
        ("title !~ '^A'", lambda row: row["title"] != "Alien"),
        ({">=": {"year": 1990}}, later),
        ({"missing": ["year"]}, lambda row: row["year"] is None),
        ({"some": [{"var": "tags"}, {"==": [{"var": ""}, "b"]}]}, lambda row: row["tags"] == ["a", "b"]),
        ({"none": [{"var": "tags"}, {"==": [{"var": ""}, "b"]}]}, lambda row: row["tags"] != ["a", "b"]),
        ({"var": "title"}, lambda row: row["title"] is not None),
        ({"wildcard": {"title": "A*"}}, lambda row: row["title"] == "Alien"),
        ({"year": [1979, 1999]}, lambda row: row["year"] in (1979, 1999)),
        ({"year": [1979, None]}, lambda row: row["year"] in (1979, None)),
        ({"tags": ["b", "c"]}, lambda row: row["tags"] == ["a", "b"]),
        ({"year": {"$eq": [1979, 1999]}}, lambda row: row["year"] in (1979, 1999)),
        ("year in (1979, 1999)", lambda row: row["year"] in (1979, 1999)),
    ],
)
def test_a_comparison_of_another_language_is_rewritten(source: Any, meant: Callable[[Row], bool]) -> None:
    (problem,) = problems(source, FILMS)
    assert selected(problem.hint) == titles(meant)


@pytest.mark.parametrize(
    ("source", "hints"),
    [
        ("year gt 1 and title eq 'x'", ['Write {"AND": [{"year": {"$gt": 1}}, ...]}.']),
        ("year==1;title==x", ['Write {"AND": [{"year": 1}, ...]}.']),
        ("year == 1 || title == 'x'", ['Write {"OR": [{"year": 1}, ...]}.']),
        ({"where": {"year": 1}}, ['Write what is inside "where" without it.']),
        (
            {"bool": {"filter": [{"term": {"year": 1}}]}},
            ['Write what is inside "bool" without it.', "Write AND.", 'Write {"year": 1}.'],
        ),
        (
            {"combinator": "or", "rules": [{"field": "year", "operator": ">", "value": 1}]},
            ['Write {"OR": [...]}.', 'Write {"year": {"$gt": 1}}.'],
        ),
        ([{"year": 1}, {"title": "x"}], ['Write {"AND": [...]}, or {"OR": [...]}.']),
        ("not (year gt 1 and title eq 'x')", ['Write {"NOT": {"AND": [{"year": {"$gt": 1}}, ...]}}.']),
        ("not (year gt 1) and title eq 'x'", ['Write {"AND": [{"NOT": {"year": {"$gt": 1}}}, ...]}.']),
        ("not year gt 1 and title eq 'x'", ['Write {"AND": [{"NOT": {"year": {"$gt": 1}}}, ...]}.']),
        ("tags/any(t: t eq 'a' or t eq 'b')", ['Write {"tags": {"$elemMatch": {...}}}.']),
        ("title eq 'it''s'", ['Write {"title": "it\'s"}.']),
        (
            "year(at) eq 2020",
            ["Fields are compared as they are, without functions. Write a condition on the field itself."],
        ),
        ({"!": [{"==": [{"var": "year"}, 1]}]}, ["Write NOT.", 'Write {"year": 1}.']),
        ({"!!": {"var": "title"}}, ['Write what is inside "!!" without it.', 'Write {"title": {"$ne": null}}.']),
        (
            {"<": [{"var": "year"}, {"var": "gte"}]},
            ["A field is compared with a value, not with another field."],
        ),
        ({">=": 1}, ['Write {"field": {"$gte": 1}}.']),
        ({"$not": {"year": {"$eq": 1}}}, ["Write NOT.", 'Equality has no operator: write {"year": 1}.']),
        (
            {"$nor": [{"year": 1}, {"$and": [{"title": 5}]}]},
            ['Write {"NOT": {"OR": [...]}}.', "Write AND.", 'Write it as a string: "5".'],
        ),
        (
            {"tags": ["a", "b"]},
            [
                'Write {"tags": {"$in": ["a", "b"]}} for one of the values. '
                'For all of them: {"AND": [{"tags": "a"}, {"tags": "b"}]}.'
            ],
        ),
        ("hello world again", ['JSON strings need double quotes: write "text".']),
    ],
)
def test_what_combines_them_is_rewritten(source: Any, hints: list[str]) -> None:
    assert [problem.hint for problem in problems(source, FILMS)] == hints


@pytest.mark.parametrize("text", ["!(" * 600, "not " * 400, "a/any(b:" * 200, "lower(" * 200, "a" * 2000, "(" * 2000])
def test_texts_that_repeat_themselves_get_a_hint_in_little_time(text: str) -> None:
    (problem,) = problems(text, FILMS)
    assert problem.code == "invalid_json"


@pytest.mark.parametrize("name", ["limit", "orderBy", "getTotalCount"])
def test_a_parameter_of_a_search_is_not_a_field(name: str) -> None:
    """The body of a request has criteria alone: what is beside them belongs into the URL."""
    (problem,) = problems({"year": 1, name: 5}, FILMS)
    assert problem.hint is not None
    assert f"in a URL ?{name}=" in problem.hint


@pytest.mark.parametrize(
    "source",
    [
        {"gte": {"$in": [None]}},
        {"title": {"$in": [None]}, "year": 1},
    ],
)
def test_fields_of_the_schema_keep_their_names(source: Any) -> None:
    """A field called `gte` is a field."""
    assert [problem.code for problem in problems(source, FILMS)] == ["null_in_list"]


def test_without_a_schema_any_name_may_be_a_field() -> None:
    """`year_gte` and `where` are refused only where no field can have their values."""
    given = {"year_gte": 1, "field": "a", "operator": ">", "x": {"$in": [None]}}
    assert [problem.pointer for problem in problems(given, None)] == ["/x/$in/0"]


@pytest.mark.parametrize("blank", ["", " ", "\t", "\u00a0", "\n"])
@pytest.mark.parametrize(
    "begin", ["a[gte]=", "a__gte=", "a[$in]=", "a eq ", "a in ", "a:", "not a[gte]=", "$filter=a eq "]
)
@pytest.mark.parametrize("end", ["", "&", "&b=1", "&&", ";", ")", "'", '"', "()", "( )", "and"])
def test_what_has_no_value_is_refused_as_all_else_is(begin: str, blank: str, end: str) -> None:
    """A hint is looked for in any text: one where the value would be, but for blanks, has none."""
    text = f"{begin}{blank}{end}"
    for source in (json.dumps(text), {"AND": [text]}, {"NOT": text}):
        with pytest.raises(criteria.CriteriaError):
            criteria.parse(source)
