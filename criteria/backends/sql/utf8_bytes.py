"""Text compared by its UTF-8 bytes, where a collation or an engine's padding of blanks would compare otherwise.

The order of UTF-8 bytes is the order of code points. Equality also says `column = operand`, which every collation
grants to identical strings: that part can use an index.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import Bind, Maker, Place, TextForms
from criteria.backends.sql.nodes import Node
from criteria.schema.field import FieldType
from criteria.tree.nodes import Operator

Encoder = Callable[[Node], Node]
"""Makes the UTF-8 bytes of a text."""


def text_forms(
    encoded: Encoder, match: Callable[[Operator, Place, str, Bind], Node], *, trusts_columns: bool
) -> TextForms:
    """The forms of a dialect.

    `trusts_columns` says that a column which is declared to compare by code point does so in the engine. Elsewhere not
    even a binary collation helps, because the engine pads text with blanks before it compares it.
    """

    def is_plain(place: Place) -> bool:
        return (trusts_columns and place.is_binary) or place.field.field_type is not FieldType.STRING

    def exact(place: Place, node: Node) -> Node:
        return node if is_plain(place) else encoded(node)

    def equal(place: Place, operand: Node) -> Node:
        same = nodes.equal(place.make(), operand)
        if is_plain(place):
            return same
        return nodes.all_of([same, nodes.equal(encoded(place.make()), encoded(operand.copy()))])

    def any_of(place: Place, operands: Sequence[Maker]) -> Node:
        values = [operand() for operand in operands]
        found = nodes.is_in(place.make(), values)
        if is_plain(place):
            return found
        return nodes.all_of([found, nodes.is_in(encoded(place.make()), [encoded(value.copy()) for value in values])])

    def ordered(place: Place) -> Node:
        return exact(place, place.make())

    return TextForms(
        equal=equal,
        any_of=any_of,
        operand=exact,
        match=match,
        sort_keys=lambda place: (ordered(place),),
        ordered=ordered,
    )
