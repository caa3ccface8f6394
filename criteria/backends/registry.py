"""Finds and loads backends: built-in ones, and those of installed distributions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

from criteria.backends.backend import Backend
from criteria.backends.options import check_options
from criteria.backends.support import check_types
from criteria.errors import CriteriaError, Problem
from criteria.messages import Hints, install_hint, nearest_or_all, quoted
from criteria.schema.schema import Schema

if TYPE_CHECKING:
    from criteria.backends.lancedb import LanceStorage
    from criteria.backends.mongo import MongoStorage
    from criteria.backends.qdrant import QdrantStorage
    from criteria.backends.sql.render import Paramstyle
    from criteria.backends.sql.storage import SqlStorage

ENTRY_POINTS = "criteria.backends"
"""The group of entry points that name the backends of distributions."""


class BuiltIn(NamedTuple):
    """Where to find a built-in backend.

    `extra` is the extra of this distribution that the backend needs, or None. `storages` repeats the keys of
    `Backend.storages`, so that `storage` loads no backend but the one that has the engine.
    """

    module: str
    extra: str | None = None
    storages: tuple[str, ...] = ()


BUILT_IN: Mapping[str, BuiltIn] = {
    "python": BuiltIn("criteria.backends.python"),
    "sql": BuiltIn("criteria.backends.sql", storages=("sqlite", "postgres", "mysql", "mariadb", "mysql8", "duckdb")),
    "mongo": BuiltIn("criteria.backends.mongo", "mongo", storages=("mongo",)),
    "frame": BuiltIn("criteria.backends.frame", "frames"),
    "qdrant": BuiltIn("criteria.backends.qdrant", "qdrant", storages=("qdrant",)),
    "lancedb": BuiltIn("criteria.backends.lancedb", "lancedb", storages=("lancedb",)),
}


def available() -> tuple[str, ...]:
    """The names of all backends: the built-in ones, then those of installed distributions, sorted."""
    return tuple(dict.fromkeys((*BUILT_IN, *sorted(_plugged_in()))))


def load(name: str) -> Backend:
    """The backend of a name. Raises `CriteriaError` (`unknown_backend`, `missing_package`).

    Exceptions of a plug-in are raised unchanged. An entry point that does not name a `Backend` raises `TypeError`.
    """
    if isinstance(name, str) and name in BUILT_IN:
        return _built_in(name)
    entry_point = _plugged_in().get(name) if isinstance(name, str) else None
    if entry_point is None:
        raise CriteriaError(_unknown_backend(name))
    backend = entry_point.load()
    if not isinstance(backend, Backend):
        raise TypeError(f"entry point {name!r} of group {ENTRY_POINTS!r} is not a Backend but {backend!r}")
    return backend


@overload
def storage(
    schema: Schema,
    engine: Literal["sqlite", "postgres", "mysql", "mariadb", "mysql8", "duckdb"],
    *,
    table: str | None = None,
    paramstyle: Paramstyle | str | None = None,
    if_not_exists: bool = False,
) -> SqlStorage: ...
@overload
def storage(schema: Schema, engine: Literal["mongo"]) -> MongoStorage: ...
@overload
def storage(schema: Schema, engine: Literal["qdrant"]) -> QdrantStorage: ...
@overload
def storage(schema: Schema, engine: Literal["lancedb"]) -> LanceStorage: ...
@overload
def storage(schema: Schema, engine: str, **options: Any) -> Any: ...
def storage(schema: Schema, engine: str, **options: Any) -> Any:
    """The storage of a schema on an engine: it creates tables on which queries are right, writes and reads records.

    `engine` is `"sqlite"`, `"postgres"`, `"mysql"`, `"mariadb"`, `"duckdb"` (option `table`, see
    `criteria.backends.sql.storage`), `"mongo"`, `"qdrant"` or `"lancedb"`.
    Raises `CriteriaError` (`unknown_dialect`, `unsupported`, `missing_package`; `invalid_schema` when `schema` is not
    a Schema).
    """
    if not isinstance(schema, Schema):
        raise CriteriaError(Problem("invalid_schema", f"A storage needs a Schema, not {quoted(schema)}."))
    known: list[str] = []
    for name, engines in _storages():
        if engine in engines:
            backend = load(name)
            make = backend.storages[engine]
            check_options(engine, make, options)
            check_types(backend, schema.fields)
            return make(schema, **options)
        known += engines
    raise CriteriaError(_unknown("unknown_dialect", "storage", engine, known))


def _storages() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The name of each backend with the engines whose storage it has. Built-in backends are not loaded for that, and
    installed distributions are read only after them."""
    yield from ((name, built_in.storages) for name, built_in in BUILT_IN.items())
    yield from ((name, tuple(load(name).storages)) for name in available() if name not in BUILT_IN)


def _unknown_backend(name: object) -> Problem:
    """The problem of an unknown backend, which may be a dialect of SQL."""
    from criteria.backends.sql.dialects import DIALECTS

    found = _unknown("unknown_backend", "backend", name, available())
    if not isinstance(name, str) or name not in DIALECTS:
        return found
    hint = f'It is a dialect of "sql": compile(query, "sql", dialect={quoted(name)}), or --to sql --dialect {name}.'
    return replace(found, hint=hint)


def _unknown(code: str, noun: str, name: object, known: Sequence[str]) -> Problem:
    return Problem(code, f"There is no {noun} {quoted(name)}.", hint=nearest_or_all(name, known, f"{noun}s", Hints()))


_PACKAGES = {"bson": "pymongo", "qdrant_client": "qdrant-client"}
"""The packages of modules that have another name."""


@cache
def _built_in(name: str) -> Backend:
    extra = BUILT_IN[name].extra
    try:
        backend: Backend = import_module(BUILT_IN[name].module).BACKEND
    except ModuleNotFoundError as missing:
        if extra is None or (missing.name or "").split(".")[0] == "criteria":
            raise
        package = _PACKAGES.get(missing.name or "", missing.name)
        message = f"Backend {quoted(name)} needs the package {quoted(package)}."
        hint = install_hint(extra)
        raise CriteriaError(Problem("missing_package", message, hint=hint)) from None
    return backend


def _plugged_in() -> dict[str, Any]:
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
