"""The SQL dialects by name. The module of a dialect is imported when it is looked up, and with it what sqlglot knows
about it: all of them together take longer than a query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from criteria.backends.sql.dialect import Dialect
from criteria.backends.sql.refusals import check_fields, check_folded_names
from criteria.errors import CriteriaError, Problem
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.schema.schema import Schema


class _Dialects(Mapping[str, Dialect]):
    """Dialects by name, each imported when it is looked up."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        """`modules` has the module of each dialect. The constant in it has the name of the dialect."""
        self._modules = modules
        self._imported: dict[str, Dialect] = {}

    def __getitem__(self, name: str) -> Dialect:
        found = self._imported.get(name)
        if found is None:
            module = import_module(f"criteria.backends.sql.{self._modules[name]}")
            found = self._imported[name] = getattr(module, ALIASES.get(name, name).upper())
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


_STORED = {
    "sqlite": "sqlite",
    "postgres": "postgres",
    "mysql": "mysql",
    "mysql8": "mysql",
    "mariadb": "mysql",
    "duckdb": "duckdb",
}

_FURTHER = ("snowflake", "bigquery", "redshift", "spark", "trino", "clickhouse", "tsql", "oracle")

ALIASES: Mapping[str, str] = {"mysql8": "mysql"}
"""Other names of dialects."""

STORED: Mapping[str, Dialect] = _Dialects(_STORED)
"""The dialects that have `storage`, aliases among them."""

DIALECTS: Mapping[str, Dialect] = _Dialects(_STORED | dict(zip(_FURTHER, _FURTHER, strict=True)))


def find_dialect(name: str, schema: Schema | None) -> Dialect:
    """The dialect by its name, if it supports the schema.

    Raises `CriteriaError` (`unknown_dialect`, `unsupported`).
    """
    if not isinstance(name, str) or name not in DIALECTS:
        hint = nearest_or_all(name, DIALECTS, "dialects", Hints())
        raise CriteriaError(Problem("unknown_dialect", f"Unknown SQL dialect {quoted(name)}.", hint=hint))
    dialect = DIALECTS[name]
    check_schema(dialect, schema)
    return dialect


def check_schema(dialect: Dialect, schema: Schema | None) -> None:
    """Raises `CriteriaError` (`unsupported`) for every field that the dialect cannot compare correctly."""
    if schema is None:
        return
    lists = [] if dialect.any_object is None else [one.place for one in schema.object_lists]
    check_fields(dialect, [*schema.fields, *lists])
    if dialect.folds_names:
        check_folded_names(dialect, [*schema.fields, *lists])
