"""The schema file (docs/language.md#schema)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from criteria import Field, FieldType, Schema

FILE: dict[str, Any] = {
    "name": "user",
    "maxLimit": 50,
    "fields": [
        {"name": "email", "fieldType": "string", "isUnique": True, "nullable": False, "collation": "binary"},
        {"name": "First Name", "fieldType": "string", "column": "first_name", "description": "given name"},
        {"name": "active", "fieldType": "boolean"},
        {"name": "price", "fieldType": "decimal", "precision": 12, "scale": 2},
        {"name": "height", "fieldType": "double"},
        {"name": "lastLogin", "fieldType": "dateTime", "precision": 6, "timeZone": "UTC"},
        {"name": "key", "fieldType": "guid"},
        {"name": "organizations", "fieldType": "objectRef", "objectEntityType": "organization", "isList": True},
        {"name": "address.city", "fieldType": "string"},
        {"name": "address.geo.lat", "fieldType": "double", "nullable": True},
    ],
    "customProperties": [
        {"name": "age", "fieldType": "integer", "description": "years", "isUnique": False, "isList": False},
        {"name": "manager", "fieldType": "objectRef", "objectEntityType": "user"},
    ],
}

BUILT = Schema(
    "user",
    [
        Field("email", FieldType.STRING, is_unique=True, nullable=False, collation="binary"),
        Field("First Name", "string", column="first_name", description="given name"),
        Field("active", "boolean"),
        Field("price", "decimal", precision=12, scale=2),
        Field("height", "double"),
        Field("lastLogin", "dateTime", precision=6, time_zone="UTC"),
        Field("key", "guid"),
        Field("organizations", "objectRef", object_entity_type="organization", is_list=True),
        Field("address.city", "string"),
        Field("address.geo.lat", "double"),
    ],
    custom_properties=[
        Field("age", "integer", description="years"),
        Field("manager", "objectRef", object_entity_type="user"),
    ],
    max_limit=50,
)


def test_from_json_and_the_constructor_agree() -> None:
    """A schema from text, from bytes, from a decoded object and from Python is the same schema."""
    text = json.dumps(FILE, indent=2)
    for source in (FILE, text, text.encode(), "\ufeff" + text, b"\xef\xbb\xbf" + text.encode()):
        schema = Schema.from_json(source)
        assert schema == BUILT
        assert hash(schema) == hash(BUILT)
        assert schema.max_limit == 50


def test_system_properties() -> None:
    """A schema has objectId, createDate and updateDate, unless the file leaves them out (docs/language.md#schema)."""
    assert BUILT.names[:3] == ("objectId", "createDate", "updateDate")
    types = [one.field_type for one in BUILT.fields[:3]]
    assert types == [FieldType.INTEGER, FieldType.DATE_TIME, FieldType.DATE_TIME]
    assert [(one.name, one.is_unique, one.nullable) for one in BUILT.key] == [("objectId", True, False)]
    for source in ({**FILE, "systemProperties": False}, {**FILE, "systemProperties": True}):
        names = Schema.from_json(source).names
        assert ("objectId" in names) is source["systemProperties"]


def test_the_key_without_system_properties() -> None:
    """Without system properties the first field that is unique, not nullable and in a column of its own is the key."""
    candidates = [
        Field("nullable", "integer", is_unique=True),
        Field("plain", "integer", nullable=False),
        Field("list", "integer", is_unique=True, nullable=False, is_list=True),
        Field("p.nested", "integer", is_unique=True, nullable=False),
    ]
    assert Schema("s", candidates, system_properties=False).key == ()
    guid, number = (
        Field("g", "guid", is_unique=True, nullable=False),
        Field("n", "integer", is_unique=True, nullable=False),
    )
    assert Schema("s", [*candidates, guid, number], system_properties=False).key == (guid,)
    assert Schema("s", [], system_properties=False).key == ()


def test_custom_properties() -> None:
    """Custom properties are addressed as customProperties.<name>, and by no shorter name."""
    age = BUILT.find("customProperties.age")
    assert age is not None
    assert (age.field_type, age.path, age.column) == (
        FieldType.INTEGER,
        ("customProperties", "age"),
        "customProperties",
    )
    assert age.is_nested
    assert BUILT.find("age") is None
    manager = BUILT.find("customProperties.manager")
    assert manager is not None
    assert manager.object_entity_type == "user"


def test_columns() -> None:
    """A value is stored in the column of its name, of the first segment of its path, or where the schema says."""
    columns = {one.name: one.column for one in BUILT.fields}
    assert columns["email"] == "email"
    assert columns["First Name"] == "first_name"
    assert columns["address.city"] == columns["address.geo.lat"] == "address"
    moved = Schema("s", [Field("a.b", "string", column="doc"), Field("a.c", "string", column="doc")])
    assert {one.column for one in moved.fields[3:]} == {"doc"}


@pytest.mark.parametrize(
    ("arguments", "precision", "scale"),
    [
        ({"field_type": "decimal"}, 30, 10),
        ({"field_type": "decimal", "precision": 34}, 34, 10),
        ({"field_type": "decimal", "precision": 5}, 5, 5),
        ({"field_type": "decimal", "precision": 34, "scale": 0}, 34, 0),
        ({"field_type": "decimal", "precision": 1, "scale": 1}, 1, 1),
        ({"field_type": "dateTime"}, 3, None),
        ({"field_type": "dateTime", "precision": 6}, 6, None),
        ({"field_type": "string"}, None, None),
    ],
)
def test_defaults_of_precision_and_scale(arguments: dict[str, Any], precision: int | None, scale: int | None) -> None:
    """A decimal has 30 digits, 10 of them behind the point, a dateTime three digits of a second, by default."""
    one = Field("f", **arguments)
    assert (one.precision, one.scale) == (precision, scale)


def test_a_field_that_says_its_defaults() -> None:
    """A field with a default written out equals the field without it."""
    assert Field("price", "decimal") == Field("price", "decimal", precision=30, scale=10, column="price", nullable=True)
    assert Field("at", "dateTime") == Field("at", FieldType.DATE_TIME, precision=3)
    plain = Schema.from_json({"name": "s", "fields": [{"name": "a", "fieldType": "string"}]})
    written = {"name": "a", "fieldType": "string", "nullable": True, "isList": False, "isUnique": False, "column": "a"}
    assert plain == Schema.from_json({"name": "s", "fields": [written], "systemProperties": True})


def test_null_in_the_file_is_absence() -> None:
    """An attribute that is null counts as missing, where it may be missing."""
    written = {"name": "a", "fieldType": "decimal", "description": None, "objectEntityType": None, "column": None,
               "precision": None, "scale": None, "collation": None, "timeZone": None}  # fmt: skip
    schema = Schema.from_json({"name": "s", "fields": [written], "maxLimit": None})
    assert schema == Schema("s", [Field("a", "decimal")])


def test_references_by_their_id() -> None:
    """reference.objectId is the reference; of another field it is nothing."""
    assert BUILT.find("organizations.objectId") == BUILT.find("organizations")
    assert BUILT.find("customProperties.manager.objectId") == BUILT.find("customProperties.manager")
    assert BUILT.find("email.objectId") is None
    assert BUILT.find(".objectId") is None
    assert BUILT.find("objectId.objectId") is None


@pytest.mark.parametrize("kind", list(FieldType))
@pytest.mark.parametrize("is_list", [False, True])
def test_every_type(kind: FieldType, is_list: bool) -> None:
    """Every type can be declared by its name, as a value and as a list (docs/language.md#types)."""
    entry = {"name": "a", "fieldType": kind.value, "isList": is_list}
    if kind is FieldType.OBJECT_REF:
        entry["objectEntityType"] = "contentItem"
    schema = Schema.from_json({"name": "s", "customProperties": [entry]})
    found = schema.find("customProperties.a")
    assert found is not None
    assert (found.field_type, found.is_list) == (kind, is_list)
