"""`Table`: where the fields of a schema are stored in a table that somebody else created."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import HashedOnce
from criteria.schema.schema import Schema
from criteria.tables.column import Column
from criteria.tables.name import table_parts


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Table(HashedOnce):
    """Where each field of a schema is stored: its column, and that column's own type on its engine.

    `criteria.compile(query, "sql", table=table)` compiles for it. `criteria.tables` reads one from a connection or from
    CREATE TABLE. To write one by hand, name its columns:

    - `name`: the table's name, perhaps qualified.
    - `schema`: what may be asked. Its fields name their columns.
    - `columns`: those of the table. Columns that no field names are ignored.
    - `dialect`: `"sqlite"`, `"postgres"`, `"mysql"`, `"mariadb"` or `"duckdb"`.
    - `keys`: each set of columns whose values are unique, the primary key first; None if that is not known.

    Raises `CriteriaError` (`unfit_column`) with a problem for each field whose column is missing or cannot answer every
    query of the field correctly (docs/tables.md#columns-that-fit).
    """

    name: str
    schema: Schema
    columns: tuple[Column, ...]
    dialect: str
    keys: tuple[tuple[str, ...], ...] | None
    fields: Mapping[str, Any] = field(compare=False)
    """How each field of the schema is stored, by its name: a `criteria.backends.sql.stored_field.StoredField`."""

    def __init__(
        self,
        name: str,
        schema: Schema,
        columns: Iterable[Column],
        *,
        dialect: str,
        keys: Iterable[Iterable[str]] | None = None,
    ) -> None:
        if not isinstance(schema, Schema):
            raise CriteriaError(Problem("invalid_schema", f"A table needs a Schema, not {quoted(schema)}."))
        table_parts(name)
        given: dict[str, Any] = {
            "name": name,
            "schema": schema,
            "columns": tuple(columns),
            "dialect": dialect,
            "keys": None if keys is None else tuple(tuple(key) for key in keys),
        }
        for attribute, value in given.items():
            object.__setattr__(self, attribute, value)
        self.check()

    def check(self) -> None:
        """Looks at every field beside its column. Raises `CriteriaError` (`unfit_column`)."""
        from criteria.backends.sql.fitting import stored_fields

        object.__setattr__(self, "fields", stored_fields(self))

    @property
    def are_from_driver(self) -> bool:
        """Always: the values of its rows in Python are those that a driver returns."""
        return True

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            return self.hashed_once(self.name, self.dialect, self.columns)

    def __repr__(self) -> str:
        return f"Table({self.name!r}, {self.dialect}, {len(self.columns)} columns)"

    def __reduce__(self) -> tuple[Any, ...]:
        """Codecs are made of functions, so they are found again."""
        return _restored, (self.name, self.schema, self.columns, self.dialect, self.keys)


def _restored(name: str, schema: Schema, columns: tuple[Column, ...], dialect: str, keys: Any) -> Table:
    return Table(name, schema, columns, dialect=dialect, keys=keys)
