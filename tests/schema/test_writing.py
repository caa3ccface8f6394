"""Schema files that the library writes are read as the same schema."""

from __future__ import annotations

import pytest

from criteria import Field, Schema
from criteria.conformance import schemas
from criteria.schema.writing import schema_file

EVERYTHING = Schema(
    "everything",
    [
        Field("id", "integer", is_unique=True, nullable=False, description="the number of the order"),
        Field("First Name", "string", column="first_name", collation="binary"),
        Field("status", "string", values=["open", "paid"]),
        Field("paidAt", "dateTime", precision=6, time_zone="UTC"),
        Field("owner", "objectRef", object_entity_type="user", is_list=True),
        Field("total", "decimal", precision=12, scale=2),
        Field("address.city", "string"),
    ],
)


@pytest.mark.parametrize("schema", [EVERYTHING, *schemas.ALL.values()], ids=lambda one: one.name)
def test_a_written_schema_is_read_as_itself(schema: Schema) -> None:
    """With every key that a field may have; descriptions too."""
    again = Schema.from_json(schema_file(schema))
    assert again == schema
    assert [field.description for field in again.fields] == [field.description for field in schema.fields]
