"""Tree builders: each makes the typed trees of the criteria of one shape.

The grammar accepts a shape once. After that, each query of the shape needs only its operands converted to the types of
their fields. They are converted at once, because one of them may be refused; the tree is made of the values when
somebody looks at it. Compiling a known form does not. A tree builder holds no operand. What the limits count is counted
once, when the builder is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from criteria.cache import Cache
from criteria.errors import Refusal
from criteria.limits import Limits
from criteria.parsing.bind import (
    among_listed,
    bind_literals,
    check_is_null,
    check_listed,
    check_name,
    check_objects,
    check_objects_operator,
    check_operator,
    find_field,
    in_objects,
    literal_field,
    literal_type_of,
    max_operand,
)
from criteria.parsing.shape import RUN, Grammar, Shape, terminals
from criteria.schema.field import Field
from criteria.schema.schema import ObjectList, Reference, Schema
from criteria.tree.nodes import (
    ELEM_MATCH,
    EQUALITY,
    EVERYTHING,
    MEMBERSHIP,
    POSITIVES,
    TEXT,
    And,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    is_among_listed,
)
from criteria.tree.normalize import depth
from criteria.tree.parameters import Outline
from criteria.tree.query import Query, parsed_query
from criteria.values.coerce import coercion_of_lists, coercion_of_operands, listed
from criteria.values.hashes import FORESEEABLE, check_hashes

_MakeNode = Callable[[Sequence[Any]], Expression]
"""Makes a node from the values of all comparisons of the criteria."""

_Conversion = tuple[Callable[[Any, Any], Any], Field | None, int]
"""What makes the value of a comparison of its field and its operand, or raises `Refusal`; the field; and the index of
the operand. Without a schema, a comparison whose field depends on the operand is made at once, and is the value."""

_SHALLOW = 8
"""Levels of a tree that need not be made to know that it can be."""

_MAX_BUILDERS, _MAX_BYTES = 1024, 1 << 24
_BYTES_A_PART, _BYTES_A_CHARACTER = 150, 10
"""The size of a tree builder for each part of its shape and each character of the shape's keys."""
_MAX_SHAPE_LENGTH, _MAX_KEYS_LENGTH = 4096, 8192
"""Parts of a shape, and characters of its keys. Longer shapes are not cached: they rarely recur and take memory."""


class TreeBuilder(NamedTuple):
    """Makes the typed tree of any criteria of one shape."""

    conversions: tuple[_Conversion, ...]
    """Those of the values, in their order."""
    outline: Outline
    members: int
    """Number of members, over all objects."""
    leaves: int
    lists: tuple[int, ...]
    """Indexes of the operands that are lists of values."""
    nesting: int
    """Number of levels of AND, OR, NOT and lists of objects, as written."""
    is_strict: bool
    """Whether no object has several members, and no operator is $elemMatch."""
    texts: tuple[tuple[int, Operator], ...]
    """Indexes of the operands of text operators, with their operators."""
    listed_values: int
    """Values that fields list, over all comparisons that are made of them."""
    foreseeable: tuple[int, ...]
    """Places among the values of those whose hashes a client can choose."""

    def query(self, operands: Sequence[Any], schema: Schema | None, limits: Limits) -> Query:
        """The query that has these operands. Raises `Refusal` for a limit or an operand, whose path `diagnose`
        finds, and for operands that share a hash, which are told without one."""
        if self.leaves > limits.leaves:
            raise Refusal("too_many_leaves", "There are too many comparisons.")
        if self.listed_values:
            check_listed(self.listed_values, limits)
        for index in self.lists:
            if len(operands[index]) > limits.values:
                raise Refusal("too_many_values", "There are too many values.")
        for index, operator in self.texts:
            if isinstance(operands[index], str) and len(operands[index]) > max_operand(operator, limits):
                raise Refusal("too_long", "The operand of a text operator is too long.")
        values = [convert(field, operands[index]) for convert, field, index in self.conversions]
        if self.foreseeable:
            check_hashes([values[at] for at in self.foreseeable])
        query = parsed_query(self.outline, values, schema)
        if self.nesting > _SHALLOW or 2 * self.nesting > limits.depth:
            expression = query.expression  # made now: it may be deeper than the interpreter's stack
            if depth(expression) > limits.depth:
                raise Refusal("too_deep", f"AND and OR are nested more than {limits.depth} levels deep.")
        return query


class TreeBuilders:
    """The tree builders of one grammar, made once per shape and schema."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self._builders: Cache[tuple[Shape, Schema | None], TreeBuilder] = Cache(_MAX_BUILDERS, _MAX_BYTES)

    def get(self, shape: Shape, schema: Schema | None) -> TreeBuilder | None:
        """The tree builder of a shape; None when the grammar does not derive the shape.

        Raises `Refusal` for a field name or an operator.
        """
        key = (shape, schema)
        builder = self._builders.get(key)
        if builder is None and self.grammar.accepts(terminals(shape, self.grammar.key_terminal)):
            builder = _ShapeReader(shape, schema).read()
            keys_length = sum(len(part) for part in shape if type(part) is str)
            if len(shape) <= _MAX_SHAPE_LENGTH and keys_length <= _MAX_KEYS_LENGTH:
                size = _BYTES_A_PART * len(shape) + _BYTES_A_CHARACTER * keys_length
                self._builders.put(key, builder, size)
        return builder


class _ShapeReader:
    """Makes the tree builder of one shape, which it reads part by part."""

    def __init__(self, shape: Shape, schema: Schema | None) -> None:
        self.shape, self.schema = shape, schema
        self.parts: Iterator[Any] = iter(shape)
        self.operands = self.nesting = self.listed_values = 0
        self.is_strict = True
        self.texts: list[tuple[int, Operator]] = []
        self.lists: list[int] = []
        self.conversions: list[_Conversion] = []
        self.has_structure = True

    def read(self) -> TreeBuilder:
        make = self.criteria(0)
        members = sum(part for part in self.shape if isinstance(part, int) and part > 0)
        conversions, lists, texts = tuple(self.conversions), tuple(self.lists), tuple(self.texts)
        outline = Outline(make, has_structure=self.has_structure)
        foreseeable = tuple(
            at for at, (_, field, _) in enumerate(conversions) if field is not None and field.field_type in FORESEEABLE
        )
        return TreeBuilder(
            conversions, outline, members, self.operands, lists, self.nesting, self.is_strict, texts,
            self.listed_values, foreseeable,
        )  # fmt: skip

    def criteria(self, level: int) -> _MakeNode:
        return self.all_of([self.member(level) for _ in range(next(self.parts))])

    def member(self, level: int) -> _MakeNode:
        self.nesting = max(self.nesting, level + 1)
        key = next(self.parts)
        if key in ("AND", "OR"):
            return _group(And if key == "AND" else Or, [self.criteria(level + 1) for _ in range(-1 - next(self.parts))])
        if key == "NOT":
            term = self.criteria(level + 1)
            return lambda values: Not(term(values))
        part = next(self.parts)
        if isinstance(part, str):
            return self.leaf(key, Operator.EQ, part, level)
        return self.all_of([self.operation(key, next(self.parts), level) for _ in range(part)])

    def operation(self, name: str, operator: str, level: int) -> _MakeNode:
        if operator == ELEM_MATCH:
            return self.element(name, level)
        return self.leaf(name, _operator(operator), next(self.parts), level)

    def element(self, name: str, level: int) -> _MakeNode:
        """The test of a list of objects or of a reference. The members of its criteria are the fields of an object."""
        self.is_strict = False
        schema, objects = self.schema, check_objects(self.schema, name)
        for one in objects:
            assert self.schema is not None
            self.schema = self.schema.inside(one)
        term = self.criteria(level + len(objects))
        self.schema = schema
        return lambda values: in_objects(objects, term(values))

    def all_of(self, makes: list[_MakeNode]) -> _MakeNode:
        """The AND of several members, one member itself, or EVERYTHING for no members."""
        self.is_strict = self.is_strict and len(makes) <= 1
        if len(makes) == 1:
            return makes[0]
        return _group(And, makes) if makes else lambda values: EVERYTHING

    def leaf(self, name: str, operator: Operator, part: int | str, level: int) -> _MakeNode:
        """A comparison. `part` is the terminal of its operand, or the start of a list."""
        if self.schema is not None and (self.schema.object_lists or self.schema.entities):
            found = self.schema.find_through(name)
            if found is not None:
                self.nesting = max(self.nesting, level + len(found[0]))
                return self.leaf_in_objects(name, found, operator, part)
        return self.comparison(name, None, operator, part)

    def leaf_in_objects(
        self,
        name: str,
        found: tuple[Sequence[ObjectList | Reference], Field | None],
        operator: Operator,
        part: int | str,
    ) -> _MakeNode:
        """A comparison with what the elements of lists of objects, or referred objects, have: true if one of the values
        fulfils it, as of the elements of a list."""
        check_name(name)
        objects, field = found
        is_negated = operator in POSITIVES
        if part == "NULL":  # null is what no element has a value for
            is_negated, operator = operator is Operator.EQ, Operator.NE
        elif is_negated:
            operator = POSITIVES[operator]
        if field is None:
            check_objects_operator(name, operator)
            check_is_null(name, part == "NULL")
            self.operands += 1
            found_any = in_objects(objects, None)
            made: Expression = Not(found_any) if is_negated else found_any
            return lambda values: made
        term = self.comparison(name, field, operator, part)
        if is_negated:
            return lambda values: Not(in_objects(objects, term(values)))
        return lambda values: in_objects(objects, term(values))

    def comparison(self, name: str, field: Field | None, operator: Operator, part: int | str) -> _MakeNode:
        """A comparison with a field, by default the one of the name."""
        index, self.operands = self.operands, self.operands + 1
        if isinstance(part, str):
            terminals = [part]
        else:
            terminals = [next(self.parts) for _ in range(1 if part == RUN else -1 - part)]
            self.lists.append(index)
        if operator in TEXT:
            self.texts.append((index, operator))
        if field is None and self.schema is None:
            check_name(name)
            inferred = literal_type_of(terminals)
            if inferred is None:
                self.has_structure = False
                at = len(self.conversions)
                self.conversions.append((lambda _, operand: bind_literals(name, operator, operand), None, index))
                return lambda values: values[at]
            field = literal_field(name, inferred)
        elif field is None:
            assert self.schema is not None
            field = find_field(self.schema, name)
        check_operator(field, operator)
        coerce = coercion_of_operands(field)
        if field.values is not None:
            if is_among_listed(operator, field):
                self.listed_values += len(field.values)
                return self.comparing(
                    field, Operator.IN, lambda field, value: among_listed(field, operator, coerce(field, value)), index
                )
            coerce = listed
        if operator in MEMBERSHIP:
            return self.comparing(field, operator, coercion_of_lists(field), index)
        if part == "NULL" and operator in EQUALITY:
            empty = Comparison(field, operator, None)
            return lambda values: empty
        return self.comparing(field, operator, coerce, index)

    def comparing(self, field: Field, operator: Operator, coerce: Callable[[Field, Any], Any], index: int) -> _MakeNode:
        """A comparison with the value that is made of the operand at an index."""
        at = len(self.conversions)
        self.conversions.append((coerce, field, index))
        return lambda values: Comparison(field, operator, values[at])


def _group(kind: type[And] | type[Or], makes: list[_MakeNode]) -> _MakeNode:
    if len(makes) == 2:  # the most common group, without a loop
        first, second = makes
        return lambda values: kind((first(values), second(values)))
    return lambda values: kind(tuple([make(values) for make in makes]))


def _operator(name: str) -> Operator:
    try:
        return Operator(name)
    except ValueError:  # the grammar knows an operator that the tree does not
        raise Refusal("unknown_operator", f"Unknown operator {name}.") from None
