"""Answers the playground: what is wrong with what was typed, what criteria compile to, and what they select."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from compiled import column, compiled  # type: ignore[import-not-found]  # examples/server/compiled.py, beside this file

import criteria
from criteria import CriteriaError, Problem, Schema
from criteria.errors import MAX_PROBLEMS, listed
from criteria.search.parameters import parse_search
from criteria.text.json_decoding import decode
from criteria.web.status import problem_json

PARAMETERS = ("orderBy", "limit", "skip")


def answer(request: str) -> str:
    """The answer to a request as JSON: `criteria`, `schema`, `data` and the parameters of a search, each as text."""
    return json.dumps(_answer(json.loads(request)), ensure_ascii=False, default=str)


def _answer(given: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"schemaProblems": [], "dataProblems": [], "problems": []}
    try:
        schema = Schema.from_json(given["schema"])
    except CriteriaError as error:
        return {**found, "schemaProblems": _told(error)}
    found |= {"definition": criteria.query_json_schema(schema), "fields": [column(field) for field in schema.fields]}
    records = _records(given["data"], schema, found["dataProblems"])
    text = given["criteria"].strip() or "{}"
    try:
        params = {name: given[name] for name in PARAMETERS if given[name]}
        search = parse_search({"query": text, "getTotalCount": "true", **params}, schema)
        found |= compiled(search, text)
        found["page"] = criteria.compile(search, "python", records="json")(records).to_json()
    except CriteriaError as error:
        found["problems"] = _told(error)
    return found


def _records(text: str, schema: Schema, problems: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records, one JSON object on each line; lines that are none are problems. Adds as many as one error lists."""
    records = []
    found: list[Problem] = []
    for number, line in enumerate(text.split("\n"), 1):  # strings of JSON may have the other ends of lines
        if not line.strip():
            continue
        try:
            record, repeated = decode(line)
            if repeated:
                raise CriteriaError(*repeated)
            if not isinstance(record, dict):
                raise CriteriaError(Problem("invalid_record", "Expected an object."))
            schema.decode(record)
            records.append(record)
        except CriteriaError as error:
            found += (replace(problem, line=number, column=problem.column or 1) for problem in error.problems)
            if len(found) > MAX_PROBLEMS:
                break
    problems += map(problem_json, listed(found))
    return records


def _told(error: CriteriaError) -> list[dict[str, Any]]:
    return [problem_json(problem) for problem in error.problems]
