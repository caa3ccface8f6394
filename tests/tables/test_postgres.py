"""PostgreSQL tables that other programs created: what their columns need to be answered right."""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria import Column, CriteriaError, Field, Schema, Table
from tests.conftest import Engines
from tests.engines.sql import SqlEngine
from tests.tables.foreign import KEY, Foreign, created, foreign, refused

NAME = "postgres-natural"
GUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
MOOD = ('DROP TYPE IF EXISTS "The mood"', "CREATE TYPE \"The mood\" AS ENUM ('sad', 'OK', 'Z', 'a')")


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_a_timestamp_does_not_depend_on_the_session(zone: str, engines: Engines) -> None:
    """A `timestamp` that holds UTC, around the hour that New York repeats as well."""
    values = ("'2026-06-01 12:00'", "'2026-11-01 05:30'", "'2026-11-01 06:30'", "NULL")
    with foreign(engines, NAME, "at timestamp", Field("at", "dateTime", precision=6, time_zone="UTC"), values) as table:
        table.engine.execute(f"SET LOCAL TimeZone = '{zone}'")
        assert table.keys({"at": "2026-06-01T12:00:00Z"}) == [1]
        assert table.keys({"at": "2026-11-01T05:30:00Z"}) == [2]
        assert table.keys({"at": {"$gt": "2026-11-01T05:30:00Z"}}) == [3]
        assert table.keys({"at": {"$ne": "2026-11-01T01:30:00-05:00"}}) == [1, 2, 4]


def test_a_timestamp_without_the_declaration_is_refused(engines: Engines) -> None:
    assert "has no time zone" in refused(engines, NAME, "at timestamp", Field("at", "dateTime"))


def test_a_date_is_no_instant(engines: Engines) -> None:
    assert 'as "date"' in refused(engines, NAME, "day date", Field("day", "dateTime", time_zone="UTC"))


def test_real_compares_by_the_value_that_it_holds(engines: Engines) -> None:
    """0.1 of 32 bits is not 0.1 of 64 bits; 0.5 is the same of both."""
    with foreign(engines, NAME, "v real", Field("v", "double"), ("0.1", "0.5", "NULL")) as table:
        assert table.keys({"v": 0.1}) == []
        assert table.keys({"v": 0.10000000149011612}) == [1]
        assert table.keys({"v": {"$gt": 0.1}}) == [1, 2]
        assert table.keys({"v": 0.5}) == [2]


@pytest.mark.parametrize(
    ("column", "kind", "values", "query", "keys"),
    [
        ("varchar[]", "string", ("'{a,b}'", "'{b}'", "NULL"), {"v": "a"}, [1]),
        ("varchar(5)[]", "string", ("'{a,b}'", "'{b}'", "NULL"), {"v": {"$ne": "a"}}, [2, 3]),
        ("varchar[]", "string", ("'{a,b}'", "'{b}'", "NULL"), {"v": {"$startsWith": "a"}}, [1]),
        ("integer[]", "integer", ("'{1,2}'", "'{2}'", "NULL"), {"v": 1}, [1]),
        ("integer[]", "integer", ("'{1,2}'", "'{2}'", "NULL"), {"v": 2**40}, []),
        ("integer[]", "integer", ("'{1,2}'", "'{2}'", "NULL"), {"v": {"$lt": 2**40}}, [1, 2]),
        ("integer[]", "integer", ("'{1,2}'", "'{2}'", "NULL"), {"v": {"$nin": [1, 2**40]}}, [2, 3]),
        ("smallint[]", "integer", ("'{1,2}'", "'{2}'", "NULL"), {"v": {"$in": [2**40, 1]}}, [1]),
    ],
)
def test_arrays_take_every_operand(
    column: str, kind: Any, values: tuple[str, ...], query: Any, keys: list[int], engines: Engines
) -> None:
    with foreign(engines, NAME, f"v {column}", Field("v", kind, is_list=True), values) as table:
        assert table.keys(query) == keys
        assert table.keys(query, total=True) == keys


@pytest.mark.parametrize("column", ["smallint", "integer", "bigint"])
@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"v": 2**40}, []),
        ({"v": {"$lt": 2**40}}, [1, 2]),
        ({"v": {"$ne": 2**40}}, [1, 2, 3]),
        ({"v": {"$in": [1, 2**40, -(2**63)]}}, [1]),
        ({"v": {"$in": [*range(100, 300), 1, 2**40, -(2**63)]}}, [1]),
    ],
)
def test_integers_take_every_operand(query: Any, keys: list[int], column: str, engines: Engines) -> None:
    with foreign(engines, NAME, f"v {column}", Field("v", "integer"), ("1", "2", "NULL")) as table:
        assert table.keys(query) == keys


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
        ({"v": {"$in": ["OK", "unknown"]}}, [2]),
    ],
)
def test_labels_compare_as_text(query: Any, keys: list[int], engines: Engines) -> None:
    values = ("'sad'", "'OK'", "'Z'", "'a'", "NULL")
    with foreign(engines, NAME, 'v "The mood"', Field("v", "string"), values, MOOD) as table:
        assert table.keys(query) == keys
        assert [key for key in table.in_order("v") if key != 5] == [2, 3, 4, 1]


def test_json_that_is_not_jsonb_is_answered(engines: Engines) -> None:
    """A list at the top of a `json` column, and what is no list there."""
    values = ('\'["a", "b"]\'', "'[]'", "'null'", "NULL", "'[null, \"b\"]'")
    with foreign(engines, NAME, "v json", Field("v", "string", is_list=True), values) as table:
        assert table.keys({"v": "a"}) == [1]
        assert table.keys({"v": {"$ne": "b"}}) == [2, 3, 4]
        assert table.keys({"v": None}) == [2, 3, 4]
        assert table.keys({"v": "a"}, "NOT {}", total=True) == [2, 3, 4, 5]


@pytest.mark.parametrize("column", ["text", "varchar(36)", "char(36)", "uuid"])
@pytest.mark.parametrize("spelled", [GUID, GUID.upper()])
def test_guids_in_texts_and_in_uuid(spelled: str, column: str, engines: Engines) -> None:
    values = (f"'{spelled}'", "NULL", "'00000000-0000-0000-0000-000000000000'")
    with foreign(engines, NAME, f"v {column}", Field("v", "guid"), values) as table:
        assert table.keys({"v": GUID}) == [1]
        assert table.keys({"v": {"$ne": GUID}}) == [2, 3]
        assert table.keys({"v": {"$in": [GUID, "00000000-0000-0000-0000-000000000000"]}}) == [1, 3]


@pytest.mark.parametrize(
    ("column", "field", "hint"),
    [
        ("char(9)", Field("v", "string"), "CAST(column AS TEXT)"),
        ("char(9)", Field("v", "guid"), "32 digits"),
        ("money", Field("v", "decimal", precision=12, scale=2), "CAST(column AS NUMERIC)"),
        ("uuid", Field("v", "string"), '"guid"'),
        ("smallint", Field("v", "boolean"), "<> 0"),
        ("text", Field("v", "boolean"), ""),
        ("json", Field("v", "string"), ""),
    ],
)
def test_what_does_not_fit_is_refused(column: str, field: Field, hint: str, engines: Engines) -> None:
    assert hint in refused(engines, NAME, f"v {column}", field)


def test_citext_is_read_as_text(engines: Engines) -> None:
    """`citext` ignores case, and a query does not. The extension may be missing, so the column is written by hand."""
    schema = Schema("foreign", [KEY, Field("v", "string")], system_properties=False)
    columns = [Column("id", "integer", nullable=False), Column("v", "citext")]
    table = Table("foreign_rows", schema, columns, dialect="postgres", keys=[["id"]])
    where = criteria.compile(criteria.parse({"v": "a"}, schema), "sql", table=table)
    assert 'CAST("v" AS TEXT)' in where.text


def test_a_domain_and_a_type_of_the_users_are_refused() -> None:
    schema = Schema("foreign", [KEY, Field("v", "string")], system_properties=False)
    for kind in ("email_address", "hstore", "tsvector"):
        columns = [Column("id", "integer", nullable=False), Column("v", kind)]
        with pytest.raises(CriteriaError, match="does not fit"):
            Table("foreign_rows", schema, columns, dialect="postgres", keys=[["id"]])


ROWS = (
    "INSERT INTO foreign_rows SELECT i, 'name' || i, i, i, timestamp '2020-01-01' + i * interval '1 hour', "
    "CAST(lpad(to_hex(i), 32, '0') AS char(32)), ARRAY['tag' || i] FROM generate_series(1, 20000) AS i"
)
COLUMNS = (
    'name varchar(20) COLLATE "C", amount integer, total numeric(10, 2), at timestamp, token char(32), '
    "tags varchar(9)[]"
)
FIELDS = (
    Field("name", "string"),
    Field("amount", "integer"),
    Field("total", "decimal", precision=10, scale=2),
    Field("at", "dateTime", precision=6, time_zone="UTC"),
    Field("token", "guid"),
    Field("tags", "string", is_list=True),
)


PREFIXES_SINCE = 120000
"""The first version of PostgreSQL that reads an index for `starts_with`."""


@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({"name": "name7"}, "by_name"),
        ({"name": {"$gt": "name7", "$lt": "name70"}}, "by_name"),
        ({"name": {"$in": ["name7", "name8"]}}, "by_name"),
        ({"name": {"$startsWith": "name7"}}, "by_name"),
        ({"amount": 7}, "by_amount"),
        ({"amount": {"$gt": 7, "$lt": 9}}, "by_amount"),
        ({"amount": {"$in": [7, 8]}}, "by_amount"),
        ({"total": {"$lt": 7.5}}, "by_total"),
        ({"at": {"$lt": "2020-01-02T00:00:00Z"}}, "by_at"),
        ({"token": GUID}, "by_token"),
        ({"tags": "tag7"}, "by_tags"),
        ({"OR": [{"name": "name7"}, {"amount": 8}]}, "by_amount"),
    ],
    ids=str,
)
def test_indexes_serve(query: Any, index: str, total: bool, indexed: Foreign) -> None:
    """Equality, ranges, lists and prefixes use the index on the column, total or not."""
    server = indexed.engine.connection.info.server_version
    if "$startsWith" in str(query) and server < PREFIXES_SINCE:
        pytest.skip("PostgreSQL 11 has no index for starts_with")
    where = indexed.where(query, total=total)
    assert index in indexed.plan(f"SELECT * FROM foreign_rows WHERE {where.text}", where.params)


@pytest.fixture(scope="module")
def indexed(engines: Engines) -> Any:
    """A table with an index on each column."""
    names = ("name", "amount", "total", "at", "token")
    indexes = [f"CREATE INDEX by_{name} ON foreign_rows ({name})" for name in names]
    indexes.append("CREATE INDEX by_tags ON foreign_rows USING gin (tags)")
    with created(engines, NAME, COLUMNS, ROWS, *indexes, "ANALYZE foreign_rows") as engine:
        yield Foreign(engine, FIELDS)


@pytest.mark.heavy("reads the catalog of PostgreSQL several times")
def test_a_session_that_rounds_floats_is_refused(engines: Engines) -> None:
    """With 15 digits 0.1 + 0.2 is returned as 0.3, and a cursor made of that finds the same row again."""
    number = Field("v", "double")
    inside = Field("j.p", "decimal", column="j", precision=20, scale=10)
    other = Field("total", "decimal", precision=20, scale=10)
    with created(engines, "postgres", "v double precision, j jsonb, total numeric(20, 10)") as engine:

        def reflect(field: Field, *, verify: bool) -> Table:
            schema = Schema("foreign", [KEY, field], system_properties=False)
            return criteria.tables.reflect(engine.connection, "foreign_rows", schema, verify=verify)

        tables = [reflect(field, verify=True) for field in (number, inside, other)]
        engine.execute("SET extra_float_digits = 0")
        try:
            for field in (number, inside):
                for verify in (True, False):
                    with pytest.raises(CriteriaError) as refusal:
                        reflect(field, verify=verify)
                    [problem] = refusal.value.problems
                    assert (problem.code, problem.pointer) == ("unfit_column", "/fields/1")
                    assert "SET extra_float_digits = 3" in str(problem.hint)
            with pytest.raises(CriteriaError, match="extra_float_digits"):
                criteria.tables.verify(engine.connection, tables[0])
            assert reflect(other, verify=True).columns == tables[2].columns
        finally:
            engine.execute("SET extra_float_digits = 3")


def test_a_session_whose_index_finds_some_of_the_rows_is_refused(engines: Engines) -> None:
    """Under `gin_fuzzy_search_limit` a condition on a list loses rows that a GIN index would find."""
    tags = Field("tags", "string", is_list=True)
    rows = "INSERT INTO foreign_rows SELECT n, ARRAY['t' || n % 7] FROM generate_series(1, 20000) AS n"
    index = "CREATE INDEX by_tags ON foreign_rows USING gin (tags)"
    with created(engines, "postgres", "tags text[]", rows, index, "ANALYZE foreign_rows") as engine:
        foreign = Foreign(engine, [tags])
        assert len(foreign.keys({"tags": "t3"})) == 2857
        engine.execute("SET enable_seqscan = off")
        engine.execute("SET gin_fuzzy_search_limit = 100")
        try:
            assert len(foreign.keys({"tags": "t3"})) < 2857
            for attempt in (
                lambda: Foreign(engine, [tags], verify=False),
                lambda: criteria.tables.verify(engine.connection, foreign.table),
                lambda: criteria.tables.schema(engine.connection, "foreign_rows"),
            ):
                with pytest.raises(CriteriaError, match="gin_fuzzy_search_limit") as refusal:
                    attempt()
                [problem] = refusal.value.problems
                assert (problem.code, problem.hint) == ("unfit_column", "Run SET gin_fuzzy_search_limit = 0.")
        finally:
            engine.execute("RESET gin_fuzzy_search_limit")
            engine.execute("RESET enable_seqscan")
        criteria.tables.verify(engine.connection, foreign.table)


EVERY_KIND = {
    "t": ("text", "string"),
    "v": ("varchar(5)", "string"),
    "c": ("character(5)", "string"),
    "m": ('"The mood"', "string"),
    "i": ("integer", "integer"),
    "b": ("boolean", "boolean"),
    "n": ("numeric(10, 2)", "decimal"),
    "d": ("double precision", "double"),
    "r": ("real", "double"),
    "day": ("date", "date"),
    "at": ("timestamp(3) with time zone", "dateTime"),
    "u": ("uuid", "guid"),
    "j": ("jsonb", None),
    "x": ("bytea", None),
}


def test_a_session_that_quotes_all_names_reads_the_same_types(engines: Engines) -> None:
    """Under `quote_all_identifiers` the catalog spells `"text"` and `"uuid"[]`."""
    columns = [f"{name} {kind}" for name, (kind, _) in EVERY_KIND.items()]
    columns += [f"many_{name} {kind}[]" for name, (kind, field) in EVERY_KIND.items() if field]
    values = "(1, 'a', 'OK', '{a}', '{OK}'), (2, 'b', 'a', '{}', '{}')"
    insert = f"INSERT INTO foreign_rows (id, t, m, many_t, many_m) VALUES {values}"
    lists = [Field(name, "string", is_list=True) for name in ("many_t", "many_m")]
    with created(engines, "postgres", ", ".join(columns), insert, before=MOOD) as engine:
        found = criteria.tables.schema(engine.connection, "foreign_rows")
        before = criteria.tables.reflect(engine.connection, "foreign_rows", found)
        engine.execute("SET quote_all_identifiers = on")
        try:
            assert criteria.tables.schema(engine.connection, "foreign_rows") == found
            after = criteria.tables.reflect(engine.connection, "foreign_rows", found)
            assert after.columns == before.columns
            foreign = Foreign(engine, [Field("t", "string"), Field("m", "string"), *lists])
            for query in ({"t": "a"}, {"m": "OK"}, {"many_t": "a"}, {"many_m": "OK"}):
                assert foreign.keys(query) == [1]
        finally:
            engine.execute("RESET quote_all_identifiers")


def test_the_name_of_an_enumerated_type_keeps_its_quotes(engines: Engines) -> None:
    """`order` is a keyword: a statement with the type of the operand has to quote it, whatever the setting is."""
    types = ('DROP TYPE IF EXISTS "order"', "CREATE TYPE \"order\" AS ENUM ('first', 'last')")
    field = Field("v", "string", is_list=True)
    for setting in ("on", "off"):
        with created(engines, "postgres", 'v "order"[]', before=types) as engine:
            engine.execute("INSERT INTO foreign_rows VALUES (1, '{first}'), (2, '{last}')")
            engine.execute(f"SET quote_all_identifiers = {setting}")
            try:
                foreign = Foreign(engine, [field])
                assert foreign.keys({"v": "last"}) == [2]
            finally:
                engine.execute("RESET quote_all_identifiers")


@pytest.mark.heavy("creates a schema of PostgreSQL")
def test_an_enumerated_type_is_qualified_as_the_table_is(engines: Engines) -> None:
    """A condition on a qualified table runs in a session with another search path, and so have its types to."""
    engine = engines.get(NAME)
    assert isinstance(engine, SqlEngine)
    fields = (KEY, Field("v", "string"), Field("many", "string", is_list=True))
    schema = Schema("foreign", fields, system_properties=False)
    try:
        for text in (
            'CREATE SCHEMA "The shop"',
            "CREATE TYPE \"The shop\".\"Its state\" AS ENUM ('open', 'closed')",
            'CREATE TABLE "The shop".orders (id integer PRIMARY KEY, v "The shop"."Its state", '
            'many "The shop"."Its state"[])',
            "INSERT INTO \"The shop\".orders VALUES (1, 'open', '{closed}'), (2, 'closed', '{open}')",
            'SET search_path = "The shop"',
        ):
            engine.execute(text)
        unqualified = criteria.tables.reflect(engine.connection, "orders", schema)
        qualified = criteria.tables.reflect(engine.connection, "The shop.orders", schema)
        assert [column.type for column in unqualified.columns] == ["integer", '"Its state"', '"Its state"[]']
        engine.execute("SET search_path = public")
        outside = criteria.tables.reflect(engine.connection, "The shop.orders", schema)
        types = ["integer", '"The shop"."Its state"', '"The shop"."Its state"[]']
        assert [column.type for column in qualified.columns] == [column.type for column in outside.columns] == types
        queries: list[dict[str, Any]] = [{"v": "open"}, {"v": {"$gt": "closed"}}, {"many": "closed"}]
        for query in queries:
            where = criteria.compile(criteria.parse(query, schema), "sql", table=qualified)
            rows = engine.execute(f'SELECT id FROM "The shop".orders WHERE {where.text}', where.params)
            assert [tuple(row) for row in rows] == [(1,)]
    finally:
        engine.execute("SET search_path = DEFAULT")
        engine.execute('DROP SCHEMA IF EXISTS "The shop" CASCADE')


@pytest.mark.heavy("creates a table and a view of PostgreSQL")
def test_arrays_of_padded_texts_are_refused_with_what_to_do(engines: Engines) -> None:
    """`char(5)[]` is no array of guids that are too short: a view that casts it has texts."""
    field = Field("v", "string", is_list=True)
    with created(engines, "postgres", "v char(5)[]", "INSERT INTO foreign_rows VALUES (1, '{ab}')") as engine:
        with pytest.raises(CriteriaError, match="does not hold lists of type string") as refusal:
            Foreign(engine, [field])
        hint = "It pads texts with spaces. Query a view that casts it: CAST(column AS TEXT[])."
        assert refusal.value.problems[0].hint == hint
        [problem] = criteria.tables.left_out(
            engine.connection, "foreign_rows", Schema("foreign", [KEY], system_properties=False)
        )
        assert (problem.message, problem.hint) == ('Column "v" (character(5)[]) fits no type of field.', hint)
        engine.execute("CREATE VIEW cast_rows AS SELECT id, CAST(v AS TEXT[]) AS v FROM foreign_rows")
        try:
            schema = Schema("cast", [KEY, field], system_properties=False)
            table = criteria.tables.reflect(engine.connection, "cast_rows", schema)
            where = criteria.compile(criteria.parse({"v": "ab"}, schema), "sql", table=table)
            assert len(engine.execute(f"SELECT id FROM cast_rows WHERE {where.text}", where.params)) == 1
        finally:
            engine.execute("DROP VIEW cast_rows")
