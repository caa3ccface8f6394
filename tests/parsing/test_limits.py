"""Criteria at each limit are accepted, and one beyond it refused, as text and decoded (docs/language.md#bounds)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from time import process_time
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Limits, Query, Schema
from criteria.limits import DEFAULT_LIMITS
from criteria.tree.normalize import depth
from tests.parsing.outcome import outcome, problems


def nested_nots(count: int) -> Any:
    """So many objects inside each other."""
    source: Any = {"a": 1}
    for _ in range(count - 1):
        source = {"NOT": source}
    return source


def nested_lists(count: int) -> Any:
    """So many objects and lists inside each other, the innermost being a list of values."""
    source: Any = {"a": {"$in": [1]}}
    for _ in range((count - 3) // 2):
        source = {"OR": [source]}
    return source if count % 2 else {"NOT": source}


def alternating(count: int) -> Any:
    """AND and OR inside each other, so many in normal form."""
    source: Any = {"a": 1}
    for level in range(count):
        source = {"AND" if level % 2 else "OR": [{"b": level}, source]}
    return source


def alternating_members(count: int) -> Any:
    """The same with AND as objects of two members, inside OR."""
    source: Any = {"a": 1} if count % 2 == 0 else {"a": 1, "b": 2}
    for level in range(count // 2):
        source = {"a": level, "OR": [{"b": 1}, source]}
    return source


def alternating_nots(count: int) -> Any:
    """The same with AND alone, which NOT makes an OR."""
    source: Any = {"a": 1}
    for level in range(count):
        source = {"NOT": {"AND": [{"b": level}, source]}}
    return source


def alternating_operators(count: int) -> Any:
    """The same with several operators on one field at the bottom."""
    source: Any = {"a": {"$gt": 1, "$lt": 9}}
    for level in range(count - 1):
        source = {"AND" if level % 2 else "OR": [{"b": level}, source]}
    return source


def terms(count: int) -> Any:
    """So many comparisons in a list."""
    return {"OR": [{"a": number} for number in range(count)]}


def members(count: int) -> Any:
    """So many comparisons as members of one object."""
    return {f"a{number}": number for number in range(count)}


def operations(count: int) -> Any:
    """So many comparisons, two on each field."""
    pairs: list[Any] = [{"a": {"$gt": 1, "$lt": 9}}] * (count // 2)
    return {"AND": pairs + [{"a": None}] * (count % 2)}


def values_in(count: int) -> Any:
    """A list of so many values."""
    return {"a": {"$in": list(range(count))}}


def values_not_in(count: int) -> Any:
    """The same, of different kinds."""
    return {"a": {"$nin": [number if number % 2 else str(number) for number in range(count)]}}


def prefix(count: int) -> Any:
    """A text operand of so many characters."""
    return {"a": {"$startsWith": "\U0001f600" * count}}


def suffix(count: int) -> Any:
    """The same."""
    return {"a": {"$endsWith": "x" * count}}


def part(count: int) -> Any:
    """The same."""
    return {"a": {"$contains": "\u00e9" * count}}


BOUNDS: list[tuple[str, str, Callable[[int], Any]]] = [
    ("nesting", "too_deep", nested_nots),
    ("nesting", "too_deep", nested_lists),
    ("depth", "too_deep", alternating),
    ("depth", "too_deep", alternating_members),
    ("depth", "too_deep", alternating_nots),
    ("depth", "too_deep", alternating_operators),
    ("leaves", "too_many_leaves", terms),
    ("leaves", "too_many_leaves", members),
    ("leaves", "too_many_leaves", operations),
    ("values", "too_many_values", values_in),
    ("values", "too_many_values", values_not_in),
    ("text_operand", "too_long", prefix),
    ("text_operand", "too_long", suffix),
    ("text_operand", "too_long", part),
]


@pytest.mark.parametrize("smaller", [0, 1], ids=["default", "one less"])
@pytest.mark.parametrize(("bound", "code", "make"), BOUNDS, ids=lambda value: getattr(value, "__name__", None))
def test_each_bound(bound: str, code: str, make: Callable[[int], Any], smaller: int) -> None:
    """Criteria as large as a bound are accepted, one larger are refused with its code, as text and as objects."""
    most = getattr(DEFAULT_LIMITS, bound) - smaller
    limits = replace(DEFAULT_LIMITS, **{bound: most})
    for write in (lambda source: source, json.dumps):
        assert isinstance(outcome(write(make(most)), limits=limits), Query)
        assert {problem.code for problem in problems(write(make(most + 1)), limits=limits)} == {code}


@pytest.mark.parametrize("limits", ["x", None, 5, {"text": 5}])
@pytest.mark.parametrize("source", ["{}", {}, '{"a": 1}', b"{"])
def test_limits_of_another_class(source: Any, limits: Any) -> None:
    """The error names the argument."""
    with pytest.raises(TypeError, match=r"^limits: expected Limits, found "):
        criteria.parse(source, limits=limits)


@pytest.mark.parametrize("make", [prefix, suffix, part])
def test_text_operands_of_a_declared_field_have_the_same_bound(make: Callable[[int], Any]) -> None:
    """With a schema, too, the longest operand is accepted and one character more is refused."""
    schema = Schema("texts", [Field("a", "string")], system_properties=False)
    limits = Limits(text_operand=5)
    assert isinstance(criteria.parse(make(5), schema, limits=limits), Query)
    with pytest.raises(CriteriaError) as caught:
        criteria.parse(make(6), schema, limits=limits)
    assert [problem.code for problem in caught.value.problems] == ["too_long"]


@pytest.mark.parametrize("comparison", [{"$gt": "v"}, {"$lte": "v1"}, {"$contains": "1"}, {"$istartsWith": "V"}])
@pytest.mark.parametrize("is_list", [False, True])
def test_listed_values_are_counted_over_all_comparisons(comparison: Any, is_list: bool) -> None:
    """Orderings and text operators are the `$in` of the listed values that fulfil them, so 4 of a field that lists 25
    have 100 values to compare with: they are accepted, and the comparison that exceeds the bound is named. Equality and
    membership do not count."""
    listed = Field("a", "string", values=[f"v{number}" for number in range(25)], is_list=is_list)
    schema = Schema("listed", [listed, Field("b", "string")], system_properties=False)
    limits = Limits(listed_values=100)
    others: list[Any] = [{"a": "v1"}, {"a": {"$in": ["v2", "v3"]}}, {"b": {"$gt": "x"}}] * 9
    for write in (lambda source: source, json.dumps):
        within = {"OR": [*others, *[{"a": comparison}] * 4]}
        assert isinstance(criteria.parse(write(within), schema, limits=limits), Query)
        beyond = {"AND": [*[{"NOT": {"a": comparison}}] * 4, *others, {"OR": [{"b": None}, {"a": comparison}]}]}
        with pytest.raises(CriteriaError) as caught:
            criteria.parse(write(beyond), schema, limits=limits)
        (problem,) = caught.value.problems
        assert problem.code == "too_many_values"
        assert problem.pointer == f"/AND/31/OR/1/a/{next(iter(comparison))}"
        assert "125 listed values; 100 are allowed" in problem.message


def test_any_enumeration_of_an_engine_may_be_ordered() -> None:
    """A field may list the 65,535 values that an enum of MySQL has at most, and be compared with an ordering."""
    values = [f"v{number:05}" for number in range(65_535)]
    schema = Schema("listed", [Field("a", "string", values=values)], system_properties=False)
    query = criteria.parse({"a": {"$gte": "v65533"}}, schema)
    assert query.expression == criteria.parse({"a": {"$in": ["v65533", "v65534"]}}, schema).expression


def test_operands_are_found_among_thousands_of_listed_values_without_a_look_at_each() -> None:
    """Lists of 100,000 operands in all take about as long if their field lists 65,535 values as if it lists 1,000."""
    seconds = []
    for count in (1000, 65_535):
        values = [f"v{number:05}" for number in range(count)]
        schema = Schema("listed", [Field("a", "string", values=values)], system_properties=False)
        query = {"OR": [{"a": {"$in": values[-1000:]}}] * 100}
        criteria.parse(query, schema)
        start = process_time()
        criteria.parse(query, schema)
        seconds.append(process_time() - start)
    assert seconds[1] < 20 * seconds[0] + 2  # a look at each takes minutes, a collection of garbage half a second


def test_every_bound_has_its_test() -> None:
    """The tests above cover every limit but `text`, which has tests of its own."""
    assert {bound for bound, _, _ in BOUNDS} | {"text", "listed_values"} == {one.name for one in fields(Limits)}


@pytest.mark.parametrize("make", [alternating, alternating_members, alternating_nots, alternating_operators])
@pytest.mark.parametrize("count", range(2, 17))
def test_what_these_tests_mean_by_depth(make: Callable[[int], Any], count: int) -> None:
    """The criteria above have the depth in normal form that they are named for."""
    assert depth(criteria.parse(make(count)).expression) == count


@pytest.mark.parametrize("padding", [" ", "\n", "\u00e9", "\U0001f600", "\\u00e9"])
@pytest.mark.parametrize("most", [200, DEFAULT_LIMITS.text])
def test_text_is_counted_in_bytes(padding: str, most: int) -> None:
    """Text of as many UTF-8 bytes as the limit is accepted, one byte more is refused, as str and as bytes."""
    limits = Limits(text=most)
    size = len(padding.encode())
    blank = padding.isspace()
    for excess in (0, 1):
        room = most + excess - (2 if blank else 8)
        filled = padding * (room // size) + ("" if blank else "x") * (room % size)
        text = "{}" + filled if blank else f'{{"a":"{filled}"}}'
        assert len(text.encode()) == most + excess
        for source in (text, text.encode()):
            found = outcome(source, limits=limits)
            if excess:
                assert isinstance(found, tuple)
                assert [(one.code, one.pointer) for one in found] == [("too_long", "")]
            else:
                assert isinstance(found, Query)


def test_objects_that_unfold_to_more_than_the_text_limit() -> None:
    """Decoded criteria with more tokens than the text may have bytes are refused as too long."""
    limits = Limits(text=1000, leaves=10_000)
    assert isinstance(outcome(terms(100), limits=limits), Query)
    assert {one.code for one in problems(terms(1000), limits=limits)} == {"too_long"}


def test_only_text_operators_bound_their_operand() -> None:
    """Equality, order and lists take strings of any length."""
    long = "x" * 9000
    for comparison in (long, {"$ne": long}, {"$gt": long}, {"$in": [long]}):
        assert isinstance(outcome({"a": comparison}), Query)


def test_bounds_can_be_raised() -> None:
    """With higher limits larger criteria are accepted."""
    limits = Limits(nesting=200, depth=100, leaves=3000, values=5000, text_operand=20_000)
    for source in (nested_nots(200), alternating(90), terms(3000), values_in(5000), prefix(20_000)):
        assert isinstance(outcome(source, limits=limits), Query)
        assert isinstance(outcome(json.dumps(source), limits=limits), Query)


@pytest.mark.parametrize("bound", ["5", 5.0, -1, None, True])
def test_a_bound_that_is_no_whole_number_is_refused_where_it_is_made(bound: Any) -> None:
    """Else the first request that has a comparison would fail."""
    with pytest.raises(ValueError, match="leaves is a whole number"):
        Limits(leaves=bound)
