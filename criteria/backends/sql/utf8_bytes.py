"""Text compared by its UTF-8 bytes, where a collation or an engine's padding of blanks would compare otherwise.

The order of UTF-8 bytes is the order of code points. Equality also says `column = operand`, which every collation
grants to identical strings: that part can use an index.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import Bind, Maker, StoredValue, TextForms
from criteria.backends.sql.nodes import Node
from criteria.schema.field import FieldType
from criteria.tree.nodes import TextOperator

Encoder = Callable[[Node], Node]
"""Makes the UTF-8 bytes of a text."""


def text_forms(
    encoded: Encoder, match: Callable[[TextOperator, StoredValue, str, Bind], Node], *, trusts_columns: bool
) -> TextForms:
    """The forms of a dialect.

    `trusts_columns` says that a column which is declared to compare by code point does so in the engine. Elsewhere not
    even a binary collation helps, because the engine pads text with blanks before it compares it.
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

    def any_of(stored: StoredValue, operands: Sequence[Maker]) -> Node:
        values = [operand() for operand in operands]
        found = nodes.is_in(stored.make(), values)
        if is_plain(stored):
            return found
        return nodes.all_of([found, nodes.is_in(encoded(stored.make()), [encoded(value.copy()) for value in values])])

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


def _count(text: str) -> int:
    return len(text.encode("utf-8"))


def _count_before_last(text: str) -> int:
    return _count(text) - 1


def begins_with(encoded: Encoder, stored: StoredValue, bind: Bind) -> Node:
    """Whether a text begins with the bytes of an operand."""
    start = nodes.call("SUBSTRING", encoded(stored.make()), nodes.number(1), bind(_count))
    return nodes.equal(start, encoded(bind()))


def ends_with(encoded: Encoder, length: str, stored: StoredValue, bind: Bind) -> Node:
    """Whether a text ends with the bytes of an operand; `length` is the function that counts bytes."""
    first = exp.Sub(this=nodes.call(length, encoded(stored.make())), expression=bind(_count_before_last))
    end = nodes.call("SUBSTRING", encoded(stored.make()), first, bind(_count))
    return nodes.equal(end, encoded(bind()))
