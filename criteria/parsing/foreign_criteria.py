"""Whole conditions of other query languages, and what to write instead of them.

JsonLogic puts the operator before the field, Elasticsearch the kind of the test. Rule builders and domains list a
field, an operator and a value. ORMs append the operator to the name. `foreign_words` knows what their operators mean,
`foreign_expressions` reads those languages that are texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from criteria.messages import quoted
from criteria.parsing.foreign_expressions import expression
from criteria.parsing.foreign_words import comparison_hint, connective, opposite
from criteria.schema.field import Field, FieldType

if TYPE_CHECKING:
    from criteria.schema.schema import Schema

_IsField = Callable[[str], bool]


def operator_first(key: str, value: object, schema: Schema | None) -> str | None:
    """What to write for a member such as `{">=": [{"var": "year"}, 1990]}` or `{"term": {"year": 1990}}`."""
    if isinstance(value, (list, tuple)):
        return _json_logic(key, value)
    if isinstance(value, dict) and len(value) == 1:
        ((name, operand),) = value.items()
        if _IS_SYMBOL.fullmatch(key) and isinstance(name, str) and schema is not None and schema.find(name) is not None:
            return comparison_hint(name, key, operand)
        return _elasticsearch(key, value)
    if schema is None or isinstance(value, dict):
        return None
    if key == "var" and isinstance(value, str):
        return _truth(schema.find(value))
    return comparison_hint("field", key, value) if _IS_SYMBOL.fullmatch(key) else None


_IS_SYMBOL = re.compile(r"[<>=!~]+")


def _truth(field: Field | None) -> str | None:
    """What to write for a field that stands for its truth."""
    if field is None:
        return None
    is_boolean = field.field_type is FieldType.BOOLEAN and not field.is_list
    return f"Write {quoted({field.name: True if is_boolean else {'$ne': None}}, None)}."


def is_wrapper(key: str, value: object) -> bool:
    """Whether a member holds criteria under a name such as `where`, which they do not need."""
    return key.lower().strip("$") in _WRAPPERS and isinstance(value, dict) and _are_names(value)


_WRAPPERS = ("!!", "where", "filter", "filters", "query", "criteria", "bool", "constant_score")


def parameter_hint(key: str) -> str | None:
    """Where to write a parameter of a search that is among criteria, such as `limit`; None for other keys."""
    if key not in _PARAMETERS:
        return None
    return f"{key} is a parameter of the search, beside the criteria: in a URL ?{key}=..., in Python parse_search."


_PARAMETERS = ("orderBy", "limit", "skip", "getTotalCount", "resolve", "after", "before", "query")


def rule(value: Mapping[Any, Any], is_field: _IsField) -> str | None:
    """What to write for an object such as `{"field": "year", "operator": ">=", "value": 1990}`, if it is one."""
    name, word = _one_of(value, _RULE_FIELDS), _one_of(value, _RULE_OPERATORS)
    if not isinstance(name, str) or not isinstance(word, str) or _has_field(value, is_field):
        return None
    return comparison_hint(name, word, _one_of(value, _RULE_VALUES))


def rules(value: Mapping[Any, Any], is_field: _IsField) -> tuple[str, str] | None:
    """The key of the list in an object such as `{"combinator": "and", "rules": [...]}`, and the connective it means."""
    word = _one_of(value, _COMBINATORS)
    for key in _RULE_LISTS:
        if isinstance(value.get(key), (list, tuple)) and not _has_field(value, is_field):
            found = connective(word) if isinstance(word, str) else "AND"
            return (key, found) if found in ("AND", "OR") else None
    return None


_RULE_FIELDS = ("field", "name", "column", "property", "attribute", "key", "id", "path", "fieldName")
_RULE_OPERATORS = ("operator", "op", "comparator", "comparison", "type", "condition")
_RULE_VALUES = ("value", "values", "val", "operand", "data")
_RULE_LISTS = ("rules", "filters", "conditions", "criteria", "children", "items")
_COMBINATORS = ("combinator", "condition", "conjunction", "logic", "operator", "op", "type", "join")


def meant_criteria(value: object, *, is_whole: bool, is_negated: bool) -> str | None:
    """What to write where something else is given instead of criteria, or instead of those that NOT negates."""
    if isinstance(value, str):
        hint = _ENCODED_TWICE if value.lstrip()[:1] == "{" else expression(value)
    elif not isinstance(value, (list, tuple)):
        return None
    elif not value:
        return f"Write an object, such as {_EXAMPLE}{', or {} for every record' if is_whole else ''}."
    else:
        hint = listed_conditions(value)
    if is_negated and hint == _OF_SEVERAL:
        return 'Write {"NOT": {"AND": [...]}}, or {"NOT": {"OR": [...]}}.'
    return opposite(hint) if is_negated else hint


_ENCODED_TWICE = "This is JSON inside a JSON string: encode it once."
_EXAMPLE = '{"status": "open"}'
_OF_SEVERAL = 'Write {"AND": [...]}, or {"OR": [...]}.'


def listed_conditions(value: list[Any] | tuple[Any, ...]) -> str | None:
    """What to write for a list instead of criteria: of criteria, or a domain such as `[["year", ">=", 1990]]`."""
    if len(value) == 1:
        inner = value[0]
        return listed_conditions(inner) if isinstance(inner, (list, tuple)) and inner else _without_list(inner)
    if len(value) == 3 and isinstance(value[0], str) and isinstance(value[1], str):
        found = comparison_hint(value[0], value[1], value[2])
        if found is not None:
            return found
    return _OF_SEVERAL


def _without_list(value: object) -> str | None:
    text = quoted(value, None) if isinstance(value, dict) else ""
    return f"Write {text}." if 0 < len(text) <= _MAX_SHOWN else None


_MAX_SHOWN = 200


def operator_in_name(name: str, value: object, is_field: _IsField) -> str | None:
    """What to write for a name such as `year__gte`, `year_gte` or `year[gte]`, if its beginning is a field."""
    for found in _IN_NAME.finditer(name[:_MAX_SHOWN]):
        field = name[: found.start()].replace("__", ".")
        word = name[found.end() :].removesuffix("]").strip()
        if is_field(field) and _IS_WORD.fullmatch(word):
            return comparison_hint(field, word, value)
    return None


_IN_NAME = re.compile(r"__|_|\.|:|\[\$?| ")
_IS_WORD = re.compile(r"[A-Za-z_]+|[<>=!~]+")


def _json_logic(key: str, operands: list[Any] | tuple[Any, ...]) -> str | None:
    names = [_variable(operand) for operand in operands]
    if len(operands) == 2 and None not in names and key in _MIRRORED:
        return "A field is compared with a value, not with another field."
    if len(operands) == 1 and isinstance(operands[0], str) and key == "missing":
        return comparison_hint(operands[0], key, True)
    if len(operands) == 2 and names[0] is not None and key in ("some", "none", "all"):
        return _json_logic_elements(names[0], key, operands[1])
    if len(operands) == 2 and names[0] is not None:
        return comparison_hint(names[0], key, operands[1])
    if len(operands) == 2 and names[1] is not None:
        word = "contains" if key == "in" else _MIRRORED.get(key)
        return None if word is None else comparison_hint(names[1], word, operands[0])
    if len(operands) == 3 and names[1] is not None and key in ("<", "<="):
        word = "between" if key == "<=" else ""
        return comparison_hint(names[1], word, [operands[0], operands[2]])
    return None


def _json_logic_elements(name: str, key: str, test: object) -> str | None:
    """What to write for a test of a list's elements, which JsonLogic calls `{"var": ""}`."""
    if key == "all" or not isinstance(test, dict) or len(test) != 1:
        return None
    ((word, operands),) = test.items()
    if not isinstance(operands, (list, tuple)):
        return None
    named = [{"var": name} if operand == {"var": ""} else operand for operand in operands]
    found = _json_logic(word, named)
    return opposite(found) if key == "none" else found


_MIRRORED = {"==": "==", "===": "==", "!=": "!=", "!==": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""What an operator of JsonLogic means when its operands change places."""


def _variable(operand: object) -> str | None:
    """The field that a JsonLogic variable names."""
    name = operand.get("var") if isinstance(operand, dict) and len(operand) == 1 else None
    name = name[0] if isinstance(name, list) and name else name
    return name if isinstance(name, str) and name else None


def _elasticsearch(key: str, value: Mapping[Any, Any]) -> str | None:
    word = _ELASTICSEARCH.get(key)
    ((name, operand),) = value.items()
    if word is None or not _are_names(value):
        return None
    if key == "exists":
        return comparison_hint(operand, word, True) if name == "field" and isinstance(operand, str) else None
    if key == "range" and isinstance(operand, dict):
        ends = {f"${end}": bound for end, bound in operand.items() if end in ("gt", "gte", "lt", "lte")}
        text = quoted({name: ends}, None) if ends else ""
        return f"Write {text}." if 0 < len(text) <= _MAX_SHOWN else None
    if isinstance(operand, dict):
        operand = operand.get("value", operand.get("query"))
    return comparison_hint(name, word, operand)


_ELASTICSEARCH = {
    "term": "eq",
    "match": "contains",
    "match_phrase": "contains",
    "terms": "in",
    "prefix": "startswith",
    "wildcard": "glob",
    "regexp": "pattern",
    "exists": "exists",
    "range": "range",
}


def _has_field(value: Mapping[Any, Any], is_field: _IsField) -> bool:
    return any(isinstance(key, str) and is_field(key) for key in value)


def _are_names(value: Mapping[Any, Any]) -> bool:
    """Whether keys may be names of fields: none of them is an operator."""
    return bool(value) and all(isinstance(key, str) and not key.startswith("$") for key in value)


def _one_of(value: Mapping[Any, Any], keys: tuple[str, ...]) -> Any:
    return next((value[key] for key in keys if key in value), None)
