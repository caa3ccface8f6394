"""The examples of queries that documentation shows."""

from __future__ import annotations

import pytest

import criteria
from criteria import Field, FieldType, Schema
from criteria.conformance import schemas
from criteria.json_schema.examples import examples

SCHEMAS = [schema for schema in vars(schemas).values() if isinstance(schema, Schema)]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_examples_are_allowed(schema: Schema) -> None:
    """Each is accepted, and there is one that compares and one that combines."""
    first, second = examples(schema)
    assert len({criteria.parse(example, schema) for example in (first, second, {})}) == 3


@pytest.mark.parametrize("field_type", FieldType)
def test_every_type_has_an_example(field_type: FieldType) -> None:
    """Alone, and as a list."""
    target = "x" if field_type is FieldType.OBJECT_REF else None
    for is_list in (False, True):
        field = Field("it", field_type, is_list=is_list, object_entity_type=target)
        schema = Schema("one", [field], system_properties=False)
        [example] = examples(schema)
        assert criteria.parse(example, schema) != criteria.parse({}, schema)


def test_schemas_without_fields_and_with_a_key_alone() -> None:
    """There is always an example."""
    assert examples(Schema("none", [], system_properties=False)) == [{}]
    key = Schema("key", [Field("id", "integer", nullable=False)], system_properties=False, key=["id"])
    assert examples(key) == [{"id": {"$gte": 1}}]
