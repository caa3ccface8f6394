"""Renders nodes as SQL text and parameters, in a driver's paramstyle."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
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

_PLACEHOLDERS: Mapping[str, Callable[[str, int], str]] = {
    "qmark": lambda prefix, number: "?",
    "numeric": lambda prefix, number: f":{number}",
    "named": lambda prefix, number: f":{prefix}{number}",
    "format": lambda prefix, number: "%s",
    "pyformat": lambda prefix, number: f"%({prefix}{number})s",
    "numeric_dollar": lambda prefix, number: f"${number}",
}

MAX_START = 65_535
_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Parameters:
    """How the parameters of a statement are written.

    - `style`: a `Paramstyle`.
    - `prefix`: what the names of the styles `named` and `pyformat` begin with. If it ends with a digit, an underscore
      follows, so that `c1` and `c11` have no name in common.
    - `start`: the number of the first parameter, for the styles that name or number them.

    Two conditions in one statement need different names: another prefix, or other numbers.
    Raises `CriteriaError` (`unknown_option`).
    """

    style: str
    prefix: str = "p"
    start: int = 1

    def __post_init__(self) -> None:
        known_paramstyle(self.style)
        if not isinstance(self.prefix, str) or not _PREFIX.fullmatch(self.prefix):
            message = f"The prefix {quoted(self.prefix)} cannot begin the name of a parameter."
            hint = "Use letters A-Z, digits and underscores, and a letter first."
            raise CriteriaError(Problem("unknown_option", message, hint=hint))
        if type(self.start) is not int or not 1 <= self.start <= MAX_START:
            message = f"The number of the first parameter is from 1 to {MAX_START}, not {quoted(self.start)}."
            hint = "Give the number that follows the last parameter of the statement before, or leave the option out."
            raise CriteriaError(Problem("unknown_option", message, hint=hint))

    def placeholder(self, at: int) -> str:
        """The placeholder of the parameter at an index, from 0."""
        return _PLACEHOLDERS[self.style](self._stem, self.start + at)

    @property
    def _stem(self) -> str:
        return f"{self.prefix}_" if self.prefix[-1].isdigit() else self.prefix

    def names(self, count: int) -> tuple[str, ...] | None:
        """The names of so many parameters; None for the styles without names."""
        if self.style not in _NAMED:
            return None
        return tuple(f"{self._stem}{self.start + at}" for at in range(count))


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
"""The size of a parameter in a cached template: its conversion, and its part of the key."""


@dataclass(frozen=True, slots=True)
class SqlTemplate:
    """The text of a statement, and the sources of its parameters in the order of the placeholders.

    A value that the text contains twice has two parameters.
    """

    text: str
    bindings: tuple[Binding, ...]
    names: tuple[str, ...] | None = None
    """The names of the parameters; None if they have none."""

    def sql(self) -> Sql:
        """The statement with the operands that it was compiled with."""
        return filled(self.text, self.names, (binding.value for binding in self.bindings))

    @property
    def size(self) -> int:
        """About how many bytes the template takes in a cache, with its key."""
        return getsizeof(self.text) + _BYTES_A_BINDING * (len(self.bindings) + 1)

    def filler(self, slots: Slots) -> Callable[[Sequence[Any]], Sql]:
        """A function from the values of a query of the same form to its statement. It does not keep this query's
        values. Operands that are none of them, as labels of a column, are in every statement."""
        text, names = self.text, self.names
        if not all(binding.operand in slots for binding in self.bindings):
            return self._filler_with_constants(slots)
        sources = [(slots[binding.operand], binding.derive) for binding in self.bindings]

        def fill(values: Sequence[Any]) -> Sql:
            drawn = [values[slot] if derive is None else derive(values[slot]) for slot, derive in sources]
            return filled(text, names, drawn)

        return fill

    def _filler_with_constants(self, slots: Slots) -> Callable[[Sequence[Any]], Sql]:
        constants = [None if one.operand in slots else one.value for one in self.bindings]
        sources = [(at, slots[one.operand], one.derive) for at, one in enumerate(self.bindings) if one.operand in slots]

        def fill(values: Sequence[Any]) -> Sql:
            drawn = [*constants]
            for at, slot, derive in sources:
                drawn[at] = values[slot] if derive is None else derive(values[slot])
            return filled(self.text, self.names, drawn)

        return fill


def filled(text: str, names: tuple[str, ...] | None, values: Iterable[Any]) -> Sql:
    """A statement with its values, in the order of its placeholders."""
    return Sql(text, tuple(values) if names is None else dict(zip(names, values, strict=True)))


def render(node: Node, bindings: Sequence[Binding], sqlglot_dialect: str, parameters: Parameters) -> SqlTemplate:
    """The text of a node in a dialect, with placeholders as a driver wants them. The node is not used again."""
    printed = print_node(node, sqlglot_dialect)
    if len(printed) > LONG:
        _take_apart(node)
    if parameters.style in _PERCENT:
        printed = printed.replace("%", "%%")
    text, at, numbers = StringIO(), 0, array("l")
    for found in MARKED.finditer(printed):  # one by one: there may be hundreds of thousands
        text.write(printed[at : found.start()])
        text.write(parameters.placeholder(len(numbers)))
        numbers.append(int(found[1]))
        at = found.end()
    text.write(printed[at:])
    del printed  # the texts are megabytes if there are that many
    written = text.getvalue()
    text.close()
    bound = tuple(bindings[number] for number in numbers)
    return SqlTemplate(written, bound, parameters.names(len(numbers)))


LONG = 1 << 20
"""Characters of a statement whose nodes are freed at once."""


def _take_apart(node: Node) -> None:
    """Frees what a node contains. Nodes know their parents, so they would wait for the garbage collector."""
    nodes: list[Any] = [node]
    while nodes:
        one = nodes.pop()
        if isinstance(one, list):
            nodes += one
        elif isinstance(one, Node):
            nodes += one.args.values()
            one.args.clear()


MARKED = re.compile(f"{MARK}([0-9]+){MARK}")
"""A placeholder in a printed text, and its number."""


def print_node(node: Node, sqlglot_dialect: str) -> str:
    """The text of a node in a dialect, its placeholders still marked."""
    generator: Generator = SqlglotDialect.get_or_raise(sqlglot_dialect).generator(identify=True)
    return generator.generate(node, copy=False)
