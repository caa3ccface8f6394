"""The record that each dialect module fills in.

A value is stored in one of three representations, and that decides how it is compared:

- `TEXT`: as a string that compares by code point (strings; where an engine has no better type, and always inside
  JSON, the canonical text of dates, dateTimes and guids);
- `DECIMAL_TEXT`: as the canonical text of a decimal, whose order is by sign, length and text;
- `NATIVE`: as a value of an engine's type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect as SqlglotDialect

from criteria.backends.sql import nodes
from criteria.backends.sql.nodes import Derive, Node
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import Comparison, TextOperator


def with_explicit_nulls(base: type[SqlglotDialect]) -> str:
    """The name of a dialect of sqlglot that always prints NULLS FIRST and NULLS LAST, whatever a session has set."""
    name = f"Explicit{base.__name__}"
    type(name, (base,), {"NULL_ORDERING": "nulls_are_large"})  # sqlglot registers a dialect when its class is made
    return name.lower()


class Representation(Enum):
    """How a value is stored on an engine."""

    TEXT = "text"
    DECIMAL_TEXT = "decimal text"
    NATIVE = "native"


NATIVE_TYPES: Mapping[FieldType, Representation] = {
    FieldType.STRING: Representation.TEXT,
    FieldType.INTEGER: Representation.NATIVE,
    FieldType.BOOLEAN: Representation.NATIVE,
    FieldType.DECIMAL: Representation.NATIVE,
    FieldType.DOUBLE: Representation.NATIVE,
    FieldType.DATE: Representation.NATIVE,
    FieldType.DATE_TIME: Representation.NATIVE,
    FieldType.GUID: Representation.NATIVE,
    FieldType.OBJECT_REF: Representation.NATIVE,
}
"""The representations of an engine that has a type for each field type."""

NATIVE_TYPES_BUT_GUID: Mapping[FieldType, Representation] = {**NATIVE_TYPES, FieldType.GUID: Representation.TEXT}
"""The representations of an engine that has a type for each field type but guids."""


Maker = Callable[[], Node]
"""Makes a new node each time: a node has one parent, and an expression may be needed twice."""


class Bind(Protocol):
    """Gives the placeholder of a comparison's operand, or of something that a function makes of the operand."""

    def __call__(self, derive: Derive = ..., /) -> Node:
        """The placeholder. The function has to depend on the operand alone."""


@dataclass(frozen=True, slots=True)
class StoredValue:
    """A stored scalar to compare: its field, and the expression that yields it (NULL: nothing to match)."""

    field: Field
    make: Maker
    representation: Representation
    in_json: bool = False

    @property
    def is_binary(self) -> bool:
        """Whether the stored text is declared to compare by code point."""
        return self.field.collation == "binary" and not self.in_json


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a list: its value (NULL when it is of another type), and whether it is null."""

    value: Maker
    is_null: Maker


@dataclass(frozen=True, slots=True)
class TextForms:
    """How text is compared by code point, whatever the column's collation is."""

    equal: Callable[[StoredValue, Node], Node]
    any_of: Callable[[StoredValue, Sequence[Maker]], Node]
    operand: Callable[[StoredValue, Node], Node]
    """The right side of an ordering."""
    match: Callable[[TextOperator, StoredValue, str, Bind], Node]
    """`$startsWith`, `$endsWith` and `$contains` of an operand that is not empty."""
    sort_keys: Callable[[StoredValue], Sequence[Node]]
    ordered: Callable[[StoredValue], Node] = lambda stored: stored.make()
    """The left side of an ordering."""


@dataclass(frozen=True, slots=True)
class JsonForms:
    """How values inside JSON columns are reached; the maker is the column's."""

    scalar: Callable[[Field, Maker], Node]
    """The value at the field's path, NULL unless it is of the field's JSON kind."""
    is_null: Callable[[Field, Maker], Node]
    """Whether the path is missing or null: never NULL itself."""
    has_indexes: bool = False
    """Whether an index can be made on an expression, such as the scalar's."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One SQL dialect, as functions from the language's terms to nodes.

    `sqlglot` is the name under which sqlglot prints it, `paramstyle` that of its usual driver.
    """

    name: str
    sqlglot: str
    paramstyle: str
    representations: Mapping[FieldType, Representation]
    """How values of each type are stored in a column. A type that is not here is refused as `unsupported`."""
    text: TextForms
    json: JsonForms
    any_element: Callable[[Field, Maker, Callable[[Element], Node]], Node]
    """Whether some element fulfils a condition; never NULL."""
    encode: Callable[[Any], Any]
    """A NATIVE value as the driver takes it."""
    operand: Callable[[StoredValue, Node], Node]
    """The placeholder of a NATIVE value, typed as the dialect needs it."""
    column_type: Callable[[Field, bool], exp.DataType]
    """The type of a field's column; the flag says that it is the key."""
    binary_collation: Node | None = None
    """The collation of a column that is declared to compare by code point."""
    casts_lists: bool = False
    """Whether inserted lists and documents are cast, because no driver can tell the type of an empty one."""
    above_nan: Callable[[Node], Node] | None = None
    """Whether what lies above a number is no NaN, where the engine sorts NaN above all numbers."""
    list_holds: Callable[[Field, Node, list[Node]], Node] | None = None
    """Whether a native list holds one of some values, in the form that an index on lists serves; NULL where there is
    no list."""
    list_is_empty: Callable[[Node], Node] | None = None
    """Whether a native list has no element but nulls, where there is a quicker form than to ask for one; never NULL."""
    native_lists: bool = False
    """Whether list fields that are columns have an array type; else they are JSON."""
    nulls_are_large: bool = False
    """Whether sqlglot takes the dialect to sort NULL above all values: then it prints NULLS FIRST and NULLS LAST."""
    in_array: Callable[[StoredValue, list[Any], Callable[[Any], Node]], Node | None] | None = None
    """`$in` with its values bound as one parameter, for statements with very many of them."""
    unsupported: Callable[[Field], str | None] = lambda field: None
    """Why a field cannot be right on the engine."""
    max_binds: int | None = None
    """The most parameters that the engine takes in a statement."""
    max_in_values: int | None = None
    """The most values that the engine takes in one IN; longer lists become several."""
    unsupported_leaf: Callable[[Comparison], str | None] | None = None
    """Why a comparison, because of its value, cannot be right on the engine."""
    value_checked_types: frozenset[FieldType] = frozenset()
    """The field types whose values `unsupported_leaf` looks at. Queries of other types share their compiled form."""
    no_limit: Maker | None = lambda: nodes.number(2**63 - 1)
    """The LIMIT that leaves out no row, for an OFFSET that does not stand alone (None: it does)."""
    last_row: int | None = None
    """The number of the last row that a page may reach: the sum of LIMIT and OFFSET."""
    folds_names: bool = False
    """Whether two columns cannot differ only in the letter case of their names."""
    max_key_characters: int | None = None
    """The longest string that the column of a key holds."""
    max_sort_keys: int | None = None
    """About how many expressions a statement may be ordered by; the pieces of texts share them."""
    unquotable: str = ""
    """The characters that no quoted name can hold."""
