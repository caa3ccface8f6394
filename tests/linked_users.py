"""Users who refer to users, for tests of many references."""

from __future__ import annotations

from criteria import Field, Schema

LINKED = Schema(
    "users",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("friends", "objectRef", object_entity_type="users", is_list=True),
        Field("boss", "objectRef", object_entity_type="users"),
    ],
    system_properties=False,
)
