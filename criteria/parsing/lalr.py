"""Makes LALR tables of a grammar, by Lark. `python -m criteria.parsing.lalr` writes `grammar/criteria.tables.json`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lark import Lark, Token
from lark.common import LexerConf
from lark.lexer import Lexer, LexerState
from lark.parsers.lalr_analysis import Shift

from criteria.parsing.grammar_files import Tables, grammar_file, grammar_text, to_json


class _Terminals(Lexer):
    """A lexer whose input is the names of terminals, not text."""

    __future_interface__ = 2  # lex() takes any input, not only text

    def __init__(self, lexer_conf: LexerConf) -> None:
        pass

    def lex(self, lexer_state: LexerState, parser_state: Any) -> Iterator[Token]:
        terminals: Any = lexer_state.text
        return (Token(terminal, "") for terminal in terminals)


def parser_of_terminals(text: str) -> Lark:
    """Lark's parser of a grammar that starts with `query`. It parses a sequence of names of terminals."""
    return Lark(text, start="query", parser="lalr", lexer=_Terminals, maybe_placeholders=False)


def made_tables(text: str) -> Tables:
    """The tables of such a parser. States have numbers in the order in which they are reached, and do not depend on how
    Lark numbers them."""
    parser = parser_of_terminals(text)
    made = parser.parse_interactive().parser_state.parse_conf
    reached = [made.start_state]
    rules: list[tuple[str, int]] = []
    states: list[dict[str, int]] = []
    for state in reached:  # grows while it is read
        states.append({})
        for symbol, (action, target) in sorted(made.states[state].items()):
            if action is Shift:
                states[-1][symbol] = _number(target, reached)
            else:
                states[-1][symbol] = ~_number((str(target.origin.name), len(target.expansion)), rules)
    patterns = {terminal.name: terminal.pattern.to_regexp() for terminal in parser.terminals}
    return Tables(patterns, rules, states, reached.index(made.end_state))


def _number(one: Any, known: list[Any]) -> int:
    if one not in known:
        known.append(one)
    return known.index(one)


if __name__ == "__main__":
    text = grammar_text("criteria")
    path = Path(grammar_file("criteria.lark")).with_name("criteria.tables.json")
    path.write_text(to_json(made_tables(text), text), encoding="utf-8")
