"""Entities that refer to each other, and records whose references refer to few objects."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from criteria import Field, ObjectList, Schema
from criteria.conformance.strategies import records


def refers(name: str, entity: str, **attributes: Any) -> Field:
    """A reference."""
    return Field(name, "objectRef", object_entity_type=entity, **attributes)


ID = Field("objectId", "integer", is_unique=True, nullable=False)
USER = Schema(
    "user",
    [
        ID,
        Field("email", "string"),
        Field("age", "integer"),
        refers("organization", "organization"),
        refers("friends", "user", is_list=True),
        refers("profile.boss", "user"),
    ],
    system_properties=False,
)
ORGANIZATION = Schema(
    "organization",
    [
        Field("code", "integer", is_unique=True, nullable=False),
        Field("name", "string", column="label"),
        Field("size", "decimal", precision=10, scale=2),
        refers("owner", "user", column="code_of_owner"),
    ],
    system_properties=False,
)
ENTITIES = {"user": USER, "organization": ORGANIZATION}
OWN = [
    Field("id", "integer", is_unique=True, nullable=False),
    Field("name", "string"),
    refers("user", "user", column="objectId"),
    refers("guests", "user", is_list=True),
    refers("more.user", "user"),
    refers("more.guests", "user", is_list=True),
    refers("organization", "organization", nullable=False),
]
DISCOUNT = Schema("discount", OWN, system_properties=False).with_entities(ENTITIES)
ITEMS = ObjectList("items", [Field("sku", "string"), refers("user", "user"), refers("guests", "user", is_list=True)])
ORDER = Schema("order", [OWN[0], refers("user", "user"), ITEMS], system_properties=False).with_entities(ENTITIES)

IDS = (1, 2, 3, -5, 2**53 + 1, 2**63 - 1)
"""Ids of objects that may exist."""

REFERRED = (*IDS, 4, 2**53, 0)
"""Ids to which references refer: some dangle."""


@st.composite
def linked(draw: st.DrawFn, schema: Schema, max_size: int = 4) -> list[dict[str, Any]]:
    """Records whose references refer to few ids. Those of entities have ids that others refer to."""
    found = draw(records(schema, max_size))
    for record in found:
        relink(draw, schema, record)
    if schema.name in ENTITIES:
        key = schema.key[0].name
        ids = draw(st.permutations(IDS))
        found = [{**record, key: number} for record, number in zip(found, ids, strict=False)]
    return found


def relink(draw: st.DrawFn, schema: Schema, record: dict[str, Any]) -> None:
    """Makes the references of a record refer to few ids: null and the same one twice are among them."""
    for field in schema.fields:
        *outer, last = field.path
        holder: Any = record
        for segment in outer:
            holder = holder.get(segment) if isinstance(holder, dict) else None
        if field.object_entity_type is None or not isinstance(holder, dict) or holder.get(last) is None:
            continue
        one = st.sampled_from(REFERRED)
        many = st.lists(st.one_of(one, st.none()), max_size=4)
        holder[last] = draw(many if field.is_list else one)
    for objects in schema.object_lists:
        for item in record.get(objects.name) or []:
            if item is not None:
                relink(draw, objects.element, item)


WORLD = st.fixed_dictionaries({name: linked(schema) for name, schema in ENTITIES.items()})


def by_id(world: dict[str, list[dict[str, Any]]]) -> dict[str, dict[int, dict[str, Any]]]:
    """The typed records of the entities, by their ids."""
    return {
        name: {row[ENTITIES[name].key[0].name]: ENTITIES[name].decode(row) for row in rows}
        for name, rows in world.items()
    }
