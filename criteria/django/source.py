"""`Source`: the columns of one model that queries use, and how each database stores them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import Any

from django.conf import settings

from criteria.django.columns import entity_name, is_converted, renamed, stored_by
from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.tables import Column, Table, from_ddl, reflect


class Source:
    """The columns of a model, as a schema and, for each database, as a `Table`.

    - `fields`: they name their columns as instances of the model name the values (`owner_id`).
    - `joined_from`: the columns of rows that are all there; then these are of rows that may be missing.
    - `is_reflected`: whether a database was asked how it stores them.
    """

    def __init__(self, model: Any, fields: Iterable[Field], joined_from: Source | None = None) -> None:
        self.model, self.joined_from = model, joined_from
        self.schema = Schema(entity_name(model), fields, system_properties=False)
        self._tables: dict[Key, Table] = {}
        self.is_reflected = False

    def __reduce__(self) -> tuple[Any, ...]:
        """Tables are made again: a query may be pickled, and evaluated with another database."""
        return Source, (self.model, self.schema.fields, self.joined_from)

    def __deepcopy__(self, memo: Any) -> Source:
        return self

    @cached_property
    def joined(self) -> Source:
        """The same columns, of rows that may be missing."""
        fields = [renamed(one, one.name, nullable=True, is_unique=False) for one in self.schema.fields]
        return Source(self.model, fields, joined_from=self)

    def table(self, connection: Any) -> Table:
        """How a database stores the columns: as Django's own migrations create them, or as `reflect` found them.

        Raises `CriteriaError`: `unfit_column` with a problem for each column that cannot answer every query of its
        field on this database; `unknown_dialect`.
        """
        if self.joined_from is not None:
            key, found = _key(connection), self.joined_from.table(connection)
            if key not in self._tables or self._tables[key].columns != _nullable(found.columns):
                columns = _nullable(found.columns)
                self._tables[key] = Table(found.name, self.schema, columns, dialect=found.dialect)
            return self._tables[key]
        key = _key(connection)
        if key not in self._tables:
            self._check_time_zone(connection)
            self._tables[key] = from_ddl(self._create_table(connection), self.schema, dialect=key[1])
        return self._tables[key]

    def reflect(self, connection: Any) -> None:
        """Reads from a database how it stores the columns. Raises `CriteriaError` as `criteria.tables.reflect` does."""
        self._check_time_zone(connection)
        connection.ensure_connection()
        found: list[Column] = []
        by_table: dict[str, dict[str, Any]] = {}
        for one in self._django_fields():
            by_table.setdefault(one.model._meta.db_table, {})[one.attname] = one
        for name, columns in by_table.items():
            fields = [
                renamed(one, one.name, column=columns[one.column].column)
                for one in self.schema.fields
                if one.column in columns
            ]
            schema = Schema(self.schema.name, fields, system_properties=False)
            table = reflect(connection.connection, name, schema)
            stored = {one.column: table.fields[one.name].column for one in fields}
            described = {one.name: one for one in table.columns}
            found += [replace(described[stored[one.column]], name=attname) for attname, one in columns.items()]
        key = _key(connection)
        self._tables[key] = Table(self.schema.name, self.schema, found, dialect=key[1])
        self.is_reflected = True

    def is_converted(self, column: str) -> bool:
        """Whether instances have other values of a column than the database, as another package converts them."""
        return column in self._converted

    @cached_property
    def _converted(self) -> frozenset[str]:
        return frozenset(one.attname for one in self._django_fields() if is_converted(stored_by(one)))

    def _django_fields(self) -> list[Any]:
        """The fields of the model whose columns are used."""
        fields = {field.attname: field for field in self.model._meta.concrete_fields}
        return [fields[name] for name in dict.fromkeys(field.column for field in self.schema.fields)]

    def _create_table(self, connection: Any) -> str:
        """CREATE TABLE with the columns of the model, named as its instances name their values."""
        columns = ", ".join(_column(one, connection) for one in self._django_fields())
        return f"CREATE TABLE {connection.ops.quote_name(self.schema.name)} ({columns})"

    def _check_time_zone(self, connection: Any) -> None:
        """Refuses instants that are stored as the local time of another zone than UTC.

        With USE_TZ Django converts instants where columns have no time zone; without it PostgreSQL converts them.
        """
        instants = [one for one in self.schema.fields if one.field_type is FieldType.DATE_TIME and not one.is_nested]
        converts = settings.USE_TZ is not connection.features.supports_timezones
        if instants and converts and connection.timezone_name not in _UTC:
            message = f"Database {quoted(connection.alias)} stores instants as times of {connection.timezone_name}."
            hint = 'Local times repeat when clocks change. Set its TIME_ZONE to "UTC".'
            raise CriteriaError(Problem("unfit_column", message, hint=hint))


def _column(field: Any, connection: Any) -> str:
    """The definition of a column."""
    quote = connection.ops.quote_name
    parameters = field.db_parameters(connection)
    parts = [quote(field.attname), parameters["type"]]
    if parameters.get("collation"):
        parts.append(f"COLLATE {quote(parameters['collation'])}")
    if not field.null and not getattr(field, "generated", False):
        parts.append("NOT NULL")
    if field.unique:
        parts.append("UNIQUE")
    return " ".join(parts)


def _nullable(columns: Iterable[Column]) -> tuple[Column, ...]:
    return tuple(replace(one, nullable=True) for one in columns)


Key = tuple[str, str]


def _key(connection: Any) -> Key:
    """What tables are kept by: the name of the database, and its dialect."""
    return connection.alias, dialect_of(connection)


def dialect_of(connection: Any) -> str:
    """The dialect of a database. Raises `CriteriaError` (`unknown_dialect`)."""
    if connection.vendor == "mysql":
        return "mariadb" if connection.mysql_is_mariadb else "mysql"
    if connection.vendor in _DIALECTS:
        return _DIALECTS[connection.vendor]
    hint = "SQLite, PostgreSQL, MariaDB and MySQL are supported."
    raise CriteriaError(Problem("unknown_dialect", f"{connection.display_name} is not supported.", hint=hint))


_UTC = frozenset({"UTC", "Etc/UTC"})
_DIALECTS = {"postgresql": "postgres", "sqlite": "sqlite"}
