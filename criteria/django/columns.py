"""Fields of a model as fields of a schema: by their class in Django, or as they are declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.choices import CallableChoiceIterator

from criteria.backends.unsupported import STORED_HINT
from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import MAX_DIGITS, Field, FieldType
from criteria.schema.schema import ObjectList

_TYPES: Mapping[str, FieldType] = {
    **dict.fromkeys(
        ("AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField", "SmallIntegerField",
         "PositiveIntegerField", "PositiveBigIntegerField", "PositiveSmallIntegerField"), FieldType.INTEGER,
    ),
    **dict.fromkeys(("CharField", "TextField", "SlugField", "FilePathField"), FieldType.STRING),
    "BooleanField": FieldType.BOOLEAN,
    "DecimalField": FieldType.DECIMAL,
    "FloatField": FieldType.DOUBLE,
    "DateField": FieldType.DATE,
    "DateTimeField": FieldType.DATE_TIME,
    "UUIDField": FieldType.GUID,
}  # fmt: skip
"""The type of a field, by the name that Django gives to a kind of fields (`get_internal_type`)."""

_CONVERSIONS = (
    "db_type", "get_internal_type", "from_db_value", "get_prep_value", "get_db_prep_value", "get_db_prep_save",
    "select_format",
)  # fmt: skip
"""The methods that decide what a column holds for a value. Where another package overrides one, nothing is known."""

Declared = Mapping[str, "Field | FieldType | str"]
"""The types that the caller declares, by the name of the model's field."""

_JSON = (
    'Declare its paths, json={"NAME": [Field("path", "string")]}, or that it is a list, '
    'json={"NAME": [Field("NAME", "string", is_list=True)]}.'
)
_DECLARE = 'Declare what its column holds: types={"NAME": "string"}.'
_VIEW = "Leave it out, or query a view that converts it."


def field_of(field: Any, name: str, declared: Declared, naive: str | None) -> Field:
    """The schema's field for a field of a model. Raises `CriteriaError` (`unfit_column`) if there is none."""
    if name in declared:
        return _declared(field, name, declared[name])
    return _field(field, name, stored_by(field), naive)


def json_fields(field: Any, name: str, paths: Iterable[object]) -> list[Field]:
    """The fields inside a JSONField, named by their paths in it; a list that has the name of the JSONField is all of
    it."""
    found = []
    for one in paths:
        if isinstance(one, ObjectList):
            message = f"json[{quoted(name)}] is a list of objects, which models do not have."
            raise CriteriaError(Problem("unsupported", message, hint=STORED_HINT))
        if not isinstance(one, Field):
            message = f"json[{quoted(name)}] is a list of fields, not of {quoted(one)}."
            raise CriteriaError(Problem("invalid_schema", message, hint='Write it like [Field("theme", "string")].'))
        is_whole = one.name == name or one.path[0] == name
        path = one.name if is_whole else f"{name}.{one.name}"
        found.append(renamed(one, path, column=field.attname, is_unique=False))
    return found


def renamed(field: Field, name: str, **changes: Any) -> Field:
    """A field of another name, and with other attributes."""
    attributes = {
        "description": field.description, "object_entity_type": field.object_entity_type, "is_unique": field.is_unique,
        "is_list": field.is_list, "nullable": field.nullable, "column": field.column, "precision": field.precision,
        "scale": field.scale, "collation": field.collation, "time_zone": field.time_zone, "values": field.values,
    }  # fmt: skip
    return Field(name, field.field_type, **{**attributes, **changes})


def stored_by(field: Any) -> Any:
    """What says how a value is stored: of a reference the key that it refers to, of a computed field its result."""
    while True:
        if field.is_relation and getattr(field, "foreign_related_fields", None):
            field = field.target_field
        elif isinstance(field, models.GeneratedField):
            field = field.output_field
        else:
            return field


def _field(field: Any, name: str, inner: Any, naive: str | None) -> Field:
    if is_converted(inner):
        raise _unfit(field, f"{type(inner).__name__} converts its values", _DECLARE)
    kind = inner.get_internal_type()
    if kind == "ArrayField":
        element = _field(field, name, inner.base_field, naive)
        if element.is_list:
            raise _unfit(field, "its lists hold lists", _VIEW)
        return renamed(element, name, is_list=True, is_unique=False)
    if kind == "JSONField":
        raise _unfit(field, "a JSONField may hold anything", _JSON)
    if kind not in _TYPES:
        raise _unfit(field, f"the language has no type for {type(inner).__name__}", _VIEW)
    field_type = _TYPES[kind]
    if field.is_relation and field_type is FieldType.INTEGER:
        return Field(name, FieldType.OBJECT_REF, object_entity_type=entity_name(field.related_model), **_facts(field))
    return Field(name, field_type, **_facts(field), **_details(field, inner, field_type, naive))


def _details(field: Any, inner: Any, field_type: FieldType, naive: str | None) -> dict[str, Any]:
    """What a type needs beside its name."""
    if field_type is FieldType.DECIMAL:
        if not inner.max_digits or inner.max_digits > MAX_DIGITS:
            raise _unfit(field, f"it does not have 1 to {MAX_DIGITS} digits", _VIEW)
        return {"precision": inner.max_digits, "scale": inner.decimal_places}
    if field_type is FieldType.DATE_TIME:
        if not settings.USE_TZ and naive != "utc":
            remedy = 'Set USE_TZ = True. If all instants are stored in UTC: naive="utc".'
            raise _unfit(field, "it has no time zone, because of USE_TZ = False", remedy)
        return {"precision": 6, "time_zone": "UTC"}
    if field_type is FieldType.STRING:
        return {"values": _choices(field if field.choices else inner)}
    return {}


def _choices(field: Any) -> tuple[str, ...] | None:
    """The values that a field has choices for, and the empty string where the model may write it.

    Choices of a function may change while the program runs.
    """
    if isinstance(field.choices, CallableChoiceIterator):
        return None
    values = tuple(str(value) for value, _ in field.flatchoices if value is not None)
    if not values or field.is_relation:
        return None
    may_be_empty = field.blank or (not field.has_default() and not field.null)
    return tuple(dict.fromkeys((*values, "") if may_be_empty else values))


def _facts(field: Any) -> dict[str, Any]:
    is_generated = isinstance(field, models.GeneratedField)
    text = str(field.help_text) if field.help_text else None
    return {
        "column": field.attname,
        "nullable": bool(field.null) or is_generated,
        "is_unique": bool(field.unique),
        "description": text,
    }


def key_of_related(field: Field, name: str) -> Field:
    """The field of a reference as the key at the end of a path: `owner.id` for `owner`."""
    is_integer = field.field_type is FieldType.OBJECT_REF
    shown = Field(name, FieldType.INTEGER) if is_integer else renamed(field, name, column=None)
    return renamed(shown, name, nullable=field.nullable, is_unique=False, description=field.description)


def entity_name(model: Any) -> str:
    """What a schema calls the records of a model."""
    return str(model._meta.model_name)


def _declared(field: Any, name: str, given: Field | FieldType | str) -> Field:
    facts = _facts(field)
    if isinstance(given, Field):
        return renamed(given, name, **{**facts, "description": given.description or facts["description"]})
    return Field(name, given, **facts)


def is_converted(field: Any) -> bool:
    """Whether a method of another package decides what the column of a field holds."""
    return any(not _home(type(field), method).startswith("django.") for method in _CONVERSIONS)


def _home(kind: type, method: str) -> str:
    """The module of the class that defines a method; Django's, if none does."""
    found: Sequence[str] = [one.__module__ for one in kind.__mro__ if method in vars(one)]
    return f"{found[0]}." if found else "django."


def _unfit(field: Any, reason: str, remedy: str) -> CriteriaError:
    message = f"Field {quoted(field.name)} of {field.model.__name__} cannot be queried: {reason}."
    return CriteriaError(Problem("unfit_column", message, hint=remedy.replace("NAME", field.name)))
