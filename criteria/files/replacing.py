"""Writing a file as a whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: str) -> Iterator[Path]:
    """A new file beside `path`, for the caller to write, which takes its place when the block ends well.

    Until then whatever was at `path` stays there, also for those who are reading it. A block that ends with any
    exception leaves nothing behind; a process that is killed leaves the hidden file. What is no file (a pipe, a device)
    cannot be replaced, and is given to be written as it is. Raises `OSError`.
    """
    target = Path(os.path.realpath(path))  # a link goes on pointing to the file
    if target.exists() and not target.is_file():
        if target.is_dir():
            raise IsADirectoryError(21, "Is a directory", path)
        yield target
        return
    beside = target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
    try:
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None  # nobody knows the hidden name
    try:
        yield beside
        _settled(beside, target)
        os.replace(beside, target)
    except BaseException:
        with suppress(FileNotFoundError):
            beside.unlink()
        raise
    _sync(target.parent)


def _settled(beside: Path, target: Path) -> None:
    """Gives the new file the mode of the old one, and waits until its bytes are on the disk."""
    with suppress(FileNotFoundError):
        os.chmod(beside, stat.S_IMODE(target.stat().st_mode))
    _sync(beside)


def _sync(path: Path) -> None:
    if os.name != "posix" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
