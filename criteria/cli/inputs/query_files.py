"""Finds the query files of a command: files, folders that are searched, and patterns that are expanded."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from criteria.cli.inputs.config import Config, Configs, FileRule, shown
from criteria.cli.inputs.reading import refuse_shared_stdin
from criteria.files.formats import STDIN
from criteria.files.inputs import is_special
from criteria.files.patterns import expanded
from criteria.messages import quoted, shown_name

QUERY_SUFFIXES = (".json", ".yaml", ".yml")
_SCHEMA_SUFFIXES = tuple(f".schema{suffix}" for suffix in QUERY_SUFFIXES)
_NOT_SEARCHED = "node_modules"

_MAX_LISTED = 10
"""Patterns that a message repeats."""


class QueryFile(NamedTuple):
    """A file to read: its name in messages, and its absolute path, which standard input may not have."""

    name: str
    path: Path | None
    is_stdin: bool = False


class QueryFiles:
    """The query files that arguments name."""

    def __init__(self, configs: Configs, not_queries: Iterable[str | None] = ()) -> None:
        """`not_queries` are files that searches skip, such as the schema."""
        self.configs = configs
        self.not_queries = {_absolute(name) for name in not_queries if name is not None}

    def named(self, paths: Sequence[str], stdin_name: str | None, force_exclude: bool) -> list[QueryFile]:
        """The files, each once, in the order of the arguments. A usage error if one does not exist.

        Without arguments: the files in the current folder that a configuration names.
        """
        refuse_shared_stdin(*paths)
        if stdin_name is not None and STDIN not in paths:
            raise click.BadParameter(
                "It is the name of standard input: add the argument -.", param_hint="--stdin-filename"
            )
        if not paths:
            config = self.configs.nearest(Path.cwd())
            if config is None or not config.rules:
                message = "Name files or folders, or write a configuration that names the query files."
                raise click.BadParameter(message, param_hint="[PATH]...")
            paths = ["."]
        found: dict[object, QueryFile] = {}
        for path in paths:
            for file in self._of(path, stdin_name):
                found.setdefault(file.path or STDIN, file)
        return [file for file in found.values() if not force_exclude or self._is_found(file)]

    def rule(self, file: QueryFile) -> FileRule | None:
        """The configuration's rule for a file."""
        config = self.config(file)
        return config.rule(file.path) if config and file.path else None

    def config(self, file: QueryFile) -> Config | None:
        """The nearest configuration of a file."""
        return None if file.path is None else self.configs.nearest(file.path.parent)

    def _is_found(self, file: QueryFile) -> bool:
        """Whether a search would find the file."""
        return file.path is None or self._is_query(file.path, self.config(file))

    def _of(self, path: str, stdin_name: str | None) -> Iterator[QueryFile]:
        if path == STDIN:
            name = stdin_name or "<stdin>"
            yield QueryFile(name, None if stdin_name is None else _absolute(stdin_name), is_stdin=True)
        elif not os.path.lexists(path) and glob.has_magic(path):
            matches = [name for name in expanded(path) if not is_special(name)]
            if not matches:
                raise click.BadParameter(f"{shown_name(path)}: No file matches this pattern.", param_hint="PATH")
            for name in matches:
                yield from self._of(name, None)
        elif os.path.isdir(path):
            names = list(self._searched(path))
            if not names:
                message = f"{shown_name(path)}: There is no query file in this folder{self._unmatched(path)}."
                raise click.BadParameter(message, param_hint="PATH")
            for name in names:
                yield QueryFile(name, _absolute(name))
        else:
            yield QueryFile(path, _absolute(path))

    def _unmatched(self, folder: str) -> str:
        """The patterns of the configuration, none of which a file in a folder matches."""
        config = self.configs.nearest(_absolute(folder))
        patterns = [one for rule in config.rules for one in rule.include] if config is not None else []
        if config is None or not patterns:
            return ""
        more = f" and {len(patterns) - _MAX_LISTED:,} more" if len(patterns) > _MAX_LISTED else ""
        return f" that {shown(config.path)} names: {', '.join(map(quoted, patterns[:_MAX_LISTED]))}{more}"

    def _searched(self, folder: str) -> Iterator[str]:
        """The query files in a folder and its subfolders, sorted by name, without hidden ones and without pipes, which
        would be waited for."""
        for around, folders, names in os.walk(folder, onerror=_raise):
            config = self.configs.nearest(_absolute(around))
            folders[:] = sorted(name for name in folders if _is_searched(name, os.path.join(around, name), config))
            for name in sorted(names):
                path = os.path.normpath(os.path.join(around, name))
                is_query = not name.startswith(".") and self._is_query(_absolute(path), config)
                if is_query and not is_special(path):
                    yield path

    def _is_query(self, path: Path, config: Config | None) -> bool:
        if path in self.not_queries or (config and config.excludes(path)):
            return False
        if config and config.rules:
            return config.rule(path) is not None
        return path.suffix.lower() in QUERY_SUFFIXES and not path.name.lower().endswith(_SCHEMA_SUFFIXES)


def _is_searched(name: str, path: str, config: Config | None) -> bool:
    if name.startswith(".") or name == _NOT_SEARCHED:
        return False
    return not (config and config.excludes(_absolute(path)))


def _absolute(name: str) -> Path:
    """The absolute path, without resolving links."""
    return Path(os.path.abspath(name))


def _raise(error: OSError) -> None:
    raise error
