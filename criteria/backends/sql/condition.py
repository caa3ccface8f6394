"""Compiles normal form to a WHERE condition.

The condition is TRUE exactly for the records that match. A positive leaf may be NULL, which WHERE rejects; a negated
leaf becomes its opposite `OR f IS NULL`. Both can use indexes; CASE, COALESCE and IS TRUE could not. This module knows
the language's semantics, `Dialect` the SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.codec import Codec
from criteria.backends.sql.dialect import Dialect, Element, Maker, StoredValue
from criteria.backends.sql.inner_tests import InnerTests
from criteria.backends.sql.json_numbers import as_double, number
from criteria.backends.sql.native_types import from_text
from criteria.backends.sql.nodes import Binder, Node
from criteria.backends.sql.operators import OperatorCompiler
from criteria.backends.sql.printed_comparisons import PrintedComparisons
from criteria.backends.sql.refusals import check_comparisons, check_table, refuse_lists
from criteria.backends.sql.render import print_node
from criteria.backends.sql.representation import Representation
from criteria.backends.sql.stored_field import StoredField
from criteria.backends.unsupported import STORED_HINT
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import (
    EVERYTHING,
    NOTHING,
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    assert_never,
    element_tests,
)

_IN_JSON: Mapping[FieldType, Representation | None] = {
    FieldType.STRING: Representation.TEXT,
    FieldType.INTEGER: Representation.NATIVE,
    FieldType.BOOLEAN: Representation.NATIVE,
    FieldType.DECIMAL: None,
    FieldType.DOUBLE: Representation.NATIVE,
    FieldType.DATE: Representation.TEXT,
    FieldType.DATE_TIME: Representation.TEXT,
    FieldType.GUID: Representation.TEXT,
    FieldType.OBJECT_REF: Representation.NATIVE,
}
"""How values of each type are stored inside JSON; None: as in a column of the dialect."""

_SERVED_BY_LIST_INDEX = frozenset({Operator.EQ, Operator.IN})
"""The operators that an index on a native list serves."""


def representation(dialect: Dialect, field: Field, in_json: bool) -> Representation:
    """How the engine stores a field's values, in a column or inside JSON."""
    inside = _IN_JSON[field.field_type] if in_json else None
    return dialect.representations[field.field_type] if inside is None else inside


def one_of(terms: Sequence[Node]) -> Node:
    """The terms joined by OR; one term as it is."""
    return terms[0] if len(terms) == 1 else nodes.any_of(terms)


class EntityTable(NamedTuple):
    """The table of another entity, and how it stores its fields; None: as the library's own tables do."""

    name: str
    stored_fields: Mapping[str, StoredField] | None = None


class ConditionCompiler:
    """Compiles the expressions of one statement and binds their values.

    - `table` qualifies the columns.
    - `arrays` binds each list of values as one parameter.
    - `stored_fields` says how a table that somebody else created stores its fields, by their names.
    - `total` compiles conditions that are FALSE, never NULL, for the records that do not match.
    - `tables` has the tables of other entities, by name.

    Raises `CriteriaError` (`unsupported`).
    """

    def __init__(
        self,
        dialect: Dialect,
        binder: Binder,
        table: str | None = None,
        arrays: bool = False,
        stored_fields: Mapping[str, StoredField] | None = None,
        total: bool = False,
        tables: Mapping[str, EntityTable] = {},
    ) -> None:
        if table is not None:
            check_table(dialect, table)
        self.dialect = dialect
        self.binder = binder
        self.operators = OperatorCompiler(dialect, binder, arrays)
        self.table = table
        self.arrays = arrays
        self.stored_fields = stored_fields
        self.total = total
        self.tables = tables
        self.depth = 0
        """The number of tests around the conditions."""
        self._document: Maker | None = None
        self._printed: dict[Field, str] = {}
        self._comparisons = PrintedComparisons(binder, dialect.sqlglot)
        self._inner_tests = InnerTests(self)

    def condition(self, normal: Expression) -> Node:
        """The condition that is TRUE for the records that match an expression in normal form.

        Raises `CriteriaError` (`unsupported`).
        """
        check_comparisons(self.dialect, normal)
        return self.condition_inside(normal)

    def apart(self) -> ConditionCompiler:
        """A compiler of the same conditions whose values are not those of the statement."""
        found = ConditionCompiler(
            self.dialect, Binder(), self.table, self.arrays, self.stored_fields, self.total, self.tables
        )
        found._printed = self._printed
        return found

    def condition_inside(self, normal: Expression) -> Node:
        """The condition of what is inside a test. `check_comparisons` has passed it with what is around it."""
        self._check_stored_fields(normal)
        return self._condition(normal)

    def term_inside(self, normal: Expression) -> Node:
        """The same, as a node to put beside AND or OR."""
        self._check_stored_fields(normal)
        return self._term(normal)

    def inside_of_object(self, document: Maker) -> ConditionCompiler:
        """The compiler of what is inside the objects of a list."""
        inner = ConditionCompiler(self.dialect, self.binder, arrays=self._inner_arrays, tables=self.tables)
        inner.depth = self.depth + 1
        inner._document = document
        return inner

    def inside_of_table(self, table: EntityTable, alias: str) -> ConditionCompiler:
        """The compiler of what is inside the objects of another table."""
        inner = ConditionCompiler(
            self.dialect, self.binder, alias, self._inner_arrays, table.stored_fields, tables=self.tables
        )
        inner.depth = self.depth + 1
        return inner

    def _check_stored_fields(self, normal: Expression) -> None:
        """Raises `CriteriaError` (`unsupported`) for lists of objects in a table that somebody else created."""
        if self.stored_fields is not None:
            refuse_lists(element_tests(normal), "tables that another program created", STORED_HINT)

    def _condition(self, normal: Expression) -> Node:
        match normal:
            case And(terms):
                return nodes.true() if normal == EVERYTHING else self._all_of([self._term(term) for term in terms])
            case Or(terms):
                return nodes.false() if normal == NOTHING else nodes.any_of([self._term(term) for term in terms])
            case Not(Comparison() as leaf):
                return self.negated(leaf)
            case Comparison():
                condition = self.indexed(normal) or self.positive(normal)
                return self.never_null(normal, condition) if self.total else condition
            case AnyElement() | AnyReferred():
                return self._inner_tests.test(normal)
            case Not(AnyElement() | AnyReferred() as test):
                return nodes.negated(self._inner_tests.test(test))
            case Not():
                raise AssertionError(f"not in normal form: {normal!r}")
            case _:
                assert_never(normal)

    def _all_of(self, terms: Sequence[Node]) -> Node:
        """AND of terms; those beyond what the dialect's planner takes one by one are one term."""
        most = self.dialect.most_conjuncts
        if most is None or len(terms) <= most:
            return nodes.all_of(terms)
        rest = nodes.call("COALESCE", nodes.all_of(terms[most:]), nodes.false())
        return nodes.all_of([*terms[:most], rest])

    def _term(self, term: Expression) -> Node:
        """A term of a group. A test is printed, with others of its list or reference. So is a comparison, with others
        of its form, if its values are bound."""
        leaf = term.term if isinstance(term, Not) else term
        if isinstance(leaf, (AnyElement, AnyReferred)):
            return self._inner_tests.term(leaf, isinstance(term, Not))
        if not isinstance(leaf, Comparison):
            return self._condition(term)
        codec = self.codec(leaf.field)
        if codec is not None and codec.labels is not None:
            return self._condition(term)
        return self._comparisons.term(leaf, lambda: self._condition(term), isinstance(term, Not))

    def stored(self, field: Field) -> StoredValue:
        """The stored value of a field that is not a list."""
        column = self.column(field)
        if field.is_nested:
            scalar, stored_as = self.dialect.json.scalar, representation(self.dialect, field, True)
            return StoredValue(field, self.printed(field, lambda: scalar(field, column)), stored_as, in_json=True)
        codec = self.codec(field)
        if codec is None:
            return StoredValue(field, column, representation(self.dialect, field, False))
        return StoredValue(field, _reading(codec, column), codec.representation, codec=codec)

    def printed(self, field: Field, make: Maker) -> Maker:
        """Makes a value inside JSON from its text. It is long, and the same wherever a statement reads the field, so
        that sqlglot builds and prints it once."""

        def text() -> Node:
            if field not in self._printed:
                self._printed[field] = print_node(make(), self.dialect.sqlglot)
            return exp.Var(this=self._printed[field])

        return text

    def codec(self, field: Field) -> Codec | None:
        """How the field's column stores its values; None: as the library's own tables do."""
        return None if self.stored_fields is None else self.stored_fields[field.name].codec

    def column(self, field: Field) -> Maker:
        """Makes the column of a field; of JSON, as the engine's own. Inside a list of objects it is the object."""
        if self._document is not None:
            return self._document
        if self.stored_fields is None:
            return lambda: nodes.column(field.column, self.table)
        stored = self.stored_fields[field.name]
        make, document = stored.make or (lambda: nodes.column(stored.column, self.table)), stored.codec.document
        return make if document is None else lambda: document(make())

    @property
    def _inner_arrays(self) -> bool:
        """Whether subqueries bind lists as arrays."""
        return self.arrays and self.dialect.has_arrays_in_subqueries

    def is_array(self, field: Field) -> bool:
        """Whether a list field is stored as the engine's own array, and not as JSON."""
        if field.is_nested or not self.dialect.native_lists:
            return False
        codec = self.codec(field)
        return codec is None or not codec.is_document

    def may_be_null(self, field: Field) -> bool:
        """Whether what a condition reads for a scalar field may be NULL."""
        if self.stored_fields is None:
            return field.nullable or field.is_nested
        return self.stored_fields[field.name].may_be_null

    def never_null(self, leaf: Comparison, positive: Node) -> Node:
        """A positive leaf that is FALSE where it would be NULL, in a form that uses the same index."""
        field = leaf.field
        if leaf.value is None:
            return positive
        if field.is_list:
            if not self.is_array(field):
                return positive
            return nodes.all_of([positive, nodes.is_not_null(self.column(field)())])
        if not self.may_be_null(field):
            return positive
        scalars = self.scalars(leaf)
        if len(scalars) == 1:
            return nodes.all_of([positive, nodes.is_not_null(scalars[0].make())])
        return self.two_valued(scalars, leaf)

    def two_valued(self, scalars: Sequence[StoredValue], leaf: Comparison) -> Node:
        """Whether one of the values fulfils a comparison; never NULL."""
        if self.is_long(leaf.field):
            return exp.Is(this=exp.Paren(this=self.positive(leaf)), expression=nodes.number(1))
        return nodes.any_of(
            [
                nodes.all_of([self.operators.compare(stored, leaf), nodes.is_not_null(stored.make())])
                for stored in scalars
            ]
        )

    def indexed(self, leaf: Comparison) -> Node | None:
        """A positive leaf on a native list in a form that uses an index; None if the dialect has none."""
        field, holds = leaf.field, self.dialect.list_holds
        if holds is None or not field.is_list or leaf.value is None or not self.is_array(field):
            return None
        codec = self.codec(field)
        element = self.dialect.element_type(field) if codec is None else codec.element_type
        if element is None or leaf.operator not in _SERVED_BY_LIST_INDEX or self.arrays:
            return None
        stored = self.element(field, Element(self.column(field), self.column(field)))
        send = from_text if self.dialect.is_sent_as_text(field) else nodes.unchanged
        if isinstance(leaf.value, tuple):
            operands = nodes.each(send(self.binder.bind_each(leaf.value, (self.operators.encoder(stored),))))
        else:
            operands = [send(self.operators.bind(stored, leaf.value))]
        return holds(self.column(field)(), operands, element.copy())

    def positive(self, leaf: Comparison) -> Node:
        field, compare = leaf.field, self.operators.compare
        if leaf.value is None:
            return self.is_empty(field)
        if field.is_list:
            found = [self.any_element(field, lambda element: compare(self.element(field, element), leaf))]
            if self.may_be_number(field):
                double = as_double(field)
                found.append(self.any_element(double, lambda one: compare(number(double, one.value, leaf), leaf)))
            return one_of(found)
        return one_of([compare(stored, leaf) for stored in self.scalars(leaf)])

    def may_be_number(self, field: Field) -> bool:
        """Whether the values of a decimal may also be JSON numbers (docs/language.md#inside-json)."""
        in_json = field.is_nested or (field.is_list and not self.is_array(field))
        return in_json and field.field_type is FieldType.DECIMAL

    def is_long(self, field: Field) -> bool:
        """Whether a value takes so much text to read that a statement has it once, in a form that no index serves."""
        return field.is_nested and representation(self.dialect, field, True) is Representation.DECIMAL_TEXT

    def scalars(self, leaf: Comparison) -> Sequence[StoredValue]:
        """What a comparison of a field that is not a list compares; at most one of them is not NULL."""
        field = leaf.field
        if not self.may_be_number(field):
            return [self.stored(field)]
        double = as_double(field)
        return [self.stored(field), number(double, self.stored(double).make, leaf)]

    def has_none(self, scalars: Sequence[StoredValue]) -> Node:
        empty = [nodes.is_null(stored.make()) for stored in scalars]
        return empty[0] if len(empty) == 1 else nodes.all_of(empty)

    def negated(self, leaf: Comparison) -> Node:
        """TRUE where the comparison is not: where its opposite is true, or where there is no value."""
        field = leaf.field
        if leaf.value is None:
            return self.is_not_empty(field)
        if field.is_list:
            held = self.indexed(leaf)
            if held is None:
                return nodes.negated(self.positive(leaf))
            return nodes.any_of([nodes.negated(held), nodes.is_null(self.column(field)())])
        scalars = self.scalars(leaf)
        if (self.total and len(scalars) > 1) or self.is_long(field):
            return nodes.negated(self.two_valued(scalars, leaf))
        opposites = [self.operators.opposite(stored, leaf) for stored in scalars]
        if not self.may_be_null(field):
            return one_of(opposites)
        if self.dialect.tests_truth and len(opposites) == 1 and isinstance(opposites[0], exp.Not):
            return nodes.is_not_true(opposites[0].this)
        return nodes.any_of([*opposites, self.has_none(scalars)])

    def is_empty(self, field: Field) -> Node:
        if field.is_list:
            return self.has_no_element(field) or nodes.negated(self.has_element(field))
        if field.is_nested:
            return self.is_null_in_json(field)
        return nodes.is_null(self.column(field)())

    def is_null_in_json(self, field: Field) -> Node:
        """Whether a path is missing or null. `scalar IS NULL` follows from that, and is added so that its index is
        used."""
        forms = self.dialect.json
        is_null = forms.is_null(field, self.column(field))
        if not forms.has_indexes:
            return is_null
        return nodes.all_of([is_null, nodes.is_null(forms.scalar(field, self.column(field)))])

    def is_not_empty(self, field: Field) -> Node:
        if field.is_list:
            has_none = self.has_no_element(field)
            return self.has_element(field) if has_none is None else nodes.negated(has_none)
        if field.is_nested:
            return nodes.negated(self.dialect.json.is_null(field, self.column(field)))
        return nodes.is_not_null(self.column(field)())

    def has_no_element(self, field: Field) -> Node | None:
        """Whether a native list contains only nulls or nothing, if the dialect has a faster test than `has_element`.

        Arrays of other programs may have several dimensions, for which PostgreSQL's faster test fails.
        """
        test = self.dialect.list_is_empty
        if test is None or self.stored_fields is not None or not self.is_array(field):
            return None
        return test(self.column(field)())

    def has_element(self, field: Field) -> Node:
        return self.any_element(field, lambda element: nodes.negated(element.is_null()))

    def any_element(self, field: Field, condition: Callable[[Element], Node]) -> Node:
        in_json = self.dialect.any_json_element
        if in_json is not None and not self.is_array(field):
            return in_json(field, self.column(field), condition)
        return self.dialect.any_element(field, self.column(field), condition)

    def element(self, field: Field, element: Element) -> StoredValue:
        if not self.is_array(field):
            value = self.printed(field, element.value)
            return StoredValue(field, value, representation(self.dialect, field, True), in_json=True)
        codec = self.codec(field)
        if codec is None:
            return StoredValue(field, element.value, representation(self.dialect, field, False), in_json=True)
        return StoredValue(field, _reading(codec, element.value), codec.representation, in_json=True, codec=codec)


def _reading(codec: Codec, column: Maker) -> Maker:
    """Makes what a codec reads of a column or of an element."""
    read = codec.read
    return column if read is None else lambda: read(column())
