"""Runs the whole language on every engine, for as many generated cases as there is time for.

    python -m tests.agreement_run --cases 50000
    python -m tests.agreement_run --seed 7 --cases 1000 --engines sqlite,postgres,polars

A case is a query on a few records, and sometimes an order and a page. Text in any letter case, strings that list their
values, days, lists of values and lists of objects, nested twice, are in one schema. Half of the cases follow references
into other entities, two steps deep. Every engine has to give the answer of `criteria.conformance.reference`, and every
kind of frame as well, but for references, which frames refuse. The run prints a line for each batch, with the seed that
draws the batch again, and ends with status 1 at the first difference.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from secrets import randbelow
from time import perf_counter
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, ObjectList, Query, Schema, Search
from criteria.conformance import schemas
from criteria.conformance.checks import expected_page
from criteria.conformance.reference import NO_OBJECTS, Objects
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from examples.arguments import ArgumentParser
from tests.conftest import Engines
from tests.engines import ENGINES
from tests.frames import test_agreement as of_frames
from tests.frames.kinds import QUICK
from tests.linked_records import DISCOUNT, ENTITIES, ORDER, WORLD, by_id, linked
from tests.test_agreement import tables

BATCH, QUERIES = 400, 8

LINKED_QUERIES = 2
"""Queries on the same linked records. Hypothesis leaves out what is long, so more of them would be simpler ones."""

_VALUES = ("open", "Open", "paid", "\u00e9t\u00e9", "K", "\u212a", "")

EVERYTHING = Schema(
    "everything",
    [
        schemas.KEY,
        Field("text", "string"),
        Field("status", "string", values=_VALUES),
        Field("day", "date"),
        Field("amount", "decimal", precision=20, scale=4),
        Field("days", "date", is_list=True),
        Field("states", "string", is_list=True, values=_VALUES),
        Field("p.text", "string"),
        Field("p.status", "string", values=_VALUES),
        Field("p.days", "date", is_list=True),
        ObjectList("items", [
            Field("text", "string"), Field("status", "string", values=_VALUES), Field("day", "date"),
            Field("amount", "decimal", precision=12, scale=2), Field("number", "integer"), Field("ratio", "double"),
            Field("at", "dateTime"), Field("token", "guid"), Field("is", "boolean"), Field("q.text", "string"),
            Field("texts", "string", is_list=True),
            ObjectList("parts", [
                Field("text", "string"), Field("day", "date"), Field("q.number", "integer"),
                ObjectList("pieces", [Field("status", "string", values=_VALUES), Field("days", "date", is_list=True)]),
            ]),
        ]),
        ObjectList("p.lines", [Field("text", "string"), Field("day", "date"), Field("amounts", "decimal", precision=9,
                                                                                    scale=3, is_list=True)]),
    ],
    system_properties=False,
)  # fmt: skip


Drawn = tuple[list[dict[str, Any]], list[dict[str, Any]], tuple[str, int | None, int]]
"""Records, queries, and the order, limit and skip of a page."""

_WITHOUT_REFERENCES_IN_LISTS = ("mongodb", "duckdb", "duckdb-binary")
"""Engines that refuse references inside lists of objects."""


def drawn(schema: Schema, rows: st.SearchStrategy[list[dict[str, Any]]], queries: int) -> st.SearchStrategy[Drawn]:
    """Cases of a schema on records that a strategy draws."""
    pages = st.tuples(order_by_texts(schema), st.one_of(st.none(), st.integers(1, 4)), st.integers(0, 3))
    return st.tuples(rows, st.lists(criteria_objects(schema, 5), min_size=queries, max_size=queries), pages)


def batch(engines: Engines, frames: Sequence[Any], number: int, cases: int, counts: Counter[str]) -> None:
    """Runs cases that a seed draws, half of them through references. Counts `cases`, those of them that follow
    `references`, and what an engine `refused`. Raises `AssertionError` at a difference."""
    linking = cases // 2

    @_examples(number, -(-(cases - linking) // QUERIES))
    @given(drawn(EVERYTHING, records(EVERYTHING, 8), QUERIES))
    def agree(case: Drawn) -> None:
        rows, wanted, page = case
        queries = [criteria.parse(one, EVERYTHING) for one in wanted]
        counts["cases"] += len(queries)
        assert differences(engines, EVERYTHING, rows, queries, page, counts) == []
        for query in queries:
            assert of_frames.differences(frames, EVERYTHING, rows, query) == []

    @_examples(number, -(-linking // LINKED_QUERIES))
    @given(st.one_of(_linking(DISCOUNT), _linking(DISCOUNT), _linking(ORDER)), WORLD)
    def follow(case: tuple[Schema, Drawn], world: dict[str, list[dict[str, Any]]]) -> None:
        schema, (rows, wanted, page) = case
        queries = [criteria.parse(one, schema) for one in wanted]
        counts["cases"] += len(queries)
        counts["references"] += sum(bool(query.entities) for query in queries)
        with ExitStack() as held:
            for engine in engines.all():
                for name, entity in ENTITIES.items():
                    held.enter_context(engine.table(entity).holding(world[name]))
            assert differences(engines, schema, rows, queries, page, counts, by_id(world)) == []

    agree()
    for schema in (DISCOUNT, ORDER, *ENTITIES.values()):
        tables(engines, schema)  # a table that is created inside a transaction would end with it
    if linking:
        follow()


def _linking(schema: Schema) -> st.SearchStrategy[tuple[Schema, Drawn]]:
    return st.tuples(st.just(schema), drawn(schema, linked(schema), LINKED_QUERIES))


def _examples(number: int, examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Hypothesis draws examples by a seed."""
    chosen = settings(
        max_examples=max(1, examples),
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    return lambda test: seed(number)(chosen(test))


def differences(
    engines: Engines,
    schema: Schema,
    rows: list[dict[str, Any]],
    queries: Sequence[Query],
    page: tuple[str, int | None, int],
    counts: Counter[str],
    entities: Objects = NO_OBJECTS,
) -> list[Any]:
    """The differences between an engine's answers and those of the reference: all records of each query, and a page of
    the first one. Counts what an engine `refused`."""
    typed = [schema.decode(row) for row in rows]
    searches = [Search(query, limit=None) for query in queries]
    order_by, limit, skip = page
    paged = Search(queries[0], criteria.parse_order_by(order_by, schema), limit, skip, True)
    expected = [sorted(expected_page(search, rows, typed, entities).data) for search in searches]
    right = expected_page(paged, rows, typed, entities)
    wrong: list[Any] = []
    for engine, table in tables(engines, schema):
        with table.holding(rows):
            for query, ids in zip(queries, expected, strict=True):
                try:
                    found = sorted(table.select(query))
                except CriteriaError as error:
                    if not _is_refusable(engine.name, query, error):
                        wrong.append((engine.name, "refuses", error, query))
                    counts["refused"] += 1
                else:
                    if found != ids:
                        wrong.append((engine.name, "selects", found, "not", ids, query))
            try:
                answer = table.search(paged)
            except CriteriaError as error:
                if not _is_refusable(engine.name, paged.query, error):
                    wrong.append((engine.name, "refuses", error, paged))
            else:
                if answer != right:
                    wrong.append((engine.name, "pages", answer.data, answer, "not", right))
    return wrong


def _is_refusable(engine: str, query: Query, error: CriteriaError) -> bool:
    """Whether an engine may refuse a query: for references inside lists of objects, if it does not follow those."""
    codes = {problem.code for problem in error.problems}
    is_inside = bool(query.entities) and query.schema == ORDER
    return codes == {"unsupported"} and engine in _WITHOUT_REFERENCES_IN_LISTS and is_inside


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line. Returns 1 if an engine gave another answer."""
    kinds = {kind.name: kind for kind in QUICK if kind.holds_everything}
    names = (*ENGINES, *kinds)
    parser = ArgumentParser(
        prog="python -m tests.agreement_run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, help="of the first batch; each batch adds 1 (default: a new one)")
    parser.add_argument("--cases", type=int, default=BATCH, help="how many, at least (default: %(default)s)")
    parser.add_argument("--engines", default=",".join(names), help="of %(default)s")
    options = parser.parse_args(arguments)
    chosen = options.engines.split(",")
    unknown = set(chosen) - set(names)
    if unknown:
        parser.error(f"unknown engine {', '.join(sorted(unknown))}")
    first = randbelow(2**32) if options.seed is None else options.seed
    with ExitStack() as stack:
        engines = Engines([name for name in chosen if name in ENGINES], stack)
        frames = [kinds[name] for name in chosen if name in kinds and kinds[name].missing() is None]
        running = [*(one.name for one in engines.all()), *(kind.name for kind in frames)]
        print(f"on {', '.join(running)}", flush=True)
        return _run(engines, frames, first, options.cases)


def _run(engines: Engines, frames: Sequence[Any], number: int, cases: int) -> int:
    counts: Counter[str] = Counter()
    start = perf_counter()
    while counts["cases"] < cases:
        done = counts["cases"]
        try:
            batch(engines, frames, number, min(BATCH, cases - done), counts)
        except AssertionError:
            print(f"seed {number}: an engine gave another answer, after {done:,} cases without a difference")
            raise
        minutes = (perf_counter() - start) / 60
        followed = f"{counts['references']:,} through references, {counts['refused']:,} refused by an engine"
        print(f"seed {number}: {counts['cases']:,} cases ({followed}) in {minutes:.1f} min, no difference", flush=True)
        number += 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
