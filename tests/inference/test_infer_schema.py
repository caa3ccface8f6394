"""A schema that is inferred from records reads these records, and says of them what they say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria import Field, FieldType, Schema
from criteria.conformance.schemas import ALL
from criteria.conformance.strategies import records
from criteria.inference import infer_schema, schema_file
from criteria.inference.arrow_types import ArrowRecords
from criteria.inference.candidates import SCALARS

EXAMPLES = Path(__file__).parents[2] / "examples"


def decoded(text: str) -> Any:
    """JSON with its numbers exact."""
    return json.loads(text, parse_float=Decimal)


def fields(*given: Any, **options: Any) -> dict[str, Field]:
    """The fields that are inferred from records."""
    found = infer_schema("t", decoded(json.dumps(given)), **options)
    return {field.name: field for field in found.schema.fields}


def types(*given: Any) -> dict[str, str]:
    """Their types."""
    return {name: field.field_type.value for name, field in fields(*given).items()}


def messages(*given: Any) -> list[tuple[str, str, str]]:
    """Code, pointer and message of each name that is left out."""
    found = infer_schema("t", decoded(json.dumps(given)))
    return [(problem.code, problem.pointer, problem.message) for problem in found.problems]


def reads(found: Schema, given: list[Any]) -> None:
    """Fails unless the schema, written to a file, reads every record and finds the values of its fields in it."""
    again = Schema.from_json(json.dumps(schema_file(found)))
    assert again == found
    for record in given:
        again.decode(record)


_KEYS = st.sampled_from(("a", "b", "c", "objectId", "createDate", "First Name", "a.b", "$x", "", "AND", "\n", "é"))
_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=3), st.just("\0"),
    st.sampled_from(("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.123456Z", "2024-01-01", "2023-02-29T00:00:00Z",
                     "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "1", "true")),
)  # fmt: skip
_ANY = st.recursive(
    _VALUES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=3)),
    max_leaves=5,
)


@given(given=st.lists(st.dictionaries(_KEYS, _ANY, max_size=4), max_size=5))
def test_the_schema_reads_its_records(given: list[dict[str, Any]]) -> None:
    """Whatever the records hold, the inferred schema decodes each of them; what it cannot hold it has no field for."""
    exact = decoded(json.dumps(given))
    reads(infer_schema("t", exact).schema, exact)


@pytest.mark.parametrize("schema", ALL.values(), ids=ALL)
@given(data=st.data())
def test_the_schema_reads_conforming_records(schema: Schema, data: st.DataObject) -> None:
    """Records of a schema are read by the one that is inferred from them, and every name that has values is there."""
    given = decoded(json.dumps(data.draw(records(schema))))
    found = infer_schema("t", given)
    reads(found.schema, given)
    assert set(found.schema.names) <= set(schema.names)
    told = {problem.pointer for problem in found.problems}
    with_values = {one.name for one in schema.fields for record in given if _has_value(record, one)}
    assert with_values == {name for name in with_values if found.schema.find(name) or _pointer(name) in told}


def _has_value(record: Any, field: Field) -> bool:
    for segment in field.path:
        record = (record or {}).get(segment)
    return record is not None


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1").replace(".", "/")


def test_films() -> None:
    """Of the example films the types, lists, paths, what is never null and the key are inferred as their schema says.

    What records do not say is left to people: that the money is a decimal, and that some lists may be missing.
    """
    given = [decoded(line) for line in (EXAMPLES / "films.ndjson").read_text(encoding="utf-8").splitlines()]
    found = infer_schema("film", given)
    declared = Schema.from_json((EXAMPLES / "films.schema.json").read_bytes())
    assert found.problems == ()
    assert set(found.schema.names) == set(declared.names)
    assert [field.name for field in found.schema.key] == ["objectId"]
    shape = {field.name: (field.field_type.value, field.is_list) for field in declared.fields}
    shape["boxOfficeMillions"] = ("double", False)
    assert {field.name: (field.field_type.value, field.is_list) for field in found.schema.fields} == shape
    never_null = {field.name for field in found.schema.fields if not field.nullable}
    assert never_null >= {field.name for field in declared.fields if not field.nullable}
    reads(found.schema, given)
    for query in sorted((EXAMPLES / "queries").iterdir()):
        criteria.parse(query.read_bytes(), found.schema)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([True, False], "boolean"), ([1, -2], "integer"), ([1, 2.5], "double"), ([1.0, 2.0], "double"),
        ([2**64], "double"),
        (["a", "2024-01-01T00:00:00Z"], "string"), (["2024-01-01T00:00:00Z",
        "2024-01-01T01:00:00+01:00"], "dateTime"),
        (["2024-01-01", "9999-12-31"], "date"), (["2023-02-29"], "string"), (["2024-1-1"], "string"),
        (["2024-01-01", "2024-01-01T00:00:00Z"], "string"), (["2024-01-01T00:00:00"], "string"),
        (["2023-02-29T00:00:00Z"], "string"),
        (["6ba7b810-9dad-11d1-80b4-00c04fd430c8"], "guid"), (["6BA7B810-9DAD-11D1-80B4-00C04FD430C8"], "string"),
        (["6ba7b810-9dad-11d1-80b4-00c04fd430c8", ""], "string"), (["1", "2"], "string"), (["true"], "string"),
    ],
)  # fmt: skip
def test_the_type_that_all_values_have(values: list[Any], kind: str) -> None:
    """The narrowest type that takes every value: a fraction makes doubles of numbers, strings are what all spell."""
    assert types(*({"a": value} for value in values)) == {"a": kind}
    assert types({"a": values}) == {"a": kind}
    assert fields({"a": values})["a"].is_list
    assert types({"p": {"a": values[0]}}, *({"p": {"a": value}} for value in values)) == {"p.a": kind}


def test_microseconds_are_declared() -> None:
    """A dateTime finer than a millisecond has precision 6."""
    assert fields({"a": "2024-01-01T00:00:00Z"})["a"].precision == 3
    assert fields({"a": "2024-01-01T00:00:00Z"}, {"a": "2024-01-01T00:00:00.000001Z"})["a"].precision == 6


def test_what_is_never_null_is_declared_so() -> None:
    """A name with a value in each record is not nullable; one that is null or missing once is, also inside objects."""
    found = fields(
        {"a": 1, "b": 1, "p": {"x": 1}, "l": []}, {"a": 2, "b": None, "p": {"x": 2}, "l": [1]}, {"a": 3, "l": [2]}
    )
    assert {name: field.nullable for name, field in found.items()} == {"a": False, "b": True, "p.x": True, "l": False}


def test_the_first_name_is_unique_when_no_value_repeats() -> None:
    """Only the first name can be the key, when it has a value in every record and no value twice."""
    assert [one.is_unique for one in fields({"a": 1, "b": 1}, {"a": 2, "b": 2}).values()] == [True, False]
    assert not fields({"a": 1}, {"a": 2}, {"a": 1})["a"].is_unique
    assert not fields({"a": 1}, {"a": 2}, {})["a"].is_unique
    assert not fields({"a": 1.5}, {"a": 2.5})["a"].is_unique
    assert not fields({"a": 1})["a"].is_unique
    assert fields({"a": "x"}, {"b": 1, "a": "y"})["a"].is_unique


def test_a_part_of_the_data_proves_nothing_about_all_of_them() -> None:
    """When only the first records were read, no name is unique or never null; when they were all, one is."""
    given = ({"a": 1}, {"a": 2}, {"a": 2})
    assert [(one.is_unique, one.nullable) for one in fields(*given, most=2).values()] == [(False, True)]
    assert [(one.is_unique, one.nullable) for one in fields(*given, most=3).values()] == [(False, False)]
    assert [(one.is_unique, one.nullable) for one in fields(*given[:2], most=2).values()] == [(True, False)]


def test_system_properties_are_declared_as_such() -> None:
    """Records that have the three system properties get a schema with them; others one that says that it has none."""
    record = {"objectId": 1, "createDate": "2024-01-01T00:00:00Z", "updateDate": None, "a": 1}
    other = {**record, "objectId": 2, "updateDate": "2024-01-01T00:00:00Z"}
    found = infer_schema("t", [record, other])
    assert found.schema == Schema("t", [Field("a", "integer", nullable=False)])
    assert schema_file(found.schema) == {
        "name": "t",
        "fields": [{"name": "a", "fieldType": "integer", "nullable": False}],
    }
    for lacking in (
        [record, record],
        [record, {**other, "createDate": "yesterday"}],
        [{"objectId": 1}, {"objectId": 2}],
    ):
        found = infer_schema("t", lacking)
        assert schema_file(found.schema)["systemProperties"] is False
        reads(found.schema, lacking)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([{"a": 1}, {"a": "x"}], '"a" in record 2: Found "x", and earlier values are of type integer.'),
        ([{"a": True}, {"a": 1}], '"a" in record 2: Found 1, and earlier values are of type boolean.'),
        ([{"a": 0.5}, {"a": 2**53 + 1}],
         '"a" in record 2: Found 9007199254740993, and earlier values are of type double.'),
        ([{"a": [1]}, {"a": 1}], '"a" in record 2: Found a value, and a list in earlier records.'),
        ([{"a": 1}, {"a": {"b": 1}}], '"a" in record 2: Found an object, and a value in earlier records.'),
        ([{"a": [{"b": 1}, 2]}], '"a" in record 1: Found a value inside a list, and objects in earlier ones.'),
        ([{"a": [1, {"b": 1}]}], '"a" in record 1: Found an object inside a list, and values in earlier ones.'),
        ([{"a": [{"b": None}, {}]}], '"a": Its objects have a value that no field can represent.'),
        ([{"a": [[1]]}], '"a" in record 1: Found a list inside a list, which no field can represent.'),
        ([{"a": "\0"}], '"a" in record 1: Found "\\u0000", which no field can represent.'),
        ([{"a": 2**70 + 1}], '"a" in record 1: Found 1180591620717411303425, which no field can represent.'),
        ([{"a": None}], '"a": No record has a value from which the type could be inferred.'),
        ([{"a": []}, {"a": [None]}], '"a": No record has a value from which the type could be inferred.'),
    ],
)  # fmt: skip
def test_names_that_no_field_can_hold_are_left_out_and_reported(given: list[Any], message: str) -> None:
    """A name whose values no field holds is in no schema, and a problem names it, the record and the reason."""
    assert messages(*given) == [("invalid_record", "/a", message)]
    assert types(*({**record, "b": 1} for record in given)) == {"b": "integer"}


def test_fields_are_compared_with_the_earlier_ones_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each field is looked at beside the earlier ones, and no schema is made of all of them for each."""
    made: list[str] = []

    def counted(name: str, *given: Any, **options: Any) -> Schema:
        made.append(name)
        return Schema(name, *given, **options)

    monkeypatch.setattr("criteria.inference.infer.Schema", counted)
    found = infer_schema("wide", [{f"c{at}": at for at in range(200)}])
    assert (len(found.schema.fields), made) == (200, ["wide"])


def test_a_list_of_objects_whose_name_is_not_a_segment() -> None:
    """Other fields may have any name. A list of objects with one is in no schema, and a problem says so."""
    [(code, pointer, message)] = messages({"x y": [{"b": 1}]})
    assert (code, pointer) == ("invalid_field_name", "/x y")
    assert message.endswith("may have only letters A-Z, digits and underscores.")
    [(code, pointer, message)] = messages({"a": [{"b": 1, "$c": 1}]})
    assert (code, pointer) == ("invalid_field_name", "/a/$c")
    assert message.startswith('In the objects of "a": "$c":')


@pytest.mark.parametrize("name", ["$a", "", "AND", "a\n", "a.b", "x" * 1001])
def test_names_that_cannot_be_field_names_are_left_out_and_reported(name: str) -> None:
    """A key that is no field name, or would be read as a path, is in no schema, and a problem says so."""
    [(code, _, message)] = messages({name: 1})
    assert code == "invalid_field_name"
    assert "This cannot be a field name." in message
    assert types({name: 1, "b": 1}) == {"b": "integer"}


def test_an_object_whose_name_is_not_a_segment() -> None:
    """Inside an object names are segments of a path: one that is none is left out, the others stay."""
    assert types({"p": {"First Name": 1, "last": 1}}) == {"p.last": "integer"}
    assert [pointer for _, pointer, _ in messages({"p": {"First Name": 1, "last": 1}})] == ["/p/First Name"]


def test_records_are_read_one_by_one() -> None:
    """No more records are taken from the source than were asked for, but the one that tells whether there are more."""
    taken = []

    def source() -> Any:
        for number in range(100):
            taken.append(number)
            yield {"a": number}

    infer_schema("t", source(), most=3)
    assert taken == [0, 1, 2, 3]


NOT_TOLD_BY_VALUES = {FieldType.DECIMAL, FieldType.OBJECT_REF}
"""The types that no value tells: a JSON number may be a double, and a reference is an integer."""


def test_every_type_is_inferred_from_values_or_left_out_on_purpose() -> None:
    """A new field type has to be put among those that values tell, or among those that no value tells."""
    told = {field.field_type for field in SCALARS}
    assert told | NOT_TOLD_BY_VALUES == set(FieldType)
    assert told & NOT_TOLD_BY_VALUES == set()


IN_ARROW: Mapping[FieldType, pa.DataType | None] = {
    FieldType.STRING: pa.string(),
    FieldType.INTEGER: pa.int64(),
    FieldType.BOOLEAN: pa.bool_(),
    FieldType.DECIMAL: pa.decimal128(10, 2),
    FieldType.DOUBLE: pa.float64(),
    FieldType.DATE: pa.date32(),
    FieldType.DATE_TIME: pa.timestamp("ms", tz="UTC"),
    FieldType.GUID: pa.uuid(),
    FieldType.OBJECT_REF: None,
}
"""A type of Arrow from which each field type is inferred. None: Arrow has no references, they are integers."""


def test_every_type_is_inferred_from_a_type_of_arrow() -> None:
    """A new field type has to be inferred from a type of Arrow, or left out on purpose."""
    assert set(IN_ARROW) == set(FieldType)
    for field_type, kind in IN_ARROW.items():
        if kind is not None:
            sink = BytesIO()
            pa.ipc.new_file(sink, pa.schema([("value", kind)])).close()
            (member,) = ArrowRecords(BytesIO(sink.getvalue())).members
            assert [field.field_type for field in member.candidates] == [field_type]
