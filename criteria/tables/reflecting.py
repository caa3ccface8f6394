"""`reflect`: the table that a connection has, for the fields of a schema."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from criteria.errors import CriteriaError, Problem, listed, to_pointer
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.schema.field import FieldType
from criteria.schema.schema import Schema
from criteria.tables.catalogs.catalog import Described, Reading, Rows, Statement
from criteria.tables.column import Column
from criteria.tables.connections import NAMES, Driver, find_driver
from criteria.tables.name import table_parts
from criteria.tables.table import Table
from criteria.tables.unanswered import unanswered
from criteria.text.ascii_case import ascii_lower


def reflect(
    connection: Any,
    name: str,
    schema: Schema,
    *,
    time_zone: str | None = None,
    dialect: str | None = None,
    verify: bool = True,
) -> Table:
    """The table of a name, with its columns as the connection describes them.

    - `connection`: one of sqlite3, duckdb, psycopg, psycopg2, pymysql, MySQLdb, mariadb or mysql.connector; with
      `dialect`, of any driver of the Python database API (PEP 249) whose placeholders are `?` or `%s`.
    - `time_zone`: `"UTC"` declares that the columns without a time zone hold UTC, as `Field.time_zone` does of one.

    - `verify`: a column may hold values that its field does not, so `reflect` also counts them, by one statement that
      reads the whole table (docs/tables.md#values-that-are-looked-for). False skips this; then conditions are right
      only if the values are as the fields say. `criteria.tables.verify` looks later.

    Apart from that only the engine's catalog is read.

    Raises `CriteriaError`: `unfit_column` with a problem for each field whose column is missing or cannot answer every
    query of the field correctly; `unsupported` for a connection of another driver; `unknown_option` for a table that
    does not exist.
    """
    driver = synchronous_driver(connection, dialect)
    return run(driver, connection, _reflecting(driver, name, schema, time_zone, dialect, verify), name)


async def reflect_async(
    connection: Any, name: str, schema: Schema, *, time_zone: str | None = None, verify: bool = True
) -> Table:
    """As `reflect`, for the connections of asyncpg, psycopg, aiosqlite, aiomysql and asyncmy."""
    driver = find_driver(connection)
    return await run_async(driver, connection, _reflecting(driver, name, schema, time_zone, None, verify), name)


def verify(connection: Any, table: Table) -> None:
    """Looks in the table of a connection for the columns of a `Table`, and for values that they should not hold.

    For tables that were built without a look at values: by `from_ddl`, by hand, or with `verify=False`. One statement
    reads the whole table (docs/tables.md#values-that-are-looked-for).

    Raises `CriteriaError` as `reflect` does.
    """
    run(synchronous_driver(connection), connection, _verifying(find_driver(connection), table), table.name)


async def verify_async(connection: Any, table: Table) -> None:
    """As `verify`, for the connections of asyncpg, psycopg, aiosqlite, aiomysql and asyncmy."""
    driver = find_driver(connection)
    await run_async(driver, connection, _verifying(driver, table), table.name)


def describe(connection: Any, name: str) -> Described:
    """What the engine of a connection says about a table. Raises `CriteriaError` as `reflect` does."""
    driver = synchronous_driver(connection)
    return run(driver, connection, describing(driver, name), name)


def _reflecting(
    driver: Driver, name: str, schema: Schema, time_zone: str | None, dialect: str | None, verify: bool
) -> Generator[Statement, Rows, Table]:
    described = yield from describing(driver, name)
    if dialect is not None and dialect != described.dialect:
        message = f"The connection is to {described.dialect}, and the dialect is {quoted(dialect)}."
        raise CriteriaError(Problem("unknown_option", message, hint="Leave the option dialect out."))
    columns = in_time_zone(described.columns, time_zone)
    _check_floats(described, name, schema)
    check_utf_16(schema, is_utf_16=described.is_utf_16)
    if verify:
        yield from verification(replace(described, columns=columns), name, schema)
    return Table(name, schema, columns, dialect=described.dialect, keys=described.keys)


def _verifying(driver: Driver, table: Table) -> Generator[Statement, Rows, None]:
    described = yield from describing(driver, table.name)
    if described.dialect != table.dialect:
        message = f"The connection is to {described.dialect}, and the table is on {table.dialect}."
        raise CriteriaError(Problem("unknown_option", message, hint="Pass a connection to the table's own engine."))
    in_utc = {ascii_lower(column.name) for column in table.columns if column.time_zone is not None}
    columns = tuple(
        replace(one, time_zone="UTC") if ascii_lower(one.name) in in_utc else one for one in described.columns
    )
    _check_floats(described, table.name, table.schema)
    check_utf_16(table.schema, is_utf_16=described.is_utf_16)
    yield from verification(replace(described, columns=columns), table.name, table.schema)


def verification(described: Described, name: str, schema: Schema) -> Generator[Statement, Rows, None]:
    """Yields the statements that look for values which the columns of fields should not hold.

    Raises `CriteriaError` (`unfit_column`) with all problems of the fields, those of the columns' types among them.
    """
    problems = unfit(described, name, schema)
    problems += yield from value_problems(described, name, schema)
    if problems:
        raise CriteriaError(*listed(sorted(problems, key=_place)))


def unfit(described: Described, name: str, schema: Schema) -> list[Problem]:
    """The problems of the columns' types."""
    from criteria.backends.sql.fitting import fitted

    return fitted(name, schema, described.columns, described.keys, described.dialect, Hints())[1]


def value_problems(described: Described, name: str, schema: Schema) -> Generator[Statement, Rows, list[Problem]]:
    """Yields the statements, and returns the problems of the values in columns whose types fit."""
    from criteria.backends.sql.fitting import fitted
    from criteria.backends.sql.verifying import other_values

    fields, _ = fitted(name, schema, described.columns, described.keys, described.dialect, None)
    columns = [column.name for column in described.columns]
    return (yield from other_values(name, columns, schema, fields, described.dialect))


def _check_floats(described: Described, name: str, schema: Schema) -> None:
    """Raises `CriteriaError` (`unfit_column`) for fields that are read from floats, if the session rounds those."""
    if not described.rounds_floats:
        return
    from criteria.backends.sql.fitting import fitted

    types = {column.name: column.type for column in described.columns}
    fields, _ = fitted(name, schema, described.columns, described.keys, described.dialect, None)
    problems = [
        Problem(
            "unfit_column",
            f"The setting extra_float_digits of the connection rounds the numbers of field {quoted(field.name)}.",
            to_pointer(["fields", index]),
            hint="Run SET extra_float_digits = 3 on every connection that reads the table.",
        )
        for index, field in enumerate(schema.fields)
        if field.name in fields
        if field.field_type is FieldType.DOUBLE
        or (field.field_type is FieldType.DECIMAL and types[fields[field.name].column] in ("json", "jsonb"))
    ]
    if problems:
        raise CriteriaError(*listed(problems))


def check_utf_16(schema: Schema, *, is_utf_16: bool) -> None:
    """Raises `CriteriaError` (`unfit_column`) for strings of a database of SQLite in UTF-16, which orders them by their
    bytes. Texts of the other types are ASCII, and their order is the same."""
    if not is_utf_16:
        return
    problems = [
        Problem(
            "unfit_column",
            f"The database is in UTF-16, and SQLite does not compare the texts of field {quoted(field.name)} by their "
            "characters there.",
            to_pointer(["fields", index]),
            hint="Copy the database into one in UTF-8: PRAGMA encoding = 'UTF-8' comes before its first table.",
        )
        for index, field in enumerate(schema.fields)
        if field.field_type is FieldType.STRING
    ]
    if problems:
        raise CriteriaError(*listed(problems))


def _place(problem: Problem) -> tuple[bool, int]:
    """The place of a problem's field in the schema. Problems of the whole schema come last."""
    *_, last = problem.pointer.split("/")
    return (False, int(last)) if last.isdigit() else (True, 0)


def in_time_zone(columns: Iterable[Column], time_zone: str | None) -> tuple[Column, ...]:
    """The columns with the declaration that those without a time zone hold UTC, if it is made.

    Raises `CriteriaError` (`unknown_option`) for another zone.
    """
    if time_zone not in (None, "UTC"):
        hint = "Local times repeat when clocks change. Store instants in UTC, or query a view that converts them."
        message = f"The only time zone to declare is UTC, not {quoted(time_zone)}."
        raise CriteriaError(Problem("unknown_option", message, hint=hint))
    return tuple(columns if time_zone is None else (replace(one, time_zone=time_zone) for one in columns))


def describing(driver: Driver, name: str) -> Reading:
    """What the engine says about a table. Raises `CriteriaError` (`unknown_option`) if it says nothing."""
    described = yield from driver.read_table(table_parts(name))
    if described.columns:
        return described
    names = yield from NAMES[driver.read_table]()
    hint = "" if name in names else nearest_or_all(name, names, "tables", Hints())
    if "." in name:
        hint = f"{hint} {_DOTTED}".lstrip()
    message = f"There is no table {quoted(name)}, or it has no columns."
    raise CriteriaError(Problem("unknown_option", message, hint=hint))


def table_names(connection: Any) -> list[str]:
    """The tables and views of a connection, named as `reflect` takes them. Raises `CriteriaError` as `reflect` does."""
    driver = synchronous_driver(connection)
    return run(driver, connection, NAMES[driver.read_table]())


_ASYNCHRONOUS = "Await criteria.tables.reflect_async, or criteria.tables.schema_async for a first schema."


def synchronous_driver(connection: Any, dialect: str | None = None) -> Driver:
    """The driver of a connection. Raises `CriteriaError` (`unsupported`), also for asynchronous ones."""
    driver = find_driver(connection, dialect)
    if driver.is_async:
        message = "This connection is asynchronous."
        raise CriteriaError(Problem("unsupported", message, hint=_ASYNCHRONOUS))
    return driver


Result = TypeVar("Result")


def _answered(connection: Any, driver: Driver, statement: Statement, table: str | None) -> Rows:
    try:
        rows: Rows = driver.execute(connection, statement)
    except Exception as error:
        raise refused(error, table) from error
    return _in_order(rows)


def _in_order(rows: Rows) -> Rows:
    """The rows of a statement. Raises `CriteriaError` (`unsupported`) for mappings, which columns of one name share."""
    if any(isinstance(row, Mapping) for row in rows):
        message = "The rows of this connection are mappings of names, and tables are read from tuples."
        hint = "Pass a connection whose cursors return tuples, whatever rows the program reads elsewhere."
        raise CriteriaError(Problem("unsupported", message, hint=hint))
    return rows


_ABORTED = "The transaction has already failed. Roll it back, and read the table again."
_CLOSED = "Pass an open connection."
_CANCELLED = (
    "The statement was cancelled. Allow statements more time on this connection (statement_timeout, max_execution_time "
    "or max_statement_time), or pass verify=False: then no statement reads the whole table."
)
_FAILED = "SELECT * FROM the table has to work on this connection, with its user's rights."


_CANCELLED_NUMBERS = (3024, 1969, 1317)
"""Numbers of errors: MySQL's statement that took too long, MariaDB's, and one that was killed on either."""


def _is_cancelled(error: Exception) -> bool:
    """Whether the engine ended a statement early, because it took too long or because somebody asked for it."""
    if "57014" in (getattr(error, "sqlstate", None), getattr(error, "pgcode", None)):
        return True
    numbers = (getattr(error, "errno", None), *error.args[:1])
    return any(type(one) is int and one in _CANCELLED_NUMBERS for one in numbers)


def refused(error: Exception, table: str | None = None) -> CriteriaError:
    """The refusal for an exception of a driver, with the name of the table. Each driver has classes of its own."""
    name = type(error).__name__.lower()
    hint = _ABORTED if "infailedsql" in name else _CLOSED if "closed" in str(error) or "interface" in name else _FAILED
    return unanswered(error, None if table is None else quoted(table), _CANCELLED if _is_cancelled(error) else hint)


def run(
    driver: Driver, connection: Any, reading: Generator[Statement, Rows, Result], table: str | None = None
) -> Result:
    """Runs the statements of a reading, which is of a table or of them all. Returns what it returns."""
    try:
        statement = next(reading)
        while True:
            statement = reading.send(_answered(connection, driver, statement, table))
    except StopIteration as end:
        found: Result = end.value
        return found


async def run_async(
    driver: Driver, connection: Any, reading: Generator[Statement, Rows, Result], table: str | None = None
) -> Result:
    """As `run`, for an asynchronous driver."""
    try:
        statement = next(reading)
        while True:
            try:
                rows = driver.execute(connection, statement)
                rows = await rows if driver.is_async else rows
            except Exception as error:
                raise refused(error, table) from error
            statement = reading.send(_in_order(rows))
    except StopIteration as end:
        found: Result = end.value
        return found


_DOTTED = "A name with a dot means a schema and a table in it. A table whose own name has a dot needs a view."
