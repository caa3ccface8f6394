"""Mapped classes with a column of every type, and with relations. Imported only where SQLAlchemy 2 is installed."""

from __future__ import annotations

from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column, relationship

import criteria
from criteria import Field

JSON = sa.JSON()
JSONB = JSON.with_variant(postgresql.JSONB(), "postgresql")
TAGS = JSON.with_variant(postgresql.ARRAY(sa.Text()), "postgresql")
MICROSECONDS = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


class Mood(Enum):
    """Members whose names, which are stored, sort otherwise than their values, which queries name."""

    first = "sad"
    Second = "OK"
    third = "a"
    fourth = "é"
    Fifth = "B"


class Base(DeclarativeBase):  # type: ignore[misc]
    """The classes of the generated tests."""


class Owner(Base):
    """A row that others belong to."""

    __tablename__ = "owners_of_model"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(sa.Text())
    rank: Mapped[int | None] = mapped_column(sa.BigInteger())


class Part(Base):
    """One of the rows that belong to a row."""

    __tablename__ = "parts_of_model"
    id: Mapped[int] = mapped_column(primary_key=True)
    row_id: Mapped[int] = mapped_column(sa.ForeignKey("rows_of_model.id"))
    sku: Mapped[str | None] = mapped_column(sa.Text())
    quantity: Mapped[int | None] = mapped_column(sa.BigInteger())


class Row(Base):
    """A column of every type, some under names that need quotes, and what is computed of them."""

    __tablename__ = "rows_of_model"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str | None] = mapped_column("full name", sa.String(60))
    notes: Mapped[str | None] = mapped_column(sa.Text())
    small: Mapped[int | None] = mapped_column(sa.SmallInteger())
    whole: Mapped[int | None] = mapped_column(sa.Integer())
    big: Mapped[int | None] = mapped_column("Big", sa.BigInteger())
    is_gift: Mapped[bool | None] = mapped_column(sa.Boolean())
    total: Mapped[Any] = mapped_column(sa.Numeric(12, 2), nullable=True)
    weight: Mapped[float | None] = mapped_column(sa.Double())
    day: Mapped[Any] = mapped_column(sa.Date(), nullable=True)
    paid_at: Mapped[Any] = mapped_column("Paid_At", MICROSECONDS, nullable=True)
    sent_at: Mapped[Any] = mapped_column(sa.DateTime(timezone=True), nullable=True)
    token: Mapped[Any] = mapped_column(sa.Uuid(), nullable=True)
    legacy: Mapped[Any] = mapped_column(sa.Uuid(native_uuid=False), nullable=True)
    mood: Mapped[Mood | None] = mapped_column(sa.Enum(Mood, name="mood_of_model"))
    mood_text: Mapped[Mood | None] = mapped_column(sa.Enum(Mood, native_enum=False))
    state: Mapped[str | None] = mapped_column(sa.Enum("open", "paid", name="state_of_model"))
    tags: Mapped[Any] = mapped_column(TAGS, nullable=True)
    codes: Mapped[Any] = mapped_column(JSONB, nullable=True)
    meta: Mapped[Any] = mapped_column(JSON, nullable=True)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("owners_of_model.id"))
    owner: Mapped[Owner | None] = relationship()
    parts: Mapped[list[Part]] = relationship(cascade="all, delete-orphan")
    label = column_property(name.concat("!"))

    @hybrid_property  # type: ignore[untyped-decorator]
    def note(self) -> str | None:
        """The same text, computed."""
        return None if self.notes is None else self.notes + "?"

    @note.inplace.expression  # type: ignore[untyped-decorator]
    @classmethod
    def _note(cls) -> Any:
        return cls.notes.concat("?")


OWN: dict[str, Any] = {
    "naive": "utc",
    "exclude": {"owner_id"},
    "json": {
        "tags": Field("tags", "string", is_list=True),
        "codes": Field("codes", "integer", is_list=True),
        "meta": [
            Field("meta.name", "string"), Field("meta.size", "integer"), Field("meta.at", "dateTime"),
            Field("meta.token", "guid"), Field("meta.names", "string", is_list=True),
        ],
    },
}  # fmt: skip
MODEL = criteria.sqlalchemy.model(
    Row,
    **OWN,
    relations={
        "owner": criteria.sqlalchemy.model(Owner, include={"name", "rank"}),
        "parts": criteria.sqlalchemy.model(Part, include={"sku", "quantity"}),
    },
)
