"""Customers and their invoices: the classes that SQLAlchemy maps, and some rows."""

from datetime import date
from decimal import Decimal
from enum import Enum

from sqlalchemy import Engine, ForeignKey, Numeric, StaticPool, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase): ...  # type: ignore[misc]


class Customer(Base):
    """A customer, whose password nobody may search."""

    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    password_hash: Mapped[str] = mapped_column(default="")


class Status(str, Enum):
    open = "open"
    paid = "paid"


class Invoice(Base):
    __tablename__ = "invoices"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[Status]
    total: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    due: Mapped[date | None]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    customer: Mapped[Customer] = relationship(lazy="joined")


def database() -> Engine:
    """A database in memory with four invoices."""
    options = {"check_same_thread": False, "cached_statements": 0}  # clients' queries are long, and rarely the same
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args=options)
    Base.metadata.create_all(engine)
    ada, bo = Customer(name="Ada"), Customer(name="Bo")
    with Session(engine) as session:
        session.add_all([
            Invoice(id=1, status=Status.open, total=Decimal("5.00"), due=date(2026, 1, 31), customer=ada),
            Invoice(id=2, status=Status.paid, total=Decimal("100.00"), due=date(2026, 2, 28), customer=bo),
            Invoice(id=3, status=Status.open, total=Decimal("20.50"), due=None, customer=ada),
            Invoice(id=4, status=Status.open, total=Decimal("7.25"), due=date(2026, 3, 31), customer=bo),
        ])  # fmt: skip
        session.commit()
    return engine
