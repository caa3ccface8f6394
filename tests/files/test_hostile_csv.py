"""Odd CSV of many programs, one file a case: the records that it holds, or what is said of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.running import Outcome, run


def filtered(data: bytes | str, *options: str, query: str = "{}") -> Outcome:
    content = data.encode() if isinstance(data, str) else data
    return run("filter", query, "-", "--format", "csv", *options, data=content)


def records(outcome: Outcome) -> list[Any]:
    return [json.loads(line) for line in outcome.text.split("\n") if line]


HELD: dict[str, tuple[bytes | str, tuple[str, ...], list[Any]]] = {
    "line ends of two kinds": (b"id,s\r\n1,a\n2,b\r\n", (), [{"id": 1, "s": "a"}, {"id": 2, "s": "b"}]),
    "line ends inside quotes": (b'id,s\r\n1,"a\r\nb"\r\n2,"c\nd"\r\n', (), [{"id": 1, "s": "a\r\nb"},
                                                                      {"id": 2, "s": "c\nd"}]),
    "no line end at the end": ("id,s\n1,a", (), [{"id": 1, "s": "a"}]),
    "a byte order mark before a quote": (b'\xef\xbb\xbf"id",s\n1,a\n', (), [{"id": 1, "s": "a"}]),
    "a delimiter at the end of each line": ("id,s,\n1,a,\n", (), [{"id": 1, "s": "a", "column_3": None}]),
    "blank lines": ("\nid,s\n\n1,a\n\n\n2,b\n\n", (), [{"id": 1, "s": "a"}, {"id": 2, "s": "b"}]),
    "one column with blank lines": ('v\n\na\n\n""\n', (), [{"v": None}, {"v": "a"}, {"v": None}, {"v": None}]),
    "one column without a header": ("\n\n1\n\n2\n", ("--no-header",),
                                    [{"column_1": one} for one in (None, None, 1, None, 2)]),
    "two columns without a header": ("\n\n1,2\n\n3,4\n", ("--no-header",), [{"column_1": 1, "column_2": 2},
                                                                          {"column_1": 3, "column_2": 4}]),
    "quoted empty cells and words for null": ('id,s\n1,""\n2,NA\n3,"NA"\n4,null\n', ("--null", "NA"),
                                              [{"id": 1, "s": None}, {"id": 2, "s": None}, {"id": 3, "s": None},
                                               {"id": 4, "s": "null"}]),
    "quotes inside quotes": ('id,s\n1,"say ""hi"""\n2,""""\n', (), [{"id": 1, "s": 'say "hi"'}, {"id": 2, "s": '"'}]),
    "quotes inside a cell": ('id,s\n1,5" disk\n', (), [{"id": 1, "s": '5" disk'}]),
    "headers with quotes, numbers and marks": ('2023,x y,$p,"q""r",s.t\n1,2,3,4,5\n', (),
                                               [{"2023": 1, "x y": 2, "p": 3, 'q"r': 4, "s": {"t": 5}}]),
    "headers that repeat or are empty": ("a,a,,b\n1,2,3,4\n", (), [{"a_1": 1, "a_2": 2, "column_3": 3, "b": 4}]),
    "semicolons": ('a;b\n1;"x;y"\n', ("--delimiter", ";"), [{"a": 1, "b": "x;y"}]),
    "pipes": ("a|b\n1|x,y\n", ("--delimiter", "|"), [{"a": 1, "b": "x,y"}]),
    "tabs and a null of MySQL": ("a\tb\n1\t\\N\n", ("--delimiter", "tab", "--null", "\\N"), [{"a": 1, "b": None}]),
    "separators of lines that are none": ("id,s\n1,a\u2028b\x85c\x0cd\n", (), [{"id": 1, "s": "a\u2028b\x85c\x0cd"}]),
    "a header alone": ("id,s\n", (), []),
}  # fmt: skip


@pytest.mark.parametrize("case", HELD)
def test_what_it_holds(case: str) -> None:
    """The types come from the cells; the text of each row comes out as it went in."""
    data, options, expected = HELD[case]
    assert records(filtered(data, *options, "--to", "ndjson")) == expected
    outcome = filtered(data, *options)
    assert (outcome.code, outcome.err) == (0, "")
    again = filtered(outcome.out, *options, "--to", "ndjson")
    assert records(again) == expected


TOLD: dict[str, tuple[bytes | str, int, str]] = {
    "lines that end with carriage returns": (b"id,s\r1,a\r2,b\r", 1, "convert them: tr '\\r' '\\n' < FILE"),
    "a carriage return inside a cell": (b"id,s\n1,a\n2,b\rc\n", 3, "a carriage return is inside a cell"),
    "no header": ("", 1, "The data have no header line."),
    "a mark and no header": (b"\xef\xbb\xbf", 1, "The data have no header line."),
    "lines above the header": ("# made by\nid,s\n1,a\n", 2, "--skip-lines N"),
    "a row with too few cells": ("id,s\n1,a\n2\n", 3, "--on-error skip"),
    "a quote that nothing ends": ('id,s\n1,"a\n2,b\n', 2, "no quote ends it"),
    "another delimiter": ("id;s\n1;a,b\n", 1, "--delimiter"),
}


@pytest.mark.parametrize("case", TOLD)
def test_what_is_said_of_it(case: str) -> None:
    """A problem with its line, and what to do."""
    data, line, said = TOLD[case]
    outcome = filtered(data)
    assert outcome.code == 1
    assert f"<stdin>:{line}:" in outcome.err
    assert said in outcome.err


def test_blanks_behind_delimiters_are_told() -> None:
    """They are part of the cells, which no query with the bare value finds: a note says so."""
    outcome = filtered("id, s\n1, a\n2, b\n", "--count", query='{" s": "a"}')
    assert (outcome.code, outcome.text) == (0, "0\n")
    assert outcome.err == '<stdin>: note: " s": each cell begins with a space, which is part of its value.\n'
    outcome = filtered("id,s\n1, a\n2,b\n", "--count", query='{"s": "b"}')
    assert (outcome.code, outcome.text, outcome.err) == (0, "1\n", "")


@pytest.mark.parametrize("word", ["NaN", "nan", "inf", "-Infinity"])
def test_numbers_that_are_none(word: str) -> None:
    """NaN and infinities are no numbers in CSV: a comparison with a number is refused with what to do, and a schema
    makes them bad cells. As null they meet only negations."""
    data = f"a\n1.5\n2\n3\n0.5\n{word}\n"
    outcome = filtered(data, query='{"a": {"$gt": 1}}')
    assert (outcome.code, outcome.text) == (1, "")
    hint = f"--null {word}" if word.lower() == "nan" else f'All cells are numbers except "{word}".'
    assert hint in outcome.err
    outcome = filtered(data, "--null", word, "--count", query='{"NOT": {"a": {"$gt": 1}}}')
    assert (outcome.code, outcome.text) == (0, "2\n")
