"""Parses orderBy texts with `grammar/order_by.lark` (docs/language.md#orderby)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from lark import Lark, Token, Tree

from criteria.parsing.grammar_files import grammar_text


@cache
def _order_by_parser() -> Lark:
    return Lark(grammar_text("order_by"), start="order_by", parser="lalr", lexer="contextual")


def parse_sort_keys(text: str) -> Sequence[tuple[Token, Token | None]]:
    """The names in an orderBy text, each with its direction (`asc`, `desc`) or None.

    Raises `lark.exceptions.UnexpectedInput` for a text that the grammar does not derive.
    """
    tree = _order_by_parser().parse(text)
    keys = [child for child in tree.children if isinstance(child, Tree)]
    return [(_only(key, "NAME"), _only(key, "DIRECTION", optional=True)) for key in keys]  # type: ignore[misc]


def _only(tree: Tree[Token], kind: str, optional: bool = False) -> Token | None:
    found = [token for token in tree.children if isinstance(token, Token) and token.type == kind]
    return found[0] if found or not optional else None
