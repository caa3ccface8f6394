"""MySQL and MariaDB tables that other programs created: what their columns need to be answered right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field
from criteria.tables.catalogs.mysql import check_version
from tests.conftest import Engines
from tests.engines.sql import SqlEngine
from tests.tables.foreign import Foreign, created, foreign, refused

NAMES = ("mariadb", "mysql")
GUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
every_server = pytest.mark.parametrize("name", NAMES)


@every_server
@pytest.mark.parametrize("zone", ["+00:00", "-05:00", "+09:00"])
def test_a_timestamp_does_not_depend_on_the_session(name: str, zone: str, engines: Engines) -> None:
    """It is converted to the session's zone on its way in and out, and a condition compares neither."""
    values = ("FROM_UNIXTIME(1780315200)", "FROM_UNIXTIME(1793511000)", "FROM_UNIXTIME(1793514600)", "NULL")
    with foreign(engines, name, "at TIMESTAMP NULL", Field("at", "dateTime"), values) as table:
        [[before]] = table.engine.execute("SELECT @@session.time_zone")
        table.engine.execute(f"SET time_zone = '{zone}'")
        try:
            assert table.keys({"at": "2026-06-01T12:00:00Z"}) == [1]
            assert table.keys({"at": "2026-11-01T05:30:00Z"}) == [2]
            assert table.keys({"at": {"$gt": "2026-11-01T05:30:00Z"}}) == [3]
            assert table.keys({"at": {"$ne": "2026-11-01T05:30:00Z"}}) == [1, 3, 4]
            assert table.in_order("at desc")[:3] == [3, 2, 1]
        finally:
            table.engine.execute(f"SET time_zone = '{before}'")


TRANSITION = """
INSERT INTO mysql.time_zone (Time_zone_id, Use_leap_seconds) VALUES (9901, 'N')
INSERT INTO mysql.time_zone_name (Name, Time_zone_id) VALUES ('Test/Repeats', 9901)
INSERT INTO mysql.time_zone_transition_type VALUES (9901, 0, -14400, 1, 'RDT'), (9901, 1, -18000, 0, 'RST')
INSERT INTO mysql.time_zone_transition VALUES (9901, -2147483648, 0), (9901, 1793512800, 1)
"""
"""A zone whose clocks go back an hour at 2026-11-01T06:00:00Z, as New York's do. Servers without tables of zones lack
that."""


@every_server
def test_a_timestamp_around_a_clock_change_of_a_named_zone(name: str, engines: Engines) -> None:
    """05:30Z and 06:30Z are the same wall clock there."""
    values = ("FROM_UNIXTIME(1793511000)", "FROM_UNIXTIME(1793514600)")
    with foreign(engines, name, "at TIMESTAMP NULL", Field("at", "dateTime"), values) as table:
        tables = ("time_zone", "time_zone_name", "time_zone_transition_type", "time_zone_transition")
        [[before]] = table.engine.execute("SELECT @@session.time_zone")
        for statement in TRANSITION.strip().splitlines():
            table.engine.execute(statement)
        table.engine.commit()
        try:
            table.engine.execute("SET time_zone = 'Test/Repeats'")
            assert len({str(row[0]) for row in table.engine.execute("SELECT at FROM foreign_rows")}) == 1
            assert table.keys({"at": "2026-11-01T05:30:00Z"}) == [1]
            assert table.keys({"at": "2026-11-01T06:30:00Z"}) == [2]
            assert table.keys({"at": {"$gt": "2026-11-01T06:00:00Z"}}) == [2]
            assert table.keys({"at": {"$lt": "2026-11-01T06:00:00Z"}}) == [1]
            assert table.in_order("at desc") == [2, 1]
        finally:
            table.engine.execute(f"SET time_zone = '{before}'")
            for one in tables:
                table.engine.execute(f"DELETE FROM mysql.{one} WHERE Time_zone_id = 9901")
            table.engine.commit()


@every_server
def test_a_datetime_without_the_declaration_is_refused(name: str, engines: Engines) -> None:
    assert "has no time zone" in refused(engines, name, "at DATETIME(6)", Field("at", "dateTime"))


@every_server
def test_a_date_is_no_instant(name: str, engines: Engines) -> None:
    assert 'as "date"' in refused(engines, name, "day DATE", Field("day", "dateTime", time_zone="UTC"))


@every_server
def test_float_compares_by_the_value_that_it_holds(name: str, engines: Engines) -> None:
    with foreign(engines, name, "v FLOAT", Field("v", "double"), ("0.1", "0.5", "NULL")) as table:
        assert table.keys({"v": 0.1}) == []
        assert table.keys({"v": 0.10000000149011612}) == [1]
        assert table.keys({"v": {"$gt": 0.1}}) == [1, 2]


@every_server
@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"v": "unknown"}, []),
        ({"v": {"$ne": "unknown"}}, [1, 2, 3, 4, 5]),
        ({"v": {"$gt": "Z"}}, [1, 4]),
        ({"v": {"$contains": "a"}}, [1, 4]),
        ({"v": {"$startsWith": "O"}}, [2]),
        ({"v": {"$istartsWith": "o"}}, [2]),
        ({"v": {"$icontains": "A"}}, [1, 4]),
        ({"v": "ok"}, []),
    ],
)
def test_labels_compare_as_text(query: Any, keys: list[int], name: str, engines: Engines) -> None:
    values = ("'sad'", "'OK'", "'Z'", "'a'", "NULL")
    with foreign(engines, name, "v ENUM('sad', 'OK', 'Z', 'a')", Field("v", "string"), values) as table:
        assert table.keys(query) == keys
        assert [key for key in table.in_order("v") if key != 5] == [2, 3, 4, 1]


@every_server
@pytest.mark.parametrize(
    ("kind", "spelled"),
    [("CHAR(32)", f"'{GUID.replace('-', '')}'"), ("CHAR(36)", f"'{GUID.upper()}'"),
     ("BINARY(16)", f"X'{GUID.replace('-', '')}'")],
)  # fmt: skip
def test_guids_are_compared_as_they_are_stored(kind: str, spelled: str, name: str, engines: Engines) -> None:
    with foreign(engines, name, f"v {kind}", Field("v", "guid"), (spelled, "NULL")) as table:
        assert table.keys({"v": GUID}) == [1]
        assert table.keys({"v": {"$ne": GUID}}) == [2]


@every_server
@pytest.mark.parametrize("column", ["SMALLINT", "INT", "BIGINT"])
def test_integers_take_every_operand(column: str, name: str, engines: Engines) -> None:
    with foreign(engines, name, f"v {column}", Field("v", "integer"), ("1", "2", "NULL")) as table:
        assert table.keys({"v": 2**40}) == []
        assert table.keys({"v": {"$lt": 2**40}}) == [1, 2]
        assert table.keys({"v": {"$nin": [1, 2**40]}}) == [2, 3]


BINARY = {"mariadb": "utf8mb4_nopad_bin", "mysql": "utf8mb4_0900_bin"}
COLUMNS = (
    "name VARCHAR(20) COLLATE {binary} NOT NULL, folded VARCHAR(20), amount INT, total DECIMAL(10, 2), at DATETIME(6)"
)
FIELDS = (
    Field("name", "string", nullable=False),
    Field("folded", "string"),
    Field("amount", "integer"),
    Field("total", "decimal", precision=10, scale=2),
    Field("at", "dateTime", precision=6, time_zone="UTC"),
)
ROWS = (
    "INSERT INTO foreign_rows SELECT seq, CONCAT('name', seq), CONCAT('name', seq), seq, seq, "
    "TIMESTAMPADD(HOUR, seq, '2020-01-01') "
    "FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS seq "
    "FROM {digits} AS a, {digits} AS b, {digits} AS c, {few} AS e) AS s"
)


@contextmanager
def in_mode(engine: SqlEngine, mode: str) -> Iterator[None]:
    """A block in which the session has another SQL mode."""
    [[before]] = engine.execute("SELECT @@session.sql_mode")
    engine.execute(f"SET sql_mode = '{mode}'")
    try:
        yield
    finally:
        engine.execute(f"SET sql_mode = '{before}'")


@every_server
def test_a_mode_that_pads_char_columns_is_refused(name: str, engines: Engines) -> None:
    """Under PAD_CHAR_TO_FULL_LENGTH the value `ab` of a CHAR(5) is compared as `ab   `."""
    schema = criteria.Schema("t", [Field("code", "string")], system_properties=False)
    with created(engines, name, "code CHAR(5), other CHAR(2)") as engine:
        criteria.tables.reflect(engine.connection, "foreign_rows", schema)
        with in_mode(engine, "PAD_CHAR_TO_FULL_LENGTH"), pytest.raises(criteria.CriteriaError) as refused_:
            criteria.tables.reflect(engine.connection, "foreign_rows", schema)
        assert [problem.code for problem in refused_.value.problems] == ["unfit_column", "unfit_column"]
        assert '"code"' in refused_.value.problems[0].message


def test_a_mode_that_makes_null_of_empty_strings_is_refused(engines: Engines) -> None:
    """Under EMPTY_STRING_IS_NULL `{"code": ""}` would select no row, and `$ne` of it only rows without a value."""
    schema = criteria.Schema("t", [Field("code", "string")], system_properties=False)
    with created(engines, "mariadb", "code VARCHAR(5)") as engine:
        with (
            in_mode(engine, "EMPTY_STRING_IS_NULL,STRICT_ALL_TABLES"),
            pytest.raises(criteria.CriteriaError) as refused_,
        ):
            criteria.tables.reflect(engine.connection, "foreign_rows", schema)
        [problem] = refused_.value.problems
        assert (problem.code, "EMPTY_STRING_IS_NULL" in problem.message) == ("unfit_column", True)
        criteria.tables.reflect(engine.connection, "foreign_rows", schema)


SETTINGS = {
    "sql_auto_is_null": "1",  # {"id": null} would select the row that was inserted last
    "sql_select_limit": "2",  # a condition would select two rows of any number
    "max_sort_length": "64",  # pages of strings with the same beginning would be in no order, and lose rows
    "character_set_results": "latin1",  # the server returns "?" for what is not in it
    "character_set_connection": "latin1",  # operands become "?", and select rows with that
}


@every_server
@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_that_changes_answers_is_refused(name: str, setting: str, engines: Engines) -> None:
    """Each one makes the statements of a table select, sort or return something else, so the table is not read."""
    schema = criteria.Schema("t", [Field("code", "string")], system_properties=False)
    with created(engines, name, "code VARCHAR(300)") as engine:
        before = engine.execute(f"SELECT @@{setting}")[0][0]
        engine.execute(f"SET {setting} = {SETTINGS[setting]}")
        try:
            with pytest.raises(criteria.CriteriaError) as refused_:
                criteria.tables.reflect(engine.connection, "foreign_rows", schema)
        finally:
            engine.execute(f"SET {setting} = %s", (before,))
        [problem] = refused_.value.problems
        words = "returns text as latin1" if setting == "character_set_results" else setting
        assert (problem.code, words in problem.message) == ("unfit_column", True)
        criteria.tables.reflect(engine.connection, "foreign_rows", schema)


@every_server
def test_set_character_set_is_refused_where_the_database_has_another_one(name: str, engines: Engines) -> None:
    """SET CHARACTER SET utf8mb4 takes the set of the database for the connection. In latin1 a text of two kanji would
    select the row `??`."""
    schema = criteria.Schema("t", [Field("name", "string")], system_properties=False)
    values = "INSERT INTO foreign_rows VALUES (1, '\u6771\u4eac'), (2, '??')"
    with created(engines, name, "name VARCHAR(5) CHARACTER SET utf8mb4", values) as engine:
        query = criteria.parse({"name": "\u6771\u4eac"}, schema)
        table = criteria.tables.reflect(engine.connection, "foreign_rows", schema)
        where = criteria.compile(query, "sql", table=table)
        text = f"SELECT id FROM foreign_rows WHERE {where.text}"
        assert engine.keys(text, where.params, 0) == [1]
        [[before]] = engine.execute("SELECT @@character_set_database")
        engine.execute("SET character_set_database = latin1")
        engine.execute("SET CHARACTER SET utf8mb4")
        try:
            sets = [
                engine.execute(f"SELECT @@character_set_{one}")[0][0] for one in ("client", "results", "connection")
            ]
            assert sets == ["utf8mb4", "utf8mb4", "latin1"]
            assert engine.keys(text, where.params, 0) == [2]
            for attempt in (
                lambda: criteria.tables.reflect(engine.connection, "foreign_rows", schema, verify=False),
                lambda: criteria.tables.verify(engine.connection, table),
                lambda: criteria.tables.schema(engine.connection, "foreign_rows"),
            ):
                with pytest.raises(criteria.CriteriaError) as refused_:
                    attempt()
                [problem] = refused_.value.problems
                assert (problem.code, problem.hint) == ("unfit_column", "Run SET NAMES utf8mb4, not SET CHARACTER SET.")
                assert "character_set_connection" in problem.message
        finally:
            engine.execute(f"SET character_set_database = {before}")
            engine.execute("SET NAMES utf8mb4")
        criteria.tables.verify(engine.connection, table)


@every_server
def test_a_session_that_returns_no_rows_at_all_is_refused(name: str, engines: Engines) -> None:
    """With a `sql_select_limit` of 0 the statement that asks for the settings has an answer all the same."""
    schema = criteria.Schema("t", [Field("code", "string")], system_properties=False)
    with created(engines, name, "code VARCHAR(5)") as engine:
        engine.execute("SET sql_select_limit = 0")
        try:
            for attempt in (
                lambda: criteria.tables.reflect(engine.connection, "foreign_rows", schema),
                lambda: criteria.tables.schema(engine.connection, "foreign_rows"),
            ):
                with pytest.raises(criteria.CriteriaError) as refused_:
                    attempt()
                [problem] = refused_.value.problems
                assert problem.code == "unfit_column"
                assert problem.message.startswith("Under sql_select_limit")
                assert problem.message.endswith("at most 0 rows.")
        finally:
            engine.execute("SET sql_select_limit = DEFAULT")


@every_server
def test_a_connection_without_all_characters_is_refused(name: str, engines: Engines) -> None:
    """Under utf8mb3 an operand beyond U+FFFF would become another text, and compare as that."""
    schema = criteria.Schema("t", [Field("code", "string")], system_properties=False)
    with created(engines, name, "code VARCHAR(5)") as engine:
        engine.execute("SET NAMES utf8mb3")
        try:
            with pytest.raises(criteria.CriteriaError) as refused_:
                criteria.tables.reflect(engine.connection, "foreign_rows", schema)
        finally:
            engine.execute("SET NAMES utf8mb4")
        [problem] = refused_.value.problems
        assert (problem.code, problem.hint) == ("unfit_column", 'Connect with charset="utf8mb4".')


def _numbers(count: int) -> str:
    return "(" + " UNION ALL ".join(f"SELECT {one} AS d" for one in range(count)) + ")"


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def indexed(request: pytest.FixtureRequest, engines: Engines) -> Any:
    """A table with an index on each column, and 5,000 rows."""
    name = request.param
    columns = COLUMNS.format(binary=BINARY[name])
    rows = ROWS.format(digits=_numbers(10), few=_numbers(5))
    indexes = [f"CREATE INDEX by_{one.name} ON foreign_rows ({one.name})" for one in FIELDS]
    with created(engines, name, columns, rows, *indexes, "ANALYZE TABLE foreign_rows") as engine:
        yield Foreign(engine, FIELDS)


@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({"name": "name7"}, "by_name"),
        ({"name": {"$gt": "name7", "$lt": "name70"}}, "by_name"),
        ({"name": {"$in": ["name7", "name8"]}}, "by_name"),
        ({"name": {"$startsWith": "name70"}}, "by_name"),
        ({"folded": "name7"}, "by_folded"),
        ({"amount": 7}, "by_amount"),
        ({"amount": {"$gt": 7, "$lt": 9}}, "by_amount"),
        ({"amount": {"$in": [7, 8]}}, "by_amount"),
        ({"total": {"$lt": 7.5}}, "by_total"),
        ({"at": {"$lt": "2020-01-02T00:00:00Z"}}, "by_at"),
        ({"OR": [{"name": "name7"}, {"amount": 8}]}, "by_amount"),
    ],
    ids=str,
)
def test_indexes_serve(query: Any, index: str, total: bool, indexed: Foreign) -> None:
    """Equality, ranges, lists and prefixes use the index on the column, total or not."""
    where = indexed.where(query, total=total)
    # EXPLAIN names the chosen index behind the possible ones; MySQL has one more column before them.
    kind, place = ("EXPLAIN", 5) if indexed.table.dialect == "mariadb" else ("EXPLAIN FORMAT=TRADITIONAL", 6)
    text = f"{kind} SELECT * FROM foreign_rows WHERE {where.text}"
    chosen = [row[place] for row in indexed.engine.execute(text, where.params)]
    assert any(index in (one or "") for one in chosen), where


def test_an_order_by_a_short_text_is_read_from_its_index(indexed: Foreign) -> None:
    """MariaDB sorts by the first bytes of a text only. 256 characters of a binary collation need no further keys."""
    search = criteria.parse_search({"query": "{}", "orderBy": "name", "limit": 5}, indexed.schema)
    rows = criteria.compile(search, "sql", table=indexed.table).rows
    assert "SUBSTRING" not in rows.text
    plan = indexed.plan(rows.text, rows.params)
    assert "by_name" in plan
    assert "filesort" not in plan, rows


@pytest.mark.parametrize(
    ("dialect", "version", "needed"),
    [
        ("mysql", "8.0.19-0ubuntu5", "8.0.28"),
        ("mysql", "5.7.44", "8.0.28"),
        ("mariadb", "10.6.7-MariaDB-2", "10.11.19"),
        ("mariadb", "10.11.7-MariaDB-2", "10.11.19"),
    ],
)
def test_servers_that_select_wrong_rows_are_refused(dialect: str, version: str, needed: str) -> None:
    """MySQL 8.0.19, MariaDB 10.6.7 and 10.11.7 were executed, and lost rows."""
    with pytest.raises(CriteriaError, match="selects wrong rows") as told:
        check_version(dialect, version)
    [problem] = told.value.problems
    assert problem.code == "unsupported"
    assert str(problem.hint).endswith(f"{needed} or later.")


@pytest.mark.parametrize(
    ("dialect", "version"),
    [
        ("mysql", "8.0.28-0ubuntu4"),
        ("mysql", "9.7.0"),
        ("mariadb", "10.11.19-MariaDB"),
        ("mariadb", "5.5.5-11.8.2-MariaDB"),
    ],
)
def test_servers_that_answer_are_not_refused(dialect: str, version: str) -> None:
    check_version(dialect, version)
