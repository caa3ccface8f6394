"""gzip and zstd: streams that are decompressed while read, and compressed while written.

The first bytes of a stream identify its compression. A stream that ends inside its compressed data is refused: the zstd
libraries' own readers would treat that as the end.
"""

from __future__ import annotations

import io
import re
import sys
import zlib
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from criteria.errors import Problem
from criteria.files.faults import DataFault, FaultKind, needing
from criteria.files.formats import Compression

_CHUNK = 1 << 15
_STEP, _ENOUGH = 1 << 10, 1 << 17
"""Compressed bytes that are decompressed in one step (zstd makes up to 32,768 of one), and bytes after which no step
follows."""

_MAGIC = {b"\x1f\x8b": Compression.GZIP, b"\x28\xb5\x2f\xfd": Compression.ZSTD}


class DamagedError(Exception):
    """Compressed data that cannot be decompressed, and why."""


def _zstd_decompressor() -> Any:
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.ZstdDecompressor()
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj()


_DECOMPRESSORS: Mapping[Compression, Callable[[], Any]] = {
    Compression.GZIP: lambda: zlib.decompressobj(wbits=31),
    Compression.ZSTD: _zstd_decompressor,
}


class _Decompressed(io.RawIOBase):
    """The bytes of a compressed stream, which may consist of several parts."""

    def __init__(self, stream: BinaryIO, make: Callable[[], Any]) -> None:
        self._stream, self._make = stream, make
        self._part: Any = None
        self._chunk = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            if not self._chunk:
                self._chunk = self._stream.read1(_CHUNK)  # type: ignore[attr-defined]  # of io.BufferedIOBase
            if not self._chunk:
                if self._part is not None:
                    raise DamagedError("The compressed data end too early.")
                return 0
            self._ready = memoryview(self._decompressed())
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _decompressed(self) -> bytes:
        """What the chunk holds, or a part of it: the beginning of a chunk may be the whole of a gigabyte."""
        pieces, size = [], 0
        while self._chunk and size < _ENOUGH:
            if self._part is None:
                self._chunk = self._chunk.lstrip(b"\0")  # gzip files may be padded
                if not self._chunk:
                    break
                self._part = self._make()
            step, self._chunk = self._chunk[:_STEP], self._chunk[_STEP:]
            try:
                pieces.append(self._part.decompress(step))
            except Exception as error:  # each library has its own exception class
                raise DamagedError(f"The compressed data are damaged: {error}.") from None
            size += len(pieces[-1])
            if self._part.eof:
                self._chunk = self._part.unused_data + self._chunk
                self._part = None
        return b"".join(pieces)


_OTHERS = {
    b"\xfd7zXZ\x00": ("The data are compressed with xz.", "Decompress them: xz -dc FILE | criteria ... -"),
    b"PK\x03\x04": ("This is a zip archive.", "Extract its files: unzip FILE"),
}
"""What else data may begin with that is not text, and what to do."""

_COLUMNS = {
    b"PAR1\x15": ("These are Parquet data.", FaultKind.PARQUET_INSTEAD_OF_ROWS),
    b"ARROW1\x00": ("These are Arrow data.", FaultKind.ARROW_INSTEAD_OF_ROWS),
}
_BZIP2 = re.compile(rb"BZh[1-9]1AY&SY")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_LONGEST = 10


def decompressed(stream: BinaryIO, name: str = "<stdin>", *, is_utf_8: bool = True) -> BinaryIO:
    """The stream itself, or its decompressed content if it starts like gzip or zstd data. Waits for the first bytes.

    Raises `UsageFault` without the package for zstd, and `DataFault` (`unreadable_file`) for data that begin as no text
    does; with `is_utf_8`, as no UTF-8 does. Reading raises `DamagedError`.
    """
    start: bytes = stream.peek(_LONGEST)[:_LONGEST]  # type: ignore[attr-defined]  # of io.BufferedReader
    _refuse_others(start, name, is_utf_8)
    kind = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), None)
    if kind is None:
        return stream
    make = _DECOMPRESSORS[kind]
    with needing("files", f"{kind.value} compression"):
        make()
    return io.BufferedReader(_Decompressed(stream, make), _CHUNK * 4)


def _refuse_others(start: bytes, name: str, is_utf_8: bool) -> None:
    for magic, (message, hint) in _OTHERS.items():
        if start.startswith(magic):
            raise DataFault(name, Problem("unreadable_file", message, hint=hint))
    for magic, (message, kind) in _COLUMNS.items():
        if start.startswith(magic):
            raise DataFault(name, Problem("unreadable_file", message), kind=kind)
    if _BZIP2.match(start):
        hint = "Decompress them: bzip2 -dc FILE | criteria ... -"
        raise DataFault(name, Problem("unreadable_file", "The data are compressed with bzip2.", hint=hint))
    if is_utf_8 and start.startswith(_UTF_16):
        raise DataFault(name, Problem("unreadable_file", "The data are UTF-16, not UTF-8."), kind=FaultKind.UTF_16)


def compressing(stream: BinaryIO, kind: Compression | None) -> BinaryIO:
    """A stream that compresses into another one, which stays open; without a kind the stream itself."""
    if kind is None:
        return stream
    if kind is Compression.GZIP:
        import gzip

        return gzip.GzipFile(filename="", mode="wb", fileobj=stream, compresslevel=6, mtime=0)  # type: ignore[return-value, unused-ignore]
    with needing("files", "zstd compression"):
        if sys.version_info >= (3, 14):
            from compression import zstd

            return zstd.ZstdFile(stream, "wb", options={zstd.CompressionParameter.checksum_flag: 1})
        import zstandard

        return zstandard.ZstdCompressor(write_checksum=True).stream_writer(stream, closefd=False)
