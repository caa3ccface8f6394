"""The files that paths, patterns and folders name."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import BinaryIO, NamedTuple

from criteria.files.faults import FaultKind, UsageFault
from criteria.files.formats import STDIN, Format, format_of, told_by
from criteria.files.patterns import expanded
from criteria.messages import shown_name

_HIDDEN = (".", "_")
"""Prefixes of names that are not data: files that writers of partitioned folders leave behind, and unfinished files."""

_JSON = (Format.NDJSON, Format.JSON)


_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")


def is_address(path: str) -> bool:
    """Whether a name is an address, such as `s3://lake/day.parquet`, and not that of a file."""
    return _ADDRESS.match(path) is not None and not os.path.lexists(path)


class Inputs(NamedTuple):
    """Files of one format. `folder` is the only folder among the arguments; its subfolders may be partitions."""

    paths: tuple[str, ...]
    format: Format
    folder: str | None = None
    copies: tuple[tuple[str, str], ...] = ()
    """The files to which standard input and pipes were copied, each with the path of what it is a copy of."""
    is_union: bool = False
    """Whether files of columns may have different ones: they are united by name, and what a file lacks is null."""
    at: tuple[str, ...] | None = None
    """The names that lead to the records in a JSON text; None: the text is an array of them, or one record."""
    shown: tuple[str, ...] | None = None
    """The columns that the output needs; None: all."""

    @property
    def is_partitioned(self) -> bool:
        """Whether subfolders have names such as `column=value`."""
        if self.folder is None:
            return False
        return any("=" in os.path.dirname(os.path.relpath(path, self.folder)) for path in self.paths)

    def name_of(self, path: str) -> str:
        """The name of a path in messages."""
        original = dict(self.copies).get(path, path)
        return "<stdin>" if original == STDIN else original

    @contextmanager
    def copied(self, opened: Callable[[str], AbstractContextManager[BinaryIO]]) -> Iterator[Inputs]:
        """The same files, inside a block, with standard input and pipes copied to files. Neither can be read twice, or
        from the end, where columns have their metadata."""
        import shutil
        from tempfile import NamedTemporaryFile

        with ExitStack() as stack:
            copies = {}
            for path in self.paths:
                if path == STDIN or (os.path.exists(path) and not os.path.isfile(path)):
                    copies[path] = stack.enter_context(NamedTemporaryFile(prefix="criteria-"))
                    with opened(path) as stream:
                        shutil.copyfileobj(stream, copies[path])
                    copies[path].flush()
            paths = tuple(copies[path].name if path in copies else path for path in self.paths)
            named = tuple((file.name, path) for path, file in copies.items())
            yield self._replace(paths=paths, copies=(*self.copies, *named))

    def size(self) -> int | None:
        """The size of all files in bytes; None if unknown, as for standard input."""
        if any(path == STDIN or not os.path.isfile(path) for path in self.paths):
            return None
        return sum(os.path.getsize(path) for path in self.paths)


def found(names: Iterable[str], given: Format | None) -> Inputs:
    """The files that names refer to: paths, folders (all files of a known format in them) and patterns (`*`, `?`,
    `**`).

    Raises `UsageFault` if a name matches nothing, or if the files are of more than one format.
    """
    names = tuple(names)
    paths = tuple(path for name in names for path in _expanded(name, given))
    formats = {Format.NDJSON if path == STDIN and given is None else format_of(path, given) for path in paths}
    if len(formats) > 1:
        several = ", ".join(sorted(one.value for one in formats))
        message = f"The files are of more than one format: {several}."
        raise UsageFault(FaultKind.SEVERAL_FORMATS, message, "Filter one format at a time.")
    folder = names[0] if len(names) == 1 and os.path.isdir(names[0]) else None
    inputs = Inputs(paths, formats.pop(), folder)
    _check_addresses(inputs)
    return inputs


def _check_addresses(inputs: Inputs) -> None:
    address = next(filter(is_address, inputs.paths), None)
    if address is None:
        return
    if inputs.format.is_rows:
        message = f"{shown_name(address)}: {inputs.format.value} data are read only from files and standard input."
        raise UsageFault(FaultKind.ADDRESS_OF_ROWS, message)
    if not all(map(is_address, inputs.paths)):
        message = f"{shown_name(address)}: addresses and files cannot be filtered together."
        raise UsageFault(FaultKind.ADDRESSES_AND_FILES, message)


def refuse_addresses(inputs: Inputs) -> None:
    """Raises `UsageFault` for an address, of which no schema is inferred."""
    address = next(filter(is_address, inputs.paths), None)
    if address is not None:
        message = f"{shown_name(address)}: schemas are inferred only from files and standard input."
        raise UsageFault(FaultKind.ADDRESS_FOR_SCHEMA, message)


def _expanded(name: str, given: Format | None) -> Iterator[str]:
    if name == STDIN or os.path.isfile(name):
        yield name
    elif os.path.isdir(name):
        inside = list(_inside(name, set(Format) if given is None else {given}))
        if not inside and given in _JSON:  # one object a line is often named .json, and an array .jsonl
            inside = list(_inside(name, _JSON))
        if not inside:
            raise UsageFault(FaultKind.NO_FILES, f"{shown_name(name)}: there are no data files in this folder.")
        yield from inside
    elif os.path.lexists(name) or is_address(name):
        yield name  # a pipe, or a link to nothing: who opens it says so
    elif glob.has_magic(name):
        matches = [path for path in expanded(name) if not os.path.isdir(path) and not is_special(path)]
        if not matches:
            raise UsageFault(FaultKind.NO_FILES, f"{shown_name(name)}: no file matches this pattern.")
        yield from matches
    else:
        raise UsageFault(FaultKind.NO_FILES, f"{shown_name(name)}: No such file or directory.")


def _inside(folder: str, accepted: Collection[Format]) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith(_HIDDEN))
        for file in sorted(files):
            path = os.path.join(place, file)
            if not file.startswith(_HIDDEN) and told_by(file)[0] in accepted and not is_special(path):
                yield path


def is_special(path: str) -> bool:
    """Whether a path leads to something that only whoever names it can mean to read: a pipe, a socket or a device. What
    cannot be looked at is none: who opens it says why."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
