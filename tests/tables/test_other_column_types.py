"""Types of columns beside the common ones, on each engine: their rows are right, or they are refused with a remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

import criteria
from criteria import CriteriaError, Field, FieldType, Schema, Table
from criteria.tables.reflecting import describe
from tests.conftest import Engines
from tests.engines.sql import SqlEngine
from tests.tables.foreign import created
from tests.tables.hostile import COMPARISONS, ON_TEXT, hostile_table

POSTGRES = "postgres-natural"
SERVERS = ("mariadb", "mysql")


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of column, its field, and a few values: in SQL, and as Python has them."""

    column: str
    field: Field
    cells: Sequence[tuple[str, Any]]
    operands: Sequence[Any]
    is_sorted: bool = True


def text(**attributes: Any) -> Field:
    return Field("value", "string", **attributes)


def decimal(precision: int, scale: int) -> Field:
    return Field("value", "decimal", precision=precision, scale=scale)


NULL = ("NULL", None)
WORDS = [("'b'", "b"), ("'B'", "B"), ("'a'", "a"), ("''", ""), ("'Ä'", "Ä"), NULL]
OF_WORDS = ["a", "A", "b", "B", "ä", ""]
LISTS = [("'{a,B}'", ["a", "B"]), ("'{A}'", ["A"]), ("'{NULL}'", [None]), ("'{}'", []), NULL]
ARRAYS = [("['a', 'B']", ["a", "B"]), ("['A', NULL]", ["A", None]), ("[NULL, NULL]", [None, None]), NULL]
PRICES = [("1.5", Decimal("1.50")), ("-1.5", Decimal("-1.50")), ("12345678.99", Decimal("12345678.99")), NULL]
OF_PRICES = [1.5, -1.5, "12345678.99", 0]
UNSIGNED = [("1.5", Decimal("1.5")), ("0", Decimal(0)), ("99999999.99", Decimal("99999999.99")), NULL]
GUIDS = [UUID(int=0), UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), UUID("a0000000-0000-4000-8000-000000000000")]
OF_GUIDS = [str(one) for one in GUIDS] + ["A0000000-0000-4000-8000-000000000001"]
WHOLE = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
TIMES = [
    ("'2026-06-01 12:00:00'", WHOLE),
    ("'1999-12-31 23:59:59'", datetime(1999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)),
    NULL,
]
OF_TIMES = ["2026-06-01T12:00:00Z", "2026-06-01T12:00:00.500Z", "1999-12-31T23:59:59Z", "2000-01-01T00:00:00+02:00"]

DOMAINS = (
    "DROP SCHEMA IF EXISTS domains CASCADE",
    "CREATE SCHEMA domains",
    "CREATE DOMAIN domains.short AS varchar(10)",
    "CREATE DOMAIN domains.shorter AS domains.short CHECK (length(value) < 9)",
    'CREATE DOMAIN domains.code AS text COLLATE "C"',
    "CREATE DOMAIN domains.price AS numeric(10, 2)",
    "CREATE DOMAIN domains.net AS domains.price",
    "CREATE DOMAIN domains.words AS text[]",
    "CREATE TYPE domains.\"The mood, []\" AS ENUM ('b', 'B', 'a', '', 'it''s', 'x\"y', 'Ä')",
    'CREATE DOMAIN domains.mood AS domains."The mood, []"',
    "CREATE DOMAIN domains.calm AS domains.mood",
    'CREATE DOMAIN domains.moods AS domains."The mood, []"[]',
)

POSTGRES_KINDS = (
    Kind("domains.short", text(), WORDS, OF_WORDS),
    Kind("domains.shorter", text(), WORDS, OF_WORDS),
    Kind("domains.code", text(), WORDS, OF_WORDS),
    Kind("domains.net", decimal(10, 2), PRICES, OF_PRICES),
    Kind("domains.words", text(is_list=True), LISTS, OF_WORDS, is_sorted=False),
    Kind('domains."The mood, []"', text(), WORDS, OF_WORDS),
    Kind("domains.calm", text(), WORDS, OF_WORDS),
    Kind(
        'domains."The mood, []"[]',
        text(is_list=True),
        [("'{a,B}'", ["a", "B"]), ("'{\"\"}'", [""]), NULL],
        OF_WORDS,
        is_sorted=False,
    ),
    Kind(
        "domains.moods",
        text(is_list=True),
        [("'{a,B}'", ["a", "B"]), ("'{NULL}'", [None]), NULL],
        OF_WORDS,
        is_sorted=False,
    ),
    Kind("numeric(3, 5)", decimal(5, 5), [("0.00123", Decimal("0.00123")), ("0", Decimal(0)), NULL], [0.00123, 0]),
    Kind(
        "text GENERATED ALWAYS AS (CASE WHEN id < 2 THEN 'a' END) STORED",
        text(),
        [("DEFAULT", "a"), ("DEFAULT", "a"), ("DEFAULT", None)],
        OF_WORDS,
        is_sorted=False,
    ),
)

SERVER_KINDS = (
    Kind("double unsigned", Field("value", "double"), [("1.5", 1.5), ("0", 0.0), NULL], [1.5, 0, -1]),
    Kind("decimal(10,2) unsigned", decimal(10, 2), UNSIGNED, [1.5, 0, -1, "99999999.99"]),
    Kind("decimal(10,2) zerofill", decimal(10, 2), UNSIGNED, [1.5, 0, -1, "99999999.99"]),
    Kind(
        "int(10) unsigned zerofill",
        Field("value", "integer"),
        [("7", 7), ("0", 0), ("4294967295", 2**32 - 1), NULL],
        [7, 0, -1, 2**40],
    ),
    Kind("float unsigned", Field("value", "double"), [("0.5", 0.5), ("3", 3.0), NULL], [0.5, 0.1, -1]),
    Kind(
        "enum('b','B ','é') CHARACTER SET utf16 COLLATE utf16_bin",
        text(),
        [("'b'", "b"), ("'é'", "é"), NULL],
        ["b", "B", "é", "e", "\U0001f600"],
    ),
    Kind("enum('b','a','Ä') CHARACTER SET latin1", text(), [("'b'", "b"), ("'a'", "a"), ("'Ä'", "Ä"), NULL], OF_WORDS),
    Kind(
        "char(36) CHARACTER SET utf16", Field("value", "guid"), [(f"'{one}'", one) for one in GUIDS] + [NULL], OF_GUIDS
    ),
    Kind("nchar(5)", text(), WORDS, [*OF_WORDS, "\U0001f600"]),
    Kind("bit(1)", Field("value", "boolean"), [("b'1'", True), ("b'0'", False), NULL], [True, False]),
    Kind("datetime(3)", Field("value", "dateTime", time_zone="UTC"), TIMES, OF_TIMES),
    Kind(
        "varchar(9) GENERATED ALWAYS AS (CASE WHEN id < 2 THEN 'a' END) VIRTUAL",
        text(),
        [("DEFAULT", "a"), ("DEFAULT", "a"), ("DEFAULT", None)],
        OF_WORDS,
        is_sorted=False,
    ),
)

DUCKDB_KINDS = (
    Kind("VARCHAR[2]", text(is_list=True), ARRAYS, OF_WORDS, is_sorted=False),
    Kind("ENUM('a', 'A', 'B')[2]", text(is_list=True), ARRAYS, OF_WORDS, is_sorted=False),
    Kind(
        "INTEGER[2]",
        Field("value", "integer", is_list=True),
        [("[1, NULL]", [1, None]), ("[2, 3]", [2, 3]), NULL],
        [1, 3, 2**40],
        is_sorted=False,
    ),
    Kind("UHUGEINT", Field("value", "integer"), [("0", 0), (str(2**63 - 1), 2**63 - 1), NULL], [0, 2**60, -1]),
    Kind("UHUGEINT", decimal(34, 0), [("0", Decimal(0)), (str(2**100), Decimal(2**100)), NULL], [0, str(2**100), -1]),
    Kind("HUGEINT", Field("value", "integer"), [(str(-(2**63)), -(2**63)), ("7", 7), NULL], [0, 2**60, -(2**60)]),
    Kind(
        "HUGEINT",
        decimal(34, 2),
        [(str(-(2**100)), Decimal(-(2**100))), (str(2**100), Decimal(2**100)), NULL],
        [0, "0.01", str(2**100), f"{2**100}.01", f"-{2**100}"],
    ),
    Kind(
        "DECIMAL(4, 1)",
        decimal(4, 1),
        [("1.5", Decimal("1.5")), ("-999.9", Decimal("-999.9")), NULL],
        [1.5, -999.9, 999.9],
    ),
    Kind("DECIMAL(9, 3)", decimal(9, 3), [*PRICES[:2], NULL], [1.5, "1.501", -1.5, 999999.999]),
    Kind("DECIMAL(18, 6)", decimal(18, 6), PRICES, [1.5, "1.500001", "999999999999.999999"]),
    Kind(
        "DECIMAL(38, 0)",
        decimal(34, 0),
        [("1", Decimal(1)), (str(10**33), Decimal(10**33)), NULL],
        [1, str(10**33), str(10**33 + 1)],
    ),
    Kind("TIMESTAMP_S", Field("value", "dateTime", time_zone="UTC"), TIMES, OF_TIMES),
    Kind("TIMESTAMP_MS", Field("value", "dateTime", time_zone="UTC"), TIMES, OF_TIMES),
    Kind("TIMESTAMP(3)", Field("value", "dateTime", time_zone="UTC"), TIMES, OF_TIMES),
    Kind("UUID", Field("value", "guid"), [(f"'{one}'", one) for one in GUIDS] + [NULL], OF_GUIDS),
)

KINDS: Mapping[str, Sequence[Kind]] = {
    POSTGRES: POSTGRES_KINDS,
    "duckdb": DUCKDB_KINDS,
    "mariadb": SERVER_KINDS,
    "mysql": SERVER_KINDS,
}


ALL = [
    pytest.param(name, kind, id=f"{name}: {kind.column}", marks=() if at % 6 == 0 else pytest.mark.heavy("the rest"))
    for at, (name, kind) in enumerate((name, kind) for name, kinds in KINDS.items() for kind in kinds)
]


@pytest.mark.parametrize(("name", "kind"), ALL)
def test_rows_and_their_order(name: str, kind: Kind, engines: Engines) -> None:
    before = DOMAINS if kind.column.startswith("domains") else ()
    with hostile_table(engines, name, kind.column, kind.field, kind.cells, before) as table:
        is_text = kind.field.field_type is FieldType.STRING
        is_ordered = kind.field.field_type not in (FieldType.BOOLEAN, FieldType.GUID)
        table.check(kind.operands, ON_TEXT if is_text else COMPARISONS if is_ordered else ("$ne",))
        if kind.is_sorted:
            table.check_order()


EXTENDED = (
    "CREATE EXTENSION IF NOT EXISTS citext",
    "DROP SCHEMA IF EXISTS collations CASCADE",
    "CREATE SCHEMA collations",
    "CREATE COLLATION collations.folds (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
    "CREATE COLLATION collations.\"C\" (provider = icu, locale = 'de')",
)


@pytest.fixture
def extended(engines: Engines) -> Any:
    """PostgreSQL with ICU and the extension citext."""
    engine = engines.get(POSTGRES)
    assert isinstance(engine, SqlEngine)
    has_icu = engine.execute("SELECT 1 FROM pg_collation WHERE collname = 'de-x-icu'")
    if not has_icu or not engine.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'citext'"):
        pytest.skip("The PostgreSQL of pip has neither ICU nor citext: name another server in CRITERIA_POSTGRES_URL.")
    return engine


@pytest.mark.parametrize(
    "column", ["citext", "citext[]", 'text COLLATE "de-x-icu"', 'text COLLATE collations."C"',
               'varchar(9)[] COLLATE "de-x-icu"']
)  # fmt: skip
def test_rows_of_citext_and_of_collations_of_icu(column: str, extended: SqlEngine, engines: Engines) -> None:
    """Also of a collation that only has the name of one that compares by code point."""
    is_list = "[]" in column
    cells = LISTS if is_list else WORDS
    with hostile_table(engines, POSTGRES, column, text(is_list=is_list), cells, EXTENDED) as table:
        table.check(OF_WORDS, ON_TEXT)
        if not is_list:
            table.check_order()


@pytest.mark.parametrize("column", ["text", "varchar(9)", "char(36)", "text[]", "citext"])
def test_a_collation_that_takes_different_texts_for_equal_is_refused(
    column: str, extended: SqlEngine, engines: Engines
) -> None:
    kind = FieldType.GUID if column == "char(36)" else FieldType.STRING
    field = Field("value", kind, is_list=column.endswith("[]"))
    declared = f"{column} COLLATE collations.folds"
    with (
        pytest.raises(CriteriaError, match="treats different texts as equal") as told,
        hostile_table(engines, POSTGRES, declared, field, (), EXTENDED),
    ):
        pass
    assert [problem.hint for problem in told.value.problems] == ['Query a view that casts it: column COLLATE "C".']


REFUSED: Mapping[str, Sequence[str]] = {
    POSTGRES: (
        "money", "money[]", "char(5)", "bpchar", '"char"',
        "name", "bit", "bit(5)", "bit varying(5)", "bytea", "interval",
        "time", "timetz", "xml", "inet", "cidr", "macaddr", "oid", "regclass", "xid", "point", "tsvector", "int4range",
        "numrange", "pg_lsn", "numeric(5, -2)", "char(5)[]", "json[]", "jsonb[]", "jsonpath", "refused.pair",
        "refused.pair[]", "refused.short[]",
    ),
    "mariadb": (
        "bit(8)", "year", "set('a','b')", "varchar(20) CHARACTER SET utf16", "varchar(20) CHARACTER SET utf32",
        "varchar(20) CHARACTER SET ucs2", "varchar(20) CHARACTER SET gbk", "varchar(20) CHARACTER SET binary",
        "time", "time(6)", "blob", "varbinary(16)", "binary(8)", "geometry", "point",
        "inet6", "inet4",
    ),
    "mysql": (
        "bit(8)", "year", "set('a','b')", "varchar(20) CHARACTER SET utf16", "varchar(20) CHARACTER SET gbk", "time",
        "blob", "varbinary(16)", "binary(8)", "geometry", "point",
    ),
    "duckdb": (
        "BIGNUM", "BIT", "BLOB", "INTERVAL", "TIME", "TIMETZ", "TIMESTAMP_NS", "STRUCT(a INTEGER, b VARCHAR)",
        "MAP(VARCHAR, INTEGER)", "UNION(a INTEGER, b VARCHAR)", "INTEGER[][]", "STRUCT(a INTEGER)[]", "JSON[]",
        "TIMESTAMP_NS[]",
    ),
    "sqlite": (
        "ANY", "STRING", "TIME", "INTERVAL", "CHARINT", "FLOATING POINT", "varbinary(8)", "YEAR",
        "double unsigned", "citext", "NUMERIC(20, 2)",
    ),
}  # fmt: skip
"""Types of columns that no field fits."""

TYPES = (
    "DROP SCHEMA IF EXISTS refused CASCADE",
    "CREATE SCHEMA refused",
    "CREATE TYPE refused.pair AS (a integer, b text)",
    "CREATE DOMAIN refused.short AS varchar(10)",
)


@pytest.mark.parametrize("name", REFUSED)
def test_other_types_are_refused_with_a_remedy(name: str, engines: Engines) -> None:
    """As scalars and as lists of every type. A first schema leaves them out, and says why."""
    columns = ", ".join(f"c{at} {column}" for at, column in enumerate(REFUSED[name]))
    with created(engines, name, columns, before=TYPES if name == POSTGRES else ()) as engine:
        described = describe(engine.connection, "foreign_rows")
        for column in described.columns[1:]:
            for field_type in FieldType:
                for is_list in (False, True):
                    entity = "other" if field_type is FieldType.OBJECT_REF else None
                    zone = "UTC" if field_type is FieldType.DATE_TIME else None
                    digits = 20 if field_type is FieldType.DECIMAL else None
                    field = Field(column.name, field_type, is_list=is_list, object_entity_type=entity, time_zone=zone,
                                  precision=digits)  # fmt: skip
                    schema = Schema("other", [field], system_properties=False)
                    with pytest.raises(CriteriaError) as told:
                        Table("foreign_rows", schema, described.columns, dialect=described.dialect)
                    [problem] = told.value.problems
                    assert problem.code == "unfit_column"
                    assert problem.hint, problem
        first = criteria.tables.schema(engine.connection, "foreign_rows", time_zone="UTC")
        assert [field.name for field in first.fields] == ["id"]
        left_out = criteria.tables.left_out(engine.connection, "foreign_rows", first)
        assert len(left_out) == len(REFUSED[name])
        assert all(problem.hint for problem in left_out)
