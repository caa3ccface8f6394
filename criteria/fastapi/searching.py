"""`search`: a search as a parameter of an endpoint."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from inspect import Parameter as Argument
from inspect import Signature
from itertools import islice
from typing import Annotated, Any

from fastapi import Body, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError

from criteria.errors import MAX_PROBLEMS, CriteriaError, Problem, listed, to_pointer
from criteria.fastapi.known_parameters import has_members, is_form, known_parameters
from criteria.fastapi.parameters import MAX_IN_PLACE, BodyCriteria, Parameter
from criteria.fastapi.posted import MEMBER, Posted
from criteria.json_schema.examples import examples as drawn_examples
from criteria.json_schema.patterns import literal_pattern
from criteria.limits import DEFAULT_LIMITS, Limits, check_limits
from criteria.messages import Hints, quoted
from criteria.pydantic.faults import decoded_text, request_errors
from criteria.pydantic.sources import HasSchema, schema_of
from criteria.schema.schema import Schema
from criteria.search.cursor import check_cursor_key
from criteria.search.parameters import parameter_hint, parse_search
from criteria.search.search import Search
from criteria.web.openapi import search_parameters
from criteria.web.requests import parameters


def search(
    source: Schema | HasSchema,
    *,
    body: bool = False,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    examples: Mapping[str, Mapping[str, Any]] | None = None,
    also: Iterable[str] = (),
    cursor_key: bytes | None = None,
) -> Any:
    """A dependency that is the search of a request: `Annotated[criteria.Search, criteria.fastapi.search(FILMS)]`.

    The parameters of the URL are those of `criteria.parse_search` (docs/language.md#paging). With `body` the criteria
    are the body of the request, and the other parameters are in the URL. `source` is a `Schema` or anything with a
    `schema`, such as a `Table`. `strict` and `limits` are those of `criteria.parse`. `examples` are queries for the
    documentation, by what they select. `also` names parameters of the URL that the application reads by itself:
    others, which neither the search nor the endpoint declares, are refused, as is the body of a GET request, which
    nobody would read. `cursor_key` signs the cursors of pages
    (docs/paging.md#cursors).

    Requests that are not valid get the application's own response to `RequestValidationError`, by default HTTP 422.

    Raises `CriteriaError`: `invalid_schema` for a source without a schema, `invalid_parameter` for a `cursor_key` of
    less than 16 bytes, and the problems of an example. Raises `TypeError` for `limits` and `also` of another class.
    """
    schema = schema_of(source)
    check_limits(limits)
    check_cursor_key(cursor_key)
    if isinstance(also, str):  # its letters would be the names
        raise TypeError(f"also: expected names of parameters, found {quoted(also)}. Write [{quoted(also)}].")
    shown = _examples(examples, schema, strict, limits)
    return Depends(_dependency(schema, body, strict, limits, shown, frozenset(also), cursor_key))


Examples = Mapping[str, Mapping[str, Any]]


def _examples(given: Examples | None, schema: Schema, strict: bool, limits: Limits) -> Examples:
    """The examples by name. Raises `CriteriaError` with the problems of those that would be refused."""
    if given is None:
        return {f"example {index}": one for index, one in enumerate(drawn_examples(schema), 1)}
    for example in given.values():
        parse_search({"query": dict(example)}, schema, strict=strict, limits=limits)
    return given


def _dependency(
    schema: Schema,
    has_body: bool,
    strict: bool,
    limits: Limits,
    examples: Examples,
    also: frozenset[str],
    cursor_key: bytes | None,
) -> Callable[..., Any]:
    """The function that FastAPI calls with the parameters, which it has validated."""
    arguments = [Argument("request", Argument.KEYWORD_ONLY, annotation=Request)]
    query = Parameter("query", schema, strict, limits)
    if has_body:
        arguments.append(_body(schema, strict, limits, examples))
    else:
        arguments.append(_criteria(query, examples))
    arguments += [
        _argument(one["name"], Parameter(one["name"], schema, strict, limits, _as_text(one["schema"])), _words(one))
        for one in search_parameters(schema)
    ]
    own = {argument.name for argument in arguments} - {"request", "body"}

    async def known(request: Request) -> None:
        """Runs before FastAPI checks the parameters: else it would answer without a word about the unknown ones, and
        parse long criteria on the event loop."""
        problems = list(islice(_unknown(request, own | also), MAX_PROBLEMS + 1))  # one more than `listed` takes
        if problems:
            await read(request, problems, None)
        elif not has_body:
            text = request.query_params.get("query", "")
            if len(text) > MAX_IN_PLACE:
                query.remember(text, await run_in_threadpool(query.refusal, text))

    async def searched(request: Request, body: Any = None, **checked: Any) -> Search:
        return await read(request, [], body)

    async def read(request: Request, problems: list[Problem], body: Any) -> Search:
        text, fields = b"", None
        if has_body and is_form(request):  # FastAPI has read it, and its text is gone
            fields = (await request.form()).getlist(MEMBER)
        elif has_body:
            text = await request.body()
        length = len(text) + sum(len(one) for one in fields or () if isinstance(one, str))
        if len(request.scope["query_string"]) + length <= MAX_IN_PLACE:
            return search_of(request, problems, text, fields, body)
        return await run_in_threadpool(search_of, request, problems, text, fields, body)

    def search_of(
        request: Request, problems: list[Problem], text: bytes, fields: Sequence[object] | None, body: Any
    ) -> Search:
        given: dict[str, Any] = {}
        posted = Posted(has_body)
        try:
            given = dict(parameters(request.scope["query_string"], own))
            if fields is not None:
                given |= posted.of_form(fields)
            elif has_body:
                is_member = has_members(request)
                given |= posted.parameter(text, body, is_decoded=not problems, is_member=is_member)
            found = parse_search(given, schema, strict=strict, limits=limits, cursor_key=cursor_key)
        except CriteriaError as error:
            problems += posted.located(error.problems)
        errors = posted.beside if has_body else _ignored_body(request)
        if problems or errors:
            shown = given if posted.given is None else {**given, "query": posted.given}
            raise RequestValidationError([*errors, *_errors(listed(problems), shown, posted.around)], body=body)
        return found

    first = Argument("known", Argument.KEYWORD_ONLY, default=Depends(known))
    searched.__signature__ = Signature([*arguments, first])  # type: ignore[attr-defined]
    searched.__name__ = f"search_{schema.name}"
    return searched


def _as_text(json_schema: dict[str, Any]) -> dict[str, Any]:
    """A list of names as text: FastAPI documents lists as parameters that are repeated, which are refused."""
    if json_schema.get("type") != "array":
        return json_schema
    names = "|".join(map(literal_pattern, json_schema["items"]["enum"]))
    return {"type": "string", "pattern": f"^(?:{names})(?:,(?:{names}))*$"}


def _words(documented: Mapping[str, Any]) -> str:
    """The description of a parameter, with its default: it is None to FastAPI."""
    default = documented["schema"].get("default")
    return f"{documented['description']}{'' if default is None else f' The default is {json.dumps(default)}.'}"


def _argument(name: str, annotation: Parameter, description: str, **shown: Any) -> Argument:
    title = re.sub("[A-Z]", lambda capital: f" {capital[0].lower()}", name).capitalize()
    documented = Query(title=title, description=description, **shown)
    return Argument(name, Argument.KEYWORD_ONLY, default=None, annotation=Annotated[str, annotation, documented])


def _criteria(query: Parameter, examples: Examples) -> Argument:
    shown: dict[str, Any] = {name: {"value": json.dumps(one)} for name, one in examples.items()}
    words = f"Criteria that records of {query.schema.name} must meet, as JSON."
    return _argument("query", query, words, openapi_examples=shown)


def _body(schema: Schema, strict: bool, limits: Limits, examples: Examples) -> Argument:
    shown: dict[str, Any] = {name: {"value": one} for name, one in examples.items()}
    documented = Body(description=f"Criteria that records of {schema.name} must meet.", openapi_examples=shown)
    annotation = Annotated[Any, BodyCriteria(schema, strict, limits), documented]
    return Argument("body", Argument.KEYWORD_ONLY, annotation=annotation)


def _unknown(request: Request, own: Set[str]) -> Iterator[Problem]:
    """The problems of parameters of the URL that nobody declares: `oderBy` would be dropped otherwise."""
    names = [name for name in request.query_params if name not in own]
    known = known_parameters(request) if names else None
    if known is None:
        return
    declared, hints = sorted(own | known), Hints()
    for name in names:
        if name not in known:
            hint = parameter_hint(name, declared, hints)
            yield Problem("unknown_parameter", f"There is no parameter {quoted(name)}.", to_pointer([name]), hint=hint)


def _ignored_body(request: Request) -> list[dict[str, Any]]:
    """The error of a body that a GET request has: nobody would read it, and the criteria in it would be dropped."""
    headers = request.headers
    if request.method not in ("GET", "HEAD"):
        return []
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return []
    problem = Problem(
        "invalid_structure", "A GET request takes no body.", hint='Write the criteria in the parameter "query".'
    )
    return request_errors([problem], None, ("body",))


def _errors(problems: Sequence[Problem], given: Mapping[str, Any], place: tuple[str, ...]) -> list[dict[str, Any]]:
    """The errors, each at its parameter, or at the place of the criteria, with pointers inside it."""
    errors: list[dict[str, Any]] = []
    criteria = decoded_text(given.get("query")) if problems else None  # once: they may be long
    for problem in problems:
        pointer = problem.shown_pointer
        name = pointer.split("/", 2)[1] if pointer else ""
        inside = replace(problem, pointer=pointer[len(name) + 1 :])
        value = criteria if name == "query" else given.get(_unescaped(name))
        around: tuple[str, ...] = ("query", _unescaped(name)) if name else ("query",)
        errors += request_errors([inside], value, place if name == "query" else around)
    return errors


def _unescaped(segment: str) -> str:
    return segment.replace("~1", "/").replace("~0", "~")
