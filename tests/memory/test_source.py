"""The generated source holds the structure of a query, and nothing of its names and values."""

from __future__ import annotations

import ast
import gc
import linecache
import re
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria import Field, Limits, Schema
from criteria.backends.python.predicate import MAX_FILED_CHARACTERS, filed
from criteria.conformance import schemas
from criteria.conformance.strategies import criteria_objects

CASES = st.sampled_from((schemas.HOSTILE_NAMES, schemas.SCALARS, schemas.LISTS, schemas.NESTED)).flatmap(
    lambda schema: st.tuples(criteria_objects(schema), st.just(schema))
)
NAMED_BY_THE_LIBRARY = re.compile(r"[a-z_]+[0-9]*")


@given(case=CASES, mode=st.sampled_from(("typed", "json")))
def test_no_constant_is_compiled(case: tuple[Any, Schema], mode: str) -> None:
    """The source has no literal but None, True and False: names and operands are bound, never spelled."""
    source = criteria.compile(criteria.parse(*case), "python", records=mode).source
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant):
            assert node.value is None or node.value is True or node.value is False
        if isinstance(node, ast.Name):
            assert NAMED_BY_THE_LIBRARY.fullmatch(node.id) or node.id == "Exception"


MARK = "zq7\u00e9xj"


@given(
    name=st.text(max_size=10).map(lambda text: text.replace(".", "") + MARK),
    value=st.text(max_size=10).map(lambda text: text + MARK),
    operator=st.sampled_from(("$ne", "$gt", "$in", "$nin", "$startsWith", "$endsWith", "$contains")),
)
def test_nothing_of_the_user_is_in_the_source(name: str, value: str, operator: str) -> None:
    """Whatever a name and a value are, the source is that of any other name and value."""
    from tests.parsing.outcome import outcome

    operand: Any = [value, value + "b"] if "in" in operator else value
    query = outcome({name: {operator: operand}, "OR": [{name: value}, {name: None}]})
    if not isinstance(query, tuple):
        source = criteria.compile(query, "python").source
        other: Any = ["c", "d"] if "in" in operator else "c"
        plain = criteria.parse({"a": {operator: other}, "OR": [{"a": "c"}, {"a": None}]})
        assert MARK not in source
        assert source == criteria.compile(plain, "python").source


@pytest.mark.parametrize("name", schemas.HOSTILE_NAMES.names)
def test_hostile_names(name: str) -> None:
    """A field whose name means something to generated code is a field like any other."""
    value: Any = 1 if name == "id" else "x"
    field = schemas.HOSTILE_NAMES.find(name)
    assert field is not None
    stored: Any = [value] if field.is_list else value
    record: Any = stored
    for segment in reversed(field.path):
        record = {segment: record}
    predicate = criteria.compile(criteria.parse({name: value}, schemas.HOSTILE_NAMES), "python")
    assert predicate(record) is True
    assert predicate({}) is False
    assert predicate(dict.fromkeys(field.path)) is False


HOSTILE_VALUES = (
    '"""',
    "'''",
    "\\",
    "\n",
    "{operand}",
    "{0}",
    "%s",
    "__import__('os')",
    "#",
    "\r",
    "\u2028",
    "k0",
    "c0",
)


@pytest.mark.parametrize("value", HOSTILE_VALUES)
def test_hostile_values(value: str) -> None:
    """A value that means something to generated code is a value like any other."""
    for comparison in (value, {"$in": [value, "y"]}, {"$startsWith": value}, {"$gte": value}, {"$contains": value}):
        predicate = criteria.compile(criteria.parse({"a": comparison}), "python")
        assert predicate({"a": value}) is True
        assert predicate({"a": ""}) is False


def test_tracebacks_show_the_source() -> None:
    """A traceback that goes through a predicate shows its lines."""

    class Interrupting(str):
        """A key that ends the program when it is compared."""

        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            raise KeyboardInterrupt

    predicate = criteria.compile(criteria.parse({"a": 1}), "python")
    with pytest.raises(KeyboardInterrupt) as caught:
        predicate.filter([{Interrupting("a"): 1}])
    lines = [frame.line for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert any(line is not None and line.startswith("return [row for row in rows if") for line in lines)
    filename = predicate.matches.__code__.co_filename
    linecache.checkcache()
    assert "".join(linecache.getlines(filename)) == predicate.source


@pytest.mark.heavy("thousands of predicates")
def test_sources_do_not_fill_the_memory() -> None:
    """Predicates of many different queries, made and dropped, leave no more than so many sources behind."""
    for number in range(1, 1500):
        bits = [{"a" if number >> bit & 1 else "b": {"$gt": bit}} for bit in range(11)]
        criteria.compile(criteria.parse({"OR": bits}), "python")
    gc.collect()
    assert sum(name.startswith("<criteria") for name in linecache.cache) <= 1100


def test_long_sources_are_bounded_by_their_length() -> None:
    """Their number alone is no bound: one may have a quarter of a million characters."""
    before = set(linecache.cache)
    names = [filed(f"# {number} {'x' * 250_000}") for number in range(100)]
    kept = [name for name in linecache.cache if name not in before]
    assert kept == names[-len(kept) :]
    assert sum(len("".join(linecache.getlines(name))) for name in kept) <= MAX_FILED_CHARACTERS
    assert len(kept) > 10


def test_large_queries() -> None:
    """Queries as large as the limits allow are compiled, wide, deep and with as many fields as comparisons."""
    wide = {"OR": [{f"f{number}": {"$gt": number}} for number in range(1000)]}
    assert criteria.compile(criteria.parse(wide), "python")({"f999": 1000}) is True
    deep: Any = {"a": 1}
    for level in range(90):
        deep = {"AND" if level % 2 else "OR": [{"b": {"$gt": level}}, deep]}
    query = criteria.parse(deep, limits=Limits(nesting=300, depth=100))
    assert criteria.compile(query, "python")({"b": 1000, "a": 1}) is True


def test_printing() -> None:
    """A predicate prints its size, not the query's values."""
    schema = Schema("s", [Field("a", "string")])
    text = repr(criteria.compile(criteria.parse({"a": "secret"}, schema), "python"))
    assert text.startswith("Predicate(")
    assert "secret" not in text
    assert len(text) < 40
