"""SQLite, in memory."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from benchmarks.run_time.by_hand import SqlByHand, Statement, Words
from benchmarks.run_time.engine import TABLE, Better, Engine, SqlEngine, expression, plain_indexes

_COLUMNS = ("name", "code", "age", "active", "price", "score", "seen", "token", "owner")
_NESTED = {"address.city": "address ->> '$.city'", "address.zone": "address ->> '$.zone'"}
_LIST_ITEMS = "SELECT 1 FROM json_each({f}) WHERE value"


def _typed(value: Any) -> Any:
    """The stored form of a value: canonical text, and numbers for true and false."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value) if isinstance(value, (Decimal, UUID)) else value


def _after(prefix: str) -> str:
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def _number(text: str) -> tuple[float]:
    """Compares decimals as doubles, which are exact enough for amounts with two digits."""
    return (float(text),)


_HAND = SqlByHand(
    parameter="?",
    columns=_NESTED,
    typed=_typed,
    words={
        ("string", "$startsWith"): Words("{f} >= {p} AND {f} < {p}", lambda text: (text, _after(text))),
        ("string", "$endsWith"): Words("{f} GLOB {p}", lambda text: (f"*{text}",)),
        ("string", "$contains"): Words("instr({f}, {p}) > 0"),
        ("boolean", "$ne"): Words("({f} = {p} OR {f} IS NULL)", lambda flag: (not flag,)),
        ("boolean", "$nin"): Words("({f} = {p} OR {f} IS NULL)", lambda flags: (not flags[0],)),
        **{
            ("decimal", operator): Words(f"CAST({{f}} AS REAL) {operator_sign} {{p}}", _number)
            for operator, operator_sign in (("$gt", ">"), ("$gte", ">="), ("$lt", "<"), ("$lte", "<="))
        },
        **{
            ("decimal", f"NOT {operator}"): Words(f"(CAST({{f}} AS REAL) {sign} {{p}} OR {{f}} IS NULL)", _number)
            for operator, sign in (("$gt", "<="), ("$gte", "<"), ("$lt", ">="), ("$lte", ">"))
        },
        ("list of strings", "$eq"): Words(f"EXISTS ({_LIST_ITEMS} = {{p}})"),
        ("list of strings", "$ne"): Words(f"NOT EXISTS ({_LIST_ITEMS} = {{p}})"),
        ("list of strings", "$in"): Words(f"EXISTS ({_LIST_ITEMS} IN ({{ps}}))", tuple),
        ("list of strings", "$nin"): Words(f"NOT EXISTS ({_LIST_ITEMS} IN ({{ps}}))", tuple),
        ("list of strings", "null"): Words(f"NOT EXISTS ({_LIST_ITEMS} IS NOT NULL)", lambda _: ()),
        ("list of strings", "not null"): Words(f"EXISTS ({_LIST_ITEMS} IS NOT NULL)", lambda _: ()),
        ("list of strings", "$gt"): Words(f"EXISTS ({_LIST_ITEMS} > {{p}})"),
        ("list of strings", "$startsWith"): Words(
            f"EXISTS ({_LIST_ITEMS} >= {{p}} AND value < {{p}})", lambda text: (text, _after(text))
        ),
        ("list of strings", "$contains"): Words("EXISTS (SELECT 1 FROM json_each({f}) WHERE instr(value, {p}) > 0)"),
    },
)


class Sqlite(SqlEngine):
    name, dialect, hand = "SQLite", "sqlite", _HAND

    def __init__(self, connection: Any, version: str) -> None:
        super().__init__(connection, version)
        self.first = [
            *plain_indexes(_COLUMNS),
            *(f"CREATE INDEX by_{name.split('.')[1]}_hand ON {TABLE} ({text})" for name, text in _NESTED.items()),
            *(f"CREATE INDEX by_{name.split('.')[1]} ON {TABLE} ({expression(self, name)})" for name in _NESTED),
        ]
        self.better = [
            Better("price", f"CREATE INDEX by_price_number ON {TABLE} (CAST(price AS REAL))"),
        ]

    remark = "No index serves conditions on the elements of a list, because lists are JSON text."

    def plan(self, statement: Statement) -> str:
        return "\n".join(row[3] for row in self.explained("EXPLAIN QUERY PLAN", statement))

    def indexes(self, statement: Statement) -> frozenset[str]:
        return frozenset(re.findall(rf"SEARCH {TABLE} USING (?:COVERING )?INDEX (\w+)", self.plan(statement)))


@contextmanager
def sqlite() -> Iterator[Engine]:
    """SQLite through the standard library."""
    connection = sqlite3.connect(":memory:")
    yield Sqlite(connection, sqlite3.sqlite_version)
    connection.close()
