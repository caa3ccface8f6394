"""Parses one hostile input: `python -m benchmarks.hostile_input criteria "deep text" 10000 5000`."""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from time import process_time
from typing import Any

import criteria
from benchmarks.harness import HOW_TO_GET
from benchmarks.machine import seconds_a_line


def _nested(size: int) -> dict[str, Any]:
    """Nested NOT, built without recursion."""
    inner: dict[str, Any] = {"f": 1}
    for _ in range(size):
        inner = {"NOT": inner}
    return inner


CASES: Mapping[str, Callable[[int], Any]] = {
    "deep text": lambda size: '{"NOT":' * size + '{"f":1}' + "}" * size,
    "deep decoded": _nested,
    "deep lists in text": lambda size: '{"f":' + "[" * size + "]" * size + "}",
    "unclosed text": lambda size: '{"NOT":' * size,
    "wide text": lambda size: '{"OR":[' + ",".join(['{"f":1}'] * size) + "]}",
    "wide decoded": lambda size: {"OR": [{"f": 1}] * size},
    "long $in in text": lambda size: '{"f":{"$in":[' + ",".join(map(str, range(size))) + "]}}",
    "many names decoded": lambda size: {f"f{number}": number for number in range(size)},
}
"""The inputs for this library, by the number of levels, comparisons or values."""


def _cql2(size: int) -> Callable[[], object]:
    import cql2

    text = '{"op":"not","args":[' * size + '{"op":"=","args":[{"property":"f"},1]}' + "]}" * size
    return lambda: cql2.parse_json(text).to_sql()


def _cql2_text(size: int) -> Callable[[], object]:
    import cql2

    return lambda: cql2.parse_text("NOT (" * size + "f = 1" + ")" * size).to_sql()


def _pygeofilter(size: int) -> Callable[[], object]:
    from pygeofilter.parsers.cql2_json import parse

    text = '{"op":"not","args":[' * size + '{"op":"=","args":[{"property":"f"},1]}' + "]}" * size
    return lambda: parse(text)


def _odata(size: int) -> Callable[[], object]:
    from odata_query.grammar import ODataLexer, ODataParser
    from odata_query.sqlalchemy.core import AstToSqlAlchemyCoreVisitor
    from sqlalchemy import Column, Integer, MetaData, Table

    table = Table("t", MetaData(), Column("f", Integer))

    def compiled() -> str:
        tree = ODataParser().parse(ODataLexer().tokenize("not (" * size + "f eq 1" + ")" * size))
        return str(AstToSqlAlchemyCoreVisitor(table).visit(tree))

    return compiled


def _rule_engine(size: int) -> Callable[[], object]:
    import rule_engine

    return lambda: rule_engine.Rule("not (" * size + "f == 1" + ")" * size).matches({"f": 1})


def _mongoquery(size: int) -> Callable[[], object]:
    from mongoquery import Query

    inner: dict[str, Any] = {"f": 1}
    for _ in range(size):
        inner = {"$nor": [inner]}
    return lambda: Query(inner).match({"f": 1})


PEERS: Mapping[str, Callable[[int], Callable[[], object]]] = {
    "cql2 (Rust), JSON": _cql2,
    "cql2 (Rust), text": _cql2_text,
    "pygeofilter": _pygeofilter,
    "odata-query": _odata,
    "rule-engine": _rule_engine,
    "mongoquery": _mongoquery,
}


def ours(case: str, size: int) -> Callable[[], object]:
    """Parses the input of a case. The grammar is already loaded."""
    criteria.parse({"f": 1})
    refused(lambda: criteria.parse("{"))
    given = CASES[case](size)
    return lambda: criteria.parse(given)


def refused(work: Callable[[], object]) -> str:
    """The result or error of a case."""
    try:
        work()
    except criteria.CriteriaError:
        return "refused"
    except Exception as error:
        return f"raises {type(error).__name__}"
    return "accepted"


def outcome(who: str, case: str, size: int) -> dict[str, Any]:
    """The best processor time of five and what a line took beside them, then the memory of one more run."""
    try:
        work = ours(case, size) if who == "criteria" else PEERS[case](size)
    except ModuleNotFoundError as missing:
        return {"seconds": 0.0, "line": 1.0, "peak": 0, "end": f"{missing.name} is not installed: {HOW_TO_GET}"}
    seconds, lines = [], []
    for _ in range(5):
        lines.append(seconds_a_line())
        start = process_time()
        end = refused(work)
        seconds.append(process_time() - start)
    tracemalloc.start()
    refused(work)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"seconds": min(seconds), "line": min(lines), "peak": peak, "end": end}


def main(who: str, case: str, *sizes: str) -> None:
    """Print the outcomes as JSON, one for each size."""
    print(json.dumps([outcome(who, case, int(size)) for size in sizes]))


if __name__ == "__main__":
    main(*sys.argv[1:])
