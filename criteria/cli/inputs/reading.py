"""Reads the inputs that arguments name: queries, schemas, orders, data; `-` is standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import click

from criteria import CriteriaError, Limits, Problem, Query, Schema, Search, SortKey, parse, parse_order_by
from criteria.cli.reports.problems import InputError, Source
from criteria.files.formats import STDIN
from criteria.messages import shown_name
from criteria.text.json_decoding import decode, read_text

if TYPE_CHECKING:
    from criteria.text.json_positions import Position, SearchTree


def opened(path: str, argument: str) -> AbstractContextManager[BinaryIO]:
    """The bytes of a file, or standard input, which stays open. A file that cannot be opened is a usage error."""
    if path == STDIN:
        if sys.stdin is None:
            raise click.BadParameter("Standard input is closed.", param_hint=argument)
        return nullcontext(sys.stdin.buffer)
    try:
        return open(path, "rb")
    except OSError as error:
        raise click.BadParameter(f"{shown_name(path)}: {error.strerror}.", param_hint=argument) from None


def refuse_missing_folder(path: str) -> None:
    """A file to write in a folder that does not exist is a usage error."""
    folder = os.path.dirname(path)
    if folder and not os.path.isdir(folder):
        raise click.BadParameter(f"{shown_name(path)}: There is no folder {shown_name(folder)}.", param_hint="--output")


def name_of(path: str) -> str:
    """The name of a file in messages."""
    return "<stdin>" if path == STDIN else path


def refuse_shared_stdin(*paths: str | None) -> None:
    """Raises a usage error if standard input is named twice."""
    if sum(path == STDIN for path in paths) > 1:
        raise click.BadParameter("Only one input can be read from standard input.")


def read_source(path: str, argument: str, most: int = -1) -> Source:
    """A whole file, or its first `most` bytes."""
    with opened(path, argument) as stream:
        return Source(name_of(path), stream.read(most))


def query_file(path: str, argument: str = "QUERY") -> Source:
    """The text of a query file, cut just above the maximum length of a query."""
    return read_source(path, argument, Limits().text + 1)


def query_source(argument: str, stdin_name: str | None = None) -> Source:
    """The text of a query in a file, or in the argument itself if it starts with a brace. Standard input may have the
    name of a file, which decides its format."""
    if stdin_name is not None:
        if argument != STDIN:
            message = "It is the name of standard input: write - in place of the query."
            raise click.BadParameter(message, param_hint="--stdin-filename")
        return Source(stdin_name, query_file(STDIN).content)
    if argument.lstrip().startswith("{"):
        return Source("<query>", argument.encode("utf-8", "surrogateescape"))
    is_path = argument == STDIN or os.sep in argument or is_yaml(argument) or argument.lower().endswith(".json")
    if not is_path and not os.path.lexists(argument):
        from criteria.parsing.foreign_expressions import expression

        meant = expression(argument) or 'A query is a file, or JSON such as \'{"country": "DE"}\'.'
        message = f"{shown_name(argument)}: No such file, and not JSON. {meant}"
        raise click.BadParameter(message, param_hint="QUERY")
    return query_file(argument)


def is_yaml(name: str) -> bool:
    """Whether a file is YAML, by its name."""
    return name.lower().endswith((".yaml", ".yml"))


def parse_query(source: Source, schema: Schema | None, strict: bool = False) -> Query:
    """The query of a source: YAML if its name has that suffix, otherwise JSON. Raises `InputError`."""
    try:
        if is_yaml(source.name):
            from criteria.parsing.yaml_query import parse_yaml

            return parse_yaml(source.content, schema, strict=strict)
        return parse(source.content, schema, strict=strict)
    except CriteriaError as error:
        raise InputError(source, [_or_yaml(one) for one in error.problems]) from None


def _or_yaml(problem: Problem) -> Problem:
    """A problem with the other remedy that files have: YAML has comments."""
    from criteria.text.json_faults import NO_COMMENTS

    if problem.hint != NO_COMMENTS:
        return problem
    return replace(problem, hint=f"{NO_COMMENTS[:-1]}, or write the query in YAML, in a file that ends with .yaml.")


class Written(NamedTuple):
    """The criteria of a query as they were written: their text, decoded JSON, and where its parts are in the text."""

    text: str
    value: Any
    places: Callable[[SearchTree], Iterator[Position]]


def written_query(source: Source) -> Written:
    """The criteria of a source from which `parse_query` has read a query, in either format."""
    text = read_text(source.content)
    if is_yaml(source.name):
        from criteria.text.yaml_composing import compose

        document = compose(text)
        return Written(text, document.value, document.places)
    from criteria.text.json_positions import places

    return Written(text, decode(text)[0], lambda searched: places(text, searched))


def read_schema(path: str | None, argument: str = "--schema") -> Schema | None:
    """The schema in a file, if one is named. Raises `InputError`, which stops every command."""
    if path is None:
        return None
    source = read_source(path, argument)
    try:
        return Schema.from_json(source.content)
    except CriteriaError as error:
        raise InputError(source, error.problems, exit_code=2) from None


def read_order(orders: Sequence[str] | None, schema: Schema | None) -> tuple[SortKey, ...]:
    """The sort keys of an option, which may be repeated. Raises `InputError`; an order without a schema is a usage
    error."""
    if not orders:
        return ()
    text = ",".join(orders)
    if schema is None:
        message = "An order needs a schema: name it with --schema FILE."
        raise click.BadParameter(message, param_hint="--order-by")
    try:
        return parse_order_by(text, schema)
    except CriteriaError as error:
        raise InputError(Source("<order-by>", text.encode("utf-8", "surrogateescape")), error.problems) from None


def read_cursor(search: Search, after: str | None, before: str | None) -> Search:
    """The search after or before the cursor of an option. Raises `InputError`; what cannot be combined is a usage
    error."""
    if after is None and before is None:
        return search
    if after is not None and before is not None:
        raise click.BadParameter("Leave --after or --before out.", param_hint="--before")
    if search.skip:
        raise click.BadParameter("It counts from the first record: leave it out.", param_hint="--skip")
    if search.query.schema is None:
        message = "A cursor needs a schema: name it with --schema FILE."
        raise click.BadParameter(message, param_hint="--before" if after is None else "--after")
    name, token = ("before", before) if after is None else ("after", after)
    assert token is not None
    from criteria.search.parameters import continued

    try:
        return continued(search, name, token)
    except CriteriaError as error:
        raise InputError(Source(f"<{name}>", token.encode("utf-8", "surrogateescape")), error.problems) from None
