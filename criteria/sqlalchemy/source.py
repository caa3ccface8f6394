"""`Source`: what a model is made of, a mapped class or a table, seen alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy
from sqlalchemy.exc import NoInspectionAvailable
from sqlalchemy.ext.hybrid import HybridExtensionType
from sqlalchemy.orm import Mapper
from sqlalchemy.sql.elements import ColumnElement

from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import FieldType
from criteria.sqlalchemy.attribute_types import sorted_type


@dataclass(frozen=True, slots=True)
class Described:
    """An attribute: its name, its SQL expression if it has one, and the column that it is; None if it is computed."""

    key: str
    element: Any
    column: Any = None


@dataclass(frozen=True, slots=True)
class Source:
    """A mapped class, or a table.

    - `entity`: the class or the table.
    - `name`: its name.
    - `mapper`: that of a class, None of a table.
    """

    entity: Any
    name: str
    mapper: Any

    def element(self, entity: Any, key: str) -> Any:
        """The SQL expression of an attribute, of the class, of an alias of it, or of a table."""
        found = getattr(entity, key) if self.mapper is not None else entity.c[key]
        return _clause(found)

    def target(self, entity: Any) -> Any:
        """The entity of a condition: the class or the table, or an alias of it.

        Raises `CriteriaError` (`invalid_parameter`) for an alias of something else.
        """
        if entity is None:
            return self.entity
        if self.mapper is None:
            is_ours = set(self.entity.c.keys()).issubset(getattr(entity, "c", {}).keys())
        else:
            mapper = getattr(sqlalchemy.inspect(entity, raiseerr=False), "mapper", None)
            is_ours = mapper is not None and mapper.isa(self.mapper)
        if not is_ours:
            message = f"Expected {self.name} or an alias of it, found {quoted(entity)}."
            raise CriteriaError(Problem("invalid_parameter", message, hint=f"Pass aliased({self.name}), or nothing."))
        return entity

    def described(self) -> Iterator[Described]:
        """Every attribute that may have an SQL expression: columns, column properties, hybrids."""
        if self.mapper is None:
            for key, column in self.entity.c.items():
                yield Described(key, column, column)
            return
        for found in self.mapper.column_attrs:
            column = found.columns[0] if isinstance(found.columns[0], sqlalchemy.Column) else None
            yield Described(found.key, self.element(self.entity, found.key), column)
        for key, descriptor in self.mapper.all_orm_descriptors.items():
            if descriptor.extension_type is HybridExtensionType.HYBRID_PROPERTY:
                yield Described(key, self._hybrid(key))

    def _hybrid(self, key: str) -> Any:
        """The SQL expression of a hybrid; None if it has none."""
        try:
            found = self.element(self.entity, key)
        except Exception:  # a hybrid is the program's own code
            return None
        return found if isinstance(found, ColumnElement) else None

    def sort_values(self, keys: Iterable[str], dialect: str, shortened: Mapping[str, FieldType]) -> dict[str, Any]:
        """The SQL expressions that select the values by which the engine sorts, where records may have others.

        An object of the session may be older than its row or changed, so all keys of a class are selected beside it.
        The rows of a table have the values that were selected, except of types that convert, and of columns whose
        values drivers shorten or move, which `shortened` names with the types of their fields.
        """
        found = {}
        for key in keys:
            element = self.element(self.entity, key)
            kind = sorted_type(element.type, dialect)
            if key in shortened:
                found[key] = _exact(element if kind is None else sqlalchemy.type_coerce(element, kind), shortened[key])
            elif kind is not None:
                found[key] = sqlalchemy.type_coerce(element, kind)
            elif self.mapper is not None:
                found[key] = element
        return found

    def primary_key(self) -> tuple[str, ...]:
        """The names of the attributes of the primary key."""
        if self.mapper is None:
            return tuple(key for key, column in self.entity.c.items() if column.primary_key)
        return tuple(self.mapper.get_property_by_column(column).key for column in self.mapper.primary_key)

    def dialect(self, session: Any) -> Any:
        """SQLAlchemy's dialect of a session, for the engine of this class or table; or of a connection."""
        if not hasattr(session, "get_bind"):
            return session.dialect
        bind = session.get_bind(clause=self.entity) if self.mapper is None else session.get_bind(mapper=self.mapper)
        return bind.dialect

    def relationships(self) -> Mapping[str, Any]:
        """The relations of a class, by the names of their attributes."""
        return {} if self.mapper is None else dict(self.mapper.relationships.items())


def _exact(element: Any, field_type: FieldType) -> Any:
    """A float of 32 bits as a double, and a TIMESTAMP of MySQL in UTC, as drivers return them in full."""
    if field_type is FieldType.DOUBLE:
        return element + sqlalchemy.literal_column("0e0", sqlalchemy.types.Double())
    epoch = sqlalchemy.literal_column("TIMESTAMP '1970-01-01 00:00:00'")
    microseconds = sqlalchemy.func.unix_timestamp(element) * 1_000_000
    added = sqlalchemy.func.timestampadd(sqlalchemy.literal_column("MICROSECOND"), microseconds, epoch)
    return sqlalchemy.type_coerce(added, sqlalchemy.types.DateTime())


def source_of(subject: Any) -> Source:
    """What a model is made of. Raises `CriteriaError` (`invalid_parameter`) for anything but a class or a table."""
    if isinstance(subject, sqlalchemy.Table):
        return Source(subject, subject.name, None)
    try:
        found = sqlalchemy.inspect(subject)
    except NoInspectionAvailable:
        found = None
    if not isinstance(found, Mapper):
        message = f"Expected a mapped class or a Table, found {quoted(subject)}."
        raise CriteriaError(Problem("invalid_parameter", message, hint="SQLModel maps classes with table=True."))
    return Source(found.class_, found.class_.__name__, found)


def _clause(found: Any) -> Any:
    """The SQL expression of an attribute of a class."""
    return found.__clause_element__() if hasattr(found, "__clause_element__") else found
