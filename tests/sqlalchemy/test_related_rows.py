"""Tests of related rows share an EXISTS where one row decides about them, and many of them are no join."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from sqlalchemy import ForeignKey, create_engine, not_, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

import criteria
from tests.sqlalchemy.databases import each_driver
from tests.sqlalchemy.test_statements import EMPTY, OPEN, PAID, Shop, numbers, shop

__all__ = ["shop"]

EVERYONE = {1, 2, 3, 4}

OF_PEOPLE: list[dict[str, Any]] = [
    {"manager.name": "Ada"}, {"manager.name": {"$ne": "Ada"}}, {"manager.name": None}, {"manager.name": {"$ne": None}},
    {"manager.name": {"$in": ["bob", "Ada"]}}, {"manager.name": {"$nin": ["bob", "x"]}},
    {"NOT": {"manager.name": {"$contains": "b"}}}, {"manager.name": {"$in": []}}, {"manager.name": {"$nin": []}},
    {"manager.manager.name": {"$contains": "d"}}, {"manager.manager.name": {"$ne": "Ada"}},
    {"reports.name": {"$contains": "o"}}, {"reports.name": {"$ne": "bob"}}, {"reports.name": None},
]  # fmt: skip


@each_driver
def test_joined_tests_select_what_they_do_on_their_own(driver: str, shop: Shop) -> None:
    """A missing row fulfils no comparison, and every negation. Two rows may fulfil two comparisons of many rows."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        model, keys = classes.EMPLOYEES, sa.select(classes.Employee.id)

        def rows(criteria_json: Any, *, negated: bool = False) -> set[Any]:
            condition = model.where(criteria.parse(criteria_json, model.schema))
            return {found for (found,) in session.execute(keys.where(~condition if negated else condition))}

        alone = [rows(one) for one in OF_PEOPLE]
        assert alone[:4] == [{2, 4}, {1, 3}, {1}, {2, 3, 4}]
        for (one, first), (other, second) in combinations(zip(OF_PEOPLE, alone, strict=True), 2):
            assert rows({"AND": [one, other]}) == first & second
            assert rows({"OR": [one, other]}) == first | second
            assert rows({"NOT": {"AND": [one, other]}}) == rows({"AND": [one, other]}, negated=True)
            assert rows({"NOT": {"OR": [one, other]}}) == EVERYONE - (first | second)
            mixed = {"OR": [{"AND": [one, other, {"id": {"$lt": 4}}]}, {"NOT": {"OR": [one, {"NOT": other}]}}]}
            assert rows(mixed) == (first & second & {1, 2, 3}) | (second - first)

    shop(work)


def exists_in(model: Any, criteria_json: Any, sa: Any, entity: Any) -> str:
    query = criteria.parse(criteria_json, model.schema)
    return str(sa.select(entity).where(model.where(query)))


SEVERAL = [{"$contains": f"x{at}"} for at in range(20)]


@pytest.mark.parametrize(
    ("criteria_json", "exists"),
    [
        ({"OR": [{"reports.name": one} for one in SEVERAL]}, 1),
        ({"NOT": {"OR": [{"reports.name": one} for one in SEVERAL]}}, 1),
        ({"AND": [{"reports.name": one} for one in SEVERAL]}, 20),
        ({"AND": [{"manager.name": one} for one in SEVERAL]}, 1),
        ({"OR": [{"manager.name": one} for one in SEVERAL]}, 1),
        ({"NOT": {"AND": [{"manager.name": one} for one in SEVERAL]}}, 1),
        ({"OR": [{"AND": [{"manager.name": one}, {"manager.name": two}]} for one, two in combinations(SEVERAL, 2)]}, 1),
        ({"AND": [{"manager.name": SEVERAL[0]}, {"manager.name": {"$ne": "x"}}]}, 2),
    ],
)
@pytest.mark.parametrize("driver", ["sqlite"])
def test_tests_that_one_row_decides_share_an_exists(driver: str, criteria_json: Any, exists: int, shop: Shop) -> None:
    """SQLite takes time quadratic in the number of EXISTS."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        assert exists_in(classes.EMPLOYEES, criteria_json, sa, classes.Employee.id).count("EXISTS") == exists

    shop(work)


def apart(count: int) -> dict[str, Any]:
    return {"AND": [{"lines.quantity": {"$gt": -at}} for at in range(count)]}


@pytest.mark.parametrize("driver", ["sqlite"])
def test_few_tests_may_become_a_join(driver: str, shop: Shop) -> None:
    """An engine begins with the related rows then, if they are few."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        found = [exists_in(classes.INVOICES, apart(count), sa, classes.Invoice.number) for count in (1, 8, 9)]
        assert [one.count("COALESCE(") for one in found] == [0, 0, 9]

    shop(work)


@each_driver
def test_a_hundred_tests_that_different_rows_may_fulfil(driver: str, shop: Shop) -> None:
    """PostgreSQL made one join of them, and took minutes to decide in which order."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(sa.text("SET LOCAL statement_timeout = '60s'"))
        keys = sa.select(classes.Invoice.tenant, classes.Invoice.number)
        condition = classes.INVOICES.where(criteria.parse(apart(200), classes.INVOICES.schema))
        assert numbers(session, keys.where(condition)) == [OPEN, PAID]
        assert numbers(session, keys.where(~condition)) == [(2, 1), EMPTY]

    shop(work)


class Base(DeclarativeBase):  # type: ignore[misc]
    """The classes below."""


class Maker(Base):
    """Has many parts, and one that is the latest: the database may have several."""

    __tablename__ = "makers"
    id: Mapped[int] = mapped_column(primary_key=True)
    town_id: Mapped[int | None] = mapped_column(ForeignKey("towns.id"))
    town: Mapped[Town | None] = relationship()
    parts: Mapped[list[Part]] = relationship()
    latest: Mapped[Part | None] = relationship(uselist=False, viewonly=True)


class Town(Base):
    """One of many makers."""

    __tablename__ = "towns"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]


class Part(Base):
    """One of a maker's."""

    __tablename__ = "parts"
    id: Mapped[int] = mapped_column(primary_key=True)
    maker_id: Mapped[int] = mapped_column(ForeignKey("makers.id"))
    name: Mapped[str | None]
    size: Mapped[int | None]


MAKERS = criteria.sqlalchemy.model(
    Maker,
    relations={
        "town": criteria.sqlalchemy.model(Town),
        "parts": criteria.sqlalchemy.model(Part),
        "latest": criteria.sqlalchemy.model(Part),
    },
)


@pytest.fixture
def session() -> Iterator[Session]:
    """Two makers: one in Lund with the parts (a, 1) and (b, 2), one in no town with none."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as made:
        made.add(Maker(id=1, town=Town(id=1, name="Lund"), parts=[Part(name="a", size=1), Part(name="b", size=2)]))
        made.add(Maker(id=2))
        made.flush()
        yield made
    engine.dispose()


def ids(session: Session, criteria_json: Any, *, negated: bool = False) -> list[int]:
    condition = MAKERS.where(criteria.parse(criteria_json, MAKERS.schema))
    return list(session.scalars(select(Maker.id).where(not_(condition) if negated else condition).order_by(Maker.id)))


@pytest.mark.parametrize("count", [1, 7, 8, 9, 20])
@pytest.mark.parametrize(
    ("single", "selects"),
    [
        ({"town.name": {"$ne": "x"}}, [1]),
        ({"town.name": {"$ne": "Lund"}}, []),
        ({"town.name": {"$nin": ["Lund", "x"]}}, []),
        ({"town.name": None}, []),
        ({"NOT": {"town.name": None}}, [1]),
        ({"town.name": "Lund"}, [1]),
    ],
)
def test_a_single_test_beside_many(session: Session, single: Any, selects: list[int], count: int) -> None:
    """The group has more tables than an engine joins, and one of its paths has one test, negated or not."""
    both = {"AND": [*({"parts.name": {"$in": ["a", str(at)]}} for at in range(count)), single]}
    assert ids(session, both) == selects
    assert ids(session, both, negated=True) == [one for one in (1, 2) if one not in selects]
    assert ids(session, {"NOT": both}) == [one for one in (1, 2) if one not in selects]


def test_one_row_decides_only_where_the_primary_key_says_so(session: Session) -> None:
    """`uselist=False` alone does not: each comparison looks at all rows that the database has."""
    assert (
        ids(session, {"latest.name": "a", "latest.size": 2})
        == ids(session, {"parts.name": "a", "parts.size": 2})
        == [1]
    )
    assert ids(session, {"OR": [{"latest.name": {"$ne": "a"}}, {"latest.size": {"$ne": 2}}]}) == [2]
