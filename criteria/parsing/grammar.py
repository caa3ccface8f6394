"""Loads the Lark grammars and checks input against them (docs/language.md#grammar).

Only the files in `grammar/` decide what is well-formed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Tree
from lark.common import LexerConf
from lark.exceptions import LarkError
from lark.lexer import Lexer, LexerState

from criteria.schema.field import MAX_CHARACTERS

_PACKAGE = Path(__file__).parent.parent
_FOLDERS = (_PACKAGE / "grammar", _PACKAGE.parent / "grammar")
"""The folder of the grammars: in a wheel inside the package, in a checkout beside it."""


def grammar_text(name: str) -> str:
    """The text of a grammar file, `criteria` or `order_by`."""
    path = next((folder / f"{name}.lark" for folder in _FOLDERS if (folder / f"{name}.lark").is_file()), None)
    if path is None:
        raise FileNotFoundError(f"{name}.lark is neither in {_FOLDERS[0]} nor in {_FOLDERS[1]}")
    return path.read_text(encoding="utf-8")


class _Terminals(Lexer):
    """A lexer whose input is the names of terminals, not text."""

    __future_interface__ = 2  # lex() takes any input, not only text

    def __init__(self, lexer_conf: LexerConf) -> None:
        self._tokens = {terminal.name: Token(terminal.name, "") for terminal in lexer_conf.terminals}

    def lex(self, lexer_state: LexerState, parser_state: Any) -> Iterator[Token]:
        terminals: Any = lexer_state.text
        return (self._tokens.get(terminal) or Token(terminal, "") for terminal in terminals)


class CriteriaGrammar:
    """The grammar of criteria JSON. Its input is one terminal for each token of the JSON text, without white space.

    Queries of one shape have the same terminals, whatever their field names and values are.
    """

    def __init__(self, text: str) -> None:
        self._parser = Lark(text, start="query", parser="lalr", lexer=_Terminals, maybe_placeholders=False)
        self._patterns = [
            (terminal.name, re.compile(terminal.pattern.to_regexp()))
            for terminal in sorted(self._parser.terminals, key=lambda terminal: terminal.name == "FIELD")
            if terminal.name != "STRING"
        ]

    def accepts(self, terminals: tuple[str, ...]) -> bool:
        """Whether the grammar derives the terminals."""
        try:
            self._parser.parse(terminals)
        except LarkError:
            return False
        return True

    def key_terminal(self, key: str) -> str:
        """The terminal of an object's key: AND, OR, NOT, FIELD or a kind of operators; STRING for any other key."""
        if len(key) > MAX_CHARACTERS:
            return "STRING"  # too long for a name: skip the patterns
        text = json.dumps(key, ensure_ascii=False)
        return next((name for name, pattern in self._patterns if pattern.fullmatch(text)), "STRING")


@cache
def criteria_grammar() -> CriteriaGrammar:
    """The grammar that ships with the library."""
    return CriteriaGrammar(grammar_text("criteria"))


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
