"""Schemas and fields are values: they compare, hash, print in a line, travel, and cannot be changed."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from criteria import Field, Schema
from criteria.conformance import schemas


@pytest.mark.parametrize("schema", schemas.ALL.values(), ids=lambda one: one.name)
def test_equal_schemas(schema: Schema) -> None:
    """A schema equals its copies and hashes alike, and what it finds is in them too."""
    for again in (copy.deepcopy(schema), copy.copy(schema), pickle.loads(pickle.dumps(schema))):  # noqa: S301
        assert again == schema
        assert hash(again) == hash(schema)
        assert all(again.find(name) == schema.find(name) is not None for name in schema.names)


@pytest.mark.parametrize(
    "other",
    [
        Schema("other", [Field("a", "string")]),
        Schema("s", [Field("a", "string"), Field("b", "string")]),
        Schema("s", [Field("a", "integer")]),
        Schema("s", [Field("a", "string", is_list=True)]),
        Schema("s", [Field("a", "string", nullable=False)]),
        Schema("s", [Field("a", "string", column="b")]),
        Schema("s", [Field("a", "string")], system_properties=False),
        Schema("s", [Field("a", "string")], max_limit=5),
    ],
)
def test_different_schemas(other: Schema) -> None:
    """Schemas that differ in anything that matters are not equal."""
    assert other != Schema("s", [Field("a", "string")])


@pytest.mark.parametrize("attribute", ["name", "fields", "max_limit"])
def test_schemas_do_not_change(attribute: str) -> None:
    """No attribute of a schema can be set or deleted, nor can a new one be added."""
    schema = Schema("s", [Field("a", "string")])
    with pytest.raises(AttributeError):
        setattr(schema, attribute, None)
    with pytest.raises(AttributeError):
        delattr(schema, attribute)
    with pytest.raises((AttributeError, TypeError)):
        schema.another = 1  # type: ignore[attr-defined]


def test_fields_do_not_change() -> None:
    """No attribute of a field can be set."""
    field = Field("a", "string")
    for attribute in ("name", "field_type", "nullable", "path"):
        with pytest.raises(AttributeError):
            setattr(field, attribute, "b")


def test_a_schema_copies_its_arguments() -> None:
    """Changing the list or the object that a schema was made of does not change the schema."""
    fields = [Field("a", "string")]
    source: dict[str, Any] = {"name": "s", "fields": [{"name": "a", "fieldType": "string"}]}
    built, read = Schema("s", fields), Schema.from_json(source)
    fields.append(Field("b", "string"))
    source["fields"].append({"name": "b", "fieldType": "string"})
    assert built == read == Schema("s", (one for one in [Field("a", "string")]))


def test_printing() -> None:
    """A schema prints its name and size, a field prints what it was made of."""
    assert repr(Schema("user", [Field("a", "string")])) == "Schema('user', 4 fields)"
    assert len(repr(schemas.HOSTILE_NAMES)) < 40
    assert repr(Schema("user", [], system_properties=False, max_limit=5)) == "Schema('user', 0 fields, max_limit=5)"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (Field("age", "integer"), "Field('age', integer)"),
        (Field("price", "decimal", precision=30, scale=10), "Field('price', decimal)"),
        (Field("price", "decimal", precision=5, scale=2), "Field('price', decimal, precision=5, scale=2)"),
        (Field("price", "decimal", precision=5), "Field('price', decimal, precision=5)"),
        (Field("at", "dateTime", precision=6), "Field('at', dateTime, precision=6)"),
        (Field("p.a", "string", column="p"), "Field('p.a', string)"),
        (Field("a", "string", column="b", collation="binary"), "Field('a', string, column='b', collation='binary')"),
        (Field("a", "string", is_list=True, nullable=False), "Field('a', string, is_list=True, nullable=False)"),
        (
            Field("a", "objectRef", object_entity_type="user", is_unique=True),
            "Field('a', objectRef, object_entity_type='user', is_unique=True)",
        ),
        (Field("a", "string", description="x" * 500), "Field('a', string, description='" + "x" * 56 + "...)"),
    ],
)
def test_printing_a_field(field: Field, text: str) -> None:
    """A field prints its name, its type, and what is not the default."""
    assert repr(field) == text


def test_replacing_an_attribute() -> None:
    """dataclasses.replace makes another field, with all checks."""
    from dataclasses import replace

    from criteria import CriteriaError

    field = Field("a", "string")
    assert replace(field, nullable=False) == Field("a", "string", nullable=False)
    with pytest.raises(CriteriaError):
        replace(field, precision=5)
