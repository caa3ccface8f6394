"""`Source`: the columns of one model that queries use, and how each database stores them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.conf import settings

from criteria.django.columns import entity_name, renamed
from criteria.errors import CriteriaError, Problem, quoted
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.tables import Table, from_ddl


class Source:
    """The columns of a model, as a schema and, for each database, as a `Table`.

    - `fields`: they name their columns as instances of the model name the values (`owner_id`).
    - `is_joined`: rows may be missing, so that every column may be NULL.
    """

    def __init__(self, model: Any, fields: Iterable[Field], is_joined: bool = False) -> None:
        self.model, self.is_joined = model, is_joined
        given = [renamed(one, one.name, nullable=True, is_unique=False) if is_joined else one for one in fields]
        self.schema = Schema(entity_name(model), given, system_properties=False)
        self._tables: dict[tuple[str, str], Table] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Tables are made again: a query may be pickled, and evaluated with another database."""
        return Source, (self.model, self.schema.fields, self.is_joined)

    def __deepcopy__(self, memo: Any) -> Source:
        return self

    @cached_property
    def joined(self) -> Source:
        """The same columns, of rows that may be missing."""
        return Source(self.model, self.schema.fields, is_joined=True)

    def table(self, connection: Any) -> Table:
        """How a database stores the columns, as Django's own migrations create them.

        Raises `CriteriaError`: `unfit_column` with a problem for each column that cannot answer every query of its
        field on this database; `unknown_dialect`.
        """
        dialect = dialect_of(connection)
        key = (connection.alias, dialect)
        if key not in self._tables:
            self._check_time_zone(connection)
            self._tables[key] = from_ddl(self.create_table(connection), self.schema, dialect=dialect)
        return self._tables[key]

    def create_table(self, connection: Any) -> str:
        """CREATE TABLE with the columns of the model, named as its instances name their values."""
        quote = connection.ops.quote_name
        fields = {field.attname: field for field in self.model._meta.concrete_fields}
        names = dict.fromkeys(field.column for field in self.schema.fields)
        columns = ", ".join(self._column(fields[name], connection) for name in names)
        return f"CREATE TABLE {quote(self.schema.name)} ({columns})"

    def _column(self, field: Any, connection: Any) -> str:
        quote = connection.ops.quote_name
        parameters = field.db_parameters(connection)
        parts = [quote(field.attname), parameters["type"]]
        if parameters.get("collation"):
            parts.append(f"COLLATE {quote(parameters['collation'])}")
        if not field.null and not getattr(field, "generated", False) and not self.is_joined:
            parts.append("NOT NULL")
        if field.unique:
            parts.append("UNIQUE")
        return " ".join(parts)

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
