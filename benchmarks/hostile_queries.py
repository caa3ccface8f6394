"""Large queries inside the default limits, made of a few choices, so that a search can look for the worst."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from random import Random
from typing import Any

from criteria import Field, ObjectList, Schema
from criteria.limits import DEFAULT_LIMITS, MAX_FOLDED_OPERAND
from criteria.schema.field import MAX_SEGMENTS
from criteria.tree.nodes import FOLDED, TEXT

_LISTED = [f"{number:06}" for number in range(DEFAULT_LIMITS.listed_values // DEFAULT_LIMITS.leaves)]
"""The values of a string that lists them: so many that each of its comparisons may be an ordering."""
_KINDS: Mapping[str, dict[str, Any]] = {
    "string": {}, "integer": {}, "boolean": {}, "decimal": {"precision": 30, "scale": 10}, "double": {}, "date": {},
    "dateTime": {"precision": 3}, "guid": {}, "listed": {"values": _LISTED},
}  # fmt: skip

FIELDS = (
    Field("id", "integer", is_unique=True, nullable=False),
    *(
        Field(f"{path}{kind}{'s' * is_list}", "string" if kind == "listed" else kind, is_list=is_list, **more)
        for kind, more in _KINDS.items()
        for path in ("", "p.")
        for is_list in (False, True)
    ),
)
"""Every type as a column, as a list, and inside an object."""

ENTITY = "hostile"


def schema_of(fields: Sequence[Field]) -> Schema:
    """A schema of these fields, of lists of objects with the same fields in one another, and of references to objects
    of the schema itself."""
    own = [one for one in fields if not one.is_unique]
    lists = ObjectList("items", [*own, ObjectList("parts", own)])
    other = Field("other", "objectRef", object_entity_type=ENTITY)
    others = Field("others", "objectRef", object_entity_type=ENTITY, is_list=True)
    found = Schema(ENTITY, [*fields, lists, other, others], system_properties=False)
    return found.with_entities({ENTITY: found})


SCHEMA = schema_of(FIELDS)

SORT_KEYS = ",".join(f"{field.name} desc" for field in FIELDS if not field.is_list)
"""An `orderBy` of all fields that have an order."""

_STRINGS = ("string", "listed")
_MEMBERSHIP = ("$in", "$nin")
_FOLDED = tuple(sorted(one.value for one in FOLDED))
_TEXT = tuple(sorted(one.value for one in TEXT))
_INSIDE: Mapping[str, tuple[str, ...]] = {
    "objects": ("items",),
    "objects of objects": ("items", "parts"),
    "a reference": ("other",),
    "references": ("others",),
    "references of references": ("others", "other", "others"),
    "objects behind references": ("other", "items", "parts"),
}
"""The lists of objects and the references that a comparison may be inside of."""
_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "groups": (1, 2, 10, 25, 32, 100, 500, 1000),
    "terms": (1, 2, 10, 31, 40, 100, 1000),
    "levels": (0, 0, 0, 5, 14),
    "values": (0, 1, 2, 10, 100, 260, 510, 1000),
    "length": (1, 6, 20, 40, 900, 8000),
    "letter": ("a", "%", "\u00e9", "\U0001f600", "\\"),
    "step": (0, 1, 2, 7),
    "is_shared": (False, True),
    "kind": tuple(_KINDS),
    "path": ("", "p."),
    "is_list": (False, True),
    "is_mixed": (False, False, True),
    "operator": ("", "$ne", "$gt", "$gte", "$lt", "$lte", *_MEMBERSHIP, *_TEXT),
    "outer": ("AND", "OR"),
    "inner": ("AND", "OR"),
    "is_negated": (False, True),
    "inside": ("", "", "", *_INSIDE),
    "fault": ("", "", "", "type", "name", "path", "repeated", "end"),
}


@dataclass(frozen=True, slots=True)
class Genes:
    """What a query is made of: `groups` groups of `terms` comparisons; lists have `values` values."""

    groups: int = 1000
    terms: int = 1
    levels: int = 0
    """So many times each group is inside AND and OR with one more comparison."""
    values: int = 90
    length: int = 1
    """Characters of a string, digits of a number."""
    letter: str = "a"
    step: int = 7
    """The distance between the values of lists; 0: all are equal."""
    is_shared: bool = False
    """Whether all lists have the same values."""
    kind: str = "integer"
    path: str = ""
    is_list: bool = False
    is_mixed: bool = False
    """Whether each comparison is of the next field, whatever its type, path and number of values."""
    operator: str = "$in"
    outer: str = "AND"
    inner: str = "OR"
    is_negated: bool = False
    inside: str = ""
    """Which lists of objects and references each comparison is inside of."""
    fault: str = ""
    """What is wrong: every operand (`type`), every field (`repeated`; `name` and `path` are unknown), or the last byte
    (`end`)."""

    def __str__(self) -> str:
        plain = Genes()
        changed = {name: getattr(self, name) for name in _CHOICES if getattr(self, name) != getattr(plain, name)}
        return ", ".join(f"{name}={value!r}" for name, value in changed.items())


def families() -> Iterator[Genes]:
    """The largest query of each kind: with many comparisons of one value, and with long lists."""
    plain = Genes()
    for kind, path, is_list in product(_KINDS, ("", "p."), (False, True)):
        field = replace(plain, kind=kind, path=path, is_list=is_list)
        text = ("$contains", "$startsWith", "$icontains") if kind in _STRINGS else ()
        ordered = () if kind in ("boolean", "guid") else ("$gt", "$lte")
        for operator in ("", "$ne", *ordered, *text):
            yield replace(field, operator=operator, values=1)
        for values in (10, 90, 1000):
            yield replace(field, operator="$nin", values=values)
    yield from (replace(plain, is_mixed=True, operator=operator) for operator in ("", "$gt", "$nin"))
    faults = ("type", "name", "path", "repeated", "end")
    yield from (replace(plain, fault=fault, operator="", values=1) for fault in faults)
    yield from (
        replace(plain, inside=inside, kind=kind, operator=operator, values=values, is_negated=is_negated)
        for inside in _INSIDE
        for kind, operator, values in (("integer", "$gt", 1), ("decimal", "$nin", 10), ("string", "$contains", 1))
        for is_negated in (False, True)
    )
    yield replace(plain, groups=60, levels=14, operator="$gt", values=1)
    yield replace(plain, groups=25, terms=40, values=1000, is_shared=True, step=1)


def mutant(genes: Genes, random: Random) -> Genes:
    """The genes with one to three other choices."""
    changed = random.sample(list(_CHOICES), random.choice((1, 1, 2, 3)))
    return replace(genes, **{name: random.choice(_CHOICES[name]) for name in changed})


def fitting(genes: Genes) -> Genes:
    """The genes with as many comparisons, values and characters as the limits take."""
    each = 1 + genes.levels
    groups = max(1, min(genes.groups, DEFAULT_LIMITS.leaves // each))
    terms = max(1, min(genes.terms, DEFAULT_LIMITS.leaves // groups - genes.levels))
    around = 60 + 25 * len(_INSIDE.get(genes.inside, ()))
    room = DEFAULT_LIMITS.text // (groups * (terms + genes.levels)) - around  # bytes of one comparison's operand
    length = max(1, min(genes.length, (room - 8) // len(json.dumps(genes.letter))))
    if genes.operator in _FOLDED:
        length = min(length, MAX_FOLDED_OPERAND)
    is_in = genes.operator in _MEMBERSHIP
    size = len(json.dumps(_operand(genes.kind, 10**6, replace(genes, length=length)))) + 1
    values = min(genes.values, max(0, room // size)) if is_in else genes.values
    return replace(genes, groups=groups, terms=terms, length=length, values=values)


def text_of(genes: Genes) -> str:
    """The query of some genes, as JSON text."""
    groups = []
    for group in range(genes.groups):
        at = group * (genes.terms + genes.levels)
        found: dict[str, Any] = {genes.inner: [_comparison(genes, at + term) for term in range(genes.terms)]}
        for level in range(genes.levels):
            found = {("AND", "OR")[level % 2]: [found, _comparison(genes, at + genes.terms + level)]}
        groups.append(found)
    text = json.dumps({genes.outer: groups}, separators=(",", ":"))
    return text[:-1] if genes.fault == "end" else text


def _comparison(genes: Genes, index: int) -> dict[str, Any]:
    kind, path, is_list, values = genes.kind, genes.path, genes.is_list, genes.values
    if genes.is_mixed:
        field = FIELDS[1 + index % (len(FIELDS) - 1)]
        kind = "listed" if field.values is not None else field.field_type.value
        path, is_list = "p." * field.is_nested, field.is_list
        values = max(1, min(values, 2 * values * (index % 100) // 100))
    operator = genes.operator
    if kind not in _STRINGS and operator in _TEXT:
        operator = ""
    if kind in ("boolean", "guid") and operator in ("$gt", "$gte", "$lt", "$lte"):
        operator = "$ne"
    is_in = operator in _MEMBERSHIP
    one = partial(_operand, "boolean" if genes.fault == "type" and kind != "boolean" else kind, genes=genes)
    first = 0 if genes.is_shared else index * max(1, values if is_in else 1) * genes.step
    operand = [one(first + at * genes.step) for at in range(values)] if is_in else one(first)
    name = {"name": f"strnig{index}", "path": ".".join([f"n{index}"] * MAX_SEGMENTS)}.get(
        genes.fault, f"{path}{kind}{'s' * is_list}"
    )
    found: dict[str, Any] = {name: operand if not operator else {operator: operand}}
    if genes.fault == "repeated":
        found = {name: {"$eq": operand, "": operand}}
    for step in reversed(_INSIDE.get(genes.inside, ())):
        found = {step: {"$elemMatch": found}}
    return {"NOT": found} if genes.is_negated else found


def _operand(kind: str, number: int, genes: Genes) -> Any:
    match kind:
        case "string":
            return (
                f"{number:06}".rjust(genes.length, genes.letter)[-genes.length :] if genes.length > 1 else str(number)
            )
        case "listed":
            return _LISTED[number % len(_LISTED)]
        case "integer":
            return number + (10**17 if genes.length > 6 else 0)
        case "boolean":
            return number % 2 == 0
        case "decimal" if genes.length == 1:
            return number
        case "decimal":
            return f"{number - 500}.{'5' * min(genes.length, 10)}"
        case "double":
            return (number + 0.5) * (1e-300 if genes.length > 6 else 1)
        case "date":
            return f"{2000 + number % 999}-01-{1 + number % 28:02}"
        case "dateTime":
            return f"{2000 + number // 28 % 999}-{1 + number // 28000 % 12:02}-{1 + number % 28:02}T00:00:00Z"
        case _:
            return f"00000000-0000-0000-0000-{number:012}"
