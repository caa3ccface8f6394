"""Objects that SQLAlchemy has loaded, in Python: those that SQL selects, or refused."""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria import CriteriaError
from tests.conftest import Engines
from tests.sqlalchemy.databases import database, require_sqlalchemy

WEIGHTS = (0.1, 0.5, 16777216.0, -0.1, None)
QUERIES: list[Any] = [
    {"real": operand if operator is None else {operator: operand}}
    for operator in (None, "$ne", "$gt", "$gte", "$lt", "$lte")
    for operand in (0.1, 0.10000000149011612, 0.5, -0.1, 16777216)
]


@pytest.mark.heavy("a table on each server")
@pytest.mark.parametrize("driver", ["sqlite", "psycopg", "asyncpg", "mysql"])
def test_32_bit_floats_are_those_that_are_stored(driver: str, engines: Engines) -> None:
    """REAL is a float of 32 bits on PostgreSQL, and a double on SQLite and MySQL. FLOAT is one of 32 bits on MySQL, and
    its driver returns 6 digits of it."""
    require_sqlalchemy()
    import sqlalchemy as sa
    from sqlalchemy.orm import DeclarativeBase, mapped_column

    class Base(DeclarativeBase):  # type: ignore[misc]
        pass

    class Weight(Base):
        __tablename__ = "weights_in_python"
        id = mapped_column(sa.Integer, primary_key=True)
        real = mapped_column(sa.REAL)
        floating = mapped_column(sa.Float)

    weights = criteria.sqlalchemy.model(Weight)

    def agree(session: Any) -> None:
        session.add_all([Weight(id=at, real=value, floating=value) for at, value in enumerate(WEIGHTS, 1)])
        session.flush()
        session.expire_all()
        objects = session.scalars(sa.select(Weight).order_by(Weight.id)).all()
        for asked in QUERIES:
            query = criteria.parse(asked, weights.schema)
            selected = session.scalars(sa.select(Weight.id).where(weights.where(query)).order_by(Weight.id)).all()
            assert [one.id for one in weights.in_python(query, session).filter(objects)] == selected, asked
        search = criteria.parse_search({"query": {"real": {"$gt": 0.1}}, "orderBy": "real desc"}, weights.schema)
        in_sql = [one.id for one in session.scalars(weights.select(search))]
        assert [one.id for one in weights.in_python(search, session)(objects).data] == in_sql
        query = criteria.parse({"floating": 0.5}, weights.schema)
        if driver == "mysql":
            with pytest.raises(CriteriaError, match="floats with 6 digits"):
                weights.in_python(query, session)
        else:
            assert [one.id for one in weights.in_python(query, session).filter(objects)] == [2]

    with database(driver, engines, Base.metadata) as held:
        held.run(agree)
