"""`compile`: gives a query's normal form to a backend, or fills the cached template of its form."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, overload

from criteria.backends.asked import of_what_was_asked
from criteria.backends.backend import Backend
from criteria.backends.options import check_options
from criteria.backends.registry import BUILT_IN, load
from criteria.backends.support import check_support
from criteria.backends.template import Recompiled, Template
from criteria.backends.unsupported import Unsupported, with_pointers
from criteria.cache import Cache
from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.search.search import Search
from criteria.tree.nodes import And, Comparison, Expression, Operator
from criteria.tree.normalize import normalize, with_distinct_values
from criteria.tree.parameters import Form, Slots, parameterize, parameterize_query, parts_of
from criteria.tree.query import Query

if TYPE_CHECKING:
    from narwhals import Expr
    from qdrant_client import models

    from criteria.backends.frame import FrameSearch
    from criteria.backends.mongo import MongoPipelines, MongoSearch
    from criteria.backends.mongo.pipeline import AnyCollection
    from criteria.backends.python import SearchInRecords
    from criteria.backends.python.predicate import Predicate
    from criteria.backends.python.reading import By, StoredRows
    from criteria.backends.sql.dialect import DialectName
    from criteria.backends.sql.render import Paramstyle, Sql
    from criteria.backends.sql.search import SqlSearch
    from criteria.backends.sql.target import AnyTable
    from criteria.tables.document_collection import Collection
    from criteria.values.loading import Lookups, Records


@overload
def compile(
    subject: Query,
    backend: Literal["python"],
    *,
    records: Records | str = "typed",
    by: By | str = "name",
    lookups: Lookups | None = None,
    table: StoredRows | None = None,
) -> Predicate: ...
@overload
def compile(
    subject: Search,
    backend: Literal["python"],
    *,
    records: Records | str = "typed",
    by: By | str = "name",
    lookups: Lookups | None = None,
    table: StoredRows | None = None,
) -> SearchInRecords: ...
@overload
def compile(
    subject: Query,
    backend: Literal["sql"],
    *,
    dialect: DialectName | str | None = None,
    paramstyle: Paramstyle | str | None = None,
    table: AnyTable | None = None,
    tables: Mapping[str, AnyTable] | None = None,
    total: bool = False,
    prefix: str = "p",
    start: int = 1,
) -> Sql: ...
@overload
def compile(
    subject: Search,
    backend: Literal["sql"],
    *,
    dialect: DialectName | str | None = None,
    paramstyle: Paramstyle | str | None = None,
    table: AnyTable,
    tables: Mapping[str, AnyTable] | None = None,
) -> SqlSearch: ...
@overload
def compile(
    subject: Query, backend: Literal["mongo"], *, strict: bool = False, collection: Collection | None = None
) -> dict[str, Any]: ...
@overload
def compile(
    subject: Query,
    backend: Literal["mongo"],
    *,
    strict: bool = False,
    collection: Collection | None = None,
    collections: Mapping[str, AnyCollection],
) -> list[dict[str, Any]]: ...
@overload
def compile(
    subject: Search, backend: Literal["mongo"], *, strict: bool = False, collection: Collection | None = None
) -> MongoSearch: ...
@overload
def compile(
    subject: Search,
    backend: Literal["mongo"],
    *,
    strict: bool = False,
    collection: Collection | None = None,
    collections: Mapping[str, AnyCollection],
) -> MongoPipelines: ...
@overload
def compile(subject: Query, backend: Literal["frame"]) -> Expr: ...
@overload
def compile(subject: Search, backend: Literal["frame"]) -> FrameSearch: ...
@overload
def compile(subject: Query, backend: Literal["qdrant"]) -> models.Filter: ...
@overload
def compile(subject: Query, backend: Literal["lancedb"]) -> str: ...
@overload
def compile(subject: Query | Search, backend: Backend, **options: Any) -> Any: ...
def compile(subject: Query | Search, backend: str | Backend, **options: Any) -> Any:
    """Compiles a query or a search for an engine. Options are keyword arguments; each backend has its own.

    - `"python"`: a `Predicate`, or for a search a function from records to a `Page`; options `records`
      (`"typed"`, `"json"` or `"canonical"`), `by` (`"name"` or `"column"`: what records call their fields), `table`
      (a `Table`, whose rows the records are; they are read by column), and `lookups` for references: by entity, a
      function from an id to the record or None.
    - `"sql"`: a `Sql` condition, or for a search a `SqlSearch`; options `dialect`, `paramstyle`, `table` (required for
      searches), and `tables` for references: by entity, what `table` takes. MariaDB and MySQL are two dialects,
      `mariadb` and `mysql`: their collations have different names, and each server rejects the other's SQL where
      strings are compared.
    - `"mongo"`: a filter, or for a search a `MongoSearch`; option `strict`. With `collections`, the names of other
      entities' collections by entity, a pipeline for `aggregate()`, or for a search `MongoPipelines`.
    - `"frame"`: a narwhals expression for columns that have the types of the schema; `criteria.backends.frame.filter`
      looks at the columns. For a search a function from a data frame to a page of it.
    - `"qdrant"`: a `qdrant_client.models.Filter`; `"lancedb"`: a filter as text. Queries only.
    - the name of a plug-in (`criteria.backends.available()`), or a `Backend`: whatever the plug-in returns.

    Type checkers know the results of the built-in names. For a name that is only known at run time, or that of a
    plug-in, pass `criteria.backends.load(name)`.

    The result selects the records that docs/language.md specifies. Raises `CriteriaError` for a query that the engine
    cannot answer correctly (`unsupported`), an unknown backend, dialect or option (`unknown_backend`,
    `unknown_dialect`, `unknown_option`), a missing package (`missing_package`), groups nested deeper than the
    interpreter's stack (`too_deep`), and a `subject` that is neither a `Query` nor a `Search` (`invalid_parameter`).
    """
    return compile_for(backend if isinstance(backend, Backend) else load(backend), subject, options)


def template_backend(
    name: str,
    prepare_query: Callable[..., Template],
    prepare_search: Callable[..., Template],
    storages: Mapping[str, Callable[..., Any]],
    operators: frozenset[Operator],
    types: frozenset[FieldType],
    *,
    pages_by_cursor: bool = False,
    object_lists: bool = False,
    references: bool = False,
) -> Backend:
    """A backend that only prepares templates: to compile, it prepares a template and fills it once."""

    def compile_query(normal: Expression, schema: Schema | None, **options: Any) -> Any:
        values = parameterize(normal)[1]
        return prepare_query(normal, schema, Slots(values), **options).fill(values)

    def compile_search(search: Search, normal: Expression, **options: Any) -> Any:
        values = parameterize(And((normal, *_at(search))))[1]
        return _of(search, prepare_search(search, normal, Slots(values), **options).fill(values))

    return Backend(
        name,
        compile_query,
        compile_search,
        storages,
        prepare_query,
        prepare_search,
        operators,
        types,
        pages_by_cursor,
        object_lists,
        references,
    )


def compile_for(backend: Backend, subject: object, options: Mapping[str, Any]) -> Any:
    """Compiles a query or a search with a backend.

    Raises `CriteriaError` (`too_deep`; `invalid_parameter` when `subject` is neither), and what the backend raises.
    """
    try:
        return _compiled(backend, subject, options)
    except CriteriaError as error:
        answer = partial(_compiled, backend, options=options)
        raise of_what_was_asked(error, subject, answer, knows_more=backend.name in BUILT_IN) from None


def _compiled(backend: Backend, subject: object, options: Mapping[str, Any]) -> Any:
    try:
        if isinstance(subject, Query):
            return _with_origin(_compiled_query(backend, subject, options), backend, subject, options)
        if isinstance(subject, Search):
            return _with_origin(_compiled_search(backend, subject, options), backend, subject, options)
    except Unsupported as refused:
        asked = subject.asked if isinstance(subject, (Query, Search)) else ()
        raise with_pointers(refused, asked) from None
    except (RecursionError, SyntaxError):  # the caller's limits exceed those of the interpreter
        raise CriteriaError(Problem("too_deep", "AND and OR are nested too deep to be compiled.")) from None
    message = f"{quoted(subject)} is neither a query nor a search."
    raise CriteriaError(Problem("invalid_parameter", message, hint="Compile the result of parse or parse_search."))


def _with_origin(found: Any, backend: Backend, subject: Query | Search, options: Mapping[str, Any]) -> Any:
    if isinstance(found, Recompiled):
        found.compiled_from((_compiled_again, (backend.name, subject, dict(options))))
    return found


def _compiled_again(backend: str, subject: object, options: Mapping[str, Any]) -> Any:
    return compile_for(load(backend), subject, options)


def _compiled_query(backend: Backend, query: Query, options: Mapping[str, Any]) -> Any:
    prepare = backend.prepare_query
    if prepare is None:
        check_options(backend.name, backend.compile_query, options)
        check_support(backend, query)
        return backend.compile_query(normalize(query.expression), query.schema, **options)

    def make_template(normal: Expression, slots: Slots) -> Template:
        check_options(backend.name, prepare, options)
        check_support(backend, query)
        return prepare(normal, query.schema, slots, **options)

    return fill_template((prepare, *_option_keys(options)), query, make_template)


def _compiled_search(backend: Backend, search: Search, options: Mapping[str, Any]) -> Any:
    _check_position(backend, search)
    prepare = backend.prepare_search
    if prepare is None:
        check_options(backend.name, backend.compile_search, options)
        check_support(backend, search.query, search.sort_keys, search)
        return backend.compile_search(search, normalize(search.query.expression), **options)

    def make_template(normal: Expression, slots: Slots) -> Template:
        check_options(backend.name, prepare, options)
        check_support(backend, search.query, search.sort_keys, search)
        return prepare(search, normal, slots, **options)

    page = (
        search.order_by,
        search.limit,
        search.skip,
        search.get_total_count,
        search.resolve,
        *_form_of_position(search),
    )
    found = fill_template((prepare, page, *_option_keys(options)), search.query, make_template, _at(search))
    return _of(search, found)


def _at(search: Search) -> tuple[Comparison, ...]:
    """The values of a search's position, as comparisons that have their place in the form and in the slots."""
    values = search.position or ()
    return tuple(
        Comparison(key.field, Operator.EQ, value) for key, value in zip(search.sort_keys, values, strict=False)
    )


def _form_of_position(search: Search) -> tuple[Hashable, ...]:
    """What a template depends on in a position, besides what the form of `_at` has."""
    flags = tuple(value if isinstance(value, bool) else None for value in search.position or ())
    return search.after is not None, search.before is not None, flags


def _of(search: Search, found: Any) -> Any:
    of_search = getattr(found, "of_search", None)
    return found if of_search is None else of_search(search)


def _check_position(backend: Backend, search: Search) -> None:
    """Raises `CriteriaError` (`unsupported`) for a position that the backend would ignore."""
    if search.position is not None and not backend.pages_by_cursor:
        message = f"Backend {quoted(backend.name)} does not support after and before."
        raise CriteriaError(Problem("unsupported", message, hint="Use skip.", asked_fields=()))


def _option_keys(options: Mapping[str, Any]) -> list[tuple[str, type, Any]]:
    """Options as part of a cache key. The class is in it because 1 equals True."""
    return [(name, type(value), value if type(value) is str else _hashable(value)) for name, value in options.items()]


def _hashable(option: Any) -> Any:
    """A mapping, such as that of tables, as its items."""
    return tuple(option.items()) if isinstance(option, Mapping) else option


_TEMPLATES: Cache[Hashable, Template] = Cache(1024, max_bytes=1 << 26)
_BYTES_A_PART = 1000
"""The size of one part of a form in the code of a predicate, the largest kind of template without a size."""
_MAX_NAMES_LENGTH = 4096
"""Characters of the field names of a cached form. Without a schema, clients choose the names."""


def fill_template(options: Hashable, query: Query, make_template: Callable[[Expression, Slots], Template],
                  beside: tuple[Comparison, ...] = (), *, counts_items: bool = False) -> Any:  # fmt: skip
    """Fills the template of a query's form and options, cached or new, with the query's values.

    `options` is everything besides the query that the template depends on. The values of `beside` follow those of the
    query. `counts_items` is that of `parameterize`.
    """
    form, values = (
        parameterize(And((query.expression, *beside)), counts_items=counts_items)
        if beside
        else parameterize_query(query, counts_items=counts_items)
    )
    key: Hashable = None if form is None else (options, query.schema, form)
    try:
        template = None if key is None else _TEMPLATES.get(key)
        if template is not None and template.variant is not None:
            template = _TEMPLATES.get((key, template.variant(values)))
    except TypeError:  # an unhashable option: refused, unless the plug-in takes it
        key = template = None
    if template is None:
        expression = with_distinct_values(query.expression)
        whole = And((expression, *beside)) if beside else expression
        values = parameterize(whole, counts_items=counts_items)[1]
        slots = Slots(values)
        normal = normalize(expression)
        try:
            template = make_template(normal, slots)
        except Unsupported as refused:
            refused.whole = normal
            raise
        if form is not None and key is not None and _is_cacheable(form, template, slots):
            _TEMPLATES.put(key, template, _size(form, template))
            if template.variant is not None:  # that in the key's place tells how to find the others
                _TEMPLATES.put((key, template.variant(values)), template, _size(form, template))
    return template.fill(values)


def _size(form: Form, template: Template) -> int:
    return _BYTES_A_PART * len(parts_of(form)) if template.size is None else template.size


def _is_cacheable(form: Form, template: Template, slots: Slots) -> bool:
    names = sum(len(part.name) for part in parts_of(form) if isinstance(part, Field))
    return template.is_reusable and slots.are_certain and names <= _MAX_NAMES_LENGTH
