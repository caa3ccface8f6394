"""The grammar of criteria: decides which shapes are queries (docs/language.md#grammar).

Only `grammar/criteria.lark` decides what is well-formed. Lark makes LALR tables of it, which takes longer than all else
in the first query of a process, so the tables of that very text are stored in `grammar/criteria.tables.json`.
"""

from __future__ import annotations

import json
import re
from functools import cache

from criteria.parsing.grammar_files import Tables, grammar_text, stored_tables
from criteria.parsing.shape import MORE
from criteria.schema.field import MAX_CHARACTERS


class CriteriaGrammar:
    """The grammar of criteria JSON. Its input is one terminal for each token of the JSON text, without white space.

    Queries of one shape have the same terminals, whatever their field names and values are.
    """

    def __init__(self, text: str) -> None:
        tables = stored_tables(text) or _made_tables(text)
        self._rules, self._states, self._end = tables.rules, tables.states, tables.end
        self._patterns = [
            (name, re.compile(pattern))
            for name, pattern in sorted(tables.patterns.items(), key=lambda one: one[0] == "FIELD")
            if name != "STRING"
        ]

    def accepts(self, terminals: tuple[str, ...]) -> bool:
        """Whether the grammar derives the terminals; with `MORE`, however many values each run has.

        Runs the LALR tables, without making a tree. The stack of states and the terminals to come decide
        everything. When a comma and a scalar leave the stack as it was before them, as many more of the same pair
        leave it so, too, and are skipped: a list of a thousand strings takes as long as one of four. A grammar that
        counts them does not leave it so, and then nothing is said about runs.
        """
        stack = [0]
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
            if stack == before and terminals[at : at + 1] == (MORE,):
                at += 1
        return self._shifts(stack, "$END")

    def _shifts(self, stack: list[int], terminal: str) -> bool:
        """Reduces the stack as the tables say, and shifts a terminal. False if no query continues with it."""
        while True:
            action = self._states[stack[-1]].get(terminal)
            if action is None:
                return False
            if action >= 0:
                stack.append(action)
                return True
            symbol, length = self._rules[~action]
            del stack[len(stack) - length :]
            stack.append(self._states[stack[-1]][symbol])
            if terminal == "$END" and stack[-1] == self._end:
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


def _made_tables(text: str) -> Tables:
    """The tables of another grammar, or of one that has been edited since its tables were stored."""
    from criteria.parsing.lalr import made_tables

    return made_tables(text)
