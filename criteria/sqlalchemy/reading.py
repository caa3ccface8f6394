"""Reads the attributes of a mapped class or a table: the fields that they make, and why others make none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Index, UniqueConstraint

from criteria.backends.sql.fit import Unfit
from criteria.backends.unsupported import STORED_HINT
from criteria.errors import CriteriaError, Problem, listed
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.schema.chosen_names import chosen_names
from criteria.schema.field import Field, FieldType, invalid_name
from criteria.schema.schema import ObjectList
from criteria.sqlalchemy.attribute_types import Held, LeftOut, declared, read
from criteria.sqlalchemy.mapped_columns import Attribute
from criteria.sqlalchemy.source import Described, Source

JsonFields = Field | Iterable[Field]
DeclaredType = FieldType | str | Field


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `model` that say which attributes make which fields."""

    naive: str | None
    include: frozenset[str] | None
    exclude: frozenset[str]
    json: Mapping[str, tuple[Field, ...]]
    types: Mapping[Any, DeclaredType]

    def wants(self, key: str) -> bool:
        """Whether an attribute is to make fields. Private ones have to be named."""
        if key in self.exclude:
            return False
        return not key.startswith("_") if self.include is None else key in self.include

    def declaration(self, key: str, kind: Any) -> DeclaredType | None:
        """What the caller says about an attribute, or about its type."""
        return self.types.get(key, self.types.get(type(kind)))


def options_of(
    source: Source,
    naive: str | None,
    include: Iterable[str] | None,
    exclude: Iterable[str],
    json: Mapping[str, JsonFields],
    types: Mapping[Any, DeclaredType],
) -> Options:
    """The options, checked. Raises `CriteriaError` (`unknown_option`) with a problem for each wrong one."""
    names = [one.key for one in source.described()]
    included = None if include is None else chosen_names("include", include)
    excluded = chosen_names("exclude", exclude)
    given = [*(included or ()), *excluded, *json, *(key for key in types if isinstance(key, str))]
    hints = Hints()
    problems = [_unknown(source, name, names, hints) for name in dict.fromkeys(given) if name not in names]
    if naive not in (None, "utc"):
        hint = "Local times repeat when clocks change: store instants in UTC."
        problems.append(Problem("unknown_option", f'naive is "utc" or None, not {quoted(naive)}.', hint=hint))
    if problems:
        raise CriteriaError(*listed(problems))
    fields = {key: (found,) if isinstance(found, (Field, ObjectList)) else tuple(found) for key, found in json.items()}
    return Options(naive, None if included is None else frozenset(included), frozenset(excluded), fields, dict(types))


def _unknown(source: Source, name: object, names: Sequence[str], hints: Hints) -> Problem:
    if name in source.relationships():
        hint: str | None = f"It is a relation: name the model of its rows in relations={{{quoted(name)}: ...}}."
    else:
        hint = nearest_or_all(name, [one for one in names if not one.startswith("_")], "attributes", hints)
    return Problem("unknown_option", f"{source.name} has no attribute {quoted(name)}.", hint=hint)


def read_attributes(source: Source, options: Options) -> tuple[list[Attribute], list[Problem]]:
    """The attributes that make fields, and a problem for each one that is left out.

    Raises `CriteriaError` (`unfit_column`) with a problem for each attribute that cannot be answered correctly, and for
    each one that `include` names and that cannot be a field.
    """
    found: list[Attribute] = []
    refused: list[Problem] = []
    left_out: list[Problem] = []
    for described in source.described():
        if not options.wants(described.key):
            continue
        made = _attribute(described, source, options)
        if isinstance(made, Attribute):
            found.append(made)
            continue
        problem = _problem(source, described.key, made)
        is_asked_for = options.include is not None and described.key in options.include
        (refused if isinstance(made, Unfit) or is_asked_for else left_out).append(problem)
    if refused:
        raise CriteriaError(*listed(refused))
    return found, left_out


def _problem(source: Source, key: str, reason: Unfit | LeftOut) -> Problem:
    message = f"Attribute {quoted(f'{source.name}.{key}')} cannot be a field: it {reason.reason}."
    return Problem("unfit_column", message, hint=reason.hint)


def _attribute(described: Described, source: Source, options: Options) -> Attribute | Unfit | LeftOut:
    key, column = described.key, described.column
    if described.element is None:
        return LeftOut("is a hybrid without an SQL expression", "Give it one with inplace.expression.")
    nullable = column is None or bool(column.nullable)
    kind = described.element.type
    if key in options.json:
        wrong = _wrong_json(key, options.json[key])
        return wrong or Attribute(key, kind, options.json[key], nullable, column is not None)
    wrong_name = invalid_name(key)
    if wrong_name is not None or "." in key:
        return LeftOut("has a name that cannot be a field's", "Map it to an attribute of another name.")
    declaration = options.declaration(key, kind)
    if isinstance(declaration, Field):
        wrong = _wrong_json(key, (declaration,))
        reading = wrong or declared(kind, declaration.field_type, options.naive)
        if not isinstance(reading, Held):
            return reading
        return Attribute(key, reading.type, (declaration,), nullable, column is not None, reading.labels)
    reading = read(kind, options.naive) if declaration is None else declared(kind, _named(declaration), options.naive)
    if not isinstance(reading, Held):
        return reading
    arguments = {"nullable": nullable, "is_unique": _is_unique(column, source), **_described(column), **reading.options}
    if arguments.get("is_list"):
        arguments["is_unique"] = False
    field = Field(key, reading.field_type, **arguments)
    return Attribute(key, reading.type, (field,), nullable, column is not None, reading.labels)


def _named(declaration: FieldType | str | Field) -> FieldType:
    assert not isinstance(declaration, Field)
    return declaration if isinstance(declaration, FieldType) else Field("one", declaration).field_type


def _wrong_json(key: str, fields: Sequence[Any]) -> Unfit | None:
    """Why declared fields do not belong to an attribute."""
    for field in fields:
        if isinstance(field, ObjectList):
            reason = f"is declared with the list of objects {quoted(field.name)}, which models do not have"
            return Unfit(reason, STORED_HINT)
        if not isinstance(field, Field):
            return Unfit(f"is declared with {quoted(field)}, which is not a Field", "Pass Field objects.")
        if field.column != key:
            hint = f'Name it "{key}.{field.name}", or pass column="{key}".'
            return Unfit(f"is declared with field {quoted(field.name)}, which is stored elsewhere", hint)
    return None


def _described(column: Any) -> dict[str, Any]:
    """The description of a column, if it has one."""
    text = None if column is None else column.comment or column.doc
    return {} if not text else {"description": text}


def _is_unique(column: Any, source: Source) -> bool:
    """Whether no two rows have the same value in a column."""
    if column is None:
        return False
    if column.unique or (column.primary_key and len(source.primary_key()) == 1):
        return True
    table = column.table
    keys = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    keys += [one for one in table.indexes if isinstance(one, Index) and one.unique and not _is_partial(one)]
    return any(list(key.columns) == [column] for key in keys)


def _is_partial(index: Any) -> bool:
    """Whether an index covers only some rows."""
    return any(options.get("where") is not None for options in index.dialect_options.values())
