"""The time from a parsed query to its first answer: for new shapes, and for a known shape with new values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import criteria
from benchmarks.harness import Contestant, Group, Ready, Sizes, batches, compete, each
from benchmarks.queries import SCHEMA, Criteria, Row, known_shape, medium_by_hand, new_shapes, rows, selects
from benchmarks.targets import Figure

ROWS = rows(40)

Start = Callable[[Criteria], Callable[[Row], bool]]
"""Compiles criteria to a predicate."""


def first_predicate(sizes: Sizes) -> tuple[list[Group], dict[str, Figure]]:
    """The groups, and the figures `filter.new` and `filter.known`."""
    new = _group("a new shape", "a walk over the criteria", _walk, new_shapes(sizes.shapes * (sizes.rounds + 1)), sizes)
    medium = known_shape(sizes.queries * (sizes.rounds + 1))
    known = _group("a known shape", "closure by hand", medium_by_hand, medium, sizes)
    return [new, known], {"filter.new": new.best("criteria"), "filter.known": known.best("criteria")}


def _walk(one: Criteria) -> Callable[[Row], bool]:
    return lambda row: selects(one, row)


def _group(title: str, baseline: str, by_hand: Start, queries: Sequence[Criteria], sizes: Sizes) -> Group:
    decoded = batches(queries, sizes.rounds)
    parsed = [[criteria.parse(one, SCHEMA) for one in batch] for batch in decoded]

    def hand() -> Ready:
        answer = [list(map(by_hand(one), ROWS)) for one in decoded[0]]
        return Ready(each(lambda one: by_hand(one)(ROWS[0]), decoded), answer, len(decoded[0]))

    def ours() -> Ready:
        predicates = [criteria.compile(query, "python") for query in parsed[0]]
        answer = [list(map(predicate, ROWS)) for predicate in predicates]
        return Ready(each(lambda query: criteria.compile(query, "python")(ROWS[0]), parsed), answer, len(parsed[0]))

    expected = [list(map(by_hand(one), ROWS)) for one in decoded[0]]
    contestants = [Contestant(baseline, hand), Contestant("criteria", ours)]
    return compete(f"filter: first predicate of {title}", contestants, sizes.rounds, expected)
