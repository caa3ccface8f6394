"""Hints say what to write instead, with the user's own names and values, and what they say can be parsed."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, Problem, Schema
from criteria.conformance import schemas
from criteria.conformance.reference import is_true
from criteria.conformance.strategies import operands, records
from criteria.messages import Hints, nearest
from criteria.tree.nodes import And, Comparison, Expression, Operator, Or
from tests.parsing.outcome import problems

USERS = Schema("user", [Field("firstName", "string"), Field("age", "integer"), Field("born", "dateTime"),
                        Field("price", "decimal"), Field("height", "double"), Field("key", "guid")])  # fmt: skip


def only(source: Any, schema: Schema | None = USERS) -> Problem:
    """The one problem of a source."""
    (problem,) = problems(source, schema)
    return problem


def suggested(problem: Problem) -> Any:
    """The criteria that a hint spells."""
    assert problem.hint is not None
    assert problem.hint.startswith("Write ")
    return json.loads(problem.hint.removeprefix("Write ").removesuffix("."), parse_float=Decimal)


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        (
            {"firstName": {"$in": ["John", None, "Adam"]}},
            'Write {"OR": [{"firstName": {"$in": ["John", "Adam"]}}, {"firstName": null}]}.',
        ),
        (
            {"firstName": {"$nin": ["John", None, "Adam"]}},
            'Write {"AND": [{"firstName": {"$nin": ["John", "Adam"]}}, {"firstName": {"$ne": null}}]}.',
        ),
        ({"age": {"$in": [None]}}, 'Write {"age": null}.'),
        ({"age": {"$nin": [None]}}, 'Write {"age": {"$ne": null}}.'),
        ('{"age": {"$in": [1, null]}}', 'Write {"OR": [{"age": {"$in": [1]}}, {"age": null}]}.'),
        (
            {"OR": [{"NOT": {"AND": [{"firstName": {"$in": [None, "\u00c9"]}}]}}]},
            'Write {"OR": [{"firstName": {"$in": ["\u00c9"]}}, {"firstName": null}]}.',
        ),
    ],
)
def test_null_in_a_list_is_rewritten(source: Any, hint: str) -> None:
    """For null in $in and $nin the hint writes the criteria that it should be (docs/language.md#null)."""
    problem = only(source)
    assert problem.code == "null_in_list"
    assert problem.hint == hint


ANY_FIELD = st.sampled_from([one for one in (*schemas.SCALARS.fields, *schemas.LISTS.fields) if one.nullable])


@st.composite
def lists_with_null(draw: st.DrawFn) -> tuple[Field, list[Any]]:
    """A field, and a list of operands with null among them."""
    field = draw(ANY_FIELD)
    values = draw(st.lists(operands(field), max_size=3))
    at = draw(st.integers(0, len(values)))
    return field, [*values[:at], None, *values[at:]]


@given(case=lists_with_null(), operator=st.sampled_from(("$in", "$nin")), as_text=st.booleans(), data=st.data())
def test_what_the_hint_for_null_means(
    case: tuple[Field, list[Any]], operator: str, as_text: bool, data: st.DataObject
) -> None:
    """The hint is accepted, and it selects what was meant: the values or empty; none of the values and not empty."""
    field, values = case
    schema = Schema("one", [schemas.KEY, *([] if field == schemas.KEY else [field])], system_properties=False)
    source = {field.name: {operator: values}}
    problem = problems(json.dumps(source) if as_text else source, schema)[0]
    expression = criteria.parse(suggested(problem), schema).expression
    others = {field.name: {operator: [value for value in values if value is not None]}}
    listed = criteria.parse(others, schema).expression
    for record in map(schema.decode, data.draw(records(schema))):
        assert is_true(expression, record) is is_true(_meant(listed, field, operator), record)


def _meant(listed: Expression, field: Field, operator: str) -> Expression:
    empty = Comparison(field, Operator.EQ if operator == "$in" else Operator.NE, None)
    return Or((listed, empty)) if operator == "$in" else And((listed, empty))


def test_the_hint_for_null_keeps_numbers_exact() -> None:
    """Decimals of a text are in the hint with all their digits."""
    problem = only('{"price": {"$in": [12345678901234567890.1234567891, null, 0.10]}}')
    assert suggested(problem)["OR"][0]["price"]["$in"] == [Decimal("12345678901234567890.1234567891"), Decimal("0.10")]


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ({"firstNme": "a"}, 'Did you mean "firstName"?'),
        ({"firstname": "a"}, 'Did you mean "firstName"?'),
        ({"objectid": 1}, 'Did you mean "objectId"?'),
        ({"firstName": {"$startswith": "a"}}, 'Did you mean "$startsWith"?'),
        ({"firstName": {"$ilike": "a%"}}, 'Write {"firstName": {"$istartsWith": "a"}}.'),
        ({"firstName": {"$iexact": "a"}}, 'Did you mean "$ieq"?'),
        ({"firstName": {"$istartswith": "a"}}, 'Did you mean "$istartsWith"?'),
        ({"age": {"$GT": 1}}, 'Did you mean "$gt"?'),
        ({"age": {"$notin": [1]}}, 'Did you mean "$nin"?'),
        ({"age": {"$eq": 1}}, 'Equality has no operator: write {"age": 1}.'),
        ({"age": {"$not": 1}}, 'Write {"NOT": {"age": 1}}.'),
        ({"age": {"$exists": True}}, 'Write {"age": {"$ne": null}}.'),
        ({"$and": [{"age": 1}]}, "Write AND."),
        ({"$or": [{"age": 1}]}, "Write OR."),
        ({"$not": {"age": 1}}, "Write NOT."),
        ({"$nor": [{"age": 1}]}, 'Write {"NOT": {"OR": [...]}}.'),
        ({"$gt": 1}, 'Write {"field": {"$gt": ...}}.'),
        ({"$age": 1}, "A field name does not start with $."),
        ({"age": {"$gt": None}}, 'Write {"age": null} for "empty", {"age": {"$ne": null}} for "not empty".'),
        ({"age": "18"}, "Write the number without quotes."),
        ({"height": "1.5"}, "Write the number without quotes."),
        ({"firstName": 18}, 'Write it as a string: "18".'),
        (
            {"firstName": {"$gt": 18}},
            'Strings compare by code point: "9" is greater than "10". If the values are numbers, declare the field as '
            'one. As a string, write "18".',
        ),
        (
            {"born": "2024-01-31"},
            'The whole of that day in UTC is {"$gte": "2024-01-31T00:00:00Z", "$lt": "2024-02-01T00:00:00Z"}.',
        ),
        (
            {"born": "2024-01-31T09:30:00"},
            'A time without an offset is not an instant: "2024-01-31T09:30:00Z" is in UTC.',
        ),
        ({"age": [1, 2]}, 'Write {"age": {"$in": [1, 2]}}.'),
        ({"age": []}, 'Write {"age": {"$in": [...]}}.'),
        ({"age": {"$in": 1}}, 'Write {"age": {"$in": [1]}}.'),
        ({"height": [1.5, 2]}, 'Write {"height": {"$in": [1.5, 2]}}.'),
        ({"age": {"$in": {}}}, 'Write {"age": {"$in": [...]}}.'),
        ({"AND": {"age": 1}}, 'Write {"AND": [{...}, {...}]}.'),
        ({"OR": []}, "Leave it out."),
        ({"NOT": {}}, "Leave it out. As the whole criteria, {} means every record."),
    ],
)
def test_hints(source: Any, hint: str) -> None:
    """Each common slip gets a hint with the right spelling, as text and decoded."""
    assert only(source).hint == hint
    assert only(json.dumps(source)).hint == hint


def test_the_nearest_of_very_many_names() -> None:
    """The right name is found among thousands that are as long and begin alike."""
    names = [f"field_number_{number}" for number in range(3000)]
    wide = Schema("wide", [*(Field(name, "integer") for name in names), Field("Given Name", "string")])
    assert only({"feild_number_1234": 1}, wide).hint == 'Did you mean "field_number_1234"?'
    assert only({"given name": 1}, wide).hint == 'Did you mean "Given Name"?'
    assert only({"givenname": 1}, wide).hint == 'Did you mean "Given Name"?'


def test_hints_for_the_first_unknown_names() -> None:
    """The first ten unknown names of one input are shown the right one, the others are only named."""
    hints = [one.hint for one in problems({f"firstNam{number}": "a" for number in range(12)}, USERS)]
    assert hints == ['Did you mean "firstName"?'] * 10 + [None] * 2


def test_hints_for_the_first_texts() -> None:
    """The first ten problems of one input are looked into for a hint, whatever kind of problem they are."""
    texts = [one.hint for one in problems({"OR": ["age ge 18"] * 12}, USERS)]
    assert texts == ['Write {"age": {"$gte": 18}}.'] * 10 + [None] * 2
    mixed = [
        one.hint for one in problems({"OR": [*["age ge 18"] * 6, *({f"ag{number}": 1} for number in range(6))]}, USERS)
    ]
    assert [hint is not None for hint in mixed] == [True] * 10 + [False] * 2


@pytest.mark.parametrize("source", [{"zzz": 1}, {"age": {"$zzz": 1}}])
def test_when_nothing_is_near(source: Any) -> None:
    """When no known name is near, the known names are listed."""
    hint = only(source).hint
    assert hint is not None
    assert "age" in hint or "$contains" in hint


@pytest.mark.parametrize(
    ("field", "value", "fixed"),
    [
        ("age", "18", 18),
        ("height", "1.5", 1.5),
        ("firstName", 18, "18"),
        ("born", "2024-01-31", "2024-01-31T00:00:00Z"),
        ("born", "2024-01-31T09:30:00", "2024-01-31T09:30:00Z"),
        ("born", "yesterday", "2024-01-31T09:30:00.000Z"),
        ("born", "yesterday", "2024-01-31T10:30:00+01:00"),
        ("key", "abc", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    ],
)
def test_what_hints_propose_is_accepted(field: str, value: Any, fixed: Any) -> None:
    """The spelling that a hint proposes is in the hint, and is accepted."""
    hint = only({field: value}).hint
    assert hint is not None
    assert not isinstance(fixed, str) or f'"{fixed}"' in hint
    criteria.parse({field: fixed}, USERS)


@pytest.mark.parametrize(
    "text",
    [
        '{"firstName":{"$in":["John",\u201dAdam\u201d]}}',
        '{\u201cfirstName\u201d: 1}',
        '{"firstName": \u2018John\u2019}',
        '{"firstName": \u00abJohn\u00bb}',
        '{"firstName": "John\u201d}',
    ],
)  # fmt: skip
def test_typographic_quotes(text: str) -> None:
    """Typographic quotes, as word processors and the reference API print them, get a hint."""
    assert only(text).hint == 'Typographic quotes do not delimit JSON strings: write "straight" ones.'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"firstName": "John}', "This is not JSON: the string that starts here is not closed."),
        ('{"firstName": "Jo\nhn"}', "This is not JSON: control characters must be escaped."),
        ('{"age": NaN}', "NaN is not a JSON number."),
    ],
)
def test_messages_on_invalid_json_are_sentences(text: str, message: str) -> None:
    """Each message on text that is not JSON is one sentence."""
    assert only(text).message == message


def test_objects_that_unfold() -> None:
    """The message on a few objects that hold each other many times does not speak of a long text."""
    shared: Any = {}
    for _ in range(40):
        shared = {"NOT": shared, "AND": [shared, shared]}
    shown = problems(shared, None, limits=criteria.Limits(text=50))
    assert shown[-1].code == "too_long"
    assert shown[-1].message == "The criteria unfold to more than 50 objects and lists."


@pytest.mark.parametrize("text", ["{'firstName': 1}", "{\"firstName\": 'John'}"])
def test_single_quotes(text: str) -> None:
    """Single quotes get a hint."""
    assert only(text).hint == 'JSON strings need double quotes: write "text".'


def test_numbers_are_shown_as_they_are_written() -> None:
    """A message shows a number as JSON has it, not as Python has it."""
    assert only('{"age": 1.5}').message.endswith("found 1.5.")
    assert only({"age": 1.5}).message.endswith("found 1.5.")
    assert only({"age": Decimal("1.5")}).message.endswith("found 1.5.")
    assert "1E+20" in only('{"age": 1E20}').message
    assert "Decimal" not in only('{"firstName": 1.5}').message


@pytest.mark.parametrize(
    "source",
    [
        {"size": {"$startsWith": 5}},
        {"size": {"$gt": True}},
        {"size": "a\0"},
        {"size": {"$in": ["a", "\ud800"]}},
        {"size": 2**63},
    ],
)
def test_messages_name_only_fields_of_the_query(source: Any) -> None:
    """Without a schema, a message names the user's field or none."""
    assert '"value"' not in only(source, None).message


@given(name=st.text(max_size=100), value=st.one_of(st.text(max_size=200), st.integers()))
def test_messages_are_lines(name: str, value: Any) -> None:
    """A message is one line of moderate length, whatever the names and values are."""
    for problem in problems({"OR": [{name: [value]}, {"age": {name: value}}, {"key": value}, {"$x": value}]}, USERS):
        assert len(problem.message) <= 300
        assert not any(character < " " for character in problem.message)


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("x" * 60 + "a", "x" * 60 + "b", f'Did you mean "{"x" * 60}b"?'),
        ("name", "name", None),
        ("NAME", "name", 'Did you mean "name"?'),
        ("x" * 60, "x" * 50, f'Did you mean "{"x" * 50}"?'),
    ],
)
def test_a_hint_never_reads_like_the_name_that_is_refused(word: str, known: str, hint: str | None) -> None:
    """A near name that differs only where messages cut names is written whole; the name itself is no hint."""
    assert nearest(word, [known], Hints()) == hint


@pytest.mark.parametrize("name", ["Name", "NAME", "n\u0430me", "\u017fname", "name\u200b", "a.B", "a", "objectid"])
def test_no_hint_repeats_the_name_that_it_is_about(name: str) -> None:
    """In criteria, in an order, in `resolve` and among the parameters: names that differ in case or in what is seen."""
    schema = Schema("t", [Field("name", "string"), Field("a.b", "integer")])
    doors: list[dict[str, Any]] = [{"query": {name: 1}}, {"orderBy": name}, {"resolve": name}, {name.upper(): "1"}]
    for parameters in doors:
        with pytest.raises(CriteriaError) as caught:
            criteria.parse_search(parameters, schema)
        for problem in caught.value.problems:
            assert f'"{name}"' not in (problem.hint or "")


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ({"status": {"$not": {"$eq": "open"}}}, 'Write {"NOT": {"status": "open"}}.'),
        ({"NOT": [{"status": "open"}]}, 'Write {"NOT": {"status": "open"}}.'),
        ({"NOT": [{"a": 1}, {"b": 2}]}, 'Write {"NOT": {"AND": [...]}}, or {"NOT": {"OR": [...]}}.'),
        ("SELECT * FROM orders WHERE status='open'", 'Write {"status": "open"}.'),
        ("select id from orders\nwhere status = 'open' and n > 1;", 'Write {"AND": [{"status": "open"}, ...]}.'),
        ("\"status = 'open'\"", 'Write {"status": "open"}.'),
        ({"NOT": "status = 'open'"}, 'Write {"NOT": {"status": "open"}}.'),
        ("[]", 'Write an object, such as {"status": "open"}, or {} for every record.'),
        ({"AND": [[]]}, 'Write an object, such as {"status": "open"}.'),
    ],
)
def test_what_was_meant_is_written(query: object, hint: str) -> None:
    """The hint keeps the meaning of what was written, and is itself a query."""
    with pytest.raises(CriteriaError) as refused:
        criteria.parse(query if isinstance(query, (dict, str)) else json.dumps(query))
    assert [one.hint for one in refused.value.problems] == [hint]


INSIDE = 'The fields in it are "details.address.zip", "details.address.city".'


@pytest.mark.parametrize(
    ("query", "hints"),
    [
        ({"details": {"address": {"zip": "1"}}}, [f'{INSIDE[:-1]}, "details.tags".', INSIDE]),
        ({"details.address": "x"}, [INSIDE]),
    ],
)
def test_hints_for_an_object_name_the_fields_in_it(query: dict[str, object], hints: list[str]) -> None:
    """They are named, and not the one name that looks most alike."""
    fields = [Field(f"details.{name}", "string") for name in ("address.zip", "address.city", "tags")]
    schema = Schema("t", fields, system_properties=False)
    assert [one.hint for one in problems(query, schema)] == hints
