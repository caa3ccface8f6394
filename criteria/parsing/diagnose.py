"""Diagnosis: every problem of refused criteria, each with its path and what to write instead.

The grammar has already refused the criteria (docs/language.md#refusals). This walk explains why, and continues after a
problem as far as it can read the structure. It finds a problem in everything that the grammar refuses: a property test
checks that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from criteria.errors import Listing, Path, Problem, Refusal, to_pointer
from criteria.limits import Limits
from criteria.messages import nearest_or_all, quoted
from criteria.parsing.bind import (
    bind_value,
    check_count,
    check_is_null,
    check_listed,
    check_name,
    check_objects,
    check_objects_operator,
    check_operator,
    literal_type,
)
from criteria.parsing.foreign_criteria import (
    is_wrapper,
    meant_criteria,
    operator_first,
    operator_in_name,
    parameter_hint,
    rule,
    rules,
)
from criteria.parsing.foreign_words import KEYWORDS, MAX_SHOWN, connective, list_hint, operator_hint, wrapped_hint
from criteria.parsing.shape import NOT_JSON, terminal_of
from criteria.schema.field import Field, FieldType, invalid_name
from criteria.schema.unknown_names import unknown_field
from criteria.tree.nodes import ELEM_MATCH, EQUALITY, MEMBERSHIP, Operator, is_among_listed
from criteria.values.coerce import MAX_INT64, MIN_INT64, coercion_of_lists, is_number

if TYPE_CHECKING:
    from criteria.schema.schema import Schema

_NAMES = {operator.value: operator for operator in Operator if operator.value}
_KNOWN = (*_NAMES, ELEM_MATCH)
_CONNECTIVES = {"$and": "AND", "$or": "OR", "$not": "NOT", "$nor": '{"NOT": {"OR": [...]}}'}

_CONNECTIVES_ARE = "The connectives are AND, OR and NOT."
_BY_PATH = "Name a nested field by its path."
_FIELD_IS_FIRST = "A comparison begins with the name of its field."


class _ListingIsFull(Exception):
    """The list of problems is full."""


def diagnose(criteria: object, schema: Schema | None, limits: Limits, strict: bool) -> tuple[Problem, ...]:
    """Every problem of decoded criteria, in their order; none when they are a valid query."""
    diagnosis = _Diagnosis(schema, limits, strict)
    with suppress(_ListingIsFull):
        diagnosis.criteria(criteria, (), is_whole=True)
    return tuple(diagnosis.listing.problems)


class _Diagnosis:
    def __init__(self, schema: Schema | None, limits: Limits, strict: bool) -> None:
        self.schema, self.limits, self.strict = schema, limits, strict
        self.listing = Listing()
        self.leaves = self.listed_values = 0
        self.seen = 0
        self.hints = self.listing.hints
        self._inferred: dict[tuple[str, FieldType], Field] = {}

    def report(self, path: Path, code: str, message: str, hint: str | None = None, *, is_key: bool = False) -> None:
        if not self.listing.add(Problem(code, message, to_pointer(path), hint=hint, is_key=is_key)):
            raise _ListingIsFull

    def accepts(self, path: Path, check: Callable[..., object], *arguments: Any) -> bool:
        """Whether a check accepts its arguments. Reports a refusal."""
        try:
            check(*arguments)
        except Refusal as refusal:
            self.report(path, refusal.code, refusal.message, refusal.hinted(self.hints))
            return False
        return True

    def enter(self, path: Path) -> bool:
        """Whether the object or list at the path is within the limits of nesting and number. Reports it otherwise."""
        self.seen += 1
        if self.seen > self.limits.text:
            message = f"The criteria unfold to more than {self.limits.text} objects and lists."
            self.report(path, "too_long", message)
            raise _ListingIsFull
        if len(path) >= self.limits.nesting:
            self.report(path, "too_deep", f"Objects and lists are nested more than {self.limits.nesting} levels deep.")
            return False
        return True

    def criteria(self, value: object, path: Path, is_whole: bool = False, is_negated: bool = False) -> None:
        if not isinstance(value, dict):
            is_sought = self.hints.take()
            hint = meant_criteria(value, is_whole=is_whole, is_negated=is_negated) if is_sought else None
            self.report(path, "invalid_structure", f"Expected an object of criteria, found {_kind(value)}.", hint)
        elif self.schema is not None and (written := rule(value, self.is_field)) is not None:
            self.report(path, "invalid_structure", _FIELD_IS_FIRST, written)
        elif (listed := rules(value, self.is_field)) is not None:
            self.rules(value, *listed, path)
        elif self.enter(path):
            if not value and not is_whole:
                hint = "Leave it out. As the whole criteria, {} means every record."
                self.report(path, "invalid_structure", "An empty object is only allowed as the whole criteria.", hint)
            for index, (key, member) in enumerate(value.items()):
                place = (*path, _step(key))
                self.single(index, place, "member")
                self.member(key, member, place)

    def rules(self, value: dict[Any, Any], key: str, word: str, path: Path) -> None:
        """An object of another language that lists conditions under a key."""
        place = (*path, key)
        self.foreign_key(place, _CONNECTIVES_ARE, f'Write {{"{word}": [...]}}.')
        self.member(word, value[key], place)

    def foreign_key(self, path: Path, message: str, hint: str) -> None:
        """Reports a key of another language, which a schema has no field for."""
        code = "invalid_structure" if self.schema is None else "unknown_field"
        self.report(path, code, message, hint, is_key=True)

    def single(self, index: int, path: Path, noun: str) -> None:
        """Reports the second member of an object in strict criteria (docs/language.md#strict)."""
        if self.strict and index == 1:
            hint = 'Write {"AND": [{...}, {...}]}.'
            self.report(path, "not_strict", f"An object has one {noun} in strict criteria.", hint)

    def member(self, key: object, value: object, path: Path) -> None:
        if not isinstance(key, str):
            self.report(path, "not_json", f"{quoted(key)} is a key, and keys are strings.")
        elif key in ("AND", "OR"):
            self.group(key, value, path)
        elif key == "NOT":
            self.criteria(value, path, is_negated=True)
        elif key.startswith("$"):
            self.report(path, "invalid_field_name", f"Expected a field name, found {quoted(key)}.", _member_hint(key))
            self.inside_connective(key, value, path)
        elif not self.is_field(key) and (written := operator_first(key, value, self.schema)) is not None:
            self.foreign_key(path, _FIELD_IS_FIRST, written)
        elif not self.is_field(key) and is_wrapper(key, value):
            self.foreign_key(
                path, f"Criteria need no {quoted(key)}.", f"Write what is inside {quoted(key)} without it."
            )
            self.criteria(value, path)
        elif (written := self.connective(key, value)) is not None:
            self.foreign_key(path, _CONNECTIVES_ARE, f"Write {written}.")
            is_single = written == "NOT" and isinstance(value, (list, tuple)) and len(value) == 1
            self.member(written, value[0] if is_single else value, path)  # type: ignore[index]
        else:
            self.comparison(key, value, path)

    def inside_connective(self, key: str, value: object, path: Path) -> None:
        """Goes on inside MongoDB's `$and`, `$or`, `$nor` and `$not`, which hold criteria."""
        if isinstance(value, (list, tuple)) and key in ("$and", "$or", "$nor"):
            self.group("AND" if key == "$and" else "OR", value, path)
        elif isinstance(value, dict) and key == "$not":
            self.criteria(value, path)

    def connective(self, key: str, value: object) -> str | None:
        """The connective that a key means, when it is not a field and its value is not one that is compared."""
        written = connective(key)
        if written is None or self.is_field(key):
            return None
        is_criteria = (
            isinstance(value, dict) and value and not any(isinstance(one, str) and one.startswith("$") for one in value)
        )
        return written if is_criteria or isinstance(value, (list, tuple)) else None

    def is_field(self, name: str) -> bool:
        """Whether the schema has a name."""
        return self.schema is not None and (
            self.schema.find(name) is not None or self.schema.find_through(name) is not None
        )

    def is_object_list(self, name: str) -> bool:
        """Whether a name is that of a list of objects."""
        found = None if self.schema is None else self.schema.find_through(name)
        return found is not None and found[1] is None

    def group(self, key: str, value: object, path: Path) -> None:
        if not isinstance(value, (list, tuple)):
            hint = f'Write {{"{key}": [{{...}}, {{...}}]}}.'
            self.report(path, "invalid_structure", f"{key} takes a list, found {_kind(value)}.", hint)
        elif not value:
            self.report(path, "empty_list", f"{key} takes one or more criteria.", "Leave it out.")
        elif self.enter(path):
            for index, term in enumerate(value):
                self.criteria(term, (*path, index))

    def comparison(self, name: str, value: object, path: Path) -> None:
        field = self.field(name, path, value)
        if isinstance(value, dict):
            if self.enter(path):
                self.operations(name, field, value, path)
            return
        self.count(path)
        if isinstance(value, (list, tuple)):
            hint = list_hint(name, value, is_list=field is not None and field.is_list)
            self.report(path, "invalid_structure", "A field is not compared with a list.", hint)
        elif self.is_object_list(name):
            self.accepts(path, check_is_null, name, value is None)
        elif value is not None:
            self.value(name, field, Operator.EQ, value, path)

    def field(self, name: str, path: Path, value: object) -> Field | None:
        """The field to check operands against; None without a schema, and for an unknown name, which is reported."""
        if not self.accepts(path, check_name, name) or self.schema is None:
            return None
        found = self.schema.find(name)
        through = self.schema.find_through(name) if found is None else None
        if through is not None:
            return through[1]
        if found is None:
            refusal = unknown_field(self.schema, name)
            hint = parameter_hint(name)
            if hint is None and self.hints.are_left:
                found_in_name = operator_in_name(name, value, self.is_field)
                hint = refusal.hinted(self.hints) if found_in_name is None else self.hints.spent(found_in_name)
            self.report(path, refusal.code, refusal.message, hint)
        return found

    def operations(self, name: str, field: Field | None, operations: dict[Any, Any], path: Path) -> None:
        if not operations:
            hint = f'Write {{{quoted(name)}: value}} or {{{quoted(name)}: {{"$gt": value}}}}.'
            self.report(path, "invalid_structure", f"The comparison of {quoted(name)} has no operator.", hint)
        for index, (key, operand) in enumerate(operations.items()):
            place = (*path, _step(key))
            self.single(index, place, "operator")
            operator = _NAMES.get(key) if isinstance(key, str) else None
            if key == ELEM_MATCH:
                self.element(name, operand, place)
            elif operator is not None and self.is_object_list(name):
                self.objects_operation(name, operator, operand, place)
            elif operator is not None:
                self.operation(name, field, operator, operand, place)
            elif not isinstance(key, str):
                self.report(place, "not_json", f"{quoted(key)} is a key, and keys are strings.")
            elif key.startswith("$"):
                message = f"There is no operator {quoted(key)}."
                found = None if self.is_object_list(name) else operator_hint(name, key, operand, operations)
                found = found or nearest_or_all(key, _KNOWN, "operators", self.hints)
                self.report(place, "unknown_operator", message, found)
            else:
                message = f"Expected an operator in the comparison of {quoted(name)}, found {quoted(key)}."
                self.report(place, "invalid_structure", message, self.inside_hint(name, key, operand), is_key=True)

    def element(self, name: str, operand: object, path: Path) -> None:
        """The criteria of $elemMatch, over the fields of an element or of a referred object."""
        if self.strict:
            message = f"{ELEM_MATCH} is not in the formal definition, which strict criteria follow."
            self.report(path, "not_strict", message)
        schema = self.schema
        try:
            objects = check_objects(schema, name)
        except Refusal as refusal:
            if refusal.code != "unknown_field":  # it has been reported
                is_of_values = isinstance(operand, dict) and any(_step(key).startswith("$") for key in operand)
                hint = operator_hint(name, ELEM_MATCH, operand) if is_of_values else None
                hint = hint or refusal.hinted(self.hints)
                self.report(path, refusal.code, refusal.message, hint)
            return
        for one in objects:
            assert self.schema is not None
            self.schema = self.schema.inside(one)
        self.criteria(operand, path)
        self.schema = schema

    def objects_operation(self, name: str, operator: Operator, operand: object, path: Path) -> None:
        """Another operator on a list of objects."""
        self.count(path)
        if self.accepts(path, check_objects_operator, name, operator):
            self.accepts(path, check_is_null, name, operand is None)

    def inside_hint(self, name: str, key: str, operand: object) -> str | None:
        """What to write instead of a key in a comparison that does not begin with $: an operator, or a path."""
        path = f"{name}.{key}"
        if not self.is_field(path):
            found = operator_hint(name, key, operand)
            if found is not None:
                return found
            if self.schema is not None and not self.has_fields_inside(name):
                return nearest_or_all(key, _KNOWN, "operators", self.hints)
            if self.schema is not None:
                return unknown_field(self.schema, path).hinted(self.hints) or _BY_PATH
        return f"Name a nested field by its path: {quoted(path)}."

    def has_fields_inside(self, name: str) -> bool:
        return self.schema is not None and any(one.startswith(f"{name}.") for one in self.schema.searchable_names)

    def operation(self, name: str, field: Field | None, operator: Operator, operand: object, path: Path) -> None:
        self.count(path)
        if field is not None and not self.accepts(path, check_operator, field, operator):
            field = None
        if field is not None and is_among_listed(operator, field):
            self.listed_values += len(field.values or ())
            if not self.accepts(path, check_listed, self.listed_values, self.limits):
                raise _ListingIsFull
        if operator in MEMBERSHIP:
            self.values(name, field, operator, operand, path)
        elif operand is None:
            if operator not in EQUALITY:
                hint = (
                    f'Write {{{quoted(name)}: null}} for "empty", {{{quoted(name)}: {{"$ne": null}}}} for "not empty".'
                )
                self.report(path, "null_operand", f"{operator.value} does not compare with null.", hint)
        else:
            self.value(name, field, operator, operand, path)

    def values(self, name: str, field: Field | None, operator: Operator, operand: object, path: Path) -> None:
        if not isinstance(operand, (list, tuple)):
            text = quoted(operand, MAX_SHOWN)
            is_shown = isinstance(operand, (str, int, float, Decimal)) and len(text) < MAX_SHOWN
            shown = text if is_shown else "..."
            hint = f"Write {{{quoted(name)}: {{{quoted(operator.value)}: [{shown}]}}}}."
            message = f"{operator.value} takes a list, found {_kind(operand)}."
            self.report(path, "invalid_structure", message, hint)
            return
        if not self.enter(path) or not self.accepts(path, check_count, operand, self.limits):
            return
        literal = _number_type(operand) if self.schema is None else None
        if self._are_bound(name, field, operator, operand, literal):
            return
        null_hint = _null_hint(name, operator, operand) if any(value is None for value in operand) else None
        for index, value in enumerate(operand):
            place = (*path, index)
            if value is None:
                message = f"null is not allowed inside {operator.value}."
                self.report(place, "null_in_list", message, null_hint)
                null_hint = None  # the hint repeats the whole list: once is enough
            else:
                self.value(name, field, operator, value, place, literal)

    def _are_bound(
        self, name: str, field: Field | None, operator: Operator, operand: Sequence[object], literal: FieldType | None
    ) -> bool:
        """Whether a whole list is right, so that its values need no look one by one: criteria may have half a million
        of them."""
        classes = set(map(type, operand))
        if not classes <= _PLAIN or (not classes <= _ALWAYS_JSON and NOT_JSON in set(map(terminal_of, operand))):
            return False
        try:
            if field is not None:
                coercion_of_lists(field)(field, operand)
            elif self.schema is None and not invalid_name(name):
                for kind, values in _by_kind(operand, literal).items():
                    inferred = self._infer(name, kind)
                    check_operator(inferred, operator)
                    coercion_of_lists(inferred)(inferred, values)
        except Refusal:
            return False
        return True

    def _infer(self, name: str, kind: FieldType) -> Field:
        """The field of a literal without a schema. To make one takes longer than anything else about a value."""
        found = self._inferred.get((name, kind))
        if found is None:
            found = self._inferred[name, kind] = Field(name, kind)
        return found

    def value(
        self,
        name: str,
        field: Field | None,
        operator: Operator,
        value: object,
        path: Path,
        literal: FieldType | None = None,
    ) -> None:
        """Checks one operand. `literal` is the common type of the numbers of its list, when there is no schema."""
        if isinstance(value, (dict, list, tuple)):
            hint = wrapped_hint(name, operator.value, value)
            self.report(path, "invalid_structure", f"Expected a single value, found {_kind(value)}.", hint)
        elif terminal_of(value) == NOT_JSON:
            self.report(path, "not_json", f"{quoted(value)} is not a JSON value.")
        elif field is not None:
            self.accepts(path, bind_value, field, operator, value, self.limits)
        elif self.schema is None and not invalid_name(name):
            kind = literal if literal is not None and is_number(value) else literal_type([value])
            inferred = self._infer(name, kind)
            if self.accepts(path, check_operator, inferred, operator):
                self.accepts(path, bind_value, inferred, operator, value, self.limits)

    def count(self, path: Path) -> None:
        self.leaves += 1
        if self.leaves > self.limits.leaves:
            self.report(path, "too_many_leaves", f"The criteria have more than {self.limits.leaves} comparisons.")
            raise _ListingIsFull


_ALWAYS_JSON = frozenset({int, bool})
_PLAIN = _ALWAYS_JSON | {str, float, Decimal}


def _by_kind(operand: Sequence[object], literal: FieldType | None) -> Mapping[FieldType, Sequence[object]]:
    """The values of a list by the type that each one has without a schema."""
    if len(set(map(type, operand))) == 1:
        return {literal or literal_type(operand[:1]): operand}
    found: dict[FieldType, list[object]] = {}
    for value in operand:
        kind = literal if literal is not None and is_number(value) else literal_type([value])
        found.setdefault(kind, []).append(value)
    return found


def _number_type(operand: Sequence[object]) -> FieldType | None:
    """The type that all numbers of a list share: doubles if one of them is (docs/language.md#without-a-schema)."""
    if set(map(type, operand)) == {int}:
        whole: Any = operand
        if min(whole) >= MIN_INT64 and max(whole) <= MAX_INT64:
            return FieldType.INTEGER
    numbers = [value for value in operand if is_number(value) and terminal_of(value) != NOT_JSON]
    return literal_type(numbers) if numbers else None


def _step(key: object) -> str:
    """A key as a step of a pointer. Decoded criteria may have keys that are not strings."""
    return key if isinstance(key, str) else quoted(key)


def _kind(value: object) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    return quoted(value) if terminal_of(value) != NOT_JSON else f"a {type(value).__name__}"


def _member_hint(key: str) -> str:
    if key in _CONNECTIVES:
        return f"Write {_CONNECTIVES[key]}."
    if key in _KNOWN:
        return f'Write {{"field": {{{quoted(key)}: ...}}}}.'
    return KEYWORDS.get(key, "A field name does not start with $.")


def _null_hint(name: str, operator: Operator, operand: Sequence[object]) -> str:
    """What to write for null in a list (docs/language.md#null), with the user's field and values."""
    others = [value for value in operand if value is not None and not isinstance(value, (dict, list, tuple))]
    empty = {name: None} if operator is Operator.IN else {name: {"$ne": None}}
    if not others:
        return f"Write {quoted(empty, None)}."
    key = "OR" if operator is Operator.IN else "AND"
    return f"Write {quoted({key: [{name: {operator.value: others}}, empty]}, None)}."
