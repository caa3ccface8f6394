"""MariaDB, in a database whose columns fold case and pad blanks unless they are declared not to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from benchmarks.run_time.by_hand import SqlByHand, Statement, Words, twice
from benchmarks.run_time.engine import TABLE, Better, Engine, SqlEngine, parts, plain_indexes
from criteria import Field
from tests.servers import MARIADB

_COLUMNS = ("age", "active", "price", "score", "seen", "token", "owner")
_TEXTS = ("name", "code")
_NESTED = {"address.city": "JSON_VALUE(address, '$.city')", "address.zone": "JSON_VALUE(address, '$.zone')"}
_BIN = "COLLATE utf8mb4_nopad_bin"
_ITEMS = "SELECT 1 FROM JSON_TABLE({f}, '$[*]' COLUMNS (item TEXT PATH '$')) AS items WHERE item"
_ORDERINGS = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
_UNLESS = {"$gt": "<=", "$gte": "<", "$lt": ">=", "$lte": ">"}


def _typed(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return str(value) if isinstance(value, UUID) else value


def _pattern(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _starts(text: str) -> tuple[str]:
    return (_pattern(text) + "%",)


def _ends(text: str) -> tuple[str]:
    return ("%" + _pattern(text),)


def _contains(text: str) -> tuple[str]:
    return (f"%{_pattern(text)}%",)


_FOLDING: dict[str, Words] = {
    "$eq": Words(f"({{f}} = {{p}} AND {{f}} = {{p}} {_BIN})", twice),
    "$ne": Words(f"({{f}} <> {{p}} {_BIN} OR {{f}} IS NULL)"),
    "$in": Words(f"({{f}} IN ({{ps}}) AND {{f}} {_BIN} IN ({{ps}}))", twice),
    "$nin": Words(f"({{f}} {_BIN} NOT IN ({{ps}}) OR {{f}} IS NULL)", tuple),
    "$startsWith": Words(
        f"({{f}} LIKE {{p}} AND {{f}} LIKE {{p}} {_BIN})", lambda text: (*_starts(text), *_starts(text))
    ),
    "$endsWith": Words(f"{{f}} LIKE {{p}} {_BIN}", _ends),
    "$contains": Words(f"{{f}} LIKE {{p}} {_BIN}", _contains),
    **{operator: Words(f"{{f}} {sign} {{p}} {_BIN}") for operator, sign in _ORDERINGS.items()},
    **{f"NOT {one}": Words(f"({{f}} {sign} {{p}} {_BIN} OR {{f}} IS NULL)") for one, sign in _UNLESS.items()},
}

_HAND = SqlByHand(
    parameter="%s",
    columns=_NESTED,
    typed=_typed,
    words={
        **{("string", operator): words for operator, words in _FOLDING.items()},
        **{("nested string", operator): words for operator, words in _FOLDING.items()},
        ("string, binary", "$startsWith"): Words("{f} LIKE {p}", _starts),
        ("string, binary", "$endsWith"): Words("{f} LIKE {p}", _ends),
        ("string, binary", "$contains"): Words("{f} LIKE {p}", _contains),
        ("boolean", "$ne"): Words("({f} = {p} OR {f} IS NULL)", lambda flag: (not flag,)),
        ("boolean", "$nin"): Words("({f} = {p} OR {f} IS NULL)", lambda flags: (not flags[0],)),
        ("list of strings", "$eq"): Words("JSON_CONTAINS({f}, JSON_QUOTE({p}))"),
        ("list of strings", "$ne"): Words("NOT COALESCE(JSON_CONTAINS({f}, JSON_QUOTE({p})), 0)"),
        ("list of strings", "$in"): Words("JSON_OVERLAPS({f}, JSON_ARRAY({ps}))", tuple),
        ("list of strings", "$nin"): Words("NOT COALESCE(JSON_OVERLAPS({f}, JSON_ARRAY({ps})), 0)", tuple),
        ("list of strings", "null"): Words(f"NOT EXISTS ({_ITEMS} IS NOT NULL)", lambda _: ()),
        ("list of strings", "not null"): Words(f"EXISTS ({_ITEMS} IS NOT NULL)", lambda _: ()),
        ("list of strings", "$gt"): Words(f"EXISTS ({_ITEMS} > {{p}} {_BIN})"),
        ("list of strings", "$startsWith"): Words(f"EXISTS ({_ITEMS} LIKE {{p}} {_BIN})", _starts),
        ("list of strings", "$contains"): Words(f"EXISTS ({_ITEMS} LIKE {{p}} {_BIN})", _contains),
    },
)


class Mariadb(SqlEngine):
    name, dialect, hand = "MariaDB", "mariadb", _HAND
    first: Sequence[str] = (
        *plain_indexes(_COLUMNS),
        *(f"CREATE INDEX by_{name} ON {TABLE} ({name}(64))" for name in _TEXTS),
    )
    remark = (
        "Texts are indexed by their first 64 characters. No index serves conditions on the elements of a list or on an "
        "expression. Move a value out of JSON into a column of its own, and declare that in the schema instead of the "
        "path. On MySQL write `utf8mb4_0900_bin` for `utf8mb4_nopad_bin`."
    )
    better: Sequence[Better] = (
        Better(
            "name",
            f"ALTER TABLE {TABLE} MODIFY name LONGTEXT COLLATE utf8mb4_nopad_bin",
            Field("name", "string", collation="binary"),
        ),
        Better(
            "address.city",
            f"ALTER TABLE {TABLE} ADD COLUMN city VARCHAR(255) COLLATE utf8mb4_nopad_bin "
            "AS (JSON_VALUE(address, '$.city')) VIRTUAL, ADD INDEX by_city (city)",
            Field("city", "string", collation="binary"),
        ),
        Better(
            "address.zone",
            f"ALTER TABLE {TABLE} ADD COLUMN zone BIGINT "
            "AS (CAST(JSON_VALUE(address, '$.zone') AS SIGNED)) VIRTUAL, ADD INDEX by_zone (zone)",
            Field("zone", "integer"),
        ),
    )

    def analyze(self) -> None:
        self.rows(f"ANALYZE TABLE {TABLE}", ())

    def plan(self, statement: Statement) -> str:
        return str(self.explained("EXPLAIN FORMAT=JSON", statement)[0][0])

    def indexes(self, statement: Statement) -> frozenset[str]:
        tables = parts(json.loads(self.plan(statement)))
        used = [one for one in tables if one.get("access_type") not in (None, "ALL", "index") and "key" in one]
        return frozenset(name for one in used for name in _names(one))


def _names(table: Any) -> list[str]:
    """The key of a table, or the keys of a merge of several."""
    merged = table.get("index_merge")
    return [part["range"]["key"] for part in parts(merged) if "range" in part] if merged else [table["key"]]


@contextmanager
def mariadb() -> Iterator[Engine]:
    """The server of the tests, with memory for all the records."""
    with MARIADB.start() as server:
        connection = server.connect("folding")
        with connection.cursor() as cursor:
            cursor.execute("SET GLOBAL innodb_buffer_pool_size = 1073741824")
            cursor.execute("SELECT version()")
            version = str(cursor.fetchone()[0]).partition("-")[0]
        try:
            yield Mariadb(connection, version)
        finally:
            connection.close()
