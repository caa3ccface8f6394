"""`schema`: a first schema out of a table, with the fields that its columns fit."""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Any

from criteria.errors import CriteriaError, Problem
from criteria.messages import Hints, nearest_or_all, quoted, shown_type
from criteria.schema.field import Field, FieldType, invalid_name
from criteria.schema.schema import Schema
from criteria.tables.catalogs.catalog import Described, Rows, Statement
from criteria.tables.column import Column
from criteria.tables.connections import find_driver
from criteria.tables.name import table_parts
from criteria.tables.reflecting import describing, run, run_async, synchronous_driver, unfit, value_problems

_SIZES = re.compile(r"\((\d{1,9})(?:,\s*(\d{1,9}))?\)", re.ASCII)

_MAX_DIGITS = 34
_UNSIGNED_DIGITS = 20
"""Of a column of integers some of which have more than 64 bits."""

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

_IS_WHOLE = re.compile(r"u?(?:big|huge)int", re.IGNORECASE)
"""The types of columns of integers that fit decimals as well."""

_IS_LIST = re.compile(r"\[\d*\]\Z")

_NO_TYPE = re.compile(r"does not hold (values|lists) of type")
_NO_REMEDY = ("Leave the field out", "The column fits fields of type", "Its elements fit fields of type")
"""How refusals say that a column holds no values of a type, and that nothing else is to be done, or that another type
is to be tried, which it was."""

_DECLARE = re.compile(r'Declare the field as "(\w+)"')

_NO_ZONE = "it has no time zone"
_DECLARE_ZONE = 'If it holds UTC, pass time_zone="UTC" (--time-zone UTC), or add a field with "timeZone": "UTC".'
"""What to do about a column whose zone is not known. There is no field yet to which a declaration could be added."""


def schema(
    connection: Any,
    name: str,
    *,
    include: Iterable[str] | None = None,
    exclude: Iterable[str] | None = None,
    time_zone: str | None = None,
    verify: bool = True,
) -> Schema:
    """A first schema of a table: a field for each column that fits one, named like it. Review it before you use it.

    `reflect` takes it for the same table. Columns that fit no field are left out: `left_out` says which, and why.
    Columns that may be NULL are nullable, and columns with a unique index of their own are unique; where no column is
    unique alone, the columns of the primary key are the schema's key. Decimals have the precision and scale of their
    column. `include` names the columns to use, `exclude` those not to.
    `time_zone="UTC"` says that columns without a time zone hold UTC; without it they are left out.
    `verify=False` does not look at the values of the columns, as `reflect` with it does not; columns of SQLite without
    a type are then left out.

    Raises `CriteriaError`: `unknown_option` for a table or a column that does not exist, `unsupported` for a connection
    of another driver.
    """
    driver = synchronous_driver(connection)
    return run(driver, connection, _reading(describing(driver, name), name, include, exclude, time_zone, verify))[0]


async def schema_async(
    connection: Any,
    name: str,
    *,
    include: Iterable[str] | None = None,
    exclude: Iterable[str] | None = None,
    time_zone: str | None = None,
    verify: bool = True,
) -> Schema:
    """As `schema`, for the connections of asyncpg, psycopg, aiosqlite, aiomysql and asyncmy."""
    driver = find_driver(connection)
    reading = _reading(describing(driver, name), name, include, exclude, time_zone, verify)
    return (await run_async(driver, connection, reading))[0]


def left_out(connection: Any, name: str, schema: Schema, *, verify: bool = True) -> tuple[Problem, ...]:
    """Why no field of a schema has a column, for each such column of a table. Raises `CriteriaError` as `schema` does.

    A column that does fit a field, as one that `exclude` named, is not listed. `verify` is as in `schema`.
    """
    driver = synchronous_driver(connection)
    used = [field.column for field in schema.fields]
    zone = next((field.time_zone for field in schema.fields if field.time_zone is not None), None)
    reading = _reading(describing(driver, name), name, None, None, zone, verify, beside=used)
    _, problems = run(driver, connection, reading)
    return tuple(problems.values())


def first_schema(
    connection: Any,
    name: str,
    time_zone: str | None,
    verify: bool,
    include: Iterable[str] | None = None,
    exclude: Iterable[str] | None = None,
) -> tuple[Schema, tuple[Problem, ...]]:
    """What `schema` and `left_out` return, from one reading of the table."""
    driver = synchronous_driver(connection)
    reading = _reading(describing(driver, name), name, include, exclude, time_zone, verify)
    found, problems = run(driver, connection, reading)
    return found, tuple(problems.values())


Found = tuple[Schema, dict[str, Problem]]


def _reading(
    description: Generator[Statement, Rows, Described],
    name: str,
    include: Iterable[str] | None,
    exclude: Iterable[str] | None,
    time_zone: str | None,
    verify: bool,
    beside: Collection[str] = (),
) -> Generator[Statement, Rows, Found]:
    """The schema, and for each column that fits nothing the reason. `beside` has columns that are not looked at."""
    described = yield from description
    names = [column.name for column in described.columns]
    wanted = set(names if include is None else _known(include, names)) - set(_known(exclude or (), names)) - {*beside}
    tried = [_Tried.of(described, one, time_zone) for one in described.columns if one.name in wanted]
    if described.dialect == "sqlite" and not verify:
        _leave_out_unseen(tried)
    elif described.dialect == "sqlite" and described.keys is None:
        yield from _leave_out_unknown(tried, name)
    open_ones = list(tried)
    while open_ones:  # a column whose values are not of the type that was tried gets the next one that fits
        for one in open_ones:
            one.find(described, name)
        found = [one for one in open_ones if one.field is not None]
        open_ones = []
        if verify and found:
            of_all = Schema("all", [one.field for one in found if one.field is not None], system_properties=False)
            refused = yield from _verified(described, name, of_all)
            open_ones = [one for one in found if one.refuse(refused)]
    fields = [one.field for one in tried if one.field is not None]
    problems = {one.column.name: one.problem() for one in tried if one.field is None}
    key = _composite_key(fields, described.keys or ())
    return Schema(name.split(".")[-1], fields, system_properties=False, key=key), problems


@dataclass(slots=True)
class _Tried:
    """A column, the fields that it may fit and that have not been tried, and why others did not fit."""

    column: Column
    candidates: Iterator[Field]
    invalid: Problem | None = None
    field: Field | None = None
    refusals: list[tuple[FieldType, Problem]] = dataclass_field(default_factory=list)

    @staticmethod
    def of(described: Described, column: Column, time_zone: str | None) -> _Tried:
        wrong = invalid_name(column.name) or ("A column with a dot is a path." if "." in column.name else None)
        if wrong is None:
            return _Tried(column, _candidates(described, column, time_zone))
        message = f"Column {quoted(column.name)} cannot be a field. {wrong}"
        problem = Problem("unfit_column", message, hint="Query a view that names it differently.")
        return _Tried(column, iter(()), problem)

    def find(self, described: Described, name: str) -> None:
        """Takes the next field whose type the column fits."""
        self.field = None
        alone = replace(described, columns=(self.column,))  # all names would be read for each column
        for field in self.candidates:
            problems = unfit(alone, name, Schema("one", [field], system_properties=False))
            if not problems:
                self.field = field
                return
            self.refusals.append((field.field_type, problems[0]))

    def refuse(self, refused: Mapping[str, Problem]) -> bool:
        """Whether the column holds values that its field does not."""
        if self.field is None or self.field.name not in refused:
            return False
        self.refusals.append((self.field.field_type, refused[self.field.name]))
        return True

    def problem(self) -> Problem:
        """Why no field fits."""
        return self.invalid or _told(self.column, self.refusals)


def _leave_out_unseen(tried: Sequence[_Tried]) -> None:
    """Refuses the columns of SQLite that have no type, where no values are looked at: each type would be a guess."""
    for one in tried:
        if not one.column.type and one.invalid is None:
            message = f"Column {quoted(one.column.name)} has no type, and its values were not looked at."
            hint = "Write its field yourself, or read the schema without verify=False (--no-verify)."
            one.candidates, one.invalid = iter(()), Problem("unfit_column", message, hint=hint)


def _leave_out_unknown(tried: Sequence[_Tried], name: str) -> Generator[Statement, Rows, None]:
    """Refuses the columns of a view of SQLite that have neither a type nor a value, as `upper(x)` without rows."""
    untyped = [one for one in tried if not one.column.type and one.invalid is None]
    if not untyped:
        return
    counted = ", ".join(f"COUNT({_in_sqlite(one.column.name)})" for one in untyped)
    [counts] = yield Statement(" ".join(("SELECT", counted, "FROM", ".".join(map(_in_sqlite, table_parts(name))))))
    for one, count in zip(untyped, counts, strict=True):
        if not count:
            message = f"Column {quoted(one.column.name)} of the view has no type and no values."
            hint = "Write its field yourself, or read the schema when the view has rows."
            one.candidates, one.invalid = iter(()), Problem("unfit_column", message, hint=hint)


def _in_sqlite(name: str) -> str:
    """A name as SQLite quotes it."""
    return '"' + name.replace('"', '""') + '"'


def _verified(described: Described, name: str, schema: Schema) -> Generator[Statement, Rows, Mapping[str, Problem]]:
    """The problems of the values of a table, by the names of the fields."""
    problems = yield from value_problems(described, name, schema)
    return {schema.fields[int(one.pointer.rpartition("/")[2])].name: one for one in problems}


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
            hint = nearest_or_all(one, names, "columns", Hints())
            raise CriteriaError(Problem("unknown_option", f"There is no column {quoted(one)}.", hint=hint))
    return given


def _told(column: Column, refusals: Sequence[tuple[FieldType, Problem]]) -> Problem:
    """Why a column fits no type: what is wrong with the type that it is nearest to, or what to do instead."""
    near = {kind: problem for kind, problem in refusals if not _NO_TYPE.search(problem.message)}
    near = {kind: problem for kind, problem in near.items() if _proposed(problem) not in near}
    of_guid = near.pop(FieldType.GUID, None)  # which texts of any length are near to
    remedies = [one.hint for _, one in refusals if _NO_TYPE.search(one.message) and not _has_no_remedy(one)]
    if near or (of_guid and (not remedies or "it holds" in of_guid.message)):
        found = next(iter(near.values()), of_guid)
        assert found is not None
        hint = _DECLARE_ZONE if _NO_ZONE in found.message else found.hint
        return Problem("unfit_column", found.message, hint=hint)
    message = f"Column {quoted(column.name)} ({shown_type(column.type)}) fits no type of field."
    return Problem("unfit_column", message, hint=remedies[0] if remedies else "Query a view that casts it.")


def _proposed(problem: Problem) -> FieldType | None:
    """The type that a refusal says to declare first."""
    found = _DECLARE.match(problem.hint or "")
    return None if found is None else FieldType(found[1])


def _has_no_remedy(problem: Problem) -> bool:
    return problem.hint is None or problem.hint.startswith(_NO_REMEDY)


def _candidates(described: Described, column: Column, time_zone: str | None) -> Iterator[Field]:
    is_boolean = _IS_BOOLEAN.match(column.type) is not None
    is_list = _IS_LIST.search(column.type) is not None
    is_key = not is_list and (column.name,) in (described.keys or ())
    first = FieldType.BOOLEAN if is_boolean else FieldType.DOUBLE if _IS_DOUBLE.match(column.type) else None
    for field_type in _ORDER if first is None else dict.fromkeys((first, *_ORDER)):
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
    if _IS_WHOLE.search(column.type):
        return (_MAX_DIGITS if "huge" in column.type.lower() else _UNSIGNED_DIGITS), 0
    if first is None or second is None:
        return (_EXACT_DIGITS, _EXACT_SCALE) if dialect == "sqlite" else (None, None)
    precision = min(max(first, second, 1), _MAX_DIGITS)
    return precision, min(second, precision)
