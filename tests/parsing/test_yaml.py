"""A query in YAML equals the same query in JSON, and every problem has its line and column."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

import criteria
from criteria import CriteriaError, Limits, Problem, Query, Schema
from criteria.conformance import schemas
from criteria.limits import MAX_YAML_CHARACTERS, MAX_YAML_NODES
from criteria.parsing.yaml_query import parse_yaml
from criteria.text.yaml_composing import compose
from tests.parsing.arbitrary import BYTES, FEWER, JSON, SCHEMAS, TEXTS, VALID, json_texts, mutated
from tests.parsing.outcome import Outcome, refused
from tests.parsing.test_positions import MARK, unmarked


def outcome(source: str | bytes, schema: Schema | None = None, **options: Any) -> Outcome:
    """The query of a YAML text, or the problems for which it was refused."""
    found = refused(lambda: parse_yaml(source, schema, **options))
    assert isinstance(found, (criteria.Query, tuple))
    return found


def problems(source: str | bytes, schema: Schema | None = None, **options: Any) -> tuple[Problem, ...]:
    """The problems of a text that is refused."""
    found = outcome(source, schema, **options)
    assert isinstance(found, tuple), found
    return found


def check(text: str, codes: list[str], schema: Schema | None = schemas.SCALARS) -> None:
    """Checks the codes of a marked text's problems, at its marks: as str and bytes, with LF and CRLF."""
    plain, marks = unmarked(text)
    for form in (plain, plain.encode(), "\ufeff" + plain, plain.replace("\n", "\r\n")):
        found = problems(form, schema)
        assert [(one.code, (one.line, one.column)) for one in found] == list(zip(codes, marks, strict=True))


def test_blocks_and_brackets_are_the_same_query() -> None:
    """A query in indented blocks, one in brackets, and one in JSON are equal."""
    block = "# adults\nOR:\n  - integer: {$gte: 18}   # years\n  - NOT:\n      string:\n        $in: [a, 'b', \"c\"]\n"
    brackets = "OR: [{integer: {$gte: 18}}, {NOT: {string: {$in: [a, b, c]}}}]"
    text = '{"OR": [{"integer": {"$gte": 18}}, {"NOT": {"string": {"$in": ["a", "b", "c"]}}}]}'
    parsed = {parse_yaml(block, schemas.SCALARS), parse_yaml(brackets, schemas.SCALARS)}
    assert parsed == {criteria.parse(text, schemas.SCALARS)}


@pytest.mark.parametrize(
    ("word", "value"),
    [("5", 5), ("-5", -5), ("1.10", Decimal("1.10")), ("1e3", 1000), ("true", True), ("False", False), ("~", None),
     ("null", None),
     ("Adam Smith", "Adam Smith"), ('"5"', "5"), ("'true'", "true"), ("y", "y"), ("nothing", "nothing"),
     ("1.2.3", "1.2.3"), ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
     ("|-\n  a\n  b", "a\nb"), ('"\\ud83d\\ude00"', "\U0001f600"), ('"2024-01-01"', "2024-01-01")],
)  # fmt: skip
def test_words(word: str, value: Any) -> None:
    """A word is what every reader of YAML takes it for."""
    assert compose(f"field: {word}").value == {"field": value}
    assert parse_yaml(f"field: {word}") == criteria.parse({"field": value})


@pytest.mark.parametrize(
    "word",
    ["yes", "No", "ON", "off", "010", "0o17", "0x1F", "0b1", "1_000", "+5", ".5", "5.", ".inf", "-.INF", ".NaN",
     "12:30", "12:30:45.5", "2024-01-01", "2024-01-01T00:00:00Z", "2024-1-1 10:00:00", "=", "<<"],
)  # fmt: skip
def test_words_that_readers_of_yaml_take_differently(word: str) -> None:
    """What YAML 1.1 and 1.2 read differently, or JSON has no word for, is refused unless it is quoted."""
    check(f"string: {MARK}{word}", ["not_json"])
    check(f"AND:\n  - string:\n      $in: [a, {MARK}{word}]", ["not_json"])
    check(f"{MARK}{word}: 1", ["not_json"], None)
    assert parse_yaml(f'string: "{word}"', schemas.SCALARS) == criteria.parse({"string": word}, schemas.SCALARS)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("string: a\n§strin: b", "unknown_field"),
        ("integer:\n   §$above : 1", "unknown_operator"),
        ("AND:\n- boolean: {§$gt: true}", "operator_not_allowed"),
        ("integer:\n  §- 1", "invalid_structure"),
        ("integer: §'1'", "type_mismatch"),
        ("integer:\n  $in:\n    - 1\n    - §1.5", "type_mismatch"),
        ("integer:\n  $in: [1,\n    §9223372036854775808]", "out_of_range"),
        ("string: {$in: [a, §null]}", "null_in_list"),
        ("string:\n  $gt: §~", "null_operand"),
        ("AND: §[]", "empty_list"),
        ("# nothing\n§- integer: 1", "invalid_structure"),
        ("§text", "invalid_structure"),
        ("# c\nstring: §\"a\\0\"", "invalid_text"),
        ("integer: 1\n§integer: 2", "duplicate_key"),
        ("NOT: {integer: 1, §\"integer\": 2}", "duplicate_key"),
        ("string: §!!str a", "not_json"),
        ("§!x {string: a}", "not_json"),
        ("? §[a]\n: 1", "not_json"),
        ("§5: 1", "not_json"),
        ("§null: 1", "not_json"),
        ("integer: 1\n§string:\n", "not_json"),
        ("string: {$in: [a, §*b]}", "invalid_yaml"),
        ("string: &a {NOT: §*a}", "not_json"),
        ("string: a\n§---\nstring: b", "invalid_yaml"),
        ("string: §\"never closed", "invalid_yaml"),
        ("string: a§: b", "invalid_yaml"),
        ("string:\n§\t$gt: 1", "invalid_yaml"),
        ("NOT: {integer: 1§", "invalid_yaml"),
        ("NOT:\n    integer: 1\n  §string: a", "invalid_yaml"),
        ("§", "invalid_yaml"),
        ("string: §@a", "invalid_yaml"),
        ("string: \"\U0001f600é\"§, integr: 1", "invalid_yaml"),
        ("{string: \"\U0001f600é\", §integr: 1}", "unknown_field"),
        ("string: \"a§\u2028b\"", "invalid_yaml"),
        ("string: a§\x85b", "invalid_yaml"),
    ],
)  # fmt: skip
def test_place_of_one_problem(text: str, code: str) -> None:
    """The place is that of the key where the key is wrong, and of the value where the value is."""
    check(text, [code])


def test_all_problems_in_the_order_of_the_text() -> None:
    """All problems of the criteria are found at once, repeated keys among them."""
    check(
        "§agee: 1\nOR:\n  - boolean: {§$gt: true}\n  - §{}\n  - NOT:\n      AND: §[]\n"
        "  - decimal:\n      $in: [1, §null, §y, §1e99]\ninteger: 1\n§integer: §z\n",
        ["unknown_field", "operator_not_allowed", "invalid_structure", "empty_list", "null_in_list", "type_mismatch",
         "out_of_range", "duplicate_key", "type_mismatch"],
    )  # fmt: skip


def test_everything_outside_json_at_once() -> None:
    """Everything that JSON does not have is found at once, in the order of the text."""
    check("string: §yes\n§5: §2024-01-01\ninteger: §!!int 5\n", ["not_json"] * 4)


def test_the_value_of_an_alias() -> None:
    """An alias has the value of its anchor. The place of a problem in it is the alias."""
    text = "OR:\n  - &adult {integer: {$gte: 18}}\n  - NOT: *adult\n"
    expected = {"OR": [{"integer": {"$gte": 18}}, {"NOT": {"integer": {"$gte": 18}}}]}
    assert parse_yaml(text, schemas.SCALARS) == criteria.parse(expected, schemas.SCALARS)
    check(
        "OR:\n  - &a {§agee: 1, string: {$gt: §&b 5}}\n  - NOT: §§*a\n  - string: §*b",
        ["unknown_field", "type_mismatch", "unknown_field", "type_mismatch", "type_mismatch"],
    )


def test_aliases_cannot_make_a_long_query_of_a_short_text() -> None:
    """Nine aliases of nine aliases and so on are refused as soon as they unfold beyond the limit of a text."""
    lines = ["a0: &a0 [1, 2]"]
    lines += [f"a{depth}: &a{depth} [{', '.join([f'*a{depth - 1}'] * 9)}]" for depth in range(1, 30)]
    assert [(one.code, one.line) for one in problems("\n".join(lines))] == [("too_long", 7)]


def test_aliases_cannot_nest_deeper_than_a_text() -> None:
    """Objects nested through aliases have the same limit as objects written inside each other."""
    lines = ["x:", "- &a0 {NOT: {integer: 1}}"]
    lines += [f"- &a{depth} {{NOT: *a{depth - 1}}}" for depth in range(1, 80)]
    text = "\n".join([*lines[1:], "- *a79"])
    wrapped = "AND:\n" + text
    assert {one.code for one in problems(wrapped, schemas.SCALARS)} == {"too_deep"}


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_the_limit_of_nesting(opening: str) -> None:
    """A text is refused at the 65th level of lists and mappings, and not read further."""
    found = problems(opening * 60_000)
    assert [(one.code, one.line, one.column) for one in found] == [("too_deep", 1, 64 * len(opening) + 1)]


def test_the_limit_of_nesting_is_the_callers() -> None:
    """A caller who allows more levels, or fewer, gets them."""
    text = "{NOT: " * 100 + "{a: 1}" + "}" * 100
    query = parse_yaml(text, limits=Limits(nesting=101))
    assert query == criteria.parse(
        json.loads(text.replace("NOT", '"NOT"').replace("a:", '"a":')), limits=Limits(nesting=101)
    )
    assert [one.code for one in problems(text, limits=Limits(nesting=100))] == ["too_deep"]
    assert [one.code for one in problems("{NOT: {a: 1}}", limits=Limits(nesting=1))] == ["too_deep"]


def test_the_limit_of_length() -> None:
    """A text that is longer than the limit is refused before it is read."""
    assert [one.code for one in problems("a: " + "x" * (1 << 20))] == ["too_long"]
    assert [one.code for one in problems("a: 12345", limits=Limits(text=5))] == ["too_long"]


def test_bytes_that_are_not_utf_8() -> None:
    """The first byte that is not UTF-8 has a line and a column."""
    (problem,) = problems("a: é\nb: é".encode("latin-1"))
    assert (problem.code, problem.line, problem.column) == ("invalid_yaml", 1, 4)


def test_without_the_package() -> None:
    """Without ruamel.yaml the problem names the extra to install."""
    program = (
        "import sys; sys.modules['ruamel'] = sys.modules['ruamel.yaml'] = None\n"
        "import criteria; from criteria.parsing.yaml_query import parse_yaml\n"
        "try: parse_yaml('{}')\n"
        "except criteria.CriteriaError as error: print(error.problems[0].code, error.problems[0].hint)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == 'missing_package Install it with: pip install "criteria-engine[yaml]"\n'


_PRINTABLE = re.compile("[\t\n\r -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
"""What YAML allows (1.2, section 5.1) and no version of it takes for the end of a line."""


@given(text=json_texts(VALID), schema=st.sampled_from(SCHEMAS))
def test_json_is_yaml(text: str, schema: Schema | None) -> None:
    """A JSON text gives the same query, or the same problems at the same places, as JSON and as YAML."""
    if not _PRINTABLE.fullmatch(text):
        return  # YAML wants an escape where JSON does not
    try:
        expected: Any = criteria.parse(text, schema)
    except CriteriaError as error:
        expected = error.problems
    assert outcome(text, schema) == expected


def test_a_long_key_needs_a_question_mark() -> None:
    """In YAML a key of more than 1,024 characters needs a question mark: without one the text is refused."""
    assert {one.code for one in problems(json.dumps({"k" * 1100: 1}))} <= {"invalid_yaml", "invalid_field_name"}


def written(value: Any, flow: bool | None) -> str:
    """A value as YAML, by a writer that is not ours."""
    out = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = flow
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # it is declared as None
    writer.allow_unicode = True
    writer.width = 10_000
    writer.dump(value, out)
    return out.getvalue()


def is_plain(value: Any) -> bool:
    """Whether ruamel.yaml writes a value so that it reads the same: it knows no surrogates, and no such floats."""
    if isinstance(value, dict):
        return all(is_plain(key) and len(key) < 100 and is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(is_plain, value))
    if isinstance(value, str):
        return all(one.isprintable() for one in value)
    return not isinstance(value, float) or repr(value) == repr(float(json.dumps(value)))


@FEWER
@given(value=st.one_of(VALID, JSON).filter(is_plain), flow=st.sampled_from((None, True, False)),
       schema=st.sampled_from(SCHEMAS))  # fmt: skip
def test_what_another_writer_writes(value: Any, flow: bool | None, schema: Schema | None) -> None:
    """Data written as YAML have the problems that they have as they are, each at its key or value."""
    text = written(value, flow)
    found = outcome(text, schema)
    if isinstance(found, tuple) and found[0].code in ("not_json", "invalid_yaml"):
        return  # an unquoted word that readers take differently
    try:
        if not isinstance(value, dict):
            expected: Any = None
        else:
            expected = criteria.parse(value, schema)
    except CriteriaError as error:
        expected = error.problems
    if isinstance(found, tuple):
        assert expected is None or {(one.code, one.pointer) for one in found} == {
            (one.code, one.pointer) for one in expected
        }
        for one in found:
            assert list(faults_at(text, one)) == []
    else:
        assert found == expected


def faults_at(text: str, problem: Problem) -> Iterator[str]:
    """The fault of a problem's place: the text has neither the last key of its pointer nor its value there."""
    if problem.line is None or problem.column is None:
        return
    behind = "\n".join([text.split("\n")[problem.line - 1][problem.column - 1 :], *text.split("\n")[problem.line :]])
    steps = [step.replace("~1", "/").replace("~0", "~") for step in problem.pointer.split("/")[1:]]
    value = compose(text).value
    for step in steps:
        value = value[int(step)] if isinstance(value, list) else value[step]
    word = behind.split("\n")[0]
    starts = ("[", "{", "- ", "? ") if isinstance(value, (dict, list)) else ()
    if word.startswith(starts or "\0"):
        return
    heads = {repr(one) for one in _heads(word)}
    wanted = {repr(value), *([repr(steps[-1])] if steps else [])}
    if isinstance(value, dict) and value:
        wanted.add(repr(next(iter(value))))
    if not heads & wanted:
        yield f"{problem}: {word!r}"


def _heads(word: str) -> Iterator[Any]:
    """Every value that a prefix of a line reads as."""
    for end in range(len(word) + 1):
        try:
            yield compose(word[:end]).value
        except CriteriaError:
            continue


@given(
    source=st.one_of(TEXTS, BYTES, mutated(json_texts(VALID)), mutated(VALID.map(lambda value: written(value, None))))
)
def test_any_text_is_a_query_or_refused(source: str | bytes) -> None:
    """Whatever a text is, it is a query or refused with CriteriaError, with places that rise."""
    found = outcome(source, schemas.SCALARS)
    if isinstance(found, tuple):
        at = [(one.line or 0, one.column or 0) for one in found if one.code != "too_many_problems"]
        assert at == sorted(at)


def test_bounds_of_yaml() -> None:
    """YAML has bounds of its own, because its reader is slow. The code is `too_long`."""
    values = MAX_YAML_NODES // 2
    lists = ", ".join(f"{{a: {{$in: [{', '.join(['1'] * 900)}]}}}}" for _ in range(values // 900))
    assert isinstance(parse_yaml(f"{{OR: [{lists}]}}"), Query)
    for text in (f"{{OR: [{lists}, {lists}, {lists}]}}", "#" * MAX_YAML_CHARACTERS + "\na: 1"):
        with pytest.raises(CriteriaError) as raised:
            parse_yaml(text)
        assert [one.code for one in raised.value.problems] == ["too_long"]


@pytest.mark.parametrize("tag", ["!t", "!{long}", "!<{long}>", "!!{long}", "!%41{long}"])
def test_a_tag_of_any_length(tag: str) -> None:
    """A long tag is refused like a short one, at its place, and the values beside it are looked at."""
    text = f"age: 1\nheight: {tag.format(long='x' * 5000)} 2\nborn: !short 3\n"
    found = refused(lambda: parse_yaml(text))
    assert [(one.code, one.line, one.column) for one in found] == [("not_json", 2, 9), ("not_json", 3, 7)]


def test_long_tags_are_read_once() -> None:
    """A tag of more than two hundred characters is not kept: ruamel.yaml decodes tags in quadratic time."""
    from ruamel.yaml import YAML

    from criteria.text.yaml_scanner import BoundedScanner

    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = BoundedScanner
    for length, kept in ((200, 200), (201, 4), (100_000, 4)):
        tags = [one.ctag for one in yaml.parse(f"!{'x' * length} 1") if getattr(one, "ctag", None) is not None]
        assert [len(one.suffix) for one in tags] == [kept]


def test_messages_about_yaml_repeat_little_of_the_text() -> None:
    """A name of any length in the text is cut in the message about it."""
    for text in (f"a: !{'x' * 50_000}!y 1", f"a: *{'x' * 50_000}", f"a: &{'x' * 50_000} &b 1"):
        (problem,) = refused(lambda: parse_yaml(text))  # noqa: B023
        assert problem.code == "invalid_yaml"
        assert len(problem.message) < 300
