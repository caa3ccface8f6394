"""The problems of JSON text, with their lines and columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from criteria.errors import KEY_CODES, MAX_PROBLEMS, Path, Problem
from criteria.messages import quoted
from criteria.text.json_decoders import NotJson, Pairs, decoder_of_texts
from criteria.text.json_faults import json_fault
from criteria.text.json_positions import Lines, Position, SearchTree, places, search_tree, search_tree_of_paths

_TEXTS = decoder_of_texts()


def located(
    problems: Sequence[Problem], text: str, find: Callable[[SearchTree], Iterator[Position]] | None = None
) -> tuple[Problem, ...]:
    """The problems with lines and columns in the text, in text order.

    For a duplicate key, the last value counts. `find` locates values in a text that is not JSON.
    """
    missing = {one.pointer for one in problems if one.line is None and one.code != "too_many_problems"}
    repeated = {one.pointer for one in problems if one.code == "duplicate_key"}
    last_counts = any(pointer in repeated for one in missing for pointer in _outwards(one))
    last: dict[SearchTree, Position] = {}
    if missing:
        searched = search_tree(missing)
        for place in find(searched) if find else places(text, searched):
            is_new = place.searched not in last
            last[place.searched] = place
            if is_new and not last_counts:
                missing.discard(place.pointer)
                if not missing:
                    break
    found = _lines_and_columns(text, last.values())
    placed = [_placed(problem, found) for problem in problems]
    return tuple(sorted(placed, key=lambda one: (one.code == "too_many_problems", one.line or 0, one.column or 0)))


def _lines_and_columns(text: str, found: Collection[Position]) -> dict[str, _LineColumns]:
    """The lines and columns of some values, by their pointers. A value may have several positions: the last counts."""
    lines = Lines(text)
    offsets = {place.value for place in found} | {place.key for place in found if place.key is not None}
    at = {offset: lines.at(offset) for offset in sorted(offsets)}
    ordered = sorted(found, key=lambda place: place.value)
    return {place.pointer: (None if place.key is None else at[place.key], at[place.value]) for place in ordered}


_LineColumns = tuple[tuple[int, int] | None, tuple[int, int]]
"""Line and column of a key, if there is one, and of its value."""


def _outwards(pointer: str) -> Iterator[str]:
    """The pointer, and the pointers of all values around it, from the inside out."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""


def _placed(problem: Problem, found: Mapping[str, _LineColumns]) -> Problem:
    """The problem with its position. If the value is missing, that of the innermost value around it."""
    pointer = next((pointer for pointer in _outwards(problem.pointer) if pointer in found), None)
    if problem.line is not None or pointer is None:
        return problem
    key, value = found[pointer]
    is_key = (problem.is_key or problem.code in KEY_CODES) and pointer == problem.pointer
    line, column = key if key and is_key else value
    return replace(problem, line=line, column=column)


def syntax(text: str, fault: json.JSONDecodeError) -> Problem:
    """The problem of a text that is not JSON."""
    words, hint, at = json_fault(text, fault)
    line, column = Lines(text).at(at)
    return Problem("invalid_json", f"This is not JSON: {words}.", line=line, column=column, hint=hint)


def constant(text: str, fault: NotJson) -> Problem:
    """The problem of the first NaN or Infinity outside strings: the place where a decoder stops that knows neither."""
    message = f"{fault} is not a JSON number."
    try:
        _TEXTS.decode(text.replace("NaN", "!aN").replace("Infinity", "!nfinity"))
    except json.JSONDecodeError as found:
        return Problem("invalid_json", message, line=found.lineno, column=found.colno)
    return Problem("invalid_json", message)


def repeated(text: str, value: Any, repeating: Mapping[int, Pairs]) -> Iterator[Problem]:
    """A problem for each duplicate key of a decoded value.

    `repeating` has the members of the objects with duplicate keys, by the ids of the objects.
    """
    lines = Lines(text)
    keys = list(islice(_repeated_paths(value, repeating), MAX_PROBLEMS + 1))
    root, nodes = search_tree_of_paths(keys)
    ends = {node: quoted(path[-1]) for node, path in zip(nodes, keys, strict=True)}
    seen: set[tuple[SearchTree, int | None]] = set()
    for place in places(text, root):
        if place.key is None or place.searched not in ends:
            continue
        here = (place.searched, place.around)
        if here in seen:
            line, column = lines.at(place.key)
            message = f"The key {ends[place.searched]} appears twice in one object."
            yield Problem("duplicate_key", message, place.pointer, line, column)
        seen.add(here)


def _repeated_paths(value: Any, repeating: Mapping[int, Pairs]) -> Iterator[Path]:
    """The paths of the duplicate keys."""
    pending: list[tuple[Any, Any]] = [(value, None)]  # each with its last step, linked to those before it
    left = len(repeating)
    while pending:
        container, link = pending.pop()
        pairs: Any = enumerate(container) if type(container) is list else container.items()
        if id(container) in repeating:
            pairs = repeating[id(container)]
            around = _path(link)
            for key in _repeated_keys(pairs):
                yield (*around, key)
            left -= 1
            if not left:
                return
        inner = [(item, (step, link)) for step, item in pairs if (type(item) is dict or type(item) is list) and item]
        inner.reverse()
        pending += inner


def _repeated_keys(pairs: Pairs) -> Iterator[str]:
    once: set[str] = set()
    twice: set[str] = set()
    for key, _ in pairs:
        if key in once and key not in twice:
            twice.add(key)
            yield key
        once.add(key)


def _path(link: Any) -> Path:
    steps = []
    while link is not None:
        step, link = link
        steps.append(step)
    return tuple(reversed(steps))
