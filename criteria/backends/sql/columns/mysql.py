"""The columns of MySQL and of MariaDB.

Texts are compared as the dialect does, whatever collation the column has. A TIMESTAMP is read as the number of seconds
that the server keeps, because its text depends on the time zone of the session.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.codec import Codec, Form
from criteria.backends.sql.columns import digits, forms
from criteria.backends.sql.columns.codecs import (
    DIGITS_OF_GUID,
    HYPHENATED_GUID,
    NOT_A_DATE,
    OWN,
    REMEDIES,
    as_double,
    declared_utc,
)
from criteria.backends.sql.columns.column_types import ColumnType, ColumnTypes, Decide, always, each
from criteria.backends.sql.columns.sqlglot_types import read_type
from criteria.backends.sql.dialect import Maker
from criteria.backends.sql.fit import Fit, Unfit
from criteria.backends.sql.mysql import MARIADB_BINARY, MYSQL_BINARY
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.representation import Representation
from criteria.backends.sql.whole_patterns import mysql_matches
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType
from criteria.tables.column import Column

Type = exp.DType

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECONDS = 1_000_000
_CHARACTERS: Mapping[str, int] = {"TINYTEXT": 255, "TEXT": 65_535, "MEDIUMTEXT": 16_777_215, "LONGTEXT": 4_294_967_295}


def _read_type(column: Column) -> ColumnType:
    return read_type(column.type, "mysql")


_CHARACTER_SETS = ("utf8mb4_", "utf8mb3_", "utf8_", "latin1_", "ascii_")
"""The character sets that operands are compared with exactly, as their collations begin."""


def _text(field: Field, column: Column, kind: ColumnType) -> Fit:
    if column.collation is not None and not column.collation.startswith(_CHARACTER_SETS):
        reason = f"has the collation {quoted(column.collation)}"
        return Unfit(reason, "Convert the column, or a view of it, to utf8mb4.")
    most = kind.sizes[0] if kind.sizes else _CHARACTERS.get(kind.name or "")
    return Codec(
        Representation.TEXT,
        read=_reading(column),
        is_binary=column.collation in (MARIADB_BINARY, MYSQL_BINARY),
        max_characters=most,
    )


def _reading(column: Column) -> Callable[[Node], Node] | None:
    """Other character sets are converted: the server refuses to compare them with characters that they do not have."""
    return None if column.collation is None or column.collation.startswith("utf8mb4_") else _as_utf8


def _as_utf8(node: Node) -> Node:
    return nodes.cast(node, exp.DataType(this=Type.CHARACTER_SET, kind=exp.Var(this="utf8mb4")))


def _label(field: Field, column: Column, kind: ColumnType) -> Fit:
    """An enumerated column sorts by the numbers of its labels. It holds "" where a value was not one of them."""
    return Codec(
        Representation.NATIVE,
        operand=lambda node: node,
        labels=tuple(dict.fromkeys((*column.labels, ""))),
        sort_keys=lambda make: (nodes.call("HEX", _as_utf8(make())),),
    )


def _in_utc(node: Node) -> Node:
    """A TIMESTAMP as a DATETIME in UTC, whatever the time zone of the session is."""
    microseconds = exp.Mul(this=nodes.call("UNIX_TIMESTAMP", node), expression=nodes.number(_MICROSECONDS))
    epoch = nodes.cast(nodes.text("1970-01-01 00:00:00"), Type.DATETIME)
    return nodes.call("TIMESTAMPADD", exp.Var(this="MICROSECOND"), microseconds, epoch)


def _timestamp(field: Field, column: Column, kind: ColumnType) -> Fit:
    codec = Codec(
        Representation.NATIVE,
        read=lambda node: nodes.call("UNIX_TIMESTAMP", node),
        spellings=(_seconds,),
        operand=lambda node: node,
        selected=_in_utc,
        returned="times in the session's time zone",
        form=_DAY,
    )
    return digits.instants(codec, field, _digits(kind))


def _date_time(field: Field, column: Column, kind: ColumnType) -> Fit:
    return digits.instants(OWN._replace(form=_DAY), field, _digits(kind))


def _digits(kind: ColumnType) -> int:
    return kind.sizes[0] if kind.sizes else 0


def _exists(make: Maker) -> Node:
    """Whether a day exists: depending on the SQL mode columns hold 0000-00-00, 2026-06-00 and 2026-02-31."""
    days = nodes.call("DAYOFMONTH", make())
    return nodes.all_of(
        [
            nodes.compare(exp.GTE, nodes.call("YEAR", make()), nodes.number(1)),
            nodes.compare(exp.GTE, nodes.call("MONTH", make()), nodes.number(1)),
            nodes.compare(exp.GTE, days, nodes.number(1)),
            nodes.compare(exp.LTE, days.copy(), nodes.call("DAYOFMONTH", nodes.call("LAST_DAY", make()))),
        ]
    )


_ZERO_HINT = "Correct such values, such as 0000-00-00, which is not a day. NULL can say that there is none."

_DAY = Form("days that exist, of the years 1 to 9999", _exists, hint=_ZERO_HINT)


def _seconds(value: datetime) -> Decimal:
    """The seconds since 1970 of an instant, exactly."""
    since = value - _EPOCH
    whole = (since.days * 86_400 + since.seconds) * _MICROSECONDS + since.microseconds
    return Decimal(whole).scaleb(-6)


def _text_guid(field: Field, column: Column, kind: ColumnType) -> Fit:
    """Guids as 32 digits or with hyphens, in lower case or in upper case."""
    short = kind.sizes == (32,)
    if not short and kind.sizes and kind.sizes[0] < 36:
        return Unfit("is too short for a guid", "A guid takes 32 digits, or 36 characters with its hyphens.")
    read = _reading(column) or (lambda node: node)
    return Codec(
        Representation.TEXT,
        read=read,
        spellings=DIGITS_OF_GUID if short else HYPHENATED_GUID,
        sort_keys=lambda make: (nodes.call("LOWER", make()),),
        form=forms.guid_text(lambda make, pattern: mysql_matches(lambda: read(make()), pattern), hyphens=not short),
    )


def _binary_guid(field: Field, column: Column, kind: ColumnType) -> Fit:
    if kind.sizes != (16,):
        return Unfit("is not 16 bytes long", "A guid takes BINARY(16) or CHAR(36).")
    return Codec(Representation.NATIVE, spellings=(lambda value: value.bytes,), operand=lambda node: node)


def _boolean(field: Field, column: Column, kind: ColumnType) -> Fit:
    is_unsigned = kind.name == "UTINYINT" and not kind.sizes  # MySQL keeps the width of TINYINT(1) alone
    if kind.name != "BOOLEAN" and kind.sizes != (1,) and not is_unsigned:
        remedy = "Query a view that casts it to UNSIGNED." if kind.name == "BIT" else 'Declare the field as "integer".'
        return Unfit("is more than a boolean", remedy)
    return _BIT if kind.name == "BIT" else _TINYINT


def _decimal(field: Field, column: Column, kind: ColumnType) -> Fit:
    return digits.decimals(OWN, field, kind)


_UNSIGNED_DIGITS = 20
"""The digits of the integers of 64 bits without a sign."""

_UNSIGNED = OWN._replace(form=forms.whole(nodes.number, _UNSIGNED_DIGITS, is_signed=False))


def _unsigned_decimal(field: Field, column: Column, kind: ColumnType) -> Fit:
    return digits.whole_decimals(OWN, field, _UNSIGNED_DIGITS, nodes.number, is_signed=False)


_BIT = OWN
_TINYINT = OWN._replace(
    form=Form(
        "0 and 1",
        lambda make: nodes.is_in(make(), [nodes.number(0), nodes.number(1)]),
        hint='Declare the field as "integer", or correct such values.',
    ),
)
"""TINYINT(1) holds -128 to 127."""


_FLOAT = Codec(Representation.NATIVE, read=as_double, selected=as_double, returned="floats with 6 digits")

_NATIVE_GUID = Codec(
    Representation.TEXT,
    read=lambda node: nodes.cast(node, nodes.sized_type(Type.CHAR, 36)),
    spellings=(str,),
    max_characters=36,
)
"""MariaDB's UUID, as text: the type refuses guids of other variants than RFC 4122's, and so would a condition."""

_SCALARS: Mapping[str, Mapping[FieldType, Decide]] = {
    **each(("CHAR", "VARCHAR"), {FieldType.STRING: _text, FieldType.GUID: _text_guid}),
    **each(("TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT"), {FieldType.STRING: _text, FieldType.GUID: _text_guid}),
    **each(
        ("SMALLINT", "MEDIUMINT", "INT", "BIGINT", "USMALLINT", "UMEDIUMINT", "UINT"),
        {FieldType.INTEGER: always(OWN), FieldType.OBJECT_REF: always(OWN)},
    ),
    "UBIGINT": {
        FieldType.INTEGER: always(_UNSIGNED),
        FieldType.OBJECT_REF: always(_UNSIGNED),
        FieldType.DECIMAL: _unsigned_decimal,
    },
    **each(
        ("TINYINT", "UTINYINT", "BOOLEAN"),
        {FieldType.BOOLEAN: _boolean, FieldType.INTEGER: always(OWN), FieldType.OBJECT_REF: always(OWN)},
    ),
    "ENUM": {FieldType.STRING: _label},
    "BIT": {FieldType.BOOLEAN: _boolean},
    **each(("DECIMAL", "UDECIMAL"), {FieldType.DECIMAL: _decimal}),
    **each(("DOUBLE", "UDOUBLE"), {FieldType.DOUBLE: always(OWN)}),
    "FLOAT": {FieldType.DOUBLE: always(_FLOAT)},
    "DATE": {FieldType.DATE: always(OWN._replace(form=_DAY))},
    "DATETIME": {FieldType.DATE_TIME: declared_utc(_date_time)},
    "TIMESTAMPTZ": {FieldType.DATE_TIME: _timestamp},
    "UUID": {FieldType.GUID: always(_NATIVE_GUID)},
    "BINARY": {FieldType.GUID: _binary_guid},
}

_VIEW = "query a view that casts it"

_REMEDIES: Mapping[str, Mapping[FieldType, str]] = {
    **REMEDIES,
    "DATETIME": {FieldType.DATE: NOT_A_DATE},
    "DOUBLE": {FieldType.DECIMAL: f'Declare the field as "double", or {_VIEW} to DECIMAL.'},
    "FLOAT": {FieldType.DECIMAL: f'Declare the field as "double", or {_VIEW} to DECIMAL.'},
    "YEAR": {FieldType.INTEGER: f"A YEAR reads 5 as 2005: {_VIEW} to SIGNED."},
    "SET": {FieldType.STRING: "A SET is several values in one text. Query a view that casts it: CAST(column AS CHAR)."},
}

_JSON = Form("JSON", lambda make: nodes.equal(nodes.call("JSON_VALID", make()), nodes.number(1)))
"""MariaDB's JSON is a LONGTEXT with a check. A LONGTEXT without it, as of a view, may hold anything."""


def _document(field: Field, column: Column, kind: ColumnType) -> Fit:
    if kind.name == "JSON":
        return OWN
    return Unfit("does not hold JSON", "Lists and paths need a column of type JSON.")


def _mariadb_document(field: Field, column: Column, kind: ColumnType) -> Fit:
    if kind.name == "LONGTEXT":
        return OWN._replace(form=_JSON)
    return _document(field, column, kind)


MYSQL_COLUMNS = ColumnTypes(_read_type, _SCALARS, _document, _REMEDIES)
MARIADB_COLUMNS = replace(MYSQL_COLUMNS, document=_mariadb_document)
