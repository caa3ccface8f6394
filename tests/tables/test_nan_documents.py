"""Pages by cursor through NaN and infinities in documents of MongoDB, which sorts NaN below all numbers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import inf, nan
from typing import Any

import pytest

import criteria
from criteria import Field, Page, Schema, Search
from criteria.tables import Collection
from tests.conftest import Engines
from tests.search.walks import walk
from tests.tables.foreign import KEY
from tests.tables.test_nan_pages import ORDERS

VALUES = (nan, 2.0, None, inf, nan, -1.0, None, -inf, 2.0, nan, 0.0)
"""The values of documents 1, 2, ..."""

FIELDS = [
    pytest.param(Field("value", "double"), {}, False, id="double"),
    pytest.param(Field("value", "decimal", precision=12, scale=2), {}, False, id="decimal"),
    pytest.param(Field("value", "decimal", precision=12, scale=2), {}, True, id="decimal, some of them doubles"),
    pytest.param(Field("value", "decimal", precision=12, scale=2), {"value": "double"}, False, id="decimal as double"),
    pytest.param(Field("in.value", "double"), {}, False, id="double in an object"),
    pytest.param(Field("in.value", "decimal", precision=12, scale=2), {}, False, id="decimal in an object"),
    pytest.param(Field("in.value", "decimal", precision=12, scale=2), {}, True, id="decimal in an object, mixed"),
]
"""The field, how it is stored, and whether every second decimal is a double."""


def document(number: int, value: float | None, field: Field, stored: Mapping[str, str], mixed: bool) -> dict[str, Any]:
    """A document with a value of a field."""
    from bson import Decimal128

    is_decimal = field.field_type.value == "decimal" and not stored and not (mixed and number % 2)
    held: Any = Decimal128(Decimal(value)) if is_decimal and value is not None else value
    return {"id": number, "same": 3, **({"in": {"value": held}} if field.is_nested else {"value": held})}


@pytest.mark.heavy("walks on MongoDB")
@pytest.mark.parametrize("strict", [False, True], ids=["", "strict"])
@pytest.mark.parametrize(("field", "stored", "mixed"), FIELDS)
def test_a_walk_by_cursor_loses_no_document(
    field: Field, stored: Mapping[str, str], mixed: bool, strict: bool, engines: Engines
) -> None:
    """Each document comes once, also where the cursor is the position of a NaN, of an infinity or of a null."""
    engine: Any = engines.get("mongodb")
    engine.database.drop_collection("nan_pages")
    collection = engine.database["nan_pages"]
    collection.insert_many([document(number, value, field, stored, mixed) for number, value in enumerate(VALUES, 1)])
    schema = Schema("foreign", [KEY, field, Field("same", "integer")], system_properties=False)
    options: dict[str, Any] = {"strict": strict}
    if stored:
        options["collection"] = Collection(schema, dict(stored))

    def run(search: Search) -> Page:
        compiled = criteria.compile(search, "mongo", **options)
        rows = collection.find(compiled.filter, sort=list(compiled.sort), limit=compiled.limit or 0,
                               collation=compiled.collation)  # fmt: skip
        page = search.page(list(rows))
        return Page(tuple(one["id"] for one in page.data), page.has_more_records)

    documents = {one["id"]: one for one in collection.find()}
    name = field.name
    for order in (*(one.replace("value", name) for one in ORDERS), f"same, {name}", f"same desc, {name} desc"):
        for limit in (1, 3):
            search = criteria.parse_search({"orderBy": order, "limit": limit}, schema)
            assert walk(search, documents, run) == [], (order, limit)


@pytest.mark.heavy("walks on MongoDB")
def test_nan_in_a_field_that_is_never_null(engines: Engines) -> None:
    """A schema says nothing about NaN."""
    engine: Any = engines.get("mongodb")
    engine.database.drop_collection("nan_pages")
    collection = engine.database["nan_pages"]
    collection.insert_many(
        [{"id": number, "value": value} for number, value in enumerate(VALUES, 1) if value is not None]
    )
    schema = Schema("foreign", [KEY, Field("value", "double", nullable=False)], system_properties=False)

    def run(search: Search) -> Page:
        compiled = criteria.compile(search, "mongo")
        rows = collection.find(compiled.filter, sort=list(compiled.sort), limit=compiled.limit or 0)
        page = search.page(list(rows))
        return Page(tuple(one["id"] for one in page.data), page.has_more_records)

    documents = {one["id"]: one for one in collection.find()}
    for order in ORDERS:
        assert walk(criteria.parse_search({"orderBy": order, "limit": 2}, schema), documents, run) == [], order
