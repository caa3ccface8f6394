"""Replacing a file atomically."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: str) -> Iterator[Path]:
    """Opens a new file beside `path` for the caller to write. It replaces `path` when the block ends without an
    exception.

    Readers of `path` see the old content or the new, never a part. The new file keeps the mode of the old one, and its
    owner and group if the system allows it; a link still points to its target. The new content is on disk before the
    old one is replaced. After an exception nothing is left behind; a killed process leaves the hidden file. Pipes and
    devices cannot be replaced: the block writes to them directly. Raises `OSError`.
    """
    before = _status(path)
    if before is not None and not stat.S_ISREG(before.st_mode):
        if stat.S_ISDIR(before.st_mode):
            raise IsADirectoryError(21, "Is a directory", path)
        yield Path(path)  # and not what it leads to: the pipe behind /dev/stdout has no path of its own
        return
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".criteria-{os.urandom(8).hex()}.tmp")  # as long a name as the target's may be too long
    mode = 0o666 if before is None else 0o600  # the new content is not readable by more users than the old
    try:  # from here on, because an interrupt may come at once
        try:
            os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
        except OSError as error:
            raise OSError(error.errno, error.strerror, path) from None  # the user does not know the hidden name
        yield beside
        if before is not None:
            _keep_owner(beside, before)
            os.chmod(beside, stat.S_IMODE(before.st_mode))  # after chown, which clears the set-user-ID bit
        _sync(beside)
        os.replace(beside, target)
    except BaseException:
        with suppress(OSError):  # the first error is the one to tell
            beside.unlink()
        raise
    _sync(target.parent)


def _status(path: str) -> os.stat_result | None:
    """The status of what a path leads to; None if there is nothing."""
    try:
        return os.stat(path)
    except OSError:  # who opens it says why
        return None


def _keep_owner(path: Path, before: os.stat_result) -> None:
    """Gives a file the owner and group of another one; only the group where the owner cannot be changed."""
    chown = getattr(os, "chown", None)
    if chown is None:  # Windows
        return
    try:
        chown(path, before.st_uid, before.st_gid)
    except OSError:  # only root changes owners
        with suppress(OSError):
            chown(path, -1, before.st_gid)


def _sync(path: Path) -> None:
    if os.name != "posix" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
