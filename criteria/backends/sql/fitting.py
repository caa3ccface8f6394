"""Finds the column of each field in a table, and how that column stores the field's values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from criteria.backends.sql.codec import Codec
from criteria.backends.sql.columns import COLUMNS, fit
from criteria.backends.sql.dialect import Dialect
from criteria.backends.sql.dialects import find_dialect
from criteria.backends.sql.fit import Unfit
from criteria.backends.sql.stored_field import StoredField
from criteria.errors import CriteriaError, Problem, listed, to_pointer
from criteria.messages import Hints, nearest_or_all, quoted, shown_type
from criteria.schema.field import Field
from criteria.schema.schema import SYSTEM_PROPERTIES, Schema
from criteria.tables.column import Column
from criteria.tables.table import Table
from criteria.text.ascii_case import ascii_lower

_NO_SYSTEM = (
    'It is a system property. For a table of your own write "systemProperties": false, or system_properties=False.'
)

Keys = tuple[tuple[str, ...], ...]


def stored_fields(table: Table) -> Mapping[str, StoredField]:
    """How each field of a table's schema is stored, by the field's name.

    Raises `CriteriaError`: `unfit_column` with a problem for each field whose column is missing or does not fit;
    `unknown_dialect` and `unsupported` for the table's dialect.
    """
    found, problems = fitted(table.name, table.schema, table.columns, table.keys, table.dialect, Hints())
    if problems:
        raise CriteriaError(*listed(problems))
    return found


def fitted(
    name: str, schema: Schema, columns: Sequence[Column], keys: Keys | None, dialect_name: str, hints: Hints | None
) -> tuple[Mapping[str, StoredField], list[Problem]]:
    """How the fields whose columns fit are stored, by their names, and a problem for each of the others. Without
    `hints` no nearest name is looked for, as where the problems are not told.

    Raises `CriteriaError` for the dialect as `stored_fields` does.
    """
    dialect = _dialect(dialect_name, schema)
    by_name = _by_name(columns, dialect)
    names = [one.name for one in columns]
    found: dict[str, StoredField] = {}
    problems: list[Problem] = []
    for index, field in enumerate(schema.fields):
        column = by_name.get(_folded(field.column, dialect))
        if column is None:
            missing = f"Table {quoted(name)} has no column {quoted(field.column)} for field {quoted(field.name)}."
            hint: str | None = None
            if field in SYSTEM_PROPERTIES:
                hint = _NO_SYSTEM
            elif hints is not None:
                hint = nearest_or_all(field.column, names, "columns", hints)
            problems.append(_problem(index, missing, hint))
            continue
        decided = fit(dialect.name, field, column)
        faults = [decided] if isinstance(decided, Unfit) else list(_contradictions(field, column, keys, dialect))
        problems += [_problem(index, _told(name, field, column, fault.reason), fault.hint) for fault in faults]
        if isinstance(decided, Codec) and not faults:
            may_be_null = (column.nullable is not False and field.nullable) or field.is_nested or decided.may_be_null
            found[field.name] = StoredField(column.name, decided, may_be_null)
    problems += _unkept_key(name, schema, keys, dialect)
    return found, problems


def _unkept_key(table: str, schema: Schema, keys: Keys | None, dialect: Dialect) -> Iterator[Problem]:
    """A key whose columns have no unique index, although pages rely on it. That of a unique field is checked there."""
    key = schema.key
    if keys is None or not key or (len(key) == 1 and key[0].is_unique):
        return
    columns = {_folded(one.column, dialect) for one in key}
    if not any(columns.issuperset(_folded(name, dialect) for name in unique) for unique in keys):
        named = ", ".join(quoted(one.column) for one in key)
        message = f"Table {quoted(table)} has no unique index on columns of the schema's key: {named}."
        hint = "Name columns in the key whose values are unique together, or add a unique index."
        yield Problem("unfit_column", message, to_pointer(["key"]), hint=hint)


def _dialect(name: str, schema: Schema) -> Dialect:
    found = find_dialect(name, schema)
    if found.name not in COLUMNS:
        hint = nearest_or_all(name, COLUMNS, "dialects with tables", Hints())
        raise CriteriaError(Problem("unknown_dialect", f"Tables of {quoted(name)} are not supported.", hint=hint))
    return found


def _by_name(columns: Iterable[Column], dialect: Dialect) -> dict[str, Column]:
    return {_folded(column.name, dialect): column for column in columns}


def _folded(name: str, dialect: Dialect) -> str:
    return ascii_lower(name) if dialect.folds_names else name


def _contradictions(field: Field, column: Column, keys: Keys | None, dialect: Dialect) -> Iterator[Unfit]:
    """What a field promises and its column does not keep. Conditions and pages rely on it."""
    if not field.nullable and not field.is_nested and column.nullable is True:
        yield Unfit(
            "may be NULL, and the field is declared as not nullable", 'Remove "nullable": false from the field.'
        )
    if field.is_unique and not field.is_nested and keys is not None:
        single = {_folded(key[0], dialect) for key in keys if len(key) == 1}
        if _folded(column.name, dialect) not in single:
            yield Unfit(
                "has no unique index, and the field is declared as unique", 'Remove "isUnique", or add a unique index.'
            )


def _told(table: str, field: Field, column: Column, reason: str) -> str:
    place = f"Column {quoted(column.name)} ({shown_type(column.type)}) of {quoted(table)}"
    return f"{place} does not fit field {quoted(field.name)}: it {reason}."


def _problem(index: int, message: str, hint: str | None) -> Problem:
    return Problem("unfit_column", message, to_pointer(["fields", index]), hint=hint)
