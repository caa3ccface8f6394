"""Opens files, and counts the bytes that were read of them, for a bar."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from typing import BinaryIO

from criteria.cli.inputs.reading import opened
from criteria.files.inputs import Inputs


class CountedBytes:
    """Opens the files, and counts the bytes that were read."""

    def __init__(self, inputs: Inputs, argument: str) -> None:
        self._inputs, self._argument = inputs, argument
        self._before = 0
        self._descriptor: int | None = None

    @contextmanager
    def opened(self, path: str) -> Iterator[tuple[str, BinaryIO]]:
        """The name of a path in messages, and its bytes. A file that cannot be opened is a usage error."""
        with opened(path, self._argument) as stream:
            size = 0
            if os.path.isfile(path):
                self._descriptor = stream.fileno()
                size = os.fstat(self._descriptor).st_size
            try:
                yield (
                    self._inputs.name_of(path),
                    stream if hasattr(stream, "peek") else BufferedReader(stream),  # type: ignore[type-var, unused-ignore]
                )
            finally:
                self._descriptor = None
                self._before += size

    def done(self) -> int:
        """The number of bytes that were read, as the system counts them: this does not wait for the reader."""
        descriptor = self._descriptor
        with suppress(OSError, TypeError):
            return self._before + os.lseek(descriptor, 0, os.SEEK_CUR)  # type: ignore[arg-type]
        return self._before
