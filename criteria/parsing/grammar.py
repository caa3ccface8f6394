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
from lark.lexer import Lexer, LexerState
from lark.parsers.lalr_analysis import Shift

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

        conf = self._parser.parse_interactive().parser_state.parse_conf
        self._states, self._start_state, self._end_state = conf.states, conf.start_state, conf.end_state

    def accepts(self, terminals: tuple[str, ...]) -> bool:
        """Whether the grammar derives the terminals.

        Runs the tables of Lark's LALR parser, without a tree. The stack of states and the terminals to come decide
        everything. When a comma and a scalar leave the stack as it was before them, as many more of the same pair
        leave it so, too, and are skipped: a list of a thousand strings takes as long as one of four.
        """
        stack = [self._start_state]
        at, count = 0, len(terminals)
        while at < count:
            if terminals[at] != "COMMA" or terminals[at - 1 : at] != terminals[at + 1 : at + 2]:
                if not self._shifts(stack, terminals[at]):
                    return False
                at += 1
                continue
            pair, before = terminals[at : at + 2], stack.copy()
            if not self._shifts(stack, pair[0]) or not self._shifts(stack, pair[1]):
                return False
            at += 2
            while stack == before and terminals[at : at + 2] == pair:
                at += 2
        return self._shifts(stack, "$END")

    def _shifts(self, stack: list[int], terminal: str) -> bool:
        """Reduces the stack as the tables say, and shifts a terminal. False if no query continues with it."""
        while True:
            action, target = self._states[stack[-1]].get(terminal, (None, None))
            if action is None:
                return False
            if action is Shift:
                stack.append(target)
                return True
            if target.expansion:
                del stack[-len(target.expansion) :]
            stack.append(self._states[stack[-1]][target.origin.name][1])
            if terminal == "$END" and stack[-1] == self._end_state:
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
