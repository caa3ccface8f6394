"""`MappedColumns`: how the columns of a model store its fields, on the dialect that SQLAlchemy compiles for."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import types
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import CompileError
from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.codec import Codec
from criteria.backends.sql.columns import fit
from criteria.backends.sql.dialect import Dialect, Maker, StoredValue
from criteria.backends.sql.dialects import DIALECTS
from criteria.backends.sql.fit import Fit, Unfit
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.representation import Representation
from criteria.backends.sql.stored_field import StoredField
from criteria.backends.sql.target import Target
from criteria.cache import Cache
from criteria.errors import CriteriaError, Problem, listed
from criteria.messages import quoted, shown_type
from criteria.schema.field import Field, FieldType
from criteria.sqlalchemy.attribute_types import stored_type
from criteria.tables.column import Column
from criteria.tables.ddl import describe_ddl

_NAMES: Mapping[str, str] = {"sqlite": "sqlite", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mariadb"}
"""The names of dialects: SQLAlchemy's, and the library's."""

_FOR_DISPLAY = "default"
"""The dialect of `print(statement)`, which is executed nowhere."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a model.

    - `key`: its name.
    - `type`: its SQLAlchemy type.
    - `fields`: those that it stores; several if it holds JSON.
    - `nullable`: whether it may be NULL.
    - `is_column`: whether it is a column, and not computed.
    - `labels`: what an enumerated column stores for each value of the field.
    """

    key: str
    type: Any
    fields: tuple[Field, ...]
    nullable: bool = True
    is_column: bool = True
    labels: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class MappedRows:
    """How the rows of a model's class store its fields, for predicates in Python. Compared by identity: it is part of
    the keys of cached predicates."""

    dialect: str
    fields: Mapping[str, StoredField]

    @property
    def are_from_driver(self) -> bool:
        """Never: SQLAlchemy has made the attributes of them."""
        return False


class MappedColumns:
    """How the attributes of a model store its fields. Compared by identity: SQLAlchemy has it in its cache keys."""

    def __init__(self, name: str, attributes: Sequence[Attribute]) -> None:
        self.name, self.attributes = name, tuple(attributes)
        self._found: WeakKeyDictionary[Any, tuple[Dialect, Mapping[str, StoredField]]] = WeakKeyDictionary()
        self._rows: WeakKeyDictionary[Any, MappedRows] = WeakKeyDictionary()
        self._pieces: WeakKeyDictionary[Any, Cache[Hashable, Sequence[Any]]] = WeakKeyDictionary()

    def __repr__(self) -> str:
        return f"MappedColumns({self.name!r}, {len(self.attributes)} attributes)"

    def stored_fields(self, sa_dialect: Any) -> tuple[Dialect, Mapping[str, StoredField]]:
        """The library's dialect for one of SQLAlchemy, and how each field is stored there, by its name.

        Raises `CriteriaError`: `unknown_dialect`; `unfit_column` with a problem for each field that its column cannot
        answer correctly there.
        """
        known = self._found.get(sa_dialect)
        if known is None:
            used = postgresql.dialect() if sa_dialect.name == _FOR_DISPLAY else sa_dialect
            dialect = _dialect(used)
            known = self._found[sa_dialect] = (dialect, self._stored(dialect, used))
        return known

    def rows(self, sa_dialect: Any) -> MappedRows:
        """How rows store the fields. Raises `CriteriaError` as `stored_fields` does."""
        known = self._rows.get(sa_dialect)
        if known is None:
            dialect, stored = self.stored_fields(sa_dialect)
            known = self._rows[sa_dialect] = MappedRows(dialect.name, stored)
        return known

    def pieces(self, sa_dialect: Any) -> Cache[Hashable, Sequence[Any]]:
        """The SQL of conditions by their forms: many conditions of one statement may have one form."""
        known = self._pieces.get(sa_dialect)
        if known is None:
            known = self._pieces[sa_dialect] = Cache(128, max_bytes=1 << 18)
        return known

    def target(self, sa_dialect: Any) -> Target:
        """What conditions are compiled for. Raises `CriteriaError` as `stored_fields` does."""
        dialect, stored = self.stored_fields(sa_dialect)
        return Target(dialect, None, stored)

    def _stored(self, dialect: Dialect, sa_dialect: Any) -> Mapping[str, StoredField]:
        return self.stored_in(_described(self.attributes, dialect, sa_dialect), dialect)

    def decoded(self, sa_dialect: Any) -> frozenset[str]:
        """The attributes whose JSON SQLAlchemy decodes. Others hold it as text."""
        stored = {one.key: stored_type(one.type) for one in self.attributes}
        return frozenset(key for key, kind in stored.items() if isinstance(kind.dialect_impl(sa_dialect), types.JSON))

    def described(self, sa_dialect: Any) -> list[Column | Unfit]:
        """The column of each attribute, as the engine describes those that SQLAlchemy creates."""
        return list(_described(self.attributes, _dialect(sa_dialect), sa_dialect))

    def stored_in(self, columns: Iterable[Column | Unfit], dialect: Dialect) -> Mapping[str, StoredField]:
        """How columns, one for each attribute, store the fields. Raises `CriteriaError` (`unfit_column`)."""
        found: dict[str, StoredField] = {}
        problems: list[Problem] = []
        for attribute, column in zip(self.attributes, columns, strict=True):
            for field in attribute.fields:
                decided = column if isinstance(column, Unfit) else _fit(attribute, field, column, dialect)
                if isinstance(decided, Unfit):
                    problems.append(_problem(self.name, attribute, field, column, decided))
                    continue
                may_be_null = attribute.nullable or field.is_nested or decided.may_be_null
                found[field.name] = StoredField(attribute.key, decided, may_be_null)
        if problems:
            raise CriteriaError(*listed(problems))
        return found


def _dialect(sa_dialect: Any) -> Dialect:
    name = sa_dialect.name
    if name not in _NAMES:
        hint = f"The dialects are {', '.join(_NAMES)}."
        raise CriteriaError(
            Problem("unknown_dialect", f"SQLAlchemy's dialect {quoted(name)} is not supported.", hint=hint)
        )
    dialect = DIALECTS["mariadb" if getattr(sa_dialect, "is_mariadb", False) else _NAMES[name]]
    # SQLAlchemy 1.4 has another style for asyncpg, and rewrites it.
    return dialect.for_style("numeric_dollar" if sa_dialect.driver == "asyncpg" else sa_dialect.paramstyle)


def _problem(name: str, attribute: Attribute, field: Field, column: Column | Unfit, decided: Unfit) -> Problem:
    kind = repr(attribute.type) if isinstance(column, Unfit) else column.type
    place = f"Attribute {quoted(f'{name}.{attribute.key}')} ({shown_type(kind)})"
    message = f"{place} does not fit field {quoted(field.name)}: it {decided.reason}."
    return Problem("unfit_column", message, hint=decided.hint)


def _described(attributes: Sequence[Attribute], dialect: Dialect, sa_dialect: Any) -> Iterator[Column | Unfit]:
    """The columns as the engine's catalog describes those that SQLAlchemy creates."""
    written = [_written(attribute, dialect, sa_dialect) for attribute in attributes]
    lines = [f"c{at} {text}" for at, text in enumerate(written) if isinstance(text, str)]
    described, _ = describe_ddl(f"CREATE TABLE model ({', '.join(lines)})", dialect.name, None)
    by_name = {column.name: column for column in described.columns}
    for at, (attribute, text) in enumerate(zip(attributes, written, strict=True)):
        if isinstance(text, Unfit):
            yield text
            continue
        labels = tuple(attribute.labels.values()) if attribute.labels and is_native(attribute.type, sa_dialect) else ()
        yield replace(by_name[f"c{at}"], name=attribute.key, nullable=attribute.nullable, labels=labels)


def _written(attribute: Attribute, dialect: Dialect, sa_dialect: Any) -> str | Unfit:
    """The type of an attribute in DDL."""
    kind = attribute.type
    try:
        return str(kind.compile(dialect=sa_dialect))
    except CompileError:
        if isinstance(kind, types.String) and not isinstance(kind, types.Enum):
            return "LONGTEXT"  # a text without a length, which MySQL cannot create
        hint = "Leave it out with exclude, or give it a type of this dialect with with_variant."
        return Unfit(f"has no type on {dialect.name}", hint)


def is_native(kind: Any, sa_dialect: Any) -> bool:
    """Whether an Enum is an enumerated type of the engine, and not a text."""
    return bool(getattr(kind, "native_enum", False) and sa_dialect.supports_native_enum)


def _fit(attribute: Attribute, field: Field, column: Column, dialect: Dialect) -> Fit:
    if not attribute.is_column and dialect.name == "sqlite" and field.field_type is FieldType.DECIMAL:
        hint = "Round it in Python, or exclude it."
        return Unfit("is computed, and SQLite computes decimals as doubles", hint)
    found = fit(dialect.name, field, column)
    if isinstance(found, Codec) and attribute.labels is not None:
        return _labelled(found, field, attribute.labels, dialect)
    return found


def _labelled(codec: Codec, field: Field, labels: Mapping[str, str], dialect: Dialect) -> Codec:
    """The codec of an enumerated column. Queries name values, which were looked up before: only labels are compared."""
    codec = codec._replace(labels=None, spellings=(labels.__getitem__,))
    if all(value == label for value, label in labels.items()):
        return codec
    return codec._replace(sort_keys=lambda make: (_rank(make, codec, field, labels, dialect),), may_be_null=True)


def _rank(make: Maker, codec: Codec, field: Field, labels: Mapping[str, str], dialect: Dialect) -> Node:
    """The place of a label among the others, in the order of their values."""
    stored = StoredValue(field, make, codec.representation, codec=codec)

    def is_label(label: str) -> Node:
        literal = nodes.text(label)
        if codec.representation is Representation.NATIVE:
            return nodes.equal(make(), literal if codec.operand is None else codec.operand(literal))
        return dialect.text.equal(stored, literal)

    ifs = [exp.If(this=is_label(labels[value]), true=nodes.number(at)) for at, value in enumerate(sorted(labels))]
    return exp.Case(ifs=ifs)
