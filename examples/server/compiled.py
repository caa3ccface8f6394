"""What becomes of criteria: in words, in normal form, and as each backend compiles them, as JSON for a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import criteria
from criteria import CriteriaError, Field, Problem, Query, Schema, Search
from criteria.backends import load
from criteria.backends.sql.dialects import ALIASES, DIALECTS
from criteria.cli.reports.compiled import engine_text
from criteria.explanation.finding_words import findings_in_words
from criteria.text.json_problems import located
from criteria.tree.nodes import all_leaves, places
from criteria.web.status import problem_json

MAX_AT_ONCE, MAX_CHARACTERS_AT_ONCE = 100, 1 << 14
"""Comparisons of a query, and characters of its normal form, that is compiled for every engine while it is typed. A
query may have ten times as many comparisons, and a megabyte of them: for each engine it is compiled on request."""

MAX_FINDINGS, MAX_TERMS = 100, 20
"""Findings that are told, and comparisons that are named with each."""

_DIALECTS = tuple(name for name in DIALECTS if name not in ALIASES)

ENGINES = (*_DIALECTS, "mongo", "python")
"""What a query is compiled for: dialects of SQL, and two other backends."""


def checked(search: Search, text: str) -> dict[str, Any]:
    """What `compiled` returns; of a long query without what the engines get, which `compiled_for` returns."""
    found = explained(search.query, text)
    is_long = (
        len(found["normalForm"]) > MAX_CHARACTERS_AT_ONCE or len(all_leaves(search.query.expression)) > MAX_AT_ONCE
    )
    return {**found, **_of_engines(search, is_compiled=not is_long)}


def compiled(search: Search, text: str) -> dict[str, Any]:
    """Criteria in normal form, in words, and as each backend compiles them. `text` is what they were parsed from."""
    return {**explained(search.query, text), **_of_engines(search, is_compiled=True)}


def explained(query: Query, text: str) -> dict[str, Any]:
    """Criteria in normal form and in words, and the findings about them."""
    explanation = criteria.explain(query, written=text)
    words = explanation.to_json()
    return {
        "normalForm": json.dumps(
            words["normalForm"], ensure_ascii=False
        ),  # as text: JavaScript would round large numbers
        "words": words["words"],
        "outcome": words["outcome"],
        "findings": _findings(explanation, text),
        "moreFindings": max(0, len(explanation.findings) - MAX_FINDINGS),
    }


def compiled_for(search: Search, engine: str) -> dict[str, Any]:
    """Criteria as one of `ENGINES` gets them."""
    query = search.query
    used = Query(query.expression, _narrowed(query))
    names = {name: name for name in query.entities}
    if engine == "mongo":
        return _shown(used, engine, **({"collections": names} if names else {}))
    return _in_python(used) if engine == "python" else _in_sql(used, search, engine, names)


def _of_engines(search: Search, *, is_compiled: bool) -> dict[str, Any]:
    """What each engine gets; without `is_compiled`, only its name."""

    def found(engine: str) -> dict[str, Any]:
        return compiled_for(search, engine) if is_compiled else {}

    sql = [{"dialect": dialect, **found(dialect)} for dialect in _DIALECTS]
    return {"sql": sql, "mongo": found("mongo"), "python": found("python")}


def _nobody(object_id: int) -> None:
    """A look-up: the page shows the predicate and has no records for it."""


def _narrowed(query: Query) -> Schema:
    """A schema of only the fields that a query uses: engines may not support the others."""
    assert query.schema is not None
    fields = frozenset(places(query.expression))
    own = [field for field in query.schema.fields if field in fields] or query.schema.fields[:1]
    return Schema(query.schema.name, own, system_properties=False).with_entities(query.schema.entities)


def _in_sql(query: Query, search: Search, dialect: str, tables: Mapping[str, str]) -> dict[str, Any]:
    """The condition in a dialect, and the statement that reads a page, unless the dialect refuses it."""
    assert search.query.schema is not None
    shown = _shown(query, "sql", dialect=dialect, tables=tables)
    try:
        table = search.query.schema.name
        rows = criteria.compile(search, "sql", dialect=dialect, table=table, tables=tables).rows
    except CriteriaError:
        return shown
    text, params = engine_text("sql", rows, False)
    return {**shown, "search": {"text": text, "params": params}}


def _in_python(query: Query) -> dict[str, Any]:
    """How to select records with the query, and the code that runs then."""
    shown = _shown(query, "python", lookups=dict.fromkeys(query.entities, _nobody))
    return {**shown, "text": f"{_USAGE}{shown['text']}"} if "text" in shown else shown


_USAGE = """\
matches = criteria.compile(criteria.parse(text, schema), "python", records="json")
selected = matches.filter(records)  # or of one record: matches(record)

# The code that runs:
"""


def _shown(query: Query, backend: str, **options: Any) -> dict[str, Any]:
    """A backend's output as text, or the problems for which it refuses the query."""
    try:
        text, *params = engine_text(backend, criteria.compile(query, load(backend), **options), False)
    except CriteriaError as error:
        return {"problems": [problem_json(problem) for problem in error.problems]}
    return {"text": text, **({"params": params[0]} if params else {})}


def _findings(explanation: criteria.Explanation, text: str) -> list[dict[str, Any]]:
    """The first findings, each with its line and column."""
    told = explanation.findings[:MAX_FINDINGS]
    at = {one.pointer: one for one in located([Problem("finding", "", finding.pointer) for finding in told], text)}
    found = []
    for finding, words in zip(told, findings_in_words(explanation), strict=False):
        place = replace(at[finding.pointer], message=words.head)
        terms = [term for _, term in words.terms[:MAX_TERMS]]
        if len(words.terms) > MAX_TERMS:
            terms.append(f"and {len(words.terms) - MAX_TERMS} more")
        found.append({**problem_json(place), "terms": terms, **({"hint": words.rests_on} if words.rests_on else {})})
    return found


def column(field: Field) -> dict[str, Any]:
    """A field as the table of records shows it."""
    return {
        "name": field.name,
        "path": list(field.path),
        "fieldType": field.field_type.value,
        "isSortable": not field.is_list and field.field_type is not criteria.FieldType.GUID,
    }
