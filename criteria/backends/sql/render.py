"""Renders nodes as SQL text and parameters, in a driver's paramstyle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from sys import getsizeof
from typing import Any, Literal, get_args

from sqlglot import Dialect as SqlglotDialect
from sqlglot.generator import Generator

from criteria.backends.sql.nodes import MARK, Binding, Node
from criteria.errors import CriteriaError, Problem, nearest_or_all, quoted
from criteria.tree.parameters import Slots

Paramstyle = Literal["qmark", "numeric", "named", "format", "pyformat", "numeric_dollar"]
"""The five styles of the Python database API (PEP 249), and `$1` for asyncpg and DuckDB."""

_NAMED = frozenset({"named", "pyformat"})
_PERCENT = frozenset({"format", "pyformat"})

_PLACEHOLDERS: Mapping[str, Callable[[int], str]] = {
    "qmark": lambda number: "?",
    "numeric": lambda number: f":{number}",
    "named": lambda number: f":p{number}",
    "format": lambda number: "%s",
    "pyformat": lambda number: f"%(p{number})s",
    "numeric_dollar": lambda number: f"${number}",
}


@dataclass(frozen=True, slots=True)
class Sql:
    """SQL text and its parameters: a tuple, or a dict for the styles that name them."""

    text: str
    params: tuple[Any, ...] | dict[str, Any]

    def __repr__(self) -> str:
        return f"Sql({quoted(self.text, 200)}, {len(self.params)} parameters)"


def known_paramstyle(style: str) -> str:
    """The style, if it is known. Raises `CriteriaError` (`unknown_option`)."""
    if not isinstance(style, str) or style not in _PLACEHOLDERS:
        known = get_args(Paramstyle)
        hint = nearest_or_all(style, known, "paramstyles")
        raise CriteriaError(Problem("unknown_option", f"Unknown paramstyle {quoted(style)}.", hint=hint))
    return style


_BYTES_A_BINDING = 700
"""What a parameter takes in a cached template: what makes the driver's value, and its part in the key."""


@dataclass(frozen=True, slots=True)
class SqlTemplate:
    """The text of a statement, and the sources of its parameters in the order of the placeholders.

    A value that the text contains twice has two parameters.
    """

    text: str
    bindings: tuple[Binding, ...]
    is_named: bool

    def sql(self) -> Sql:
        """The statement with the operands that it was compiled with."""
        return self.with_values([binding.value for binding in self.bindings])

    def with_values(self, values: list[Any]) -> Sql:
        """The statement with one value for each binding."""
        return _filled(self.text, self.is_named, values)

    @property
    def size(self) -> int:
        """About how many bytes the template takes in a cache, with its key."""
        return getsizeof(self.text) + _BYTES_A_BINDING * (len(self.bindings) + 1)

    def filler(self, slots: Slots) -> Callable[[Sequence[Any]], Sql]:
        """A function from the values of a query of the same form to its statement. It does not keep this query's
        values."""
        text, is_named = self.text, self.is_named
        sources = [(slots[binding.operand], binding.derive) for binding in self.bindings]

        def fill(values: Sequence[Any]) -> Sql:
            drawn = [values[slot] if derive is None else derive(values[slot]) for slot, derive in sources]
            return _filled(text, is_named, drawn)

        return fill


def _filled(text: str, is_named: bool, values: list[Any]) -> Sql:
    return Sql(text, {f"p{at}": value for at, value in enumerate(values, 1)} if is_named else tuple(values))


def render(node: Node, bindings: Sequence[Binding], sqlglot_dialect: str, paramstyle: str) -> SqlTemplate:
    """The text of a node in a dialect, with placeholders in a driver's paramstyle."""
    pieces = _generator(sqlglot_dialect).generate(node, copy=False).split(MARK)
    texts, numbers = pieces[::2], [int(piece) for piece in pieces[1::2]]
    if paramstyle in _PERCENT:
        texts = [piece.replace("%", "%%") for piece in texts]
    placeholder = _PLACEHOLDERS[paramstyle]
    text = texts[0] + "".join(placeholder(at) + piece for at, piece in enumerate(texts[1:], 1))
    return SqlTemplate(text, tuple(bindings[number] for number in numbers), paramstyle in _NAMED)


def _generator(sqlglot_dialect: str) -> Generator:
    return SqlglotDialect.get_or_raise(sqlglot_dialect).generator(identify=True)
