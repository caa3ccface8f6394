"""Searches the slowest query of one job: `python -m benchmarks.worst_query explain 10`."""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import replace
from functools import partial
from io import StringIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import criteria
from benchmarks.hostile_queries import (
    ENTITY,
    FIELDS,
    SCHEMA,
    SORT_KEYS,
    Genes,
    families,
    fitting,
    mutant,
    schema_of,
    text_of,
)
from benchmarks.machine import seconds_a_line
from criteria import CriteriaError, Query
from criteria.backends import load
from criteria.backends.sql.dialects import DIALECTS
from criteria.cache import CACHES
from criteria.parsing.yaml_query import parse_yaml
from criteria.schema.writing import schema_file
from criteria.text.json_layout import lay_out_json
from criteria.text.yaml_layout import lay_out_yaml

SEED = 1
_SMALL, _SMALL_YAML = 40, 500
"""Every family is tried with so many times fewer groups first."""
_TRIED = 5
"""The families that are tried as a whole."""
_PATIENCE = 25
"""Mutants without progress, after which the climb begins elsewhere."""

Work = Callable[[], object]


def _in_dialect(name: str, text: str) -> Work:
    """Compiles for a dialect, with a schema of the fields that it supports."""
    dialect = DIALECTS[name]
    fields = [one for one in FIELDS if one.field_type in dialect.representations and not dialect.unsupported(one)]
    query = criteria.parse(text, schema_of(fields))
    return lambda: criteria.compile(query, "sql", dialect=name, tables=_names(query))


def _compiled(backend: str, text: str) -> Work:
    query = criteria.parse(text, SCHEMA)
    options: dict[str, dict[str, Any]] = {
        "mongo": {"collections": _names(query)},
        "python": {"lookups": {ENTITY: _other}},
    }
    used = options.get(backend, {}) if query.entities else {}
    return lambda: criteria.compile(query, load(backend), **used)


def _without_a_schema(text: str) -> Work:
    query = criteria.parse(text)
    return lambda: criteria.compile(query, "python")


def _names(query: Query) -> dict[str, str]:
    """The tables or collections of the entities of a query."""
    return {name: name for name in query.entities}


def _other(number: int) -> dict[str, Any]:
    """The record that every reference leads to."""
    return _RECORD


def _matched(text: str) -> Work:
    """The first call of a predicate, which makes what compiling left for later."""
    query = criteria.parse(text, SCHEMA)
    predicate = criteria.compile(query, "python", records="json", lookups={ENTITY: _other} if query.entities else {})
    return lambda: predicate({**_RECORD, "strings": ["a", "\u00e9"], "p": {**_RECORD["p"], "string": "\u00e9"}})


def _searched(backend: str, options: Mapping[str, Any], text: str) -> Work:
    search = criteria.parse_search({"query": text, "orderBy": SORT_KEYS, "getTotalCount": "true"}, SCHEMA)
    return lambda: criteria.compile(search, load(backend), tables=_names(search.query), **options)


def _after_a_cursor(dialect: str, text: str) -> Work:
    params = {"query": text, "orderBy": "string desc,integer desc,double desc"}
    record = {"id": 1, "string": "a", "integer": 5, "double": 1.5}
    cursor = criteria.parse_search(params, SCHEMA).cursor(record)
    search = criteria.parse_search({**params, "after": cursor}, SCHEMA)
    return lambda: criteria.compile(search, "sql", dialect=dialect, table="t", tables=_names(search.query))


def _with_a_cursor(text: str) -> Work:
    params = {"query": text, "orderBy": "string desc"}
    cursor = criteria.parse_search(params, SCHEMA).cursor({"id": 1, "string": "a" * 20_000})
    return lambda: criteria.parse_search({**params, "after": cursor}, SCHEMA)


def _explained(record: Any, text: str) -> Work:
    query = criteria.parse(text, SCHEMA)
    lookups = {ENTITY: _other} if record is not None and query.entities else None
    return lambda: criteria.explain(query, record, records="json", lookups=lookups).to_json()


def _problems(text: str) -> Work:
    def words() -> object:
        try:
            return criteria.parse(text, SCHEMA)
        except CriteriaError as error:
            return str(error)

    return words


def _checked(output_format: str, name: str, text: str) -> Work:
    """What `criteria check` does with a file, which is written anew each time, and with its output."""
    from criteria.cli.commands.check import check

    def work() -> None:
        with TemporaryDirectory(prefix="criteria-benchmark-") as folder:
            query, schema = Path(folder) / name, Path(folder) / "hostile.schema.json"
            query.write_text(text, encoding="utf-8")
            schema.write_text(json.dumps(schema_file(SCHEMA)), encoding="utf-8")
            arguments = [str(query), "--schema", str(schema), "--output-format", output_format]
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                check.main(arguments, "check", standalone_mode=False)

    return work


_RECORD: dict[str, Any] = {
    "integer": 5,
    "integers": [1, 2, 3],
    "string": "aaa1",
    "p": {"decimal": "3.5", "strings": ["a", "b"]},
    "items": [{"integer": at, "string": "aaa1", "parts": [{"integer": at, "decimal": "1.5"}] * 3} for at in range(3)],
    "other": 1,
    "others": [1, 2],
}

JOBS: Mapping[str, Callable[[str], Work]] = {
    "parse": lambda text: lambda: criteria.parse(text, SCHEMA),
    "parse without a schema": lambda text: lambda: criteria.parse(text),
    "parse YAML": lambda text: lambda: parse_yaml(text, SCHEMA),
    "problems in words": _problems,
    **{f"compile sql {name}": partial(_in_dialect, name) for name in DIALECTS},
    "search sql sqlite": partial(_searched, "sql", {"dialect": "sqlite", "table": "t"}),
    "search sql mysql": partial(_searched, "sql", {"dialect": "mysql", "table": "t"}),
    "search sql sqlite after a cursor": partial(_after_a_cursor, "sqlite"),
    "search sql postgres after a cursor": partial(_after_a_cursor, "postgres"),
    "parse a search after a cursor": _with_a_cursor,
    "compile mongo": partial(_compiled, "mongo"),
    "compile python": partial(_compiled, "python"),
    "compile python without a schema": _without_a_schema,
    "match the first record": _matched,
    "compile frame": partial(_compiled, "frame"),
    "explain": partial(_explained, None),
    "explain with a record": partial(_explained, _RECORD),
    "check": partial(_checked, "text", "q.json"),
    "check, SARIF": partial(_checked, "sarif", "q.json"),
    "check YAML": partial(_checked, "text", "q.yaml"),
    "fmt": lambda text: lambda: lay_out_json(text, 100),
    "fmt YAML": lambda text: lambda: lay_out_yaml(text, 100),
}
"""Each job: what it prepares of the text of a query, and the call that is measured."""


def measured(job: str, text: str) -> tuple[float, str, Work | None]:
    """CPU seconds of a job on a query never seen before, how it ends, and the call. Without caches."""
    _clear()
    try:
        work = JOBS[job](text)
    except CriteriaError as error:
        return 0.0, error.problems[0].code, None
    start = process_time()
    end = "done"
    try:
        work()
    except CriteriaError as error:
        end = error.problems[0].code
    return process_time() - start, end, work


def search(job: str, seconds: float) -> dict[str, Any]:
    """The slowest query that a search from a fixed seed finds in some seconds, with its peak memory in MB.

    All families are tried small, the worst of them as a whole, and from these a hill climb begins.
    """
    measured(job, text_of(replace(Genes(), groups=1, values=2)))  # loads what is loaded once
    stop = perf_counter() + seconds
    small = _SMALL_YAML if "YAML" in job else _SMALL
    starts = sorted(families(), key=lambda one: -_took(job, _fewer(one, small)))
    found = sorted(
        ((took, str(one), one) for took, one in (_largest(job, one) for one in starts[:_TRIED])), reverse=True
    )
    tried = len(starts) + len(found)
    random = Random(SEED)  # noqa: S311
    worst, _, best = found[0]
    current, current_took, since = best, worst, 0
    while perf_counter() < stop:
        candidate = fitting(mutant(current, random))
        took = _took(job, candidate)
        tried, since = tried + 1, since + 1
        if took > current_took:
            current, current_took, since = candidate, took, 0
        if took > worst:
            best, worst = candidate, took
        if since > _PATIENCE:
            current_took, _, current = random.choice(found)
            since = 0
    return {**_outcome(job, best, worst), "tried": tried}


def _fewer(genes: Genes, times: int) -> Genes:
    genes = fitting(genes)
    return replace(genes, groups=max(1, genes.groups // times))


def _largest(job: str, genes: Genes) -> tuple[float, Genes]:
    """The slowest of the query and of its halves, up to the first that is answered: a refusal may be quick."""
    worst = (-1.0, genes)
    for half in range(8):
        one = _fewer(genes, 2**half)
        took, end, _ = measured(job, text_of(one))
        worst = max(worst, (took, one), key=lambda found: found[0])
        if end == "done":
            break
    return worst


def _took(job: str, genes: Genes) -> float:
    return measured(job, text_of(genes))[0]


def _outcome(job: str, genes: Genes, seconds: float) -> dict[str, Any]:
    """The least of three times, and the memory of one more run."""
    text = text_of(genes)
    runs = [measured(job, text) for _ in range(2)]
    line = min(seconds_a_line() for _ in range(5))
    took, end, work = min(runs, key=lambda run: run[0])
    peak = 0.0
    if work is not None:
        _clear()
        tracemalloc.start()
        with suppress(CriteriaError):
            work()
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
    return {
        "seconds": min(seconds, took),
        "line": line,
        "peak": peak,
        "size": len(text),
        "end": end,
        "query": str(genes),
    }


def _clear() -> None:
    for cache in list(CACHES):
        cache.clear()


if __name__ == "__main__":
    print(json.dumps(search(sys.argv[1], float(sys.argv[2]))))
