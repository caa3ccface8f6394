"""Wrong schemas: every fault is found, and its place with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from criteria import CriteriaError, Field, Problem, Schema
from tests.parsing.outcome import refused

STRING = {"name": "a", "fieldType": "string"}


def faults(source: Any) -> tuple[Problem, ...]:
    """The problems of a schema that is refused, alike for text and for the object."""
    problems = refused(lambda: Schema.from_json(source))
    assert isinstance(problems, tuple), problems
    return problems


def field(**attributes: Any) -> dict[str, Any]:
    """A schema with one field, under the key `fields`."""
    return {"name": "s", "fields": [{**STRING, **attributes}]}


def custom(**attributes: Any) -> dict[str, Any]:
    """A schema with one custom property."""
    return {"name": "s", "customProperties": [{**STRING, **attributes}]}


REFERENCE = {"fieldType": "objectRef", "objectEntityType": "user"}

REFUSED: list[tuple[str, Any, list[str]]] = [
    ("a list", [], [""]),
    ("a number", 5, [""]),
    ("null", None, [""]),
    ("a name that is not a string", {"name": 5}, ["/name"]),
    ("a key that has no meaning", {"name": "s", "field": []}, ["/field"]),
    ("fields that are not a list", {"name": "s", "fields": {}}, ["/fields"]),
    ("fields that are null", {"name": "s", "fields": None}, ["/fields"]),
    ("custom properties that are not a list", {"name": "s", "customProperties": "a"}, ["/customProperties"]),
    ("a field that is not an object", {"name": "s", "fields": [STRING, "b"]}, ["/fields/1"]),
    ("a field without a name", {"name": "s", "fields": [{"fieldType": "string"}]}, ["/fields/0"]),
    ("a field without a type", {"name": "s", "fields": [{"name": "a"}]}, ["/fields/0"]),
    ("an empty field", {"name": "s", "fields": [{}]}, ["/fields/0", "/fields/0"]),
    ("a key of a field that has no meaning", field(isSorted=True), ["/fields/0/isSorted"]),
    ("a type that does not exist", field(fieldType="text"), ["/fields/0/fieldType"]),
    ("a type in other letters", field(fieldType="String"), ["/fields/0/fieldType"]),
    ("a type that is not a string", field(fieldType=["string"]), ["/fields/0/fieldType"]),
    ("a name that is not a string", field(name=5), ["/fields/0/name"]),
    ("an empty name", field(name=""), ["/fields/0/name"]),
    ("a reserved name", field(name="AND"), ["/fields/0/name"]),
    ("a name with $", field(name="$a"), ["/fields/0/name"]),
    ("a name with a control character", field(name="a\n"), ["/fields/0/name"]),
    ("a name with half a surrogate pair", field(name="a\ud800"), ["/fields/0/name"]),
    ("a path with an empty segment", field(name="a..b"), ["/fields/0/name"]),
    ("a path that ends with a dot", field(name="a."), ["/fields/0/name"]),
    ("a path with a blank", field(name="a.b c"), ["/fields/0/name"]),
    ("a path of nine segments", field(name="a.b.c.d.e.f.g.h.i"), ["/fields/0/name"]),
    ("a description that is not a string", field(description=5), ["/fields/0/description"]),
    ("isUnique that is not a boolean", field(isUnique="true"), ["/fields/0/isUnique"]),
    ("isUnique that is null", field(isUnique=None), ["/fields/0/isUnique"]),
    ("isList that is not a boolean", field(isList=1), ["/fields/0/isList"]),
    ("nullable that is not a boolean", field(nullable=0), ["/fields/0/nullable"]),
    ("a column that is not a string", field(column=5), ["/fields/0/column"]),
    ("an empty column", field(column=""), ["/fields/0/column"]),
    ("a column with a dot", field(column="a.b"), ["/fields/0/column"]),
    ("a column with a control character", field(column="a\0"), ["/fields/0/column"]),
    ("a precision of strings", field(precision=3), ["/fields/0/precision"]),
    ("a scale of strings", field(scale=3), ["/fields/0/scale"]),
    ("a scale of dateTimes", field(fieldType="dateTime", scale=3), ["/fields/0/scale"]),
    ("a precision of five digits of a second", field(fieldType="dateTime", precision=5), ["/fields/0/precision"]),
    ("a precision of no digits of a second", field(fieldType="dateTime", precision=0), ["/fields/0/precision"]),
    ("a decimal of no digits", field(fieldType="decimal", precision=0), ["/fields/0/precision"]),
    ("a decimal of 35 digits", field(fieldType="decimal", precision=35), ["/fields/0/precision"]),
    ("a precision that is not a number", field(fieldType="decimal", precision="5"), ["/fields/0/precision"]),
    ("a precision that is a truth value", field(fieldType="decimal", precision=True), ["/fields/0/precision"]),
    ("a precision with a fraction", field(fieldType="decimal", precision=5.5), ["/fields/0/precision"]),
    ("a scale beyond the precision", field(fieldType="decimal", precision=5, scale=6), ["/fields/0/scale"]),
    ("a scale below zero", field(fieldType="decimal", scale=-1), ["/fields/0/scale"]),
    ("a reference to an empty name", field(fieldType="objectRef", objectEntityType=""), ["/fields/0/objectEntityType"]),
    ("a string that refers", field(objectEntityType="user"), ["/fields/0/objectEntityType"]),
    ("a collation that is not declared", field(collation="nocase"), ["/fields/0/collation"]),
    ("a time zone other than UTC", field(fieldType="dateTime", timeZone="Europe/Rome"), ["/fields/0/timeZone"]),
    ("a time zone of a date", field(fieldType="date", timeZone="UTC"), ["/fields/0/timeZone"]),
    ("a collation of numbers", field(fieldType="integer", collation="binary"), ["/fields/0/collation"]),
    ("systemProperties that are not a boolean", {"name": "s", "systemProperties": "no"}, ["/systemProperties"]),
    ("systemProperties that are null", {"name": "s", "systemProperties": None}, ["/systemProperties"]),
    ("no records at most", {"name": "s", "maxLimit": 0}, ["/maxLimit"]),
    ("too many records at most", {"name": "s", "maxLimit": 2**31}, ["/maxLimit"]),
    ("maxLimit that is a truth value", {"name": "s", "maxLimit": True}, ["/maxLimit"]),
    ("maxLimit that is a string", {"name": "s", "maxLimit": "10"}, ["/maxLimit"]),
    ("a custom property of a wrong type", custom(fieldType="text"), ["/customProperties/0/fieldType"]),
    ("several faults of a field", field(fieldType="decimal", precision=99, objectEntityType="user", collation="x"),
     ["/fields/0/precision", "/fields/0/objectEntityType", "/fields/0/collation"]),
    ("several faults everywhere",
     {"name": None, "maxLimit": -1, "x": 1, "customProperties": [1],
      "fields": [{**STRING, "name": ""}, STRING, {}]},
     ["/customProperties/0", "/fields/0/name", "/fields/2", "/fields/2", "/maxLimit", "/name", "/x"]),
]  # fmt: skip

MISSING: list[tuple[str, Any, list[str]]] = [
    ("no name", {"fields": []}, ["/name"]),
    ("a reference to nothing", field(fieldType="objectRef"), ["/fields/0/objectEntityType"]),
    ("a custom property that refers to nothing", custom(fieldType="objectRef"),
     ["/customProperties/0/objectEntityType"]),
]  # fmt: skip

CONFLICTS: list[tuple[str, Any, list[str]]] = [
    ("two fields of one name", {"name": "s", "fields": [STRING, STRING]}, ["/fields/1"]),
    ("a name of a system property", field(name="objectId"), ["/fields/0"]),
    ("two fields in one column", {"name": "s", "fields": [STRING, {**STRING, "name": "b", "column": "a"}]},
     ["/fields/1"]),
    ("two custom properties of one name", {"name": "s", "customProperties": [STRING, STRING]}, ["/customProperties/1"]),
    ("a custom property with a dot", custom(name="a.b"), ["/customProperties/0/name"]),
    ("a field and a path through it", {"name": "s", "fields": [STRING, {**STRING, "name": "a.b"}]}, ["/fields/1"]),
    ("customProperties as a field", {**custom(), "fields": [{**STRING, "name": "customProperties"}]},
     ["/customProperties/0"]),
]  # fmt: skip


@pytest.mark.parametrize(("source", "pointers"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_each_fault_has_its_pointer(source: Any, pointers: list[str]) -> None:
    """A wrong schema is refused with a problem at each fault, as text and decoded; text has lines and columns."""
    check_faults(source, pointers)


@pytest.mark.parametrize(("source", "pointers"), [case[1:] for case in MISSING], ids=[case[0] for case in MISSING])
def test_what_is_missing_has_a_place_too(source: Any, pointers: list[str]) -> None:
    """The pointer of a missing key names the key, and its place is that of the object without it."""
    check_faults(source, pointers)


def check_faults(source: Any, pointers: list[str]) -> None:
    """A wrong schema has its faults at these pointers."""
    for form in (source, json.dumps(source)):
        if form is source and not isinstance(source, dict):
            continue
        found = faults(form)
        assert sorted(one.pointer for one in found) == sorted(pointers)
        assert {one.code for one in found} == {"invalid_schema"}
        assert {one.line is None for one in found} == {form is source}


@pytest.mark.parametrize(("source", "pointers"), [case[1:] for case in CONFLICTS], ids=[case[0] for case in CONFLICTS])
def test_fields_that_contradict_each_other(source: Any, pointers: list[str]) -> None:
    """Fields that contradict each other are refused, at the later one."""
    for form in (source, json.dumps(source)):
        found = faults(form)
        assert {one.code for one in found} == {"invalid_schema"}
        assert sorted({one.pointer for one in found}) == pointers


@pytest.mark.parametrize(
    "fields",
    [
        [Field("a", "string"), Field("a", "integer")],
        [Field("a", "string"), Field("b", "string", column="a")],
        [Field("a.b", "string"), Field("a", "string")],
        [Field("a.b.c", "string"), Field("a.b", "string")],
        [Field("a.b", "string"), Field("c.d", "string", column="a")],
        [Field("a.b", "string"), Field("a.c", "string", column="d"), Field("d", "string")],
        [Field("objectId", "integer")],
        [Field("x", "integer", column="objectId")],
    ],
)
def test_conflicts_in_python(fields: list[Field]) -> None:
    """The constructor refuses the same contradictions."""
    with pytest.raises(CriteriaError) as caught:
        Schema("s", fields)
    assert {one.code for one in caught.value.problems} == {"invalid_schema"}


def test_a_column_for_a_custom_property() -> None:
    """Custom properties are stored together; one that names a column of its own is refused, not stored elsewhere."""
    with pytest.raises(CriteriaError):
        Schema.from_json(custom(column="elsewhere"))
    with pytest.raises(CriteriaError):
        Schema("s", [], custom_properties=[Field("a", "string", column="elsewhere")])


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": 5},
        {"name": "\ud800"},
        {"max_limit": 0},
        {"max_limit": "5"},
        {"max_limit": True},
        {"max_limit": 2**31},
        {"system_properties": "no"},
        {"system_properties": None},
        {"fields": None},
        {"fields": 5},
        {"fields": "ab"},
        {"fields": {"a": "string"}},
        {"fields": [None]},
        {"fields": [Field("\u00e9" * 1000, "string")], "custom_properties": 1},
        {"custom_properties": [{"name": "a"}]},
        {"custom_properties": [Field("x" * 1000, "string")]},
    ],
)
def test_arguments_of_the_wrong_kind(arguments: dict[str, Any]) -> None:
    """The constructor refuses what the file format refuses."""
    with pytest.raises(CriteriaError) as caught:
        Schema(**{"name": "s", "fields": [], **arguments})
    assert {one.code for one in caught.value.problems} == {"invalid_schema"}


@pytest.mark.parametrize("attributes", [{"description": "\ud800"}, {"objectEntityType": "a\udfff"}])
def test_texts_that_cannot_be_encoded(attributes: dict[str, str]) -> None:
    """No text of a schema holds a lone surrogate."""
    (key,) = attributes
    entry = {"name": "a", "fieldType": "objectRef", "objectEntityType": "user", **attributes}
    for source in ({"name": "s", "fields": [entry]}, json.dumps({"name": "s", "fields": [entry]})):
        (problem,) = faults(source)
        assert (problem.code, problem.pointer) == ("invalid_schema", f"/fields/0/{key}")


WEIRD: list[Any] = [
    None, True, 0, -1.5, float("nan"), 10**5000, "", "\ud800", "x" * 5000, b"x", [], [None], [[]], {}, {"name": None},
    {1: 2}, {"\ud800": 1}, set(), object(), Field, Field("a", "string"),
]  # fmt: skip


@pytest.mark.parametrize("value", WEIRD, ids=lambda value: repr(value)[:20] if not isinstance(value, int) else "int")
@pytest.mark.parametrize(
    "around",
    [
        lambda value: value,
        lambda value: {"name": value},
        lambda value: {"name": "s", "fields": value},
        lambda value: {"name": "s", "customProperties": value},
        lambda value: {"name": "s", "fields": [value]},
        lambda value: {"name": "s", "systemProperties": value},
        lambda value: {"name": "s", "maxLimit": value},
        lambda value: {"name": "s", "fields": [{"name": value, "fieldType": "string"}]},
        lambda value: {"name": "s", "fields": [{"name": "a", "fieldType": value}]},
        *(
            (lambda value, key=key: {"name": "s", "fields": [{"name": "a", "fieldType": "decimal", key: value}]})
            for key in ("description", "objectEntityType", "isUnique", "isList", "nullable", "column", "precision",
                        "scale", "collation", "timeZone", "more")
        ),
    ],
)  # fmt: skip
def test_any_content(around: Any, value: Any) -> None:
    """Whatever a decoded schema holds, it is a schema or it is refused, in text that can be encoded."""
    found = refused(lambda: Schema.from_json(around(value)))
    if not isinstance(found, Schema):
        assert {one.code for one in found} <= {"invalid_schema", "invalid_json"}
        assert all(str(one).encode() for one in found)


def test_no_more_than_a_hundred_problems() -> None:
    """For schemas, too, the first hundred problems are listed."""
    wrong = [{"name": f"f{number}", "fieldTyp": "string"} for number in range(200)]
    same = [Field("a", "string")] * 200
    for found in (faults({"name": "s", "fields": wrong}), refused(lambda: Schema("s", same))):
        assert len(found) == 101
        assert found[-1].code == "too_many_problems"


def test_two_columns_for_one_object() -> None:
    """Fields of one object share one column; each field that names another column is refused."""
    fields = [Field("p.a", "string"), Field("p.b", "string", column="q"), Field("p.c", "string")]
    found = refused(lambda: Schema("s", fields))
    assert [(one.pointer, one.message) for one in found] == [
        ("/fields/1", '"p" is stored in two columns, "p" and "q".')
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"name": "s",\n "fields": [{"name": "a",\n  "fieldType": §"text"}]}', "/fields/0/fieldType"),
        ('{"name": "s", "fields": [\n  §{"name": "a"}]}', "/fields/0"),
        (
            '{"fields": [\n  {"name": "\u00e9", "fieldType": "string", "precision": §3}], "name": "s"}',
            "/fields/0/precision",
        ),
        ('{"name": §5}', "/name"),
        ('{"name": "s",\n §"field": []}', "/field"),
        (
            '{"name": "s", "fields": [{"name": "a", "fieldType": "string", §"null\u00e4ble": true}]}',
            "/fields/0/null\u00e4ble",
        ),
        ('{\n"name": "s",\n\t"maxLimit":   §0}', "/maxLimit"),
    ],
)
def test_lines_and_columns(text: str, place: str) -> None:
    """A problem of a file has the line and column of the value at fault."""
    before = text[: text.index("§")]
    (problem,) = faults(text.replace("§", ""))
    assert problem.pointer == place
    assert (problem.line, problem.column) == (before.count("\n") + 1, len(before) - before.rfind("\n"))


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "invalid_json"), ("{", "invalid_json"), ('{"name": "a", "name": "b"}', "duplicate_key"),
     ('{"maxLimit": NaN}', "invalid_json"), (b"\xff", "invalid_json"), ("[" * 100_000, "too_deep")],
)  # fmt: skip
def test_files_that_are_not_json(text: str | bytes, code: str) -> None:
    """A file that is not JSON is refused as criteria would be."""
    assert [one.code for one in faults(text)] == [code]


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ({"name": "s", "field": []}, '"fields"'),
        (field(isunique=True), '"isUnique"'),
        (field(fieldType="datetime"), '"dateTime"'),
        (field(fieldType="xyz"), "objectRef"),
        ({"name": "s", "fields": [{"name": "a"}]}, '"fieldType"'),
    ],
)
def test_hints(source: Any, hint: str) -> None:
    """A misspelt word is shown the right one."""
    (problem,) = faults(source)
    assert problem.hint is not None
    assert hint in problem.hint
