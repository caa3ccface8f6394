"""Numbers in JSON that a double rounds: files select by the numbers as they are written."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import criteria
from criteria.backends.python.attribute_loop import attribute_loop
from criteria.files.matching import Matcher
from criteria.files.ndjson import Ndjson
from criteria.files.records import Data, MemberAttributes
from criteria.text.json_streaming import decode
from tests.cli.running import run
from tests.conftest import capped

_NUMBERS = st.sampled_from(
    ["0.1", "0.1000000000000000055", "0.100000000000000005551115123125782702118158340454101562500", "5", "5.0", "-5",
     "0.1000000000000000055511151231257827021181583404541015625", "0.09999999999999999999999", "5.0000000000000000001",
     "4.9999999999999999999", "9007199254740992", "9007199254740993", "9007199254740993.0", "9007199254740992.5",
     "9007199254740991.5", "1e-400", "-1e-400", "0", "-0.0", "1e-320", "5e-1", "1E2", "100", "80.5", "1e308",
     "18446744073709551616", "18446744073709551617.5"]
)  # fmt: skip
_VALUES = st.one_of(
    _NUMBERS,
    st.sampled_from(["null", '"5"', '"a"', "true", "false", "[]", "{}", '{"x": 5.0000000000000000001}']),
    st.lists(_NUMBERS, max_size=2).map(lambda found: f"[{', '.join(found)}]"),
)
_RECORDS = st.lists(st.dictionaries(st.sampled_from(["n", "m", "s"]), _VALUES), min_size=1, max_size=6).map(
    lambda records: ["{" + ", ".join(f'"{name}": {text}' for name, text in one.items()) + "}" for one in records]
)
_OPERANDS = [0, 5, 5.0, 0.1, 0.5, 80.5, 100, -5, 9007199254740992, 9007199254740993, 9007199254740991.5, 1e308]
_TESTS = st.one_of(
    st.sampled_from(_OPERANDS),
    st.builds(
        lambda operator, value: {operator: value},
        st.sampled_from(["$gt", "$gte", "$lt", "$lte", "$ne"]),
        st.sampled_from(_OPERANDS),
    ),
    st.builds(
        lambda operator, values: {operator: values},
        st.sampled_from(["$in", "$nin"]),
        st.lists(st.sampled_from(_OPERANDS), min_size=1, max_size=3),
    ),
    st.none(),
)
_LEAVES = st.one_of(
    st.dictionaries(st.sampled_from(["n", "m"]), _TESTS, min_size=1), st.sampled_from([{"s": "a"}, {"s": {"$ne": "a"}}])
)
_QUERIES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda terms: {"AND": terms}),
        st.lists(inner, min_size=1, max_size=3).map(lambda terms: {"OR": terms}),
        inner.map(lambda term: {"NOT": term}),
    ),
    max_leaves=4,
)


def schema(field_type: str | None) -> criteria.Schema | None:
    """Numbers of a type, or nothing declared."""
    if field_type is None:
        return None
    fields = [criteria.Field("n", field_type), criteria.Field("m", field_type), criteria.Field("s", "string")]
    return criteria.Schema("data", fields, system_properties=False)


def with_attributes(texts: list[str], query: criteria.Query) -> list[int]:
    """The indexes that are selected, where msgspec reads the members that the query names."""
    matcher = Matcher(query, "json", {})
    assert matcher.attributes is not None
    attributes = MemberAttributes(matcher.attributes, lambda: True, matcher.takes_rounded)
    members = [(name,) for name in matcher.attributes]
    stream: Any = io.BytesIO("".join(f"{text}\n" for text in texts).encode())
    data = Data("data", stream, query.schema, lambda: None, lambda fault: None, members, attributes=attributes)
    return [batch.lines[at] - 1 for batch in Ndjson(data).batches() for at in matcher.hits(batch)]


@settings(max_examples=capped(400), deadline=None)
@given(_RECORDS, _QUERIES, st.sampled_from([None, None, "integer", "double"]))
@example(['{"n": 5.0000000000000000001}'], {"n": {"$gt": 5}}, None)
@example(['{"n": 5.0000000000000000001}'], {"n": {"$ne": 5}}, None)
@example(['{"n": [5.0000000000000000001]}'], {"n": 5}, None)
@example(['{"n": 5.0000000000000000001}'], {"NOT": {"n": {"$gt": 0}}}, "integer")
@example(['{"n": 9007199254740993.0}'], {"n": 9007199254740993}, None)
@example(['{"n": 1e-400}'], {"n": {"$lte": 0}}, None)
def test_rounded_numbers_are_read_again(texts: list[str], query: Any, field_type: str | None) -> None:
    """Each operator, on numbers at and beside its operand, in and beside other conditions."""
    pytest.importorskip("msgspec", reason='pip install "criteria-engine[files]" (msgspec)')
    try:
        parsed = criteria.parse(json.dumps(query), schema(field_type))
    except criteria.CriteriaError:  # a double for an integer
        return
    exactly = criteria.compile(parsed, "python", records="json").matches
    expected = [at for at, text in enumerate(texts) if exactly(decode(text, 0)[0])]
    assert with_attributes(texts, parsed) == expected


def test_most_numbers_are_not_read_again() -> None:
    """A record is decoded as a whole only where a number equals an operand."""
    matcher = Matcher(criteria.parse({"n": {"$gt": 5}}), "json", {})
    assert matcher.takes_rounded
    texts = ['{"n": 4.9999999999999999}', '{"n": 5.5}', '{"n": 5}', '{"n": 5.0}', '{"n": 4}']
    assert with_attributes(texts, criteria.parse({"n": {"$gt": 5}})) == [1]


@pytest.mark.parametrize("query", ['{"a.b": 5}', '{"n": 9007199254740993}'])
def test_queries_that_take_no_rounded_numbers(query: str) -> None:
    """Numbers in objects, and an operand that is not a double."""
    assert not Matcher(criteria.parse(query), "json", {}).takes_rounded


@pytest.mark.parametrize(
    ("query", "is_told"), [('{"s": "a"}', False), ('{"n": null}', False), ('{"s": "a", "n": {"$lt": 5}}', True)]
)
def test_queries_without_numbers_take_any(query: str, is_told: bool) -> None:
    """Where nothing is compared with a number, it does not matter how numbers are read, and nothing looks at them."""
    loop = attribute_loop(criteria.parse(query))
    assert (loop.takes_rounded, loop.rounded is not None) == (True, is_told)


def test_a_record_that_is_nested_as_deeply_as_can_be_read(tmp_path: Path) -> None:
    """At each depth a record is selected or told as bad, also where it has to be read again."""
    pytest.importorskip("msgspec", reason='pip install "criteria-engine[files]" (msgspec)')
    path = tmp_path / "data.ndjson"
    for depth in range(940, 1010):
        nested = "[" * depth + "]" * depth
        path.write_text('{"n": 1, "s": 0}\n' * 1000 + f'{{"n": 5.0, "s": {nested}}}\n', encoding="utf-8")
        outcome = run("filter", '{"n": {"$gt": 4, "$lte": 5}}', str(path), "--count", "--on-error", "skip")
        assert outcome.text in ("0\n", "1\n")
        assert (outcome.text == "0\n") is ("1 bad record was left out" in outcome.err)
