"""The table of dialects."""

from __future__ import annotations

from collections.abc import Mapping

from criteria.backends.sql.dialect import Dialect
from criteria.backends.sql.duckdb import DUCKDB
from criteria.backends.sql.mysql import MARIADB, MYSQL_8
from criteria.backends.sql.postgres import POSTGRES
from criteria.backends.sql.sqlite import SQLITE
from criteria.errors import CriteriaError, Problem, nearest, quoted
from criteria.schema import Schema

STORED: Mapping[str, Dialect] = {
    "sqlite": SQLITE,
    "postgres": POSTGRES,
    "mysql": MARIADB,
    "mariadb": MARIADB,
    "mysql8": MYSQL_8,
    "duckdb": DUCKDB,
}
"""Dialects whose storage the library knows. `mysql` says what MariaDB takes, `mysql8` what only MySQL 8 does."""

DIALECTS: Mapping[str, Dialect] = {**STORED}


def find_dialect(name: str, schema: Schema | None) -> Dialect:
    """The dialect of a name, if it can serve the schema. Raises `CriteriaError` (`unknown_dialect`, `unsupported`)."""
    if not isinstance(name, str) or name not in DIALECTS:
        hint = (nearest(name, DIALECTS) if isinstance(name, str) else None) or f"There are {', '.join(DIALECTS)}."
        raise CriteriaError(Problem("unknown_dialect", f"There is no SQL dialect {quoted(name)}.", hint=hint))
    dialect = DIALECTS[name]
    check_schema(dialect, schema)
    return dialect


def check_schema(dialect: Dialect, schema: Schema | None) -> None:
    """Raises `CriteriaError` (`unsupported`) for every field that cannot be right in the dialect."""
    fields = schema.fields if schema is not None else ()
    reasons = [(field, dialect.unsupported(field)) for field in fields]
    problems = [
        Problem("unsupported", f"Field {quoted(field.name)} cannot be right on {dialect.name}. {reason}")
        for field, reason in reasons
        if reason
    ]
    if problems:
        raise CriteriaError(*problems)
