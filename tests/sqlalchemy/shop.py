"""A small shop: classes for tests that name one fact. Imported only where SQLAlchemy 2 is installed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

import criteria


class Status(Enum):
    """The column stores `awaiting` and `done`."""

    awaiting = "open"
    done = "paid"


class Base(DeclarativeBase):  # type: ignore[misc]
    """The classes of the shop."""


class Employee(Base):
    """A person with a manager, and in a subclass with a budget. All of them are in one table."""

    __tablename__ = "employees"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    name: Mapped[str] = mapped_column(sa.String(20))
    manager_id: Mapped[int | None] = mapped_column(sa.ForeignKey("employees.id"))
    manager: Mapped[Employee | None] = relationship(remote_side="Employee.id", back_populates="reports")
    reports: Mapped[list[Employee]] = relationship(back_populates="manager")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "employee"}  # noqa: RUF012


class Lead(Employee):
    """A subclass in the same table."""

    budget: Mapped[int | None]
    __mapper_args__ = {"polymorphic_identity": "lead"}  # noqa: RUF012


class Document(Base):
    """A class with a subclass in a table of its own."""

    __tablename__ = "documents"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    title: Mapped[str | None] = mapped_column(sa.String(20))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "document"}  # noqa: RUF012


class Letter(Document):
    """A subclass in a table of its own."""

    __tablename__ = "letters"
    id: Mapped[int] = mapped_column(sa.ForeignKey("documents.id"), primary_key=True)
    pages: Mapped[int | None]
    marks: Mapped[Any] = mapped_column(sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
    __mapper_args__ = {"polymorphic_identity": "letter"}  # noqa: RUF012


class Invoice(Base):
    """An invoice of a tenant: a key of two columns."""

    __tablename__ = "invoices"
    tenant: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[Status | None] = mapped_column(sa.Enum(Status, name="status_of_shop"))
    note: Mapped[str | None] = mapped_column(sa.String(40))
    total: Mapped[Decimal | None] = mapped_column(sa.Numeric(10, 2))
    paid_at: Mapped[datetime | None]
    lines: Mapped[list[Line]] = relationship(cascade="all, delete-orphan")


class Line(Base):
    """A line of an invoice."""

    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[int]
    number: Mapped[int]
    sku: Mapped[str | None] = mapped_column(sa.String(20))
    quantity: Mapped[int | None]
    __table_args__ = (sa.ForeignKeyConstraint(["tenant", "number"], ["invoices.tenant", "invoices.number"]),)


class Level(Enum):
    """Values that are not strings, so that queries name the members."""

    low = 1
    high = 2


class Reversed(sa.types.TypeDecorator):  # type: ignore[misc]
    """Texts that are stored backwards."""

    impl = sa.String(20)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return value and value[::-1]

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        return value and value[::-1]


class Reading(Base):
    """A row whose attributes have other values in Python than the engine sorts by."""

    __tablename__ = "readings"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str | None] = mapped_column(Reversed)
    level: Mapped[Level | None] = mapped_column(sa.Enum(Level, name="level_of_shop"))
    weight: Mapped[float | None] = mapped_column(sa.Double())
    price: Mapped[float | None] = mapped_column(sa.Numeric(12, 2, asdecimal=False))
    note: Mapped[str | None] = mapped_column(sa.String(20), deferred=True)

    @hybrid_property  # type: ignore[untyped-decorator]
    def half(self) -> Any:
        """A value that Python rounds, and cannot compute of None."""
        return round(self.weight / 2, 1)

    @half.inplace.expression  # type: ignore[untyped-decorator]
    @classmethod
    def _half(cls) -> Any:
        return cls.weight / 2


class Gauge(Base):
    """Values that drivers shorten, and return in the time zone of the session."""

    __tablename__ = "gauges"
    id: Mapped[int] = mapped_column(primary_key=True)
    ratio: Mapped[float | None] = mapped_column(sa.Float(24))
    at: Mapped[datetime | None] = mapped_column(sa.TIMESTAMP)


GAUGES = criteria.sqlalchemy.model(Gauge, naive="utc")
READINGS = criteria.sqlalchemy.model(Reading, types={Reversed: "string", "level": "string"})
LINES = criteria.sqlalchemy.model(Line, include={"sku", "quantity"})
INVOICES = criteria.sqlalchemy.model(Invoice, naive="utc", relations={"lines": LINES})
EMPLOYEES = criteria.sqlalchemy.model(
    Employee,
    include={"id", "name"},
    relations={
        "manager": criteria.sqlalchemy.model(
            Employee, include={"name"}, relations={"manager": criteria.sqlalchemy.model(Employee, include={"name"})}
        ),
        "reports": criteria.sqlalchemy.model(Employee, include={"name"}),
    },
)


def fill(session: Any) -> None:
    """The rows of the shop."""
    session.add_all([
        Invoice(tenant=1, number=1, status=Status.awaiting, note="50% off_", total=Decimal("5.00"), lines=[
            Line(sku="a", quantity=1), Line(sku="b", quantity=2)]),
        Invoice(tenant=1, number=2, status=Status.done, note="x", total=Decimal("100.00"),
                paid_at=datetime(2026, 6, 1, 12), lines=[Line(sku="A", quantity=None), Line(sku=None, quantity=1)]),
        Invoice(tenant=2, number=1, note="%", total=Decimal("-3.50"), lines=[Line(sku=None, quantity=None)]),
        Invoice(tenant=2, number=2),
    ])  # fmt: skip
    session.add_all([
        Reading(id=at, code=None if at % 3 == 0 else f"{at % 4}x{at}", level=[None, Level.low, Level.high][at % 3],
                weight=None if at % 4 == 0 else at / 7, price=None if at % 5 == 0 else at % 3 + 0.25, note=f"n{at % 2}")
        for at in range(1, 9)
    ])  # fmt: skip
    ada = Lead(id=1, name="Ada", budget=5)
    bob = Employee(id=2, name="bob", manager=ada)
    session.add_all([ada, bob, Employee(id=3, name="Cid", manager=bob), Lead(id=4, name="Dot", manager=ada)])
    session.add_all(
        [
            Letter(id=1, title="t", pages=3, marks=["a", "b"]),
            Document(id=2, title="t"),
            Letter(id=3, title=None, pages=None),
        ]
    )
    session.flush()
