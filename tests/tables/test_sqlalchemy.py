"""Tables that SQLAlchemy creates and writes: generated queries select the rows that the Python predicate does."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from importlib import import_module
from typing import Any

import pytest

import criteria
from criteria import Field, Schema, Table
from tests.conftest import Engines, require
from tests.servers import MARIADB, POSTGRES
from tests.tables import orms

Mood = Enum("Mood", orms.LABELS)  # type: ignore[misc]

FIELDS = (
    orms.KEY,
    Field("name", "string", column="full name"),
    Field("notes", "string"),
    Field("small", "integer"),
    Field("whole", "integer"),
    Field("big", "integer"),
    Field("isGift", "boolean", column="is_gift"),
    Field("total", "decimal", precision=12, scale=2),
    Field("weight", "double"),
    Field("ratio", "double"),
    Field("day", "date"),
    Field("paidAt", "dateTime", column="Paid_At", precision=6, time_zone="UTC"),
    Field("sentAt", "dateTime", column="sent_at", precision=6, time_zone="UTC"),
    Field("token", "guid"),
    Field("legacy", "guid"),
    Field("mood", "string"),
    Field("moodText", "string", column="mood_text"),
    Field("tags", "string", is_list=True),
    Field("codes", "integer", is_list=True),
    Field("meta.name", "string"),
    Field("meta.size", "integer"),
    Field("meta.at", "dateTime"),
    Field("meta.token", "guid"),
)
SCHEMA = Schema("sqlalchemy", FIELDS, system_properties=False)

HOLDS: dict[str, Callable[[Any], bool]] = {
    "name": orms.is_short,
    "small": orms.within(16),
    "whole": orms.within(32),
    "mood": orms.is_label,
    "moodText": orms.is_label,
}
MARIADB_HOLDS = HOLDS | {
    "ratio": orms.is_single,
    "day": orms.is_modern,
    "paidAt": orms.is_modern,
    "sentAt": orms.is_whole_second,
    "token": orms.is_standard,
}

pytestmark = pytest.mark.filterwarnings("ignore:Dialect sqlite.* does .not. support Decimal")


def create(sa: Any, name: str) -> Any:
    """A mapped class whose table has every type of column."""
    json, mysql = sa.JSON(), import_module("sqlalchemy.dialects.mysql")
    jsonb = json.with_variant(import_module("sqlalchemy.dialects.postgresql").JSONB(), "postgresql")
    microseconds = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    kinds = {
        "full name": sa.String(60), "notes": sa.Text(), "small": sa.SmallInteger(), "whole": sa.Integer(),
        "big": sa.BigInteger(), "is_gift": sa.Boolean(), "total": sa.Numeric(12, 2), "weight": sa.Double(),
        "ratio": sa.Float(), "day": sa.Date(), "Paid_At": microseconds, "sent_at": sa.DateTime(timezone=True),
        "token": sa.Uuid(), "legacy": sa.Uuid(native_uuid=False), "mood": sa.Enum(Mood, name="mood_of_sqlalchemy"),
        "mood_text": sa.Enum(Mood, native_enum=False), "tags": json, "codes": jsonb, "meta": jsonb,
    }  # fmt: skip
    registry = import_module("sqlalchemy.orm").registry()
    key = sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False)
    columns = [sa.Column(column, kind, key=column) for column, kind in kinds.items()]
    mapped = type("Row", (), {})
    registry.map_imperatively(mapped, sa.Table(name, registry.metadata, key, *columns))
    return registry.metadata, mapped


class SqlalchemyTable:
    """The table of the mapped class, and a session on it."""

    def __init__(self, url: str, connect: Callable[[], Any]) -> None:
        sa, pool = import_module("sqlalchemy"), import_module("sqlalchemy.pool")
        self.schema = SCHEMA
        self.engine = sa.create_engine(url, creator=connect, poolclass=pool.StaticPool)
        self.metadata, self.mapped = create(sa, "rows_of_sqlalchemy")
        self.metadata.drop_all(self.engine)
        self.metadata.create_all(self.engine)
        self.session = import_module("sqlalchemy.orm").Session(self.engine)
        self.connection = self.session.connection().connection.dbapi_connection
        self.table: Table = criteria.tables.reflect(self.connection, "rows_of_sqlalchemy", SCHEMA)

    @contextmanager
    def holding(self, typed: Sequence[dict[str, Any]]) -> Iterator[None]:
        try:
            for record in typed:
                row = self.mapped()
                for column, value in written(record).items():
                    setattr(row, column, value)
                self.session.add(row)
            self.session.flush()
            yield
        finally:
            self.session.rollback()

    def rows(self, text: str, params: Any) -> list[Any]:
        return orms.run(self.connection, text, params)

    def close(self) -> None:
        self.session.close()
        self.metadata.drop_all(self.engine)
        self.engine.dispose()


def written(record: dict[str, Any]) -> dict[str, Any]:
    """What a program gives to the ORM for a typed record."""
    values = {one.column: record.get(one.name) for one in FIELDS if not one.is_nested}
    for column in ("mood", "mood_text"):
        label = values[column]
        values[column] = None if label is None else Mood[str(label)]
    values["Paid_At"] = values["Paid_At"] and values["Paid_At"].replace(tzinfo=None)
    values["meta"] = record.get("meta") and {name: orms.text_in_json(value) for name, value in record["meta"].items()}
    return values


@contextmanager
def sqlalchemy_table(name: str, engines: Engines) -> Iterator[SqlalchemyTable]:
    require("SQLAlchemy 2", orms.missing_orm("sqlalchemy", 2))
    engines.get(name)
    connect: Mapping[str, tuple[str, Callable[[], Any]]] = {
        "sqlite": ("sqlite://", lambda: sqlite3.connect(":memory:")),
        "postgres-natural": (
            "postgresql+psycopg://",
            lambda: engines.servers.get(POSTGRES).connect("natural", autocommit=False),
        ),
        "mariadb": ("mariadb+pymysql://", lambda: engines.servers.get(MARIADB).connect(autocommit=False)),
    }
    opened = SqlalchemyTable(*connect[name])
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.parametrize("name", ["sqlite", "postgres-natural", "mariadb"])
def test_rows_that_sqlalchemy_wrote_are_those_of_the_predicate(name: str, engines: Engines) -> None:
    with sqlalchemy_table(name, engines) as table:
        orms.check_agreement(table, MARIADB_HOLDS if name == "mariadb" else HOLDS)
