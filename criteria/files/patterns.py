"""Expands patterns of paths: `*`, `?` and `[...]` within a name, `**` for any folders."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from fnmatch import filter as matching
from typing import NamedTuple


class _Place(NamedTuple):
    """A path, and the one without links to which it leads."""

    path: str
    real: str


def expanded(pattern: str) -> list[str]:
    """The paths that match a pattern, sorted, each real file and folder once.

    `**` does not follow links to folders, so that circles of links end. Only what begins with a dot matches hidden
    names.
    """
    drive, rest = os.path.splitdrive(pattern)
    names = rest.replace(os.sep, "/").split("/")
    root = drive + (os.sep if rest.startswith(("/", os.sep)) else "")
    wanted = [name for name in names[:-1] if name] + [names[-1]]
    places = [_Place(root, os.path.realpath(root or os.curdir))]
    for at, name in enumerate(wanted):
        if name == "**" and at + 1 < len(wanted) and wanted[at + 1] == "**":
            continue  # which the next one says, too
        places = _distinct(_step(places, name, is_last=at == len(wanted) - 1))
    return sorted(place.path for place in places)


def _distinct(places: Iterable[_Place]) -> list[_Place]:
    """The places without those that an earlier one leads to."""
    return list({place.real: place for place in sorted(places, reverse=True)}.values())


def _step(places: Iterable[_Place], name: str, *, is_last: bool) -> Iterator[_Place]:
    """The places that one part of a pattern leads to from others."""
    for place in places:
        if not name:  # after the slash at the end of a pattern
            if place.path and os.path.isdir(place.path):
                yield _Place(os.path.join(place.path, ""), place.real)
        elif name == "**":
            yield from _below(place, with_files=is_last)
        elif glob.has_magic(name):
            entries = {entry.name: entry for entry in _entries(place) if _is_shown(entry.name, name)}
            for found in matching(entries, name):
                if is_last or _is_folder(entries[found]):
                    yield _inside(place, entries[found])
        elif os.path.lexists(path := os.path.join(place.path, name)):
            yield _Place(path, os.path.realpath(path))


def _below(place: _Place, *, with_files: bool) -> Iterator[_Place]:
    """The folders below a folder, and itself; of what is in them, also the files."""
    waiting = [place]
    while waiting:
        folder = waiting.pop()
        if folder.path or not with_files:
            yield folder
        for entry in _entries(folder):
            if _is_shown(entry.name, ""):
                if not _is_folder(entry):
                    if with_files:
                        yield _inside(folder, entry)
                elif not entry.is_symlink():
                    waiting.append(_inside(folder, entry))


def _entries(place: _Place) -> list[os.DirEntry[str]]:
    """What is in a folder; nothing if it cannot be read."""
    try:
        with os.scandir(place.path or os.curdir) as entries:
            return list(entries)
    except OSError:
        return []


def _inside(folder: _Place, entry: os.DirEntry[str]) -> _Place:
    path = os.path.join(folder.path, entry.name)
    return _Place(path, os.path.realpath(path) if entry.is_symlink() else os.path.join(folder.real, entry.name))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_shown(name: str, pattern: str) -> bool:
    return not name.startswith(".") or pattern.startswith(".")
