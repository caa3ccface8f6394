"""What caches hold, caches and threads, and checks that a cached result never skips: limits, strict, refusals."""

from __future__ import annotations

import gc
import json
import pickle
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from threading import Barrier, Thread
from time import monotonic
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Query, Schema, Search
from criteria.backends import load
from criteria.backends.sql.dialects import DIALECTS
from criteria.cache import CACHES, Cache
from criteria.conformance import schemas
from criteria.limits import DEFAULT_LIMITS, Limits
from criteria.parsing.parser import _builders as tree_builders
from criteria.search.cursor import decode_cursor, encode_cursor
from criteria.tree.parameters import Outline
from tests.parsing.outcome import outcome, problems
from tests.test_cache import COLUMNS, compiled, resized_caches


def held() -> int:
    """The number of results in all caches."""
    return sum(map(len, CACHES))


def sql(source: Any, dialect: str = "sqlite", schema: Schema | None = None) -> Any:
    """Criteria as SQL."""
    return criteria.compile(criteria.parse(source, schema), "sql", dialect=dialect)


def test_a_full_cache_drops_its_oldest_result() -> None:
    """A cache holds the results that were put last, and the last one of each key."""
    cache: Cache[str, int] = Cache(2, max_bytes=100)
    for key, result in (("a", 1), ("b", 2), ("b", 3), ("c", 4)):
        cache.put(key, result, 10)
    assert [cache.get(key) for key in "abc"] == [None, 3, 4]
    assert len(cache) == 2
    cache.clear()
    assert len(cache) == 0
    assert cache.get("c") is None
    cache.put("a", 5, 10)
    assert cache.get("a") == 5


def test_a_cache_drops_results_until_it_is_within_its_size() -> None:
    """The sizes of all results stay within the bound; a result that alone exceeds it drops no other."""
    cache: Cache[str, int] = Cache(1024, max_bytes=100)
    for key, size in (("a", 40), ("b", 40), ("a", 60), ("c", 30), ("d", 101)):
        cache.put(key, 1, size)
    assert [cache.get(key) for key in "abcd"] == [None, 1, 1, None]
    assert cache.bytes == 70
    cache.put("e", 1, 100)
    assert [cache.get(key) for key in "bce"] == [None, None, 1]
    cache.clear()
    assert cache.bytes == 0
    cache.put("f", 1, 100)
    assert cache.get("f") == 1


_NESTED = Schema("nested", [Field("id", "integer", is_unique=True, nullable=False), Field("j.amount", "decimal"),
                            Field("at", "dateTime"), Field("name", "string")], system_properties=False)  # fmt: skip


_LARGE_TEMPLATES: dict[str, tuple[str, Any, str, dict[str, Any]]] = {
    "the longest SQL": ("j.amount", 1, "sql", {"dialect": "sqlite"}),
    "SQL of searches": ("j.amount", 1, "sql", {"dialect": "postgres", "table": "t"}),
    "predicates": ("at", "2024-01-01T00:00:00Z", "python", {"records": "json"}),
}


def _large(number: int, field: str, value: Any) -> dict[str, Any]:
    """Criteria of a form that only one number has."""
    operators = ["$gt" if number >> at & 1 else "$lt" for at in range(16)]
    return {"AND": [{"OR": [{field: {operator: value}}, {"id": at}]} for at, operator in enumerate(operators)]}


@pytest.mark.heavy("measures memory")
@pytest.mark.parametrize(
    "name",
    [
        name if name == "predicates" else pytest.param(name, marks=pytest.mark.heavy("traces memory"))
        for name in _LARGE_TEMPLATES
    ],
)
def test_templates_take_no_more_memory_than_their_bound(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many large forms clients send, the templates stay within their bytes, which are an upper bound."""
    field, value, backend, options = _LARGE_TEMPLATES[name]
    with resized_caches():
        templates = max(CACHES, key=lambda cache: cache.max_bytes)
        monkeypatch.setattr(templates, "max_bytes", 250_000)
        with _tracing() as traced:
            for number in range(20):
                query = criteria.parse(_large(number, field, value), _NESTED)
                subject = criteria.Search(query, get_total_count=True) if "table" in options else query
                criteria.compile(subject, load(backend), **options)
            del query, subject
            assert 0 < len(templates) < 20
            assert 100_000 < templates.bytes <= templates.max_bytes
            held_bytes = traced()
            templates.clear()
            assert held_bytes - traced() < 1.2 * templates.max_bytes


@pytest.mark.heavy("traces memory")
@pytest.mark.parametrize("schema", [_NESTED, None], ids=["schema", "no schema"])
def test_tree_builders_take_no_more_memory_than_their_bound(
    schema: Schema | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many large shapes clients send, the tree builders stay within their bytes."""
    with resized_caches():
        builders = tree_builders(None)._builders
        monkeypatch.setattr(builders, "max_bytes", 500_000)
        with _tracing() as traced:
            for number in range(20):
                signs = [{"name" if number >> at & 1 else "at": None} for at in range(12)]
                criteria.parse({"OR": [*signs, *[{"name": "x"} for _ in range(150)]]}, schema)
            assert 0 < len(builders) < 20
            assert 300_000 < builders.bytes <= builders.max_bytes
            held_bytes = traced()
            builders.clear()
            assert held_bytes - traced() < 1.2 * builders.max_bytes


@contextmanager
def _tracing() -> Iterator[Callable[[], int]]:
    """Traces memory. Gives a function that says how many bytes are in use."""

    def traced() -> int:
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        yield traced
    finally:
        tracemalloc.stop()


def test_queries_of_one_shape_and_form_are_cached_once() -> None:
    """A second query that differs only in its values adds nothing to the caches."""
    with resized_caches():
        sql({"string": "a", "cents": {"$gt": 1}}, schema=schemas.SCALARS)
        before = held()
        assert before == 2
        equal = Schema("scalars", schemas.SCALARS.fields, system_properties=False)
        sql({"string": "b", "cents": {"$gt": 2}}, schema=equal)
        assert held() == before
        sql({"string": "b", "cents": {"$gt": -2}}, schema=schemas.SCALARS)
        assert held() == before + 1


@pytest.mark.heavy("thousands of queries")
@pytest.mark.parametrize("size", [0, 1, 100, None])
def test_caches_are_bounded(size: int | None) -> None:
    """After 5,000 different shapes and forms no cache is larger than its size, and two or more are full."""
    with resized_caches(size):
        for number in range(5000):
            query = criteria.parse({f"f{number}": number})
            if number % 2 or size is None:
                criteria.compile(query, "sql", dialect="sqlite")
        assert all(len(cache) <= cache.size for cache in CACHES)
        assert sum(len(cache) == cache.size for cache in CACHES) >= 2


_LONG: dict[str, Any] = {
    "comparisons with null": {"OR": [{f"f{number}": {"$ne": None}} for number in range(990)]},
    "comparisons": {"OR": [{f"f{number}": {"$gt": number}} for number in range(990)]},
    "names": {"OR": [{f"f{number}" + "x" * 900: number} for number in range(300)]},
    "names of tests for null": {"OR": [{f"f{number}" + "x" * 900: None} for number in range(300)]},
}


@pytest.mark.parametrize("name", _LONG)
def test_long_queries_are_not_cached(name: str) -> None:
    """Very long queries and long keys are not cached: they would take much memory."""
    with resized_caches():
        for number in range(3):
            sql(_LONG[name] if number else {"AND": [_LONG[name], {"other": 1}]})
            assert held() == 0


@contextmanager
def _switching() -> Iterator[None]:
    """Makes the interpreter switch threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _work() -> list[tuple[Any, Schema | None, str]]:
    values = (-1, 0, 1, "1.50", "x", None)
    sources = [{"cents": {"$gt": one}} for one in values] + [{"string": one, "integer": one} for one in values]
    texts = [{"NOT": {"required": {"$startsWith": text}}} for text in ("", "a", "\U0010ffff")]
    lists: list[dict[str, Any]] = [{"OR": [{"whole": {"$in": [*range(size)]}}, {"whole": 3}]} for size in range(4)]
    lists += [
        {"NOT": {"integer": {"$in": [*range(size)]}}, "string": {"$in": ["x", *"yz" * size]}} for size in range(4)
    ]
    return [(source, schema, dialect) for source in (*sources, *texts, *lists) for schema in (schemas.SCALARS, None)
            for dialect in ("sqlite", "postgres")]  # fmt: skip


_ROWS = [
    {"cents": "0.00", "integer": 1, "string": "x", "required": "\U0010ffff\U0010ffff", "whole": "3"},
    {"cents": "1.51", "integer": True, "string": None, "required": "ab", "whole": 2},
    {},
]


_CONDITIONS = [
    criteria.parse(source, schemas.SCALARS)
    for source in ({"boolean": True}, {"whole": {"$in": [1, 2]}, "integer": {"$lt": 5}}, {"NOT": {"string": "x"}})
]
"""Conditions of a server, which are joined with the queries of all clients."""

_ORDERINGS = [criteria.parse_order_by(text, schemas.SCALARS) for text in ("integer desc,string", "string,whole desc")]


def _answer(source: Any, schema: Schema | None, dialect: str) -> Any:
    query = outcome(source, schema)
    if not isinstance(query, Query):
        return query
    predicate = criteria.compile(query, "python", records="json")
    found = [repr(query.expression), compiled(query, "sql", dialect=dialect), predicate.source, predicate.filter(_ROWS)]
    return [*found, *(_joined(query, condition, dialect) for condition in _CONDITIONS)] if schema is not None else found


def _joined(query: Query, condition: Query, dialect: str) -> Any:
    """What a query and a condition compile to, and the pages of both together, with their cursors."""
    both = query & condition
    found = [compiled(both, "sql", dialect=dialect), criteria.compile(both, "python", records="json").source]
    for order in _ORDERINGS:
        search = Search(both, order, 2, cursor_query=query)
        keys = search.sort_keys
        cursor = encode_cursor((*(None,) * (len(keys) - 1), 1), query, keys, b"k" * 16)
        found += [compiled(search, "sql", dialect=dialect, table="t"), cursor]
        found.append(decode_cursor(cursor, query, keys, b"k" * 16))
    return [*found, repr(both.expression)]


@pytest.mark.heavy("many threads")
@pytest.mark.parametrize("size", [1, 3, None], ids=["one", "three", "full"])
def test_threads_get_the_results_of_one_thread(size: int | None) -> None:
    """Twelve threads that parse, join, compile and read cursors at once, while results are dropped, get what a single
    thread gets."""
    work = _work()
    with resized_caches(0):
        alone = [_answer(*one) for one in work]
    wrong: list[Any] = []
    done: list[int] = []
    start = Barrier(12)

    def run(offset: int) -> None:
        start.wait()
        end, count = monotonic() + 0.8, 0
        while monotonic() < end and not wrong:
            at = (offset * 5 + count) % len(work)
            try:
                found = _answer(*work[at])
            except Exception as error:
                found = error
            if found != alone[at]:
                wrong.append((work[at], found, alone[at]))
            count += 1
        done.append(count)

    threads = [Thread(target=run, args=(offset,)) for offset in range(12)]
    with resized_caches(size), _switching():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(len(cache) <= cache.size for cache in CACHES)
    assert not wrong
    assert len(done) == 12
    assert all(done)


@pytest.mark.heavy("many threads")
def test_threads_that_look_at_one_query_see_equal_trees() -> None:
    """The tree is made when it is first looked at, which eight threads may do at once."""
    start = Barrier(8)
    seen: list[tuple[int, str]] = []

    def look() -> None:
        for at, query in enumerate(queries):
            start.wait()
            seen.append((at, repr(query.expression)))

    parsed = [(outcome(source, schema), outcome(source, schema)) for source, schema, _ in _work()]
    queries = [one for one, _ in parsed if isinstance(one, Query)]
    alone = [repr(other.expression) for _, other in parsed if isinstance(other, Query)]
    threads = [Thread(target=look) for _ in range(8)]
    with _switching():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(seen) == 8 * len(queries)
    assert all(found == alone[at] for at, found in seen)


@pytest.mark.parametrize("size", [0, None], ids=["no caches", "caches"])
def test_a_query_is_the_same_whether_its_tree_was_looked_at_or_not(size: int | None) -> None:
    """Equality, hashes, pickles, and what it compiles to."""
    with resized_caches(size):
        for source, schema, dialect in _work():
            if not isinstance(outcome(source, schema), Query):
                continue
            looked_at = criteria.parse(source, schema)
            assert repr(looked_at.expression)
            expected = compiled(looked_at, "sql", dialect=dialect)
            fresh, copied = criteria.parse(source, schema), copy(criteria.parse(source, schema))
            for other in (fresh, copied, pickle.loads(pickle.dumps(copied))):  # noqa: S301
                assert compiled(other, "sql", dialect=dialect) == expected
                assert (other, hash(other)) == (looked_at, hash(looked_at))


def test_what_a_query_does_not_have_is_named() -> None:
    """A misspelled attribute of a query is refused as that of any object, with what Python would suggest."""
    query = criteria.parse({"count": 1}, COLUMNS)
    with pytest.raises(AttributeError, match=r"^'Query' object has no attribute 'expresion'$") as raised:
        query.expresion  # type: ignore[attr-defined]  # noqa: B018
    assert (raised.value.name, raised.value.obj) == ("expresion", query)
    with pytest.raises(AttributeError, match=r"^'Query' object has no attribute 'expression'$"):
        object.__new__(Query).expression  # noqa: B018


def test_joined_queries_keep_no_others_alive() -> None:
    """Queries of ever new shapes, each joined with the one before it, leave nothing behind."""

    def outlines() -> int:
        gc.collect()
        return sum(isinstance(one, Outline) for one in gc.get_objects())

    with resized_caches(1):
        before = outlines()
        last = criteria.parse({"count": 0}, COLUMNS)
        for number in range(1, 100):
            query = criteria.parse({"OR": [{"count": number}] * number}, COLUMNS)
            assert (query & last).outline is not None
            last = query
        assert outlines() <= before + 4  # that in the cache, those of the two last queries, and that of both


_REFUSED: dict[str, tuple[Any, Any, str]] = {
    "an integer": ({"integer": 1}, {"integer": 2**63}, "out_of_range"),
    "an integer with a fraction": ({"integer": 1}, {"integer": 1.5}, "type_mismatch"),
    "a decimal": ({"cents": {"$gt": 1}}, {"cents": {"$gt": "0.001"}}, "out_of_range"),
    "a decimal's digits": ({"cents": {"$gt": 1}}, {"cents": {"$gt": 1000}}, "out_of_range"),
    "a double": ({"double": 1}, {"double": 2**53 + 1}, "out_of_range"),
    "an instant": ({"dateTime": "2024-01-01T00:00:00Z"}, {"dateTime": "2024-01-01"}, "type_mismatch"),
    "an instant's digits": ({"dateTime": "2024-01-01T00:00:00Z"}, {"dateTime": "2024-01-01T00:00:00.0001Z"},
                            "out_of_range"),
    "a guid": ({"guid": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, {"guid": "6ba7"}, "type_mismatch"),
    "one of a list": ({"integer": {"$in": [1, 2]}}, {"integer": {"$in": [1, 2**64]}}, "out_of_range"),
    "text": ({"string": "a"}, {"string": "a\0"}, "invalid_text"),
    "a surrogate": ({"string": {"$contains": "a"}}, {"string": {"$contains": "\ud800"}}, "invalid_text"),
    "a long text operand": ({"string": {"$contains": "a"}}, {"string": {"$contains": "a" * 8001}}, "too_long"),
    "one of several": ({"OR": [{"string": "a"}, {"integer": 1}, {"integer": 2}]},
                       {"OR": [{"string": "\0"}, {"integer": 2**70}, {"integer": 0.1}]}, "invalid_text"),
}  # fmt: skip


@pytest.mark.parametrize("name", _REFUSED)
def test_values_are_refused_when_the_shape_is_cached(name: str) -> None:
    """Criteria with wrong values have the same problems, whether their shape is cached or not."""
    seen, source, code = _REFUSED[name]
    for form in (source, json.dumps(source)):
        with resized_caches(0):
            fresh = problems(form, schemas.SCALARS)
        with resized_caches():
            assert isinstance(outcome(seen, schemas.SCALARS), Query)
            assert problems(form, schemas.SCALARS) == fresh
            assert isinstance(outcome(seen, schemas.SCALARS), Query)
        with resized_caches():
            assert problems(form, schemas.SCALARS) == fresh
            assert isinstance(outcome(seen, schemas.SCALARS), Query)
        assert fresh[0].code == code


_DAYS = Schema("days", [schemas.KEY, criteria.Field("day", "date")], system_properties=False)
_TEXTS = Schema("texts", [schemas.KEY, criteria.Field("name", "string")], system_properties=False)

_REFUSED_LEAVES = {
    "oracle": (COLUMNS, {"at": {"$gt": "1582-10-04T00:00:00Z"}}, {"at": {"$gt": "1582-10-05T00:00:00Z"}}),
    "oracle, a list": (COLUMNS, {"at": {"$in": ["2024-01-01T00:00:00Z", "1582-10-15T00:00:00Z"]}},
                       {"at": {"$in": ["2024-01-01T00:00:00Z", "1582-10-14T00:00:00Z"]}}),
    "tsql": (_TEXTS, {"name": {"$contains": "a" * 4000}}, {"name": {"$contains": "a" * 4001}}),
    "tsql, beyond U+FFFF": (_TEXTS, {"name": {"$contains": "a" * 2001}}, {"name": {"$contains": "\U0001f600" * 2001}}),
    "clickhouse": (_DAYS, {"day": {"$gt": "2299-12-31"}}, {"day": {"$gt": "2300-01-01"}}),
    "oracle, a day": (_DAYS, {"day": "1582-10-15"}, {"day": "1582-10-14"}),
}  # fmt: skip


@pytest.mark.parametrize("name", _REFUSED_LEAVES)
def test_dialects_refuse_values_when_the_form_is_cached(name: str) -> None:
    """A dialect refuses a value that it cannot compare correctly, also after it compiled a query of the same form."""
    schema, taken, source = _REFUSED_LEAVES[name]
    dialect = name.split(",")[0]
    with resized_caches():
        assert sql(taken, dialect, schema).params
        with pytest.raises(CriteriaError, match="unsupported"):
            sql(source, dialect, schema)
        assert sql(taken, dialect, schema).params


def test_dialects_whose_refusals_look_at_values() -> None:
    """The test above has a case for each dialect that refuses values."""
    looking = {name for name, dialect in DIALECTS.items() if dialect.unsupported_leaf is not None}
    assert looking == {name.split(",")[0] for name in _REFUSED_LEAVES}


_BROAD = {"OR": [
    {"string": {"$startsWith": "abc"}},
    {"AND": [{"integer": {"$in": [1, 2, 3]}}, {"OR": [{"double": 1}, {"boolean": True}]}]},
]}  # fmt: skip
_NARROW = {
    "text": Limits(text=50),
    "nesting": Limits(nesting=4),
    "depth": Limits(depth=2),
    "leaves": Limits(leaves=3),
    "values": Limits(values=2),
    "text_operand": Limits(text_operand=2),
}


@pytest.mark.parametrize("name", _NARROW)
@pytest.mark.parametrize("schema", [schemas.SCALARS, None], ids=["schema", "no schema"])
def test_limits_of_each_call_hold_for_a_cached_shape(name: str, schema: Schema | None) -> None:
    """Criteria accepted under wide limits are refused under narrow ones, and then accepted again under wide ones."""
    source = json.dumps(_BROAD)
    with resized_caches(0):
        fresh = problems(source, schema, limits=_NARROW[name])
    for order in ((_NARROW[name], DEFAULT_LIMITS, _NARROW[name]), (DEFAULT_LIMITS, _NARROW[name], DEFAULT_LIMITS)):
        with resized_caches():
            for limits in order:
                found = outcome(source, schema, limits=limits)
                assert found == fresh if limits is _NARROW[name] else isinstance(found, Query)


def test_depth_is_that_of_the_values() -> None:
    """Of two queries of one shape, one can be too deep and the other not: in it, equal values merge."""
    narrow = Limits(depth=1)
    sources = [{"AND": [{"string": "a"}, {"OR": [{"integer": 1}, {"integer": {"$gt": 5}}]}]},
               {"OR": [{"integer": 1}, {"AND": [{"integer": {"$gt": 2}}, {"integer": {"$gt": 2}}]}]},
               {"OR": [{"integer": 1}, {"AND": [{"integer": {"$gt": 2}}, {"integer": {"$gt": 3}}]}]}]  # fmt: skip
    with resized_caches():
        for _ in range(2):
            found = [outcome(source, schemas.SCALARS, limits=narrow) for source in sources]
            assert [isinstance(one, Query) for one in found] == [False, True, False]


@pytest.mark.parametrize("source", [{"string": "a", "integer": 1}, {"integer": {"$gt": 1, "$lt": 5}}])
def test_strict_of_each_call_holds_for_a_cached_shape(source: dict[str, Any]) -> None:
    """An accepted shape is refused with strict=True, and a shape refused by strict=True is accepted without it."""
    with resized_caches(0):
        fresh = problems(source, schemas.SCALARS, strict=True)
    for order in ((False, True, False, True), (True, False, True, False)):
        with resized_caches():
            for strict in order:
                found = outcome(source, schemas.SCALARS, strict=strict)
                assert found == fresh if strict else isinstance(found, Query)
