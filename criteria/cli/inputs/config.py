"""The configuration: which files are queries, and the schema of each; `criteria.toml`, or `[tool.criteria]` in
`pyproject.toml`, in the folder of a file or the nearest one above."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from criteria import CriteriaError, Problem
from criteria.cli.inputs.patterns import matches, matches_or_holds
from criteria.cli.reports.problems import InputError, Source
from criteria.errors import Listing, to_pointer
from criteria.messages import nearest_or_all, quoted, shown_text
from criteria.text.json_decoding import read_text
from criteria.text.json_positions import Lines
from criteria.text.toml_levels import too_deep
from criteria.text.toml_positions import Places, place_of, places_in

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_KEYS = ("files", "exclude", "line-length", "entities")
_FILE_KEYS = ("include", "exclude", "schema", "strict")
_MAX_CHARACTERS = 1 << 18
"""Characters of a configuration: Python takes up to half a second to decode as many."""

_LINE_LENGTHS = range(20, 1001)
_FAULT_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$| \(at end of document\)$")


class FileRule(NamedTuple):
    """A rule for the query files that match some patterns: their schema, if any, and whether the check is strict."""

    include: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    schema: Path | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration. Its patterns and paths are relative to its folder."""

    folder: Path
    rules: tuple[FileRule, ...] = ()
    exclude: tuple[str, ...] = ()
    line_length: int | None = None
    path: Path = Path()
    """The file of the configuration."""
    entities: Mapping[str, Path] = field(default_factory=dict)
    """The schemas of the entities to which references lead, by name."""

    def rule(self, path: Path) -> FileRule | None:
        """The first rule that matches a file."""
        parts = path.relative_to(self.folder).parts
        for rule in self.rules:
            named = any(matches(parts, pattern) for pattern in rule.include)
            if named and not any(matches_or_holds(parts, pattern) for pattern in rule.exclude):
                return rule
        return None

    def excludes(self, path: Path) -> bool:
        """Whether a file or folder is excluded from every search."""
        parts = path.relative_to(self.folder).parts
        return any(matches_or_holds(parts, pattern) for pattern in self.exclude)


class Configs:
    """The configurations of folders, each read once."""

    def __init__(self) -> None:
        self._known: dict[Path, Config | None] = {}

    def nearest(self, folder: Path) -> Config | None:
        """The configuration for a folder (an absolute path). Raises `InputError` with exit code 2 for a wrong one."""
        if folder not in self._known:
            found = _in_folder(folder)
            if found is None and folder.parent != folder:
                found = self.nearest(folder.parent)
            self._known[folder] = found
        return self._known[folder]


def _in_folder(folder: Path) -> Config | None:
    for name, table in (("criteria.toml", ()), ("pyproject.toml", ("tool", "criteria"))):
        path = folder / name
        if path.is_file():
            config = _Reader(path, table).config()
            if config is not None:
                return config
    return None


class _Reader:
    """Reads one file, and collects its problems."""

    def __init__(self, path: Path, table: tuple[str, ...]) -> None:
        self.path, self.table = path, table
        self.found = Listing()
        self.content = path.read_bytes()

    @cached_property
    def text(self) -> str:
        try:
            return read_text(self.content, "invalid_config")
        except CriteriaError as error:
            raise self.rejected(*error.problems) from None

    @cached_property
    def places(self) -> Places:
        return places_in(self.text)

    def config(self) -> Config | None:
        """The configuration in the file; None if it has no such table."""
        if self.table and not all(name.encode() in self.content for name in self.table):
            return None
        content: Any = self.decoded()
        try:
            return self.config_in(content)
        except CriteriaError as error:
            raise self.rejected(*error.problems) from None

    def config_in(self, content: Any) -> Config | None:
        """The configuration in what was decoded. Raises `CriteriaError` with the problems."""
        for name in self.table:
            content = content.get(name) if isinstance(content, dict) else None
        if content is None:
            return None
        if not isinstance(content, dict):
            raise CriteriaError(Problem("invalid_config", f"{'.'.join(self.table)} is a table."))
        config = Config(
            self.path.parent,
            tuple(self.rules(content)),
            self.patterns(content, "exclude", ()),
            self.line_length(content),
            self.path,
            self.entities(content),
        )
        self.unknown(content, _KEYS, ())
        self.found.refuse()
        return config

    def decoded(self) -> dict[str, Any]:
        if len(self.text) > _MAX_CHARACTERS:
            message = f"The configuration is longer than {_MAX_CHARACTERS} characters."
            raise self.rejected(Problem("invalid_config", message))
        deep = too_deep(self.text)
        if deep is not None:
            message, at = deep
            raise self.rejected(Problem("invalid_config", message, "", *Lines(self.text).at(at)))
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as fault:
            found = _FAULT_PLACE.search(str(fault))
            line, column = (int(found[1]), int(found[2])) if found and found[1] else self.end()
            message = f"This is not TOML: {shown_text(_FAULT_PLACE.sub('', str(fault)))}."
            raise self.rejected(Problem("invalid_config", message, "", line, column)) from None
        except RecursionError:
            raise self.rejected(Problem("invalid_config", "The TOML is nested too deep to read.")) from None
        except ValueError:  # of Python's bound on the digits that it makes a number of
            message = "The TOML has an integer of too many digits."
            raise self.rejected(Problem("invalid_config", message)) from None

    def end(self) -> tuple[int, int]:
        lines = self.text.rstrip("\n").split("\n")
        return len(lines), len(lines[-1]) + 1

    def rejected(self, *problems: Problem) -> InputError:
        in_order = sorted(problems, key=lambda one: (one.code == "too_many_problems", one.line or 0, one.column or 0))
        return InputError(Source(shown(self.path), self.content), in_order, exit_code=2)

    def refuse(self, path: tuple[str | int, ...], message: str, hint: str | None = None) -> None:
        path = (*self.table, *path)
        line, column = place_of(self.places, path) or (None, None)
        self.found.report(Problem("invalid_config", message, to_pointer(path), line, column, hint))

    def unknown(self, table: Mapping[str, Any], known: tuple[str, ...], path: tuple[str | int, ...]) -> None:
        for key in table:
            if key not in known:
                hint = nearest_or_all(key, known, "keys", self.found.hints)
                self.refuse((*path, key), f"{quoted(key)} is not a key of this table.", hint)

    def rules(self, content: Mapping[str, Any]) -> Iterator[FileRule]:
        entries = content.get("files", [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            self.refuse(("files",), "files is a list of tables.", f"Write [[{'.'.join((*self.table, 'files'))}]].")
            return
        for index, entry in enumerate(entries):
            path = ("files", index)
            self.unknown(entry, _FILE_KEYS, path)
            include = self.patterns(entry, "include", path)
            if not include and "include" not in entry:
                self.refuse(path, "An entry of files needs patterns.", 'Add include = ["..."].')
            exclude = self.patterns(entry, "exclude", path)
            yield FileRule(include, exclude, self.schema(entry, path), self.strict(entry, path))

    def patterns(self, table: Mapping[str, Any], key: str, path: tuple[str | int, ...]) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            self.refuse((*path, key), f"{key} is a list of patterns.", f'Write {key} = ["queries/**/*.json"].')
            return ()
        for one in value:
            if one.startswith("/") or ".." in one.split("/") or "\\" in one:
                hint = "Patterns are relative to the folder of this file, and written with /."
                self.refuse((*path, key), f"{quoted(one)} names nothing in the folder of this file.", hint)
        return tuple(value)

    def entities(self, content: Mapping[str, Any]) -> dict[str, Path]:
        entries = content.get("entities", {})
        if not isinstance(entries, dict):
            hint = 'Write customer = "customer.schema.json".'
            self.refuse(("entities",), "entities is a table of schema files.", hint)
            return {}
        found = {name: self.schema(entries, ("entities",), name) for name in entries}
        return {name: path for name, path in found.items() if path is not None}

    def schema(self, entry: Mapping[str, Any], path: tuple[str | int, ...], key: str = "schema") -> Path | None:
        value = entry.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value or "\0" in value:
            self.refuse((*path, key), f"{key} is the path of a schema file.")
            return None
        found = Path(os.path.normpath(self.path.parent / value))
        if not found.is_file():
            self.refuse((*path, key), f"There is no file {quoted(value)} in the folder of this file.")
        return found

    def strict(self, entry: Mapping[str, Any], path: tuple[str | int, ...]) -> bool:
        value = entry.get("strict", False)
        if not isinstance(value, bool):
            self.refuse((*path, "strict"), "strict is true or false.")
        return bool(value)

    def line_length(self, content: Mapping[str, Any]) -> int | None:
        value = content.get("line-length")
        if value is not None and (type(value) is not int or value not in _LINE_LENGTHS):
            message = f"line-length is an integer from {_LINE_LENGTHS[0]} to {_LINE_LENGTHS[-1]}."
            self.refuse(("line-length",), message)
            return None
        return value


def shown(path: Path) -> str:
    """The name of a file in messages: its path from the current folder."""
    try:
        return os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)
