"""How MariaDB and MySQL compare text by code point.

Columns commonly have a collation that ignores case and trailing blanks, so operands get one that does neither. The
column keeps its own, so that its index can be used.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import Bind, Maker, StoredValue, TextForms
from criteria.backends.sql.folded_text import by_pattern
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.text_functions import has_position
from criteria.schema.field import FieldType
from criteria.tree.nodes import ExactTextOperator, Operator, assert_never

_CHUNK_LENGTH = 256
"""Characters per sort expression: the server sorts by the first 1,024 bytes of a string."""
_MAX_CHUNKS = 32

_OF_JSON = "utf8mb4_bin"
"""The collation of texts of JSON. Both servers have it, all versions of them."""


def exact(node: Node, collation: str) -> Node:
    """A text that is compared by a collation of utf8mb4."""
    return nodes.collate(_as_utf8(node), collation)


def constant(text: str) -> Node:
    """A text of the library's own, beside a text that the server makes of JSON.

    That has the collation utf8mb4_bin, and a plain literal has the session's: where this is another binary one, the
    server refuses to choose between them ("Illegal mix of collations"). One collation that is named decides.
    """
    return nodes.collate(exp.Introducer(this="_utf8mb4", expression=nodes.text(text)), _OF_JSON)


def text_forms(collation: str, *, searches_by_column: bool = False) -> TextForms:
    """The text comparisons of a server, whose binary collation has this name.

    `searches_by_column`: LOCATE uses the collation of the searched text, not the operand's.
    """

    def operand(stored: StoredValue, node: Node) -> Node:
        return node if stored.is_binary else exact(node, collation)

    def any_of(stored: StoredValue, operand: Maker) -> Node:
        values = nodes.is_in(stored.make(), nodes.each(operand()))
        if stored.is_binary:
            return values
        is_exact = nodes.is_in(exact(stored.make(), collation), nodes.each(operand()))
        return is_exact if stored.in_json else nodes.all_of([values, is_exact])

    def match(operator: ExactTextOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
        match operator:
            case Operator.STARTS_WITH:
                is_exact = nodes.equal(nodes.call("LEFT", stored.make(), bind(len)), exact(bind(), collation))
                if stored.in_json:
                    return is_exact
                pattern = exp.Like(this=stored.make(), expression=bind(_like_prefix))
                return nodes.all_of([exp.Escape(this=pattern, expression=nodes.text("!")), is_exact])
            case Operator.ENDS_WITH:
                return nodes.equal(nodes.call("RIGHT", stored.make(), bind(len)), exact(bind(), collation))
            case Operator.CONTAINS:
                needs_collation = searches_by_column and not stored.is_binary
                searched = exact(stored.make(), collation) if needs_collation else stored.make()
                return has_position("LOCATE", exact(bind(), collation), searched)
            case _:
                assert_never(operator)

    def sort_keys(stored: StoredValue) -> Sequence[Node]:
        def key(node: Node) -> Node:
            return node if stored.is_binary else nodes.collate(node, collation)

        def chunk(at: int) -> Node:
            first = nodes.number(1 + _CHUNK_LENGTH * at)
            return nodes.call("SUBSTRING", stored.make(), first, nodes.number(_CHUNK_LENGTH))

        is_short = stored.codec is not None and (stored.codec.max_characters or _CHUNK_LENGTH + 1) <= _CHUNK_LENGTH
        if is_short or stored.field.field_type is not FieldType.STRING:
            return [key(stored.make() if stored.is_binary else _as_utf8(stored.make()))]
        # the first one is cut, too: MySQL 9 runs out of sort memory by one whole value that is longer than its buffer
        chunks = [chunk(at) for at in range(_MAX_CHUNKS)]
        return [key(one if stored.is_binary else _as_utf8(one)) for one in chunks]

    return TextForms(
        equal=lambda stored, node: nodes.equal(stored.make(), operand(stored, node)),
        any_of=any_of,
        operand=operand,
        match=match,
        sort_keys=sort_keys,
        constant=_constant,
        folded=by_pattern(
            lambda stored, node: has_position("REGEXP_INSTR", stored.make(), exact(node, collation)),
            flags="(?-imsx)",
        ),
    )


def _constant(text: str) -> Node:
    """In hexadecimal where it has a backslash, which depends on the SQL mode."""
    return _as_utf8(exp.HexString(this=text.encode().hex())) if "\\" in text else nodes.text(text)


def _as_utf8(node: Node) -> Node:
    return nodes.cast(node, exp.DataType(this=exp.DType.CHARACTER_SET, kind=exp.Var(this="utf8mb4")))


def _like_prefix(prefix: str) -> str:
    """The LIKE pattern of the texts that start with a prefix, with `!` as the escape character."""
    return prefix.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
