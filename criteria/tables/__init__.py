"""Tables that other programs created: their columns, read from a connection or from CREATE TABLE (docs/tables.md).

import criteria

table = criteria.tables.reflect(connection, "orders", schema)
where = criteria.compile(criteria.parse(text, schema), "sql", table=table)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from criteria.tables.column import Column
    from criteria.tables.ddl import from_ddl
    from criteria.tables.document_collection import Collection
    from criteria.tables.first_schema import left_out, schema, schema_async
    from criteria.tables.reflecting import reflect, reflect_async, verify, verify_async
    from criteria.tables.table import Table
    from criteria.tables.validators import collection

__all__ = [
    "Collection", "Column", "Table", "collection", "from_ddl", "left_out", "reflect", "reflect_async", "schema",
    "schema_async", "verify", "verify_async",
]  # fmt: skip

_HOMES = {
    "Collection": "document_collection",
    "Column": "column",
    "Table": "table",
    "collection": "validators",
    "from_ddl": "ddl",
    "left_out": "first_schema",
    "reflect": "reflecting",
    "reflect_async": "reflecting",
    "schema": "first_schema",
    "schema_async": "first_schema",
    "verify": "reflecting",
    "verify_async": "reflecting",
}
"""The module of each name. Modules are loaded at first use (PEP 562): compiling a query for a table does not need those
that read tables."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
