"""The options of a caller's statement decide the rows of a page, and those that it counts."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

import criteria
from criteria import CriteriaError
from tests.conftest import Engines
from tests.sqlalchemy.databases import database, require_sqlalchemy


def bills(sa: Any, orm: Any) -> tuple[Any, Any]:
    """The registry of a class of bills, each of a tenant, and the class."""
    registry = orm.registry()
    table = sa.Table(
        "bills", registry.metadata, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("total", sa.Integer), sa.Column("name", sa.String(9)), sa.Column("tenant", sa.Integer),
    )  # fmt: skip

    class Bill:
        id: Any
        tenant: Any

    registry.map_imperatively(Bill, table)
    return registry, Bill


ROWS = [{"id": 1, "total": 30, "name": "a", "tenant": 7}, {"id": 2, "total": 999, "name": "b", "tenant": 8}]
SEARCHES = ({"query": "{}"}, {"query": '{"total": {"$gt": 900}}'}, {"query": '{"total": {"$gt": 900}}', "limit": "0"})


def asked(model: Any, session: Any, statement: Any, params: dict[str, Any]) -> tuple[list[int], int | None]:
    """The ids of a page, and its total count."""
    page = model.page(session, criteria.parse_search({**params, "getTotalCount": "true"}, model.schema), statement)
    return [bill.id for bill in page.data], page.total_count


def test_the_total_count_has_the_criteria_of_a_statement() -> None:
    """`with_loader_criteria` hides rows from the page, and from its count: a client learns nothing of other tenants."""
    require_sqlalchemy()
    sa, orm = import_module("sqlalchemy"), import_module("sqlalchemy.orm")
    registry, bill = bills(sa, orm)
    engine = sa.create_engine("sqlite://")
    registry.metadata.create_all(engine)
    model = criteria.sqlalchemy.model(bill, exclude={"tenant"})
    with orm.Session(engine) as session:
        session.execute(registry.metadata.tables["bills"].insert(), ROWS)
        for statement in (
            sa.select(bill).where(bill.tenant == 7),
            sa.select(bill).options(orm.with_loader_criteria(bill, bill.tenant == 7)),
            sa.select(bill).options(orm.with_loader_criteria(bill, bill.tenant == 7), orm.defer(bill.name)),
        ):
            assert [asked(model, session, statement, one) for one in SEARCHES] == [([1], 1), ([], 0), ([], 0)]
    engine.dispose()


def test_the_total_count_is_of_the_schema_of_a_statement() -> None:
    """`schema_translate_map` among the execution options leads the count to the same table as the rows."""
    require_sqlalchemy()
    sa, orm = import_module("sqlalchemy"), import_module("sqlalchemy.orm")
    _, bill = bills(sa, orm)
    engine = sa.create_engine("sqlite://", poolclass=import_module("sqlalchemy.pool").StaticPool)
    model = criteria.sqlalchemy.model(bill, exclude={"tenant"})
    with orm.Session(engine) as session:
        connection = session.connection()
        connection.exec_driver_sql("ATTACH ':memory:' AS other")
        for schema in ("main", "other"):
            columns = "(id INTEGER PRIMARY KEY, total INTEGER, name VARCHAR(9), tenant INTEGER)"
            connection.exec_driver_sql(f"CREATE TABLE {schema}.bills {columns}")
        connection.exec_driver_sql("INSERT INTO bills VALUES (1, 30, 'a', 7), (2, 999, 'b', 8)")
        connection.exec_driver_sql("INSERT INTO other.bills VALUES (3, 5, 'c', 7)")
        statement = sa.select(bill).execution_options(schema_translate_map={None: "other"})
        assert asked(model, session, statement, {"query": "{}"}) == ([3], 1)
    engine.dispose()


@pytest.mark.heavy("starts PostgreSQL")
@pytest.mark.parametrize("driver", ["sqlite", "psycopg"])
def test_distinct(driver: str, engines: Engines) -> None:
    """PostgreSQL does not sort DISTINCT rows by expressions, which an order by strings has. Other engines do."""
    require_sqlalchemy()
    sa, orm = import_module("sqlalchemy"), import_module("sqlalchemy.orm")
    registry, bill = bills(sa, orm)
    model = criteria.sqlalchemy.model(bill, exclude={"tenant"})
    with database(driver, engines, registry.metadata) as db:

        def pages(session: Any) -> None:
            session.execute(registry.metadata.tables["bills"].insert(), ROWS)
            statement, params = sa.select(bill).distinct(), {"query": "{}", "orderBy": "name desc"}
            if driver == "sqlite":
                assert asked(model, session, statement, params) == ([2, 1], 2)
            else:
                with pytest.raises(CriteriaError, match="The statement is DISTINCT"):
                    asked(model, session, statement, params)
            with pytest.raises(CriteriaError, match="DISTINCT ON"):
                asked(model, session, distinct_on(sa, bill.name), params)

        db.run(pages)


def distinct_on(sa: Any, column: Any) -> Any:
    """A statement with DISTINCT ON, as the version of SQLAlchemy spells it."""
    postgresql = import_module("sqlalchemy.dialects.postgresql")
    if hasattr(postgresql, "distinct_on"):
        return sa.select(column.class_).ext(postgresql.distinct_on(column))
    return sa.select(column.class_).distinct(column)
