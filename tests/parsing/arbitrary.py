"""Strategies for input of every kind: criteria, almost criteria, and anything else."""

from __future__ import annotations

import json
from collections import Counter, OrderedDict, UserDict, defaultdict
from collections.abc import Callable
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from types import MappingProxyType
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st

from criteria import Schema
from criteria.conformance import schemas
from criteria.conformance.strategies import criteria_objects
from criteria.tree.nodes import Operator
from tests.conftest import capped

FEWER = settings(max_examples=capped(max(20, settings().max_examples // 4)))
"""For properties whose examples are slow to make."""

SCHEMAS: tuple[Schema | None, ...] = (None, schemas.SCALARS, schemas.LISTS, schemas.NESTED)

OPERATORS = tuple(operator.value for operator in Operator if operator.value)

_FIELDS = tuple(field.name for schema in SCHEMAS if schema is not None for field in schema.fields)

_KEYS = st.one_of(
    st.sampled_from(("AND", "OR", "NOT")),
    st.sampled_from(OPERATORS),
    st.sampled_from(_FIELDS),
    st.sampled_from(("and", "Or", "$and", "$or", "$not", "$eq", "$exists", "$x", "$", "", " ", "a", "a.b", "a.", ".a",
                     "a..b", "a.b.c.d.e.f.g.h.i", "a.b c", "a\x00", "\n", "\x7f", "\x9f", "\ud800", "a/b~c", '"', "\\",
                     "intege", "\u00e9", "\U0001f600", "ref.objectId", "objectRef.objectId")),
    st.text(max_size=4),
)  # fmt: skip

_NUMBERS = st.one_of(
    st.integers(-3, 3),
    st.integers(-(2**70), 2**70),
    st.sampled_from((0.0, -0.0, 1.0, 0.5, -2.25, 0.1, 1e-7, 123456.789, 1e15, 2.0**53, 5e-324, 1.5e300)),
)
"""Numbers that a float keeps exactly, up to 2^53 where they are whole and written with a fraction or an exponent."""

_STRINGS = st.one_of(
    st.sampled_from(("", "a", "1", "1.50", "true", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01T00:00:00Z",
                     "2024-02-30T00:00:00Z", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "\0", "\ud800", "1e99999",
                     "1e99999999999999999999")),
    st.text(max_size=5),
)  # fmt: skip

_SCALARS = st.one_of(st.none(), st.none(), st.booleans(), _NUMBERS, _STRINGS)


def _grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, max_size=3)
    return st.one_of(
        lists,
        st.lists(st.one_of(st.none(), inner), max_size=4),
        st.dictionaries(_KEYS, inner, max_size=3),
        st.tuples(st.sampled_from(("AND", "OR")), lists).map(lambda pair: {pair[0]: pair[1]}),
        inner.map(lambda value: {"NOT": value}),
        st.tuples(st.sampled_from(_FIELDS), st.sampled_from(OPERATORS), st.one_of(inner, lists)).map(
            lambda triple: {triple[0]: {triple[1]: triple[2]}}
        ),
        st.tuples(st.sampled_from(_FIELDS), inner).map(lambda pair: {pair[0]: pair[1]}),
    )


JSON = st.recursive(_SCALARS, _grown, max_leaves=10)
"""Any JSON value, most often one that looks like criteria."""

TEXTS = st.one_of(
    st.text(),
    st.text('{}[],:"\\ \n\ttruefalsn0123456789.eE+-$ANDORTabu\ufeff\u201c\u2019', max_size=40),
    st.lists(
        st.sampled_from(("{", "}", "[", "]", ",", ":", "null", "true", "1", "-0.5e3", '"a"', '"AND"', '"OR"', '"NOT"',
                         '"$in"', '"$gt"', '"integer"', " ", "\n", "'", "\u201da\u201d", "NaN", "-Infinity",
                         '"\\u0041"', '"', "//")),
        max_size=25,
    ).map("".join),
)  # fmt: skip
"""Any text, most often one that looks like JSON."""

BYTES = st.one_of(
    st.binary(max_size=40),
    TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")),
    TEXTS.map(lambda text: b"\xef\xbb\xbf" + text.encode("utf-8", "surrogatepass")),
    TEXTS.map(lambda text: text.encode("utf-16", "surrogatepass")),
    TEXTS.map(lambda text: text.encode("utf-32", "surrogatepass")),
    TEXTS.map(lambda text: text.encode("latin-1", "replace")),
)
"""Any bytes, most often some encoding of a text that looks like JSON."""


class Name(str):
    """A subclass of str."""

    __slots__ = ()


class Word(str, Enum):
    """Strings that are members of an enumeration."""

    AND = "AND"
    IN = "$in"
    FIELD = "integer"


class Members(dict[Any, Any]):
    """A subclass of dict."""


def _cyclic_dict() -> Any:
    criteria: dict[str, Any] = {"integer": 1}
    criteria["NOT"] = criteria
    return criteria


def _cyclic_list() -> Any:
    terms: list[Any] = [{"integer": 1}]
    terms.append({"OR": terms, "integer": {"$in": terms}, "string": terms})
    return terms


def _generator() -> Any:
    return (number for number in (1, 2))


_MADE: tuple[Callable[[], Any], ...] = (
    object, set, frozenset, bytearray, _cyclic_dict, _cyclic_list, _generator, lambda: {1, 2}, lambda: float("nan"),
    lambda: float("inf"), lambda: Decimal("sNaN"), lambda: Decimal("-Infinity"), lambda: Decimal("0.10"),
    lambda: Decimal("1E+999999999999999999"), lambda: Decimal("1E-999999999999999999"), lambda: 1j, lambda: b"a",
    lambda: range(3), lambda: (1, None), lambda: Fraction(1, 3), lambda: datetime.now(timezone.utc),
    lambda: date(2024, 1, 1), lambda: UUID(int=1), lambda: Word.AND, lambda: Name("a"), lambda: Exception,
    lambda: print, lambda: ..., lambda: Counter("ab"), lambda: OrderedDict(integer=1),
    lambda: defaultdict(list, integer=1),
    lambda: UserDict(integer=1), lambda: MappingProxyType({"integer": 1}), lambda: Members(integer=1),
    lambda: 10**400, lambda: memoryview(b"a"),
)  # fmt: skip

_ODD_VALUES = st.sampled_from(_MADE).map(lambda make: make())

_ODD_KEYS = st.sampled_from(
    (None, True, 1, 1.5, float("nan"), (), (1, "a"), b"AND", Name("AND"), Name("$in"), Word.AND, Word.FIELD, Word.IN,
     frozenset({1}), 10**30)
)  # fmt: skip


def _grown_odd(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        _grown(inner),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.one_of(_ODD_KEYS, _KEYS), inner, max_size=3),
        st.dictionaries(_KEYS, inner, max_size=3).map(Members),
    )


OBJECTS = st.recursive(st.one_of(_ODD_VALUES, _SCALARS), _grown_odd, max_leaves=8)
"""Any Python value, most often one that looks like decoded criteria."""

VALID: st.SearchStrategy[Any] = st.one_of([criteria_objects(schema, 4) for schema in SCHEMAS if schema is not None])
"""Decoded criteria that one of the schemas accepts."""


@st.composite
def mutated(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A text with one to three characters deleted, inserted, doubled or exchanged."""
    text = draw(texts)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.integers(1, 3)))
        inserted = draw(
            st.sampled_from(("", text[at:end] * 2, ",", '"', "null", "{", "}", "]", ":", "'", "\\", "\0", "$"))
        )
        keeps = draw(st.booleans())
        text = text[:at] + inserted + text[at if keeps else end :]
    return text


@st.composite
def json_texts(draw: st.DrawFn, values: st.SearchStrategy[Any] = JSON) -> str:
    """A JSON value as text, with any layout and escapes."""
    value = draw(values)
    indent = draw(st.sampled_from((None, None, 1, "\t")))
    separators = draw(st.sampled_from(((",", ":"), (", ", ": "), (" ,\r\n", " :  "))))
    return json.dumps(value, ensure_ascii=draw(st.booleans()), indent=indent, separators=separators)
