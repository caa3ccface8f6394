"""A page about a schema for people who write queries: its fields, their operators and examples, in Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from criteria.json_schema.examples import examples
from criteria.json_schema.query import MEANING
from criteria.parsing.bind import ALLOWED
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.text.markdown import code_cell, fenced, literal
from criteria.tree.nodes import ELEM_MATCH, Operator


def schema_page(schema: Schema) -> str:
    """The page of a schema, as Markdown."""
    found = [*_found(schema)]
    used = {field.field_type for _, field in found if field is not None}
    types = [kind for kind in FieldType if kind in used]
    lines = [f"# {literal(schema.name)}", "", *_examples(schema), *_fields(found), "", *_operators(types), ""]
    lines += ["`AND` and `OR` take a list of criteria, `NOT` takes criteria. NOT selects exactly the other records."]
    if any(field is None for _, field in found):
        lines += ["", f"In a list of objects, `{ELEM_MATCH}` takes criteria that one object has to fulfil."]
    return "\n".join(lines)


def _found(schema: Schema) -> Iterator[tuple[str, Field | None]]:
    """The names that criteria may use, each with its field; None for a list of objects."""
    for name in schema.searchable_names:
        field = schema.find(name)
        through = None if field is not None else schema.find_through(name)
        yield name, through[1] if through is not None else field


def _examples(schema: Schema) -> Iterator[str]:
    queries = [json.dumps(one, ensure_ascii=False) for one in examples(schema)]
    if queries:
        yield from ("Queries are JSON, for example:", "", fenced("\n".join(queries), "json"), "")


def _fields(found: Iterable[tuple[str, Field | None]]) -> Iterator[str]:
    yield from ("| field | type | may be empty | description |", "|---|---|---|---|")
    for name, field in found:
        if field is None:
            yield f"| {code_cell(name)} | list of objects | yes | |"
            continue
        kind = f"list of {field.field_type.value}" if field.is_list else field.field_type.value
        words = [field.description or ""]
        if field.object_entity_type:
            words.append(f"Refers to {field.object_entity_type}.")
        if field.values is not None:
            words.append(f"One of {', '.join(map(json.dumps, field.values))}.")
        empty = "yes" if field.nullable else "no"
        yield f"| {code_cell(name)} | {kind} | {empty} | {literal(' '.join(filter(None, words)))} |"


def _operators(types: list[FieldType]) -> Iterator[str]:
    yield from ("| operator | types | meaning |", "|---|---|---|")
    for operator in Operator:
        of = [kind.value for kind in types if operator in ALLOWED[kind]]
        if of:
            written = f"`{operator.value}`" if operator.value else '`{"field": value}`'
            yield f"| {written} | {'all' if len(of) == len(types) else ', '.join(of)} | {MEANING[operator]} |"
