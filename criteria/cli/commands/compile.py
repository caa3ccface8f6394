"""`criteria compile`: prints a query compiled for an engine."""

from __future__ import annotations

import click

import criteria
from criteria import CriteriaError, Query, Search
from criteria.backends import load
from criteria.cli.arguments import (
    PageOptions,
    after_option,
    before_option,
    entity_option,
    gathered,
    limit_option,
    order_option,
    query_argument,
    schema_option,
    skip_option,
    stdin_query_option,
)
from criteria.cli.completion import backends, dialects, paramstyles
from criteria.cli.inputs.entities import by_entity, read_entities, refuse_missing, refuse_unknown, with_entities
from criteria.cli.inputs.reading import (
    parse_query,
    query_source,
    read_cursor,
    read_order,
    read_schema,
    refuse_shared_stdin,
)
from criteria.cli.reports.compiled import engine_text
from criteria.cli.reports.problems import InputError, Source

_ENTITY_OPTIONS = {"sql": "tables", "mongo": "collections"}
"""The option of each backend that says where the objects of other entities are."""

_NOT_THE_QUERY = frozenset({"unknown_backend", "unknown_dialect", "unknown_option", "missing_package"})
"""Codes of problems with the options, not with the query: usage errors."""


@click.command("compile")
@query_argument
@click.option("--to", metavar="BACKEND", required=True, shell_complete=backends, help="sql, mongo or python.")
@schema_option
@stdin_query_option
@entity_option
@click.option(
    "--dialect",
    metavar="NAME",
    shell_complete=dialects,
    help="SQL dialect: postgres, sqlite, mysql, mariadb, duckdb ...",
)
@click.option(
    "--paramstyle",
    metavar="NAME",
    shell_complete=paramstyles,
    help="Placeholders: qmark, numeric, named, format, pyformat, numeric_dollar.",
)
@click.option("--table", metavar="NAME", help="SQL table. A whole SELECT needs it.")
@click.option(
    "--entity-table",
    metavar="NAME=TABLE",
    multiple=True,
    help="Table of an entity, or its collection in MongoDB. May be repeated.",
)
@order_option
@limit_option
@skip_option
@after_option
@before_option
@click.option("--count", is_flag=True, help="Add a SELECT that counts all matching records (sql).")
@gathered(page=PageOptions)
def print_compiled(
    query: str,
    stdin_name: str | None,
    to: str,
    schema: str | None,
    entity: tuple[str, ...],
    dialect: str | None,
    paramstyle: str | None,
    table: str | None,
    entity_table: tuple[str, ...],
    count: bool,
    page: PageOptions,
) -> None:
    """Print a query as SQL, as a MongoDB filter or as Python.

    \b
      sql     the text of a condition; in the next line its parameters, as JSON
      mongo   the filter, as MongoDB Extended JSON
      python  the source of the predicate

    With an order, a limit, a skip, a cursor or a count, print a whole SELECT, or the arguments of find(). It requests
    one record more than the limit, which shows whether more follow. With a cursor there may be several SELECTs: run one
    after the other until the page is full.

    Examples, in the folder of "criteria init":

    \b
      criteria compile queries/leading-the.json --to sql --dialect postgres
      criteria compile queries/leading-the.json --to sql --dialect sqlite \\
          --schema films.schema.json --table films --order-by title --limit 5
      criteria compile queries/leading-the.json --to mongo
      criteria compile '{"year": {"$lt": 1942}}' --to python

    Exit codes: 0, it is printed; 1, the query has problems, or the engine cannot answer it correctly; 2, the options do
    not fit, or a file cannot be read.
    """
    entities = by_entity(entity, "--entity", "SCHEMA")
    refuse_shared_stdin(query, schema, *entities.values())
    is_search = page.is_given or count
    options = {"dialect": dialect, "paramstyle": paramstyle, "table": table}
    _refuse_misfits(to, options, is_search, count, page.limit)
    tables = by_entity(entity_table, "--entity-table", "COLLECTION" if to == "mongo" else "TABLE")
    known = with_entities(read_schema(schema), read_entities(entities))
    source = query_source(query, stdin_name)
    parsed = parse_query(source, known)
    order = read_order(page.order_by, known)
    subject: Query | Search = parsed
    if is_search:
        subject = read_cursor(Search(parsed, order, page.limit, page.skip or 0, count), page.after, page.before)
    given = {name: value for name, value in options.items() if value is not None} | _entities(to, tables, parsed)
    try:
        compiled = criteria.compile(subject, load(to), **given)
    except CriteriaError as error:
        if any(problem.code in _NOT_THE_QUERY for problem in error.problems):
            raise InputError(Source("criteria"), error.problems, exit_code=2) from None
        raise InputError(source, error.problems) from None
    for line in engine_text(to, compiled, is_search):
        click.echo(line)


def _entities(to: str, tables: dict[str, str], query: Query) -> dict[str, dict[str, str]]:
    """The option that says where the objects of other entities are. Raises a usage error for one that is not named, and
    for a name that is not an entity's."""
    entities = [] if query.schema is None else [*query.schema.entities]
    for name in tables:
        refuse_unknown(name, entities, "--entity-table")
    if to not in _ENTITY_OPTIONS:
        if to == "python" and query.entities:
            message = (
                "A printed predicate cannot look up what references lead to. In Python, use "
                'criteria.compile(query, "python", lookups={...}).'
            )
            raise click.BadParameter(message, param_hint="--to python")
        if tables:
            raise click.BadParameter("This option is for --to sql and --to mongo only.", param_hint="--entity-table")
        return {}
    refuse_missing(tables, query, "--entity-table", "COLLECTION" if to == "mongo" else "TABLE")
    return {_ENTITY_OPTIONS[to]: tables} if query.entities else {}


def _refuse_misfits(to: str, options: dict[str, str | None], is_search: bool, count: bool, limit: int | None) -> None:
    """Raises a usage error for options that the backend does not have: none is silently ignored."""
    if to == "sql":
        if options["dialect"] is None:
            raise click.BadParameter("SQL needs a dialect: name it with --dialect.", param_hint="--to sql")
        if is_search and options["table"] is None:
            raise click.BadParameter("A whole SELECT needs a table: name it with --table.", param_hint="--to sql")
    else:
        for name in (name for name, value in options.items() if value is not None):
            raise click.BadParameter("This option is for --to sql only.", param_hint=f"--{name}")
    if to == "python" and is_search:
        raise click.BadParameter("A predicate has no order, no page and no count.", param_hint="--to python")
    if to == "mongo" and count:
        message = "find() does not count: omit --count, and pass the filter to countDocuments()."
        raise click.BadParameter(message, param_hint="--to mongo")
    if limit == 0 and not count:
        raise click.BadParameter("A limit of 0 asks the engine for nothing.", param_hint="--limit")
