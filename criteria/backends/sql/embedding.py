"""Conditions and orders for statements that a host builds, such as an ORM: pieces, which the host puts together.

The host writes the columns, with its own aliases, and the parameters. Everything between them is text of the dialect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from sys import getsizeof
from typing import Any, Literal, TypeVar

from sqlglot import exp

from criteria.backends.compiling import fill_template
from criteria.backends.sql import BACKEND
from criteria.backends.sql.condition import ConditionCompiler
from criteria.backends.sql.dialect import Dialect, Maker
from criteria.backends.sql.nodes import CHAIN, MARK, AnyBinding, Binder, Binding, Node
from criteria.backends.sql.positions import any_range, joined, parts
from criteria.backends.sql.render import PLACE, print_node
from criteria.backends.sql.search import sort_expressions
from criteria.backends.sql.seek import Seek
from criteria.backends.sql.statement import MAX_SINGLE_BINDS, built, most_criteria_binds
from criteria.backends.sql.target import Target, find_target
from criteria.backends.support import check_support
from criteria.backends.template import Template
from criteria.cache import Cache
from criteria.search.keyset import Position, Segment, segments
from criteria.search.order_by import SortKey
from criteria.tables.table import Table
from criteria.tree.nodes import Expression, leaves
from criteria.tree.parameters import Slots
from criteria.tree.query import Query

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HostColumn:
    """A column, by the name that the table gives to it. The host writes it."""

    name: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter, with the value that the driver gets."""

    value: Any


Piece = str | HostColumn | Parameter
"""A part of an expression. A `str` is SQL text, in which `%` is not escaped."""


Unfilled = str | HostColumn | Binding
"""A part of an expression whose values are not bound yet."""


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """A term of ORDER BY: its expression, its direction, and where NULLs are; None: where the engine sorts them."""

    pieces: tuple[Piece, ...]
    descending: bool
    nulls: Literal["first", "last"] | None


def number_of_values(expression: Expression) -> int:
    """The number of values in an expression. If it has more than `MAX_SINGLE_BINDS`, and a host makes several
    conditions of it, each of them is compiled with `of_many`."""
    return sum(len(leaf.value) if isinstance(leaf.value, tuple) else 1 for leaf in leaves(expression))


def in_groups(join: Callable[..., T], terms: Sequence[T]) -> T:
    """Many terms joined by AND, or by OR, as groups of groups: engines limit how deep an expression is, and hosts join
    terms in one chain."""
    while len(terms) > CHAIN:
        terms = [join(*terms[at : at + CHAIN]) for at in range(0, len(terms), CHAIN)]
    return join(*terms)


def condition_pieces(normal: Expression, target: Target, *, of_many: bool = False) -> tuple[Unfilled, ...]:
    """The pieces of an expression in normal form. It is TRUE or FALSE, never NULL, and in parentheses.

    With `of_many` it is one of several conditions in a statement with very many values, which binds lists as arrays if
    the engine can take many of them.
    Raises `CriteriaError` (`unsupported`).
    """

    def condition(binder: Binder, arrays: bool) -> Node:
        return _compiler(target, binder, arrays).condition(normal)

    node, binder, _ = built(target.dialect, condition, _most_single(target.dialect, of_many), is_whole=False)
    return _in_parentheses(node, binder.bindings, target)


def _most_single(dialect: Dialect, of_many: bool) -> int:
    """How many values a condition binds one by one. An engine that can take few arrays gets them only if there is no
    other way."""
    if not of_many:
        return MAX_SINGLE_BINDS
    if dialect.has_arrays_in_subqueries:
        return 0
    most = most_criteria_binds(dialect)
    return MAX_SINGLE_BINDS if most is None else most


def segments_pieces(found: Sequence[Segment], target: Target) -> tuple[Unfilled, ...]:
    """The pieces of the condition that a row is in one of the segments. It may be NULL, and is in parentheses.

    Raises `CriteriaError` (`unsupported`).
    """

    def condition(binder: Binder, arrays: bool) -> Node:
        compiler = _compiler(target, binder, arrays)
        return any_range(joined(found, compiler), compiler)

    node, binder, _ = built(target.dialect, condition, is_whole=False)
    return _in_parentheses(node, binder.bindings, target)


def order_pieces(keys: Sequence[SortKey], target: Target) -> tuple[Unfilled, ...]:
    """The pieces of ORDER BY for some sort keys. Raises `CriteriaError` (`unsupported`)."""
    found: list[Unfilled] = []
    for node in sort_expressions(keys, _compiler(target, Binder(), False)):
        found += [", ", *_pieces(node, (), target)]
    return tuple(found[1:])


def embedded_condition(query: Query, table: Table, *, of_many: bool = False) -> tuple[Piece, ...]:
    """The pieces of a query's condition. It is TRUE or FALSE, never NULL, and in parentheses. `of_many` is as in
    `condition_pieces`.

    Raises `CriteriaError` (`unsupported`, `invalid_schema`).
    """

    def make_template(normal: Expression, slots: Slots) -> Template:
        check_support(BACKEND, query)
        target = find_target(None, table, query.schema)
        unfilled = condition_pieces(normal, target, of_many=of_many)
        is_reusable = not target.depends_on_values(normal)
        if is_reusable and all(piece.operand in slots for piece in unfilled if isinstance(piece, Binding)):
            size = sum(700 if isinstance(piece, Binding) else getsizeof(piece) for piece in unfilled)
            return Template(_filler(unfilled, slots), size=size)
        filled = _filled(unfilled)
        return Template(lambda values: filled, is_reusable=False)

    found: tuple[Piece, ...] = fill_template(
        (embedded_condition, table, of_many), query, make_template, counts_items=True
    )
    return found


_ORDERS: Cache[tuple[tuple[SortKey, ...], Table], tuple[OrderTerm, ...]] = Cache(256, max_bytes=1 << 22)


def embedded_order(keys: Sequence[SortKey], table: Table) -> tuple[OrderTerm, ...]:
    """The terms of ORDER BY for some sort keys. Raises `CriteriaError` (`unsupported`)."""
    key = (tuple(keys), table)
    known = _ORDERS.get(key)
    if known is not None:
        return known
    target = find_target(None, table, table.schema)
    binder = Binder()
    terms = tuple(_order_term(node, target) for node in sort_expressions(keys, _compiler(target, binder, False)))
    assert not binder.bindings
    _ORDERS.put(key, terms, sum(getsizeof(piece) for term in terms for piece in term.pieces) + 200 * len(key[0]))
    return terms


def _order_term(node: Node, target: Target) -> OrderTerm:
    descending, first = bool(node.args["desc"]), bool(node.args["nulls_first"])
    pieces = [piece for piece in _pieces(node.this, [], target) if not isinstance(piece, Binding)]
    return OrderTerm(tuple(pieces), descending, _nulls(descending, first, target))


def embedded_ranges(
    keys: Sequence[SortKey], position: Position, table: Table
) -> tuple[tuple[tuple[Piece, ...], tuple[SortKey, ...]], ...]:
    """The parts of the rows after a position, in their order, a statement for each: its condition, which may be NULL,
    and the sort keys that order it. Raises `CriteriaError` (`unsupported`)."""
    target = find_target(None, table, table.schema)
    found = segments(keys, position, _compiler(target, Binder(), False).may_be_null)
    return tuple((_filled(segments_pieces(part, target)), order) for part, order in parts_of_page(found, keys, target))


def parts_of_page(
    found: Sequence[Segment], keys: Sequence[SortKey], target: Target
) -> tuple[tuple[tuple[Segment, ...], tuple[SortKey, ...]], ...]:
    """The statements of a page after a position: the segments of each, and the sort keys that order it.

    `found` are the segments after the position in the order of `keys`.
    """
    if target.dialect.seek is Seek.TOGETHER:
        return ((tuple(found), tuple(keys)),) if found else ()
    ranges = joined(found, _compiler(target, Binder(), False))
    return tuple((one.segments, one.keys) for one in parts(ranges, keys, target.dialect))


def _filled(unfilled: Sequence[Unfilled]) -> tuple[Piece, ...]:
    return tuple(Parameter(piece.value) if isinstance(piece, Binding) else piece for piece in unfilled)


_COLUMN = "@"
"""What a marked column begins with."""


def _compiler(target: Target, binder: Binder, arrays: bool) -> ConditionCompiler:
    assert target.stored_fields is not None
    stored = {name: one._replace(make=_marked(one.column)) for name, one in target.stored_fields.items()}
    return ConditionCompiler(target.dialect, binder, None, arrays, stored, total=True)


def _marked(name: str) -> Maker:
    return lambda: exp.Var(this=f"{MARK}{_COLUMN}{name}{MARK}")


def _in_parentheses(node: Node, bindings: Sequence[AnyBinding], target: Target) -> tuple[Unfilled, ...]:
    return ("(", *_pieces(node, bindings, target), ")")


def _pieces(node: Node, bindings: Sequence[AnyBinding], target: Target) -> list[Unfilled]:
    found: list[Unfilled] = []
    at, printed = 0, print_node(node, target.dialect.sqlglot)
    for place in PLACE.finditer(printed):
        found += _columns(printed[at : place.start()])
        at = place.end()
        before, each, after, single = place.groups()
        binding = bindings[int(single if each is None else each)]
        if isinstance(binding, Binding):
            found.append(binding)
            continue
        for number, (item, derive) in enumerate(product(binding.operand, binding.derives)):
            found += (", " if number else "", before, Binding(item, derive), after)
    found += _columns(printed[at:])
    return [piece for piece in found if piece != ""]


def _columns(text: str) -> list[Unfilled]:
    """A text in which the columns are marked."""
    pieces = text.split(MARK)
    return [HostColumn(piece.removeprefix(_COLUMN)) if at % 2 else piece for at, piece in enumerate(pieces)]


def _filler(unfilled: Sequence[Unfilled], slots: Slots) -> Callable[[Sequence[Any]], tuple[Piece, ...]]:
    """A function from the values of a query of the same form to its pieces. It does not keep this query's values."""
    sources: list[Callable[[Sequence[Any]], Piece]] = [
        partial(_parameter, slots[piece.operand], piece.derive)
        if isinstance(piece, Binding)
        else partial(_constant, piece)
        for piece in unfilled
    ]
    return lambda values: tuple(source(values) for source in sources)


def _parameter(slot: int, derive: Callable[[Any], Any], values: Sequence[Any]) -> Parameter:
    return Parameter(derive(values[slot]))


def _constant(piece: str | HostColumn, values: Sequence[Any]) -> Piece:
    return piece


def _nulls(descending: bool, first: bool, target: Target) -> Literal["first", "last"] | None:
    """Where NULLs are sorted, if the engine sorts them elsewhere by itself."""
    is_default = first is (descending if target.dialect.nulls_are_large else not descending)
    return None if is_default else "first" if first else "last"


_MOST_JOINED = 8
"""The tables of related rows that an engine may join with those of the row. The optimizers of MySQL, MariaDB and
PostgreSQL make joins of EXISTS and try their orders: of twenty tables they take more than twenty seconds."""


def are_too_many_to_join(tables: int) -> bool:
    """Whether the tests of one group have more tables than an engine should join. Each gets a `barrier` then."""
    return tables > _MOST_JOINED


def barrier(exists: str) -> str:
    """An EXISTS of which no engine makes a join: it looks for the related rows of each row."""
    return f"COALESCE({exists}, FALSE)"
