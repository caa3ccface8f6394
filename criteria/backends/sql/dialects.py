"""The SQL dialects by name."""

from __future__ import annotations

from collections.abc import Mapping

from criteria.backends.sql.bigquery import BIGQUERY
from criteria.backends.sql.clickhouse import CLICKHOUSE
from criteria.backends.sql.dialect import Dialect
from criteria.backends.sql.duckdb import DUCKDB
from criteria.backends.sql.mysql import MARIADB, MYSQL
from criteria.backends.sql.oracle import ORACLE
from criteria.backends.sql.postgres import POSTGRES
from criteria.backends.sql.redshift import REDSHIFT
from criteria.backends.sql.refusals import check_fields, check_folded_names
from criteria.backends.sql.snowflake import SNOWFLAKE
from criteria.backends.sql.spark import SPARK
from criteria.backends.sql.sqlite import SQLITE
from criteria.backends.sql.trino import TRINO
from criteria.backends.sql.tsql import TSQL
from criteria.errors import CriteriaError, Problem, nearest_or_all, quoted
from criteria.schema.schema import Schema

STORED: Mapping[str, Dialect] = {
    "sqlite": SQLITE,
    "postgres": POSTGRES,
    "mysql": MYSQL,
    "mysql8": MYSQL,
    "mariadb": MARIADB,
    "duckdb": DUCKDB,
}
"""The dialects that have `storage`. `mysql8` is an alias of `mysql`."""

DIALECTS: Mapping[str, Dialect] = {
    **STORED,
    "snowflake": SNOWFLAKE,
    "bigquery": BIGQUERY,
    "redshift": REDSHIFT,
    "spark": SPARK,
    "trino": TRINO,
    "clickhouse": CLICKHOUSE,
    "tsql": TSQL,
    "oracle": ORACLE,
}


def find_dialect(name: str, schema: Schema | None) -> Dialect:
    """The dialect by its name, if it supports the schema.

    Raises `CriteriaError` (`unknown_dialect`, `unsupported`).
    """
    if not isinstance(name, str) or name not in DIALECTS:
        hint = nearest_or_all(name, DIALECTS, "dialects")
        raise CriteriaError(Problem("unknown_dialect", f"Unknown SQL dialect {quoted(name)}.", hint=hint))
    dialect = DIALECTS[name]
    check_schema(dialect, schema)
    return dialect


def check_schema(dialect: Dialect, schema: Schema | None) -> None:
    """Raises `CriteriaError` (`unsupported`) for every field that the dialect cannot compare correctly."""
    check_fields(dialect, schema.fields if schema is not None else ())
    if schema is not None and dialect.folds_names:
        check_folded_names(dialect, schema.fields)
