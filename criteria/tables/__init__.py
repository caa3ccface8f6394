"""Tables that other programs created: their columns, read from a connection or from CREATE TABLE (docs/tables.md).

import criteria

table = criteria.tables.reflect(connection, "orders", schema)
where = criteria.compile(criteria.parse(text, schema), "sql", table=table)
"""

from __future__ import annotations

from criteria.tables.collection import Collection
from criteria.tables.column import Column
from criteria.tables.ddl import from_ddl
from criteria.tables.first_schema import left_out, schema, schema_async
from criteria.tables.reflecting import reflect, reflect_async
from criteria.tables.table import Table
from criteria.tables.validators import collection

__all__ = [
    "Collection", "Column", "Table", "collection", "from_ddl", "left_out", "reflect", "reflect_async", "schema",
    "schema_async",
]  # fmt: skip
