"""`from_ddl`: CREATE TABLE says the same as the database that ran it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

import criteria
from criteria import CriteriaError, Field, FieldType, Schema, Search
from criteria.conformance.strategies import criteria_objects, order_by_texts
from tests.conftest import CASES, Engines, capped
from tests.tables.pairs.pair import Pair
from tests.tables.test_columns_that_fit import SAMPLE, foreign_table

KEY = Field("id", FieldType.INTEGER, is_unique=True, nullable=False)


def schema_of(*fields: Field) -> Schema:
    """A schema with a key and some fields."""
    return Schema("orders", [KEY, *fields], system_properties=False)


@pytest.mark.parametrize(("name", "pair"), SAMPLE)
def test_ddl_and_reflection_lead_to_the_same_statements(name: str, pair: Pair, engines: Engines) -> None:
    """The DDL of each pair, read and run: conditions and searches are the same. Domains are refused: they may have
    conditions that DDL does not show."""
    schema = pair.schema()
    with foreign_table(engines, name, pair) as foreign:
        reflected = foreign.table
        script = [*pair.before, f"CREATE TABLE foreign_rows (id INTEGER PRIMARY KEY, written {pair.column})"]
        if any("CREATE DOMAIN" in statement for statement in pair.before):
            with pytest.raises(CriteriaError) as refused:
                criteria.tables.from_ddl(";\n".join(script), schema, dialect=reflected.dialect)
            assert [problem.code for problem in refused.value.problems] == ["unfit_column"]
            return
        read = criteria.tables.from_ddl(";\n".join(script), schema, dialect=reflected.dialect)
        assert read.keys == reflected.keys
        assert [column.nullable for column in read.columns] == [column.nullable for column in reflected.columns]

        @settings(max_examples=capped(min(100, max(3, CASES // 100))))
        @given(criteria_objects(schema, 4), order_by_texts(schema))
        def same(query: dict[str, Any], order_by: str) -> None:
            parsed = criteria.parse(query, schema)
            search = Search(parsed, criteria.parse_order_by(order_by, schema), 3, 0)
            for total in (False, True):
                one, other = (criteria.compile(parsed, "sql", table=table, total=total) for table in (read, reflected))
                assert (one.text, one.params) == (other.text, other.params)
            one, other = (criteria.compile(search, "sql", table=table).rows for table in (read, reflected))
            assert (one.text, one.params) == (other.text, other.params)

        same()


def columns(table: criteria.Table) -> dict[str, str]:
    """The types of the columns, by their names."""
    return {column.name: column.type for column in table.columns}


def test_a_dump_of_postgresql() -> None:
    """pg_dump: types first, keys by ALTER TABLE, other statements between."""
    table = criteria.tables.from_ddl(
        """
        SET statement_timeout = 0;
        -- a comment; with a semicolon
        CREATE TYPE public.status AS ENUM ('open', 'it''s', 'paid');
        CREATE TABLE public.orders (
            id bigint NOT NULL,
            "Kind" character varying(20) COLLATE pg_catalog."C" DEFAULT 'a, b'::character varying NOT NULL,
            Status public.status,
            total numeric(12,2) DEFAULT (0)::numeric, tags text[] DEFAULT '{}'::text[],
            at timestamp(6) without time zone,
            double double precision GENERATED ALWAYS AS ((id * 2)) STORED,
            CONSTRAINT positive CHECK ((total > (0)::numeric))
        );
        ALTER TABLE public.orders OWNER TO postgres;
        ALTER TABLE ONLY public.orders ALTER COLUMN id SET DEFAULT nextval('public.orders_id_seq'::regclass);
        CREATE TABLE public.other (
            id serial PRIMARY KEY, "order" bigint REFERENCES public.orders (id) ON DELETE SET NULL
        );
        ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
        CREATE UNIQUE INDEX by_kind ON public.orders USING btree ("Kind") INCLUDE (at);
        CREATE UNIQUE INDEX by_lower ON public.orders USING btree (lower("Kind"));
        CREATE UNIQUE INDEX by_open ON public.orders USING btree (at) WHERE (total > (0)::numeric);
        """,
        schema_of(
            Field("kind", FieldType.STRING, column="Kind", is_unique=True, nullable=False),
            Field("status", FieldType.STRING),
        ),
        dialect="postgres",
        name="public.orders",
    )
    assert table.name == "public.orders"
    assert table.keys == (("id",), ("Kind",))
    assert columns(table) == {
        "id": "bigint",
        "Kind": "character varying(20)",
        "status": "public.status",
        "total": "numeric(12,2)",
        "tags": "text[]",
        "at": "timestamp(6) without time zone",
        "double": "double precision",
    }
    assert [column.nullable for column in table.columns] == [False, False, True, True, True, True, True]
    assert (table.columns[1].collation, table.columns[2].labels) == ("C", ("open", "it's", "paid"))


def test_what_a_table_promises_is_not_promised_by_those_that_inherit_from_it() -> None:
    """As of a table that is reflected. A partition is no heir."""
    heirs = (
        "CREATE TABLE public.orders (id integer PRIMARY KEY, kind text NOT NULL); "
        "CREATE TABLE public.late (\n)\nINHERITS (public.orders);"
    )
    schema = Schema("orders", [Field("kind", FieldType.STRING)], system_properties=False)
    table = criteria.tables.from_ddl(heirs, schema, dialect="postgres", name="orders")
    assert (table.keys, [column.nullable for column in table.columns]) == ((), [None, None])
    where = criteria.compile(criteria.parse({"kind": {"$ne": "a"}}, schema), "sql", table=table)
    assert "IS NULL" in where.text
    partitions = (
        "CREATE TABLE public.orders (id integer NOT NULL, kind text NOT NULL) PARTITION BY RANGE (id); "
        "CREATE TABLE public.first (id integer NOT NULL, kind text NOT NULL); "
        "ALTER TABLE ONLY public.orders ATTACH PARTITION public.first FOR VALUES FROM (0) TO (9); "
        "ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);"
    )
    table = criteria.tables.from_ddl(partitions, schema, dialect="postgres", name="orders")
    assert (table.keys, [column.nullable for column in table.columns]) == ((("id",),), [False, False])


def test_a_dump_of_mysql() -> None:
    """SHOW CREATE TABLE: keys with prefixes, comments, the collation of the table."""
    table = criteria.tables.from_ddl(
        """
        CREATE TABLE `orders` (
          `id` bigint unsigned NOT NULL AUTO_INCREMENT,
          `status` enum('open','it''s, (x)') CHARACTER SET latin1 DEFAULT NULL COMMENT 'not null, unique',
          `kind` varchar(60) NOT NULL, `note` text COLLATE utf8mb4_general_ci,
          `paid` boolean, `half` int GENERATED ALWAYS AS (`id` div 2) VIRTUAL NOT NULL,
          PRIMARY KEY (`id`), UNIQUE KEY `by_kind` (`kind`), UNIQUE KEY `by_note` (`note`(10)), KEY `by_half` (`half`),
          CONSTRAINT `f` FOREIGN KEY (`half`) REFERENCES `other` (`id`) ON DELETE CASCADE
        ) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """,
        schema_of(Field("kind", FieldType.STRING, is_unique=True, nullable=False)),
        dialect="mysql",
    )
    assert table.keys == (("id",), ("kind",))
    assert [column.nullable for column in table.columns] == [False, True, False, True, True, False]
    assert [column.collation for column in table.columns][1:4] == [
        "latin1_swedish_ci",
        "utf8mb4_bin",
        "utf8mb4_general_ci",
    ]
    assert (table.columns[1].labels, table.columns[4].type) == (("open", "it's, (x)"), "tinyint(1)")


def test_a_schema_of_sqlite() -> None:
    """What sqlite_master holds: names in all quotes, no types, WITHOUT ROWID, types that only SQLite takes."""
    table = criteria.tables.from_ddl(
        """
        CREATE TABLE IF NOT EXISTS "main".[odd rows] (
            `select` VARCHAR ( 10 ) NOT NULL, id INTEGER UNIQUE NOT NULL, x,
            "a ""b"" c" UNSIGNED BIG INT CHECK (id > 0),
            double AS (id * 2), PRIMARY KEY (`select`, id)
        ) WITHOUT ROWID, STRICT;
        CREATE UNIQUE INDEX i ON [odd rows] (x COLLATE NOCASE DESC)
        """,
        schema_of(),
        dialect="sqlite",
    )
    assert columns(table) == {
        "select": "VARCHAR(10)", "id": "INTEGER", "x": "", 'a "b" c': "UNSIGNED BIG INT", "double": "",
    }  # fmt: skip
    assert table.keys == (("select", "id"), ("id",), ("x",))
    assert [column.nullable for column in table.columns] == [False, False, True, True, True]


def test_types_of_duckdb() -> None:
    """An enumerated type by its name, and in brackets."""
    table = criteria.tables.from_ddl(
        "CREATE TYPE mood AS ENUM ('sad', 'it''s');"
        "CREATE OR REPLACE TEMP TABLE t (id INT PRIMARY KEY, m Mood, l mood[3]);",
        schema_of(Field("m", FieldType.STRING), Field("l", FieldType.STRING, is_list=True)),
        dialect="duckdb",
    )
    assert columns(table) == {"id": "INT", "m": "ENUM('sad', 'it''s')", "l": "ENUM('sad', 'it''s')[]"}
    assert table.keys == (("id",),)


WRONG: list[tuple[str, str, str, tuple[int | None, int | None]]] = [
    ("sqlite", "CREATE TABLE t (\n  id INT,, b INT)", "invalid_ddl", (2, 10)),
    ("sqlite", "CREATE TABLE t (id INT, )", "invalid_ddl", (1, 25)),
    ("sqlite", "CREATE TABLE t ()", "invalid_ddl", (1, 16)),
    ("sqlite", "CREATE TABLE t (id INT", "invalid_ddl", (1, 16)),
    ("sqlite", "CREATE TABLE t (id INT, 'b' INT)", "invalid_ddl", (1, 25)),
    ("sqlite", "CREATE TABLE t (id INT, 5 INT)", "invalid_ddl", (1, 25)),
    ("sqlite", "CREATE TABLE (id INT)", "invalid_ddl", (1, 14)),
    ("sqlite", "CREATE TABLE t (id INT, UNIQUE)", "invalid_ddl", (1, 25)),
    ("sqlite", "CREATE TABLE t (id TEXT DEFAULT 'a)", "invalid_ddl", (1, 1)),
    ("sqlite", "SELECT 1", "invalid_ddl", (1, 1)),
    ("sqlite", "", "invalid_ddl", (1, 1)),
    ("sqlite", "CREATE TABLE t AS SELECT 1 AS id", "invalid_ddl", (1, 1)),
    ("sqlite", "CREATE TABLE t (id INT);\nALTER TABLE t ADD COLUMN b INT", "invalid_ddl", (2, 1)),
    ("postgres", "CREATE TABLE t (id INT);ALTER TABLE t ALTER id DROP NOT NULL", "invalid_ddl", (1, 25)),
    ("mysql", "CREATE TABLE t (id INT);ALTER TABLE t ADD UNIQUE (id), MODIFY id TEXT", "invalid_ddl", (1, 25)),
    ("sqlite", "CREATE TABLE a (id INT); CREATE TABLE b (id INT)", "unknown_option", (None, None)),
    ("oracle", "CREATE TABLE a (id INT)", "unknown_dialect", (None, None)),
]


@pytest.mark.parametrize(("dialect", "text", "code", "place"), WRONG)
def test_ddl_that_cannot_be_read(dialect: str, text: str, code: str, place: tuple[int | None, int | None]) -> None:
    """It is refused with its line and column."""
    with pytest.raises(CriteriaError) as refused:
        criteria.tables.from_ddl(text, schema_of(), dialect=dialect)
    [problem] = refused.value.problems
    assert (problem.code, (problem.line, problem.column)) == (code, place), problem


def test_the_table_that_is_named() -> None:
    """A name picks one of several tables, and another name is refused with those that there are."""
    text = "CREATE TABLE a (id INT PRIMARY KEY NOT NULL); CREATE TABLE x.b (id INT NOT NULL UNIQUE)"
    assert criteria.tables.from_ddl(text, schema_of(), dialect="sqlite", name="B").name == "B"
    with pytest.raises(CriteriaError, match=r'no table "c" in the DDL[^\n]*\n.*a.*x\.b') as refused:
        criteria.tables.from_ddl(text, schema_of(), dialect="sqlite", name="c")
    assert refused.value.problems[0].code == "unknown_option"


def test_a_collation_that_may_fold_is_refused() -> None:
    """A collation of its own, whose definition is not in the text, may take different texts for equal."""
    for collation in ("my_folding", '"ci"'):
        text = f"CREATE TABLE t (id int PRIMARY KEY, v text COLLATE {collation})"
        if collation == '"ci"':
            text = "CREATE COLLATION ci (provider = icu, locale = 'und', deterministic = false);" + text
        with pytest.raises(CriteriaError, match="treats different texts as equal"):
            criteria.tables.from_ddl(text, schema_of(Field("v", FieldType.STRING)), dialect="postgres")


@pytest.mark.heavy("reads several scripts")
def test_rows_in_a_dump_of_postgres_are_skipped() -> None:
    """`pg_dump` writes rows after COPY ... FROM stdin, as lines that are no SQL, and keys after the rows."""
    table = "CREATE TABLE public.orders (id integer NOT NULL, note text);\n"
    key = "ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);\n"
    schema = schema_of(Field("note", FieldType.STRING))
    for rows in ("1\ta\n2\tb\n", "1\tit's;\n", '1\t"\n2\t/* $$ --\n', "", "1\t\\\\.\n2\tCREATE TABLE x (id int);\n"):
        for copy in ("COPY public.orders (id, note) FROM stdin;", "copy orders from STDIN WITH (DELIMITER ';');"):
            script = f"\\restrict key\n{table}{copy}\n{rows}\\.\n\n\n{key}\\unrestrict key\n"
            for text in (script, script.replace("\n", "\r\n")):
                read = criteria.tables.from_ddl(text, schema, dialect="postgres", name="public.orders")
                assert read.keys == (("id",),)
    quoted_rows = f"{table}COMMENT ON TABLE public.orders IS '\nCOPY orders FROM stdin;\n';\n{key}"
    assert criteria.tables.from_ddl(quoted_rows, schema, dialect="postgres").keys == (("id",),)
    with pytest.raises(CriteriaError) as refused:
        criteria.tables.from_ddl(f"{table}COPY orders FROM stdin;\n1\ta\n{key}", schema, dialect="postgres")
    [problem] = refused.value.problems
    assert (problem.code, problem.line, problem.column) == ("invalid_ddl", 2, 1)


@pytest.mark.heavy("reads several scripts")
@pytest.mark.parametrize(
    ("dialect", "text"),
    [("mysql", r"it\'s; \\"), ("mariadb", r"it''s; \""), ("sqlite", "it''s; \\"), ("duckdb", "it''s; \\")],
)
def test_rows_in_other_dumps_are_skipped(dialect: str, text: str) -> None:
    """Texts in INSERT may have semicolons, apostrophes and backslashes."""
    script = f"CREATE TABLE orders (id INTEGER NOT NULL);\nINSERT INTO orders VALUES (1, '{text}');\n"
    script += "CREATE UNIQUE INDEX by_id ON orders (id);\n"
    assert criteria.tables.from_ddl(script, schema_of(), dialect=dialect).keys == (("id",),)
