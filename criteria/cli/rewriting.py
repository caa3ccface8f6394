"""Replacing a file: whoever reads it meanwhile sees the old content or the new, never a part of it."""

from __future__ import annotations

import os
from contextlib import suppress
from tempfile import NamedTemporaryFile


def replace_content(path: str, content: bytes) -> None:
    """Writes a file anew: beside it, and then in its place. Its mode and owner stay; of a link it is the target."""
    target = os.path.realpath(path)
    before = os.stat(target)
    folder, name = os.path.split(target)
    with NamedTemporaryFile(dir=folder, prefix=f".{name}.", delete=False) as beside:
        try:
            beside.write(content)
            beside.close()
            with suppress(OSError, AttributeError):  # only root gives files away, and Windows has no owners
                os.chown(beside.name, before.st_uid, before.st_gid)
            os.chmod(beside.name, before.st_mode & 0o7777)
            os.replace(beside.name, target)
        except BaseException:
            os.unlink(beside.name)
            raise
