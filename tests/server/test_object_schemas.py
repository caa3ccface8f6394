"""The JSON Schemas of objects, and what the library accepts and gives: they agree, value by value."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from criteria import CriteriaError, Field, FieldType
from criteria.web import Entity, json_object
from criteria.web.object_schemas import portable_json_schema, read_json_schema, write_json_schema


def fields(kind: FieldType, **more: Any) -> list[Field]:
    """A field of a type, and a list of it."""
    target: dict[str, Any] = {"object_entity_type": "user"} if kind is FieldType.OBJECT_REF else {}
    return [Field(f"{many}{kind.value}", kind, is_list=many == "some", **target, **more) for many in ("one", "some")]


EVERY = [field for kind in FieldType for field in fields(kind)]
EXACT = [Field("cents", "decimal", precision=5, scale=2), Field("whole", "decimal", precision=34, scale=0),
         Field("share", "decimal", precision=4, scale=4), Field("at", "dateTime", precision=6)]  # fmt: skip

PLAIN = Entity("plain", [*EVERY, *EXACT], write_only=[Field("secret", "string")], hidden=[Field("hash", "string")],
               on_request=["someobjectRef"], custom_properties=EVERY)  # fmt: skip
STRICT = Entity("strict", [Field("name", "string", nullable=False), Field("tags", "string", is_list=True,
                nullable=False), Field("a.b.c", "integer", nullable=False), Field("a.d", "integer"),
                Field("e.f", "integer")])  # fmt: skip
EMPTY = Entity("empty", [Field("name", "string")], custom_properties=())

SCALARS: list[Any] = [
    None, True, False, "", "a", "line\n", "😀", "a\0b", 0, 1, -1, 1.0, -0.0, 1.5, 0.25, 99.99, 1e2, 2**53, 2**63 - 1,
    2**63, -(2**63), -(2**63) - 1, 10**19, 10**20, 10**33, 10**34, 1.7976931348623157e308, "1", "-1", "1.50", "1.505",
    "0.1234", "0.12345", "999.99", "1000", "1e2", "+1", "1.", "01", " 1", "1\n", "9" * 20, "9" * 21,
    "2024-01-31T09:30:00Z", "2024-01-31t10:30:00.5+01:00", "2024-01-31T09:30:00.123Z", "2024-01-31T09:30:00.1234Z",
    "2024-01-31T09:30:00.123456Z", "2024-01-31T09:30:00.1234567Z", "2024-01-31", "2024-04-31T00:00:00Z",
    "2024-02-29", "2023-02-29", "1900-02-29", "0001-01-01", "0000-01-01", "2024-01-31\n", "2023-02-29T00:00:00Z",
    "2024-01-31T09:30:00", "2024-01-31T09:30:00Z\n", "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "URN:UUID:6BA7B810-9dad-11d1-80b4-00c04fd430c8", "6ba7b8109dad11d180b400c04fd430c8", {}, {"objectId": 1},
    {"objectId": 1.0}, {"objectId": 1, "name": "a"}, {"objectId": "1"}, {"objectId": None}, {"objectId": {}},
    {"objectId": 2**63}, {"one": 1},
]  # fmt: skip
VALUES: list[Any] = [*SCALARS, [], *([item] for item in SCALARS), [None, None], ["a", None, "b"], [[]], [1, "a"]]

UNSEEN = [10**20, 10**33, 10**34, 2**63 - 1, -(2**63) - 1, "1e2"]
"""A decimal that a validator reads as a binary64 at its bound, an integer that no double is, and an exponent: what a
schema cannot see where the library refuses it (see `query_json_schema`)."""

RECORD = {"objectId": 7, "createDate": datetime(2024, 1, 31, tzinfo=timezone.utc),
          "updateDate": datetime(2024, 2, 1, tzinfo=timezone.utc)}  # fmt: skip
STORED = {
    PLAIN: RECORD,
    STRICT: {**RECORD, "name": "a", "tags": [], "a": {"b": {"c": 1}}},
    EMPTY: RECORD,
}


def problems(entity: Entity, body: dict[str, Any], *, is_new: bool) -> list[str]:
    """The messages of what the library finds in a body."""
    try:
        entity.read(json_object(json.dumps(body).encode()), None if is_new else STORED[entity])
    except CriteriaError as error:
        return [problem.message for problem in error.problems]
    return []


def agree(entity: Entity, body: dict[str, Any], *, is_unseen: bool = False) -> None:
    """The schemas of new objects and of changes allow a body when the library accepts it, and only then."""
    for is_new in (True, False):
        json_schema = write_json_schema(entity, is_new=is_new)
        is_valid = Draft202012Validator(json_schema).is_valid(body)
        found = problems(entity, body, is_new=is_new)
        assert is_valid == (not found) or (is_valid and is_unseen), (is_new, body, found)


@pytest.mark.heavy("every field of every entity")
@pytest.mark.parametrize("field", [*EVERY, *EXACT, Field("secret", "string")], ids=lambda field: str(field.name))
def test_values_of_each_type(field: Field) -> None:
    """Each value is allowed in a field, and in a custom property, if the library accepts it."""
    for value in VALUES:
        is_unseen = any(value in (one, [one]) for one in UNSEEN)
        agree(PLAIN, {field.name: value}, is_unseen=is_unseen)
        if field in EVERY:
            agree(PLAIN, {"customProperties": {field.name: value}}, is_unseen=is_unseen)


BODIES = st.recursive(
    st.sampled_from([None, 1, "a", [], ["a"], [None]]),
    lambda inner: st.dictionaries(
        st.sampled_from(["name", "tags", "a", "b", "c", "d", "e", "f", "g"]), inner, max_size=4
    ),
)


@given(st.fixed_dictionaries({}, optional={
    "name": BODIES, "tags": BODIES, "e": BODIES, "g": BODIES, "customProperties": BODIES,
    "a": st.one_of(BODIES, st.fixed_dictionaries({"b": st.one_of(BODIES, st.just({"c": 1}))}, optional={"d": BODIES})),
}))  # fmt: skip
def test_objects_in_objects(body: dict[str, Any]) -> None:
    """What has to have a value is needed in new objects and may be left out of changes, however deeply it is nested."""
    agree(STRICT, body)


@pytest.mark.parametrize("held", [{}, None, {"one": 1}, [], 1])
def test_custom_properties_on_an_entity_without_them(held: Any) -> None:
    """An extensible entity without custom properties has an empty object of them; others have none at all."""
    agree(EMPTY, {"customProperties": held})
    agree(STRICT, {"name": "a", "tags": [], "a": {"b": {"c": 1}}, "customProperties": held})


def test_system_properties_may_be_sent_back() -> None:
    """An object that was read may be sent back as it is; a new object has no system properties."""
    shown = STRICT.to_json(STORED[STRICT])
    assert Draft202012Validator(write_json_schema(STRICT, is_new=False)).is_valid(shown)
    assert not problems(STRICT, shown, is_new=False)
    assert not Draft202012Validator(write_json_schema(STRICT, is_new=True)).is_valid(shown)
    assert problems(STRICT, shown, is_new=True)


@given(
    st.dictionaries(st.sampled_from([field.name for field in (*EVERY, *EXACT)]), st.sampled_from(VALUES), max_size=6)
)
def test_what_is_read(body: dict[str, Any]) -> None:
    """What the library accepted is shown as the schema of objects says, references resolved or not."""
    accepted = {name: value for name, value in body.items() if not problems(PLAIN, {name: value}, is_new=True)}
    record = {**RECORD, **PLAIN.read(json_object(json.dumps({**accepted, "customProperties": {}}).encode()))}
    shown = PLAIN.to_json(record)
    user = {"type": "object", "properties": {"name": {"const": "Ann"}}, "required": ["name"]}
    json_schema = read_json_schema(PLAIN, lambda name: user if name == "user" else None)
    Draft202012Validator(json_schema).validate(shown)
    assert "secret" not in shown
    assert not Draft202012Validator(json_schema).is_valid({**shown, "hash": "x"})
    Draft202012Validator(json_schema).validate({**shown, "oneobjectRef": {"objectId": 1, "name": "Ann"}})
    assert not Draft202012Validator(json_schema).is_valid({**shown, "oneobjectRef": {"objectId": 1, "name": "Bob"}})
    assert not Draft202012Validator(json_schema).is_valid({key: shown[key] for key in shown if key != "onestring"})


def test_words_of_editors_are_left_out_of_schemas_and_not_of_names() -> None:
    """A member may have the name of a keyword that only editors know."""
    json_schema = {
        "patternErrorMessage": "no",
        "properties": {"defaultSnippets": {"type": "string", "defaultSnippets": []}},
    }
    assert portable_json_schema(json_schema) == {"properties": {"defaultSnippets": {"type": "string"}}}
