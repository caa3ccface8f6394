"""Peers that compile a filter language to SQL: the medium query in their languages, and the SQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from benchmarks.queries import Criteria
from benchmarks.sql_check import Condition

Compiler = Callable[[str], Condition]
"""Compiles the text of a query, in the peer's language, to SQL."""


def cql2_json(criteria: Criteria) -> str:
    """A medium query as CQL2 JSON (OGC 21-065)."""
    negated, rest = criteria["OR"]
    (greater, less), (text, either) = negated["NOT"]["AND"], rest["AND"]
    flag, members = either["OR"]

    def node(op: str, *args: Any) -> dict[str, Any]:
        return {"op": op, "args": list(args)}

    def leaf(op: str, name: str, value: Any) -> dict[str, Any]:
        return node(op, {"property": name}, value)

    both = node("and", leaf(">", "f1", greater["f1"]["$gt"]), leaf("<", "f2", less["f2"]["$lt"]))
    some = node("or", leaf("=", "f4", flag["f4"]), leaf("in", "f5", members["f5"]["$in"]))
    return json.dumps(node("or", node("not", both), node("and", leaf("=", "f3", text["f3"]), some)))


def odata(criteria: Criteria) -> str:
    """A medium query as an OData $filter."""
    negated, rest = criteria["OR"]
    (greater, less), (text, either) = negated["NOT"]["AND"], rest["AND"]
    flag, members = either["OR"]
    values = ", ".join(map(str, members["f5"]["$in"]))
    return (
        f"not (f1 gt {greater['f1']['$gt']} and f2 lt {less['f2']['$lt']}) or (f3 eq '{text['f3']}' "
        f"and (f4 eq {json.dumps(flag['f4'])} or f5 in ({values})))"
    )


def cql2() -> Compiler:
    """The Rust implementation of CQL2. It writes values into the SQL."""
    from cql2 import parse_json

    return lambda text: (parse_json(text).to_sql(), ())


def pygeofilter_raw() -> Compiler:
    """pygeofilter's SQL text. It writes values into the SQL."""
    from pygeofilter.backends.sql import to_sql_where
    from pygeofilter.parsers.cql2_json import parse

    names = {f"f{number}": f"f{number}" for number in range(1, 6)}
    return lambda text: (to_sql_where(parse(text), names), ())


def _table() -> Any:
    import sqlalchemy

    types = [sqlalchemy.Integer, sqlalchemy.Integer, sqlalchemy.String, sqlalchemy.Boolean, sqlalchemy.Integer]
    columns = [sqlalchemy.Column(f"f{number}", kind) for number, kind in enumerate(types, 1)]
    return sqlalchemy.Table("t", sqlalchemy.MetaData(), *columns)


def _postgres() -> Callable[[Any], Condition]:
    from sqlalchemy.dialects import postgresql

    dialect = postgresql.dialect()

    def text(clause: Any) -> Condition:
        compiled = clause.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        return str(compiled), compiled.params

    return text


def pygeofilter_sqlalchemy() -> Compiler:
    """pygeofilter's clause for SQLAlchemy, printed for PostgreSQL."""
    from pygeofilter.backends.sqlalchemy import to_filter
    from pygeofilter.parsers.cql2_json import parse

    table, postgres = _table(), _postgres()
    columns = {column.name: column for column in table.c}
    return lambda text: postgres(to_filter(parse(text), columns))


def odata_query_sqlalchemy() -> Compiler:
    """odata-query's clause for SQLAlchemy, printed for PostgreSQL."""
    from odata_query.grammar import ODataLexer, ODataParser
    from odata_query.sqlalchemy.core import AstToSqlAlchemyCoreVisitor

    table, postgres = _table(), _postgres()

    def compiled(text: str) -> Condition:
        tree = ODataParser().parse(ODataLexer().tokenize(text))
        return postgres(AstToSqlAlchemyCoreVisitor(table).visit(tree))

    return compiled


def sqlalchemy_by_hand() -> Compiler:
    """The query written by hand in SQLAlchemy, with nulls handled; only the values come from the text."""
    from sqlalchemy import and_, or_

    table, postgres = _table(), _postgres()
    f1, f2, f3, f4, f5 = table.c

    def compiled(text: str) -> Condition:
        negated, rest = json.loads(text)["OR"]
        (greater, less), (equal, either) = negated["NOT"]["AND"], rest["AND"]
        flag, members = either["OR"]
        a, b = greater["f1"]["$gt"], less["f2"]["$lt"]
        outside = or_(f1.is_(None), f1 <= a, f2.is_(None), f2 >= b)
        inside = or_(f4.is_(flag["f4"]), f5.in_(members["f5"]["$in"]))
        return postgres(or_(outside, and_(f3 == equal["f3"], inside)))

    return compiled
