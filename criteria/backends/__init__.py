"""Backends: what compiles a query for an engine, built in or plugged in.

A backend is a frozen record of functions. A distribution offers one by an entry point in the group
`criteria.backends` that names a `Backend`; built-in names win.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from inspect import signature
from typing import Any

from criteria.ast import Expression, Query
from criteria.errors import CriteriaError, Problem, nearest, quoted
from criteria.form import Form, Slots, form
from criteria.normalize import normalize
from criteria.remembered import Remembered
from criteria.schema import Schema
from criteria.search import Search
from criteria.types import Field

ENTRY_POINTS = "criteria.backends"

_BUILT_IN: Mapping[str, tuple[str, str | None]] = {
    "python": ("criteria.backends.python", None),
    "sql": ("criteria.backends.sql", None),
    "mongo": ("criteria.backends.mongo", "mongo"),
}
"""Module of each built-in backend, and the extra that installs what it needs (None: the core does)."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a backend made of a query, as a function of the query's values, in the order of `criteria.form`.

    `is_reusable` says that it serves every query of the same form, and may be remembered.
    """

    fill: Callable[[Sequence[Any]], Any]
    is_reusable: bool = True


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


def prepared_backend(
    name: str,
    prepare_query: Callable[..., Prepared],
    prepare_search: Callable[..., Prepared],
    storages: Mapping[str, Callable[..., Any]],
) -> Backend:
    """A backend that prepares everything: what it compiles is what it prepares, filled at once."""

    def compile_query(normal: Expression, schema: Schema | None, **options: Any) -> Any:
        values = form(normal)[1]
        return prepare_query(normal, schema, Slots(values), **options).fill(values)

    def compile_search(search: Search, normal: Expression, **options: Any) -> Any:
        values = form(normal)[1]
        return prepare_search(search, normal, Slots(values), **options).fill(values)

    return Backend(name, compile_query, compile_search, storages, prepare_query, prepare_search)


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


def compile_for(backend: Backend, subject: object, options: Mapping[str, Any]) -> Any:
    """Normalise a query, or a search's query, and hand it to a backend.

    Raises `CriteriaError` (`invalid_parameter`) for anything else.
    """
    if isinstance(subject, Query):
        return _compiled_query(backend, subject, options)
    if isinstance(subject, Search):
        return _compiled_search(backend, subject, options)
    message = f"{quoted(subject)} is neither a query nor a search."
    raise CriteriaError(Problem("invalid_parameter", message, hint="Compile what parse or parse_search gives."))


def _compiled_query(backend: Backend, query: Query, options: Mapping[str, Any]) -> Any:
    prepare = backend.prepare_query
    if prepare is None:
        _check_options(backend.name, backend.compile_query, options)
        return backend.compile_query(normalize(query.expression), query.schema, **options)

    def prepared(normal: Expression, slots: Slots) -> Prepared:
        _check_options(backend.name, prepare, options)
        return prepare(normal, query.schema, slots, **options)

    return _filled((prepare, *_said(options)), query, prepared)


def _compiled_search(backend: Backend, search: Search, options: Mapping[str, Any]) -> Any:
    prepare = backend.prepare_search
    if prepare is None:
        _check_options(backend.name, backend.compile_search, options)
        return backend.compile_search(search, normalize(search.query.expression), **options)

    def prepared(normal: Expression, slots: Slots) -> Prepared:
        _check_options(backend.name, prepare, options)
        return prepare(search, normal, slots, **options)

    page = (search.order_by, search.limit, search.skip, search.get_total_count, search.resolve)
    return _filled((prepare, page, *_said(options)), search.query, prepared)


def _said(options: Mapping[str, Any]) -> list[tuple[str, type, Any]]:
    """Options as a part of a key: 1 and True are two options."""
    return [(name, type(value), value) for name, value in options.items()]


_PREPARED: Remembered[Hashable, Prepared] = Remembered(1024)
_LONGEST_NAMES = 4096
"""Characters of the names in a form that is remembered. Without a schema the names are the client's."""


def _filled(options: Hashable, query: Query, prepare: Callable[[Expression, Slots], Prepared]) -> Any:
    """What was prepared for the form of a query and for the options, with the query's values."""
    described, values = form(query.expression)
    key: Hashable = None if described is None else (options, query.schema, described)
    try:
        prepared = None if key is None else _PREPARED.get(key)
    except TypeError:  # an option that has no hash: it will be refused, or is the plug-in's own
        key = prepared = None
    if prepared is None:
        slots = Slots(values)
        prepared = prepare(normalize(query.expression), slots)
        if described is not None and key is not None and _is_worth_keeping(described, prepared, slots):
            _PREPARED.keep(key, prepared)
    return prepared.fill(values)


def _is_worth_keeping(described: Form, prepared: Prepared, slots: Slots) -> bool:
    names = sum(len(part.name) for part in described if isinstance(part, Field))
    return prepared.is_reusable and slots.are_certain and names <= _LONGEST_NAMES


def storage(schema: Schema, engine: str, options: Mapping[str, Any]) -> Any:
    """How a schema's values lie on an engine.

    Raises `CriteriaError` (`unknown_dialect`, `unsupported`, `missing_package`; `invalid_schema` for what is none).
    """
    if not isinstance(schema, Schema):
        raise CriteriaError(Problem("invalid_schema", f"A storage needs a Schema, not {quoted(schema)}."))
    known: list[str] = []
    for backend in map(load, _storing(engine)):
        if isinstance(engine, str) and engine in backend.storages:
            _check_options(engine, backend.storages[engine], options)
            return backend.storages[engine](schema, **options)
        known += backend.storages
    raise CriteriaError(_unknown("unknown_dialect", "storage", engine, (*known, "mongo")))


def _storing(engine: str) -> tuple[str, ...]:
    """The backends that may know an engine's storage. MongoDB's is asked for its own alone, because it needs a package
    that others can do without."""
    return ("mongo",) if engine == "mongo" else tuple(name for name in available() if name != "mongo")


def _unknown(code: str, noun: str, name: object, known: Sequence[str]) -> Problem:
    hint = (nearest(name, known) if isinstance(name, str) else None) or f"There are {', '.join(known)}."
    return Problem(code, f"There is no {noun} {quoted(name)}.", hint=hint)


def _check_options(name: str, function: Callable[..., Any], options: Mapping[str, Any]) -> None:
    """Raises `CriteriaError` (`unknown_option`) for options that the function does not take, or lacks."""
    named = _options(function)
    if named is None:
        return
    problems = [
        Problem("unknown_option", f"{quoted(name)} has no option {quoted(option)}.", hint=nearest(option, named))
        for option in options
        if option not in named
    ]
    problems += [
        Problem("unknown_option", f"{quoted(name)} needs the option {quoted(option)}.")
        for option, is_needed in named.items()
        if is_needed and option not in options
    ]
    problems += [
        Problem("unknown_option", f"The option {quoted(option)} of {quoted(name)} is not {quoted(value)}.")
        for option, value in options.items()
        if type(value).__hash__ is None
    ]
    if problems:
        raise CriteriaError(*problems)


@lru_cache(64)
def _options(function: Callable[..., Any]) -> Mapping[str, bool] | None:
    """The options that a function takes, each with whether it has to be given; None when it takes any."""
    parameters = signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return {one.name: one.default is one.empty for one in parameters if one.kind is one.KEYWORD_ONLY}


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
