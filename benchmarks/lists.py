"""Long queries: lists of many lengths, and many comparisons, relative to decoding their text."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import criteria
from benchmarks.harness import Contestant, Group, Ready, Sizes, batches, compete, each
from benchmarks.targets import Figure, Result

_SCHEMA = criteria.Schema(
    "lists", [criteria.Field("number", "integer"), criteria.Field("name", "string")], system_properties=False
)

_LENGTHS = (1, 3, 10, 100, 400, 1000)
"""The greatest lengths of the lists of each group."""

_COMPARISONS = 500


def run(sizes: Sizes) -> Result:
    """Figures of the job `lists`."""
    numbers = [_lists("number", length, sizes) for length in _LENGTHS]
    names = [_lists("name", length, sizes) for length in _LENGTHS]
    many = _many(sizes)
    figures: dict[str, Figure] = {
        "lists.parse": _worst([*numbers, *names], "criteria, parse"),
        "lists.sql": _worst([*numbers, *names], "criteria, SQL"),
        "lists.many": many.best("criteria, SQL"),
    }
    return Result(figures, (*numbers, *names, many))


def _worst(groups: list[Group], name: str) -> Figure:
    return max(float(group.ratio(name, "json.loads of the text")) for group in groups)


def _lists(name: str, longest: int, sizes: Sizes) -> Group:
    """Lists of up to this length, of the length before the others at least: each text has another one, if it can."""
    dice = random.Random(longest)  # noqa: S311  # data to measure on
    shortest = max(1, longest * 9 // 10)

    def value() -> object:
        number = dice.randrange(10**6)
        return number if name == "number" else f"v{number:06}"

    def text() -> str:
        return json.dumps({name: {"$in": [value() for _ in range(dice.randint(shortest, longest))]}})

    count = max(2, min(sizes.queries, 20_000 // longest)) * (sizes.rounds + 1)
    texts = batches([text() for _ in range(count)], sizes.rounds)
    queries = [[_parse(one) for one in batch] for batch in texts]
    return compete(
        f"lists: $in of {shortest} to {longest} values of {name}",
        [
            Contestant("json.loads of the text", _ready(json.loads, texts)),
            Contestant("criteria, parse", _ready(_parse, texts)),
            Contestant("criteria, SQL", _ready(_compile, queries)),
        ],
        sizes.rounds,
    )


def _many(sizes: Sizes) -> Group:
    """Many comparisons in one query of a shape that was seen before."""
    dice = random.Random(1)  # noqa: S311  # data to measure on

    def text() -> str:
        return json.dumps({"OR": [{"number": {"$gt": dice.randrange(10**6)}} for _ in range(_COMPARISONS)]})

    texts = batches([text() for _ in range(3 * (sizes.rounds + 1))], sizes.rounds)
    return compete(
        f"lists: {_COMPARISONS} comparisons, shape known",
        [
            Contestant("json.loads of the text", _ready(json.loads, texts)),
            Contestant("criteria, SQL", _ready(lambda one: _compile(_parse(one)), texts)),
        ],
        sizes.rounds,
    )


def _ready(work: Callable[[Any], object], inputs: list[Any]) -> Callable[[], Ready]:
    return lambda: Ready(each(work, inputs), units=len(inputs[0]))


def _parse(text: str) -> criteria.Query:
    return criteria.parse(text, _SCHEMA)


def _compile(query: criteria.Query) -> object:
    return criteria.compile(query, "sql", dialect="postgres")
