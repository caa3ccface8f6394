"""Compares text by its UTF-8 bytes, where a collation or padding with blanks would give other results.

The order of UTF-8 bytes is the order of code points. Equality includes `column = operand`, which is true of identical
strings in every collation, so that an index can be used.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import Bind, Maker, StoredValue, TextForms
from criteria.backends.sql.nodes import Node
from criteria.schema.field import FieldType
from criteria.tree.nodes import ExactTextOperator

Encoder = Callable[[Node], Node]
"""Returns the UTF-8 bytes of a text."""


def text_forms(
    encoded: Encoder, match: Callable[[ExactTextOperator, StoredValue, str, Bind], Node], *, trusts_columns: bool
) -> TextForms:
    """The text comparisons of a dialect.

    `trusts_columns`: columns that are declared to compare by code point are compared directly. On other engines even
    binary collations ignore trailing blanks, so that all text is compared as bytes.
    """

    def is_plain(stored: StoredValue) -> bool:
        return (trusts_columns and stored.is_binary) or stored.field.field_type is not FieldType.STRING

    def exact(stored: StoredValue, node: Node) -> Node:
        return node if is_plain(stored) else encoded(node)

    def equal(stored: StoredValue, operand: Node) -> Node:
        same = nodes.equal(stored.make(), operand)
        if is_plain(stored):
            return same
        return nodes.all_of([same, nodes.equal(encoded(stored.make()), encoded(operand.copy()))])

    def any_of(stored: StoredValue, operand: Maker) -> Node:
        value = operand()
        found = nodes.is_in(stored.make(), nodes.each(value))
        if is_plain(stored):
            return found
        return nodes.all_of([found, nodes.is_in(encoded(stored.make()), nodes.each(encoded(value.copy())))])

    def ordered(stored: StoredValue) -> Node:
        return exact(stored, stored.make())

    return TextForms(
        equal=equal,
        any_of=any_of,
        operand=exact,
        match=match,
        sort_keys=lambda stored: (ordered(stored),),
        ordered=ordered,
    )


def _byte_count(text: str) -> int:
    return len(text.encode("utf-8"))


def _count_minus_one(text: str) -> int:
    return _byte_count(text) - 1


def starts_with(encoded: Encoder, stored: StoredValue, bind: Bind) -> Node:
    """Whether a text starts with the operand."""
    start = nodes.call("SUBSTRING", encoded(stored.make()), nodes.number(1), bind(_byte_count))
    return nodes.equal(start, encoded(bind()))


def ends_with(encoded: Encoder, length: str, stored: StoredValue, bind: Bind) -> Node:
    """Whether a text ends with the operand; `length` is the SQL function that counts bytes."""
    first = exp.Sub(this=nodes.call(length, encoded(stored.make())), expression=bind(_count_minus_one))
    end = nodes.call("SUBSTRING", encoded(stored.make()), first, bind(_byte_count))
    return nodes.equal(end, encoded(bind()))
