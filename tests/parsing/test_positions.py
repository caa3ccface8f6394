"""Problems of a text have the line and column of the key or value at fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria import Problem, Schema
from criteria.conformance import schemas
from tests.parsing.arbitrary import SCHEMAS, VALID, json_texts
from tests.parsing.outcome import outcome, problems

MARK = "§"
"""Marks, in the texts below, each place of a problem."""


def unmarked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without its marks, and the line and column of each."""
    lines = text.split("\n")
    marks = []
    for number, line in enumerate(lines, 1):
        parts = line.split(MARK)
        column = 1
        for part in parts[:-1]:
            column += len(part)
            marks.append((number, column))
    return text.replace(MARK, ""), marks


def check(text: str, codes: list[str], schema: Schema | None = schemas.SCALARS, **options: Any) -> None:
    """Checks that the problems of a marked text have these codes and the places of its marks, in order."""
    plain, marks = unmarked(text)
    crlf = plain.replace("\n", "\r\n")  # only LF ends a line; CR is the last character of the line before
    for form in (plain, plain.encode(), "\ufeff" + plain, b"\xef\xbb\xbf" + plain.encode(), crlf):
        found = problems(form, schema, **options)
        assert [(one.code, (one.line, one.column)) for one in found] == list(zip(codes, marks, strict=True))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"string": "a",\n  §"strin": "b"}', "unknown_field"),
        ('{\n\t\t§"$or": 1}', "invalid_field_name"),
        ('{\n\n"integer" :\n   {§"$above"\n: 1}}', "unknown_operator"),
        ('{"boolean": { §"$gt": true }}', "operator_not_allowed"),
        ('{"boolean": {\n§"$startsWith": "x"}}', "operator_not_allowed"),
        ('{"integer":\n   §"1"}', "type_mismatch"),
        ('{"integer": {"$in": [1,\n 2, §1.5]}}', "type_mismatch"),
        ('{"integer": {"$in": [1,\n§9223372036854775808]}}', "out_of_range"),
        ('{"string": "\u00e9\U0001f600", "integer": §"\u00e9"}', "type_mismatch"),
        ('{"\u00e9\U0001f600": {"$nin": ["\U0001f600", §null]}}', "null_in_list"),
        ('{"string": {"$gt":\t§null}}', "null_operand"),
        ('{"AND": §[]}', "empty_list"),
        ('{"AND": §{"integer": 1}}', "invalid_structure"),
        ('{"OR": [{"integer": 1},\n        §{}]}', "invalid_structure"),
        ('{"NOT":\n§[1]}', "invalid_structure"),
        ('{"integer": §[1, 2]}', "invalid_structure"),
        ('{"integer": {"$gt": §{"a": 1}}}', "invalid_structure"),
        ('§[{"integer": 1}]', "invalid_structure"),
        ('\n\n  §null', "invalid_structure"),
        ('{"string": §"a\\u0000"}', "invalid_text"),
        ('{"string":\n{"$contains": §"\\ud800"}}', "invalid_text"),
        ('{"integer": 1, §"\\u0069nteger": 2}', "duplicate_key"),
        ('{"NOT": {"integer": {"$gt": 1,\n\t§"$gt": 2}}}', "duplicate_key"),
        ('{"integer": 1,\n §\'string\': 2}', "invalid_json"),
        ('{"string":\n §\u201dAdam\u201d}', "invalid_json"),
        ('{"integer": {"$in": [1, 2§, ]}}', "invalid_json"),
        ('{"double":\n  §NaN}', "invalid_json"),
        ('{"double": [1, §Infinity]}', "invalid_json"),
        ('{"double": §-Infinity}', "invalid_json"),
        ('{"string": §"never closed}', "invalid_json"),
        ('{"string": "a§\nb"}', "invalid_json"),
        ('{"integer": 1}\n §{"integer": 2}', "invalid_json"),
        ('{"integer": 1§', "invalid_json"),
        ('§', "invalid_json"),
        ('{"integer": 1 §// one\n}', "invalid_json"),
        ('{"integer": 0§1}', "invalid_json"),
        ('{"integer": {§"max": 5}}', "invalid_structure"),
        ('{"integer":\n {"$gt": 5, §"$m\\u0061x": 5}}', "unknown_operator"),
        ('{"double": ["NaN", "\\"Infinity", {"NaN": 1, "a":\n §NaN}, Infinity]}', "invalid_json"),
        ('{"double": [{"a": 1, "a": 2}, 1e5, §-Infinity]}', "invalid_json"),
        ('{"string": {"$in": ["]", "}", "\\\\", "\\"{[", ":,"]}, "integer": §"x"}', "type_mismatch"),
    ],
)  # fmt: skip
def test_place_of_one_problem(text: str, code: str) -> None:
    """The place is that of the key where the key is wrong, and of the value where the value is."""
    check(text, [code], None if '\u00e9\U0001f600": {' in text else schemas.SCALARS)


def test_a_trailing_comma() -> None:
    """The place of a trailing comma is the comma or the character after it."""
    for text in ('{"integer": 1,\n}', '{"integer": 1,}'):
        (problem,) = problems(text)
        assert (problem.code, problem.line) in {("invalid_json", 1), ("invalid_json", 2)}
        assert problem.column in {1, 14, 15}


def test_bytes_that_are_not_utf_8() -> None:
    """The place of the first byte that is not UTF-8 is counted in characters."""
    for source, place in (
        (b'{"a": "\xff"}', (1, 8)),
        ('{"\u00e9":\n "\U0001f600'.encode() + b"\xe9", (2, 4)),
        ("{}".encode("utf-16"), (1, 1)),
    ):
        (problem,) = problems(source)
        assert (problem.code, problem.line, problem.column) == ("invalid_json", *place)


def test_bytes_that_are_not_utf_8_behind_a_mark() -> None:
    """The byte order mark does not count as a character."""
    (problem,) = problems(b"\xef\xbb\xbf{\xff")
    assert (problem.line, problem.column) == (1, 2)


def test_several_problems_come_in_the_order_of_the_text() -> None:
    """All problems are found at once, and listed as the text has them."""
    check(
        """
        {
            §"agee": 1,
            "integer": §"x",
            "OR": [
                {"boolean": {§"$gt": true}},
                §{},
                {"NOT": {"AND": §[]}},
                {"decimal": {"$in": [1, §null, §"y", §1e99]}}
            ],
            "AND": [{"string": {§"$eq": "a", "$startsWith": §null}}],
            §"": null
        }
        """,
        ["unknown_field", "type_mismatch", "operator_not_allowed", "invalid_structure", "empty_list", "null_in_list",
         "type_mismatch", "out_of_range", "unknown_operator", "null_operand", "invalid_field_name"],
    )  # fmt: skip


def test_repeated_keys_come_in_the_order_of_the_text_too() -> None:
    """Repeated keys are listed among the other problems, not before them."""
    check(
        '{§"agee": 1, "integer": 1,\n §"integer": §"x", "NOT": {"string": "a", §"string": §5},\n "AND": §[]}',
        ["unknown_field", "duplicate_key", "type_mismatch", "duplicate_key", "type_mismatch", "empty_list"],
    )


def test_a_value_of_a_repeated_key() -> None:
    """Of the values of one key the last one counts, and its place is shown."""
    check('{"integer": 1, §"integer": §"x"}', ["duplicate_key", "type_mismatch"])
    check(
        '{"NOT": {"integer": "x"}, "string": "a", §"NOT": {"integer": §"y"}}',
        ["duplicate_key", "type_mismatch"],
    )


def test_repeated_keys_inside_one_another() -> None:
    """Each repeated key is found, also in a value that a second value of its key replaced."""
    check(
        '{"OR": [{"integer": 1}, {"integer": 1, §"integer": 2, §"integer": 3}],\n §"OR": [{"integer": 4}]}',
        ["duplicate_key"] * 3,
    )


def test_strict_problems_come_in_the_order_of_the_text_too() -> None:
    """Second members are listed among the other problems."""
    check(
        '{§"agee": 1,\n §"integer": §"x"}',
        ["unknown_field", "not_strict", "type_mismatch"],
        strict=True,
    )


@given(text=json_texts(VALID), schema=st.sampled_from(SCHEMAS[1:]))
def test_the_order_of_problems(text: str, schema: Schema) -> None:
    """Whatever is wrong, lines and columns rise."""
    found = outcome(text, schema)
    if isinstance(found, tuple):
        at = [(one.line or 0, one.column or 0) for one in found]
        assert at == sorted(at)


@given(text=json_texts(VALID), schema=st.sampled_from(SCHEMAS[1:]))
def test_positions_hold_the_values_of_their_pointers(text: str, schema: Schema) -> None:
    """The text at the place of a problem is the last key of its pointer, or the value at the pointer."""
    found = outcome(text, schema)
    for one in found if isinstance(found, tuple) else ():
        behind = _behind(text, one)
        steps = [step.replace("~1", "/").replace("~0", "~") for step in one.pointer.split("/")[1:]]
        value = json.loads(text)
        for step in steps:
            value = value[int(step)] if isinstance(value, list) else value[step]
        there, _ = json.JSONDecoder().raw_decode(behind)
        assert there == value or (steps and there == steps[-1])


def _behind(text: str, problem: Problem) -> str:
    """The rest of a text from the place of a problem on."""
    assert problem.line is not None
    assert problem.column is not None
    return "\n".join(text.split("\n")[problem.line - 1 :])[problem.column - 1 :]


@pytest.mark.parametrize(
    "source",
    [
        {f"name {number}": number for number in range(150)},
        {"OR": [{"integer": "x"}] * 150},
        {"integer": {"$in": ["x"] * 150}},
        {"integer": {"$in": [None] * 150}},
        {"AND": [{}] * 150},
    ],
    ids=["members", "terms", "values", "nulls", "empty"],
)
def test_no_more_than_a_hundred_problems(source: Any) -> None:
    """The first hundred problems are listed, and that there are more."""
    for form in (source, json.dumps(source)):
        found = problems(form, schemas.SCALARS)
        assert len(found) == 101
        assert [one.code for one in found].index("too_many_problems") == 100


def test_no_more_than_a_hundred_repeated_keys() -> None:
    """The same holds for repeated keys."""
    found = problems("{" + ",".join(['"integer": 1'] * 150) + "}", schemas.SCALARS)
    assert [one.code for one in found] == ["duplicate_key"] * 100 + ["too_many_problems"]


def test_a_hundred_problems_are_not_too_many() -> None:
    """A hundred problems are all listed, and nothing says that there are more."""
    found = problems({"OR": [{"integer": "x"}] * 100}, schemas.SCALARS)
    assert [one.code for one in found] == ["type_mismatch"] * 100
