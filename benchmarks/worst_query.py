"""Searches the slowest query of one job: `python -m benchmarks.worst_query explain 10`."""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from random import Random
from time import perf_counter, process_time
from typing import Any

import criteria
from criteria import CriteriaError, Field, Schema
from criteria.backends.sql.dialects import DIALECTS
from criteria.cache import CACHES
from criteria.limits import DEFAULT_LIMITS
from criteria.parsing.yaml_query import parse_yaml
from criteria.text.json_layout import lay_out_json
from criteria.text.yaml_layout import lay_out_yaml

SEED = 1

_KINDS: Mapping[str, dict[str, Any]] = {
    "string": {}, "integer": {}, "boolean": {}, "decimal": {"precision": 30, "scale": 10}, "double": {}, "date": {},
    "dateTime": {"precision": 3}, "guid": {},
}  # fmt: skip

SCHEMA = Schema(
    "hostile",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        *(
            Field(f"{path}{kind}{'s' * is_list}", kind, is_list=is_list, **more)
            for kind, more in _KINDS.items()
            for path in ("", "p.")
            for is_list in (False, True)
        ),
    ],
    system_properties=False,
)
"""Every type as a column, as a list, and inside an object."""

_OPERATORS = ("", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$startsWith", "$endsWith", "$contains")


@dataclass(frozen=True, slots=True)
class Genes:
    """What a query is made of: `groups` groups of `terms` comparisons; lists have `values` values."""

    groups: int = 25
    terms: int = 40
    values: int = 100
    length: int = 6
    """Characters of a string."""
    step: int = 1
    """The distance between the values of lists; 0: all are equal."""
    kind: str = "integer"
    path: str = ""
    is_list: bool = False
    operator: str = "$in"
    outer: str = "AND"
    inner: str = "OR"
    is_negated: bool = False
    is_wrong: int = 0
    """Whether one operand in so many is of no type that the field takes."""


_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "groups": (1, 2, 10, 25, 32, 100, 500, 1000),
    "terms": (1, 2, 10, 31, 40, 100, 1000),
    "values": (0, 1, 2, 100, 260, 510, 1000),
    "length": (1, 6, 40, 900, 8000),
    "step": (0, 1, 2, 7),
    "kind": tuple(_KINDS),
    "path": ("", "p."),
    "is_list": (False, True),
    "operator": _OPERATORS,
    "outer": ("AND", "OR"),
    "inner": ("AND", "OR"),
    "is_negated": (False, True),
    "is_wrong": (0, 1),
}


def _operand(kind: str, number: int, length: int) -> Any:
    match kind:
        case "string":
            return f"{number:06}".rjust(length, "a")[-length:]
        case "integer":
            return number
        case "boolean":
            return number % 2 == 0
        case "decimal":
            return f"{number - 500}.5"
        case "double":
            return number + 0.5
        case "date":
            return f"{2000 + number % 999}-01-{1 + number % 28:02}"
        case "dateTime":
            return f"{2000 + number % 999}-01-{1 + number % 28:02}T00:00:00Z"
        case _:
            return f"00000000-0000-0000-0000-{number:012}"


def text_of(genes: Genes) -> str:
    """The query of some genes, as JSON text."""
    name = f"{genes.path}{genes.kind}{'s' * genes.is_list}"

    def comparison(index: int) -> dict[str, Any]:
        first = index * max(1, genes.values if genes.operator in ("$in", "$nin") else 1) * genes.step
        one = partial(_operand, "boolean" if genes.is_wrong and genes.kind != "boolean" else genes.kind)
        if genes.operator in ("$in", "$nin"):
            operand: Any = [one(first + at * genes.step, genes.length) for at in range(genes.values)]
        else:
            operand = one(first, genes.length)
        found = {name: operand if not genes.operator else {genes.operator: operand}}
        return {"NOT": found} if genes.is_negated else found

    groups = [
        {genes.inner: [comparison(group * genes.terms + term) for term in range(genes.terms)]}
        for group in range(genes.groups)
    ]
    return json.dumps({genes.outer: groups}, separators=(",", ":"))


def _compiled(backend: str, options: Mapping[str, Any], text: str) -> Callable[[], object]:
    query = criteria.parse(text, SCHEMA)
    return lambda: criteria.compile(query, backend, **options)


def _explained(record: Any, text: str) -> Callable[[], object]:
    query = criteria.parse(text, SCHEMA)
    return lambda: criteria.explain(query, record, records="json").to_json()


def _problems(text: str) -> Callable[[], object]:
    def words() -> object:
        try:
            return criteria.parse(text, SCHEMA)
        except CriteriaError as error:
            return str(error)

    return words


_RECORD = {"integer": 5, "integers": [1, 2, 3], "string": "aaa1", "p": {"decimal": "3.5", "strings": ["a", "b"]}}

JOBS: Mapping[str, Callable[[str], Callable[[], object]]] = {
    "parse": lambda text: lambda: criteria.parse(text, SCHEMA),
    "parse without a schema": lambda text: lambda: criteria.parse(text),
    "parse YAML": lambda text: lambda: parse_yaml(text, SCHEMA),
    **{f"compile sql {name}": partial(_compiled, "sql", {"dialect": name}) for name in DIALECTS},
    "compile mongo": partial(_compiled, "mongo", {}),
    "compile python": partial(_compiled, "python", {}),
    "compile frame": partial(_compiled, "frame", {}),
    "explain": partial(_explained, None),
    "explain with a record": partial(_explained, _RECORD),
    "problems": _problems,
    "fmt": lambda text: lambda: lay_out_json(text, 100),
    "fmt YAML": lambda text: lambda: lay_out_yaml(text, 100),
}
"""Each job: what it prepares of the text of a query, and the call that is measured."""


def measured(job: str, text: str) -> tuple[float, str, Callable[[], object] | None]:
    """CPU seconds of a job on a query never seen before, how it ends, and the call. Without caches."""
    for cache in list(CACHES):
        cache.clear()
    try:
        work = JOBS[job](text)
    except CriteriaError as error:
        return 0.0, error.problems[0].code, None
    start = process_time()
    try:
        work()
        end = "done"
    except CriteriaError as error:
        end = error.problems[0].code
    return process_time() - start, end, work


def _mutants(genes: Genes, random: Random) -> Iterator[Genes]:
    while True:
        changed = random.sample(list(_CHOICES), random.choice((1, 1, 2, 3)))
        yield replace(genes, **{name: random.choice(_CHOICES[name]) for name in changed})


def search(job: str, seconds: float) -> dict[str, Any]:
    """The slowest query that a hill climb finds in some seconds, with its peak memory in MB."""
    random = Random(SEED)  # noqa: S311
    best, worst, tried = Genes(), -1.0, 0
    measured(job, text_of(best))  # loads what is loaded once
    since, stop = 0, perf_counter() + seconds
    current, current_seconds = best, -1.0
    while not tried or perf_counter() < stop:
        mutant = next(_mutants(current, random)) if tried else current
        mutant = _fitting(mutant)
        tried += 1
        took, _, _ = measured(job, text_of(mutant))
        since = 0 if took > current_seconds else since + 1
        if took > current_seconds:
            current, current_seconds = mutant, took
        if took > worst:
            best, worst = mutant, took
        if since > 40:  # a new start
            current, current_seconds, since = next(_mutants(Genes(), random)), -1.0, 0
    text = text_of(best)
    took, end, work = measured(job, text)
    peak = 0.0
    if work is not None:
        for cache in list(CACHES):
            cache.clear()
        tracemalloc.start()
        with suppress(CriteriaError):
            work()
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
    query = ", ".join(f"{name}={value!r}" for name, value in asdict(best).items() if value != asdict(Genes())[name])
    return {"seconds": min(worst, took), "peak": peak, "size": len(text), "end": end, "tried": tried, "query": query}


def _fitting(genes: Genes) -> Genes:
    """The genes with as many comparisons, values and characters as the limits take."""
    genes = replace(genes, terms=min(genes.terms, DEFAULT_LIMITS.leaves // genes.groups))
    room = DEFAULT_LIMITS.text // (genes.groups * genes.terms) - 60  # bytes of one comparison's operand
    is_in = genes.operator in ("$in", "$nin")
    length = max(1, min(genes.length, room - 8))
    size = len(json.dumps(_operand(genes.kind, 10**6, length))) + 1
    return replace(genes, length=length, values=min(genes.values, max(0, room // size)) if is_in else genes.values)


if __name__ == "__main__":
    print(json.dumps(search(sys.argv[1], float(sys.argv[2]))))
