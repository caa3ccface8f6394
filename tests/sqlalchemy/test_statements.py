"""Conditions and orders in statements of every kind, on every driver: the rows that the language promises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import Any

import pytest

import criteria
from criteria import CriteriaError
from tests.conftest import Engines
from tests.sqlalchemy.databases import database, each_driver, require_sqlalchemy

Shop = Callable[[Callable[[Any, Any, Any], Any]], Any]
"""Calls a function with a session, the module of the classes and SQLAlchemy; the rows are rolled back."""


@pytest.fixture
def shop(driver: str, engines: Engines) -> Any:
    require_sqlalchemy()
    classes: Any = import_module("tests.sqlalchemy.shop")
    with database(driver, engines, classes.Base.metadata) as db:

        def run(work: Callable[[Any, Any, Any], Any]) -> Any:
            def filled(session: Any) -> Any:
                classes.fill(session)
                return work(session, classes, import_module("sqlalchemy"))

            return db.run(filled)

        yield run


def where(model: Any, criteria_json: Any, *entity: Any) -> Any:
    return model.where(criteria.parse(criteria_json, model.schema), *entity)


def numbers(session: Any, statement: Any) -> list[tuple[int, int]]:
    return sorted(tuple(row) for row in session.execute(statement))


OPEN, PAID, ODD, EMPTY = (1, 1), (1, 2), (2, 1), (2, 2)


@each_driver
def test_cached_statements_bind_the_values_of_each_query(driver: str, shop: Shop) -> None:
    """Queries of one form share a compiled statement, also where the dialect derives what it binds from a value."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        invoice, model = classes.Invoice, classes.INVOICES
        keys = sa.select(invoice.tenant, invoice.number)
        cache: dict[Any, Any] = {}
        connection = session.connection().execution_options(compiled_cache=cache)

        def rows(criteria_json: Any) -> list[Any]:
            return sorted(tuple(row) for row in connection.execute(keys.where(where(model, criteria_json))))

        queries: list[tuple[Any, list[Any]]] = [
            ({"note": {"$startsWith": "50%"}}, [OPEN]), ({"note": {"$startsWith": "x"}}, [PAID]),
            ({"note": {"$endsWith": "off_"}}, [OPEN]), ({"note": {"$endsWith": "%"}}, [ODD]),
            ({"note": {"$contains": "%"}}, [OPEN, ODD]), ({"note": {"$contains": "_"}}, [OPEN]),
            ({"total": {"$gt": 9}}, [PAID]), ({"total": {"$gt": -4}}, [OPEN, PAID, ODD]),
            ({"total": {"$gt": 4}}, [OPEN, PAID]),
            ({"status": "open"}, [OPEN]), ({"status": "paid"}, [PAID]),
            ({"paid_at": {"$lte": "2026-06-01T12:00:00Z"}}, [PAID]),
            ({"paid_at": {"$lte": "2026-06-01T11:00:00Z"}}, []),
            ({"lines.sku": "a"}, [OPEN]), ({"lines.sku": "A"}, [PAID]),
        ]  # fmt: skip
        assert [rows(query) for query, _ in queries] == [expected for _, expected in queries]
        compiled = len(cache)
        assert compiled < len(queries)
        assert [rows(query) for query, _ in reversed(queries)] == [expected for _, expected in reversed(queries)]
        assert len(cache) == compiled

    shop(work)


@pytest.mark.heavy("statements of thousands of parameters")
@each_driver
def test_large_lists_are_not_cached_and_select_their_rows(driver: str, shop: Shop) -> None:
    def work(session: Any, classes: Any, sa: Any) -> None:
        keys = sa.select(classes.Invoice.tenant, classes.Invoice.number)
        model, limits = classes.INVOICES, criteria.Limits(values=3000)

        def rows(field: str, values: list[Any]) -> list[Any]:
            query = criteria.parse({field: {"$in": values}}, model.schema, limits=limits)
            return numbers(session, keys.where(model.where(query)))

        for size in (3, 600, 2500):
            assert rows("total", list(range(5, 5 + size))) == ([OPEN, PAID] if size > 95 else [OPEN])
            assert rows("total", list(range(6, 6 + size))) == ([PAID] if size > 95 else [])
            assert rows("number", list(range(2, 2 + size))) == [PAID, EMPTY]
            assert rows("number", list(range(1, 1 + size))) == [OPEN, PAID, ODD, EMPTY]
            assert rows("note", ["x", *map(str, range(size))]) == [PAID]

    shop(work)


@each_driver
def test_literal_binds(driver: str, shop: Shop) -> None:
    """Texts with quotes, percent signs and backslashes, numbers, instants and labels are written as literals."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        invoice = classes.Invoice
        session.add(invoice(tenant=3, number=1, note="it's 5%\\", total=7))
        session.flush()
        for query, expected in (
            ({"note": "it's 5%\\"}, [(3, 1)]),
            ({"note": {"$endsWith": "%\\"}}, [(3, 1)]),
            ({"total": {"$lt": -3}}, [ODD]),
            ({"status": "open"}, [OPEN]),
            ({"paid_at": "2026-06-01T12:00:00Z"}, [PAID]),
        ):
            statement = sa.select(invoice.tenant, invoice.number).where(where(classes.INVOICES, query))
            dialect = session.get_bind().dialect
            text = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
            found = session.connection().exec_driver_sql(
                text, () if driver in ("psycopg", "pymysql", "mysql") else None
            )
            assert sorted(tuple(row) for row in found) == expected, text

    shop(work)


@each_driver
def test_aliases_joins_and_subqueries(driver: str, shop: Shop) -> None:
    def work(session: Any, classes: Any, sa: Any) -> None:
        orm = import_module("sqlalchemy.orm")
        invoice, line, model = classes.Invoice, classes.Line, classes.INVOICES
        one, other = orm.aliased(invoice), orm.aliased(invoice)
        pairs = (
            sa.select(one.number, other.number)
            .join(other, one.tenant == other.tenant)
            .where(where(model, {"status": "open"}, one), ~where(model, {"status": "open"}, other))
        )
        assert session.execute(pairs).all() == [(1, 2)]
        joined = sa.select(line.sku).join(invoice.lines).where(where(model, {"total": {"$gt": 0}}))
        assert sorted(session.scalars(joined.where(where(classes.LINES, {"quantity": {"$ne": None}}))), key=str) == [
            None, "a", "b",
        ]  # fmt: skip
        inner = sa.select(invoice.tenant).where(where(model, {"note": {"$ne": "x"}}), invoice.tenant == line.tenant)
        outer = sa.select(line.sku).where(sa.exists(inner), where(classes.LINES, {"sku": {"$gt": "A"}}))
        assert sorted(session.scalars(outer)) == ["a", "b"]
        sub = sa.select(invoice).where(where(model, {"tenant": 1})).subquery()
        from_sub = orm.aliased(invoice, sub)
        assert session.scalars(
            sa.select(from_sub.number).where(where(model, {"total": {"$gt": 9}}, from_sub))
        ).all() == [2]
        both = sa.union(*(sa.select(invoice.number).where(where(model, {"status": one})) for one in ("open", "paid")))
        assert sorted(session.scalars(both)) == [1, 2]
        cte = sa.select(invoice.number).where(where(model, {"status": "paid"})).cte()
        assert session.scalars(sa.select(cte.c.number)).all() == [2]

    shop(work)


@each_driver
def test_lists_of_an_aliased_subclass_and_of_groups(driver: str, shop: Shop) -> None:
    """An alias of a class in two tables is a derived table, which MySQL merges into the statement."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        orm = import_module("sqlalchemy.orm")
        marks = [criteria.Field("marks", "string", is_list=True)]
        model = criteria.sqlalchemy.model(classes.Letter, include={"id", "marks"}, json={"marks": marks})
        for entity in (classes.Letter, orm.aliased(classes.Letter), orm.aliased(classes.Letter, flat=True)):
            for criteria_json, expected in (({"marks": "a"}, [1]), ({"marks": None}, [3]), ({"marks": "c"}, [])):
                rows = sa.select(entity.id).where(where(model, criteria_json, entity)).order_by(entity.id)
                assert session.scalars(rows).all() == expected
            found = where(model, {"marks": "b"}, entity).label("found")
            groups = sa.select(found, sa.func.count(entity.id)).group_by("found").order_by(sa.func.max(entity.id))
            assert [(bool(one), count) for one, count in session.execute(groups)] == [(True, 1), (False, 1)]

    shop(work)


@each_driver
def test_update_delete_and_count(driver: str, shop: Shop) -> None:
    def work(session: Any, classes: Any, sa: Any) -> None:
        invoice, line, model = classes.Invoice, classes.Line, classes.INVOICES
        query = criteria.parse({"OR": [{"status": {"$ne": "paid"}}, {"note": "x"}]}, model.schema)
        assert session.scalar(model.count(query)) == 4
        assert session.scalar(model.count(query, sa.select(invoice).where(invoice.tenant == 2))) == 2
        with_lines = sa.select(invoice).where(invoice.lines.any())
        assert session.scalar(model.count(query, with_lines)) == session.scalar(
            model.count(query, sa.select(invoice).join(invoice.lines).group_by(invoice.tenant, invoice.number))
        )
        changed = sa.update(invoice).where(invoice.tenant == 1, where(model, {"status": {"$ne": "paid"}}))
        assert session.execute(changed.values(note="changed")).rowcount == 1
        assert numbers(session, sa.select(invoice.tenant, invoice.number).where(invoice.note == "changed")) == [OPEN]
        deleted = sa.delete(line).where(where(classes.LINES, {"sku": {"$startsWith": "a"}}))
        assert session.execute(deleted).rowcount == 1
        assert sorted(session.scalars(sa.select(line.sku)), key=str) == ["A", None, None, "b"]

    shop(work)


@each_driver
def test_conditions_are_true_or_false_wherever_they_are(driver: str, shop: Shop) -> None:
    """Selected, negated by SQLAlchemy together with others, in CASE and in OR."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        invoice, model = classes.Invoice, classes.INVOICES
        keys = sa.select(invoice.tenant, invoice.number)
        large = where(model, {"total": {"$gt": 9}})
        selected = keys.add_columns(large.label("large")).order_by(invoice.tenant, invoice.number)
        assert [bool(row.large) for row in session.execute(selected)] == [False, True, False, False]
        assert numbers(session, keys.where(sa.not_(sa.and_(large, invoice.tenant == 1)))) == [OPEN, ODD, EMPTY]
        assert numbers(session, keys.where(sa.case((large, 1), else_=0) == 0)) == [OPEN, ODD, EMPTY]
        assert numbers(session, keys.where(sa.or_(large, invoice.note == "%"))) == [PAID, ODD]
        assert numbers(session, keys.where(where(model, {}))) == [OPEN, PAID, ODD, EMPTY]
        assert numbers(session, keys.where(~where(model, {}))) == []
        assert numbers(session, keys.where(where(model, {"note": {"$in": []}}))) == []

    shop(work)


@each_driver
def test_pages_end_their_order_with_the_whole_key(driver: str, shop: Shop) -> None:
    def work(session: Any, classes: Any, sa: Any) -> None:
        orm, model = import_module("sqlalchemy.orm"), classes.INVOICES
        found = []
        for skip in range(0, 6, 2):
            search = criteria.parse_search(
                {"orderBy": "status desc", "limit": 2, "skip": skip, "getTotalCount": True}, model.schema
            )
            page = model.page(session, search)
            found += [(one.tenant, one.number) for one in page.data]
            assert (page.total_count, page.has_more_records) == (4, skip < 2)
        assert found == [PAID, OPEN, EMPTY, ODD]
        # Collections that are joined multiply rows: SQLAlchemy then puts the page into a subquery.
        search = criteria.parse_search({"orderBy": "note", "limit": 3}, model.schema)
        page = model.page(session, search, sa.select(classes.Invoice).options(orm.joinedload(classes.Invoice.lines)))
        assert [(one.tenant, one.number) for one in page.data] == [EMPTY, ODD, OPEN]
        assert page.has_more_records
        none = criteria.parse_search({"limit": 0, "getTotalCount": True}, model.schema)
        page = model.page(session, none)
        assert (page.data, page.has_more_records, page.total_count) == ((), True, 4)
        # Without the key in the schema the order ends with it all the same.
        partial = criteria.sqlalchemy.model(classes.Invoice, include={"note"})
        page = partial.page(session, criteria.parse_search({"orderBy": "note desc", "limit": 1}, partial.schema))
        assert [(one.tenant, one.number) for one in page.data] == [PAID]

    shop(work)


@each_driver
def test_cursors_walk_all_rows_in_both_directions(driver: str, shop: Shop) -> None:
    """By a label whose name sorts otherwise than its value, by values that are null, and by a key of two columns."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        model = classes.INVOICES
        for order in ("status desc", "status", "note,paid_at desc", "total desc,status", ""):
            params = {"orderBy": order, "limit": 10} if order else {"limit": 10}
            whole = [
                (one.tenant, one.number)
                for one in model.page(session, criteria.parse_search(params, model.schema)).data
            ]
            found, cursor = [], None
            while True:
                given = params | {"limit": 1} | ({} if cursor is None else {"after": cursor})
                page = model.page(session, criteria.parse_search(given, model.schema))
                found += [(one.tenant, one.number) for one in page.data]
                if not page.has_more_records:
                    break
                cursor = page.next_cursor
            assert found == whole, order
            back = []
            while (cursor := page.previous_cursor) is not None:
                given = params | {"limit": 1, "before": cursor, "getTotalCount": True}
                page = model.page(session, criteria.parse_search(given, model.schema))
                back += [(one.tenant, one.number) for one in page.data]
                if not page.data:
                    break
            assert back == whole[:-1][::-1], order
            assert page.total_count == 4

    shop(work)


@each_driver
def test_cursors_have_the_values_that_the_engine_sorts_by(driver: str, shop: Shop) -> None:
    """Not those that Python computes, converts or rounds, of objects and of rows of a table."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        session.expunge_all()
        types = {classes.Reversed: "string", "level": "string"}
        for model in (classes.READINGS, criteria.sqlalchemy.model(classes.Reading.__table__, types=types)):
            for order in (f"{name}{way}" for name in model.schema.names for way in ("", " desc")):
                params = {"orderBy": order, "limit": 8}
                whole = [one.id for one in model.page(session, criteria.parse_search(params, model.schema)).data]
                found: list[int] = []
                cursor: dict[str, Any] = {}
                while True:
                    page = model.page(session, criteria.parse_search(params | {"limit": 3} | cursor, model.schema))
                    found += [one.id for one in page.data]
                    if not page.has_more_records:
                        break
                    cursor = {"after": page.next_cursor}
                assert found == whole, order
                before = criteria.parse_search(params | {"before": page.previous_cursor}, model.schema)
                assert [one.id for one in model.page(session, before).data] == whole[:6], order

    shop(work)


@pytest.mark.heavy("a walk on each driver")
@each_driver
def test_cursors_have_floats_in_full_and_instants_in_utc(driver: str, shop: Shop) -> None:
    """Of a FLOAT objects have 6 digits on MySQL; a TIMESTAMP moves with the time zone of the session."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        model = classes.GAUGES
        if driver in ("pymysql", "mysql"):
            session.execute(sa.text("SET time_zone = '-05:00'"))
        ratios = [0.7, 0.70000005, None, 0.1, 0.70000005, 16777217.0]
        session.add_all([
            classes.Gauge(id=at, ratio=ratio, at=None if at == 3 else datetime(2026, 1, 1 + at % 3, 12))
            for at, ratio in enumerate(ratios, 1)
        ])  # fmt: skip
        session.flush()
        session.expunge_all()
        for order in ("ratio", "ratio desc", "at", "at desc,ratio"):
            params = {"orderBy": order, "limit": 6}
            whole = [one.id for one in model.page(session, criteria.parse_search(params, model.schema)).data]
            found: list[int] = []
            cursor: dict[str, Any] = {}
            while len(found) < 9:
                page = model.page(session, criteria.parse_search(params | {"limit": 1} | cursor, model.schema))
                found += [one.id for one in page.data]
                if not page.has_more_records:
                    break
                cursor = {"after": page.next_cursor}
            assert found == whole, order
        if driver in ("pymysql", "mysql"):
            session.execute(sa.text("SET time_zone = DEFAULT"))

    shop(work)


@pytest.mark.heavy("a walk on each driver")
@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_cursors_go_on_from_nan_and_infinity(driver: str, shop: Shop) -> None:
    """PostgreSQL sorts NaN above all numbers; the page after a number has the rows with NaN, too."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        for value, ids in (("NaN", "2, 5"), ("Infinity", "3"), ("-Infinity", "6")):
            session.execute(sa.text(f"UPDATE readings SET weight = '{value}' WHERE id IN ({ids})"))
        session.expire_all()
        model = classes.READINGS
        for order, expected in (
            ("weight", [4, 8, 6, 1, 7, 3, 2, 5]), ("weight desc", [5, 2, 3, 7, 1, 6, 8, 4]),
            ("weight desc, id", [2, 5, 3, 7, 1, 6, 4, 8]),
        ):  # fmt: skip
            found: list[int] = []
            cursor: dict[str, Any] = {}
            while len(found) < 9:
                search = criteria.parse_search({"orderBy": order, "limit": 1} | cursor, model.schema)
                page = model.page(session, search)
                found += [one.id for one in page.data]
                if not page.has_more_records:
                    break
                cursor = {"after": page.next_cursor}
            assert found == expected, order

    shop(work)


@pytest.mark.parametrize("driver", ["sqlite"])
def test_decimals_with_further_digits_make_no_cursor(driver: str, shop: Shop) -> None:
    """SQLite stores doubles and sorts by all their digits, of which objects show some: pages would repeat rows."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        session.execute(sa.text("UPDATE invoices SET total = 5.001 WHERE tenant = 1 AND number = 1"))
        session.expire_all()
        model = classes.INVOICES
        search = criteria.parse_search({"orderBy": "total desc", "limit": 2}, model.schema)
        page = model.page(session, search)
        assert [(one.tenant, one.number) for one in page.data] == [PAID, OPEN]
        with pytest.raises(CriteriaError, match=r"The database has 5\.001 in field \"total\""):
            page.next_cursor  # noqa: B018
        session.execute(sa.text("UPDATE invoices SET total = round(total, 2)"))
        assert model.page(session, search).next_cursor is not None

    shop(work)


@each_driver
def test_what_would_change_a_page_is_refused(driver: str, shop: Shop) -> None:
    """An order or a limit of the statement, other statements, other sessions, and aliases of other classes."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        orm, asyncio = import_module("sqlalchemy.orm"), import_module("sqlalchemy.ext.asyncio")
        invoice, model = classes.Invoice, classes.INVOICES
        search = criteria.parse_search({"limit": 2, "getTotalCount": True}, model.schema)
        selected = sa.select(invoice)
        for wrong in (
            selected.order_by(invoice.note), selected.limit(1), selected.offset(1), selected.fetch(1),
            session.query(invoice), sa.union(selected, selected), sa.text("SELECT 1"),
        ):  # fmt: skip
            for call in (model.select, lambda *given: model.page(session, *given)):
                with pytest.raises(CriteriaError) as error:
                    call(search, wrong)
                assert error.value.problems[0].code == "invalid_parameter"
        assert model.page(session, search, selected.order_by(invoice.note).order_by(None)).total_count == 4
        query = criteria.parse({"note": "x"}, model.schema)
        table = criteria.sqlalchemy.model(invoice.__table__, naive="utc")
        for call in (
            lambda: model.page(asyncio.AsyncSession(), search),
            lambda: model.page(session, {"limit": 2}),
            lambda: model.where(query, classes.Line),
            lambda: model.where(query, orm.aliased(classes.Line)),
            lambda: model.order_by(search, "invoices"),
            lambda: table.where(criteria.parse({"note": "x"}, table.schema), invoice),
        ):
            with pytest.raises(CriteriaError) as error:
                call()
            assert error.value.problems[0].code == "invalid_parameter"

    shop(work)


@pytest.mark.parametrize("driver", ["sqlite"])
def test_pages_in_an_order_by_related_rows_have_no_cursors(driver: str, shop: Shop) -> None:
    def work(session: Any, classes: Any, sa: Any) -> None:
        model = classes.EMPLOYEES
        page = model.page(session, criteria.parse_search({"orderBy": "manager.name", "limit": 1}, model.schema))
        assert (page.has_more_records, page.next_cursor) == (True, None)

    shop(work)


@pytest.mark.parametrize("driver", ["sqlite"])
def test_each_statement_of_a_page_after_a_cursor_is_a_range_of_the_index(driver: str, shop: Shop) -> None:
    """The primary key serves both statements, and none sorts rows."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        model = classes.INVOICES
        first = model.page(session, criteria.parse_search({"limit": 1}, model.schema))
        search = criteria.parse_search({"limit": 2, "after": first.next_cursor}, model.schema)
        keys = sa.select(classes.Invoice.tenant, classes.Invoice.number)

        def plan(statement: Any) -> str:
            text = statement.compile(session.connection(), compile_kwargs={"literal_binds": True})
            return "; ".join(row[3] for row in session.execute(sa.text(f"EXPLAIN QUERY PLAN {text}")))

        index = "SEARCH invoices USING COVERING INDEX sqlite_autoindex_invoices_1"
        parts = model.pages(session, search, keys)
        assert [plan(part) for part in parts] == [f"{index} (tenant=? AND number>?)", f"{index} (tenant>?)"]
        assert [[tuple(row) for row in session.execute(part)] for part in parts] == [[PAID], [ODD, EMPTY]]
        assert len(model.pages(session, criteria.parse_search({"limit": 2}, model.schema), keys)) == 1

    shop(work)


@each_driver
def test_conditions_that_sqlalchemy_adds_to_every_statement(driver: str, shop: Shop) -> None:
    """`with_loader_criteria` puts a condition on a class wherever it is, relations that are loaded included."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        orm = import_module("sqlalchemy.orm")
        session.expunge_all()
        with_sku = orm.with_loader_criteria(classes.Line, where(classes.LINES, {"sku": {"$ne": None}}))
        loaded = sa.select(classes.Invoice).options(orm.selectinload(classes.Invoice.lines), with_sku)
        found = {(one.tenant, one.number): sorted(line.sku for line in one.lines) for one in session.scalars(loaded)}
        assert found == {OPEN: ["a", "b"], PAID: ["A"], ODD: [], EMPTY: []}
        for prefix, skus in (("a", ["a"]), ("b", ["b"])):  # both bounds of a prefix are derived from one operand
            session.expunge_all()
            given = where(classes.LINES, {"sku": {"$startsWith": prefix}})
            for loaded in (
                sa.select(classes.Invoice).options(
                    orm.selectinload(classes.Invoice.lines), orm.with_loader_criteria(classes.Line, given)
                ),
                sa.select(classes.Invoice).options(orm.joinedload(classes.Invoice.lines.and_(given))),
            ):
                loaded = loaded.execution_options(populate_existing=True)
                rows = session.scalars(loaded).unique().all()
                assert [line.sku for one in rows for line in one.lines] == skus
        legacy = session.query(classes.Invoice.number).filter(where(classes.INVOICES, {"note": {"$startsWith": "5"}}))
        assert legacy.all() == [(1,)]
        assert legacy.count() == 1

    shop(work)


@each_driver
def test_relations_to_many_are_lists_without_duplicated_rows(driver: str, shop: Shop) -> None:
    def work(session: Any, classes: Any, sa: Any) -> None:
        keys = sa.select(classes.Invoice.tenant, classes.Invoice.number)
        for query, expected in (
            ({"lines.quantity": {"$gte": 1}}, [OPEN, PAID]),
            ({"lines.sku": {"$in": ["a", "b"]}}, [OPEN]),
            ({"lines.sku": None}, [ODD, EMPTY]),
            ({"lines.sku": {"$ne": None}}, [OPEN, PAID]),
            ({"lines.sku": {"$ne": "A"}}, [OPEN, ODD, EMPTY]),
            ({"NOT": {"lines.quantity": {"$gt": 1}}}, [PAID, ODD, EMPTY]),
            ({"AND": [{"lines.sku": "a"}, {"lines.quantity": 2}]}, [OPEN]),
            ({"NOT": {"OR": [{"lines.sku": "a"}, {"total": {"$lt": 0}}]}}, [PAID, EMPTY]),
        ):
            assert numbers(session, keys.where(where(classes.INVOICES, query))) == expected, query

    shop(work)


@each_driver
def test_classes_related_to_themselves(driver: str, shop: Shop) -> None:
    def work(session: Any, classes: Any, sa: Any) -> None:
        model, ids = classes.EMPLOYEES, sa.select(classes.Employee.id).order_by(classes.Employee.id)
        for query, expected in (
            ({"manager.name": "Ada"}, [2, 4]),
            ({"manager.name": None}, [1]),
            ({"manager.name": {"$ne": "Ada"}}, [1, 3]),
            ({"manager.manager.name": "Ada"}, [3]),
            ({"manager.manager.name": None}, [1, 2, 4]),
            ({"reports.name": "bob"}, [1]),
            ({"reports.name": None}, [3, 4]),
            ({"NOT": {"reports.name": {"$startsWith": "b"}}}, [2, 3, 4]),
        ):
            assert session.scalars(ids.where(where(model, query))).all() == expected, query
        search = criteria.parse_search({"orderBy": "manager.manager.name desc,manager.name,name desc"}, model.schema)
        assert [one.id for one in model.page(session, search).data] == [3, 1, 2, 4]

    shop(work)


@each_driver
def test_subclasses(driver: str, shop: Shop) -> None:
    """Of a class in the same table only its rows are selected and counted; of one in a table of its own as well."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        leads = criteria.sqlalchemy.model(classes.Lead, exclude={"manager_id"})
        everybody = criteria.parse({}, leads.schema)
        assert session.scalar(leads.count(everybody)) == 2
        search = criteria.parse_search({"query": {"budget": None}, "getTotalCount": True}, leads.schema)
        page = leads.page(session, search)
        assert ([one.name for one in page.data], page.total_count) == (["Dot"], 1)
        letters = criteria.sqlalchemy.model(classes.Letter)
        search = criteria.parse_search(
            {"query": {"AND": [{"title": "t"}, {"pages": {"$gt": 1}}]}, "getTotalCount": True}, letters.schema
        )
        page = letters.page(session, search)
        assert ([one.id for one in page.data], page.total_count) == ([1], 1)
        assert session.scalar(letters.count(criteria.parse({"title": None}, letters.schema))) == 1

    shop(work)


@each_driver
def test_tables_without_a_class(driver: str, shop: Shop) -> None:
    def work(session: Any, classes: Any, sa: Any) -> None:
        table = classes.Invoice.__table__
        model = criteria.sqlalchemy.model(table, naive="utc")
        search = criteria.parse_search({"query": {"status": {"$ne": "paid"}}, "orderBy": "note desc"}, model.schema)
        assert [(row.tenant, row.number) for row in model.page(session, search).data] == [OPEN, ODD, EMPTY]
        alias = table.alias()
        found = session.execute(sa.select(alias.c.number).where(where(model, {"note": "x"}, alias))).all()
        assert found == [(2,)]

    shop(work)


@pytest.mark.parametrize("driver", ["sqlite"])
def test_queries_of_other_schemas_are_refused(driver: str, shop: Shop) -> None:
    def work(session: Any, classes: Any, sa: Any) -> None:
        other = criteria.Schema("other", [criteria.Field("secret", "string")], system_properties=False)
        for query in (criteria.parse({"secret": "x"}, other), criteria.parse({"note": "x"})):
            with pytest.raises(CriteriaError) as error:
                classes.INVOICES.where(query)
            assert error.value.problems[0].code == "invalid_schema"

    shop(work)


@each_driver
def test_statements_that_repeat_rows_or_select_others_are_refused(driver: str, shop: Shop) -> None:
    """A page counts rows: with each invoice once for each of its lines it would have too few, and lose the others."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        orm, invoice, line, model = import_module("sqlalchemy.orm"), classes.Invoice, classes.Line, classes.INVOICES
        search = criteria.parse_search({"limit": 2, "getTotalCount": True}, model.schema)
        for statement, words in (
            (sa.select(invoice).join(invoice.lines), "several times"),
            (sa.select(invoice).join(invoice.lines).options(orm.contains_eager(invoice.lines)), "several times"),
            (sa.select(invoice).where(line.tenant == invoice.tenant), "several times"),
            (sa.select(orm.aliased(invoice)), "does not select Invoice alone"),
            (sa.select(line), "does not select Invoice alone"),
            (sa.select(invoice, line).join(invoice.lines), "does not select Invoice alone"),
            (sa.select(invoice.number), "selects columns"),
        ):
            with pytest.raises(criteria.CriteriaError, match=words) as caught:
                model.page(session, search, statement)
            assert caught.value.problems[0].hint
        for wrong in (None, "session"):
            with pytest.raises(criteria.CriteriaError, match="Expected a session"):
                model.page(wrong, search)
        for order in (None, "number", [1]):
            with pytest.raises(criteria.CriteriaError, match="Expected a search or sort keys"):
                model.order_by(order)
        with pytest.raises(criteria.CriteriaError, match="fields that"):
            model.order_by(criteria.parse_order_by("sku", classes.LINES.schema))
        once = sa.select(invoice).join(invoice.lines).group_by(invoice.tenant, invoice.number)
        page = model.page(session, search, once)
        assert page.total_count == session.scalar(
            sa.select(sa.func.count()).select_from(invoice).where(invoice.lines.any())
        )
        one = orm.aliased(invoice)  # joined by its whole key, so that each row finds one
        on = sa.and_(one.tenant == invoice.tenant, one.number == invoice.number)
        page = model.page(session, search, sa.select(invoice).join(one, on))
        assert (len(page.data), page.total_count, page.has_more_records) == (2, 4, True)

    shop(work)


@pytest.mark.parametrize("driver", ["sqlite"])
def test_references_and_lists_of_objects_are_refused_with_their_place(driver: str, shop: Shop) -> None:
    """The refusal comes before a statement is made, and says what a model has instead."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        person = criteria.Field("tenant", "objectRef", object_entity_type="person", nullable=False)
        model = criteria.sqlalchemy.model(classes.Invoice, naive="utc", types={"tenant": person})
        key = criteria.Field("id", "integer", is_unique=True, nullable=False)
        people = criteria.Schema("person", [key, criteria.Field("name", "string")], system_properties=False)
        query = criteria.parse({"OR": [{"number": 1}, {"tenant.name": {"$ne": "a"}}]}, model.schema,
                               entities={"person": people})  # fmt: skip
        lists = criteria.Schema("lists", [criteria.ObjectList("lines", [criteria.Field("sku", "string")])])
        elements = criteria.parse({"lines": {"$elemMatch": {"sku": "a"}}}, lists)
        search = criteria.Search(query, limit=1)
        for refused, pointer in (
            (lambda: model.where(query), "/OR/1/tenant.name/$ne"),
            (lambda: model.select(search), "/OR/1/tenant.name/$ne"),
            (lambda: model.page(session, search), "/OR/1/tenant.name/$ne"),
            (lambda: model.where(elements), "/lines/$elemMatch"),
        ):
            with pytest.raises(CriteriaError) as error:
                refused()
            (problem,) = error.value.problems
            assert (problem.code, problem.pointer) == ("unsupported", pointer)
            assert problem.hint
        assert numbers(session, sa.select(classes.Invoice.tenant, classes.Invoice.number).where(
            where(model, {"tenant": 1}))) == [OPEN, PAID]  # fmt: skip

    shop(work)


@each_driver
def test_conditions_of_one_form_are_compiled_once(driver: str, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one statement, and in those after it. Each binds its own values, also where these differ in form."""

    def work(session: Any, classes: Any, sa: Any) -> None:
        clauses: Any = import_module("criteria.sqlalchemy.clauses")
        made: list[Any] = []
        original = clauses.condition_pieces

        def counted(normal: Any, *more: Any, **options: Any) -> Any:
            made.append(normal)
            return original(normal, *more, **options)

        monkeypatch.setattr(clauses, "condition_pieces", counted)
        keys = sa.select(classes.Invoice.tenant, classes.Invoice.number)

        def found(groups: list[dict[str, Any]]) -> list[Any]:
            return numbers(session, keys.where(where(classes.INVOICES, {"OR": groups})))

        none = [{"AND": [{"lines.sku": f"x{at}"}, {"lines.quantity": {"$gt": 100 + at}}]} for at in range(60)]
        assert found(none) == []
        assert len(made) == 2
        one = {"AND": [{"lines.sku": "A"}, {"lines.quantity": {"$gt": 0}}]}
        assert found([*none, one]) == found([one]) != []
        assert len(made) == 2
        texts = ["A", "", "a", "A%", "A ", "Ä"]
        for text in texts:
            some = [{"lines.sku": {"$startsWith": other}} for other in texts if other != text]
            each = [found([{"AND": [one, {"number": {"$gt": 0}}]}]) for one in some]
            expected = sorted({key for one in each for key in one})
            assert found([{"AND": [one, {"number": {"$gt": 0}}]} for one in some]) == expected

    shop(work)
