"""Whether the library and a JSON Schema agree on a text, and which disagreements JSON Schema cannot help."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator

import criteria
from criteria import CriteriaError, Problem, Schema, query_json_schema


class Judges:
    """The library, and a validator of its JSON Schema, with the same schema and options."""

    def __init__(self, schema: Schema | None, **options: Any) -> None:
        self.schema, self.options = schema, options
        drawn = query_json_schema(schema, **options)
        Draft202012Validator.check_schema(drawn)
        self.validator = Draft202012Validator(json.loads(json.dumps(drawn)))

    def problems(self, text: str) -> tuple[Problem, ...]:
        """Why the library refuses a text; nothing when it accepts it."""
        try:
            criteria.parse(text, self.schema, **self.options)
        except CriteriaError as error:
            return error.problems
        return ()

    def is_valid(self, text: str) -> bool:
        """Whether the JSON Schema accepts a text, decoded as everybody decodes it."""
        return bool(self.validator.is_valid(json.loads(text)))


def is_beyond(problem: Problem, decoded: Any) -> bool:
    """Whether a problem is of a kind that the docstring of `query_json_schema` lists, judged by the operand itself."""
    value = at(problem.pointer, decoded)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if problem.code != "out_of_range":
        return False
    if isinstance(value, str):
        return "e" in value.lower() or value.startswith(("0001-01-01T", "9999-12-31T"))
    return is_number and ("digits" in problem.message or abs(value) > 2**53 or 0 < abs(value) < 1e-300)


def at(pointer: str, decoded: Any) -> Any:
    """The value at a JSON Pointer."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        decoded = decoded[int(key)] if isinstance(decoded, list) else decoded[key]
    return decoded
