"""Pages by cursor through documents whose values PyMongo returns as its codec options say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

import criteria
from criteria import CriteriaError, Field, Page, Schema, Search
from tests.conftest import Engines
from tests.tables.foreign import KEY
from tests.tables.test_pages_of_json import check_walks

heavy = pytest.mark.heavy("walks on MongoDB")

GUIDS = [UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), UUID("a0000000-0000-4000-8000-000000000000"), UUID(int=7)]
INSTANTS = [datetime(2026, 6, 1, 12), datetime(1969, 12, 31, 23, 59, 59, 999_000), datetime(2026, 6, 1)]
DAYS = [datetime(2026, 6, 1), datetime(1969, 12, 31), datetime(2026, 6, 1), datetime(1, 1, 1)]
REPRESENTATIONS = {"pythonLegacy": 3, "javaLegacy": 5, "csharpLegacy": 6}
PLACES = pytest.mark.parametrize("name", ["value", "in.value"], ids=["", "nested"])


def collection_of(engines: Engines, name: str, values: Sequence[Any], **options: Any) -> Any:
    """A collection with a document for each value, one with null and one without, read with codec options."""
    from bson.codec_options import CodecOptions

    engine: Any = engines.get("mongodb")
    engine.database.drop_collection("document_pages")
    cells: list[dict[str, Any]] = [{"value": one} for one in (*values, None)]
    documents = [{"in": one} if name != "value" else one for one in cells]
    collection = engine.database.get_collection("document_pages", CodecOptions(**options))
    collection.insert_many([{"id": number, **one} for number, one in enumerate((*documents, {}), 1)])
    return collection


def pages(collection: Any, table: Any) -> Callable[[Search], Page]:
    def page_of(search: Search) -> Page:
        compiled = criteria.compile(search, "mongo", collection=table)
        found = collection.find(compiled.filter, sort=list(compiled.sort), skip=compiled.skip, limit=compiled.limit)
        page = search.page(list(found))
        return Page(tuple((one["id"],) for one in page.data), page.has_more_records, cursors=page.cursors)

    return page_of


def schema_of(field: Field) -> Schema:
    return Schema("foreign", [KEY, field], system_properties=False)


@heavy
@PLACES
@pytest.mark.parametrize("representation", [0, 3, 4, 5, 6])
def test_guids(name: str, representation: int, engines: Engines) -> None:
    """Of subtype 4, which PyMongo returns as UUIDs or as binary values."""
    from bson import Binary

    values = [Binary.from_uuid(one) for one in GUIDS]
    collection = collection_of(engines, name, values, uuid_representation=representation)
    schema = schema_of(Field(name, "guid"))
    check_walks(schema, pages(collection, criteria.tables.collection(collection, schema)), limits=[1])


@heavy
@PLACES
def test_guids_in_the_order_of_bytes_of_pythons_driver(name: str, engines: Engines) -> None:
    order = "pythonLegacy"
    collection = collection_of(engines, name, GUIDS, uuid_representation=REPRESENTATIONS[order])
    schema = schema_of(Field(name, "guid"))
    check_walks(schema, pages(collection, criteria.tables.collection(collection, schema, {name: order})), limits=[1])


@heavy
@PLACES
@pytest.mark.parametrize("order", ["javaLegacy", "csharpLegacy"])
def test_orders_by_guids_of_other_drivers_are_refused(name: str, order: str, engines: Engines) -> None:
    """MongoDB sorts by the bytes, which are in another order than the digits."""
    collection = collection_of(engines, name, GUIDS, uuid_representation=REPRESENTATIONS[order])
    schema = schema_of(Field(name, "guid"))
    page_of = pages(collection, criteria.tables.collection(collection, schema, {name: order}))
    with pytest.raises(CriteriaError, match="whose guids MongoDB sorts in another order of bytes") as refused:
        page_of(criteria.parse_search({"orderBy": name, "limit": 1}, schema))
    assert [problem.code for problem in refused.value.problems] == ["unsupported"]


@heavy
@PLACES
@pytest.mark.parametrize("representation", [0, 4])
def test_no_cursor_is_made_of_a_guid_in_an_unknown_order_of_bytes(
    name: str, representation: int, engines: Engines
) -> None:
    from bson import Binary

    values = [Binary.from_uuid(one, 3) for one in GUIDS]
    collection = collection_of(engines, name, values, uuid_representation=representation)
    schema = schema_of(Field(name, "guid"))
    page_of = pages(collection, criteria.tables.collection(collection, schema, {name: "pythonLegacy"}))
    page = page_of(criteria.parse_search({"orderBy": f"{name} desc", "limit": 1}, schema))
    with pytest.raises(CriteriaError, match="in an order of bytes that is not known") as refused:
        _ = page.next_cursor
    assert "uuid_representation" in str(refused.value)


@heavy
@pytest.mark.parametrize("order", list(REPRESENTATIONS))
def test_a_collection_that_reads_other_guids_is_refused(order: str, engines: Engines) -> None:
    schema = schema_of(Field("value", "guid"))
    for read_as, representation in REPRESENTATIONS.items():
        collection = collection_of(engines, "value", [], uuid_representation=representation)
        if read_as == order:
            criteria.tables.collection(collection, schema, {"value": order})
            continue
        with pytest.raises(CriteriaError, match=f'PyMongo reads field "value" as {read_as}') as refused:
            criteria.tables.collection(collection, schema, {"value": order}, verify=False)
        assert [problem.code for problem in refused.value.problems] == ["unfit_column"]


@heavy
@PLACES
@pytest.mark.parametrize("options", [{}, {"tz_aware": True}, {"datetime_conversion": 3}], ids=["naive", "aware", "ms"])
def test_instants_and_days(name: str, options: dict[str, Any], engines: Engines) -> None:
    """Days that are stored as instants at midnight, and instants, which PyMongo returns in three ways."""
    if "datetime_conversion" in options:
        from bson.codec_options import DatetimeConversion

        options = {"datetime_conversion": DatetimeConversion.DATETIME_MS}
    for field, values, stored in (
        (Field(name, "dateTime"), INSTANTS, None),
        (Field(name, "date"), DAYS, {name: "date"}),
    ):
        collection = collection_of(engines, name, values, **options)
        schema = schema_of(field)
        table = criteria.tables.collection(collection, schema, stored)
        check_walks(schema, pages(collection, table), limits=[1])
