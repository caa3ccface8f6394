"""Infers a first schema from records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from criteria.errors import MAX_PROBLEMS, CriteriaError, Problem, listed, to_pointer
from criteria.inference.candidates import JSON_VALUES, TypeRules
from criteria.inference.observed import ObservedField, RecordPosition
from criteria.messages import quoted
from criteria.schema.conflicts import Taken
from criteria.schema.field import Field, FieldType, invalid_name
from criteria.schema.schema import SYSTEM_PROPERTIES, ObjectList, Schema

_KEYS = frozenset({FieldType.INTEGER, FieldType.STRING, FieldType.GUID})
"""Types of keys: a unique first name of such a type is one. Numbers, days or instants may be distinct by chance."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """A schema, and a problem for each name that it leaves out, up to as many as an error lists."""

    schema: Schema
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()
    """What to know about fields that the schema has."""
    hints: Mapping[str, str] = field(default_factory=dict)
    """Why fields hold strings, for queries that compare them with something else."""


def infer_schema(
    name: str,
    records: Iterable[Mapping[str, Any]],
    *,
    most: int | None = None,
    line: Callable[[], int | None] = lambda: None,
    values: TypeRules = JSON_VALUES,
    known: Iterable[ObservedField] = (),
) -> Inferred:
    """The schema of JSON records, whose numbers are exact (`int` and `Decimal`).

    `Schema.decode` takes every one of the records: a type is inferred when the library's own conversion to it takes
    each value. Numbers are integers, or doubles where one has a fraction or an exponent; strings are dates where each
    is a day (`2024-01-31`), dateTimes where each is an instant, guids where each is one in canonical form. Nested
    objects become names with dots. A name that has a value in each record is not nullable, and the first name is unique
    if its values are: but not when `most` records were read and there are more. The three system properties are
    declared as such when the records have them.

    What no field can hold is left out and reported as a problem: values of several types, names
    that cannot be field names, names without any value. `line` returns the line of the last record,
    `known` are members whose types the source itself declares.
    """
    root = ObservedField.named((), values)
    root.members = {member.path[-1]: member for member in known}
    given = iter(records)
    for record in islice(given, most):
        if root.filled == 0 and record:
            root.member(next(iter(record))).keys = set()
        root.see(record, RecordPosition(root.filled + 1, line()))
    is_whole = most is None or next(given, None) is None
    return schema_of(name, root, root.filled if is_whole else None)


def schema_of(name: str, root: ObservedField, records: int | None) -> Inferred:
    """The schema of what was observed; `records` is how many records there are, if that is known."""
    problems: list[Problem] = []
    fields = _fields(root, records, problems)
    schema = _schema(name, fields)
    return Inferred(schema, listed(problems), tuple(_notes_on_texts(root, schema)))


def _notes_on_texts(root: ObservedField, schema: Schema) -> Iterator[str]:
    """What is to be said of fields whose strings seem to be numbers or times."""
    for member in root.members.values():
        field = schema.find(".".join(member.path))
        if member.texts is not None and field is not None and field.field_type is FieldType.STRING:
            told = member.texts.told()
            if told is not None:
                yield f"{quoted(field.name)} {told} {_REMEDIES[member.texts.are_numbers]}"
        elif field is None and member.kind == "an object" and member.fault is None:
            yield from _notes_on_texts(member, schema)


_REMEDIES: Mapping[bool, str] = {
    True: "If they are numbers, declare a decimal.",
    False: "If they are instants, write each with its offset, as in 2024-01-31T09:30:00Z.",
}


def _fields(root: ObservedField, records: int | None, problems: list[Problem]) -> list[Field | ObjectList]:
    """The fields of what objects hold. Appends a problem for each name that is left out."""
    fields: list[Field | ObjectList] = []
    taken = Taken()
    for member in _leaves(root, problems):
        is_of_objects = member.element is not None and member.fault is None
        found = _object_list(member, records, problems) if is_of_objects else _field(member, records)
        if not isinstance(found, Problem):
            found = _beside(taken, found, member)
        if isinstance(found, Problem):
            if len(problems) <= MAX_PROBLEMS:  # one more than are listed, which says that there are more
                problems.append(found)
        else:
            fields.append(found)
    return fields


def _leaves(parent: ObservedField, problems: list[Problem]) -> Iterator[ObservedField]:
    """The names of values, nested ones included."""
    for member in parent.members.values():
        if member.kind == "an object" and member.fault is None:
            yield from _leaves(member, problems)
        else:
            yield member


def _object_list(member: ObservedField, records: int | None, problems: list[Problem]) -> ObjectList | Problem:
    """The list of objects of a name, or the problem why there is none."""
    assert member.element is not None
    inside: list[Problem] = []
    fields = _fields(member.element, member.element.filled, inside)
    name = ".".join(member.path)
    if not fields:
        return _left_out(member, "Its objects have a value that no field can represent.")
    problems += [_inside(member, problem) for problem in inside]
    try:
        return ObjectList(name, map(_in_list, fields), nullable=not records or member.filled != records)
    except CriteriaError as error:
        return _left_out(member, error.problems[0].message, code="invalid_field_name")


def _in_list(one: Field | ObjectList) -> Field | ObjectList:
    """A field of an object in a list, which is not unique."""
    return replace(one, is_unique=False) if isinstance(one, Field) else one


def _inside(member: ObservedField, problem: Problem) -> Problem:
    """A problem inside the objects of a list, at its name."""
    name = quoted(".".join(member.path))
    message = f"In the objects of {name}: {problem.message}"
    return replace(problem, message=message, pointer=to_pointer(member.path) + problem.pointer)


def _field(member: ObservedField, records: int | None) -> Field | Problem:
    """The field of a name, or the problem why it has none. `records` is the number of records, if known."""
    if member.fault is not None:
        return _left_out(member, member.fault.message, place=member.fault.place)
    is_untold = member.kind is None or (member.kind == "a list" and not member.elements)
    if is_untold and member.values.untold is None:
        return _left_out(member, "No record has a value from which the type could be inferred.")
    name = ".".join(member.path)
    wrong = invalid_name(name)
    if any("." in segment for segment in member.path) and not member.values.are_paths:
        wrong = "A name with a dot in it would be a path."
    if wrong:
        return _left_out(member, f"This cannot be a field name. {wrong}", code="invalid_field_name")
    chosen = (member.values.untold if is_untold else None) or member.values.choose(member.candidates)
    is_list = chosen.is_list or member.kind == "a list"
    has_key = member.keys is not None and len(member.keys) == records and len(member.keys) > 1
    is_unique = has_key and chosen.field_type in _KEYS and not is_list
    nullable = not records or member.filled != records
    return Field(
        name,
        chosen.field_type,
        is_list=is_list,
        is_unique=is_unique,
        nullable=nullable,
        precision=chosen.precision,
        scale=chosen.scale,
        time_zone=chosen.time_zone,
    )


def _left_out(
    member: ObservedField, message: str, code: str = "invalid_record", place: RecordPosition | None = None
) -> Problem:
    name = quoted(".".join(member.path))
    where = f" in record {place.record}" if place else ""
    line = place.line if place else None
    hint = f"The schema leaves {name} out."
    return Problem(code, f"{name}{where}: {message}", to_pointer(member.path), line=line, hint=hint)


def _beside(taken: Taken, found: Field | ObjectList, member: ObservedField) -> Field | ObjectList | Problem:
    """The field, which takes its name and its column, if the schema can have it together with the earlier ones."""
    place = found.place if isinstance(found, ObjectList) else found
    problem = taken.problem(place, "")
    if problem is not None:
        return _left_out(member, problem.message)
    taken.add(place)
    return found


def _schema(name: str, fields: list[Field | ObjectList]) -> Schema:
    """The schema, with the system properties declared as such when they are among the fields."""
    by_name = {field.name: field for field in fields if isinstance(field, Field)}
    has_system = all(_is(by_name.get(one.name), one) for one in SYSTEM_PROPERTIES)
    own = [field for field in fields if not has_system or field.name not in {one.name for one in SYSTEM_PROPERTIES}]
    return Schema(name, own, system_properties=has_system)


def _is(field: Field | None, system: Field) -> bool:
    """Whether a field is a system property: what that says of its values is so."""
    return (
        field is not None
        and (field.field_type, field.precision, field.is_list) == (system.field_type, system.precision, False)
        and (system.nullable or not field.nullable)
        and (field.is_unique or not system.is_unique)
    )
