"""Tables that Django creates and writes: generated queries select the rows that the Python predicate does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest

import criteria
from criteria import Field, Schema
from tests.conftest import Engines, require
from tests.django.databases import configured, database_of
from tests.tables import orms

FIELDS = (
    orms.KEY,
    Field("name", "string", column="full_name"),
    Field("notes", "string"),
    Field("slug", "string"),
    Field("small", "integer"),
    Field("whole", "integer"),
    Field("big", "integer"),
    Field("count", "integer"),
    Field("isGift", "boolean", column="Is Gift"),
    Field("total", "decimal", precision=12, scale=2),
    Field("weight", "double"),
    Field("day", "date"),
    Field("sentAt", "dateTime", column="sent_at", precision=6, time_zone="UTC"),
    Field("token", "guid"),
    Field("legacy", "guid"),
    Field("mood", "string"),
    Field("tags", "string", is_list=True),
    Field("codes", "integer", is_list=True),
    Field("meta.name", "string"),
    Field("meta.size", "integer"),
    Field("meta.at", "dateTime"),
    Field("meta.token", "guid"),
)
SCHEMA = Schema("django", FIELDS, system_properties=False)

HOLDS: dict[str, Callable[[Any], bool]] = {
    "name": orms.is_short,
    "slug": orms.is_short,
    "small": orms.within(16),
    "whole": orms.within(32),
    "count": lambda value: 0 <= value < 2**31,
    "mood": orms.is_label,
}
MARIADB_HOLDS = HOLDS | {"day": orms.is_modern, "sentAt": orms.is_modern, "token": orms.is_standard}


def model(database: str) -> Any:
    """A model with every type of column."""
    models: Any = import_module("django.db.models")

    # CHAR(32) everywhere, as Django's documentation advises for tables of older releases.
    char_uuid_field: Any = type(
        "CharUUIDField",
        (models.UUIDField,),
        {
            "db_type": lambda self, connection: "char(32)",
            "get_db_prep_value": lambda self, value, connection, prepared=False: value and value.hex,
        },
    )
    choices = [(label, label) for label in orms.LABELS]
    empty = {"null": True, "blank": True}
    return type(
        f"Row_{database.replace('-', '_')}",
        (models.Model,),
        {
            "__module__": __name__,
            "Meta": type("Meta", (), {"app_label": "foreign", "db_table": "rows_of_django"}),
            "id": models.IntegerField(primary_key=True),
            "name": models.CharField(max_length=60, db_column="full_name", **empty),
            "notes": models.TextField(**empty),
            "slug": models.SlugField(max_length=60, **empty),
            "small": models.SmallIntegerField(**empty),
            "whole": models.IntegerField(**empty),
            "big": models.BigIntegerField(**empty),
            "count": models.PositiveIntegerField(**empty),
            "isGift": models.BooleanField(db_column="Is Gift", **empty),
            "total": models.DecimalField(max_digits=12, decimal_places=2, **empty),
            "weight": models.FloatField(**empty),
            "day": models.DateField(**empty),
            "sentAt": models.DateTimeField(db_column="sent_at", **empty),
            "token": models.UUIDField(**empty),
            "legacy": char_uuid_field(**empty),
            "mood": models.CharField(max_length=4, choices=choices, **empty),
            "tags": models.JSONField(**empty),
            "codes": models.JSONField(**empty),
            "meta": models.JSONField(**empty),
        },
    )


class DjangoTable:
    """The table of the model, and Django's connection to it."""

    def __init__(self, name: str, database: Mapping[str, Any]) -> None:
        self.schema, self.name = SCHEMA, name
        self.wrapper = configured(name, dict(database))
        self.model = model(name)
        self.drop()
        with self.wrapper.schema_editor() as editor:
            editor.create_model(self.model)
        self.wrapper.ensure_connection()
        self.table = criteria.tables.reflect(self.wrapper.connection, "rows_of_django", SCHEMA)

    @contextmanager
    def holding(self, typed: Sequence[dict[str, Any]]) -> Iterator[None]:
        transaction = import_module("django.db.transaction")
        with transaction.atomic(using=self.name):
            for record in typed:  # bulk_create cuts char(32) to one character on PostgreSQL: it casts to char[]
                self.model(**written(record)).save(using=self.name, force_insert=True)
            yield
            transaction.set_rollback(True, using=self.name)

    def rows(self, text: str, params: Any) -> list[Any]:
        return orms.run(self.wrapper.connection, text, params)

    def drop(self) -> None:
        with self.wrapper.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS rows_of_django")

    def close(self) -> None:
        self.drop()
        self.wrapper.close()


def written(record: dict[str, Any]) -> dict[str, Any]:
    """What a program gives to the model for a typed record."""
    values = {one.name: record.get(one.name) for one in FIELDS if not one.is_nested}
    meta = record.get("meta")
    return values | {"meta": meta and {name: orms.text_in_json(value) for name, value in meta.items()}}


@contextmanager
def django_table(name: str, engines: Engines) -> Iterator[DjangoTable]:
    require("Django 5", orms.missing_orm("django", 5))
    engines.get(name)
    opened = DjangoTable(name, database_of(name, engines))
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.parametrize("name", ["sqlite", "postgres-natural", "mariadb"])
def test_rows_that_django_wrote_are_those_of_the_predicate(name: str, engines: Engines) -> None:
    with django_table(name, engines) as table:
        orms.check_agreement(table, MARIADB_HOLDS if name == "mariadb" else HOLDS)
