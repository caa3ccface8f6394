"""What the JSON Schema of queries looks like, and the kinds of faults that it cannot see."""

from __future__ import annotations

import json
import re
from datetime import date
from itertools import product
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import criteria
from criteria import CriteriaError, Field, FieldType, Limits, ObjectList, Schema, query_json_schema
from criteria.json_schema.operands import operand
from criteria.tree.nodes import Operator
from tests.json_schema.agreement import Judges, at, is_beyond

EVERY = Schema("every", [
    Field("text", "string"), Field("texts", "string", is_list=True), Field("count", "integer"), Field("flag",
    "boolean"),
    Field("cents", "decimal", precision=5, scale=2), Field("share", "decimal", precision=20, scale=20),
    Field("whole", "decimal", precision=34, scale=0), Field("ratio", "double"), Field("at", "dateTime"),
    Field("exactly", "dateTime", precision=6), Field("day", "date"), Field("days", "date", is_list=True),
    Field("key", "guid"),
    Field("owner", "objectRef", object_entity_type="user"), Field("p.q", "integer", description="Deep inside"),
])  # fmt: skip

JUDGES = Judges(EVERY)
WITHOUT = Judges(None)

MICROSECONDS = '{"exactly": "2024-01-01T00:00:00.123456Z"}'

ACCEPTED = (
    "{}", '{"text": null}', '{"count": 1.0}', '{"count": 1e2}', '{"count": -0.0}', '{"count": 9223372036854775807}',
    '{"count": -9223372036854775808}', '{"ratio": 1}', '{"ratio": 1.7976931348623157e308}',
    '{"ratio": 1.7976931348623158e308}',
    '{"cents": 999.99}', '{"cents": "-999.990000"}', '{"cents": "1e2"}', '{"cents": 1e2}', '{"cents": 0.07}',
    '{"share": 0.99999999999999999999}', '{"share": "-0.12345678901234567890"}', '{"whole": 1e33}',
    '{"whole": "12.000"}',
    '{"whole": 9999999999999999999999999999999999}', '{"at": "2024-02-29t00:00:00.500000z"}', MICROSECONDS,
    '{"at": "2024-01-01T00:00:00-23:59"}', '{"day": "2024-02-29"}', '{"day": {"$gte": "0001-01-01"}}',
    '{"days": {"$in": ["9999-12-31", "2000-02-29"]}}', '{"day": null, "days": {"$ne": null}}',
    '{"at": "2000-02-29T00:00:00Z"}',
     '{"key": "URN:uuid:6BA7B810-9dad-11d1-80b4-00c04fd430c8"}',
    '{"owner": 1, "owner.objectId": {"$in": [2]}}', '{"p.q": {"$gt": 1, "$lt": 3}, "NOT": {"flag": true}}',
    '{"texts": {"$contains": ""}}', '{"text": "line\\nfeed\\n"}', '{"text": "\\ud83d\\ude00"}',
    '{"text": {"$in": []}}',
    '{"objectId": 1, "createDate": {"$ne": null}}',
)  # fmt: skip


@pytest.mark.parametrize("text", ACCEPTED)
def test_both_accept(text: str) -> None:
    """These are queries, for the library and for the JSON Schema: spellings of numbers, and ends of ranges."""
    assert JUDGES.problems(text) == ()
    assert JUDGES.is_valid(text)


REFUSED = (
    "[]", "1", "null", '{"AND": []}', '{"AND": {}}', '{"OR": [{}]}', '{"NOT": {}}', '{"NOT": []}', '{"AND": [[]]}',
    '{"nosuch": 1}', '{"p": 1}', '{"p": {"q": 1}}', '{"$and": []}', '{"and": []}', '{"text": {}}', '{"text": []}',
    '{"text": {"$eq": "a"}}', '{"text": {"text": "a"}}', '{"text": {"$in": [null]}}',
    '{"text": {"$nin": ["a", null]}}',
    '{"text": {"$in": "a"}}', '{"text": {"$in": [["a"]]}}', '{"text": {"$gt": null}}',
    '{"text": {"$contains": null}}',
    '{"text": 1}', '{"text": true}', '{"text": {"$ne": ["a"]}}', '{"text": {"$ne": {}}}', '{"count": "1"}',
    '{"count": true}', '{"count": {"$in": [true]}}', '{"count": 1.5}', '{"count": 9223372036854775808}',
    '{"count": -9223372036854775809}',
    '{"count": {"$startsWith": "1"}}', '{"flag": 1}', '{"flag": "true"}', '{"flag": {"$gt": false}}',
    '{"ratio": "1"}',
    '{"ratio": 1e400}', '{"ratio": true}', '{"cents": 1000}', '{"cents": "1000"}', '{"cents": "0.001"}',
    '{"cents": "1."}',
    '{"cents": "+1"}', '{"cents": "1\\n"}', '{"cents": " 1"}', '{"cents": "\\u0661"}', '{"cents": true}',
    '{"whole": 0.5}',
    '{"share": "1"}', '{"share": 2}', '{"at": "2024-01-01"}', '{"at": "2024-01-01T00:00:00"}',
    '{"at": "2024-04-31T00:00:00Z"}',
    '{"at": "2024-01-01T00:00:00Z\\n"}', '{"at": "0000-01-01T00:00:00Z"}', '{"at": "2024-01-01T00:00:00.1234Z"}',
    '{"day": "2023-02-29"}', '{"day": "1900-02-29"}', '{"day": "2024-04-31"}', '{"day": "0000-01-01"}',
    '{"day": "2024-1-1"}', '{"day": "20240101"}', '{"day": "2024-01-01\\n"}', '{"day": "2024-01-01T00:00:00Z"}',
    '{"day": 20240101}', '{"day": {"$startsWith": "2024"}}', '{"days": {"$in": [null]}}', '{"days": ["2024-01-01"]}',
    '{"at": "2023-02-29T00:00:00Z"}', '{"at": "2100-02-29T00:00:00Z"}',
    '{"at": 0}', '{"key": "6ba7b810-9dad-11d1-80b4-00c04fd430c8\\n"}',
    '{"key": {"$gt": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}}',
    '{"owner": "1"}', '{"owner": {"$gt": 1}}', '{"owner": {"objectId": 1}}', '{"text": "\\u0000"}',
    '{"text": "\\ud800"}',
    '{"text": "\\udc00\\ud800"}', '{"texts": ["a"]}',
    json.dumps({"text": {"$contains": "x" * 8001}}), json.dumps({"count": {"$in": [1] * 1001}}),
    json.dumps({"OR": [{"count": 1}] * 1001}),
)  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:60])
def test_both_refuse(text: str) -> None:
    """These are no queries, for the library and for the JSON Schema: structure, names, operators, types, nulls."""
    assert JUDGES.problems(text)
    assert not JUDGES.is_valid(text)


BEYOND = {
    '{"count": 1, "count": 2}': "duplicate_key",
    '{"ratio": NaN}': "invalid_json",
    json.dumps({"AND": [{"count": 1}]}) + " " * 2**20: "too_long",
    json.dumps({"AND": [{"OR": [{"count": 1}] * 600}, {"OR": [{"flag": True}] * 600}]}): "too_many_leaves",
    '{"AND":[{"count": 2}, {"OR":[{"count": 2}, ' * 9 + '{"count":1}' + "]}]}" * 9: "too_deep",
    '{"NOT":' * 70 + '{"count":1}' + "}" * 70: "too_deep",
    '{"at": "0001-01-01T00:00:00+01:00"}': "out_of_range",
    '{"at": "9999-12-31T23:30:00-01:00"}': "out_of_range",
    '{"cents": 0.001}': "out_of_range",
    '{"cents": "1e5"}': "out_of_range",
    '{"cents": "1e-5"}': "out_of_range",
    '{"whole": 10000000000000000000000000000000000}': "out_of_range",
    '{"ratio": 9007199254740993}': "out_of_range",
    '{"ratio": 1e-400}': "out_of_range",
    '{"count": 1.00000000000000000001}': "type_mismatch",
}


@pytest.mark.parametrize(("text", "code"), BEYOND.items(), ids=lambda value: value[:50])
def test_only_the_library_sees(text: str, code: str) -> None:
    """Each kind of fault that the docstring lists: the library refuses it, the JSON Schema does not."""
    assert {problem.code for problem in JUDGES.problems(text)} == {code}
    assert JUDGES.is_valid(text)


def test_only_the_library_sees_long_integers_without_a_schema() -> None:
    """An integer of more than 64 bits is refused as one, and is a double when it is written as one."""
    assert [problem.code for problem in WITHOUT.problems('{"a": 9223372036854775808}')] == ["out_of_range"]
    assert WITHOUT.problems('{"a": 9.223372036854775808e18}') == ()
    assert WITHOUT.is_valid('{"a": 9223372036854775808}')
    assert WITHOUT.is_valid('{"a": 9.223372036854775808e18}')


def test_a_validator_that_rounds_refuses_one_integer() -> None:
    """The largest integer, written with a fraction, is another number for a validator that reads it as binary64."""
    text = '{"count": 9223372036854775807.0}'
    assert JUDGES.problems(text) == ()
    assert not JUDGES.is_valid(text)
    exact = criteria.parse(text, EVERY).to_json()
    assert JUDGES.is_valid(json.dumps(exact))


def test_the_kinds_follow_from_the_operand() -> None:
    """What the property test lets pass is of a listed kind, and a fault that JSON Schema can see is of none."""
    for text, code in BEYOND.items():
        if code in ("type_mismatch", "out_of_range") and "count" not in text and "1e-400" not in text:
            assert all(is_beyond(problem, json.loads(text)) for problem in JUDGES.problems(text)), text
    for text in (
        '{"cents": "0.001"}',
        '{"at": "2024-04-31T00:00:00Z"}',
        '{"count": "1"}',
        '{"count": {"$in": [null]}}',
    ):
        assert not any(is_beyond(problem, json.loads(text)) for problem in JUDGES.problems(text)), text


@pytest.mark.parametrize(
    ("text", "accepted"),
    [('{"a": 1, "b.c": "x"}', True), ('{"a.b.c.d.e.f.g.h": 1}', True), ('{"a.b.c.d.e.f.g.h.i": 1}', False),
     ('{"a.b c": 1}', False), ('{"First Name": null}', True), ('{"$a": 1}', False), ('{"": 1}', False),
     ('{"a\\n": 1}', False),
     ('{"\\ud83d\\ude00": 1}', True), ('{"\\ud800": 1}', False), ('{"AND": 1}', False),
     ('{"a": {"$gt": true}}', False),
     ('{"a": {"$gt": "x"}}', True), ('{"a": {"$in": [1, "x", true]}}', True), ('{"a": {"$in": [null]}}', False),
     ('{"a": {"$contains": 1}}', False), ('{"a": "\\u0000"}', False), (json.dumps({"a" * 1000: 1}), True),
     (json.dumps({"a" * 1001: 1}), False), ('{".a": 1}', False), ('{"a.": 1}', False), ('{"\\u007f": 1}', False)],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_without_a_schema_any_name_is_a_field(text: str, accepted: bool) -> None:
    """The JSON Schema of the language itself takes any field name, and literals of any type: as the library does."""
    assert WITHOUT.is_valid(text) == accepted
    assert (WITHOUT.problems(text) == ()) == accepted


@pytest.mark.parametrize(
    "text", ['{"count": 1, "flag": true}', '{"count": {"$gt": 1, "$lt": 2}}', '{"AND": [{"count": 1}], "flag": true}']
)
def test_strict_criteria_have_one_member(text: str) -> None:
    """With strict=True a second member or operator is refused; one is accepted."""
    strict = Judges(EVERY, strict=True)
    assert [problem.code for problem in strict.problems(text)] == ["not_strict"]
    assert not strict.is_valid(text)
    assert JUDGES.is_valid(text)
    assert strict.is_valid('{"AND": [{"count": {"$gt": 1}}, {"flag": true}]}')
    assert strict.is_valid("{}")


def test_limits_are_those_of_the_parser() -> None:
    """Lists and operands of text operators may be as long as the given limits say."""
    few = Judges(EVERY, limits=Limits(leaves=2, values=3, text_operand=4))
    for longest, longer in (
        ('{"count": {"$in": [1, 2, 3]}}', '{"count": {"$in": [1, 2, 3, 4]}}'),
        ('{"text": {"$contains": "abcd"}}', '{"text": {"$contains": "abcde"}}'),
        ('{"OR": [{"count": 1}, {"count": 2}]}', '{"OR": [{"count": 1}, {"count": 2}, {"count": 3}]}'),
    ):
        assert (few.problems(longest), few.is_valid(longest)) == ((), True)
        assert few.problems(longer)
        assert not few.is_valid(longer)


def test_the_document_says_what_it_is() -> None:
    """It names its dialect and the entity, describes every field by type and description, and every operator."""
    drawn = query_json_schema(EVERY)
    assert drawn["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert drawn["title"] == "Query over every"
    members = drawn["$defs"]["criteria"]["properties"]
    assert members["p.q"]["description"] == "integer. Deep inside"
    assert members["texts"]["description"] == "list of string"
    assert members["cents"]["description"] == "decimal(5, 2)"
    assert members["owner"]["description"] == "objectRef to user"
    assert all("description" in one for one in drawn["$defs"]["comparison-string"]["properties"].values())
    operators = set(drawn["$defs"]["comparison-string"]["properties"])
    assert operators == {operator.value for operator in Operator} - {""}


def test_it_stays_small() -> None:
    """Types are defined once: 200 fields take 35 kB, and one that is there already about a hundred bytes more."""
    types = [kind for kind in FieldType if kind is not FieldType.OBJECT_REF]
    fields = [Field(f"field{number}", types[number % len(types)]) for number in range(200)]
    size = len(json.dumps(query_json_schema(Schema("wide", fields, system_properties=False))))
    one_less = len(json.dumps(query_json_schema(Schema("wide", fields[:-1], system_properties=False))))
    assert size < 36_000
    assert size - one_less < 120


def test_no_definition_overrides_the_siblings_of_a_reference() -> None:
    """An editor that merges a definition over the keywords beside its reference shows the same as any other."""

    def references(node: Any) -> list[dict[str, Any]]:
        if isinstance(node, list):
            return [found for one in node for found in references(one)]
        if not isinstance(node, dict):
            return []
        return ([node] if "$ref" in node else []) + [found for one in node.values() for found in references(one)]

    for drawn in (
        query_json_schema(EVERY),
        query_json_schema(EVERY, strict=True),
        query_json_schema(None, strict=True),
    ):
        found = references(drawn)
        assert len(found) > 3
        for node in found:
            assert set(node) & set(at(node["$ref"].removeprefix("#"), drawn)) == set(), node


def test_patterns_need_nothing_special() -> None:
    """The patterns of the definitions have no look-around and no back-reference, which engines in linear time lack."""
    text = json.dumps([query_json_schema(EVERY), query_json_schema()])
    patterns = re.findall(r'"pattern": "((?:[^"\\]|\\.)*)"', text)
    assert len(patterns) > 10
    assert not [one for one in patterns if re.search(r"\(\?[=!<]|\\\\[1-9]", one)]


def test_other_objects_than_schemas_are_refused() -> None:
    """What is not a Schema is refused as the library refuses things, whatever it is."""
    with pytest.raises(CriteriaError) as refused:
        query_json_schema({"name": "user"})  # type: ignore[arg-type]
    assert [problem.code for problem in refused.value.problems] == ["invalid_schema"]


def test_dates_are_those_of_the_calendar() -> None:
    """A text of the shape of a date is one for the JSON Schema exactly if the calendar has that day."""
    drawn = query_json_schema(EVERY)["$defs"]["comparison-date"]
    assert (drawn["type"], drawn["format"]) == (["string", "null", "object"], "date")
    pattern = re.compile(drawn["pattern"])
    years = (0, 1, 4, 99, 100, 104, 400, 1000, 1900, 1996, 2000, 2023, 2024, 2100, 2400, 9996, 9999)
    for year, month, day in product(years, range(14), range(33)):
        text = f"{year:04}-{month:02}-{day:02}"
        assert bool(pattern.search(text)) == is_day(text), text
    for year in range(10000):
        assert bool(pattern.search(f"{year:04}-02-29")) == is_day(f"{year:04}-02-29"), year


def is_day(text: str) -> bool:
    """Whether the calendar of Python has a day."""
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def test_every_type_that_is_spelled_as_a_string_has_a_pattern() -> None:
    """No field type takes any string at all: at the least, U+0000 and lone surrogates are refused."""
    for field_type in FieldType:
        target = "user" if field_type is FieldType.OBJECT_REF else None
        found = operand(Field("value", field_type, object_entity_type=target))
        assert "string" not in found.types or "pattern" in found.keywords, field_type


def _named(name: str, *fields: Any) -> Schema:
    return Schema(
        name, [Field("id", "integer", is_unique=True, nullable=False), *fields], system_properties=False
    )  # fmt: skip


def _refers(name: str, entity: str) -> Field:
    return Field(name, "objectRef", object_entity_type=entity)


def _list(name: str, *fields: Any) -> ObjectList:
    return ObjectList(name, fields)


OF_NUMBERS, OF_TEXTS = Field("q", "integer"), Field("r", "string")
ALIKE = (
    _named("o", _refers("one", "x"), _refers("two", "x-list")).with_entities(
        {"x": _named("x", _list("list", OF_NUMBERS)), "x-list": _named("x-list", OF_TEXTS)}
    ),
    _named("o", _refers("one", "0-a_b"), _refers("two", "a b")).with_entities(
        {"a b": _named("a b", OF_TEXTS), "0-a_b": _named("0-a_b", OF_NUMBERS)}
    ),
)


@pytest.mark.parametrize("schema", ALIKE)
def test_names_that_are_alike_have_definitions_of_their_own(schema: Schema) -> None:
    """Entities and lists whose names, put together, are the same text."""
    of_two = {"two": {"$elemMatch": {"r": "a"}}}
    criteria.parse(of_two, schema)
    drawn = Draft202012Validator(query_json_schema(schema))
    assert drawn.is_valid(of_two)
    assert not drawn.is_valid({"two": {"$elemMatch": {"q": 1}}})


def test_a_list_behind_a_reference_is_not_one_of_a_list() -> None:
    """`two-b` with `c`, a reference and its list, and `two`, `b`, `c`, lists in lists."""
    lists = _list("two", _list("b", _list("c", OF_TEXTS)))
    schema = _named("o", lists, _refers("two-b", "x")).with_entities({"x": _named("x", _list("c", OF_NUMBERS))})
    asked = {"two": {"$elemMatch": {"b": {"$elemMatch": {"c": {"$elemMatch": {"r": "a"}}}}}}}
    criteria.parse(asked, schema)
    assert Draft202012Validator(query_json_schema(schema)).is_valid(asked)


@pytest.mark.parametrize("name", ["boss(", "a|b", "b\\", "[", "a+", "^a$", "{2}", "a b", "a/b"])
def test_references_of_any_name_have_patterns_of_their_own_paths(name: str) -> None:
    """The paths behind a reference of another entity are no regular expression, whatever its name holds."""
    schema = _named("o", _refers("owner", "e")).with_entities({"e": _named("e", _refers(name, "e"))})
    json_schema = query_json_schema(schema)
    for one in json_schema["$defs"].values():
        for pattern in one.get("patternProperties", {}):
            re.compile(pattern)
    drawn = Draft202012Validator(json_schema)
    assert drawn.is_valid({"id": 1})
    for path in ("b.no.such.field", "owner.bos.id", "owner.aa.id"):
        assert not drawn.is_valid({path: 1})
