"""What JSON has to be so that an engine reads it as Python does. `criteria.tables.reflect` verifies it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.nodes import Node
from criteria.schema.field import Field, FieldType

Maker = Callable[[], Node]
Holds = Callable[[Maker], Node]
"""The condition that a value has a form."""

MAX_DOUBLE = "1.7976931348623157e308"
"""Engines read larger numbers as infinity or not at all; MariaDB as this one."""

MAX_WHOLE = "9223372036854775808"
"""The first integer that has more than 64 bits."""


class NumberCheck(NamedTuple):
    """A check of numbers: as which type of field they are read, and what has to be true of one read so.

    `written`: takes a number that is read so, and returns the text that `holds` looks at in its place.
    """

    read_as: FieldType
    holds: Holds
    written: Callable[[Node], Node] = lambda number: number


class JsonChecks(NamedTuple):
    """What a dialect has to verify of JSON columns.

    - `has_one_value`: whether the keys on a field's path are there once each, and spelled without escapes if the engine
      would not find them. None: of repeated keys the engine keeps the last one, as Python does.
    - `whole`: the checks that a number is whole and has 64 bits. `finite`: that a double holds it.
    - `is_rounded`: whether a double is a decimal of at most so many digits after the point.
    - `is_encoded_once`: whether a document is not a string that holds the text of an object, on engines whose drivers
      return some documents decoded and others as text. Which of the two a driver has returned would not be known.
    """

    has_one_value: Callable[[Field, Maker], Node] | None
    whole: Sequence[NumberCheck]
    finite: Sequence[NumberCheck]
    is_rounded: Callable[[Maker, int], Node]
    is_encoded_once: Holds | None = None


def is_within(value: Maker, limit: str) -> Node:
    """Whether a number is between a limit and its negative."""
    least = nodes.compare(exp.GT, value(), exp.Neg(this=exp.Literal.number(limit)))
    return nodes.all_of([least, nodes.compare(exp.LT, value(), exp.Literal.number(limit))])


def has_64_bits(value: Maker) -> Node:
    """Whether a whole number is an integer of 64 bits."""
    least = nodes.compare(exp.GTE, value(), exp.Neg(this=exp.Literal.number(MAX_WHOLE)))
    return nodes.all_of([least, nodes.compare(exp.LT, value(), exp.Literal.number(MAX_WHOLE))])


def is_finite(value: Maker) -> Node:
    """Whether a double is finite. JSON has no NaN."""
    least = nodes.compare(exp.GTE, value(), exp.Neg(this=exp.Literal.number(MAX_DOUBLE)))
    return nodes.all_of([least, nodes.compare(exp.LTE, value(), exp.Literal.number(MAX_DOUBLE))])


def has_digits(value: Maker, field: Field, is_rounded: Callable[[Maker, int], Node]) -> Node:
    """Whether a double is a decimal of a field (docs/language.md#inside-json)."""
    scale = field.scale or 0
    most = exp.Literal.number(f"1e{(field.precision or 0) - scale}")
    return nodes.all_of([nodes.compare(exp.LT, nodes.call("ABS", value()), most), is_rounded(value, scale)])


def is_same_decimal(value: Maker, kind: exp.DataType) -> Node:
    """Whether a double is still the same after it was a decimal of a type. Doubles are decimals by their texts: cast
    from one type to the other, both would be rounded."""
    decimal = nodes.cast(nodes.cast(value(), exp.DType.TEXT), kind)
    return nodes.equal(nodes.cast(nodes.cast(decimal, exp.DType.TEXT), exp.DType.DOUBLE), value())


def is_rounded(function: str) -> Holds:
    """Whether a function that removes a number's fraction returns the number."""
    return lambda value: nodes.equal(nodes.call(function, value()), value())


def objects_on_path(field: Field) -> list[tuple[str, str, str]]:
    """The JSONPath of each object that a field's path leads through, the key that is looked for in it, and its path."""
    segments = field.path_inside
    paths = [".".join(("$", *segments[:count])) for count in range(len(segments) + 1)]
    return list(zip(paths, segments, paths[1:], strict=False))
