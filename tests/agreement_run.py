"""Runs the whole language on every engine, for as many generated cases as there is time for.

    python -m tests.agreement_run --cases 50000
    python -m tests.agreement_run --seed 7 --cases 1000 --engines sqlite,postgres,polars

A case is a query on a few records, and sometimes an order and a page. Text in any letter case, strings that list their
values, days, lists of values and lists of objects, nested twice, are in one schema. Every engine and every kind of
frame has to give the answer of `criteria.conformance.reference`. The run prints a line for each batch, with the seed
that draws the batch again, and ends with status 1 at the first difference.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from secrets import randbelow
from time import perf_counter
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import criteria
from criteria import Field, ObjectList, Query, Schema, Search
from criteria.conformance import schemas
from criteria.conformance.checks import expected_page
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from tests.conftest import Engines
from tests.engines import ENGINES
from tests.frames import test_agreement as of_frames
from tests.frames.kinds import QUICK
from tests.test_agreement import tables

BATCH, QUERIES = 400, 8

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


_PAGES = st.tuples(order_by_texts(EVERYTHING), st.one_of(st.none(), st.integers(1, 4)), st.integers(0, 3))


def batch(engines: Engines, frames: Sequence[Any], number: int, cases: int) -> int:
    """Runs cases that a seed draws, and returns how many. Raises `AssertionError` at a difference."""
    count = 0

    @seed(number)
    @settings(
        max_examples=-(-cases // QUERIES),
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(
        records(EVERYTHING, 8), st.lists(criteria_objects(EVERYTHING, 5), min_size=QUERIES, max_size=QUERIES), _PAGES
    )
    def agree(rows: list[dict[str, Any]], wanted: list[dict[str, Any]], page: tuple[str, int | None, int]) -> None:
        nonlocal count
        count += len(wanted)
        queries = [criteria.parse(one, EVERYTHING) for one in wanted]
        assert differences(engines, rows, queries, page) == []
        for query in queries:
            assert of_frames.differences(frames, EVERYTHING, rows, query) == []

    agree()
    return count


def differences(
    engines: Engines, rows: list[dict[str, Any]], queries: Sequence[Query], page: tuple[str, int | None, int]
) -> list[Any]:
    """The differences between an engine's answers and those of the reference: all records of each query, and a page of
    the first one."""
    typed = [EVERYTHING.decode(row) for row in rows]
    searches = [Search(query, limit=None) for query in queries]
    order_by, limit, skip = page
    searches.append(Search(queries[0], criteria.parse_order_by(order_by, EVERYTHING), limit, skip, True))
    expected = [expected_page(search, rows, typed) for search in searches]
    wrong: list[Any] = []
    for engine, table in tables(engines, EVERYTHING):
        with table.holding(rows):
            for search, right in zip(searches[:-1], expected, strict=False):
                found = sorted(table.select(search.query))
                if found != sorted(right.data):
                    wrong.append((engine.name, "selects", found, "not", sorted(right.data), search.query))
            answer = table.search(searches[-1])
            if answer != expected[-1]:
                wrong.append((engine.name, "pages", answer.data, answer, "not", expected[-1]))
    return wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line. Returns 1 if an engine gave another answer."""
    kinds = {kind.name: kind for kind in QUICK if kind.holds_everything}
    names = (*ENGINES, *kinds)
    parser = argparse.ArgumentParser(
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
    done, start = 0, perf_counter()
    while done < cases:
        try:
            done += batch(engines, frames, number, min(BATCH, cases - done))
        except AssertionError:
            print(f"seed {number}: an engine gave another answer, after {done:,} cases without a difference")
            raise
        print(f"seed {number}: {done:,} cases in {(perf_counter() - start) / 60:.1f} min, no difference", flush=True)
        number += 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
