"""`criteria check`: checks query files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path

import click
from click.exceptions import Exit

from criteria import Schema
from criteria.cli.arguments import (
    Choice,
    Integer,
    entity_option,
    force_exclude_option,
    paths_argument,
    schema_option,
    stdin_name_option,
)
from criteria.cli.inputs.config import Config, Configs, shown
from criteria.cli.inputs.entities import by_entity, read_entities, referring, with_entities
from criteria.cli.inputs.query_files import QueryFile, QueryFiles
from criteria.cli.inputs.reading import parse_query, query_file, read_schema, refuse_shared_stdin
from criteria.cli.reports.findings import Checked, ProblemFormat, limited
from criteria.cli.reports.problems import InputError, Source, counted, show
from criteria.files.formats import STDIN

_LINES = {
    ProblemFormat.JSON: ("as_json", "json_lines"),
    ProblemFormat.GITHUB: ("github", "github_lines"),
    ProblemFormat.SARIF: ("sarif", "sarif_lines"),
}
"""The module of each format, imported when it is used."""


@click.command("check")
@paths_argument
@schema_option
@entity_option
@click.option("--strict", is_flag=True, help="Allow only one member per object and one operator per field.")
@click.option("--output-format", type=Choice(ProblemFormat), default="text", help="Format of the problems.")
@click.option("--max-problems", metavar="N", type=Integer(min=1), help="Show at most N problems. All are counted.")
@stdin_name_option
@force_exclude_option
def check(
    paths: tuple[str, ...],
    schema: str | None,
    entity: tuple[str, ...],
    strict: bool,
    output_format: ProblemFormat,
    max_problems: int | None,
    stdin_name: str | None,
    force_exclude: bool,
) -> None:
    """Check query files and show their problems.

    Files are JSON, or YAML where their names end with .yaml or .yml. A folder is searched for what the configuration
    names as query files; without one, for all JSON and YAML files but *.schema.json. Hidden files and folders are left
    out. Without --schema, the configuration names each file's schema: criteria.toml, or [tool.criteria] in
    pyproject.toml, in the folder of the file or the nearest one above. It names the schemas of entities, too, to which
    references lead; --entity replaces those.

    Each problem is shown with its place, the line, and what to write instead, on standard output, and a summary on
    standard error. --output-format prints a JSON array, workflow commands of GitHub or a SARIF 2.1.0 log.

    Examples, in the folder of "criteria init":

    \b
      criteria check
      criteria check queries --schema films.schema.json
      criteria check 'queries/**/*.json' --strict
      criteria check queries --output-format sarif
      echo '{"yaer": 1999}' | criteria check - --schema films.schema.json

    Exit codes: 0, no problems; 1, problems; 2, a file cannot be read, nothing is found, or the schema or the
    configuration is wrong.
    """
    entities = by_entity(entity, "--entity", "SCHEMA")
    refuse_shared_stdin(*paths, schema, *entities.values())
    found = QueryFiles(Configs(), [schema, *entities.values()])
    files = found.named(paths, stdin_name, force_exclude)
    schemas = _Schemas(schema, entities)
    jobs = [(_read(file), file, *_how(found, file, schemas)) for file in files]
    checked = [_checked(source, file, known, strict or is_strict) for source, file, known, is_strict in jobs]
    _report(checked if max_problems is None else limited(checked, max_problems), output_format)
    codes = [problem.code for one in checked for problem in one.problems]
    click.echo(f"{counted(len(files), 'file')} checked, {counted(len(codes), 'problem')}", err=True)
    if max_problems is not None and len(codes) > max_problems:
        click.echo(f"Shown: the first {counted(max_problems, 'problem')}.", err=True)
    if codes and sys.stderr.isatty():
        click.echo(f"For an example and its repair: criteria help {codes[0]}", err=True)
    if codes:
        raise Exit(1)


class _Schemas:
    """Schemas by path, each read once. One given on the command line replaces all others, and so do entities."""

    def __init__(self, path: str | None, entities: Mapping[str, str]) -> None:
        self._entities = read_entities(entities)
        self._for_all = read_schema(path)
        if self._for_all is not None:
            with_entities(self._for_all, self._entities)  # refuses entities to which no reference leads
        self._known: dict[Path, Schema] = {}
        self._referring: dict[tuple[Path | None, Path | None], Schema] = {}

    def get(self, path: Path | None, config: Config | None) -> Schema | None:
        """The schema for a file: that of its rule, with the entities of its configuration."""
        own = self._for_all if self._for_all is not None or path is None else self._read(path)
        if own is None:
            return with_entities(None, self._entities)  # refuses entities, which need a schema
        folder = None if config is None or self._entities else config.folder
        key = (None if self._for_all is not None else path, folder)
        if key not in self._referring:
            entities, source = self._entities, "<entity>"
            if config is not None and not entities:
                entities = {name: self._read(one) for name, one in config.entities.items()}
                source = shown(config.path)
            self._referring[key] = referring(own, entities, Source(source))
        return self._referring[key]

    def _read(self, path: Path) -> Schema:
        if path not in self._known:
            schema = read_schema(shown(path))
            assert schema is not None
            self._known[path] = schema
        return self._known[path]


def _read(file: QueryFile) -> Source:
    source = query_file(STDIN if file.is_stdin else file.name, "PATH")
    return Source(file.name, source.content)


def _how(found: QueryFiles, file: QueryFile, schemas: _Schemas) -> tuple[Schema | None, bool]:
    """The schema for a file, and whether it is checked strictly."""
    rule = found.rule(file)
    return schemas.get(rule.schema if rule else None, found.config(file)), bool(rule and rule.strict)


def _checked(source: Source, file: QueryFile, schema: Schema | None, strict: bool) -> Checked:
    try:
        parse_query(source, schema, strict)
    except InputError as error:
        return Checked(source, file.path, error.problems)
    return Checked(source, file.path, ())


def _report(checked: Sequence[Checked], output_format: ProblemFormat) -> None:
    if output_format is ProblemFormat.TEXT:
        for one in checked:
            show(one.source, one.problems, err=False)
        return
    module, name = _LINES[output_format]
    lines: Callable[[Sequence[Checked]], Iterator[str]] = getattr(import_module(f"criteria.cli.reports.{module}"), name)
    for line in lines(checked):
        click.echo(line)
