"""Renders nodes as SQL text and parameters, in a driver's paramstyle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal, NamedTuple, get_args

from sqlglot import Dialect as SqlglotDialect
from sqlglot.generator import Generator

from criteria.backends.sql.nodes import (
    EACH,
    MARK,
    AnyBinding,
    Binding,
    Derive,
    ListBinding,
    Node,
    derived,
    unchanged,
)
from criteria.errors import CriteriaError, Problem
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.tree.nodes import setter
from criteria.tree.parameters import MAX_ITEMS, Drawn, Slots

Paramstyle = Literal["qmark", "numeric", "named", "format", "pyformat", "numeric_dollar"]
"""The five styles of the Python database API (PEP 249), and `$1` for asyncpg and DuckDB."""

_NAMED = frozenset({"named", "pyformat"})
_PERCENT = frozenset({"format", "pyformat"})
_UNNUMBERED = frozenset({"qmark", "format"})

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
            hint = "Use letters A-Z, digits and underscores, beginning with a letter."
            raise CriteriaError(Problem("unknown_option", message, hint=hint))
        if type(self.start) is not int or not 1 <= self.start <= MAX_START:
            message = f"The number of the first parameter is from 1 to {MAX_START}, not {quoted(self.start)}."
            hint = "Give the number that follows the last parameter of the statement before, or leave the option out."
            raise CriteriaError(Problem("unknown_option", message, hint=hint))

    @property
    def _stem(self) -> str:
        return f"{self.prefix}_" if self.prefix[-1].isdigit() else self.prefix

    def placeholders(self, at: int, count: int) -> list[str]:
        """The placeholders of so many parameters, the first of which is at an index."""
        write = _PLACEHOLDERS[self.style]
        if self.style in _UNNUMBERED:
            return [write("", 0)] * count
        stem, start = self._stem, self.start + at
        return [write(stem, number) for number in range(start, start + count)]

    def names(self, count: int) -> tuple[str, ...] | None:
        """The names of so many parameters; None for the styles without names."""
        if self.style not in _NAMED:
            return None
        return tuple(f"{self._stem}{self.start + at}" for at in range(count))


@dataclass(frozen=True, slots=True, init=False)
class Sql:
    """SQL text and its parameters: a tuple, or a dict for the styles that name them."""

    text: str
    params: tuple[Any, ...] | dict[str, Any]

    def __init__(self, text: str, params: tuple[Any, ...] | dict[str, Any]) -> None:
        _set_text(self, text)
        _set_params(self, params)

    def __repr__(self) -> str:
        return f"Sql({quoted(self.text, 200)}, {quoted(self.params, 200)})"

    def _repr_markdown_(self) -> str:
        from criteria.text.markdown import code, fenced

        return f"{fenced(self.text, 'sql')}\n\nParameters: {code(quoted(self.params, 1000))}"


_set_text, _set_params = setter(Sql, "text"), setter(Sql, "params")


def known_paramstyle(style: str) -> str:
    """The style, if it is known. Raises `CriteriaError` (`unknown_option`)."""
    if not isinstance(style, str) or style not in _PLACEHOLDERS:
        known = get_args(Paramstyle)
        hint = nearest_or_all(style, known, "paramstyles", Hints())
        raise CriteriaError(Problem("unknown_option", f"Unknown paramstyle {quoted(style)}.", hint=hint))
    return style


_BYTES_A_BINDING = 700
"""The size of a parameter in a cached template: its conversion, and its part of the key."""


class Each(NamedTuple):
    """The text of each value of a list, around its placeholder."""

    before: str
    after: str

    def written(self, placeholders: Sequence[str]) -> str:
        """The text of a list that has these placeholders."""
        return f"{self.before}{f'{self.after}, {self.before}'.join(placeholders)}{self.after}"

    def repeated(self, placeholder: str, count: int) -> str:
        """The text of a list that has a placeholder so many times."""
        one = f"{self.before}{placeholder}{self.after}"
        return one + f", {one}" * (count - 1)


class StatementText:
    """The text of a statement around its values: None is the place of a value, and `Each` that of a list."""

    __slots__ = ("_parts", "_placeholder", "length", "parameters")

    def __init__(self, parts: Sequence[str | Each | None], parameters: Parameters) -> None:
        self.parameters = parameters
        self.length = sum(len(part) for part in parts if isinstance(part, str))
        """The number of characters around the values."""
        self._placeholder = None
        if parameters.style in _UNNUMBERED:  # a placeholder is text like any other
            [self._placeholder] = parameters.placeholders(0, 1)
            parts = [self._placeholder if part is None else part for part in parts]
        self._parts: list[str | Each | None] = []
        for is_text, group in groupby(parts, lambda part: isinstance(part, str)):
            some = list(group)
            self._parts += ["".join(map(str, some))] if is_text else some

    @property
    def around(self) -> str:
        """The text with a question mark for each value, and two values in each list: further ones nest no deeper."""
        return "".join(
            part if isinstance(part, str) else "?" if part is None else part.repeated("?", 2) for part in self._parts
        )

    def filled(self, values: Sequence[Any], sizes: Sequence[int] = ()) -> Sql:
        """The statement with its values in the order of their places; `sizes` has how many each of its lists has."""
        texts: list[str] = []
        at, left = 0, iter(sizes)
        for part in self._parts:
            if isinstance(part, str):
                texts.append(part)
                continue
            if self._placeholder is not None and part is not None:
                texts.append(part.repeated(self._placeholder, next(left)))
                continue
            count = 1 if part is None else next(left)
            placeholders = self.parameters.placeholders(at, count)
            texts += placeholders if part is None else (part.written(placeholders),)
            at += count
        text = "".join(texts)
        del texts  # of a long statement as large as its text
        names = None if self._placeholder is not None else self.parameters.names(len(values))
        return filled(text, names, values)


class SqlTemplate(NamedTuple):
    """The text of a statement, and the sources of its values in the order of their places.

    A value that the text contains twice has two places. With more values than `limit` the statement would be another
    one, as it is `with_arrays`: lists are bound as one value.
    """

    text: StatementText
    bindings: tuple[AnyBinding, ...]
    limit: int | None = None
    with_arrays: bool = False

    def sql(self) -> Sql:
        """The statement with the operands that it was compiled with."""
        return self.filler(Slots(()))(())

    @property
    def length(self) -> int:
        """The number of characters around the values."""
        return self.text.length

    @property
    def size(self) -> int:
        """About how many bytes the template takes in a cache, with its key."""
        return 2 * self.length + _BYTES_A_BINDING * (len(self.bindings) + 1)

    def filler(self, slots: Slots) -> Callable[[Sequence[Any]], Sql]:
        """A function from the values of a query of the same form to its statement. It does not keep this query's
        values. Operands that are none of them, as labels of a column, are in every statement."""
        text, draws = self.text, [(_drawn(one, slots), isinstance(one, ListBinding)) for one in self.bindings]
        if any(is_list for _, is_list in draws) or not all(is_known(one, slots) for one in self.bindings):
            return _filler(text, draws)
        count = len(self.bindings)
        fixed, names = text.filled([None] * count).text, text.parameters.names(count)
        sources = [(slots[one.operand], one.derive) for one in self.bindings if isinstance(one, Binding)]

        def fill(values: Sequence[Any]) -> Sql:
            drawn = [values[slot] if derive is unchanged else derive(values[slot]) for slot, derive in sources]
            return filled(fixed, names, drawn)

        return fill

    def is_beyond(self, slots: Slots) -> Drawn | None:
        """Takes the values of a query of the same form: whether they are more than the limit. None: they never are."""
        each = {id(one): one for one in self.bindings}.values()
        lists = [one for one in each if isinstance(one, ListBinding)]
        others = len(each) - len(lists)
        if self.limit is None or others + sum(MAX_ITEMS * len(one.derives) for one in lists) <= self.limit:
            return None
        room, counted = self.limit - others, [(slots.items(one.operand), len(one.derives)) for one in lists]
        return lambda values: sum(len(items(values)) * number for items, number in counted) > room


def _filler(text: StatementText, draws: Sequence[tuple[Drawn, bool]]) -> Callable[[Sequence[Any]], Sql]:
    """A function from the values of a query to a statement that has lists, or constants. `draws` has what draws the
    value of each place, and whether that is a list of values."""

    def fill(values: Sequence[Any]) -> Sql:
        found: list[Any] = []
        sizes: list[int] = []
        for draw, is_list in draws:
            if is_list:
                items = draw(values)
                sizes.append(len(items))
                found += items
            else:
                found.append(draw(values))
        return text.filled(found, sizes)

    return fill


def is_known(binding: AnyBinding, slots: Slots) -> bool:
    """Whether what a binding gives to the driver is made of values of the query."""
    return slots.has_items(binding.operand) if isinstance(binding, ListBinding) else binding.operand in slots


def _drawn(binding: AnyBinding, slots: Slots) -> Drawn:
    """A function from the values of a query to what a binding gives to the driver."""
    if not is_known(binding, slots):
        constant = binding.value
        return lambda values: constant
    if isinstance(binding, ListBinding):
        return _derived(slots.items(binding.operand), binding.derives)
    at, derive = slots[binding.operand], binding.derive
    return itemgetter(at) if derive is unchanged else lambda values: derive(values[at])


def _derived(items: Drawn, derives: tuple[Derive, ...]) -> Drawn:
    return items if derives == (unchanged,) else lambda values: derived(items(values), derives)


def filled(text: str, names: tuple[str, ...] | None, values: Iterable[Any]) -> Sql:
    """A statement with its values, in the order of its placeholders."""
    return Sql(text, tuple(values) if names is None else dict(zip(names, values, strict=True)))


def render(node: Node, bindings: Sequence[AnyBinding], sqlglot_dialect: str, parameters: Parameters) -> SqlTemplate:
    """The text of a node in a dialect, with placeholders as a driver wants them. The node is not used again."""
    printed = print_node(node, sqlglot_dialect)
    if len(printed) > LONG:
        _take_apart(node)
    if parameters.style in _PERCENT:
        printed = printed.replace("%", "%%")
    parts: list[str | Each | None] = []
    numbers: list[int] = []
    at = 0
    for found in PLACE.finditer(printed):
        before, each, after, single = found.groups()
        parts += (printed[at : found.start()], None if each is None else Each(before, after))
        numbers.append(int(single if each is None else each))
        at = found.end()
    parts.append(printed[at:])
    return SqlTemplate(StatementText(parts, parameters), tuple(bindings[number] for number in numbers))


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

PLACE = re.compile(f"{re.escape(EACH)}, ([^{MARK}]*){MARKED.pattern}([^{MARK}]*), {re.escape(EACH)}|{MARKED.pattern}")
"""The value of a list in a printed text (what is before its placeholder, the number, what is after it), or another
placeholder."""


def print_node(node: Node, sqlglot_dialect: str) -> str:
    """The text of a node in a dialect, its placeholders still marked."""
    generator: Generator = SqlglotDialect.get_or_raise(sqlglot_dialect).generator(identify=True)
    return generator.generate(node, copy=False)
