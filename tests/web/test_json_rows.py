"""`JsonRows`: a page read by its columns is the page that is read by its rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field
from criteria.conformance.schemas import field_of
from criteria.conformance.strategies import records
from criteria.schema.field import FieldType
from criteria.web import Entity
from criteria.web.json_rows import JsonRows
from tests.conftest import capped

FIELDS = [
    Field("name", "string", nullable=False),
    Field("color", "string", values=["red", "green"]),
    Field("tags", "string", is_list=True),
    Field("friends", "objectRef", is_list=True, object_entity_type="thing"),
    *(field_of(kind, kind.value) for kind in FieldType if kind is not FieldType.STRING),
]
ENTITY = Entity("thing", FIELDS, hidden=[Field("secret", "string")], on_request=["friends"], custom_properties=[])
NESTED = Entity(
    "thing", [Field("name", "string"), Field("at.place", "string")], custom_properties=[Field("n", "integer")]
)


def long_way(entity: Entity, storage: Any, rows: list[Any]) -> list[dict[str, Any]]:
    """What `Entity.to_json` returns for the typed records of some rows."""
    return [entity.to_json(storage.decode(row)) for row in rows]


@pytest.mark.parametrize("entity", [ENTITY, NESTED], ids=["columns", "nested"])
def test_rows_that_sqlite_returns_become_what_their_records_become(entity: Entity) -> None:
    """Stored records of every type, missing values, dateTimes on 29 February and texts beyond ASCII among them."""
    storage = criteria.storage(entity.stored, "sqlite")
    rows_of = JsonRows(entity, storage)

    @settings(max_examples=capped(settings().max_examples))
    @given(stored=records(entity.stored, 3))
    def same(stored: list[dict[str, Any]]) -> None:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute(storage.create_table)
            for record in stored:
                connection.execute(storage.insert, storage.encode(entity.stored.decode(record)))
            rows = connection.execute(f'SELECT * FROM "{entity.name}"').fetchall()
        assert rows_of.to_json(rows) == long_way(entity, storage, rows)

    same()


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.integers(),
    st.floats(),
    st.text(max_size=3),
    st.binary(max_size=2),
    st.sampled_from(
        ["2024-02-29T00:00:00.000Z", "2023-02-29T00:00:00.000Z", "0000-01-01T00:00:00.000Z", "2024-01-01T24:00:00.000Z",
         "2024-04-31T00:00:00.000Z", "2024-01-01T00:00:00Z", "2024-01-01", "1.50", "01", "\ud800", "a\0", "[]", "[1]",
         '["a", null]', "[[1]]", "red", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"]
    ),
)  # fmt: skip


@given(cell=CELLS, at=st.integers(0, 20))
def test_rows_with_any_cell_become_what_their_records_become_or_are_refused_alike(cell: object, at: int) -> None:
    """A damaged cell, also of a field that clients do not see, is a problem with the same words."""
    storage = criteria.storage(ENTITY.stored, "sqlite")
    usual = {"objectId": 1, "name": "n", **dict.fromkeys(one.value for one in FieldType if one.value != "string")}
    good = storage.encode(ENTITY.stored.decode({**usual, "createDate": None, "updateDate": None}))
    bad = tuple(cell if index == at % len(good) else value for index, value in enumerate(good))
    outcomes = []
    for read in (JsonRows(ENTITY, storage).to_json, lambda rows: long_way(ENTITY, storage, rows)):
        try:
            outcomes.append(repr(read([good, bad])))
        except CriteriaError as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]
