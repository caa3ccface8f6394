"""Dialects without `storage`: their SQL is compared with text, and what they do not support is refused.

ClickHouse, Spark and BigQuery are executed as well, in tests/conformance/test_further_engines.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

import criteria
from criteria import CriteriaError, Field, Limits, Query, Schema, Search
from criteria.backends.sql import Sql
from criteria.backends.sql.dialects import DIALECTS, STORED
from criteria.tree.nodes import Comparison, Operator

GUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
NOON = "2024-01-01T12:00:00.5Z"
DAY = "2024-02-29"

KEY = Field("id", "integer", is_unique=True, nullable=False)
TYPES = ("string", "integer", "boolean", "decimal", "double", "date", "dateTime", "guid")

CASES: Mapping[str, dict[str, Any]] = {
    "equals": {"string": "ab"},
    "in": {"string": {"$in": ["a", "b"]}},
    "greater": {"string": {"$gt": "ab"}},
    "starts": {"string": {"$startsWith": "\u00e9"}},
    "ends": {"string": {"$endsWith": "\u00e9"}},
    "contains": {"string": {"$contains": "\u00e9"}},
    "contains nothing": {"string": {"$contains": ""}},
    "in any case": {"string": {"$ieq": "a.1"}},
    "integer": {"integer": 5},
    "boolean": {"boolean": True},
    "decimal": {"decimal": {"$lte": "0.1"}},
    "double": {"double": {"$gt": 0.1}},
    "date": {"date": {"$lt": DAY}},
    "dates": {"date": {"$in": [DAY, "1970-01-01"]}},
    "dateTime": {"dateTime": {"$lt": NOON}},
    "guid": {"guid": GUID},
    "not equals": {"integer": {"$ne": 5}},
    "empty": {"integer": None},
    "list": {"integers": 5},
    "list without": {"integers": {"$nin": [5]}},
    "empty list": {"integers": None},
}

COMMON = {
    "contains nothing": '"string" IS NOT NULL',
    "integer": '"integer" = ?',
    "boolean": '"boolean" = ?',
    "decimal": '"decimal" <= CAST(? AS DECIMAL(30, 10))',
    "guid": '"guid" = ?',
    "not equals": '("integer" <> ? OR "integer" IS NULL)',
    "empty": '"integer" IS NULL',
}
"""The SQL of most dialects that quote names with double quotes."""

PLAIN = {"equals": '"string" = ?', "in": '"string" IN (?, ?)', "greater": '"string" > ?'}
"""Text conditions of dialects that compare by code point."""


def _utf8(text: str) -> str:
    """The UTF-8 bytes of a text on SQL Server."""
    return f"CAST(CAST({text} COLLATE Latin1_General_100_BIN2_UTF8 AS VARCHAR(MAX)) AS VARBINARY(MAX))"


def _arrays(function: str) -> dict[str, str]:
    """List conditions by a function of an array and a lambda."""
    tested = f'COALESCE({function}("integers", "_item" -> COALESCE(%s, FALSE)), FALSE)'
    return {
        "list": tested % '"_item" = ?',
        "list without": "NOT (" + tested % '"_item" = ?' + ")",
        "empty list": "NOT (" + tested % 'NOT ("_item" IS NULL)' + ")",
    }


TEXTS: Mapping[str, Mapping[str, str]] = {
    "snowflake": {
        **COMMON,
        "equals": """"string" = ? AND TO_BINARY("string", 'UTF-8') = TO_BINARY(?, 'UTF-8')""",
        "in": """"string" IN (?, ?) AND """
        """TO_BINARY("string", 'UTF-8') IN (TO_BINARY(?, 'UTF-8'), TO_BINARY(?, 'UTF-8'))""",
        "greater": """TO_BINARY("string", 'UTF-8') > TO_BINARY(?, 'UTF-8')""",
        "starts": """STARTSWITH(TO_BINARY("string", 'UTF-8'), TO_BINARY(?, 'UTF-8'))""",
        "ends": """ENDSWITH(TO_BINARY("string", 'UTF-8'), TO_BINARY(?, 'UTF-8'))""",
        "contains": """CONTAINS(TO_BINARY("string", 'UTF-8'), TO_BINARY(?, 'UTF-8'))""",
        "double": """"double" > CAST(? AS DOUBLE) AND "double" <> CAST('NaN' AS DOUBLE)""",
        "date": """"date" < TO_DATE(?, 'YYYY-MM-DD')""",
        "dates": """"date" IN (TO_DATE(?, 'YYYY-MM-DD'), """
        """TO_DATE(?, 'YYYY-MM-DD'))""",
        "dateTime": """"dateTime" < TO_TIMESTAMP_TZ(?, 'YYYY-MM-DD HH24:MI:SS.FF6TZH:TZM')""",
    },
    "bigquery": {
        **{case: text.replace('"', "`") for case, text in COMMON.items()},
        "equals": "`string` = ? AND CAST(`string` AS BYTES) = CAST(? AS BYTES)",
        "in": "`string` IN (?, ?) AND CAST(`string` AS BYTES) IN (CAST(? AS BYTES), CAST(? AS BYTES))",
        "greater": "CAST(`string` AS BYTES) > CAST(? AS BYTES)",
        "starts": "STARTS_WITH(CAST(`string` AS BYTES), CAST(? AS BYTES))",
        "ends": "ENDS_WITH(CAST(`string` AS BYTES), CAST(? AS BYTES))",
        "contains": "STRPOS(CAST(`string` AS BYTES), CAST(? AS BYTES)) > 0",
        "decimal": "`decimal` <= CAST(? AS BIGNUMERIC)",
        "double": "`double` > CAST(? AS FLOAT64) AND (NOT (IS_NAN(`double`)))",
        "date": "`date` < CAST(? AS DATE)",
        "dates": "`date` IN (CAST(? AS DATE), CAST(? AS DATE))",
        "dateTime": "`dateTime` < CAST(? AS TIMESTAMP)",
        "list": "EXISTS(SELECT 1 FROM UNNEST(`integers`) AS `_item` WHERE `_item` = ?)",
        "list without": "NOT (EXISTS(SELECT 1 FROM UNNEST(`integers`) AS `_item` WHERE `_item` = ?))",
        "empty list": "NOT (EXISTS(SELECT 1 FROM UNNEST(`integers`) AS `_item` WHERE NOT (`_item` IS NULL)))",
    },
    "redshift": {
        **COMMON,
        "equals": """"string" = ? AND TO_VARBYTE("string", 'utf8') = TO_VARBYTE(?, 'utf8')""",
        "in": """"string" IN (?, ?) AND """
        """TO_VARBYTE("string", 'utf8') IN (TO_VARBYTE(?, 'utf8'), TO_VARBYTE(?, 'utf8'))""",
        "greater": """TO_VARBYTE("string", 'utf8') > TO_VARBYTE(?, 'utf8')""",
        "starts": """SUBSTRING(TO_VARBYTE("string", 'utf8'), 1, ?) = TO_VARBYTE(?, 'utf8')""",
        "ends": """SUBSTRING(TO_VARBYTE("string", 'utf8'), OCTET_LENGTH(TO_VARBYTE("string", 'utf8')) - ?, ?) = """
        """TO_VARBYTE(?, 'utf8')""",
        "contains": """STRPOS(COLLATE("string", 'case_sensitive'), ?) > 0""",
        "double": """"double" > CAST(? AS DOUBLE PRECISION) AND "double" <> CAST('NaN' AS DOUBLE PRECISION)""",
        "date": '"date" < CAST(? AS DATE)',
        "dates": '"date" IN (CAST(? AS DATE), CAST(? AS DATE))',
        "dateTime": '"dateTime" < CAST(? AS TIMESTAMP WITH TIME ZONE)',
    },
    "spark": {
        case: text.replace('"', "`")
        for case, text in {
            **COMMON,
            **PLAIN,
            "starts": 'STARTSWITH("string", ?)',
            "ends": 'ENDSWITH("string", ?)',
            "contains": 'CONTAINS("string", ?)',
            "in any case": 'RLIKE("string", ?)',
            "double": '"double" > CAST(? AS DOUBLE) AND (NOT (ISNAN("double")))',
            "date": '"date" < CAST(? AS DATE)',
            "dates": '"date" IN (CAST(? AS DATE), CAST(? AS DATE))',
            "dateTime": '"dateTime" < CAST(? AS TIMESTAMP_LTZ)',
            **_arrays("EXISTS"),
        }.items()
    },
    "trino": {
        **COMMON,
        **PLAIN,
        "starts": 'STARTS_WITH("string", ?)',
        "ends": 'SUBSTR("string", ?) = ?',
        "contains": 'STRPOS("string", ?) > 0',
        "double": '"double" > CAST(? AS DOUBLE) AND (NOT (IS_NAN("double")))',
        "date": '"date" < CAST(? AS DATE)',
        "dates": '"date" IN (CAST(? AS DATE), CAST(? AS DATE))',
        "dateTime": '"dateTime" < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)',
        "guid": '"guid" = CAST(? AS UUID)',
        **_arrays("ANY_MATCH"),
    },
    "clickhouse": {
        **COMMON,
        **PLAIN,
        "starts": 'startsWith("string", ?)',
        "ends": 'endsWith("string", ?)',
        "contains": 'position("string", ?) > 0',
        "in any case": 'match("string", ?)',
        "integer": '"integer" = toInt64(?)',
        "decimal": '"decimal" <= toDecimal128(?, 10)',
        "double": '"double" > toFloat64(?) AND (NOT (isNaN("double")))',
        "date": '"date" < toDate32(?)',
        "dates": '"date" IN (toDate32(?), toDate32(?))',
        "dateTime": """"dateTime" < fromUnixTimestamp64Micro(toInt64(?), 'UTC')""",
        "guid": '"guid" = toUUID(?)',
        "not equals": '("integer" <> toInt64(?) OR "integer" IS NULL)',
        "list": 'arrayExists("_item" -> ifNull("_item" = toInt64(?), 0), "integers")',
        "list without": 'NOT (arrayExists("_item" -> ifNull("_item" = toInt64(?), 0), "integers"))',
        "empty list": 'NOT (arrayExists("_item" -> ifNull(NOT ("_item" IS NULL), 0), "integers"))',
    },
    "tsql": {
        "equals": f"[string] = ? AND {_utf8('[string]')} = {_utf8('?')}",
        "in": f"[string] IN (?, ?) AND {_utf8('[string]')} IN ({_utf8('?')}, {_utf8('?')})",
        "greater": f"{_utf8('[string]')} > {_utf8('?')}",
        "starts": f"SUBSTRING({_utf8('[string]')}, 1, ?) = {_utf8('?')}",
        "ends": f"SUBSTRING({_utf8('[string]')}, DATALENGTH({_utf8('[string]')}) - ?, ?) = {_utf8('?')}",
        "contains": "CHARINDEX(? COLLATE Latin1_General_100_BIN2_UTF8, "
        "[string] COLLATE Latin1_General_100_BIN2_UTF8) > 0",
        "contains nothing": "[string] IS NOT NULL",
        "integer": "[integer] = ?",
        "boolean": "[boolean] = ?",
        "decimal": "[decimal] <= CAST(? AS NUMERIC(30, 10))",
        "double": "[double] > ?",
        "date": "[date] < CAST(? AS DATE)",
        "dates": "[date] IN (CAST(? AS DATE), CAST(? AS DATE))",
        "dateTime": "[dateTime] < CAST(? AS DATETIME2(6))",
        "guid": "[guid] = CAST(? AS UNIQUEIDENTIFIER)",
        "not equals": "([integer] <> ? OR [integer] IS NULL)",
        "empty": "[integer] IS NULL",
    },
    "oracle": {
        **{case: text for case, text in COMMON.items() if case != "contains nothing"},
        "decimal": '"decimal" <= ?',
        "date": """"date" < TO_DATE(?, 'YYYY-MM-DD', 'NLS_CALENDAR=GREGORIAN')""",
        "dates": """"date" IN (TO_DATE(?, 'YYYY-MM-DD', 'NLS_CALENDAR=GREGORIAN'), """
        """TO_DATE(?, 'YYYY-MM-DD', 'NLS_CALENDAR=GREGORIAN'))""",
        "dateTime": """"dateTime" < TO_TIMESTAMP(?, 'YYYY-MM-DD HH24:MI:SS.FF6', 'NLS_CALENDAR=GREGORIAN')""",
    },
}
"""The SQL of each dialect in each case; missing cases are refused."""

PAGES: Mapping[str, tuple[str, str, str]] = {
    "snowflake": ("LIMIT 4", "LIMIT 4 OFFSET 2", "LIMIT NULL OFFSET 2"),
    "bigquery": ("LIMIT 4", "LIMIT 4 OFFSET 2", "LIMIT 9223372036854775807 OFFSET 2"),
    "redshift": ("LIMIT 4", "LIMIT 4 OFFSET 2", "OFFSET 2"),
    "spark": ("LIMIT 4", "LIMIT 4 OFFSET 2", "OFFSET 2"),
    "trino": ("LIMIT 4", "OFFSET 2 LIMIT 4", "OFFSET 2"),
    "clickhouse": ("LIMIT 4", "LIMIT 4 OFFSET 2", "OFFSET 2"),
    "tsql": ("", "OFFSET 2 ROWS FETCH FIRST 4 ROWS ONLY", "OFFSET 2 ROWS"),
    "oracle": ("FETCH FIRST 4 ROWS ONLY", "OFFSET 2 ROWS FETCH FIRST 4 ROWS ONLY", "OFFSET 2 ROWS"),
}
"""The end of the statement for the first 3 records, for 3 after the first 2, and for all but the first 2."""

PARAMSTYLES = {
    "snowflake": "pyformat",
    "bigquery": "pyformat",
    "redshift": "format",
    "spark": "named",
    "trino": "qmark",
    "clickhouse": "pyformat",
    "tsql": "qmark",
    "oracle": "named",
}

FURTHER = sorted(set(DIALECTS) - set(STORED))
SAID = [(dialect, case) for dialect in TEXTS for case in TEXTS[dialect]]
STRINGS = [dialect for dialect in TEXTS if "equals" in TEXTS[dialect]]


def schema_for(criteria_json: Mapping[str, Any], **attributes: Any) -> Schema:
    """The key, and a field of the type that the criteria's one name states; a plural is a list."""
    [name] = criteria_json
    kind = name if name in TYPES else name.removesuffix("s")
    field = Field(name, kind, is_list=name != kind, **attributes)
    return Schema("t", [KEY, field], system_properties=False)


def compiled(dialect: str, criteria_json: dict[str, Any], paramstyle: str | None = "qmark", **attributes: Any) -> Sql:
    """The compiled condition of a dialect."""
    query = criteria.parse(criteria_json, schema_for(criteria_json, **attributes))
    sql: Sql = criteria.compile(query, "sql", dialect=dialect, paramstyle=paramstyle)
    return sql


def parsed(dialect: str, condition: str) -> exp.Expression:
    """A condition parsed by sqlglot in the dialect."""
    found = sqlglot.parse_one(f"SELECT 1 FROM t WHERE {condition}", read=DIALECTS[dialect].sqlglot)
    where = found.args["where"].this
    assert isinstance(where, exp.Expression)
    return where


def refusal(compile_it: Any) -> str:
    """The message of a refusal, all of whose problems are `unsupported`."""
    with pytest.raises(CriteriaError) as caught:
        compile_it()
    assert {problem.code for problem in caught.value.problems} == {"unsupported"}
    return str(caught.value)


def test_every_dialect_without_storage_is_tested() -> None:
    """Every dialect has its texts here, with its pages and the paramstyle of its usual driver."""
    assert sorted(TEXTS) == sorted(PAGES) == sorted(PARAMSTYLES) == FURTHER
    for texts in TEXTS.values():
        assert set(texts) <= set(CASES)


@pytest.mark.parametrize(("dialect", "case"), SAID)
def test_sql_of_each_operator_and_type(dialect: str, case: str) -> None:
    """The whole text of a condition is as expected, with as many values as placeholders."""
    sql = compiled(dialect, CASES[case])
    assert sql.text == TEXTS[dialect][case]
    assert len(sql.params) == sql.text.count("?")


@pytest.mark.parametrize(("dialect", "case"), SAID)
def test_sql_parses_in_its_dialect(dialect: str, case: str) -> None:
    """Each text parses in its dialect, names the field's column, and prints the same again."""
    sql = compiled(dialect, CASES[case])
    read = parsed(dialect, sql.text)
    [name] = CASES[case]
    assert {column.name for column in read.find_all(exp.Column)} - {"_item"} == {name}
    if dialect != "clickhouse":  # sqlglot prints its placeholders with types
        printed = read.sql(DIALECTS[dialect].sqlglot, identify=True)
        assert parsed(dialect, printed) == read


@pytest.mark.parametrize("dialect", TEXTS)
@pytest.mark.parametrize("case", CASES)
def test_unsupported_cases_are_refused(dialect: str, case: str) -> None:
    """A case without a text is refused as `unsupported`, and the message names the field and the dialect."""
    if case in TEXTS[dialect]:
        compiled(dialect, CASES[case])
    else:
        [name] = CASES[case]
        message = refusal(lambda: compiled(dialect, CASES[case]))
        assert f'ield "{name}"' in message
        assert f" not supported on {dialect}" in message


@pytest.mark.parametrize("dialect", TEXTS)
@pytest.mark.parametrize("schema", [None, Schema("t", [KEY, Field("p.q", "integer")], system_properties=False)])
def test_nested_fields_are_refused_except_on_clickhouse(dialect: str, schema: Schema | None) -> None:
    """A path into JSON is refused with a schema and without one, on every dialect but ClickHouse."""
    query = criteria.parse({"OR": [{"id": 1}, {"p.q": 5}]}, schema)
    if dialect == "clickhouse":
        assert "JSONType" in criteria.compile(query, "sql", dialect=dialect).text
    else:
        assert '"p.q"' in refusal(lambda: criteria.compile(query, "sql", dialect=dialect))


def test_nested_fields_on_clickhouse() -> None:
    """A nested value is compared if its JSON type is the field's, and a missing one counts as null."""
    schema = Schema("t", [KEY, Field("p.q", "string"), Field("p.l", "string", is_list=True)], system_properties=False)

    def text(criteria_json: dict[str, Any]) -> str:
        sql: Sql = criteria.compile(criteria.parse(criteria_json, schema), "sql", dialect="clickhouse")
        return sql.text

    assert text({"p.q": "a"}) == (
        """CASE WHEN toString(JSONType("p", 'q')) IN ('String') THEN JSONExtractString("p", 'q') END = %(p1)s"""
    )
    assert text({"p.q": None}) == """ifNull(toString(JSONType("p", 'q')), 'Null') = 'Null'"""
    assert text({"p.l": "a"}) == (
        """arrayExists("_item" -> ifNull(CASE WHEN toString(JSONType("_item")) IN ('String') """
        """THEN JSONExtractString("_item") END = %(p1)s, 0), JSONExtractArrayRaw(ifNull("p", ''), 'l'))"""
    )


@pytest.mark.parametrize("dialect", sorted(set(TEXTS) - {"clickhouse"}))
def test_all_unsupported_fields_are_reported_at_once(dialect: str) -> None:
    """A refused schema names all its unsupported fields, each with the reason. ClickHouse supports all kinds."""
    schema = Schema("t", [KEY, Field("p.q", "integer"), Field("p.r", "integer")], system_properties=False)
    message = refusal(lambda: criteria.compile(criteria.parse({}, schema), "sql", dialect=dialect))
    assert '"p.q"' in message
    assert '"p.r"' in message


@pytest.mark.parametrize("dialect", TEXTS)
def test_columns_are_compared_without_a_function(dialect: str) -> None:
    """A comparison of a column, negated or not, wraps the column in no function, so that indexes can be used."""
    for case, text in TEXTS[dialect].items():
        if "list" not in case:
            read = parsed(dialect, text)
            assert read.find(exp.Coalesce) is None
            assert read.find(exp.Case) is None, case
            assert "IS TRUE" not in text


@pytest.mark.parametrize("dialect", TEXTS)
def test_a_field_that_is_never_null_has_no_null_test(dialect: str) -> None:
    """The complement of a comparison that is never NULL is just its opposite."""
    sql = compiled(dialect, {"boolean": {"$ne": True}}, nullable=False)
    assert isinstance(parsed(dialect, sql.text), exp.NEQ)


HOSTILE_VALUES = ("' OR 1=1 --", "'; DROP T", "\\' OR 1=1", '" OR ""=""', "%' OR '%'", "*/ OR /**/", "?, :p1, $1")


@pytest.mark.parametrize("dialect", STRINGS)
@pytest.mark.parametrize("operator", ["$eq", "$in", "$gt", "$startsWith", "$endsWith", "$contains"])
def test_values_are_bound_and_never_spliced(dialect: str, operator: str) -> None:
    """The text of a condition is the same for every value, hostile or not, and the value is among the parameters."""

    def sql_for(value: str) -> Sql:
        comparison: Any = {"$eq": value, "$in": {"$in": [value]}}.get(operator, {operator: value})
        return compiled(dialect, {"string": comparison}, paramstyle=None)

    for value in HOSTILE_VALUES:
        sql = sql_for(value)
        assert sql.text == sql_for("x" * len(value)).text
        assert value in (sql.params.values() if isinstance(sql.params, dict) else sql.params)


HOSTILE_NAMES = (
    'a" = 1 OR 1=1 --', "a` = 1 OR 1=1 --", "a] = 1 OR 1=1 --", "a\\", "a\\` = 1 OR 1=1 --", 'a\\" = 1 OR 1=1 --',
    "x'; DROP TABLE t; --", "First Name", "%s", "?", ":p1", "select", "\u00e9", "[a]",
)  # fmt: skip


@pytest.mark.parametrize("dialect", TEXTS)
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_are_quoted_or_refused(dialect: str, name: str) -> None:
    """With any name of a column and a table, the statement has one column of that name and no other condition."""
    schema = Schema("t", [KEY, Field("n", "integer", column=name)], system_properties=False)
    search = Search(criteria.parse({"n": 5}, schema), criteria.parse_order_by("n", schema), None)

    def rows() -> Sql:
        sql: Sql = criteria.compile(search, "sql", dialect=dialect, table=f"s.{name}", paramstyle="qmark").rows
        return sql

    if dialect == "oracle" and '"' in name:
        message = refusal(rows)
        assert 'A name cannot contain ".' in message
        return
    read = sqlglot.parse_one(rows().text, read=DIALECTS[dialect].sqlglot)
    assert {column.name for column in read.find_all(exp.Column)} == {"id", name}
    assert {table.name for table in read.find_all(exp.Table)} == {name}
    assert all(identifier.quoted for identifier in read.find_all(exp.Identifier))
    condition = read.args["where"].this
    assert isinstance(condition, exp.EQ)
    assert condition.find(exp.Or) is None


def test_oracle_refuses_a_table_that_cannot_be_quoted() -> None:
    """Oracle's names cannot contain a double quote: such a table is refused, also as a qualifier."""
    schema = Schema("t", [KEY], system_properties=False)
    query = criteria.parse({"id": 1}, schema)
    search = Search(query, (), 3)
    assert "is not supported on oracle" in refusal(
        lambda: criteria.compile(search, "sql", dialect="oracle", table='s".t')
    )
    assert "is not supported on oracle" in refusal(lambda: criteria.compile(query, "sql", dialect="oracle", table='"'))


@pytest.mark.parametrize("dialect", TEXTS)
def test_default_paramstyle_is_that_of_the_usual_driver(dialect: str) -> None:
    """The default paramstyle is that of the dialect's usual driver."""
    placeholder = {"pyformat": "%(p1)s", "format": "%s", "named": ":p1", "qmark": "?"}[PARAMSTYLES[dialect]]
    sql = compiled(dialect, {"boolean": True}, paramstyle=None)
    assert sql.text.endswith(f"= {placeholder}")


@pytest.mark.parametrize("dialect", TEXTS)
def test_sql_of_pages(dialect: str) -> None:
    """The end of a page's statement is as expected: one record more than the limit, or only OFFSET without a limit."""
    schema = Schema("t", [KEY], system_properties=False)
    query = criteria.parse({}, schema)
    for end, (limit, skip) in zip(PAGES[dialect], [(3, 0), (3, 2), (None, 2)], strict=True):
        rows = criteria.compile(Search(query, (), limit, skip), "sql", dialect=dialect, table="t").rows
        assert rows.text.endswith(f"ASC {end}".rstrip())
        assert sqlglot.parse_one(rows.text, read=DIALECTS[dialect].sqlglot).args["order"]
    if dialect == "tsql":
        rows = criteria.compile(Search(query, (), 3), "sql", dialect=dialect, table="t").rows
        assert rows.text.startswith("SELECT TOP 4 [t].[id] FROM")


@pytest.mark.parametrize("dialect", TEXTS)
def test_the_statement_orders_nulls(dialect: str) -> None:
    """NULLS FIRST and NULLS LAST are printed except on SQL Server, which has neither and sorts NULL first.

    The key is never null, and its order says nothing of nulls.
    """
    schema = Schema("t", [KEY, Field("n", "integer"), Field("m", "integer")], system_properties=False)
    search = Search(criteria.parse({}, schema), criteria.parse_order_by("n,m desc", schema), None)
    rows = criteria.compile(search, "sql", dialect=dialect, table="t").rows
    order = rows.text.partition(" ORDER BY ")[2].replace("`", '"').replace("[", '"').replace("]", '"')
    if dialect == "tsql":
        assert order == '"t"."n" ASC, "t"."m" DESC, "t"."id" DESC'
    else:
        assert order == '"t"."n" ASC NULLS FIRST, "t"."m" DESC NULLS LAST, "t"."id" DESC'


@pytest.mark.parametrize("dialect", STRINGS)
def test_strings_are_sorted_as_they_compare(dialect: str) -> None:
    """A string is sorted by the left side of its ordering: by its bytes if it may have another collation."""
    schema = Schema("t", [KEY, Field("string", "string")], system_properties=False)
    search = Search(criteria.parse({}, schema), criteria.parse_order_by("string", schema), None)
    rows = criteria.compile(search, "sql", dialect=dialect, table="t").rows
    compared = TEXTS[dialect]["greater"].partition(" > ")[0]
    name, qualified = {"`": ("`string`", "`t`.`string`"), "[": ("[string]", "[t].[string]")}.get(
        rows.text.partition("SELECT ")[2][0], ('"string"', '"t"."string"')
    )
    assert f" ORDER BY {compared.replace(name, qualified)} ASC" in rows.text


@pytest.mark.parametrize(
    ("dialect", "bare"),
    [("snowflake", True), ("bigquery", True), ("redshift", False), ("tsql", False)],
)
def test_a_declared_collation_is_used_unless_it_ignores_blanks(dialect: str, bare: bool) -> None:
    """A string declared to compare by code point is compared directly, unless the engine ignores trailing blanks."""
    sql = compiled(dialect, {"string": {"$gt": "ab"}}, collation="binary")
    assert (sql.text.replace("`", '"') == '"string" > ?') is bare
    if not bare:
        assert sql.text == TEXTS[dialect]["greater"]


def _values(sql: Sql) -> list[Any]:
    return list(sql.params.values() if isinstance(sql.params, dict) else sql.params)


@pytest.mark.parametrize("dialect", TEXTS)
def test_date_times_have_an_offset_or_are_in_utc(dialect: str) -> None:
    """A dateTime is bound in UTC: as text with an offset, as text for columns in UTC, or as microseconds."""
    [value] = _values(compiled(dialect, {"dateTime": "2024-01-01T14:00:00.5+02:00"}))
    noon = {
        "clickhouse": 1704110400500000,
        "tsql": "2024-01-01T12:00:00.500000",
        "oracle": "2024-01-01 12:00:00.500000",
    }
    assert value == noon.get(dialect, "2024-01-01 12:00:00.500000+00:00")


@pytest.mark.parametrize("dialect", TEXTS)
def test_dates_are_bound_as_text(dialect: str) -> None:
    """A date is bound as text YYYY-MM-DD, which the dialect casts."""
    assert _values(compiled(dialect, {"date": DAY})) == [DAY]


@pytest.mark.parametrize(
    ("day", "is_there"), [("1582-10-04", 1), ("1582-10-05", 0), ("1582-10-14", 0), ("1582-10-15", 1)]
)
@pytest.mark.parametrize("operator", ["$gt", "$in"])
def test_oracle_refuses_dates_that_its_calendar_skips(day: str, is_there: bool, operator: str) -> None:
    """The days that the Gregorian calendar reform skipped are refused as operands of a date too."""
    criteria_json = {"date": {operator: [DAY, day] if operator == "$in" else day}}
    if is_there:
        compiled("oracle", criteria_json)
    else:
        assert '"date"' in refusal(lambda: compiled("oracle", criteria_json))


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2300-01-01", "9999-12-31"])
def test_clickhouse_refuses_dates_outside_its_range(day: str) -> None:
    """A day outside Date32's range is refused, also after queries of the same form were compiled."""
    assert _values(compiled("clickhouse", {"date": {"$gt": DAY}})) == [DAY]
    assert '"date"' in refusal(lambda: compiled("clickhouse", {"date": {"$gt": day}}))
    nested = criteria.parse({"p.d": {"$gt": day}}, Schema("t", [KEY, Field("p.d", "date")], system_properties=False))
    assert _values(criteria.compile(nested, "sql", dialect="clickhouse")) == [day]


@pytest.mark.parametrize("dialect", ["clickhouse", "oracle", "tsql"])
def test_templates_without_checked_values_are_reused(dialect: str) -> None:
    """A dialect that checks the values of some types reuses the templates of queries on other types."""
    first, second = (compiled(dialect, {"integer": number}) for number in (5, 6))
    assert first.text is second.text


@pytest.mark.parametrize("dialect", TEXTS)
def test_numbers_are_bound_exactly(dialect: str) -> None:
    """A decimal is bound with all its digits, never as a float; a double as its shortest text or as a float."""
    [value] = _values(compiled(dialect, {"decimal": "12345678901234567890.0000000001"}))
    assert str(value) == "12345678901234567890.0000000001"
    assert not isinstance(value, float)
    if "double" in TEXTS[dialect]:
        [value] = _values(compiled(dialect, {"double": 0.30000000000000004}))
        assert value == (0.30000000000000004 if dialect in ("clickhouse", "tsql") else "0.30000000000000004")
    [value] = _values(compiled(dialect, {"integer": -(2**63)}))
    assert value == -(2**63)
    assert type(value) is int


def test_oracle_has_at_most_a_thousand_values_in_one_in() -> None:
    """A longer list is split into several IN, joined by OR and negated as a whole."""
    schema = Schema("t", [KEY, Field("n", "integer"), Field("g", "guid")], system_properties=False)
    limits = Limits(values=3000)
    numbers = criteria.parse({"n": {"$nin": list(range(2001))}}, schema, limits=limits)
    sql = criteria.compile(numbers, "sql", dialect="oracle")
    assert sql.text.startswith('((NOT ("n" IN (:p1, ')
    assert sql.text.endswith(') OR "n" IN (:p2001))) OR "n" IS NULL)')
    sizes = [len(found.expressions) for found in parsed("oracle", sql.text).find_all(exp.In)]
    assert sorted(sizes) == [1, 1000, 1000]
    assert isinstance(sql.params, dict)
    assert sorted(sql.params.values()) == list(range(2001))
    guids = [f"00000000-0000-0000-0000-{number:012}" for number in range(1001)]
    sql = criteria.compile(criteria.parse({"g": {"$in": guids}}, schema, limits=limits), "sql", dialect="oracle")
    assert sql.text.count(" IN (") == 2
    assert " OR " in sql.text


MAX_BINDS = {"bigquery": 10_000, "redshift": 32_767, "tsql": 2_098, "oracle": 65_535}


@pytest.mark.heavy("the largest statements")
@pytest.mark.parametrize("dialect", MAX_BINDS)
def test_a_statement_with_too_many_parameters_is_refused(dialect: str) -> None:
    """A statement with more parameters than the engine accepts is refused."""
    most = MAX_BINDS[dialect]
    schema = Schema("t", [KEY], system_properties=False)

    def compile_values(count: int) -> Sql:
        leaf = Comparison(KEY, Operator.IN, tuple(range(count)))
        sql: Sql = criteria.compile(Query(leaf, schema), "sql", dialect=dialect)
        return sql

    assert len(compile_values(most).params) == most
    assert str(most) in refusal(lambda: compile_values(most + 1))


def test_sql_server_accepts_a_thousand_strings() -> None:
    """The longest `$in` that the limits allow fits the bound on parameters, though each string is bound twice."""
    sql = compiled("tsql", {"string": {"$in": [str(number) for number in range(1000)]}})
    assert len(sql.params) == 2000


@pytest.mark.parametrize("dialect", ["spark", "redshift"])
def test_a_page_beyond_32_bits_is_refused(dialect: str) -> None:
    """A page beyond the engine's 32-bit row numbers is refused."""
    schema = Schema("t", [KEY], system_properties=False)
    query = criteria.parse({}, schema)

    def page(limit: int | None, skip: int) -> Any:
        return criteria.compile(Search(query, (), limit, skip), "sql", dialect=dialect, table="t").rows

    assert page(2**31 - 3, 1).text.endswith("LIMIT 2147483646 OFFSET 1")
    assert page(None, 2**31 - 1).text.endswith(" OFFSET 2147483647")
    assert "2147483647" in refusal(lambda: page(2**31 - 2, 1))
    assert "2147483647" in refusal(lambda: page(2**31 - 1, 0))


def test_sql_server_refuses_to_search_for_too_long_a_text() -> None:
    """CHARINDEX searches for at most 8,000 bytes; the other operators accept longer texts."""
    longest = "\U0001f600" * 2000
    assert compiled("tsql", {"string": {"$contains": longest}}).params == (longest,)
    assert '"string"' in refusal(lambda: compiled("tsql", {"string": {"$contains": longest + "x"}}))
    assert longest + "x" in _values(compiled("tsql", {"string": {"$endsWith": longest + "x"}}))


def _days() -> Iterator[tuple[datetime, bool]]:
    for month, day, is_there in ((10, 4, True), (10, 5, False), (10, 14, False), (10, 15, True)):
        yield datetime(1582, month, day, 12, tzinfo=timezone.utc), is_there


def test_oracle_refuses_date_times_that_its_calendar_skips() -> None:
    """The days that the Gregorian calendar reform skipped are refused as operands, alone or in a list."""
    for moment, is_there in _days():
        for comparison in ({"$gt": moment.isoformat()}, {"$nin": [NOON, moment.isoformat()]}):
            if is_there:
                compiled("oracle", {"dateTime": comparison})
            else:
                assert '"dateTime"' in refusal(lambda c=comparison: compiled("oracle", {"dateTime": c}))


@pytest.mark.parametrize(
    ("name", "value", "reason"), [("string", "a", "empty string"), ("double", 0.5, "session's notation")]
)
def test_oracle_refuses_strings_and_doubles(name: str, value: Any, reason: str) -> None:
    """Strings and doubles are refused with the reason, with a schema and without one."""
    assert reason in refusal(lambda: compiled("oracle", {name: value}))
    assert reason in refusal(lambda: criteria.compile(criteria.parse({name: value}), "sql", dialect="oracle"))


def test_sort_keys_are_checked_without_a_schema_too() -> None:
    """An order by an unsupported field is refused."""
    search = Search(criteria.parse({}), (criteria.SortKey(Field("p.q", "integer"), False),), None)
    assert '"p.q"' in refusal(lambda: criteria.compile(search, "sql", dialect="trino", table="t"))


@pytest.mark.parametrize("dialect", TEXTS)
def test_these_dialects_have_no_storage(dialect: str) -> None:
    """These dialects have no storage."""
    schema = Schema("t", [KEY], system_properties=False)
    with pytest.raises(CriteriaError) as caught:
        criteria.storage(schema, dialect)
    assert [problem.code for problem in caught.value.problems] == ["unknown_dialect"]


def test_redshift_refuses_long_names() -> None:
    """A name longer than 127 bytes is refused."""
    schema = Schema("t", [KEY, Field("\u00e9" * 64, "integer")], system_properties=False)
    assert "127 bytes" in refusal(lambda: criteria.compile(criteria.parse({}, schema), "sql", dialect="redshift"))


@pytest.mark.parametrize("dialect", FURTHER)
def test_an_operand_of_an_unknown_class_is_never_bound(dialect: str) -> None:
    """A value of a class that the dialect has no rule for raises, instead of reaching the driver."""
    with pytest.raises(AssertionError, match="no rule for"):
        DIALECTS[dialect].encode(b"bytes")
