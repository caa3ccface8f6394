"""Finds the column of a frame that holds a field's values, and refuses one that holds something else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import narwhals as nw
from narwhals.dtypes import DType

from criteria.backends.frame.conditions import Condition
from criteria.backends.frame.dtypes import (
    Nanoseconds,
    NothingButNulls,
    PrunedFloat,
    Remedy,
    cast,
    condition_on,
    element_type,
    inner_type,
    is_cast,
    is_fit,
    is_fit_for_literal,
    is_number,
    is_text,
    members_of,
)
from criteria.errors import Refusal
from criteria.messages import Hints, nearest, quoted, shown_type
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import ObjectList, Schema
from criteria.schema.stored_names import stored_name
from criteria.tree.nodes import Comparison

DTypes = Mapping[str, DType]
"""The columns of a frame, in its order, with their types."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a frame, or a member of a struct column, and its type.

    `steps` lead from the column to the values: the name of a member, and for the elements of a list the list's type.
    """

    position: int
    path: tuple[str, ...]
    dtype: DType
    steps: tuple[str | DType, ...] = ()

    @property
    def has_lists(self) -> bool:
        """Whether the values are elements of lists."""
        return any(isinstance(step, DType) for step in self.steps)

    @property
    def element(self) -> DType:
        """The type of the values: in a list, of its elements."""
        return element_type(self.dtype)

    @property
    def is_empty(self) -> bool:
        """Whether the column's type can only hold nulls, and lists of them."""
        return isinstance(self.element, NothingButNulls)

    def expression(self, quoted: Callable[[str], str] = str) -> nw.Expr:
        """The values. `quoted` escapes a name, for engines to which some characters of a name have a meaning."""
        name = self.path[0]
        is_pattern = name == "*" or (name.startswith("^") and name.endswith("$"))  # to Polars
        place = nw.nth(self.position) if is_pattern else nw.col(quoted(name))
        for member in self.path[1:]:
            place = place.struct.field(member)
        return place.cast(nw.String) if is_cast(self.dtype) else place


def _near(name: str, members: Mapping[str, DType], hints: Hints) -> str | None:
    return nearest(name, [known for known in members if isinstance(known, str)], hints)


class FrameColumns:
    """The columns of one frame, by field. `is_typed` says that the fields are those of a schema; `remedy` says what to
    do with a column of another type.

    A field of a `schema` may also be in a column with its own name.

    The columns may also be the members of the structs in a list. `outer` is the path of that list.
    """

    def __init__(
        self,
        dtypes: DTypes,
        is_typed: bool,
        remedy: Remedy = cast,
        outer: tuple[str, ...] = (),
        schema: Schema | None = None,
    ) -> None:
        self.dtypes, self.is_typed, self.remedy, self.outer, self.schema = dtypes, is_typed, remedy, outer, schema
        self.positions = {name: position for position, name in enumerate(dtypes)}

    def of(self, field: Field) -> Column:
        """The column of a field. Raises `Refusal` (`unfit_column`)."""
        found = self._find(field)
        if self.is_typed and not is_fit(field, found.dtype):
            raise self._unfit(field, found)
        return found

    def of_objects(self, objects: ObjectList) -> Column:
        """The column of a list of objects. Its type is a list of structs. Raises `Refusal` (`unfit_column`)."""
        found = self._find(objects.place)
        if found.is_empty or isinstance(inner_type(found.dtype), (nw.Struct, NothingButNulls)):
            return found
        path = quoted(".".join((*self.outer, *found.path)))
        message = f"Column {path} is {shown_type(found.dtype)}, which does not hold lists of objects."
        raise Refusal("unfit_column", message, self.remedy(None, True, found.dtype))

    def inside(self, column: Column) -> FrameColumns:
        """The members of the objects in a list."""
        return FrameColumns(members_of(column.element), self.is_typed, self.remedy, (*self.outer, *column.path))

    def condition(self, leaf: Comparison, found: Column) -> Condition:
        """The condition of a comparison on a value of its column, or on an element of it. Raises `Refusal`."""
        if leaf.value is None:
            return True
        dtype = found.element if leaf.field.has_elements else found.dtype
        if not self.is_typed and not is_fit_for_literal(leaf.field.field_type, dtype):
            raise self._undeclared(leaf, found)
        return condition_on(dtype, leaf)

    def _find(self, field: Field) -> Column:
        names = (stored_name(field, self.dtypes, self.schema), *field.path[1:])
        members: Mapping[str, DType] = self.dtypes
        dtype: DType = NothingButNulls()
        steps: list[str | DType] = []
        for depth, name in enumerate(names, 1):
            if name not in members:
                shown = quoted(".".join((*self.outer, *names[:depth])))
                message = f"There is no column {shown} for field {quoted(field.name)}."
                raise Refusal("unfit_column", message, partial(_near, name, members))
            dtype = members[name]
            steps.append(name)
            is_looked_into = depth == len(names) or not self.is_typed
            if is_looked_into and inner_type(dtype) is not None:
                steps.append(dtype)
            members = _members(element_type(dtype) if is_looked_into else dtype, names[depth:])
        return Column(self.positions[names[0]], names, dtype, tuple(steps[1:]))

    def _unfit(self, field: Field, found: Column) -> Refusal:
        """The refusal of a column whose type cannot hold the values that a field declares."""
        what = f"a list of {field.field_type.value}" if field.is_list else field.field_type.value
        path = quoted(".".join((*self.outer, *found.path)))
        message = f"Column {path} is {shown_type(found.dtype)}, which does not hold values of type {what}."
        values = inner_type(found.dtype) or found.dtype
        if isinstance(values, PrunedFloat):
            return _pruned(found)
        if isinstance(values, Nanoseconds):
            return Refusal("unfit_column", message, _MICROSECONDS)
        hint = self.remedy(field.field_type, field.is_list, found.dtype)
        if field.field_type is FieldType.DATE_TIME and isinstance(values, nw.Datetime):
            hint = f'If it is in UTC, add "timeZone": "UTC" to the field. Otherwise {hint[0].lower()}{hint[1:]}'
        return Refusal("unfit_column", message, hint)

    def _undeclared(self, leaf: Comparison, found: Column) -> Refusal:
        """The refusal of a column that literals of a query without a schema cannot be compared with: such a comparison
        would be false of every row, whatever was meant."""
        kind = found.element
        if isinstance(kind, PrunedFloat):
            return _pruned(found)
        name = ".".join(found.path)
        literal = leaf.value[0] if isinstance(leaf.value, tuple) else leaf.value
        what = _KINDS[leaf.field.field_type]
        message = f"Column {quoted(name)} is {shown_type(found.dtype)}, which does not compare with {what}."
        return Refusal("unfit_column", message, self._hint_for_literal(leaf.field.field_type, literal, kind, name))

    def _hint_for_literal(self, field_type: FieldType, literal: object, kind: DType, name: str) -> str | None:
        """What to write instead of a literal that a column of this type does not compare with."""
        if isinstance(kind, nw.Datetime) and kind.time_zone is None:
            return 'If it is in UTC, declare the field in a schema as a dateTime with "timeZone": "UTC".'
        if isinstance(kind, Nanoseconds):
            return _MICROSECONDS
        if isinstance(kind, (nw.Datetime, nw.Date)):
            return "Give the query a schema that declares the field's type."
        if isinstance(kind, (nw.Time, nw.Duration)):
            return "No field type has such values: cast it to numbers, or name another column."
        if is_number(kind):
            is_spelled = isinstance(literal, str) and _NUMBER.fullmatch(literal)
            return f"Write a number: {literal}." if is_spelled else "Write a number."
        if is_text(kind):
            return f'Write a string: "{str(literal).lower() if isinstance(literal, bool) else literal}".'
        if isinstance(kind, nw.Boolean):
            return "Write true or false."
        if isinstance(kind, nw.Struct) and members_of(kind):
            return f"Name one of its members, such as {quoted(f'{name}.{next(iter(members_of(kind)))}')}."
        if inner_type(kind) is not None:
            return None
        return self.remedy(field_type, False, kind)


def _members(dtype: DType, names: tuple[str, ...]) -> Mapping[str, DType]:
    return dict.fromkeys(names, dtype) if isinstance(dtype, NothingButNulls) else members_of(dtype)


_MICROSECONDS = "Cast it to TIMESTAMPTZ, which has microseconds, or use the engine polars."


def _pruned(found: Column) -> Refusal:
    name = quoted(".".join(found.path))
    message = f"DuckDB mistakes NaN in column {name} for another number: it trusts Parquet statistics."
    hint = "Run SET disabled_optimizers = 'statistics_propagation' on the connection."
    return Refusal("unfit_column", message, hint)


_KINDS: Mapping[FieldType, str] = {
    FieldType.STRING: "a string",
    FieldType.INTEGER: "a number",
    FieldType.BOOLEAN: "a boolean",
    FieldType.DECIMAL: "a number",
    FieldType.DOUBLE: "a number",
    FieldType.DATE: "a date",
    FieldType.DATE_TIME: "a dateTime",
    FieldType.GUID: "a guid",
    FieldType.OBJECT_REF: "a number",
}
"""What an operand without a schema is."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?", re.ASCII)
