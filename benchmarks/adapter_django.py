"""The contestants of the job `adapters` on Django, each with the rows of one model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from typing import Any

import criteria
from benchmarks.adapter_peer import CannotExpress, Peer, as_parameters, contestants, odata, quiet, text
from criteria.tree.nodes import (
    POSITIVES,
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    assert_never,
)

LOOKUPS: Mapping[Operator, str] = {
    Operator.EQ: "exact",
    Operator.NE: "exact",
    Operator.GT: "gt",
    Operator.GTE: "gte",
    Operator.LT: "lt",
    Operator.LTE: "lte",
    Operator.IN: "in",
    Operator.NIN: "in",
    Operator.STARTS_WITH: "startswith",
    Operator.ENDS_WITH: "endswith",
    Operator.CONTAINS: "contains",
    Operator.IEQ: "iexact",
    Operator.ISTARTS_WITH: "istartswith",
    Operator.IENDS_WITH: "iendswith",
    Operator.ICONTAINS: "icontains",
}


@cache
def person() -> Any:
    """A model as an application has it."""
    models: Any = import_module("django.db.models")
    empty = {"null": True, "blank": True}
    return type(
        "Person",
        (models.Model,),
        {
            "__module__": __name__,
            "Meta": type("Meta", (), {"app_label": "benchmarks", "db_table": "person_of_django"}),
            "id": models.IntegerField(primary_key=True),
            "name": models.CharField(max_length=60, **empty),
            "status": models.CharField(max_length=20),
            "age": models.IntegerField(**empty),
            "balance": models.DecimalField(max_digits=10, decimal_places=2, **empty),
            "is_active": models.BooleanField(**empty),
            "born": models.DateField(**empty),
            "seen": models.DateTimeField(**empty),
        },
    )


@contextmanager
def filled(connection: Any, rows: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """The queryset of the rows, in a table that is dropped at the end."""
    model = person()
    with connection.schema_editor() as editor:
        editor.create_model(model)
    try:
        model.objects.using(connection.alias).bulk_create([model(**row) for row in rows])
        yield model.objects.using(connection.alias).values_list("id", flat=True)
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(model)


def peers(rows: Any) -> list[Peer | tuple[str, str]]:
    """The contestants, for one that is not installed its name and the reason. The first is by hand."""
    makers: dict[str, Callable[[Any], Peer]] = {
        "Django by hand": _by_hand,
        "criteria.django": _criteria,
        "django-filter": _django_filter,
        "odata-query, Django": _odata_query,
    }
    return contestants({name: partial(make, rows) for name, make in makers.items()})


def _criteria(rows: Any) -> Peer:
    model = criteria.django.model(person())

    def ids(request: str) -> list[int]:
        return list(rows.filter(model.q(criteria.parse(request, model.schema))))

    return Peer("criteria.django", lambda query: json.dumps(query.to_json()), ids)


def _by_hand(rows: Any) -> Peer:
    return Peer("Django by hand", lambda query: query, lambda query: list(rows.filter(translated(query.expression))))


def translated(expression: Expression) -> Any:
    """The expression in Django's lookups: NOT is `~Q`, and a path is one of lookups."""
    q: Any = import_module("django.db.models").Q
    match expression:
        case And(terms):
            return q(*map(translated, terms))
        case Or(terms):
            return q(*map(translated, terms), _connector=q.OR)
        case Not(term):
            return ~translated(term)
        case Comparison(field, operator, value):
            path = field.name.replace(".", "__")
            if value is None:
                return q(**{f"{path}__isnull": operator is Operator.EQ})
            found = q(**{f"{path}__{LOOKUPS[operator]}": value})
            return ~found if operator in POSITIVES else found
        case AnyElement() | AnyReferred():
            raise AssertionError("no benchmark has lists of objects or other entities")
        case _:
            assert_never(expression)


def _django_filter(rows: Any) -> Peer:
    filters: Any = import_module("django_filters")
    texts = ("startswith", "endswith", "contains")
    orders = ("gt", "gte", "lt", "lte")
    kinds: dict[str, tuple[Any, Sequence[str]]] = {
        "name": (filters.CharFilter, (*texts, *orders)),
        "status": (filters.CharFilter, texts),
        "is_active": (filters.BooleanFilter, ()),
        "born": (filters.DateFilter, orders),
        "seen": (filters.IsoDateTimeFilter, orders),
        **dict.fromkeys(("age", "balance"), (filters.NumberFilter, orders)),
    }
    declared: dict[str, Any] = {}
    for name, (kind, lookups) in kinds.items():
        options = {"strip": False} if kind is filters.CharFilter else {}
        within = type("In", (filters.BaseInFilter, kind), {})
        for prefix, excludes in (("", False), ("not_", True)):
            declared[f"{prefix}{name}__in"] = within(field_name=name, lookup_expr="in", exclude=excludes, **options)
            for lookup in ("exact", *lookups):
                one = kind(field_name=name, lookup_expr=lookup, exclude=excludes, **options)
                declared[f"{prefix}{name}__{lookup}"] = one
        declared[f"{name}__isnull"] = filters.BooleanFilter(field_name=name, lookup_expr="isnull")
    meta = type("Meta", (), {"model": person(), "fields": []})
    filter_set = type("PersonFilter", (filters.FilterSet,), {**declared, "Meta": meta, "__module__": __name__})

    def ids(request: Mapping[str, str]) -> list[int]:
        found = filter_set(request, queryset=rows)
        if not found.is_valid():
            raise ValueError(found.errors)
        return list(found.qs)

    return Peer("django-filter", lambda query: as_parameters(query, _parameter), ids)


def _parameter(leaf: Comparison, negated: bool) -> tuple[str, str]:
    """The parameter of a comparison. django-filter takes an empty text for no filter (its "Tips and Solutions")."""
    name, value, lookup = leaf.field.name, leaf.value, LOOKUPS[leaf.operator]
    excludes = negated is not (leaf.operator in POSITIVES)
    if value is None:
        return f"{name}__isnull", text(not excludes)
    if value == "" or (isinstance(value, tuple) and "" in value):
        raise CannotExpress
    prefix = "not_" if excludes else ""
    written = ",".join(map(text, value)) if isinstance(value, tuple) else text(value)
    return f"{prefix}{name}__{lookup}", written


def _odata_query(rows: Any) -> Peer:
    apply = import_module("odata_query.django").apply_odata_query
    quiet()
    return Peer("odata-query, Django", odata, lambda request: list(apply(rows, request)))
