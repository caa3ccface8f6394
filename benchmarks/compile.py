"""Compiling JSON text to PostgreSQL: a known shape with new values, and new shapes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import criteria
from benchmarks import sql_check, sql_peers
from benchmarks.harness import Contestant, Group, Ready, Sizes, batches, compete, each
from benchmarks.queries import SCHEMA, Criteria, known_shape, new_shapes
from benchmarks.sql_by_hand import ByHand
from benchmarks.sql_check import Condition
from benchmarks.targets import Figure, Result

Compiler = Callable[[str], Condition]
Start = Callable[[], Compiler]

PEERS: dict[str, tuple[Callable[[Criteria], str], Start]] = {
    "cql2 (Rust)": (sql_peers.cql2_json, sql_peers.cql2),
    "pygeofilter, raw text": (sql_peers.cql2_json, sql_peers.pygeofilter_raw),
    "pygeofilter, SQLAlchemy": (sql_peers.cql2_json, sql_peers.pygeofilter_sqlalchemy),
    "odata-query, SQLAlchemy": (sql_peers.odata, sql_peers.odata_query_sqlalchemy),
    "SQLAlchemy by hand": (json.dumps, sql_peers.sqlalchemy_by_hand),
}
"""The medium query in each peer's language, and how the peer compiles it."""


def run(sizes: Sizes) -> Result:
    """Figures of the job `compile`."""
    known, labels, new = _known(sizes), _labels(sizes), _new(sizes)
    figures: dict[str, Figure] = {
        "compile.known": known.best("criteria"),
        "compile.cql2": known.ratio("cql2 (Rust)", "criteria"),
        "compile.table": known.ratio("criteria, with a table", "criteria"),
        "compile.labels": labels.ratio("criteria, an enumerated column", "criteria"),
        "compile.new": new.ratio("criteria", "Lark and sqlglot by hand"),
    }
    return Result(figures, (known, labels, new))


def _ours(text: str) -> Condition:
    sql = criteria.compile(criteria.parse(text, SCHEMA), "sql", dialect="postgres")
    return sql.text, sql.params


def _ours_with_a_table() -> Compiler:
    """As another program declared the columns: narrower, and with a length."""
    kinds = {"f1": "integer", "f2": "bigint", "f3": "character varying(20)", "f4": "boolean", "f5": "smallint"}
    columns = [criteria.Column(name, kind) for name, kind in kinds.items()]
    table = criteria.Table("medium", SCHEMA, columns, dialect="postgres")

    def compiler(text: str) -> Condition:
        sql = criteria.compile(criteria.parse(text, SCHEMA), "sql", table=table)
        return sql.text, sql.params

    return compiler


def _known(sizes: Sizes) -> Group:
    queries = batches(known_shape(sizes.queries * (sizes.rounds + 1)), sizes.rounds)
    contestants = [
        Contestant("json.loads of the text", lambda: Ready(each(json.loads, _texts(queries)), units=len(queries[0]))),
        _contestant("criteria", lambda: _ours, queries),
        _contestant("criteria, with a table", _ours_with_a_table, queries),
        *(_contestant(name, start, queries, write) for name, (write, start) in PEERS.items()),
    ]
    expected = sql_check.expected_of_medium(queries[0])
    return compete("compile: the medium query, shape known", contestants, sizes.rounds, expected)


_LABELS = ("open", "paid", "sent", "it's")
_ORDER = criteria.Schema(
    "order", [criteria.Field("status", "string"), criteria.Field("total", "integer")], system_properties=False
)


def _labels(sizes: Sizes) -> Group:
    """A comparison with an enumerated column, whose labels are compared while it is compiled."""
    columns = [criteria.Column("status", "status", labels=_LABELS), criteria.Column("total", "integer")]
    table = criteria.Table("orders", _ORDER, columns, dialect="postgres")
    number = sizes.queries * (sizes.rounds + 1)
    queries = batches([{"status": _LABELS[at % 4], "total": {"$gt": at}} for at in range(number)], sizes.rounds)

    def contestant(name: str, options: dict[str, Any]) -> Contestant:
        def compiler(text: str) -> Condition:
            sql = criteria.compile(criteria.parse(text, _ORDER), "sql", **options)
            return sql.text, sql.params

        return Contestant(name, lambda: Ready(each(compiler, _texts(queries)), units=len(queries[0])))

    contestants = [
        contestant("criteria", {"dialect": "postgres"}),
        contestant("criteria, an enumerated column", {"table": table}),
    ]
    return compete("compile: two comparisons, one with an enumerated column, shape known", contestants, sizes.rounds)


def _new(sizes: Sizes) -> Group:
    queries = batches(new_shapes(sizes.shapes * (sizes.rounds + 1)), sizes.rounds)
    contestants = [
        _contestant("Lark and sqlglot by hand", ByHand, queries),
        _contestant("criteria", lambda: _ours, queries),
    ]
    expected = sql_check.expected(queries[0])
    return compete("compile: five comparisons, shape never seen", contestants, sizes.rounds, expected)


def _texts(queries: Sequence[Sequence[Criteria]], write: Callable[[Criteria], str] = json.dumps) -> list[list[str]]:
    return [[write(one) for one in batch] for batch in queries]


def _contestant(
    name: str, start: Start, queries: Sequence[Sequence[Criteria]], write: Callable[[Criteria], str] = json.dumps
) -> Contestant:
    """Its answer is the rows that the conditions of the untimed first batch select."""

    def prepare() -> Ready:
        compiler, texts = start(), _texts(queries, write)
        answer = sql_check.selected([compiler(text) for text in texts[0]])
        return Ready(each(compiler, texts), answer, len(texts[0]))

    return Contestant(name, prepare)
