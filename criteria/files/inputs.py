"""The files that paths, patterns and folders name."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from criteria.files.faults import FaultKind, UsageFault
from criteria.files.formats import STDIN, Format, format_of, told_by

_HIDDEN = (".", "_")
"""How names begin that are not data: what writers of partitioned folders leave behind, and half-written files."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Files of one format. `folder` is the one folder that was named, whose folders may be named after values."""

    paths: tuple[str, ...]
    format: Format
    folder: str | None = None
    spooled: str | None = None
    """The file in which standard input is."""

    @property
    def is_partitioned(self) -> bool:
        """Whether folders inside the named one say `column=value`."""
        if self.folder is None:
            return False
        return any("=" in os.path.dirname(os.path.relpath(path, self.folder)) for path in self.paths)

    def name_of(self, path: str) -> str:
        """What messages call a path."""
        return "<stdin>" if path in (STDIN, self.spooled) else path

    @contextmanager
    def with_ends(self, standard_input: Callable[[], BinaryIO]) -> Iterator[Inputs]:
        """The same files inside a block, and standard input as one more: what begins with its end has to be a file."""
        if STDIN not in self.paths:
            yield self
            return
        with NamedTemporaryFile(prefix="criteria-") as file:
            shutil.copyfileobj(standard_input(), file)
            file.flush()
            paths = tuple(file.name if path == STDIN else path for path in self.paths)
            yield replace(self, paths=paths, spooled=file.name)

    def size(self) -> int | None:
        """The bytes of all files; None when that is not known, as of standard input."""
        if any(path == STDIN or not os.path.isfile(path) for path in self.paths):
            return None
        return sum(os.path.getsize(path) for path in self.paths)


def found(names: Iterable[str], given: Format | None) -> Inputs:
    """The files of some names: paths, folders (all files of a known format in them) and patterns (`*`, `?`, `**`).

    Raises `UsageFault` when a name matches nothing, or when the files are of more than one format.
    """
    names = tuple(names)
    paths = tuple(path for name in names for path in _expanded(name, given))
    formats = {Format.NDJSON if path == STDIN and given is None else format_of(path, given) for path in paths}
    if len(formats) > 1:
        several = ", ".join(sorted(one.value for one in formats))
        message = f"The files are of more than one format: {several}."
        raise UsageFault(FaultKind.SEVERAL_FORMATS, message, "Filter one format at a time.")
    folder = names[0] if len(names) == 1 and os.path.isdir(names[0]) else None
    return Inputs(paths, formats.pop(), folder)


def _expanded(name: str, given: Format | None) -> Iterator[str]:
    if name == STDIN or os.path.isfile(name):
        yield name
    elif os.path.isdir(name):
        inside = list(_inside(name, given))
        if not inside:
            raise UsageFault(FaultKind.NO_FILES, f"{name}: there are no data files in this folder.")
        yield from inside
    elif os.path.lexists(name):
        yield name  # a pipe, or a link to nothing: who opens it says so
    elif glob.has_magic(name):
        matches = sorted(path for path in glob.glob(name, recursive=True) if not os.path.isdir(path))
        if not matches:
            raise UsageFault(FaultKind.NO_FILES, f"{name}: no file matches this pattern.")
        yield from matches
    else:
        raise UsageFault(FaultKind.NO_FILES, f"{name}: No such file or folder.")


def _inside(folder: str, given: Format | None) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith(_HIDDEN))
        for file in sorted(files):
            known = told_by(file)[0]
            if not file.startswith(_HIDDEN) and (known is given if given else known is not None):
                yield os.path.join(place, file)
