"""`Codec`: how a column stores the values of a field. A `Table` has one for each of its fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sqlglot import exp

from criteria.backends.sql.nodes import Derive, Node
from criteria.backends.sql.representation import Representation


class Form(NamedTuple):
    """What a codec relies on, where a column may hold more than its field: only values of this form are compared well.

    - `name`: what the column should hold, in plural.
    - `holds`: takes a function that makes the column, returns the condition that a value has the form. In an array it
      is a condition on each element.
    - `hint`: what to do about other values.
    - `first`: a form that is looked for before, and that `holds` relies on.
    """

    name: str
    holds: Callable[[Callable[[], Node]], Node]
    hint: str = "Correct such values, or query a view that converts them."
    first: Form | None = None


class Codec(NamedTuple):
    """How a column stores the values of a field, where that is not how the library's own tables store them.

    - `representation`: how the values compare, after `read`.
    - `read`: takes the column, or an element of a list, and returns the expression that is compared; None: as it is. An
      index on the column serves only conditions without it.
    - `spellings`: converts an operand to what the driver gets, once for each way in which the column may spell the same
      value, in the column's order. None: the dialect's own conversion.
    - `operand`: takes a placeholder, returns it with the cast that it needs; None: the dialect's.
    - `sort_keys`: takes a function that makes what `read` returns, and returns the expressions to sort by; None: as the
      representation sorts.
    - `labels`: the values of an enumerated type, which are all that the column holds.
    - `is_binary`: whether the column compares text by code point.
    - `max_characters`: the most characters of a text that the column holds.
    - `may_be_null`: whether `read` returns NULL for some values that are not NULL.
    - `above_nan`: true of the values that are not NaN, where the column may hold one and the field is not a double.
    - `binds_arrays`: whether the values of a long `$in` may be bound as the dialect's own array.
    - `document`: of a JSON column, takes the column and returns it as the engine's own JSON; None: it is that.
    - `is_document`: whether a list is stored as JSON, on an engine that also has arrays.
    - `element_type`: the type of an array's elements, if an index on the array can serve; operands are cast to it.
    - `selected`: takes the column and returns what a search selects of it; None: the column. Drivers shorten floats of
      32 bits and return instants in the session's time zone, and a cursor has to be the value that is stored.
    - `is_single`: whether the values are floats of 32 bits.
    - `returned`: what drivers return instead of the values, if no program can tell the values from that.
    - `form`: what every value of the column has to be, where the engine does not see to it.
    """

    representation: Representation
    read: Callable[[Node], Node] | None = None
    spellings: tuple[Derive, ...] | None = None
    operand: Callable[[Node], Node] | None = None
    sort_keys: Callable[[Callable[[], Node]], tuple[Node, ...]] | None = None
    labels: tuple[str, ...] | None = None
    is_binary: bool = False
    max_characters: int | None = None
    selected: Callable[[Node], Node] | None = None
    may_be_null: bool = False
    above_nan: Callable[[Node], Node] | None = None
    binds_arrays: bool = False
    document: Callable[[Node], Node] | None = None
    is_document: bool = False
    element_type: exp.DataType | None = None
    is_single: bool = False
    returned: str | None = None
    form: Form | None = None
