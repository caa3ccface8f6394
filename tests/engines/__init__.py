"""The engines that must agree on every query.

An `Engine` creates a `Table` for a schema. A table stores records inside a with block, and runs compiled queries and
searches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.engines import bigquery, clickhouse, spark_sql
from tests.engines.documents import mongodb
from tests.engines.further import FurtherEngine
from tests.engines.memory import python_json, python_objects, python_typed
from tests.engines.running import Servers
from tests.engines.sql import (
    duckdb,
    duckdb_binary,
    mariadb,
    mariadb_binary,
    missing_duckdb,
    mysql,
    mysql_binary,
    mysql_padding,
    postgres,
    postgres_natural,
    sqlite,
)
from tests.engines.table import Engine, Table
from tests.servers import MARIADB, MONGODB, MYSQL, POSTGRES

__all__ = ["ENGINES", "FURTHER", "Engine", "EngineKind", "FurtherEngine", "Servers", "Table"]


@dataclass(frozen=True, slots=True)
class EngineKind:
    """`open(servers)` opens an engine for a with block; `missing()` returns install instructions, or None."""

    name: str
    open: Callable[[Servers], AbstractContextManager[Engine]]
    missing: Callable[[], str | None] = lambda: None


ENGINES: Mapping[str, EngineKind] = {
    kind.name: kind
    for kind in (
        EngineKind("python", python_typed),
        EngineKind("python-json", python_json),
        EngineKind("python-objects", python_objects),
        EngineKind("sqlite", sqlite),
        EngineKind("duckdb", duckdb, missing_duckdb),
        EngineKind("duckdb-binary", duckdb_binary, missing_duckdb),
        EngineKind("postgres", postgres, POSTGRES.missing),
        EngineKind("postgres-natural", postgres_natural, POSTGRES.missing),
        EngineKind("mariadb", mariadb, MARIADB.missing),
        EngineKind("mariadb-binary", mariadb_binary, MARIADB.missing),
        EngineKind("mysql", mysql, MYSQL.missing),
        EngineKind("mysql-binary", mysql_binary, MYSQL.missing),
        EngineKind("mysql-padding", mysql_padding, MYSQL.missing),
        EngineKind("mongodb", mongodb, MONGODB.missing),
    )
}

FURTHER: Mapping[str, EngineKind] = {
    kind.name: kind
    for kind in (
        EngineKind("clickhouse", clickhouse.clickhouse, clickhouse.missing),
        EngineKind("spark-sql", spark_sql.spark_sql, spark_sql.SPARK.missing),
        EngineKind("bigquery", bigquery.bigquery, bigquery.missing),
    )
}
"""Engines without `criteria.storage`, on which a query takes long: their tests are heavy."""
