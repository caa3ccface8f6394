"""Input made to exhaust the machine is refused fast, with a short error."""

from __future__ import annotations

import gc
import json
import time
import tracemalloc
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

from criteria import CriteriaError, Field, Limits, Query, Schema, parse, parse_order_by
from criteria.conformance import schemas
from criteria.text import json_levels
from criteria.text.json_decoding import decode
from tests.parsing.outcome import outcome, problems, refused


def nested(count: int, key: str | None) -> Any:
    """Objects with one key, or lists, inside each other."""
    value: Any = {"a": 1}
    for _ in range(count):
        value = [value] if key is None else {key: value}
    return value


DEPTHS = (1000, 10_000, pytest.param(100_000, marks=pytest.mark.heavy("half a second each")))


@pytest.mark.parametrize("count", DEPTHS)
@pytest.mark.parametrize("opening", ["[", '{"a":', '{"NOT":', '{"AND":[', '{"a":{"$in":[', '[{"a":'])
def test_deep_text(opening: str, count: int) -> None:
    """Text that is nested very deep is refused, closed or not."""
    closing = "".join({"[": "]", "{": "}"}.get(character, "") for character in reversed(opening))
    for text in (opening * count, opening * count + "1" + closing * count):
        if len(text) <= Limits().text:
            assert {one.code for one in problems(text)} == {"too_deep"}


@pytest.mark.parametrize(
    "text",
    ['{"a":' + "[" * 511 + "]" * 511 + "}", "[" * 512, '["[{\\"[{' + "[" * 600, "[{}]" * 600],
    ids=["closed", "not closed", "a string that is not closed", "beside each other"],
)
def test_text_that_every_python_reads(text: str) -> None:
    """Text of 512 levels is not too deep to read. Brackets in strings, closed or not, are characters."""
    assert {one.code for one in problems(text)} <= {"invalid_json", "invalid_structure"}


@pytest.mark.parametrize("key", ["a", "]"])
@pytest.mark.parametrize("end", ["", "]" * 512 + "}", ",,"], ids=["not closed", "closed", "not JSON"])
def test_text_that_is_too_deep_to_read(key: str, end: str) -> None:
    """The place of the bracket that is too deep is the same on every version of Python, and with any limits."""
    text = f'{{"{key}":\n' + "[" * 512 + end
    for limits in (Limits(), Limits(nesting=10_000)):
        assert [(one.code, one.line, one.column) for one in problems(text, limits=limits)] == [("too_deep", 2, 512)]


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("[" * 5, 5),
        ("[[]" * 5, 6),
        ("[[]]" * 5, 2),
        ("]]" + "[" * 6, 4),
        ('["[[[["]', 1),
        ('["[[[[', 1),
        ('["\\"[[[["]', 1),
        ('["\\\\",[[[]]]]', 4),
        ('{"{":[{"a":{}},[]]}', 4),
    ],
)
def test_levels_are_the_same_when_there_are_many_brackets(
    text: str, levels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many brackets are looked at together, and give the answer that they give one by one."""
    for one_by_one in (0, 10**6):
        monkeypatch.setattr(json_levels, "_ONE_BY_ONE", one_by_one)
        for limit in (levels - 1, levels):
            monkeypatch.setattr(json_levels, "MAX_JSON_LEVELS", limit)
            with nullcontext() if limit == levels else pytest.raises(CriteriaError, match="nested more"):
                json_levels.check_levels(text)


@pytest.mark.parametrize("count", DEPTHS)
@pytest.mark.parametrize("key", ["NOT", "a", "$in", None])
def test_deep_objects(key: str | None, count: int) -> None:
    """Decoded objects that are nested very deep are refused, as criteria and as operands."""
    for source in (nested(count, key), {"a": {"$in": [nested(count, key)]}}, {"OR": nested(count, key)}):
        assert problems(source)
        assert problems(source, schemas.SCALARS)


def test_deep_objects_when_nesting_is_allowed() -> None:
    """A nesting limit beyond the interpreter's stack gives a refusal, not a RecursionError."""
    limits = Limits(nesting=10**6, depth=10**6)
    for source in (nested(100_000, "NOT"), json.dumps(nested(400, "NOT")), {"a": {"$in": [nested(100_000, None)]}}):
        assert isinstance(outcome(source, limits=limits), (Query, tuple))


WIDE = 100_000


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ({f"k{number}": number for number in range(WIDE)}, "too_many_leaves"),
        ({"AND": [{"a": 1}] * WIDE}, "too_many_leaves"),
        ({"OR": [{"NOT": {"a": 1}}] * WIDE}, "too_many_leaves"),
        ({"OR": [{"AND": [{"a": 1}] * 300}] * 300}, "too_many_leaves"),
        ({"a": {"$in": list(range(WIDE))}}, "too_many_values"),
        ({"a": {f"$x{number}": 1 for number in range(WIDE)}}, "too_many_problems"),
        ({"a": {"$in": [None] * WIDE}}, "too_many_values"),
        ({"OR": [{}] * WIDE}, "too_many_problems"),
        ({"OR": [{"a": []}] * WIDE}, "too_many_problems"),
    ],
    ids=["members", "terms", "nots", "groups", "values", "operators", "nulls", "empty", "lists"],
)
def test_wide_criteria(source: Any, code: str) -> None:
    """Criteria of very many nodes are refused, as text and decoded, with no more than a hundred problems."""
    for form in (source, json.dumps(source, separators=(",", ":"))):
        if isinstance(form, dict) or len(form) <= Limits().text:
            found = problems(form)
            assert code in {one.code for one in found}
            assert len(found) <= 101


def laughing(levels: int, key: str | None) -> Any:
    """A value that holds itself twice on every level: small in memory, and of 2 ** levels parts."""
    value: Any = {"a": 1} if key else 1
    for _ in range(levels):
        value = {key: [value, value]} if key else [value, value]
    return value


@pytest.mark.parametrize("key", ["AND", "OR", "a", None])
def test_objects_that_share_their_parts(key: str | None) -> None:
    """Lists that contain one list many times are refused before they unfold."""
    shared = laughing(30, key)
    for source in (shared, {"a": shared}, {"a": {"$in": shared}}, {"OR": [{"NOT": shared}]}, {"a": {"$gt": shared}}):
        assert problems(source)
        assert problems(source, schemas.SCALARS, strict=True)


def test_objects_that_hold_one_object_twice() -> None:
    """Objects of two members that are one object are refused before they unfold."""
    shared: dict[str, Any] = {"a": 1}
    for _ in range(50):
        shared = {"NOT": shared, "a": shared}
    assert problems(shared)
    assert problems(shared, schemas.SCALARS, strict=True)


def test_a_value_that_unfolds_beside_null() -> None:
    """The hint for null in a list does not unfold the other values."""
    found = problems({"a": {"$in": [None, laughing(14, None)]}})
    assert {one.code for one in found} == {"null_in_list", "invalid_structure"}
    assert all(len(str(one)) < 2000 for one in found)


def test_objects_that_hold_themselves() -> None:
    """Cycles are refused."""
    criteria: dict[str, Any] = {"a": 1}
    criteria["NOT"] = criteria
    terms: list[Any] = [{"a": 1}]
    terms.append({"AND": terms})
    values: list[Any] = []
    values.append(values)
    for source in (criteria, {"AND": terms}, {"a": {"$in": values}}, {"a": values}, {"a": {"$in": [None, values]}}):
        assert problems(source)


@pytest.mark.parametrize(
    "number",
    ["9" * 5000, "-" + "9" * 5000, "1" + "0" * 5000, "0." + "9" * 5000, "9" * 5000 + ".5", "1e" + "9" * 20,
     "1e-" + "9" * 20, "-1E+" + "9" * 20, "1e" + "9" * 5000, "0e" + "9" * 20, "0.0e-" + "9" * 20, "1e1000000000",
     "0E1000000000", "1." + "0" * 5000, "1" + "0" * 5000 + "e-5000"],
    ids=lambda number: f"{number[:12]}... ({len(number)})",
)  # fmt: skip
def test_numbers_of_any_length(number: str) -> None:
    """A number of thousands of digits, or with an exponent of twenty, is read exactly or refused."""
    for name in ("string", "integer", "boolean", "decimal", "double", "dateTime", "guid", "objectRef"):
        for text in (f'{{"{name}": {number}}}', f'{{"{name}": "{number}"}}', f'{{"{name}": {{"$in": [1, {number}]}}}}'):
            assert isinstance(outcome(text, schemas.SCALARS), (Query, tuple))
            assert isinstance(outcome(text), (Query, tuple))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"integer": 0E1000000000}', {"integer": 0}),
        ('{"integer": 1.' + "0" * 5000 + "}", {"integer": 1}),
        ('{"decimal": 1' + "0" * 5000 + "e-5000}", {"decimal": "1.0000000000"}),
        ('{"double": 0.0e-99999999999999999999}', {"double": 0.0}),
        ('{"decimal": 0e99999999999999999999}', {"decimal": "0.0000000000"}),
    ],
)
def test_numbers_that_are_only_written_long(text: str, expected: Any) -> None:
    """Long spellings of numbers that a type can hold are accepted."""
    query = outcome(text, schemas.SCALARS)
    assert isinstance(query, Query)
    assert query.to_json() == expected


@pytest.mark.parametrize("zero", ["0e999", "-0e999", "0.0e400", "0e99999999999999999999", "0e-999"])
def test_zero_is_whole_whatever_its_exponent_is(zero: str) -> None:
    """Without a schema, zero is an integer in each of its spellings, so `to_json` is the same query."""
    for text in (f'{{"a": {zero}}}', f'{{"a": {{"$in": [1, {zero}]}}}}', f'{{"a": {{"$gt": {zero}}}}}'):
        query = outcome(text)
        assert isinstance(query, Query)
        assert query == parse(text.replace(zero, "0")) == parse(query.to_json())


MEBIBYTE = 1 << 20


@pytest.mark.parametrize(
    "text",
    [
        '{"string":"' + "x" * (MEBIBYTE - 13) + '"}',
        '{"' + "x" * (MEBIBYTE - 6) + '":1}',
        '{"string":' + " " * (MEBIBYTE - 14) + '"a"}',
        '{"decimal":' + "9" * (MEBIBYTE - 12) + "}",
        '{"decimal":"' + "9" * (MEBIBYTE - 14) + '"}',
        '{"dateTime":"2024-01-01T00:00:00.' + "0" * (MEBIBYTE - 36) + 'Z"}',
        '{"guid":"' + "a" * (MEBIBYTE - 11) + '"}',
        '{"string":"' + "\\" * (MEBIBYTE - 13) + '"}',
        '"' * MEBIBYTE,
        "-" * MEBIBYTE,
        "9" * MEBIBYTE,
        " " * MEBIBYTE,
    ],
    ids=["string", "name", "blanks", "number", "digits", "fraction", "guid", "backslashes", "quotes", "minus", "nines",
         "nothing"],
)  # fmt: skip
def test_a_mebibyte_of_one_thing(text: str) -> None:
    """Texts as long as allowed, made of one token, are a query or are refused with a short error."""
    assert len(text) == MEBIBYTE
    for schema in (None, schemas.SCALARS):
        found = outcome(text, schema)
        assert len(str(found)) < 1000 if isinstance(found, Query) else all(len(one.message) < 500 for one in found)


def test_hints_repeat_long_input_once() -> None:
    """Hints repeat a long list or value at most once, not for every null in it."""
    text = json.dumps({"string": {"$in": ["x" * 100_000] + [None] * 99}})
    assert sum(len(str(one)) for one in problems(text, schemas.SCALARS)) < 3 * len(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"' + "k" * (MEBIBYTE - 6) + '":1}',
        '{"' + "k" * (MEBIBYTE - 2000) + '":{"$in":[' + ",".join(["null"] * 300) + "]}}",
        '{"' + "k" * (MEBIBYTE - 4000) + '":{' + ",".join(f'"$x{number}":1' for number in range(200)) + "}}",
        '{"' + "~" * (MEBIBYTE - 4000) + '":{' + ",".join(f'"$x{number}":1' for number in range(200)) + "}}",
        "{" + ",".join(f'"{number:04}{"k" * 5000}":{{"$x":1,"$y":[]}}' for number in range(200)) + "}",
        '{"a":{' + ",".join(f'"$x{number:03}{"k" * 5000}":1' for number in range(200)) + "}}",
        '{"OR":[' + ",".join(['{"a":{"$in":[null,"' + "x" * 100_000 + '"]}}'] * 10) + "]}",
        '{"' + "k" * 300_000 + '":1,"' + "k" * 300_000 + '":1}',
    ],
    ids=["one", "nulls", "operators", "tildes", "names", "unknown", "hints", "twice"],
)
@pytest.mark.parametrize("schema", [None, schemas.SCALARS], ids=["without schema", "with schema"])
def test_long_keys_do_not_multiply(text: str, schema: Schema | None) -> None:
    """The text of an error is not three times as long as the input, however long the keys in its pointers are."""
    found = problems(text, schema)
    assert sum(len(str(one).encode()) for one in found) < 3 * len(text)


def test_names_of_a_thousand_characters() -> None:
    """A name of a thousand characters can be a field, a longer one cannot, with and without a schema."""
    for schema in (None, Schema("s", [Field("x" * 1000, "integer")])):
        assert isinstance(outcome({"x" * 1000: 1}, schema), Query)
        (problem,) = problems({"x" * 1001: 1}, schema)
        assert problem.code == "invalid_field_name"
        assert problem.message.endswith("A field name has at most 1000 characters.")
        assert problem.pointer == "/" + "x" * 1001
    assert refused(lambda: Field("x" * 1001, "integer"))[0].code == "invalid_schema"


MANY = Schema("many", [Field(f"field_number_{number}", "integer") for number in range(1000)])


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        ('{"a":[' + "1," * 500_000 + "NaN]}", None),
        ('{"a":[' + '"NaN",' * 150_000 + "NaN]}", None),
        ('{"string":{"$in":[' + ",".join(["1"] * 500_000) + ']},"integer":"x"}', schemas.SCALARS),
        ('{"integer":"' + "x" * 1_000_000 + '"}', schemas.SCALARS),
        (json.dumps({f"feild_numbr_{number}": 1 for number in range(1000)}), MANY),
        ("{" + ",".join(['"a":1'] * 100_000) + "}", None),
        ("{" + ",".join(f'"{number}":1' for number in range(80_000)) + ',"0":1}', None),
    ],
    ids=["NaN", "NaN behind strings", "behind a list", "string", "unknown names", "one key", "first key"],
)
def test_refusals_take_no_time(text: str, schema: Schema | None) -> None:
    """A text of a mebibyte is refused, with the places of its problems, in a small part of a second."""
    assert fastest(lambda: outcome(text, schema)) < 0.4
    assert all(one.line == 1 for one in problems(text, schema) if one.code != "too_many_problems")


@pytest.mark.parametrize("text", ["lower(" + " " * 990 + "x", "not" + " " * 990, "a" + " " * 990, "'" * 990, "(" * 990])
def test_texts_of_other_languages_take_no_time(text: str) -> None:
    """Texts of blanks, quotes or brackets that nothing ends, instead of criteria: sixty of them took a minute."""
    source = json.dumps({"OR": [text] * 60})
    assert fastest(lambda: outcome(source)) < 0.1
    assert [one.code for one in problems(source)] == ["invalid_structure"] * 60


@pytest.mark.parametrize("blank", [" ", "\t", " :", "|", " asc", " nulls", " nulls last", "-"])
def test_orders_of_long_names_take_no_time(blank: str) -> None:
    """Names of almost a thousand blanks or words for directions: 65 of them took three seconds."""
    name = f"a{blank * 990}"[:985]
    text = ",".join(f"{name}b{number}" for number in range(65))
    schema = Schema("s", [Field("id", "integer")])
    assert {one.code for one in refused(lambda: parse_order_by(text, schema))} <= {"unknown_field", "invalid_order_by"}
    assert fastest(lambda: refused(lambda: parse_order_by(text, schema))) < 0.2


@pytest.mark.parametrize("item", ["1", '"a"'])
def test_long_lists_beside_a_problem_take_no_time(item: str) -> None:
    """A wrong operator behind hundreds of thousands of values is found in about a second, without a schema, where each
    value has a type of its own."""
    values = ",".join([item] * 1000)
    lists = ",".join([f'{{"f":{{"$in":[{values}]}}}}'] * min(900, 1_048_000 // (len(values) + 16)))
    text = f'{{"AND":[{lists},{{"g":{{"$eq":"1"}}}}]}}'
    start = time.process_time()
    assert [one.code for one in problems(text, None)] == ["unknown_operator"]
    assert time.process_time() - start < 2.5  # it took ten


def test_orders_of_very_many_keys_take_no_time() -> None:
    """An order that repeats names is refused without reading all of them."""
    text = ",".join(["id"] * 21_000)
    schema = Schema("s", [Field("id", "integer")])
    assert [one.code for one in refused(lambda: parse_order_by(text, schema))] == [
        *["duplicate_sort_key"] * 100, "too_many_problems",
    ]  # fmt: skip
    assert fastest(lambda: refused(lambda: parse_order_by(text, schema))) < 0.1


@pytest.mark.parametrize("prefix", ["f", "p.f"])
def test_schemas_of_very_many_fields_take_no_time(prefix: str) -> None:
    """Ten thousand fields are compared with each other in a small part of a second."""
    fields = [Field(f"{prefix}{number}", "integer") for number in range(10_000)]
    assert fastest(lambda: Schema("s", fields)) < 0.4


def fastest(call: Callable[[], Any]) -> float:
    """The processor time in seconds that a call takes at best."""
    times = []
    for _ in range(3):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def test_long_orders() -> None:
    """An order of very many names or blanks is refused, or read, with no more than a hundred problems."""
    wide = Schema("wide", [schemas.KEY, *[Field(f"name {number}", "string") for number in range(300)]])
    many = ",".join(f"nome {number}" for number in range(5000))
    for text in (many, "," * 60_000, "id," * 20_000, "x" * 60_000, " " * 60_000, "id" + " desc" * 10_000):
        found = refused(lambda: parse_order_by(text, wide))  # noqa: B023
        assert len(found) <= 101


@pytest.mark.parametrize(
    "make",
    [lambda number: {"x" * (100_000 + number): 1}, lambda number: {"a": {"$in": [1] * (10_000 + number)}}],
    ids=["names", "lists"],
)
def test_parsed_input_does_not_fill_the_memory(make: Callable[[int], Any]) -> None:
    """Different long names and long lists, one after the other, do not fill the memory."""
    outcome(make(0))
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(1, 11):
            outcome(make(number))
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 400_000


@pytest.mark.parametrize("name", ["a." * 200_000, "address." + "a." * 200_000, "address" + "." * 300_000])
def test_a_name_of_hundreds_of_thousands_of_dots(name: str) -> None:
    """It is refused without a look at each of its beginnings, which took minutes."""
    schema = Schema("u", [Field("address.city", "string"), Field("o", "objectRef", object_entity_type="other")])
    for call in (
        lambda: parse({name: 1}, schema),
        lambda: parse({"address": {name: 1}}, schema),
        lambda: parse_order_by(name[:65_000], schema),
        lambda: schema.decode({name: 1}),
    ):
        with pytest.raises(CriteriaError):
            call()


@pytest.mark.heavy("half a minute with the memory counted")
@pytest.mark.parametrize(("begin", "part", "end"), [('{"x":{', '"":{}', "}}"), ('{"a":{"a":{"a":{', '"":[]', "}}}}")])
def test_a_key_repeated_very_often_does_not_fill_the_memory(begin: str, part: str, end: str) -> None:
    """A mebibyte of one key is refused with a hundred problems, and the other places of the key are not kept."""
    text = begin + ",".join([part] * ((Limits().text - 60) // (len(part) + 1))) + end
    problems('{"x":{"":{},"":{}}}')  # so that what is loaded once does not count
    gc.collect()
    tracemalloc.start()
    found = problems(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 1 <= len(found) <= 101
    assert peak < 50_000_000


def test_repeated_keys_in_what_a_repeated_key_replaces() -> None:
    """They are found however many objects repeat a key, inside others and before them."""
    once = '{"a":0,"a":0}'
    many = ",".join([once] * 300)
    for text in (f'{{"x":[{many}],"x":0}}', f'{{"y":[{many}],"x":{{"z":{once}}},"x":0}}', f'{{"x":{once},"x":0}}'):
        found = decode(text)[1]
        assert {one.code for one in found[:100]} == {"duplicate_key"}
        assert len(found) == (101 if many in text else 2)
