"""sqlglot nodes, in the few forms that the compiler needs.

Three of sqlglot's habits shape this page. Connectives print without parentheses, so every operand that could need them
gets them. Values travel as placeholders, numbered by a `Binder`. And functions are spelled out by name, because the
generic nodes (`StartsWith`, `Contains`, ...) print functions that their dialects lack.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from criteria.schema.field import SEGMENT

Node = exp.Expr

_CHAIN = 50
"""Terms in one chain of AND or OR. Longer ones become balanced groups: SQLite and DuckDB bound depth by 1,000."""

MARK = "\0"
"""Stands around a placeholder's number until the text is rendered. No name and no literal can hold it."""


Derive = Callable[[Any], Any]
"""Makes what a driver is given of an operand."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What stands for a placeholder: an operand of the query, and what is made of it."""

    operand: Any
    derive: Derive | None = None

    @property
    def value(self) -> Any:
        """The driver's value."""
        return self.operand if self.derive is None else self.derive(self.operand)


class TooManyBinds(Exception):
    """A statement needs more parameters than its binder takes."""


class Binder:
    """Collects the values of a statement, and gives a node for each. It takes at most `limit` values."""

    def __init__(self, limit: int | None = None) -> None:
        self.bindings: list[Binding] = []
        self.limit = limit

    def bind(self, operand: Any, derive: Derive | None = None) -> Node:
        """A placeholder for an operand, or for what a function makes of it. Raises `TooManyBinds`."""
        if len(self.bindings) == self.limit:
            raise TooManyBinds
        self.bindings.append(Binding(operand, derive))
        return exp.Var(this=f"{MARK}{len(self.bindings) - 1}{MARK}")


def name(text: str) -> exp.Identifier:
    """A quoted identifier."""
    return exp.Identifier(this=text, quoted=True)


def column(text: str, table: str | None = None) -> Node:
    """A column, quoted, and qualified when a table is given."""
    return exp.Column(this=name(text), table=None if table is None else name(table))


def text(constant: str) -> Node:
    """A string literal of the library's own; a client's text is bound instead."""
    return exp.Literal.string(constant)


def number(constant: int) -> Node:
    """A non-negative number literal; nothing but a plain integer may become text here."""
    assert type(constant) is int
    return exp.Literal(this=str(constant), is_string=False)


def call(function: str, *arguments: Node) -> Node:
    """A function call, by the function's name in the dialect."""
    return exp.Anonymous(this=function, expressions=list(arguments))


def cast(node: Node, type_name: exp.DataType | exp.DType) -> Node:
    """CAST(node AS type)."""
    return exp.Cast(this=node, to=type_name if isinstance(type_name, exp.DataType) else plain_type(type_name))


def plain_type(kind: exp.DType) -> exp.DataType:
    """A type without parameters."""
    return exp.DataType(this=kind, nested=False)


def sized_type(kind: exp.DType, size: int) -> exp.DataType:
    """A type with one parameter."""
    return exp.DataType(this=kind, expressions=[exp.DataTypeParam(this=number(size))], nested=False)


def list_type(element: exp.DataType) -> exp.DataType:
    """The type of an array of elements."""
    return exp.DataType(this=exp.DType.ARRAY, expressions=[element], nested=True)


def decimal_type(precision: int, scale: int) -> exp.DataType:
    """DECIMAL(precision, scale)."""
    parameters = [exp.DataTypeParam(this=number(precision)), exp.DataTypeParam(this=number(scale))]
    return exp.DataType(this=exp.DType.DECIMAL, expressions=parameters, nested=False)


def collate(node: Node, collation: str, quoted: bool = False) -> Node:
    """node COLLATE collation."""
    return exp.Collate(this=node, expression=name(collation) if quoted else exp.Var(this=collation))


def compare(kind: type[exp.Binary], left: Node, right: Node) -> Node:
    """left <operator> right."""
    return kind(this=left, expression=right)


def equal(left: Node, right: Node) -> Node:
    """left = right."""
    return exp.EQ(this=left, expression=right)


def is_null(node: Node) -> Node:
    """node IS NULL."""
    return exp.Is(this=node, expression=exp.Null())


def is_not_null(node: Node) -> Node:
    """node IS NOT NULL. (NOT node IS NULL is another thing where a session gives NOT a high precedence.)"""
    return exp.Is(this=node, expression=exp.Not(this=exp.Null()))


def is_in(node: Node, values: Sequence[Node]) -> Node:
    """node IN (values)."""
    return exp.In(this=node, expressions=list(values))


def negated(node: Node) -> Node:
    """NOT (node)."""
    return exp.Not(this=exp.Paren(this=node))


def when(condition: Node, result: Node, otherwise: Node | None = None) -> Node:
    """CASE WHEN condition THEN result [ELSE otherwise] END."""
    return exp.Case(ifs=[exp.If(this=condition, true=result)], default=otherwise)


def all_of(terms: Sequence[Node]) -> Node:
    """The terms joined by AND, each in parentheses where it could need them."""
    return _joined(exp.And, terms)


def any_of(terms: Sequence[Node]) -> Node:
    """The terms joined by OR, each in parentheses where it could need them."""
    return _joined(exp.Or, terms)


def _joined(kind: type[exp.Connector], terms: Sequence[Node]) -> Node:
    if len(terms) > _CHAIN:
        middle = len(terms) // 2
        halves = [_joined(kind, terms[:middle]), _joined(kind, terms[middle:])]
        return kind(this=exp.Paren(this=halves[0]), expression=exp.Paren(this=halves[1]))
    joined = _operand(terms[0])
    for term in terms[1:]:
        joined = kind(this=joined, expression=_operand(term))
    return joined


def _operand(term: Node) -> Node:
    return exp.Paren(this=term) if isinstance(term, (exp.Connector, exp.Not)) else term


def true() -> Node:
    """1 = 1: not every dialect has the literal."""
    return equal(number(1), number(1))


def false() -> Node:
    """1 = 0."""
    return equal(number(1), number(0))


def json_path(segments: Sequence[str]) -> str:
    """A path below a JSON column as a JSONPath; its segments are names of letters, digits and underscores."""
    assert all(map(SEGMENT.fullmatch, segments))
    return ".".join(("$", *segments))


def exists(source: Node, condition: Node, *joins: exp.Join) -> Node:
    """EXISTS (SELECT 1 FROM source [joins] WHERE condition)."""
    select = exp.Select(
        expressions=[number(1)], from_=exp.From(this=source), joins=list(joins), where=exp.Where(this=condition)
    )
    return exp.Exists(this=select)


def any_row(source: Node, condition: Node) -> Node:
    """(SELECT COUNT(*) FROM source WHERE condition) > 0: EXISTS in a form that no optimizer turns into a join."""
    count = exp.Select(
        expressions=[exp.Count(this=exp.Star())], from_=exp.From(this=source), where=exp.Where(this=condition)
    )
    return compare(exp.GT, exp.Subquery(this=count), number(0))


def aliased(source: Node, alias: str, *columns: str) -> Node:
    """A function as a table: source AS alias(columns)."""
    alias_node = exp.TableAlias(this=name(alias), columns=[name(one) for one in columns])
    if isinstance(source, (exp.Unnest, exp.Subquery)):
        source.set("alias", alias_node)
        return source
    return exp.Table(this=source, alias=alias_node)
