"""Queries of a megabyte over related rows: refused or answered, in bounded memory, and never an error of the engine."""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria import CriteriaError
from criteria.backends.sql.statement import OTHER_BINDS
from tests.sqlalchemy.databases import each_driver, require_sqlalchemy
from tests.sqlalchemy.test_statements import EMPTY, ODD, OPEN, PAID, Shop, numbers, shop
from tests.tables.large_queries import in_little_memory, long_lists, many_comparisons, text_of

__all__ = ["shop"]

EVERY = [OPEN, PAID, ODD, EMPTY]


@pytest.mark.heavy("a thousand subqueries")
@pytest.mark.parametrize("driver", ["sqlite", "psycopg", "pymysql", "mysql"])
def test_a_thousand_comparisons_with_related_rows(driver: str, shop: Shop) -> None:
    """Engines limit how deep an expression is; a chain of a thousand EXISTS is deeper."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        keys = sa.select(classes.Invoice.tenant, classes.Invoice.number)
        query = criteria.parse(text_of(many_comparisons("lines.sku", "lines.quantity")), classes.INVOICES.schema)
        condition = classes.INVOICES.where(query)
        assert numbers(session, keys.where(~condition)) == EVERY
        one_more = {"OR": [query.to_json(), {"lines.sku": "A"}]}
        found = classes.INVOICES.where(
            criteria.parse(one_more, classes.INVOICES.schema, limits=criteria.Limits(leaves=1001))
        )
        assert numbers(session, keys.where(found)) == [PAID]

    shop(work)


@each_driver
def test_many_lists_of_values_of_related_rows(driver: str, shop: Shop) -> None:
    """Lists are bound as arrays when all of them together have very many values, however few each of them has."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        keys = sa.select(classes.Invoice.tenant, classes.Invoice.number)
        query = criteria.parse(text_of(long_lists("lines.quantity", 250, 10)), classes.INVOICES.schema)
        selected = keys.where(classes.INVOICES.where(query))
        assert numbers(session, selected) == EVERY
        params = len(selected.compile(session.get_bind()).construct_params())
        assert params == (2500 if driver == "mysql" else 250)  # MySQL 8 takes exponential time for many such arrays
        both = criteria.parse({"AND": [{"lines.quantity": {"$ne": 2}}, {"number": 1}]}, classes.INVOICES.schema)
        assert numbers(session, keys.where(classes.INVOICES.where(query & both))) == [ODD]

    shop(work)


@pytest.mark.heavy("statements of a megabyte")
@each_driver
def test_a_megabyte_of_values_of_related_rows(driver: str, shop: Shop) -> None:
    """They are more than SQLite takes as parameters, and take little memory."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        keys = sa.select(classes.Invoice.tenant, classes.Invoice.number)
        query = criteria.parse(text_of(long_lists("lines.quantity", 33, 1000)), classes.INVOICES.schema)
        session.execute(keys.where(classes.INVOICES.where(criteria.parse({"lines.quantity": 1}, query.schema))))
        with in_little_memory():
            assert numbers(session, keys.where(classes.INVOICES.where(query))) == EVERY

    shop(work)


@pytest.mark.heavy("statements of a megabyte")
@each_driver
def test_values_that_are_no_arrays_are_refused_before_they_take_memory(driver: str, shop: Shop) -> None:
    """Some columns take a parameter for each value: more than the engine takes are refused, also in many conditions."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        dialect = session.get_bind().dialect
        binds = {"sqlite": 32_766}.get(dialect.name, 65_535)
        weights = [{"lines.sku": {"$nin": [f"{at}-{one}" for one in range(1000)]}} for at in range(100)]
        query = criteria.parse(text_of({"AND": weights}), classes.INVOICES.schema)
        with in_little_memory():
            statement = sa.select(classes.Invoice).where(classes.INVOICES.where(query))
            try:
                assert len(statement.compile(dialect=dialect).construct_params()) <= binds
            except CriteriaError as refused:
                assert [problem.code for problem in refused.problems] == ["unsupported"]

    shop(work)


@pytest.mark.heavy("statements of a megabyte")
@each_driver
def test_a_megabyte_of_values_of_the_row_itself(driver: str, shop: Shop) -> None:
    """SQLAlchemy gets no object for each of them."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        keys = sa.select(classes.Invoice.tenant, classes.Invoice.number)
        query = criteria.parse(text_of(long_lists("number", 120, 1000)), classes.INVOICES.schema)
        with in_little_memory():
            assert numbers(session, keys.where(classes.INVOICES.where(query))) == EVERY

    shop(work)


def test_a_page_has_room_for_the_parameters_of_its_statement() -> None:
    """Criteria with nearly as many parameters as the engine takes are refused: a limit, the position of a cursor and a
    condition of the server's own come to them. With some less they are answered."""
    require_sqlalchemy()
    import sqlite3

    import sqlalchemy as sa

    table = sa.Table(
        "t",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("weight", sa.Float),
        sa.Column("tenant", sa.Integer),
    )
    asked = criteria.sqlalchemy.model(table, exclude={"tenant"})
    own = sa.select(table).where(table.c.tenant == 7)
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"id": at, "weight": at + 0.5, "tenant": 7} for at in range(4)])
        driver: Any = connection.connection.dbapi_connection
        if hasattr(driver, "setlimit"):  # Python 3.11; builds of SQLite have other limits
            driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)

        def page(count: int) -> list[int] | str:
            lists = [{"weight": {"$in": [at + 0.5 for at in range(start, min(start + 1000, count))]}}
                     for start in range(0, count, 1000)]  # fmt: skip
            params = {"query": text_of({"OR": lists}), "orderBy": "weight", "limit": "2"}
            try:
                search = criteria.parse_search(params, asked.schema)
                return [row.id for row in asked.page(connection, search, own).data]
            except CriteriaError as refused:
                return refused.problems[0].code

        assert page(32_766 - OTHER_BINDS - 1) == [0, 1]
        assert [page(count) for count in range(32_766 - 3, 32_766 + 2)] == ["unsupported"] * 5
    engine.dispose()


@pytest.mark.parametrize("names", [("number",), ("lines.quantity", "number")])
@pytest.mark.parametrize("driver", ["sqlite"])
def test_only_statements_of_small_queries_stay_in_the_cache(driver: str, names: tuple[str, ...], shop: Shop) -> None:
    """SQLAlchemy counts the statements of its cache, and clients send queries of as many shapes as they like."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        keys = sa.select(classes.Invoice.tenant, classes.Invoice.number)
        kept: dict[Any, Any] = {}
        connection = session.connection().execution_options(compiled_cache=kept)

        def is_kept(criteria_json: Any) -> bool:
            before = len(kept)
            query = criteria.parse(criteria_json, classes.INVOICES.schema)
            connection.execute(keys.where(classes.INVOICES.where(query))).all()
            connection.execute(keys.where(~classes.INVOICES.where(query))).all()
            return len(kept) > before

        def comparisons(count: int) -> Any:
            apart = [{"AND": [{names[0]: {"$gt": at}}, {names[-1]: {"$lt": at + 2}}]} for at in range(count // 2)]
            return {"OR": [*apart, *[{names[0]: -1}] * (count % 2)]}

        assert is_kept(comparisons(30))
        assert not is_kept(comparisons(31))
        assert not is_kept({"OR": [comparisons(20), {"NOT": comparisons(20)}]})
        assert is_kept({"number": {"$in": list(range(100))}})
        assert not is_kept({"number": {"$in": list(range(101))}})
        assert not is_kept({"AND": [{"lines.quantity": {"$in": list(range(60))}}, {"number": {"$nin": [*range(60)]}}]})

    shop(work)


RELATED: list[dict[str, Any]] = [
    {"lines.sku": "a"}, {"lines.sku": {"$ne": "a"}}, {"lines.sku": None}, {"lines.sku": {"$ne": None}},
    {"lines.quantity": {"$gt": 1}}, {"NOT": {"lines.quantity": {"$gt": 1}}}, {"lines.sku": {"$icontains": "%"}},
]  # fmt: skip


@each_driver
def test_conditions_of_related_rows_in_one_group(driver: str, shop: Shop) -> None:
    """AND selects what all of them select on their own, OR what one of them does, and NOT the rest."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        model, keys = classes.INVOICES, sa.select(classes.Invoice.tenant, classes.Invoice.number)

        def rows(criteria_json: Any, *, negated: bool = False) -> set[Any]:
            condition = model.where(criteria.parse(criteria_json, model.schema))
            return set(numbers(session, keys.where(~condition if negated else condition)))

        alone = [rows(one) for one in RELATED]
        for one, found in zip(RELATED, alone, strict=True):
            for other, others in zip(RELATED, alone, strict=True):
                both, either = {"AND": [one, other]}, {"OR": [one, other, {"number": 99}]}
                assert (rows(both), rows(either)) == (found & others, found | others)
                assert rows(both, negated=True) == {*EVERY} - (found & others)
                assert rows({"NOT": either}) == rows(either, negated=True) == {*EVERY} - (found | others)

    shop(work)


@pytest.mark.parametrize("driver", ["sqlite"])
def test_one_exists_is_compiled_for_a_group(driver: str, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLAlchemy takes two milliseconds for each EXISTS, and a group may have a thousand."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        compiled: list[Any] = []
        compiler = type(session.get_bind().dialect).statement_compiler
        visit = compiler.visit_select

        def counted(self: Any, select: Any, *args: Any, **options: Any) -> Any:
            compiled.append(select)
            return visit(self, select, *args, **options)

        monkeypatch.setattr(compiler, "visit_select", counted)
        for group, exists in (("AND", 200), ("OR", 1)):
            del compiled[:]
            comparisons = [{"lines.quantity": {"$gt": at}} for at in range(200)]
            query = criteria.parse({group: comparisons}, classes.INVOICES.schema)
            statement = sa.select(classes.Invoice.number).where(classes.INVOICES.where(query))
            assert str(statement.compile(session.get_bind())).count("EXISTS") == exists
            assert len(compiled) == 2

    shop(work)


def nested(path: str, groups: int) -> dict[str, object]:
    """A comparison of a path, inside so many groups."""
    found: dict[str, object] = {path: {"$ne": 5}}
    for level in range(groups):
        found = {"OR": [{"age": level}, {"AND": [{"age": {"$gt": level}}, found]}]} if level % 2 else {"NOT": found}
    return found


def test_relations_one_after_the_other_run_or_are_refused() -> None:
    """SQLite's parser has no room for six relations inside fourteen groups: the statement is refused, no error of
    SQLite. A path of seven runs on its own."""
    require_sqlalchemy()
    import sqlalchemy as sa
    from sqlalchemy import orm

    base: Any = orm.declarative_base()
    columns = {
        "__tablename__": "people",
        "id": sa.Column(sa.Integer, primary_key=True),
        "age": sa.Column(sa.Integer),
        "boss_id": sa.Column(sa.ForeignKey("people.id")),
    }
    columns["boss"] = orm.relationship("Person", remote_side=columns["id"])
    person: Any = type("Person", (base,), columns)
    engine = sa.create_engine("sqlite://")
    base.metadata.create_all(engine)
    found: dict[tuple[int, int], list[int] | str] = {}
    with orm.Session(engine) as session:
        session.add_all([person(id=1, age=5, boss_id=1), person(id=2, age=6, boss_id=1), person(id=3, age=7)])
        session.flush()
        model = criteria.sqlalchemy.model(person, include={"id", "age"})
        for steps in range(1, 8):
            model = criteria.sqlalchemy.model(person, include={"id", "age"}, relations={"boss": model})
            for groups in (0, 4, 8, 14):
                query = criteria.parse(nested("boss." * steps + "age", groups), model.schema)
                try:
                    rows = session.scalars(sa.select(person.id).where(model.where(query)).order_by(person.id))
                    found[steps, groups] = list(rows)
                except CriteriaError as refused:
                    found[steps, groups] = refused.problems[0].code
    engine.dispose()
    assert [found[steps, 0] for steps in range(1, 8)] == [[3]] * 7
    assert found[6, 14] == "unsupported"
    assert all(found[steps, groups] == found[1, groups] for steps in range(1, 6) for groups in (4, 8, 14))
