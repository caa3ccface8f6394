"""The statement that finds rows by a condition, short enough to be read: what is compared several times is named once.

Conditions themselves repeat such expressions, because engines use indexes on those and not on names.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.table_name import table_name

_VALUE, _ELEMENT = "_value", "_element"


def rows_with(table: str, columns: Collection[str], value: Node, condition: Node, elements: Sequence[Node]) -> Node:
    """SELECT * of the rows that fulfil a condition.

    - `columns`: the names of the table's columns.
    - `value`: the expression that the condition looks at. If a name for it makes the statement shorter, it is selected
      as well, as `_value`.
    - `elements`: the expressions of elements of lists that parts of the condition look at.
    """
    for element in elements:
        condition = condition.transform(_named_element, element)
    source: Node = table_name(table)
    is_free = _VALUE not in {name.lower() for name in columns}
    if is_free and not isinstance(value, exp.Column) and _count(condition, value) > 1:
        named = exp.Alias(this=value.copy(), alias=nodes.name(_VALUE))
        inner = exp.Select(expressions=[exp.Star(), named], from_=exp.From(this=source))
        source = nodes.aliased(exp.Subquery(this=inner), "_rows")
        condition = _replaced(condition, value, _VALUE)
    return exp.Select(expressions=[exp.Star()], from_=exp.From(this=source), where=exp.Where(this=condition))


def _count(condition: Node, value: Node) -> int:
    return sum(1 for one in condition.find_all(type(value)) if one == value)


def _replaced(condition: Node, value: Node, name: str) -> Node:
    found: Node = condition.transform(lambda node: nodes.column(name) if node == value else node)
    return found


def _named_element(node: Node, element: Node) -> Node:
    """A condition on the elements of a list, with their expression in one place; another node as it is."""
    if isinstance(element, exp.Column) or _count(node, element) < 2:
        return node
    if isinstance(node, exp.Exists):  # PostgreSQL, SQLite
        select = node.this
        named = exp.Alias(this=element.copy(), alias=nodes.name(_ELEMENT))
        inner = exp.Select(expressions=[named], from_=select.args["from_"], joins=select.args.get("joins"))
        where = _replaced(select.args["where"].this, element, _ELEMENT)
        return nodes.exists(nodes.aliased(exp.Subquery(this=inner), "_values"), where)
    if isinstance(node, exp.GT) and isinstance(node.this, exp.Subquery):  # MySQL and MariaDB, see `nodes.any_row`
        select = node.this.this
        named = exp.Alias(this=element.copy(), alias=nodes.name(_ELEMENT))
        condition = _replaced(select.args["where"].this, element, _ELEMENT)
        items = list({one.sql(): one.copy() for one in condition.find_all(exp.Column) if one.table}.values())
        having = exp.Having(this=condition)
        return exp.Exists(this=exp.Select(expressions=[named, *items], from_=select.args["from_"], having=having))
    if isinstance(node, exp.Anonymous) and node.name == "LIST_FILTER":  # DuckDB
        items, test = node.expressions
        values = exp.Lambda(this=element.copy(), expressions=[one.copy() for one in test.expressions])
        is_other = exp.Lambda(this=_replaced(test.this, element, _ELEMENT), expressions=[nodes.name(_ELEMENT)])
        return nodes.call("LIST_FILTER", nodes.call("LIST_TRANSFORM", items, values), is_other)
    return node
