"""Arrow streams: engines scan files, which have their metadata at the end, so a stream is copied to a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from tempfile import NamedTemporaryFile
from typing import IO

from criteria.files.engine_errors import arrow_errors
from criteria.files.faults import needing
from criteria.files.formats import ARROW_STREAM, Format
from criteria.files.inputs import Inputs


@contextmanager
def streams_as_files(inputs: Inputs) -> Iterator[Inputs]:
    """The same files, inside a block, with Arrow streams copied to files. Raises `DataFault` for a damaged stream."""
    streams = [path for path in inputs.paths if inputs.format is Format.ARROW and _is_stream(path)]
    if not streams:
        yield inputs
        return
    with ExitStack() as stack:
        copies = {}
        for path in streams:
            copies[path] = stack.enter_context(NamedTemporaryFile(prefix="criteria-", suffix=".arrow"))
            with arrow_errors(inputs, path):
                _copy(path, copies[path])
        paths = tuple(copies[path].name if path in copies else path for path in inputs.paths)
        known = dict(inputs.copies)
        named = tuple((file.name, known.get(path, path)) for path, file in copies.items())
        yield inputs._replace(paths=paths, copies=(*inputs.copies, *named))


def _is_stream(path: str) -> bool:
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.read(len(ARROW_STREAM)) == ARROW_STREAM


def _copy(path: str, out: IO[bytes]) -> None:
    with needing("files", "Reading Arrow streams"):
        import pyarrow as pa
    with open(path, "rb") as file, pa.ipc.open_stream(file) as stream, pa.ipc.new_file(out, stream.schema) as copy:
        for batch in stream:
            batch.validate(full=True)  # Arrow does not check what it reads
            copy.write_batch(batch)
    out.flush()
