"""Builders of the sqlglot nodes that the compiler needs.

sqlglot prints AND and OR without parentheses, so every operand that may need them gets them. Functions are called by
name, because sqlglot's generic nodes (`StartsWith`, `Contains`, ...) print functions that some dialects lack. Values
are never printed: a `Binder` collects them and returns placeholders.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlglot import exp

from criteria.schema.field import SEGMENT, Field

Node = exp.Expr

CHAIN = 50
"""Terms in one chain of AND or OR. Longer chains become balanced groups: SQLite and DuckDB limit depth to 1,000."""

MARK = "\0"
"""Encloses a placeholder's number until the text is rendered. It occurs in no name and no literal."""

EACH = f"{MARK}*{MARK}"
"""Before and after the text of one value of a list, which is repeated for each value when the text is rendered."""


Derive = Callable[[Any], Any]
"""Converts an operand to the value that the driver gets."""


def unchanged(operand: Any) -> Any:
    """The conversion of an operand that the driver gets as it is."""
    return operand


class Binding(NamedTuple):
    """The source of a placeholder's value: an operand of the query, and its conversion."""

    operand: Any
    derive: Derive = unchanged

    @property
    def value(self) -> Any:
        """The value that the driver gets."""
        return self.derive(self.operand)


class ListBinding(NamedTuple):
    """The source of the values of a list, which has a placeholder for each conversion of each value."""

    operand: tuple[Any, ...]
    derives: tuple[Derive, ...]

    @property
    def value(self) -> Sequence[Any]:
        """The values that the driver gets."""
        return derived(self.operand, self.derives)


AnyBinding = Binding | ListBinding


def derived(items: Sequence[Any], derives: Sequence[Derive]) -> Sequence[Any]:
    """Each conversion of each value of a list."""
    if len(derives) == 1:
        return items if derives[0] is unchanged else list(map(derives[0], items))
    return [derive(item) for item in items for derive in derives]


class TooManyBinds(Exception):
    """A statement needs more parameters than its binder takes."""


class Binder:
    """Collects the values of a statement, at most `limit`, and returns a placeholder for each.

    `are_apart`: the engine is to make no joins of arrays.
    """

    def __init__(self, limit: int | None = None, *, are_apart: bool = False) -> None:
        self.are_apart = are_apart
        self.bindings: list[AnyBinding] = []
        self.limit = limit
        self.count = 0
        """The number of values, those of lists included."""

    def bind(self, operand: Any, derive: Derive = unchanged) -> exp.Var:
        """A placeholder for an operand, converted by `derive`. Raises `TooManyBinds`."""
        return self.add(Binding(operand, derive))

    def bind_each(self, operand: tuple[Any, ...], derives: tuple[Derive, ...]) -> exp.Var:
        """A placeholder for each value of a list, for the node that `each` repeats. Raises `TooManyBinds`."""
        return self.add(ListBinding(operand, derives))

    def add(self, binding: AnyBinding) -> exp.Var:
        """The placeholder of a binding. Raises `TooManyBinds`."""
        self.count += len(binding.operand) * len(binding.derives) if isinstance(binding, ListBinding) else 1
        if self.limit is not None and self.count > self.limit:
            raise TooManyBinds
        self.bindings.append(binding)
        return exp.Var(this=f"{MARK}{len(self.bindings) - 1}{MARK}")


def each(item: Node) -> list[Node]:
    """The values of a list, all of which are as one with the placeholder of `Binder.bind_each`."""
    return [exp.Var(this=EACH), item, exp.Var(this=EACH)]


def name(text: str) -> exp.Identifier:
    """A quoted identifier."""
    return exp.Identifier(this=text, quoted=True)


def column(text: str, table: str | None = None) -> Node:
    """A column, quoted, and qualified when a table is given."""
    return exp.Column(this=name(text), table=None if table is None else name(table))


def text(constant: str) -> Node:
    """A string literal, for constants of the library only: text from a query is bound."""
    return exp.Literal.string(constant)


def number(constant: int) -> Node:
    """A non-negative number literal. Only a plain int is accepted, because it is printed into the SQL."""
    assert type(constant) is int
    return exp.Literal(this=str(constant), is_string=False)


def call(function: str, *arguments: Node) -> Node:
    """A call of a function by its name in the dialect."""
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


def concatenated(left: Node, right: Node) -> Node:
    """left || right."""
    return exp.DPipe(this=left, expression=right, safe=True)


def is_null(node: Node) -> Node:
    """node IS NULL."""
    return exp.Is(this=node, expression=exp.Null())


def is_not_null(node: Node) -> Node:
    """node IS NOT NULL. MySQL's HIGH_NOT_PRECEDENCE mode would read NOT node IS NULL as (NOT node) IS NULL."""
    return exp.Is(this=node, expression=exp.Not(this=exp.Null()))


def is_not_true(condition: Node) -> Node:
    """condition IS NOT TRUE: it is false, or NULL."""
    return exp.Is(this=condition, expression=exp.Not(this=exp.Boolean(this=True)))


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
    """The terms joined by AND, in parentheses where needed."""
    return _joined(exp.And, terms)


def any_of(terms: Sequence[Node]) -> Node:
    """The terms joined by OR, in parentheses where needed."""
    return _joined(exp.Or, terms)


def _joined(kind: type[exp.Connector], terms: Sequence[Node]) -> Node:
    if len(terms) > CHAIN:
        middle = len(terms) // 2
        halves = [_joined(kind, terms[:middle]), _joined(kind, terms[middle:])]
        return kind(this=exp.Paren(this=halves[0]), expression=exp.Paren(this=halves[1]))
    joined = in_parentheses(terms[0])
    for term in terms[1:]:
        joined = kind(this=joined, expression=in_parentheses(term))
    return joined


def in_parentheses(term: Node) -> Node:
    """A term of AND or OR, in parentheses if it needs them."""
    return exp.Paren(this=term) if isinstance(term, (exp.Connector, exp.Not)) else term


def true() -> Node:
    """1 = 1: some dialects have no literal TRUE."""
    return equal(number(1), number(1))


def false() -> Node:
    """1 = 0: some dialects have no literal FALSE."""
    return equal(number(1), number(0))


def json_path(field: Field) -> str:
    """The JSONPath of a nested field inside its column. Segments are letters, digits and underscores only."""
    segments = field.path_inside
    assert all(map(SEGMENT.fullmatch, segments))
    return ".".join(("$", *segments))


def exists(source: Node, condition: Node, *joins: exp.Join) -> Node:
    """EXISTS (SELECT 1 FROM source [joins] WHERE condition)."""
    select = exp.Select(
        expressions=[number(1)], from_=exp.From(this=source), joins=list(joins), where=exp.Where(this=condition)
    )
    return exp.Exists(this=select)


def any_row(source: Node, condition: Node) -> Node:
    """(SELECT COUNT(*) FROM source WHERE condition) > 0: EXISTS in a form that optimizers do not turn into a join."""
    count = exp.Select(
        expressions=[exp.Count(this=exp.Star())], from_=exp.From(this=source), where=exp.Where(this=condition)
    )
    return compare(exp.GT, exp.Subquery(this=count), number(0))


def aliased(source: Node, alias: str, *columns: str) -> Node:
    """A function as a table: source AS alias(columns)."""
    alias_node = exp.TableAlias(this=name(alias), columns=[name(one) for one in columns])
    if isinstance(source, (exp.Unnest, exp.Subquery, exp.Table)):
        source.set("alias", alias_node)
        return source
    return exp.Table(this=source, alias=alias_node)
