"""The Lark grammars: where they lie, and what the rest of the library asks them.

The files in `grammar/` are the one definition of what is well-formed. Nothing else in the library decides it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import LarkError, UnexpectedCharacters
from lark.lexer import Lexer, LexerState

_PLACES = (Path(__file__).parent / "grammar", Path(__file__).parent.parent / "grammar")
"""In a wheel the grammars lie inside the package, in a checkout beside it."""

_SHAPES = 1024
"""How many accepted or refused shapes are remembered."""

_LONGEST_SHAPE, _LONGEST_KEY = 512, 64
"""What is longer is not remembered: memory would fill with what comes once."""


def grammar_text(name: str) -> str:
    """The text of a grammar file, `criteria` or `order_by`."""
    path = next((place / f"{name}.lark" for place in _PLACES if (place / f"{name}.lark").is_file()), None)
    if path is None:
        raise FileNotFoundError(f"{name}.lark is neither in {_PLACES[0]} nor in {_PLACES[1]}")
    return path.read_text(encoding="utf-8")


class _Terminals(Lexer):
    """Hands the parser terminals that were named already."""

    __future_interface__ = 2  # lex() takes any input, not only text

    def __init__(self, lexer_conf: object) -> None:
        pass

    def lex(self, lexer_state: LexerState, parser_state: Any) -> Iterator[Token]:
        terminals: Any = lexer_state.text
        return (Token(terminal, "") for terminal in terminals)


class CriteriaGrammar:
    """The grammar of criteria JSON, asked through sequences of terminals.

    A sequence has one terminal for each token of the JSON text, white space left out, so two queries of the
    same shape have the same sequence whatever their names and values are. The answer is remembered by shape.
    """

    def __init__(self, text: str) -> None:
        self._parser = Lark(text, start="query", parser="lalr", lexer=_Terminals, maybe_placeholders=False)
        self._lexer = Lark(text, start="query", parser="lalr", lexer="basic")
        self._patterns = [
            (terminal.name, re.compile(terminal.pattern.to_regexp()))
            for terminal in sorted(self._parser.terminals, key=lambda terminal: terminal.name == "FIELD")
            if terminal.name != "STRING"
        ]
        self._remembered_accepts = lru_cache(_SHAPES)(self._accepts)
        self._remembered_terminal = lru_cache(_SHAPES)(self._key_terminal)

    def accepts(self, terminals: tuple[str, ...]) -> bool:
        """Whether the terminals are a query."""
        return (self._remembered_accepts if len(terminals) <= _LONGEST_SHAPE else self._accepts)(terminals)

    def key_terminal(self, key: str) -> str:
        """The terminal of an object's key: AND, OR, NOT, FIELD, one of the operators' or, unusable, STRING."""
        return (self._remembered_terminal if len(key) <= _LONGEST_KEY else self._key_terminal)(key)

    def _accepts(self, terminals: tuple[str, ...]) -> bool:
        try:
            self._parser.parse(terminals)
        except LarkError:
            return False
        return True

    def _key_terminal(self, key: str) -> str:
        text = json.dumps(key, ensure_ascii=False)
        return next((name for name, pattern in self._patterns if pattern.fullmatch(text)), "STRING")

    def lex(self, text: str) -> Iterator[Token]:
        """The tokens of a JSON text with their lines and columns, as far as it can be read."""
        try:
            yield from self._lexer.lex(text, dont_ignore=False)
        except UnexpectedCharacters as fault:
            yield Token("UNREADABLE", "", line=fault.line, column=fault.column)


@cache
def criteria_grammar() -> CriteriaGrammar:
    """The grammar that ships with the library."""
    return CriteriaGrammar(grammar_text("criteria"))


@cache
def _order_by_parser() -> Lark:
    return Lark(grammar_text("order_by"), start="order_by", parser="lalr", lexer="contextual")


def parse_sort_keys(text: str) -> Sequence[tuple[Token, Token | None]]:
    """The names in an orderBy text, each with its direction word if it has one.

    Raises `lark.exceptions.UnexpectedInput` where the text leaves the grammar.
    """
    tree = _order_by_parser().parse(text)
    keys = [child for child in tree.children if isinstance(child, Tree)]
    return [(_only(key, "NAME"), _only(key, "DIRECTION", optional=True)) for key in keys]  # type: ignore[misc]


def _only(tree: Tree[Token], kind: str, optional: bool = False) -> Token | None:
    found = [token for token in tree.children if isinstance(token, Token) and token.type == kind]
    return found[0] if found or not optional else None
