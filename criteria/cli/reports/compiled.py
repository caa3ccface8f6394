"""The text of a compiled query, for each backend."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from criteria.messages import in_a_line

_SAFE = 2**53
"""The largest integer that readers whose numbers are doubles, such as mongosh, keep exact."""


def engine_text(backend: str, compiled: Any, is_search: bool) -> Iterator[str]:
    """The lines that show a compiled query of a backend."""
    return _LINES.get(backend, _other)(compiled, is_search)


def _sql(compiled: Any, is_search: bool) -> Iterator[str]:
    for statement in (*(compiled.pages or (compiled.rows,)), compiled.count) if is_search else (compiled,):
        if statement is not None:
            yield statement.text
            yield in_a_line(json.dumps(statement.params, ensure_ascii=False, default=_parameter))


def _parameter(value: object) -> str:
    """A driver's value that JSON does not have, as engines write it."""
    if isinstance(value, date):  # datetime is a subclass
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    raise AssertionError(f"no text for the parameter {value!r}")


def _mongo(compiled: Any, is_search: bool) -> Iterator[str]:
    from bson import json_util

    document = compiled
    if is_search and hasattr(compiled, "rows"):
        document = {"pipeline": compiled.rows, "collation": compiled.collation}
    elif is_search:
        document = {"filter": compiled.filter, "sort": dict(compiled.sort), "skip": compiled.skip}
        if compiled.limit is not None:
            document["limit"] = compiled.limit
        document["collation"] = compiled.collation
    options = json_util.RELAXED_JSON_OPTIONS
    yield in_a_line(json_util.dumps(_exact(document), json_options=options, ensure_ascii=False))


def _exact(value: Any) -> Any:
    """The document with its large integers in a form that no reader rounds."""
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_exact(item) for item in value]
    return {"$numberLong": str(value)} if isinstance(value, int) and abs(value) > _SAFE else value


def _python(compiled: Any, is_search: bool) -> Iterator[str]:
    yield compiled.source.rstrip("\n")


def _other(compiled: Any, is_search: bool) -> Iterator[str]:
    yield str(compiled)


_LINES: Mapping[str, Callable[[Any, bool], Iterator[str]]] = {"sql": _sql, "mongo": _mongo, "python": _python}
