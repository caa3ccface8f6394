"""The problems of criteria as errors of Pydantic: `type` is the code, `loc` the path, and `ctx` has the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from criteria.errors import Problem
from criteria.messages import encodable, quoted
from criteria.values.coerce import MAX_INT64, MIN_INT64

Step = int | str

MAX_INPUT = 1000
"""Characters of an `input` that an error repeats. A longer one is cut, and then it is a string."""

_MAX_MEMBERS = 50
"""Values in an `input` that is a list or an object and is repeated as it is."""


def validation_error(problems: Sequence[Problem], given: object, title: str) -> ValidationError:
    """One error with all problems of a value, which may be JSON text."""
    decoded = decoded_text(given)
    details = [
        InitErrorDetails(type=_type(problem), loc=path, input=value)
        for problem in problems
        for path, value in (place(problem.shown_pointer, decoded),)
    ]
    return ValidationError.from_exception_data(title, details)


def decoded_text(given: object) -> Any:
    """The value of JSON text; the text itself if it is not JSON, and anything else as it is."""
    if not isinstance(given, (str, bytes)):
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        return given.decode("utf-8", "replace") if isinstance(given, bytes) else given


def context(problem: Problem) -> dict[str, Any]:
    """What a problem says beside its code and message: pointer, line, column and hint."""
    names = ("shown_pointer", "line", "column", "hint")
    found = {name.removeprefix("shown_"): getattr(problem, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def place(pointer: str, value: Any) -> tuple[tuple[Step, ...], Any]:
    """The path of a pointer, with indexes as numbers, and the value there in a form that JSON can hold."""
    path: list[Step] = []
    is_found = True
    for segment in pointer.split("/")[1:]:
        key = segment.replace("~1", "/").replace("~0", "~")
        if is_found and isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            path.append(int(key))
            value = value[int(key)]
            continue
        path.append(key)
        is_found = is_found and isinstance(value, dict) and key in value
        value = value[key] if is_found else None
    return tuple(path), repeated(value)


def repeated(value: Any) -> Any:
    """A value of a client for a response: what JSON and UTF-8 cannot hold, and what is long, is text."""
    try:
        plain = _plain(value, iter(range(_MAX_MEMBERS)))
    except StopIteration:
        return quoted(value, MAX_INPUT)
    return plain if not isinstance(plain, (list, dict)) or _is_short(plain) else quoted(value, MAX_INPUT)


def _plain(value: Any, budget: Iterator[int]) -> Any:
    """The value with text for what JSON cannot hold. Each value takes one of the budget; raises `StopIteration`."""
    next(budget)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if MIN_INT64 <= value <= MAX_INT64 else quoted(value, MAX_INPUT)
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, str):
        return encodable(value if len(value) <= MAX_INPUT else f"{value[: MAX_INPUT - 3]}...")
    if isinstance(value, list):
        return [_plain(item, budget) for item in value]
    if isinstance(value, dict):
        return {encodable(str(key)[:MAX_INPUT]): _plain(item, budget) for key, item in value.items()}
    return quoted(value, MAX_INPUT)


def _is_short(value: Any) -> bool:
    return len(json.dumps(value, ensure_ascii=False)) <= MAX_INPUT + 2


def _type(problem: Problem) -> PydanticCustomError:
    """Pydantic puts values of the context where a message has their names in braces, which a client may write."""
    found, code = context(problem), cast(Any, problem.code)
    if not any(f"{{{name}}}" in problem.message for name in found):
        return PydanticCustomError(code, cast(Any, problem.message), found)
    return PydanticCustomError(code, "{message}", {**found, "message": problem.message})


def request_errors(problems: Iterable[Problem], given: Any, around: tuple[Step, ...]) -> list[dict[str, Any]]:
    """The problems as `RequestValidationError` of FastAPI lists errors. `around` comes before each path."""
    errors = []
    for problem in problems:
        path, value = place(problem.shown_pointer, given)
        errors.append(
            {"type": problem.code, "loc": (*around, *path), "msg": problem.message, "input": value,
             "ctx": context(problem)}
        )  # fmt: skip
    return errors
