"""The pairs of a column's type and a field that fit, on each engine. One module per engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.tables.pairs.duckdb import DUCKDB
from tests.tables.pairs.mysql import MARIADB, MYSQL
from tests.tables.pairs.pair import Pair
from tests.tables.pairs.postgres import POSTGRES
from tests.tables.pairs.sqlite import SQLITE

PAIRS: Mapping[str, Sequence[Pair]] = {
    "duckdb": DUCKDB,
    "mariadb": MARIADB,
    "mysql": MYSQL,
    "postgres-natural": POSTGRES,
    "sqlite": SQLITE,
}
"""By the name of the engine in `tests.engines`."""
