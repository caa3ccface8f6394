"""Backends: what compiles a query for an engine, built in or plugged in.

A backend is a frozen record of functions. A distribution offers one by an entry point in the group
`criteria.backends` that names a `Backend`; built-in names win.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any

from criteria.errors import CriteriaError, Problem, nearest, quoted

if TYPE_CHECKING:
    from criteria.ast import Expression, Query
    from criteria.schema import Schema
    from criteria.search import Search

ENTRY_POINTS = "criteria.backends"

_BUILT_IN: Mapping[str, tuple[str, str | None]] = {
    "python": ("criteria.backends.python", None),
    "sql": ("criteria.backends.sql", None),
    "mongo": ("criteria.backends.mongo", "mongo"),
}
"""Module of each built-in backend, and the extra that installs what it needs (None: the core does)."""


@dataclass(frozen=True, slots=True)
class Backend:
    """What a backend can do.

    - `compile_query(normal, schema, **options)` takes an expression in normal form (see `criteria.normalize`).
    - `compile_search(search, normal, **options)` takes the whole search beside its query's normal form.
    - `storages` maps the name of each engine whose tables it knows to `storage(schema, **options)`.

    What the engine cannot answer rightly, a function refuses with `CriteriaError` (`unsupported`).
    """

    name: str
    compile_query: Callable[..., Any]
    compile_search: Callable[..., Any]
    storages: Mapping[str, Callable[..., Any]]


def available() -> tuple[str, ...]:
    """The names of all backends: the built-in ones, and those that installed distributions offer."""
    return tuple(dict.fromkeys((*_BUILT_IN, *sorted(_plugged_in()))))


def load(name: str) -> Backend:
    """The backend of a name. Raises `CriteriaError` (`unknown_backend`, `missing_package`).

    An error inside a plug-in's own module is not swallowed: it is raised as it is.
    """
    if name in _BUILT_IN:
        module, extra = _BUILT_IN[name]
        return _built_in(name, module, extra)
    entry_point = _plugged_in().get(name) if isinstance(name, str) else None
    if entry_point is None:
        known = available()
        hint = (nearest(name, known) if isinstance(name, str) else None) or f"The backends are {', '.join(known)}."
        raise CriteriaError(Problem("unknown_backend", f"There is no backend {quoted(name)}.", hint=hint))
    backend = entry_point.load()
    if not isinstance(backend, Backend):
        raise TypeError(f"entry point {name!r} of group {ENTRY_POINTS!r} is no Backend but {backend!r}")
    return backend


def compile_for(backend: Backend, subject: Query | Search, options: Mapping[str, Any]) -> Any:
    """Normalise a query, or a search's query, and hand it to a backend."""
    from criteria.ast import Query
    from criteria.normalize import normalize

    if isinstance(subject, Query):
        _check_options(backend.name, backend.compile_query, options)
        normal: Expression = normalize(subject.expression)
        return backend.compile_query(normal, subject.schema, **options)
    _check_options(backend.name, backend.compile_search, options)
    return backend.compile_search(subject, normalize(subject.query.expression), **options)


def storage(schema: Schema, engine: str, options: Mapping[str, Any]) -> Any:
    """How a schema's values lie on an engine. Raises `CriteriaError` (`unknown_dialect`, `unsupported`)."""
    known: list[str] = []
    for name in available():
        backend = load(name) if name != "mongo" or engine == "mongo" else None  # its driver is needed for itself only
        storages: Mapping[str, Callable[..., Any]] = backend.storages if backend is not None else {}
        if engine in storages:
            _check_options(engine, storages[engine], options)
            return storages[engine](schema, **options)
        known += storages or [name] * (backend is None)
    hint = (nearest(engine, known) if isinstance(engine, str) else None) or f"There are {', '.join(known)}."
    raise CriteriaError(Problem("unknown_dialect", f"There is no storage for {quoted(engine)}.", hint=hint))


def _check_options(name: str, function: Callable[..., Any], options: Mapping[str, Any]) -> None:
    """Raises `CriteriaError` (`unknown_option`) for options that the function does not take, or lacks."""
    parameters = signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    named = {parameter.name: parameter for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY}
    problems = [
        Problem("unknown_option", f"{quoted(name)} has no option {quoted(option)}.", hint=nearest(option, named))
        for option in options
        if option not in named
    ]
    problems += [
        Problem("unknown_option", f"{quoted(name)} needs the option {quoted(option)}.")
        for option, parameter in named.items()
        if parameter.default is parameter.empty and option not in options
    ]
    if problems:
        raise CriteriaError(*problems)


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
