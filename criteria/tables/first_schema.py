"""`schema`: a first schema out of a table, with the fields that its columns fit."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any

from criteria.errors import CriteriaError, Problem, nearest_or_all, quoted
from criteria.schema.field import Field, FieldType, invalid_name
from criteria.schema.schema import Schema
from criteria.tables.catalogs.catalog import Described, Rows, Statement
from criteria.tables.column import Column
from criteria.tables.connections import find_driver
from criteria.tables.reflecting import describing, run, run_async, synchronous_driver, verification

_SIZES = re.compile(r"\((\d{1,9})(?:,\s*(\d{1,9}))?\)", re.ASCII)

_MAX_DIGITS = 34
_EXACT_DIGITS = 15
_EXACT_SCALE = 5
"""Of a number of SQLite whose type has no sizes."""

_ORDER = (
    FieldType.INTEGER, FieldType.STRING, FieldType.DECIMAL, FieldType.DOUBLE, FieldType.DATE, FieldType.DATE_TIME,
    FieldType.GUID, FieldType.BOOLEAN,
)  # fmt: skip
"""The first of these that a column fits is the type of its field. An objectRef needs to know to what it refers."""

_IS_BOOLEAN = re.compile(r"bool|tinyint\(1\)|bit\(1\)", re.IGNORECASE)
"""The types of columns that programs use for booleans, although they may fit integers."""

_IS_DOUBLE = re.compile(r"real|float|double", re.IGNORECASE)
"""The types of columns of SQLite that fit decimals as well, which they are not declared as."""

_IS_LIST = re.compile(r"\[\d*\]\Z")

_NO_TYPE = re.compile(r"does not hold (values|lists) of type")
_NO_REMEDY = ("Leave the field out", "The column fits fields of type", "Its elements fit fields of type")
"""How refusals say that a column holds no values of a type, and that nothing else is to be done, or that another type
is to be tried, which it was."""


def schema(
    connection: Any,
    name: str,
    *,
    include: Iterable[str] | None = None,
    exclude: Iterable[str] | None = None,
    time_zone: str | None = None,
) -> Schema:
    """A first schema of a table: a field for each column that fits one, named like it. Review it before you use it.

    `reflect` takes it for the same table. Columns that fit no field are left out: `left_out` says which, and why.
    Columns that may be NULL are nullable, and columns with a unique index of their own are unique; where no column is
    unique alone, the columns of the primary key are the schema's key. Decimals have the precision and scale of their
    column. `include` names the columns to use, `exclude` those not to.
    `time_zone="UTC"` says that columns without a time zone hold UTC; without it they are left out.

    Raises `CriteriaError`: `unknown_option` for a table or a column that does not exist, `unsupported` for a connection
    of another driver.
    """
    driver = synchronous_driver(connection)
    return run(driver, connection, _reading(describing(driver, name), name, include, exclude, time_zone))[0]


async def schema_async(
    connection: Any,
    name: str,
    *,
    include: Iterable[str] | None = None,
    exclude: Iterable[str] | None = None,
    time_zone: str | None = None,
) -> Schema:
    """As `schema`, for the connections of asyncpg, psycopg, aiosqlite, aiomysql and asyncmy."""
    driver = find_driver(connection)
    reading = _reading(describing(driver, name), name, include, exclude, time_zone)
    return (await run_async(driver, connection, reading))[0]


def left_out(connection: Any, name: str, schema: Schema) -> tuple[Problem, ...]:
    """Why no field of a schema has a column, for each such column of a table. Raises `CriteriaError` as `schema` does.

    A column that does fit a field, as one that `exclude` named, is not listed.
    """
    driver = synchronous_driver(connection)
    used = [field.column for field in schema.fields]
    zone = next((field.time_zone for field in schema.fields if field.time_zone is not None), None)
    _, problems = run(driver, connection, _reading(describing(driver, name), name, None, None, zone))
    return tuple(problem for column, problem in problems.items() if column not in used)


Found = tuple[Schema, dict[str, Problem]]


def _reading(
    description: Generator[Statement, Rows, Described],
    name: str,
    include: Iterable[str] | None,
    exclude: Iterable[str] | None,
    time_zone: str | None,
) -> Generator[Statement, Rows, Found]:
    """The schema, and for each column that fits nothing the reason."""
    described = yield from description
    names = [column.name for column in described.columns]
    wanted = set(names if include is None else _known(include, names)) - set(_known(exclude or (), names))
    fields: list[Field] = []
    problems: dict[str, Problem] = {}
    for column in described.columns:
        if column.name not in wanted:
            continue
        found = yield from _field(described, name, column, time_zone)
        if isinstance(found, Field):
            fields.append(found)
        else:
            problems[column.name] = found
    key = _composite_key(fields, described.keys or ())
    return Schema(name.split(".")[-1], fields, system_properties=False, key=key), problems


def _composite_key(fields: Sequence[Field], keys: Iterable[tuple[str, ...]]) -> tuple[str, ...] | None:
    """The first key of several columns whose fields are never null, where no field alone is one."""
    by_name = {field.name: field for field in fields if not field.nullable and not field.is_list}
    if any(field.is_unique for field in by_name.values()):
        return None
    return next((key for key in keys if len(key) > 1 and by_name.keys() >= set(key)), None)


def _known(given: Iterable[str], names: list[str]) -> list[str]:
    given = list(given)
    for one in given:
        if one not in names:
            hint = nearest_or_all(one, names, "columns")
            raise CriteriaError(Problem("unknown_option", f"There is no column {quoted(one)}.", hint=hint))
    return given


def _field(
    described: Described, name: str, column: Column, time_zone: str | None
) -> Generator[Statement, Rows, Field | Problem]:
    """The first field that fits a column, or why none does."""
    wrong = invalid_name(column.name) or ("A column with a dot is a path." if "." in column.name else None)
    if wrong is not None:
        message = f"Column {quoted(column.name)} cannot be a field. {wrong}"
        return Problem("unfit_column", message, hint="Query a view that names it differently.")
    refusals: list[tuple[FieldType, Problem]] = []
    for field in _candidates(described, column, time_zone):
        try:
            one = Schema("one", [field], system_properties=False)
            yield from verification(described, name, one)
        except CriteriaError as error:
            refusals.append((field.field_type, error.problems[0]))
        else:
            return field
    return _told(column, refusals)


def _told(column: Column, refusals: Sequence[tuple[FieldType, Problem]]) -> Problem:
    """Why a column fits no type: what is wrong with the type that it is nearest to, or what to do instead."""
    near = {kind: problem for kind, problem in refusals if not _NO_TYPE.search(problem.message)}
    of_guid = near.pop(FieldType.GUID, None)  # which texts of any length are near to
    remedies = [one.hint for _, one in refusals if _NO_TYPE.search(one.message) and not _has_no_remedy(one)]
    if near or (of_guid and not remedies):
        found = next(iter(near.values()), of_guid)
        assert found is not None
        return Problem("unfit_column", found.message, hint=found.hint)
    message = f"Column {quoted(column.name)} ({column.type}) fits no type of field."
    return Problem("unfit_column", message, hint=remedies[0] if remedies else "Query a view that casts it.")


def _has_no_remedy(problem: Problem) -> bool:
    return problem.hint is None or problem.hint.startswith(_NO_REMEDY)


def _candidates(described: Described, column: Column, time_zone: str | None) -> Iterator[Field]:
    is_boolean = _IS_BOOLEAN.match(column.type) is not None
    is_list = _IS_LIST.search(column.type) is not None
    is_key = not is_list and (column.name,) in (described.keys or ())
    first = FieldType.BOOLEAN if is_boolean else FieldType.DOUBLE if _IS_DOUBLE.match(column.type) else None
    for field_type in _ORDER if first is None else (first, *_ORDER):
        precision, scale = _sizes(described.dialect, column, field_type)
        yield Field(
            column.name,
            field_type,
            is_list=is_list,
            is_unique=is_key,
            nullable=column.nullable is not False,
            precision=precision,
            scale=scale,
            time_zone=time_zone if field_type is FieldType.DATE_TIME and _is_zoneless(column) else None,
        )


def _is_zoneless(column: Column) -> bool:
    kind = column.type.lower()
    return "with time zone" not in kind and "timestamptz" not in kind


def _sizes(dialect: str, column: Column, field_type: FieldType) -> tuple[int | None, int | None]:
    """The precision and the scale of a field on a column."""
    sizes = _SIZES.search(column.type)
    first, second = (None, None) if sizes is None else (int(sizes[1]), int(sizes[2] or 0))
    if field_type is FieldType.DATE_TIME:
        return (6 if (3 if first is None and dialect in ("mysql", "mariadb") else first or 6) > 3 else 3), None
    if field_type is not FieldType.DECIMAL:
        return None, None
    if first is None or second is None:
        return (_EXACT_DIGITS, _EXACT_SCALE) if dialect == "sqlite" else (None, None)
    precision = min(max(first, second, 1), _MAX_DIGITS)
    return precision, min(second, precision)
