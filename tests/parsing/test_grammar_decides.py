"""The grammar file decides what is well-formed, and diagnosis finds the reason of every refusal."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import Lark
from lark.exceptions import LarkError

from criteria import CriteriaError, Problem, Schema
from criteria.limits import DEFAULT_LIMITS
from criteria.parsing.diagnose import diagnose
from criteria.parsing.grammar import criteria_grammar
from criteria.parsing.grammar_files import grammar_text
from criteria.parsing.lalr import parser_of_terminals
from criteria.parsing.shape import shape, terminals
from criteria.text.json_decoding import decode
from tests.parsing.arbitrary import JSON, OBJECTS, SCHEMAS, VALID, json_texts, mutated
from tests.parsing.outcome import outcome

STRUCTURAL = frozenset({
    "not_json", "invalid_structure", "empty_list", "null_in_list", "null_operand", "unknown_operator",
    "invalid_field_name",
})  # fmt: skip
"""Codes of what the grammar refuses. It accepts a bad path (`a..b`), another `invalid_field_name`."""


def is_structural(problem: Problem) -> bool:
    """Whether the grammar alone refuses for this problem."""
    name = problem.pointer.rsplit("/", 1)[-1]
    is_path = "." in name and not name.startswith("$") and all(_is_name_character(character) for character in name)
    return problem.code in STRUCTURAL and not (problem.code == "invalid_field_name" and is_path)


def _is_name_character(character: str) -> bool:
    return not ("\0" <= character <= "\x1f" or "\x7f" <= character <= "\x9f" or "\ud800" <= character <= "\udfff")


def accepts(decoded: Any) -> bool:
    """Whether the grammar derives decoded JSON."""
    grammar = criteria_grammar()
    exact, with_runs = (
        grammar.accepts(terminals(shape(decoded, DEFAULT_LIMITS, has_runs=has_runs)[0], grammar.key_terminal))
        for has_runs in (False, True)
    )
    assert with_runs is exact
    return exact


@given(source=st.one_of(JSON, VALID), schema=st.sampled_from(SCHEMAS))
def test_grammar_and_diagnosis_agree(source: Any, schema: Schema | None) -> None:
    """The grammar derives decoded JSON exactly when diagnosis finds no structural problem in it."""
    found = diagnose(source, schema, DEFAULT_LIMITS, strict=False)
    assert accepts(source) is (not any(map(is_structural, found))), found


@given(source=st.one_of(JSON, VALID, OBJECTS), schema=st.sampled_from(SCHEMAS), strict=st.booleans())
def test_every_refusal_has_its_reason(source: Any, schema: Schema | None, strict: bool) -> None:
    """Diagnosis finds the fault of everything refused: no problem says only that the grammar does not derive it."""
    found = outcome(source, schema, strict=strict)
    if isinstance(found, tuple):
        assert not any("of the grammar" in problem.message for problem in found)
        diagnosed = diagnose(source, schema, DEFAULT_LIMITS, strict)
        assert found == diagnosed or {problem.code for problem in found} == {"too_deep"}


@pytest.mark.parametrize("values", [[2**53 + 1, 0.5], [0.5, 2**60 + 1, "a"], [-(2**53) - 1, 1e300]])
def test_a_list_of_numbers_that_have_no_type_in_common(values: list[Any]) -> None:
    """Without a schema, an integer that no double equals is refused at its path in a list with fractions."""
    found = outcome({"a": {"$in": values}})
    assert isinstance(found, tuple)
    at = next(index for index, value in enumerate(values) if isinstance(value, int))
    assert [(one.code, one.pointer) for one in found] == [("out_of_range", f"/a/$in/{at}")]


@cache
def plain_parser() -> Lark:
    """A parser made from the grammar file and nothing else."""
    return Lark(grammar_text("criteria"), start="query", parser="lalr", lexer="contextual")


def plainly_accepts(text: str) -> bool:
    """Whether the grammar file by itself derives a text."""
    try:
        plain_parser().parse(text)
    except LarkError:
        return False
    return True


@given(text=st.one_of(json_texts(), json_texts(VALID)))
def test_the_grammar_file_alone_reads_text(text: str) -> None:
    """Plain Lark with the grammar file accepts the texts that the library's grammar step accepts."""
    decoded = json.loads(text)
    if all(json.dumps(key, ensure_ascii=False) == f'"{key}"' and f'"{key}"' in text for key in _keys(decoded)):
        assert plainly_accepts(text) is accepts(decoded)


@cache
def parser() -> Lark:
    """Lark's own parser, of terminals."""
    return parser_of_terminals(grammar_text("criteria"))


TERMINALS = sorted({terminal.name for terminal in plain_parser().terminals} - {"BLANK"})
STARTS = ["LBRACE FIELD COLON LBRACE MEMBERSHIP COLON LBRACKET", "LBRACE AND COLON LBRACKET", "LBRACE FIELD COLON", ""]
ENDS = ["RBRACKET RBRACE RBRACE", "RBRACKET RBRACE", "RBRACE", ""]


@given(
    start=st.sampled_from(STARTS),
    runs=st.lists(st.tuples(st.lists(st.sampled_from(TERMINALS), max_size=3), st.integers(0, 6)), max_size=5),
    end=st.sampled_from(ENDS),
)
def test_terminals_that_repeat(start: str, runs: list[tuple[list[str], int]], end: str) -> None:
    """The library accepts the terminals, with any repetitions among them, that Lark's own parser accepts."""
    middle = [terminal for run, count in runs for terminal in run * count]
    given_terminals = (*start.split(), *middle, *end.split())
    grammar = criteria_grammar()
    try:
        parser().parse(given_terminals)
    except LarkError:
        assert not grammar.accepts(given_terminals)
    else:
        assert grammar.accepts(given_terminals)


@given(text=mutated(json_texts(VALID)))
def test_what_the_grammar_file_derives_is_json(text: str) -> None:
    """A text that plain Lark derives is the JSON of a query, except for repeated keys."""
    if plainly_accepts(text):
        decoded, repeated = decode(text)
        assert accepts(decoded) or repeated
    elif "\\" not in text:
        try:
            decoded, repeated = decode(text)
        except CriteriaError:
            return
        assert not accepts(decoded) or repeated


@pytest.mark.parametrize(
    ("text", "is_derived"),
    [
        ("{}", True),
        ('{"a": null}', True),
        ('{"a": {"$ne": null}}', True),
        ('{"a": {"$in": []}}', True),
        ('{"a": {"$in": [1, null]}}', False),
        ('{"a": {"$nin": [null]}}', False),
        ('{"a": {"$in": null}}', False),
        ('{"a": {"$gt": null}}', False),
        ('{"a": {"$contains": null}}', False),
        ('{"AND": []}', False),
        ('{"AND": [{}]}', False),
        ('{"NOT": {}}', False),
        ('{"NOT": [{"a": 1}]}', False),
        ('{"a": {}}', False),
        ('{"a": [1]}', False),
        ('{"": 1}', False),
        ('{"$a": 1}', False),
        ('{"and": 1}', True),
        ('{"AND ": 1}', True),
        ('{"a\\"b": 1}', True),
        ('{"\\u0041B": 1}', True),
        ('{"\\u0001": 1}', False),
        ('[{"a": 1}]', False),
        ("null", False),
    ],
)
def test_both_readings_of_the_grammar(text: str, is_derived: bool) -> None:
    """The grammar file alone refuses null in a list, an empty AND and an empty NOT (docs/language.md#grammar)."""
    assert plainly_accepts(text) is is_derived
    assert accepts(json.loads(text)) is is_derived


@pytest.mark.parametrize("key", ["\\u0041ND", "\\u0041\\u004E\\u0044", "\\u004fR", "N\\u004fT"])
def test_escapes_in_keys_are_read_before_the_grammar(key: str) -> None:
    """A connective that is written with escapes is that connective."""
    operand = '{"a": 1}' if key.startswith("N") else '[{"a": 1}]'
    plain = json.loads(f'"{key}"')
    assert outcome(f'{{"{key}": {operand}}}') == outcome(f'{{"{plain}": {operand}}}')


def _keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for item in value.values() for key in _keys(item))]
    return [key for item in value for key in _keys(item)] if isinstance(value, list) else []
