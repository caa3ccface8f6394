"""What becomes of criteria: in words, in normal form, and as each backend compiles them, as JSON for a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import criteria
from criteria import CriteriaError, Field, Problem, Query, Schema, Search
from criteria.backends import load
from criteria.backends.sql.dialects import ALIASES, DIALECTS
from criteria.cli.reports.compiled import engine_text
from criteria.explanation.finding_words import findings_in_words
from criteria.text.json_problems import located
from criteria.web.status import problem_json


def compiled(search: Search, text: str) -> dict[str, Any]:
    """Criteria in normal form, in words, and as each backend compiles them. `text` is what they were parsed from."""
    query = search.query
    explanation = criteria.explain(query, written=text)
    used = Query(query.expression, _narrowed(query, [use.field for use in explanation.uses]))
    names = {name: name for name in query.entities}
    words = explanation.to_json()
    return {
        "normalForm": json.dumps(
            words["normalForm"], ensure_ascii=False
        ),  # as text: JavaScript would round large numbers
        "sql": [_in_sql(used, search, name, names) for name in DIALECTS if name not in ALIASES],
        "mongo": _shown(used, "mongo", **({"collections": names} if names else {})),
        "python": _in_python(used),
        "words": words["words"],
        "outcome": words["outcome"],
        "findings": _findings(explanation, text),
    }


def _nobody(object_id: int) -> None:
    """A look-up: the page shows the predicate and has no records for it."""


def _narrowed(query: Query, fields: list[Field]) -> Schema:
    """A schema of only the fields that a query uses: engines may not support the others."""
    assert query.schema is not None
    own = [field for field in query.schema.fields if field in fields] or query.schema.fields[:1]
    return Schema(query.schema.name, own, system_properties=False).with_entities(query.schema.entities)


def _in_sql(query: Query, search: Search, dialect: str, tables: Mapping[str, str]) -> dict[str, Any]:
    """The condition in a dialect, and the statement that reads a page, unless the dialect refuses it."""
    assert search.query.schema is not None
    shown = {"dialect": dialect, **_shown(query, "sql", dialect=dialect, tables=tables)}
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
    """The findings, each with its line and column."""
    found = []
    for finding, words in zip(explanation.findings, findings_in_words(explanation), strict=True):
        [place] = located([Problem("finding", words.head, finding.pointer)], text)
        terms = [term for _, term in words.terms]
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
