"""What the columns of several engines share: codecs, spellings, and remedies for columns that do not fit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.codec import Codec
from criteria.backends.sql.columns.column_types import ColumnType, Decide
from criteria.backends.sql.fit import Fit, Unfit
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.representation import Representation
from criteria.schema.field import Field, FieldType
from criteria.tables.column import Column

OWN = Codec(Representation.NATIVE, binds_arrays=True)
"""As the library's own tables store the type."""


def declared_utc(decide: Decide) -> Decide:
    """A column without a time zone, which holds instants only if it is declared to hold UTC."""

    def fit(field: Field, column: Column, kind: ColumnType) -> Fit:
        found = decide(field, column, kind)
        if field.time_zone is None and column.time_zone is None:
            digits = ' and "precision": 6' if isinstance(found, Unfit) else ""
            return Unfit("has no time zone", f'If it holds UTC, add "timeZone": "UTC"{digits} to the field.')
        return found

    return fit


def without_zone(value: datetime) -> datetime:
    """An operand, which is in UTC, as a column without a time zone holds it."""
    return value.replace(tzinfo=None)


def as_double(node: Node) -> Node:
    """A float of 32 bits, widened: the value that is stored, and not the decimal that it was written as."""
    return nodes.cast(node, exp.DType.DOUBLE)


def _upper(value: UUID) -> str:
    return str(value).upper()


def _digits(value: UUID) -> str:
    return value.hex


def _upper_digits(value: UUID) -> str:
    return value.hex.upper()


HYPHENATED_GUID = (_upper, str)
DIGITS_OF_GUID = (_upper_digits, _digits)
"""The spellings of a guid as text, with hyphens and without, each in upper case and in lower case."""

_DECLARE_DECIMAL = 'Declare the field as "decimal", with the column\'s precision and scale.'

IN_JSON = 'Declare what is in it: a list ("isList"), or paths such as "address.city" with the column "address".'
"""What to do about a text in a JSON column."""

REMEDIES: Mapping[str, Mapping[FieldType, str]] = {
    "DATE": {FieldType.DATE_TIME: 'Declare the field as "date": a day is not an instant.'},
    "TIMESTAMPTZ": {FieldType.DATE: 'Declare the field as "dateTime", with "precision": 6.'},
    "UUID": {FieldType.STRING: 'Declare the field as "guid".'},
    "JSON": {FieldType.STRING: IN_JSON},
    "DECIMAL": {FieldType.INTEGER: _DECLARE_DECIMAL, FieldType.DOUBLE: _DECLARE_DECIMAL},
}
"""What to do instead, for pairs that people try on every engine with these types."""

NOT_A_DATE = 'Declare the field as "dateTime", with "precision": 6, and with "timeZone": "UTC" if it holds UTC.'
"""What to do about a date in a column of times without a zone."""
