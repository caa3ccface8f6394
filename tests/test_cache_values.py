"""Caches keep apart what is equal but not the same: values, trees made by hand, options."""

from __future__ import annotations

import gc
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID
from weakref import ref

import pytest

import criteria
from criteria import CriteriaError, Field, Query, Schema, Search
from criteria.backends import Backend, load
from criteria.backends.compiling import compile_for
from criteria.backends.sql.dialects import DIALECTS
from criteria.backends.template import Template
from criteria.conformance import schemas
from criteria.schema.field import Value
from criteria.tree.nodes import And, Comparison, Expression, Not, Operator, Or
from tests.parsing.outcome import outcome, refused
from tests.test_cache import COLUMNS, TRAITS, answers, compiled, everywhere, resized_caches

_ROWS: list[dict[str, Any]] = [
    {"id": 1, "a": 1, "b": True, "integer": 1, "boolean": True, "string": "a", "required": "a", "double": 0.0},
    {"id": 2, "a": True, "b": 1, "integer": 1.0, "boolean": 1, "string": "\U0010ffff", "cents": "0.00", "double": -0.0},
    {"id": 3, "a": 1.5, "b": False, "integer": 2, "string": "", "required": "\U0010ffff\U0010ffff", "cents": "-0.01"},
    {
        "id": 4,
        "string": "ab",
        "required": "a\U0010ffff",
        "cents": Decimal("1"),
        "decimal": Decimal("1.00"),
        "double": 1,
    },
    {},
]

_PAIRS: dict[str, tuple[Schema | None, list[Any]]] = {
    "numbers that are equal": (None, [{"a": one} for one in (1, True, 1.0, Decimal("1.0"), Decimal("1.00"))]),
    "numbers of two kinds": (None, [{"a": a, "b": b} for a, b in ((1, True), (2, True), (1.5, 1), (0, False))]),
    "zeros": (schemas.SCALARS, [{"double": one, "requiredDouble": two} for one, two in ((0.0, -0.0), (0, 1))]),
    "signs of a decimal": (schemas.SCALARS, [{"cents": {"$gt": text}} for text in ("-1", "0", "-0", "1", "-0.01")]),
    "signs under NOT": (schemas.SCALARS, [{"NOT": {"cents": {"$lte": sign}}} for sign in (-1, 0, 1)]),
    "ends of text": (schemas.SCALARS, [{"string": {"$startsWith": text}} for text in TRAITS]),
    "ends of text under NOT": (schemas.SCALARS, [{"NOT": {"string": {"$startsWith": text}}} for text in TRAITS]),
    "empty text": (schemas.SCALARS, [{"string": {name: text}} for text in ("a", "", "b")
                                     for name in ("$contains", "$endsWith")]),
    "lengths of lists": (schemas.SCALARS, [{"integer": {"$in": list(range(size))}} for size in (2, 1, 0, 3)]),
    "equal values in a list": (schemas.SCALARS, [{"integer": {"$in": values}} for values in (
        [1, 2, 3], [1, 1, 2], [1, 2, 1], [2, 2, 2], [1, 1.0, Decimal("1E0")])]),
    "lengths of two lists": (schemas.SCALARS, [
        {"integer": {"$in": list(range(one))}, "NOT": {"string": {"$in": [f"v{at}" for at in range(two)]}}}
        for one, two in ((2, 5), (5, 2), (3, 3), (2, 1), (0, 4))]),
    "two lists of the same values": (schemas.SCALARS, [
        {"integer": {"$in": one}, "objectRef": {"$in": two}} for one, two in (([1, 2], [1, 2]), ([1, 2], [2, 3]))]),
    "a list and another comparison of its field": (schemas.SCALARS, [
        {kind: [{"integer": {operator: values}}, {"integer": other}]}
        for kind in ("AND", "OR") for operator in ("$in", "$nin") for values in ([1, 2, 3], [1, 2], [4, 5, 6, 1])
        for other in (1, 7, {"$ne": 1}, {"$gt": 1})]),
    "a list below two NOTs": (schemas.SCALARS, [{"NOT": {"OR": [{"integer": {"$nin": values}}, {"string": "a"}]}}
                                                for values in ([1, 2, 3], [1, 1], [2, 1, 2, 3, 4])]),
    "lists longer than a form may hold": (schemas.SCALARS, [
        {"integer": {"$in": list(range(one))}, "string": {"$in": [f"v{at}" for at in range(two)]}}
        for one, two in ((400, 599), (500, 500), (500, 501), (1000, 2), (2, 1000), (1000, 1000), (3, 3))]),
    "lists of decimals and of doubles": (schemas.SCALARS, [
        {"cents": {"$in": one}, "double": {"$in": two}} for one, two in (
            (["1.00", "-0.01"], [0.5, -0.0]), ([1, "1.0", 2], [0, -0.0, 1]), (["2.00"], [1e300, 2, 3]))]),
    "equal instants": (COLUMNS, [{"at": {"$in": values}} for values in (
        ["2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00"], ["2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z"])]),
    "equalities that merge": (schemas.SCALARS, [{"OR": [{"integer": one}, {"integer": {"$in": [two, 3]}}]}
                                                for one, two in ((1, 2), (1, 1), (3, 3), (2, 1))]),
    "terms that are equal": (schemas.SCALARS, [{"OR": [{"integer": {"$gt": one}}, {"integer": {"$gt": two}}]}
                                               for one, two in ((1, 2), (1, 1), (2, 2), (2, 1))]),
    "null and a value": (schemas.SCALARS, [{"string": one} for one in (None, "", "null", {"$ne": None}, {"$ne": ""})]),
    "decimals of two scales": (schemas.SCALARS, [{"cents": a, "whole": b} for a, b in ((1, 1), (1, 2), ("2.00", 2))]),
    "keys that spell terminals": (None, [{"STRING": "NUMBER"}, {"NUMBER": "STRING"}, {"NULL": None}, {"TRUE": "TRUE"}]),
}  # fmt: skip


@pytest.mark.parametrize("size", [1, None], ids=["tiny", "full"])
@pytest.mark.parametrize("step", [1, -1], ids=["forth", "back"])
@pytest.mark.parametrize("name", _PAIRS)
@pytest.mark.heavy("every pair of values through every cache")
def test_equal_values_that_differ(name: str, step: int, size: int | None) -> None:
    """Values that are equal but differ, or that compilers treat differently, have their own results in any order."""
    schema, sources = _PAIRS[name]
    with resized_caches(0):
        alone = [answers([source], schema, None, _ROWS) for source in sources]
    with resized_caches(size):
        assert [answers([source], schema, None, _ROWS) for source in sources[::step]] == alone[::step]


def _is(name: str, value: Value | tuple[Value, ...] | None, operator: Operator = Operator.EQ,
        schema: Schema = schemas.SCALARS) -> Comparison:  # fmt: skip
    field = schema.find(name)
    assert field is not None
    return Comparison(field, operator, value)


class _Money(Decimal):
    """A subclass of Decimal."""


class _Both(And):
    """A subclass of And."""


_ONE, _ZERO = Decimal("1"), 0.0

_BY_HAND: dict[str, list[Expression]] = {
    "one object in two comparisons": [
        And((_is("string", "a"), _is("required", "a"))),
        And((_is("string", "b"), _is("required", "b"))),
        And((_is("string", "b"), _is("required", "c"))),
    ],
    "lists of one tuple": [Or((_is("integer", (1, 2), Operator.IN), _is("objectRef", (1, 2), Operator.IN))),
                           Or((_is("integer", (1, 2), Operator.IN), _is("objectRef", (2, 1), Operator.IN)))],
    "groups of nothing and of one": [And(()), Or(()), And((_is("integer", 1),)), Or((_is("integer", 1),)),
                                     Not(Not(_is("integer", 1))), And((Or(()), _is("integer", 2)))],
    "NOT in every place": [And((Not(_is("integer", 1)), _is("integer", 2))),
                           And((_is("integer", 1), Not(_is("integer", 2)))),
                           Not(And((_is("integer", 1), _is("integer", 2))))],
    "groups inside groups": [And((_is("integer", 1), Or((_is("string", "a"), _is("boolean", True))))),
                             And((Or((_is("integer", 1), _is("string", "a"))), _is("boolean", True)))],
    "zeros of both signs": [_is("double", 0.0), _is("double", -0.0), _is("double", (0.0, -0.0), Operator.IN),
                            _is("double", (-0.0, 0.0), Operator.IN), _is("double", (-0.0, 1.0), Operator.IN)],
    "decimals of many exponents": [_is("cents", Decimal(text), Operator.GT)
                                   for text in ("1", "1.00", "-0.00", "0", "-1", "1E0")],
    "a class of decimals": [_is("cents", _Money(text), Operator.GT) for text in ("1.00", "-1.00")],
    "classes of terms": [Or((_is("integer", 1), _is("string", "a"))),
                         _Both((_is("integer", 1), _is("string", "a")))],
}  # fmt: skip


@pytest.mark.parametrize("step", [1, -1], ids=["forth", "back"])
@pytest.mark.parametrize("name", _BY_HAND)
def test_trees_made_by_hand(name: str, step: int) -> None:
    """Trees that no parser makes compile to the same with and without a cache."""
    queries = [Query(expression, schemas.SCALARS) for expression in _BY_HAND[name]]
    with resized_caches(0):
        alone = [everywhere(query, None, _ROWS) for query in queries]
    with resized_caches():
        assert [everywhere(query, None, _ROWS) for query in queries[::step]] == alone[::step]


_SHARED: dict[str, tuple[Schema, Expression, Expression]] = {
    "decimals of two scales": (
        schemas.SCALARS,
        And((_is("cents", _ONE), _is("decimal", _ONE))),
        And((_is("cents", Decimal("1.00")), _is("decimal", Decimal("1.0000000000")))),
    ),
    "zeros": (
        schemas.SCALARS,
        And((_is("double", _ZERO), _is("requiredDouble", _ZERO))),
        And((_is("double", 0.0), _is("requiredDouble", -0.0))),
    ),
    "an integer for a boolean": (
        schemas.SCALARS,
        And((_is("integer", True), _is("boolean", True))),
        And((_is("integer", 1), _is("boolean", True))),
    ),
    "an integer for a double": (
        schemas.SCALARS,
        And((_is("integer", 1), _is("double", 1))),
        And((_is("integer", 1), _is("double", 1.0))),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", _SHARED)
def test_one_object_in_two_comparisons_and_equal_ones_afterwards(name: str) -> None:
    """After a query whose comparisons share one object, later queries keep two values that are only equal apart."""
    schema, shared, equal = _SHARED[name]
    with resized_caches(0):
        alone = everywhere(Query(equal, schema), None, _ROWS)
    with resized_caches():
        everywhere(Query(shared, schema), None, _ROWS)
        assert everywhere(Query(equal, schema), None, _ROWS) == alone


def test_results_belong_to_the_caller() -> None:
    """Changing the parameters of one statement does not change the next one."""
    with resized_caches():
        for text in ("a", "b"):
            found = criteria.compile(criteria.parse({"name": text}), "sql", dialect="sqlite", paramstyle="named")
            assert found.params == {"p1": text}
            found.params.clear()


@pytest.mark.heavy("generated values")
@pytest.mark.parametrize(("backend", "options"), [("sql", {"dialect": "postgres"}), ("python", {}), ("mongo", {})])
def test_values_are_not_cached(backend: str, options: dict[str, Any]) -> None:
    """A cache keeps no value of a query: values may be as large as criteria."""
    with resized_caches():
        query = criteria.parse({"guid": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, schemas.SCALARS)
        assert isinstance(query.expression, Comparison)
        value = query.expression.value
        assert isinstance(value, UUID)
        kept = ref(value)
        criteria.compile(query, load(backend), **options)
        del query, value
        gc.collect()
        assert kept() is None


@pytest.mark.parametrize("options", [{"dialect": ("sqlite", [])}, {"dialect": "sqlite", "table": ("t", [])},
                                     {"dialect": "sqlite", "paramstyle": ([],)}])  # fmt: skip
def test_options_that_cannot_be_keys_are_refused(options: dict[str, Any]) -> None:
    """An option without a hash is refused like any other wrong option."""
    with pytest.raises(CriteriaError):
        criteria.compile(criteria.parse({"a": 1}), "sql", **options)


def _plug_in() -> Backend:
    """A backend that prepares templates. Its results are its options and the attributes of the search."""

    def prepare_query(normal: Any, schema: Any, slots: Any, *, indent: Any = 0) -> Template:
        return Template(lambda values: (repr(indent), *values))

    def prepare_search(search: Search, normal: Any, slots: Any, **options: Any) -> Template:
        shown = repr((replace(search, query=Query(And(()))), options))
        return Template(lambda values: (shown, *values))

    return Backend("plug-in", repr, repr, {}, prepare_query, prepare_search)


def test_searches_that_differ_beside_their_values() -> None:
    """Searches that differ in more than their values have templates of their own."""
    backend, query = _plug_in(), criteria.parse({"count": 1}, COLUMNS)
    reference = COLUMNS.find("other")
    assert reference is not None
    searches = [Search(query), Search(query, limit=None), Search(query, skip=1), Search(query, get_total_count=True),
                Search(query, criteria.parse_order_by("at", COLUMNS)), Search(query, resolve=(reference,))]  # fmt: skip
    with resized_caches(0):
        alone = [compile_for(backend, search, {}) for search in searches]
    with resized_caches():
        assert [compile_for(backend, search, {}) for search in searches] == alone


def test_options_of_plug_ins_that_cannot_be_keys() -> None:
    """An option without a hash inside a tuple reaches the backend or is refused; no other exception is raised."""
    backend, query = _plug_in(), criteria.parse({"count": 1})
    with resized_caches():
        found = refused(lambda: compile_for(backend, query, {"indent": ([],)}))
        assert found == ("([],)", 1) or found[0].code == "unknown_option"


def test_options_that_are_equal_and_not_the_same() -> None:
    """Equal options of different classes have templates of their own: True is not 1."""
    backend, query = _plug_in(), criteria.parse({"count": 1})
    with resized_caches():
        found = [compile_for(backend, query, {"indent": indent}) for indent in (1, True, 1.0, Decimal("1.0"))]
    assert [one[0] for one in found] == ["1", "True", "1.0", "Decimal('1.0')"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_query_with_a_schema_is_not_confused_with_one_without(dialect: str) -> None:
    """A tree has its own result, or refusal, with its schema and without it."""
    expression = _is("integer", 1)
    with resized_caches(0):
        alone = [compiled(Query(expression, schema), "sql", dialect=dialect) for schema in (schemas.SCALARS, None)]
    with resized_caches():
        for schemas_of in ((None, schemas.SCALARS), (schemas.SCALARS, None)):
            found = {schema: compiled(Query(expression, schema), "sql", dialect=dialect) for schema in schemas_of}
            assert [found[schemas.SCALARS], found[None]] == alone


def test_problems_are_the_querys_own_when_its_shape_is_cached() -> None:
    """Refusals name the values and the places of the refused query."""
    with resized_caches():
        for text in ("x", "y"):
            found = outcome({"AND": [{"integer": text}, {"string": text}]}, schemas.SCALARS)
            assert isinstance(found, tuple)
            assert [problem.pointer for problem in found] == ["/AND/0/integer"]
            assert f'"{text}"' in found[0].message


def test_a_tree_made_by_hand_of_a_list_is_compiled() -> None:
    """A list as an operand has no form to cache, and matches nothing."""
    schema = Schema("t", [Field("n", "integer")])
    number = schema.find("n")
    odd: Any = [1]
    assert number is not None
    predicate = criteria.compile(Query(Comparison(number, Operator.EQ, odd), schema), "python")
    assert predicate.filter([{"n": 1}]) == []


@pytest.mark.parametrize(("backend", "options"), [("python", {}), ("sql", {"dialect": "sqlite"})])
def test_limits_set_wider_than_the_interpreter_are_refused(backend: str, options: dict[str, str]) -> None:
    """Groups too deep for Python's own parser or stack are refused as too_deep, without an error of the interpreter."""
    deep: Any = {"a": 1}
    for level in range(900):
        deep = {"AND" if level % 2 else "OR": [{"b": {"$gt": level}}, deep]}
    try:
        query = criteria.parse(deep, limits=criteria.Limits(nesting=5000, depth=1000))
    except CriteriaError as error:
        assert error.problems[0].code == "too_deep"  # even the parse may be too deep
        return
    with pytest.raises(CriteriaError) as caught:
        criteria.compile(query, load(backend), **options)
    assert caught.value.problems[0].code == "too_deep"
