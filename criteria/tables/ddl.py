"""`from_ddl`: the table that CREATE TABLE describes, for the fields of a schema."""

from __future__ import annotations

from criteria.errors import CriteriaError, Problem
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.schema.schema import Schema
from criteria.tables.catalogs.catalog import Described
from criteria.tables.ddl_columns import DIALECTS, columns_of
from criteria.tables.ddl_statements import Script, read_script
from criteria.tables.ddl_words import invalid_ddl
from criteria.tables.name import table_parts
from criteria.tables.reflecting import in_time_zone
from criteria.tables.table import Table


def from_ddl(
    text: str, schema: Schema, *, dialect: str, name: str | None = None, time_zone: str | None = None
) -> Table:
    """The table that CREATE TABLE describes, as `reflect` would read it from a database.

    `text` is one CREATE TABLE or a whole script: `CREATE UNIQUE INDEX`, `CREATE TYPE ... AS ENUM` and
    `ALTER TABLE ... ADD PRIMARY KEY` are read too, other statements are not looked at. `name` says which table; without
    it the text has exactly one. `dialect` is `"sqlite"`, `"postgres"`, `"mysql"`, `"mariadb"` or `"duckdb"`.
    `time_zone="UTC"` declares that the columns without a time zone hold UTC.

    Values are not seen, so on SQLite they have to be as the types of their columns say (docs/tables.md).

    Raises `CriteriaError`: `invalid_ddl`, with line and column, for text that cannot be read; `unknown_option` for a
    table that is not there; `unfit_column` as `reflect` does; `unknown_dialect`.
    """
    described, found = describe_ddl(text, dialect, name)
    columns = in_time_zone(described.columns, time_zone)
    return Table(found, schema, columns, dialect=dialect, keys=described.keys)


def describe_ddl(text: str, dialect: str, name: str | None) -> tuple[Described, str]:
    """What CREATE TABLE says about a table, and the table's name. Raises `CriteriaError` as `from_ddl` does."""
    if dialect not in DIALECTS:
        hint = nearest_or_all(dialect, DIALECTS, "dialects with tables", Hints())
        raise CriteriaError(Problem("unknown_dialect", f"Tables of {quoted(dialect)} are not supported.", hint=hint))
    script = read_script(text, dialect)
    found = _found(text, script, name)
    columns, keys = columns_of(script, found, dialect)
    return Described(dialect, columns, keys), ".".join(found) if name is None else name


def _found(text: str, script: Script, name: str | None) -> tuple[str, ...]:
    """The name of the one table that is asked for."""
    if not script.tables:
        invalid_ddl(text, 0, "There is no CREATE TABLE with columns.")
    if name is None:
        if len(script.tables) == 1:
            return next(iter(script.tables))
        named = nearest_or_all(None, [".".join(one) for one in script.tables], "tables", Hints())
        raise CriteriaError(Problem("unknown_option", "There are several CREATE TABLE.", hint=f"Pass name. {named}"))
    parts = tuple(table_parts(name))
    matching = [one for one in script.tables if script.is_same(one, parts)]
    if len(matching) != 1:
        hint = nearest_or_all(name, [".".join(one) for one in script.tables], "tables", Hints())
        raise CriteriaError(Problem("unknown_option", f"There is no table {quoted(name)} in the DDL.", hint=hint))
    return matching[0]
