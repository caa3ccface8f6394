"""Orders with their company, labels and items: written through Django, read back as instances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import criteria
from criteria import Field, Schema
from tests.conftest import Engines, require
from tests.django.databases import configured, database_of
from tests.tables import orms

JSON = {
    "meta": [
        Field("name", "string"), Field("size", "integer"), Field("at", "dateTime"), Field("token", "guid"),
        Field("tags", "string", is_list=True),
    ],
    "codes": [Field("codes", "integer", is_list=True)],
}  # fmt: skip

SETTINGS = {"settings": [Field("theme", "string"), Field("limits", "integer", is_list=True)]}

TYPES = {"mood": "string"}
"""`mood` without its choices: generated operands are any strings."""


def asked_orders(models: Any) -> Any:
    """What may be asked of orders: over relations to one row and to many, and over two of them."""
    made = criteria.django.model
    company = made(
        models.Company,
        include=["name", "founded"],
        json=SETTINGS,
        relations={"parent": ["name"], "children": made(models.Company, include=["name"], exclude=["id"])},
    )
    items = made(models.Item, include=["price", "text"], exclude=["id"])
    relations = {"company": company, "labels": made(models.Label, exclude=["id"]), "items": items}
    return made(models.Order, json=JSON, types=TYPES, relations=relations)


HOLDS: dict[str, Any] = {
    "name": orms.is_short, "slug": orms.is_short, "small": orms.within(15), "whole": orms.within(32),
    "count": lambda value: 0 <= value < 2**31, "mood": lambda value: len(value) <= 4, "text": orms.is_short,
}  # fmt: skip
MARIADB_HOLDS = HOLDS | {
    **dict.fromkeys(("day", "sent_at", "founded"), orms.is_modern),
    "token": orms.is_standard,
}

META = Schema("meta", JSON["meta"], system_properties=False)
"""Instances hold what is in JSON as text."""


class Seen:
    """An instance as a record: over a relation to many it has the values of each field of the related rows."""

    def __init__(self, instance: Any, **lists: Any) -> None:
        self.instance, self.lists = instance, lists

    def __getattr__(self, name: str) -> Any:
        return self.lists[name] if name in self.lists else getattr(self.instance, name)


def seen(order: Any, using: str) -> Seen:
    """An order, with what its paths reach."""
    company = order.company
    if company is not None:
        children = {"name": [one.name for one in company.children.using(using).order_by("id")]}
        company = Seen(company, children=children)
    items = list(order.items.using(using).all())
    return Seen(
        order,
        meta=order.meta and META.decode(order.meta),
        company=company,
        labels={"name": [one.name for one in order.labels.using(using).all()]},
        items={"price": [one.price for one in items], "text": [one.text for one in items]},
    )


class Orders:
    """The tables of the models in a database of an engine."""

    def __init__(self, name: str, engines: Engines) -> None:
        self.using = name
        self.wrapper = configured(name, dict(database_of(name, engines)))
        self.models: Any = import_module("tests.django.models")
        self.drop()
        with self.wrapper.schema_editor() as editor:
            for model in self.models.ALL:
                editor.create_model(model)
        import_module("criteria.django")
        self.asked = asked_orders(self.models)
        self.holds = MARIADB_HOLDS if self.wrapper.vendor == "mysql" else HOLDS

    @property
    def rows(self) -> Any:
        return self.models.Order.objects.using(self.using)

    @contextmanager
    def rolled_back(self) -> Iterator[None]:
        transaction = import_module("django.db.transaction")
        with transaction.atomic(using=self.using):
            yield
            transaction.set_rollback(True, using=self.using)

    def create(self, model: Any, record: dict[str, Any], **more: Any) -> Any:
        """Writes one instance, without the values that its columns cannot hold."""
        names = {field.attname for field in model._meta.concrete_fields if not getattr(field, "generated", False)}
        values = {name: value for name, value in record.items() if name in names}
        instance = model(**{**values, **more})
        instance.save(using=self.using, force_insert=True)
        return instance

    def fitting(self, schema: Schema, row: dict[str, Any]) -> dict[str, Any]:
        """The typed values of a generated row; JSON as a program writes it."""
        holds = {name: can_hold for name, can_hold in self.holds.items() if schema.find(name) is not None}
        record = orms.fitting(schema, holds, row)
        for name in ("meta", "settings"):
            if isinstance(record.get(name), dict):
                record[name] = {key: _in_json(value) for key, value in record[name].items()}
        return record

    def drop(self) -> None:
        names = {one._meta.db_table for one in self.models.ALL} | {self.models.Order.labels.through._meta.db_table}
        kept = "CASCADE" if self.wrapper.vendor == "postgresql" else ""
        with self.wrapper.cursor() as cursor:
            if self.wrapper.vendor == "mysql":
                cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
            for name in sorted(names):
                cursor.execute(f"DROP TABLE IF EXISTS {self.wrapper.ops.quote_name(name)} {kept}")
            if self.wrapper.vendor == "mysql":
                cursor.execute("SET FOREIGN_KEY_CHECKS = 1")

    def close(self) -> None:
        self.drop()
        self.wrapper.close()


def _in_json(value: Any) -> Any:
    return [_in_json(one) for one in value] if isinstance(value, list) else orms.text_in_json(value)


@contextmanager
def open_orders(name: str, engines: Engines) -> Iterator[Orders]:
    """The tables, dropped at the end. Skips the test if Django is missing."""
    require("Django 5", orms.missing_orm("django", 5))
    engines.get(name)
    opened = Orders(name, engines)
    try:
        yield opened
    finally:
        opened.close()


def ids(rows: Sequence[Any]) -> list[int]:
    return sorted(one.id for one in rows)
