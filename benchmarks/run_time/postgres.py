"""PostgreSQL, in a database with a natural-language collation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from benchmarks.run_time.by_hand import SqlByHand, Statement, Words
from benchmarks.run_time.engine import (
    TABLE,
    Better,
    Engine,
    SqlEngine,
    expression,
    parts,
    plain_indexes,
)
from tests.servers import POSTGRES

_COLUMNS = ("name", "code", "age", "active", "price", "score", "seen", "token", "owner")
_NESTED = {"address.city": "(address ->> 'city')", "address.zone": "(address ->> 'zone')::bigint"}
_ITEMS = "SELECT 1 FROM unnest({f}) AS item WHERE item"


def _pattern(text: str) -> str:
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return text


def _starts(text: str) -> tuple[str]:
    return (_pattern(text) + "%",)


def _contains(text: str) -> tuple[str]:
    return (f"%{_pattern(text)}%",)


_ORDERINGS = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
_UNLESS = {"$gt": "<=", "$gte": "<", "$lt": ">=", "$lte": ">"}

_HAND = SqlByHand(
    parameter="%s",
    columns=_NESTED,
    words={
        **{
            (kind, operator): Words(f'{{f}} {sign} {{p}} COLLATE "C"')
            for kind in ("string", "nested string")
            for operator, sign in _ORDERINGS.items()
        },
        **{
            (kind, f"NOT {operator}"): Words(f'({{f}} {sign} {{p}} COLLATE "C" OR {{f}} IS NULL)')
            for kind in ("string", "nested string")
            for operator, sign in _UNLESS.items()
        },
        ("string", "$startsWith"): Words("{f} LIKE {p}", _starts),
        ("string", "$endsWith"): Words("{f} LIKE {p}", lambda text: (f"%{_pattern(text)}",)),
        ("string", "$contains"): Words("{f} LIKE {p}", _contains),
        ("boolean", "$ne"): Words("({f} = {p} OR {f} IS NULL)", lambda flag: (not flag,)),
        ("boolean", "$nin"): Words("({f} = {p} OR {f} IS NULL)", lambda flags: (not flags[0],)),
        ("list of strings", "$eq"): Words("{f} @> ARRAY[{p}]"),
        ("list of strings", "$ne"): Words("({f} IS NULL OR NOT {f} @> ARRAY[{p}])"),
        ("list of strings", "$in"): Words("{f} && ARRAY[{ps}]", tuple),
        ("list of strings", "$nin"): Words("({f} IS NULL OR NOT {f} && ARRAY[{ps}])", tuple),
        ("list of strings", "null"): Words("({f} IS NULL OR cardinality(array_remove({f}, NULL)) = 0)", lambda _: ()),
        ("list of strings", "not null"): Words("cardinality(array_remove({f}, NULL)) > 0", lambda _: ()),
        ("list of strings", "$gt"): Words(f'EXISTS ({_ITEMS} > {{p}} COLLATE "C")'),
        ("list of strings", "$startsWith"): Words(f"EXISTS ({_ITEMS} LIKE {{p}})", _starts),
        ("list of strings", "$contains"): Words(f"EXISTS ({_ITEMS} LIKE {{p}})", _contains),
    },
)


class Postgres(SqlEngine):
    name, dialect, hand = "PostgreSQL", "postgres", _HAND

    def __init__(self, connection: Any, version: str) -> None:
        super().__init__(connection, version)
        city, zone = (expression(self, name) for name in _NESTED)
        self.first = [
            *plain_indexes(_COLUMNS),
            f"CREATE INDEX by_tags ON {TABLE} USING gin (tags)",
            f"CREATE INDEX by_city_hand ON {TABLE} ((address ->> 'city'))",
            f"CREATE INDEX by_zone_hand ON {TABLE} (((address ->> 'zone')::bigint))",
            f"CREATE INDEX by_city ON {TABLE} (({city}))",
            f"CREATE INDEX by_zone ON {TABLE} (({zone}))",
        ]
        self.better = [
            Better("name", f'CREATE INDEX by_name_c ON {TABLE} (name COLLATE "C")'),
            Better("address.city", f'CREATE INDEX by_city_c ON {TABLE} (({city}) COLLATE "C")'),
        ]

    remark = (
        "The database sorts by en_US, and an index of that collation serves only equality. "
        "No index serves NOT of a condition on a list."
    )

    def insert(self, rows: Iterable[Sequence[Any]]) -> None:
        cursor = self.connection.cursor()
        with cursor.copy(f"COPY {TABLE} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def analyze(self) -> None:
        self.connection.execute(f"VACUUM ANALYZE {TABLE}")

    def plan(self, statement: Statement) -> str:
        return "\n".join(row[0] for row in self.explained("EXPLAIN", statement))

    def indexes(self, statement: Statement) -> frozenset[str]:
        document = self.explained("EXPLAIN (FORMAT JSON)", statement)[0][0]
        nodes = parts(json.loads(document) if isinstance(document, str) else document)
        return frozenset(node["Index Name"] for node in nodes if "Index Name" in node and "Index Cond" in node)


@contextmanager
def postgres() -> Iterator[Engine]:
    """The server of the tests, without parallel workers: their speed would depend on the load of the machine."""
    with POSTGRES.start() as server, server.connect("natural") as connection:
        for setting in ("max_parallel_workers_per_gather = 0", "maintenance_work_mem = '256MB'"):
            connection.execute(f"SET {setting}")
        version = connection.execute("SHOW server_version").fetchone()
        yield Postgres(connection, str(version[0]) if version else "")
