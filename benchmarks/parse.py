"""Parsing decoded JSON and JSON text to the typed tree: a known shape, with new values each time."""

from __future__ import annotations

import json
from collections.abc import Callable

import criteria
from benchmarks.harness import Contestant, Ready, Sizes, batches, compete, each
from benchmarks.queries import SCHEMA, Criteria, known_shape
from benchmarks.targets import Figure, Result
from benchmarks.validators import (
    SAMPLES,
    Validator,
    fastjsonschema_validator,
    jsonschema_validator,
    pydantic_model,
    verdicts,
)

PEERS: dict[str, Callable[[], Validator]] = {
    "pydantic": pydantic_model,
    "fastjsonschema (validation alone)": fastjsonschema_validator,
    "jsonschema (validation alone)": jsonschema_validator,
}


def run(sizes: Sizes) -> Result:
    """Figures of the job `parse`."""
    decoded = batches(known_shape(sizes.queries * (sizes.rounds + 1)), sizes.rounds)
    texts = [[json.dumps(one) for one in batch] for batch in decoded]

    def baseline() -> Ready:
        return Ready(each(json.loads, texts), units=len(texts[0]))

    def validator(start: Callable[[], Validator]) -> Callable[[], Ready]:
        def prepare() -> Ready:
            validate = start()
            return Ready(each(validate, decoded), verdicts(validate), len(decoded[0]))

        return prepare

    contestants = [
        Contestant("json.loads of the text", baseline),
        Contestant("criteria", validator(lambda: _parse)),
        *(Contestant(name, validator(start)) for name, start in PEERS.items()),
        Contestant("criteria, from text", lambda: Ready(each(_parse, texts), units=len(texts[0]))),
    ]
    expected = [is_accepted for _, is_accepted in SAMPLES]
    group = compete("parse: the medium query, decoded", contestants, sizes.rounds, expected)
    figures: dict[str, Figure] = {
        "parse.decoded": group.ratio("criteria", "json.loads of the text"),
        "parse.text": group.best("criteria, from text"),
    }
    return Result(figures, (group,))


def _parse(source: Criteria | str) -> object:
    return criteria.parse(source, SCHEMA)
