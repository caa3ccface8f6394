"""The one layout of query files: what it looks like, and that it says the same."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Problem, Schema
from criteria.parsing.yaml_query import parse_yaml
from criteria.text.json_decoding import decode, read_text
from criteria.text.json_layout import lay_out_json
from criteria.text.yaml_composing import compose
from criteria.text.yaml_layout import lay_out_yaml
from tests.parsing.arbitrary import BYTES, FEWER, JSON, SCHEMAS, TEXTS, VALID, json_texts, mutated
from tests.parsing.test_yaml import written

WIDTHS = st.sampled_from((20, 40, 100))


def numbers_as_text(text: str) -> Any:
    """Decoded JSON in which each number is the text that stands there, and which tells it from a string."""
    return json.loads(text, parse_int=lambda number: ("number", number), parse_float=lambda number: ("number", number))


def outcome(parse: Any, source: Any, schema: Schema | None) -> Any:
    """The query, or the codes and pointers of the problems."""
    try:
        return parse(source, schema)
    except CriteriaError as error:
        return [(problem.code, problem.pointer) for problem in error.problems]


def refusal(lay_out: Any, source: Any) -> tuple[Problem, ...]:
    """The problems for which a text has no layout."""
    with pytest.raises(CriteriaError) as raised:
        lay_out(source, 100)
    return raised.value.problems


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ('{"a":1}', '{"a": 1}\n'),
        ("{ }", "{}\n"),
        ('{"a" :[ ]\r\n}', '{"a": []}\n'),
        ('{"a": 1.10, "b": 1E5, "c": -0, "d": 123456789012345678901234567890, "e": 1e999}',
         '{\n  "a": 1.10,\n  "b": 1E5,\n  "c": -0,\n  "d": 123456789012345678901234567890,\n  "e": 1e999\n}\n'),
        ('{"b": 1, "a": 2}', '{"b": 1, "a": 2}\n'),
        ('{"a": "\\u00e9\\u0041\\/"}', '{"a": "éA/"}\n'),
        ('{"a": "\u200b\u202e\\ud800\\n\U0001f600"}', '{"a": "\\u200b\\u202e\\ud800\\n😀"}\n'),
        ('{"year": {"$gte": 1950, "$lt": 1960}, "x": 1}', '{\n  "year": {"$gte": 1950, "$lt": 1960},\n  "x": 1\n}\n'),
        ('{"AND": [{"title": {"$startsWith": "The longest title"}}]}',
         '{\n  "AND": [\n    {\n      "title": {\n        "$startsWith": "The longest title"\n'
         "      }\n    }\n  ]\n}\n"),
        ('\ufeff[1,2]', "[1, 2]\n"),
    ],
)  # fmt: skip
def test_json(text: str, layout: str) -> None:
    """What fits into 40 characters is on one line; members keep their order, and numbers their digits."""
    assert lay_out_json(text.encode("utf-8", "surrogatepass"), 40) == layout
    assert lay_out_json(layout, 40) == layout


def test_a_line_is_filled_to_its_last_character() -> None:
    """An object of exactly the length of a line stands on one, also with a comma behind it; a longer one does not."""
    inner = '{"a": "' + "x" * 10 + '"}'
    text = f"[{inner}, {inner}]"
    comma = len(f"  {inner},")
    assert lay_out_json(text, comma).split("\n") == ["[", f"  {inner},", f"  {inner}", "]", ""]
    assert "{\n" in lay_out_json(text, comma - 1)
    assert lay_out_json(text, len(text)) == f"{text}\n"
    assert lay_out_json(text, len(text) - 1).startswith("[\n")


COMMENTED = """\
# adults


OR:
- integer:   {$gte: 18,   $lt: 1e400}   # years
- NOT: # not
    # these
     string:
           $in: [a, 'b',
                 "c"]


     # before
     other: ~
  # behind
# end"""

LAID_OUT = """\
# adults

OR:
  - integer: {$gte: 18, $lt: 1e400}  # years
  - NOT:  # not
      # these
      string:
        $in: [a, 'b', "c"]

      # before
      other: ~
    # behind
# end
"""


def test_yaml() -> None:
    """Entries are indented by two; comments and one blank line between entries are kept, and so are scalars."""
    assert lay_out_yaml(COMMENTED, 80) == LAID_OUT
    assert lay_out_yaml(LAID_OUT.replace("\n", "\r\n").encode(), 80) == LAID_OUT


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("{a: 1, b: {c: 2}}", "a: 1\nb: {c: 2}\n"),
        ("a: [11111111, 22222222, 33333333]", "a:\n  - 11111111\n  - 22222222\n  - 33333333\n"),
        ("a: {b: 1, # c\n  d: 2 # e\n}", "a:\n  b: 1  # c\n  d: 2  # e\n"),
        ("a: [ # c\n 1]", "a:  # c\n  - 1\n"),
        ("a: [ # c\n] # d\nb: 1", "a: []  # c\n# d\nb: 1\n"),
        ("a: [\n# c\n]", "a: []\n# c\n"),
        ("a: [1 # c\n] # d\n# e", "a:\n  - 1  # c\n# d\n# e\n"),
        ("a:\n-   - 1\n    - 2", "a:\n  - - 1\n    - 2\n"),
        ("a:\n- # c\n  b: 1", "a:\n  -  # c\n    b: 1\n"),
        ("a: |\n   x\n    y\n\n\nb: 1", "a: |\n  x\n   y\n\nb: 1\n"),
        ("a: |-  # c\n   x", "a: |-  # c\n  x\n"),
        ("a: >\n   x\n   y\n", 'a: "x y\\n"\n'),
        ("a: x\n  y", 'a: "x y"\n'),
        ("a: '#b'  # c", "a: '#b'  # c\n"),
        ("a: b#c", "a: b#c\n"),
        ("---   # c\na: 1\n...", "---  # c\na: 1\n"),
        ("%YAML 1.2\n---\na: 1", "%YAML 1.2\n---\na: 1\n"),
        ("a: &x {b: 1}\nc: [*x , *x]\nd: &y\n    e: 1", "a: &x {b: 1}\nc: [*x, *x]\nd: &y\n  e: 1\n"),
        ("? a\n: 1", "a: 1\n"),
        ("\n\n# c\n\n{}\n\n", "# c\n\n{}\n"),
        ("'a' : \"\\u200b\"", "'a': \"\\u200b\"\n"),
        ("a:\n  - b: {c: 1}#  - d # e\n  - - f\n", "a:\n  - b: {c: 1}  #  - d # e\n  - - f\n"),
        ("a: 'b'#c\n", "a: 'b'  #c\n"),
        ("a:\n  - -   # b - c\n     d\n", "a:\n  - - d  # b - c\n"),
    ],
)
def test_yaml_entries(text: str, layout: str) -> None:
    """What stands in brackets stays there if it fits into 30 characters and holds no comment; blocks stay blocks."""
    assert lay_out_yaml(text, 30) == layout
    assert lay_out_yaml(layout, 30) == layout
    assert compose(layout).value == compose(text).value


@pytest.mark.parametrize(
    ("lay_out", "text", "code", "place"),
    [
        (lay_out_json, '{"a": 1,}', "invalid_json", (1, 8)),
        (lay_out_json, "", "invalid_json", (1, 1)),
        (lay_out_json, '{"a": 1, "a": 1}', "duplicate_key", (1, 10)),
        (lay_out_json, '{"a": NaN}', "invalid_json", (1, 7)),
        (lay_out_json, b'{"a": "\xff"}', "invalid_json", (1, 8)),
        (lay_out_json, "[" * 65 + "]" * 65, "too_deep", (None, None)),
        (lay_out_json, "[" * 100_000, "too_deep", (1, 513)),
        (lay_out_yaml, "a: [1", "invalid_yaml", (1, 6)),
        (lay_out_yaml, "a: 1\na: 2", "duplicate_key", (2, 1)),
        (lay_out_yaml, "a: 2024-01-01", "not_json", (1, 4)),
        (lay_out_yaml, "a: !!str 1", "not_json", (1, 4)),
        (lay_out_yaml, "a: 1\n---\na: 1", "invalid_yaml", (2, 1)),
    ],
)
def test_what_has_no_layout(lay_out: Any, text: Any, code: str, place: Any) -> None:
    """What is not JSON or YAML, or has a key twice, is refused with its place."""
    (problem,) = refusal(lay_out, text)
    assert (problem.code, (problem.line, problem.column)) == (code, place)


def test_yaml_with_many_comments_has_no_layout() -> None:
    """Comments are bounded as keys and values are. The position is that of the first one too many."""
    assert lay_out_yaml("#\n" * 10_000 + "a: 1\n", 100).endswith("a: 1\n")
    for text in ("#\n" * 10_002 + "a: 1\n", "a: 1\n" + "# c\n" * 60_000, "{" + "#\n" * 60_000 + "a: 1}"):
        (problem,) = refusal(lay_out_yaml, text)
        assert (problem.code, problem.line) == ("too_long", 10_001 + text.startswith("a"))


def test_yaml_whose_layout_would_be_too_long() -> None:
    """Indenting makes a text longer: the refusal says so, rather than that its meaning would change."""
    text = "a:\n  $in:\n" + "".join(f"  - {'x' * 22}{number:04}\n" for number in range(8400))
    (problem,) = refusal(lay_out_yaml, text)
    assert problem.code == "too_long"
    assert problem.message == "The formatted YAML would have 277210 characters; 262144 are allowed."


@given(text=st.one_of(json_texts(JSON), json_texts(VALID)), width=WIDTHS, schema=st.sampled_from(SCHEMAS))
def test_json_says_the_same(text: str, width: int, schema: Schema | None) -> None:
    """The layout of JSON has the same members in the same order and the same digits, and is its own layout."""
    layout = lay_out_json(text, width)
    assert repr(numbers_as_text(layout)) == repr(numbers_as_text(text))
    assert lay_out_json(layout, width) == layout
    assert outcome(criteria.parse, layout, schema) == outcome(criteria.parse, text, schema)
    layout.encode("utf-8")


@given(value=st.one_of(JSON, VALID), width=WIDTHS)
def test_json_has_one_layout(value: Any, width: int) -> None:
    """However the blanks and escapes of a text are, the layout is the same."""
    texts = (
        json.dumps(value),
        json.dumps(value, indent=3),
        json.dumps(value, ensure_ascii=False, separators=(",", ":")),
    )
    assert (
        len({lay_out_json(text.encode("utf-8", "surrogatepass") if text.isascii() else text, width) for text in texts})
        == 1
    )


@given(value=JSON, width=WIDTHS)
def test_short_json_is_on_one_line(value: Any, width: int) -> None:
    """Whatever fits on a line is on one: no two lines could be one, and only what cannot be broken is longer."""
    layout = lay_out_json(json.dumps(value), width)
    for line in layout.splitlines():
        if len(line) > width:
            assert not re.search(
                r"[\[{].*[\]}],?$", re.sub(r'"(?:[^"\\]|\\.)*"', "s", line).replace("{}", "").replace("[]", "")
            )


COMMENTS = st.sampled_from(("", "", "", "  # x", "  # a: b", "\n# own line", "\n\n      # far", " #"))


@st.composite
def commented(draw: st.DrawFn) -> str:
    """YAML as somebody may have written it: in blocks or brackets, with comments, blanks and blank lines."""
    text = written(draw(st.one_of(VALID, JSON)), draw(st.sampled_from((None, False, True))))
    lines = []
    for line in text.split("\n"):
        comment = draw(COMMENTS) if line.strip() and '"' not in line and "'" not in line else ""
        if comment and draw(st.booleans()) and re.search(r"[\[{,]", line):
            line = re.sub(r"([\[{,])", r"\1  # inside\n" + " " * 70, line, count=draw(st.integers(1, 3)))
        lines.append(line + comment)
        if draw(st.integers(0, 8)) == 0:
            lines.append("")
    return draw(st.sampled_from(("", "# head\n", "---\n", "--- # head\n", "\n\n"))) + "\n".join(lines)


@given(
    source=st.one_of(
        TEXTS,
        BYTES,
        mutated(json_texts(VALID)),
        mutated(VALID.map(lambda value: written(value, None))),
        mutated(commented()),
    ),
    width=WIDTHS,
)
def test_any_text_has_a_layout_or_is_refused(source: Any, width: int) -> None:
    """Whatever a text is, it has a layout that says the same, or is refused with CriteriaError."""
    for lay_out, read in ((lay_out_json, lambda text: decode(read_text(text))[0]), (lay_out_yaml, _read_yaml)):
        try:
            layout = lay_out(source, width)
        except CriteriaError:
            continue
        assert repr(read(layout)) == repr(read(source))
        assert lay_out(layout, width) == layout


def _read_yaml(source: str | bytes) -> Any:
    return compose(read_text(source).replace("\r\n", "\n")).value


@FEWER
@given(text=commented(), width=WIDTHS, schema=st.sampled_from(SCHEMAS))
def test_yaml_says_the_same(text: str, width: int, schema: Schema | None) -> None:
    """The layout of YAML has the same data and all comments, and is its own layout."""
    try:
        layout = lay_out_yaml(text, width)
    except CriteriaError as error:
        assert error.problems[0].code != "unsupported", text
        return
    assert lay_out_yaml(layout, width) == layout
    assert outcome(parse_yaml, layout, schema) == outcome(parse_yaml, text, schema)
    assert layout.count("#") == text.count("#")
