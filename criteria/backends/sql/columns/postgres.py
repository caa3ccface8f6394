"""The columns of PostgreSQL.

A codec leaves the column as it is wherever the engine compares it exactly, so that its index serves; operands get the
column's own type, or one that holds every operand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.codec import Codec, Form
from criteria.backends.sql.columns import digits, forms
from criteria.backends.sql.columns.codecs import (
    DIGITS_OF_GUID,
    HYPHENATED_GUID,
    IN_JSON,
    NOT_A_DATE,
    OWN,
    REMEDIES,
    as_double,
    declared_utc,
    without_zone,
)
from criteria.backends.sql.columns.column_types import ColumnType, ColumnTypes, Decide, always
from criteria.backends.sql.columns.sqlglot_types import read_type
from criteria.backends.sql.fit import Fit, Unfit
from criteria.backends.sql.nodes import Derive, Node
from criteria.backends.sql.representation import Representation
from criteria.backends.sql.whole_patterns import postgres_matches
from criteria.schema.field import Field, FieldType
from criteria.tables.column import Column

Type = exp.DType

_ENUM = "an enumerated type"
"""The name of every enumerated type: which one it is, the column says."""

_BINARY = frozenset({"C", "POSIX", "ucs_basic"})
"""Collations that compare by code point in a UTF-8 database."""


_MAX_SINGLE_BITS = 24

_FOLDS = "has a collation that treats different texts as equal"


def _read_type(column: Column) -> ColumnType:
    kind = read_type(column.type.removesuffix("[]"), "postgres")
    if column.labels:
        kind = kind._replace(name=_ENUM)
    if kind.name == "DOUBLE" and kind.sizes and kind.sizes[0] <= _MAX_SINGLE_BITS:  # `float(24)` in CREATE TABLE
        kind = kind._replace(name="FLOAT")
    return kind._replace(is_list=True) if column.type.endswith("[]") else kind


def _text(field: Field, column: Column, kind: ColumnType) -> Fit:
    if not column.is_deterministic:
        return Unfit(_FOLDS, 'Query a view that casts it: column COLLATE "C".')
    return Codec(Representation.TEXT, is_binary=column.collation in _BINARY)


def _citext(field: Field, column: Column, kind: ColumnType) -> Fit:
    if not column.is_deterministic:
        return Unfit(_FOLDS, 'Query a view that casts it: column COLLATE "C".')
    return Codec(Representation.TEXT, read=lambda node: nodes.cast(node, Type.TEXT))


_INTEGER = always(OWN._replace(operand=lambda node: nodes.cast(node, Type.BIGINT)))


def _years(kind: Type, zone: str) -> tuple[Node, Node]:
    first, end = (nodes.cast(nodes.text(f"{year}-01-01 00:00:00{zone}"), kind) for year in ("0001", "10000"))
    return first, end


def _instant(field: Field, column: Column, kind: ColumnType) -> Fit:
    codec = OWN._replace(form=forms.instant(*_years(Type.TIMESTAMPTZ, "+00")))
    return digits.instants(codec, field, _digits(kind))


def _digits(kind: ColumnType) -> int:
    return kind.sizes[0] if kind.sizes else digits.MICROSECONDS


_DATE = OWN._replace(form=forms.day(*(nodes.cast(nodes.text(one), Type.DATE) for one in ("0001-01-01", "9999-12-31"))))


def _timestamp(field: Field, column: Column, kind: ColumnType) -> Fit:
    codec = Codec(
        Representation.NATIVE,
        spellings=(without_zone,),
        operand=lambda node: nodes.cast(node, Type.TIMESTAMP),
        form=forms.instant(*_years(Type.TIMESTAMP, "")),
    )
    return digits.instants(codec, field, _digits(kind))


def _text_guid(field: Field, column: Column, kind: ColumnType) -> Fit:
    """Guids as text, in lower case or in upper case: as 32 digits in a varchar(32), else with hyphens."""
    length = kind.sizes[0] if kind.sizes else 36
    if length < 36 and length not in _GUID_LENGTHS:
        return Unfit("is too short for a guid", "A guid takes 32 digits, or 36 characters with its hyphens.")
    if not column.is_deterministic:
        return Unfit(_FOLDS, 'Query a view that casts it: column COLLATE "C".')
    return Codec(
        Representation.TEXT,
        spellings=_GUID_LENGTHS[min(length, 36)],
        sort_keys=lambda make: (nodes.collate(nodes.call("LOWER", make()), "C", quoted=True),),
        form=forms.guid_text(postgres_matches, hyphens=length >= 36),
    )


_GUID_LENGTHS: Mapping[int, tuple[Derive, Derive]] = {32: DIGITS_OF_GUID, 36: HYPHENATED_GUID}
"""How a guid fills a text of each length."""


def _char_guid(field: Field, column: Column, kind: ColumnType) -> Fit:
    """Guids that fill the column, so that it has no blanks at the end."""
    [length] = kind.sizes or (1,)
    if length not in _GUID_LENGTHS:
        return Unfit("does not have the length of a guid", "A guid takes 32 digits, or 36 characters with its hyphens.")
    if not column.is_deterministic:
        return Unfit(_FOLDS, 'Query a view that casts it: column COLLATE "C".')
    return Codec(
        Representation.NATIVE,
        spellings=_GUID_LENGTHS[length],
        operand=lambda node: nodes.cast(node, nodes.sized_type(Type.CHAR, length)),
        sort_keys=lambda make: (nodes.collate(nodes.call("LOWER", make()), "C", quoted=True),),
        form=forms.guid_text(postgres_matches, hyphens=length == 36),
    )


def _label(field: Field, column: Column, kind: ColumnType) -> Fit:
    written = column.type.removesuffix("[]")
    enumeration = exp.DataType.build(written, dialect="postgres", udt=True)

    def of_the_type(node: Node) -> Node:
        """The column may have a domain over the type, which has no operators. Of the type itself it changes nothing."""
        return nodes.cast(node, enumeration.copy())

    return Codec(
        Representation.NATIVE,
        read=of_the_type,
        operand=of_the_type,
        labels=column.labels,
        sort_keys=lambda make: (nodes.collate(nodes.cast(make(), Type.TEXT), "C", quoted=True),),
    )


def _nan() -> Node:
    return nodes.cast(nodes.text("NaN"), Type.DECIMAL)


_NUMERIC = OWN._replace(
    above_nan=lambda node: exp.NEQ(this=node, expression=_nan()),
    operand=lambda node: nodes.cast(node, Type.DECIMAL),
)
"""Unlike the library's own tables, those of others may hold NaN, and infinities, which no sized type has."""


def _decimal(field: Field, column: Column, kind: ColumnType) -> Fit:
    return digits.decimals(_NUMERIC, field, kind, is_nan=lambda node: nodes.equal(node, _nan()))


_SCALARS: Mapping[str, Mapping[FieldType, Decide]] = {
    "TEXT": {FieldType.STRING: _text, FieldType.GUID: _text_guid},
    "VARCHAR": {FieldType.STRING: _text, FieldType.GUID: _text_guid},
    "CHAR": {FieldType.GUID: _char_guid},
    "citext": {FieldType.STRING: _citext},
    _ENUM: {FieldType.STRING: _label},
    "SMALLINT": {FieldType.INTEGER: _INTEGER, FieldType.OBJECT_REF: _INTEGER},
    "INT": {FieldType.INTEGER: _INTEGER, FieldType.OBJECT_REF: _INTEGER},
    "BIGINT": {FieldType.INTEGER: _INTEGER, FieldType.OBJECT_REF: _INTEGER},
    "BOOLEAN": {FieldType.BOOLEAN: always(OWN)},
    "DECIMAL": {FieldType.DECIMAL: _decimal},
    "DOUBLE": {FieldType.DOUBLE: always(OWN)},
    "FLOAT": {FieldType.DOUBLE: always(OWN._replace(read=as_double, selected=as_double, is_single=True))},
    "DATE": {FieldType.DATE: always(_DATE)},
    "TIMESTAMP": {FieldType.DATE_TIME: declared_utc(_timestamp)},
    "TIMESTAMPTZ": {FieldType.DATE_TIME: _instant},
    "UUID": {FieldType.GUID: always(OWN)},
}

_VIEW = "Query a view that casts it: "

_REMEDIES: Mapping[str, Mapping[FieldType, str]] = {
    **REMEDIES,
    "TIMESTAMP": {FieldType.DATE: NOT_A_DATE},
    "JSONB": {FieldType.STRING: IN_JSON},
    "SMALLINT": {FieldType.BOOLEAN: _VIEW + "column <> 0."},
    "INT": {FieldType.BOOLEAN: _VIEW + "column <> 0."},
    "DOUBLE": {FieldType.DECIMAL: 'Declare the field as "double", or ' + _VIEW.lower() + "CAST(column AS NUMERIC)."},
    "FLOAT": {FieldType.DECIMAL: 'Declare the field as "double", or ' + _VIEW.lower() + "CAST(column AS NUMERIC)."},
    "CHAR": {FieldType.STRING: "It pads texts with spaces. " + _VIEW + "CAST(column AS TEXT)."},
    "MONEY": {FieldType.DECIMAL: _VIEW + "CAST(column AS NUMERIC)."},
}

_INDEXED_ELEMENTS: Mapping[str, Type] = {
    "TEXT": Type.TEXT,
    "VARCHAR": Type.VARCHAR,
    "BIGINT": Type.BIGINT,
    "BOOLEAN": Type.BOOLEAN,
    "DECIMAL": Type.DECIMAL,
    "DOUBLE": Type.DOUBLE,
    "DATE": Type.DATE,
    "TIMESTAMP": Type.TIMESTAMP,
    "TIMESTAMPTZ": Type.TIMESTAMPTZ,
    "UUID": Type.UUID,
}
"""The types of elements that hold every operand of their field types, so that an index on the array serves."""


def _list(element: Codec, kind: ColumnType) -> Codec:
    """An array, with the type of its elements if they are compared as they are, in one spelling."""
    is_bare = element.labels is None and element.read is None and len(element.spellings or ()) <= 1
    if not is_bare or kind.name is None or kind.name not in _INDEXED_ELEMENTS:
        return element
    return element._replace(element_type=nodes.plain_type(_INDEXED_ELEMENTS[kind.name]))


def _backslash() -> Node:
    return nodes.call("CHR", nodes.number(92))


def _is_convertible(make: Callable[[], Node]) -> Node:
    """Whether jsonb takes a text of JSON: it refuses U+0000, halves of surrogate pairs, and numbers out of its range.

    The escapes of backslashes and quotes are removed first, so that each backslash begins another escape. The session
    may read backslashes in literals as escapes, so there are none.
    """
    two = nodes.concatenated(_backslash(), _backslash())
    text = nodes.call("REPLACE", nodes.cast(make(), Type.TEXT), two, nodes.text(""))
    text = nodes.call("REPLACE", text, nodes.concatenated(_backslash(), nodes.text('"')), nodes.text(""))

    def escape(hexadecimal: str) -> Node:
        return nodes.concatenated(two.copy(), nodes.text(hexadecimal))

    high, low = "u[dD][89abAB][0-9a-fA-F]{2}", "u[dD][c-fC-F][0-9a-fA-F]{2}"
    pair = nodes.concatenated(escape(high), escape(low))
    unpaired = nodes.call("REGEXP_REPLACE", text.copy(), pair, nodes.text(""), nodes.text("g"))
    numbers = nodes.call("REGEXP_REPLACE", text.copy(), nodes.text('"[^"]*"'), nodes.text(""), nodes.text("g"))
    return nodes.negated(
        nodes.any_of(
            [
                exp.RegexpLike(this=unpaired, expression=exp.Paren(this=escape("u(0000|[dD][89a-fA-F])"))),
                exp.RegexpLike(this=numbers, expression=nodes.text("[eE][-+]?[0-9]{5}")),
            ]
        )
    )


_WHOLE = frozenset({FieldType.INTEGER, FieldType.OBJECT_REF})

_CONVERTIBLE = Form(
    "JSON that jsonb takes",
    _is_convertible,
    hint="Correct such values: jsonb has no U+0000 in strings, no half of a surrogate pair, and smaller exponents.",
)


def _is_written_out(field: Field, make: Callable[[], Node]) -> Node:
    """Whether no number with many digits has an exponent: Python reads a double, and jsonb the number of the text. As
    integers both are the same up to 7 digits."""
    path = map(nodes.text, field.path_inside)
    found = nodes.call("JSON_EXTRACT_PATH", make(), *path) if field.is_nested else make()
    number = nodes.text("(^|[[,[:space:]])-?[0-9.]{8,}[eE][+]?[0-9]")
    text = nodes.call("COALESCE", nodes.cast(found, Type.TEXT), nodes.text(""))
    return nodes.negated(exp.RegexpLike(this=text, expression=number))


def _convertible(field: Field) -> Form:
    if field.field_type not in _WHOLE:
        return _CONVERTIBLE
    return Form(
        "integers without an exponent",
        lambda make: _is_written_out(field, make),
        hint="Write such numbers without it, or change the type of the column to jsonb.",
        first=_CONVERTIBLE,
    )


def _document(field: Field, column: Column, kind: ColumnType) -> Fit:
    if kind.name == "JSONB" and not kind.is_list:
        return Codec(Representation.NATIVE, is_document=True)
    if kind.name == "JSON" and not kind.is_list:
        return Codec(
            Representation.NATIVE,
            document=lambda node: nodes.cast(node, Type.JSONB),
            is_document=True,
            form=_convertible(field),
        )
    if field.is_nested:
        return Unfit("does not hold JSON", "Paths need a column of type jsonb or json.")
    return Unfit("holds no list", "Lists need an array, or a column of type jsonb or json.")


_ELEMENT_REMEDIES: Mapping[str, Mapping[FieldType, str]] = {
    "CHAR": {FieldType.STRING: "It pads texts with spaces. " + _VIEW + "CAST(column AS TEXT[])."},
}

POSTGRES_COLUMNS = ColumnTypes(_read_type, _SCALARS, _document, _REMEDIES, _list, _ELEMENT_REMEDIES)
