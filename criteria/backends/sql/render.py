"""From nodes to text and parameters, in a driver's own style."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlglot import Dialect as SqlglotDialect

from criteria.backends.sql.nodes import MARK, Node
from criteria.errors import CriteriaError, Problem, nearest, quoted

Paramstyle = Literal["qmark", "numeric", "named", "format", "pyformat", "numeric_dollar"]
"""The five styles of the Python database API (PEP 249), and `$1` as asyncpg and DuckDB take it."""

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
        return f"Sql({self.text!r}, {self.params!r})"


def known_paramstyle(style: str) -> str:
    """The style itself. Raises `CriteriaError` (`unknown_option`)."""
    if style not in _PLACEHOLDERS:
        known = get_args(Paramstyle)
        hint = (nearest(style, known) if isinstance(style, str) else None) or f"There are {', '.join(known)}."
        raise CriteriaError(Problem("unknown_option", f"There is no paramstyle {quoted(style)}.", hint=hint))
    return style


def render(node: Node, values: Sequence[Any], sqlglot_dialect: str, paramstyle: str) -> Sql:
    """The text of a node in a dialect, with its bound values in the order and form of the style.

    A value stands once in the parameters for each time that it stands in the text, in the order of the text.
    """
    generator = SqlglotDialect.get_or_raise(sqlglot_dialect).generator(identify=True)
    pieces = generator.generate(node, copy=False).split(MARK)
    texts, numbers = pieces[::2], [int(piece) for piece in pieces[1::2]]
    if paramstyle in _PERCENT:
        texts = [piece.replace("%", "%%") for piece in texts]
    placeholder = _PLACEHOLDERS[paramstyle]
    rendered = texts[0] + "".join(placeholder(at) + piece for at, piece in enumerate(texts[1:], 1))
    ordered = [values[number] for number in numbers]
    if paramstyle in _NAMED:
        return Sql(rendered, {f"p{at}": value for at, value in enumerate(ordered, 1)})
    return Sql(rendered, tuple(ordered))
