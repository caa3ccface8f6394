"""`Dialect`: the record of functions and constants that each dialect module fills in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect as SqlglotDialect

from criteria.backends.sql import nodes
from criteria.backends.sql.codec import Codec
from criteria.backends.sql.json_checks import JsonChecks
from criteria.backends.sql.nodes import Derive, Node
from criteria.backends.sql.representation import Representation
from criteria.backends.sql.seek import Seek
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import Comparison, ExactTextOperator, FoldedOperator

DialectName = Literal[
    "sqlite", "postgres", "mysql", "mysql8", "mariadb", "duckdb", "snowflake", "bigquery", "redshift", "spark", "trino",
    "clickhouse", "tsql", "oracle",
]  # fmt: skip
"""The names of the dialects, for type checkers."""


def with_explicit_nulls(base: type[SqlglotDialect]) -> str:
    """The name of a sqlglot dialect that prints NULLS FIRST and NULLS LAST even where they are the engine's default: a
    session can change that default."""
    name = f"Explicit{base.__name__}"
    type(name, (base,), {"NULL_ORDERING": "nulls_are_large"})  # sqlglot registers a dialect when its class is created
    return name.lower()


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
"""Returns a new node each time, for an expression that a statement contains twice: a node has only one parent."""


class Bind(Protocol):
    """Returns the placeholder of a comparison's operand, or of a value derived from it."""

    def __call__(self, derive: Derive = ..., /) -> Node:
        """The placeholder. `derive` may depend only on the operand."""


class StoredValue(NamedTuple):
    """A stored scalar to compare: its field, and the expression that returns it (NULL: no value).

    `codec` is that of its column, if a table has been given.
    """

    field: Field
    make: Maker
    representation: Representation
    in_json: bool = False
    codec: Codec | None = None

    @property
    def is_binary(self) -> bool:
        """Whether the column compares text by code point: as its table says, or else as its field declares."""
        if self.in_json:
            return False
        return self.field.collation == "binary" if self.codec is None else self.codec.is_binary


class Element(NamedTuple):
    """One element of a list: its value (NULL if it has another type), and whether it is null."""

    value: Maker
    is_null: Maker


class TextForms(NamedTuple):
    """How text is compared by code point, regardless of the column's collation."""

    equal: Callable[[StoredValue, Node], Node]
    any_of: Callable[[StoredValue, Maker], Node]
    """Whether a value is in a list; the `Maker` returns the placeholder of each of its values (`nodes.each`)."""
    operand: Callable[[StoredValue, Node], Node]
    """The right side of an ordering."""
    match: Callable[[ExactTextOperator, StoredValue, str, Bind], Node]
    """`$startsWith`, `$endsWith` and `$contains`, with an operand that is not empty."""
    sort_keys: Callable[[StoredValue], Sequence[Node]]
    ordered: Callable[[StoredValue], Node] = lambda stored: stored.make()
    """The left side of an ordering."""
    constant: Callable[[str], Node] = nodes.text
    """A text as a literal, whatever the session takes for an escape."""
    folded: Callable[[FoldedOperator, StoredValue, str, Bind], Node] | None = None
    """The operators that ignore letter case, with an operand that has letters. None: they are refused."""


class JsonForms(NamedTuple):
    """How values inside JSON columns are read; the `Maker` returns the column."""

    scalar: Callable[[Field, Maker], Node]
    """The value at the field's path; NULL if its JSON type is not the field's."""
    is_null: Callable[[Field, Maker], Node]
    """Whether the path is missing or null; never NULL itself."""
    number_as_decimal: Callable[[Field, Maker], Node]
    """A JSON number at the path of a decimal, rounded to its scale, in the representation of decimals; NULL if there is
    no number. It is sorted by."""
    is_canonical: Callable[[Field, Maker], Node] | None = None
    """Whether a text is a value of a decimal, a date, a dateTime or a guid in canonical form. None: no tables of others
    are read."""
    checks: JsonChecks | None = None
    """What to verify of JSON that others wrote. None: no tables of others are read."""
    has_indexes: bool = False
    """Whether the engine can index an expression such as the scalar's."""


_OF_TIME = frozenset({FieldType.DATE, FieldType.DATE_TIME})
"""The types of dates and instants."""


class Dialect(NamedTuple):
    """One SQL dialect: functions that return nodes, and the engine's limits. There is one value of each.

    `sqlglot` is sqlglot's name for the dialect, `paramstyle` the style of its usual driver.
    """

    name: str
    sqlglot: str
    paramstyle: str
    representations: Mapping[FieldType, Representation]
    """How values of each type are stored in a column. Other types are refused as `unsupported`."""
    text: TextForms
    json: JsonForms
    any_element: Callable[[Field, Maker, Callable[[Element], Node]], Node]
    """Whether an element of the list in a list column fulfils a condition; never NULL."""
    encode: Callable[[Any], Any]
    """Converts a NATIVE value to one that the driver accepts. All take strings and integers as they are."""
    operand: Callable[[StoredValue, Node], Node]
    """The placeholder of a NATIVE value, with the cast that the dialect needs."""
    column_type: Callable[[Field, bool], exp.DataType]
    """The type of a field's column; the flag is true for the key."""
    by_style: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    """What is otherwise for the driver of a paramstyle that is not the usual one: values by their names here."""
    sends_text: bool = False
    """Whether dates and instants are bound as text, and cast from it, because the driver sends some as other values."""
    binary_collation: Node | None = None
    """The collation of columns that are declared to compare text by code point."""
    casts_lists: bool = False
    """Whether inserted lists and JSON objects are cast, because drivers cannot tell the type of empty ones."""
    above_nan: Callable[[Node], Node] | None = None
    """Excludes NaN from > and >=, on engines that sort NaN above all numbers."""
    non_finite: frozenset[FieldType] = frozenset()
    """The types of fields whose columns may hold infinities, which comparisons and orders place at the ends."""
    nan_is_largest: bool = False
    """Whether comparisons and orders take NaN for one value above all others, so that it can be a position."""
    tests_truth: bool = False
    """Whether `(P) IS NOT TRUE` is faster than `NOT (P) OR f IS NULL`, where no index serves either."""
    any_json_element: Callable[[Field, Maker, Callable[[Element], Node]], Node] | None = None
    """The same for a list inside JSON, if `any_element` reads arrays only. The `Maker` returns the JSON column."""
    any_object: Callable[[Field, Maker, str, Callable[[Maker], Node]], Node] | None = None
    """Whether an object in a JSON list fulfils a condition; never NULL. Takes the list and its JSON column, a name that
    no outer list of the condition has, and the condition of the object as JSON. None: lists of objects are refused."""
    references: bool = False
    """Whether subqueries on other tables are exact. Otherwise references are not followed, and refused."""
    any_id: Callable[[Field, Maker, Callable[[Element], Node], bool, Node], Node] | None = None
    """Whether a list of references has one of the ids that a query returns; never NULL. Takes the list and its column,
    the value of an element, whether the list is inside JSON, and the query. None: conditions on elements may have
    subqueries, and a subquery may name columns outside. Otherwise neither may be, and queries of ids stand alone."""
    list_holds: Callable[[Node, list[Node], exp.DataType], Node] | None = None
    """Whether a native list contains one of the values, in a form that uses an index on lists; NULL if the list is
    NULL. Takes the type of the elements."""
    element_type: Callable[[Field], exp.DataType | None] = lambda field: None
    """The type of a native list's elements, for `list_holds`."""
    list_is_empty: Callable[[Node], Node] | None = None
    """Whether a native list contains only nulls or nothing, if that can be faster than searching for an element; never
    NULL."""
    native_lists: bool = False
    """Whether list columns have an array type (else they are JSON)."""
    nulls_are_large: bool = False
    """Whether sqlglot assumes that the dialect sorts NULL above all values."""
    in_array: Callable[[StoredValue, Bind], Node | None] | None = None
    """`$in` with its values bound as one parameter, for statements with very many values. The list is bound as it is,
    or as what a function makes of it."""
    has_arrays_in_subqueries: bool = True
    """Whether a statement may have many subqueries with such arrays. MySQL 8 joins them all, and takes exponential time
    to decide in which order."""
    most_joined_arrays: int | None = None
    """How many such arrays the planner may join with the rows of a statement; None for any number. It tries all orders
    of them: ten take MySQL 20 seconds. Other values that a statement binds count, too."""
    most_conjuncts: int | None = None
    """How many terms of one AND the planner takes one by one, as an index needs it; None for any number. DuckDB
    compares each with all others."""
    most_references: int = 1_000
    """How many tests of references a statement has. Each is a subquery, and so many take a second to compile."""
    most_nested_references: int | None = None
    """How many tests of references the planner takes inside each other, where each is a term of an OR; None for any
    number. PostgreSQL plans such a subquery in two ways, and doubles its work with each."""
    unsupported: Callable[[Field], str | None] = lambda field: None
    """Why the engine cannot compare a field correctly."""
    is_too_deep: Callable[[str, int], bool] | None = None
    """Whether the engine's parser cannot read a statement, or would not with so many more parentheses around its
    deepest place, because too much is inside each other."""
    max_binds: int | None = None
    """The maximum number of parameters in a statement."""
    max_in_values: int | None = None
    """The maximum number of values in one IN; longer lists are split."""
    unsupported_leaf: Callable[[Comparison], str | None] | None = None
    """Why the engine cannot evaluate a comparison with this value correctly."""
    value_checked_types: frozenset[FieldType] = frozenset()
    """The field types whose values `unsupported_leaf` checks. Templates of queries on these types are not reused."""
    no_limit: Maker | None = lambda: nodes.number(2**63 - 1)
    """A LIMIT that keeps all rows, where OFFSET requires a LIMIT (None: it does not)."""
    last_row: int | None = None
    """The maximum of LIMIT + OFFSET."""
    folds_names: bool = False
    """Whether column names that differ only in letter case are the same name."""
    max_key_characters: int | None = None
    """The maximum length of a string in a key."""
    max_key_strings: int | None = None
    """The maximum number of strings in a key."""
    sorted_guid: Callable[[Node], Node] = lambda node: node
    """A NATIVE guid as a value that sorts as its canonical text."""
    max_sort_keys: int | None = None
    """The approximate maximum number of sort expressions; the chunks of long texts count too."""
    seek: Seek = Seek.TOGETHER
    """How statements find the rows after a position."""
    looks_up_equal: bool = False
    """Whether the planner may look up an equality alone in an index whose next columns bound the rows as well."""
    unquotable: str = ""
    """The characters that a quoted name cannot contain."""

    def for_style(self, style: str) -> Dialect:
        """The dialect for the driver of a paramstyle: itself, unless that driver needs another one."""
        changed = self.by_style.get(style)
        return self._replace(**changed) if changed else self

    def is_sent_as_text(self, field: Field) -> bool:
        """Whether the values of a field are bound as text and cast, where its columns are NATIVE."""
        return self.sends_text and field.field_type in _OF_TIME

    def __hash__(self) -> int:
        """That of the name: a dialect has mappings, and a `SqlStorage`, which is part of cache keys, has a dialect."""
        return hash(self.name)
