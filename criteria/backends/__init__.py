"""Backends: what compiles a query for an engine, built in or plugged in.

A backend is a frozen record of functions. A distribution offers one by an entry point in the group
`criteria.backends` that names a `Backend`; built-in names win.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from criteria.backends.prepared import Prepared
from criteria.errors import CriteriaError, Problem, nearest, quoted
from criteria.schema import Schema

ENTRY_POINTS = "criteria.backends"

_BUILT_IN: Mapping[str, tuple[str, str | None]] = {
    "python": ("criteria.backends.python", None),
    "sql": ("criteria.backends.sql", None),
    "mongo": ("criteria.backends.mongo", "mongo"),
    "frame": ("criteria.backends.frame", "frames"),
}
"""Module of each built-in backend, and the extra that installs what it needs (None: the core does)."""


@dataclass(frozen=True, slots=True, repr=False)
class Backend:
    """What a backend can do.

    - `compile_query(normal, schema, **options)` takes an expression in normal form (see `criteria.normalize`).
    - `compile_search(search, normal, **options)` takes the whole search beside its query's normal form.
    - `storages` maps the name of each engine whose tables it knows to `storage(schema, **options)`.

    A backend may offer more, and is then asked only once for all queries that differ in nothing but their values:

    - `prepare_query(normal, schema, slots, **options)` and `prepare_search(search, normal, slots, **options)` give what
      the functions above give, as a `Prepared`; `slots` finds the places of the expression's values.

    What the engine cannot answer rightly, a function refuses with `CriteriaError` (`unsupported`).
    """

    name: str
    compile_query: Callable[..., Any]
    compile_search: Callable[..., Any]
    storages: Mapping[str, Callable[..., Any]]
    prepare_query: Callable[..., Prepared] | None = None
    prepare_search: Callable[..., Prepared] | None = None

    def __repr__(self) -> str:
        return f"Backend({self.name!r})"


def available() -> tuple[str, ...]:
    """The names of all backends: the built-in ones, and those that installed distributions offer."""
    return tuple(dict.fromkeys((*_BUILT_IN, *sorted(_plugged_in()))))


def load(name: str) -> Backend:
    """The backend of a name. Raises `CriteriaError` (`unknown_backend`, `missing_package`).

    An error inside a plug-in's own module is not swallowed: it is raised as it is.
    """
    if isinstance(name, str) and name in _BUILT_IN:
        module, extra = _BUILT_IN[name]
        return _built_in(name, module, extra)
    entry_point = _plugged_in().get(name) if isinstance(name, str) else None
    if entry_point is None:
        raise CriteriaError(_unknown("unknown_backend", "backend", name, available()))
    backend = entry_point.load()
    if not isinstance(backend, Backend):
        raise TypeError(f"entry point {name!r} of group {ENTRY_POINTS!r} is no Backend but {backend!r}")
    return backend


def storage(schema: Schema, engine: str, options: Mapping[str, Any]) -> Any:
    """How a schema's values lie on an engine.

    Raises `CriteriaError` (`unknown_dialect`, `unsupported`, `missing_package`; `invalid_schema` for what is none).
    """
    from criteria.backends.options import check_options

    if not isinstance(schema, Schema):
        raise CriteriaError(Problem("invalid_schema", f"A storage needs a Schema, not {quoted(schema)}."))
    known: list[str] = []
    for backend in map(load, _storing(engine)):
        if isinstance(engine, str) and engine in backend.storages:
            check_options(engine, backend.storages[engine], options)
            return backend.storages[engine](schema, **options)
        known += backend.storages
    raise CriteriaError(_unknown("unknown_dialect", "storage", engine, (*known, "mongo")))


def _storing(engine: str) -> Iterator[str]:
    """The backends that may know an engine's storage. MongoDB's is asked for its own alone, because it needs a package
    that others can do without; frames are nobody's storage. What is installed is read only when no built-in knows it.
    """
    if engine == "mongo":
        yield "mongo"
    else:
        yield from (name for name in _BUILT_IN if name not in ("mongo", "frame"))
        yield from (name for name in available() if name not in _BUILT_IN)


def _unknown(code: str, noun: str, name: object, known: Sequence[str]) -> Problem:
    hint = (nearest(name, known) if isinstance(name, str) else None) or f"There are {', '.join(known)}."
    return Problem(code, f"There is no {noun} {quoted(name)}.", hint=hint)


@cache
def _built_in(name: str, module: str, extra: str | None) -> Backend:
    try:
        backend: Backend = import_module(module).BACKEND
    except ModuleNotFoundError as missing:
        if extra is None or (missing.name or "").split(".")[0] == "criteria":
            raise
        message = f"Backend {quoted(name)} needs the package {quoted(missing.name)}."
        hint = f'Install it with: pip install "criteria-engine[{extra}]"'
        raise CriteriaError(Problem("missing_package", message, hint=hint)) from None
    return backend


def _plugged_in() -> dict[str, Any]:
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
