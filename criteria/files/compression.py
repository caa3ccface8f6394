"""gzip, zstd, bzip2 and xz: streams that are decompressed while read, and compressed while written.

The first bytes of a stream identify its compression. A stream that ends inside its compressed data is refused: the zstd
libraries' own readers would treat that as the end.
"""

from __future__ import annotations

import io
import sys
import zlib
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from criteria.errors import Problem
from criteria.files.faults import DataFault, FaultKind, needing
from criteria.files.formats import Compression, told_by
from criteria.text.json_decoding import marked_encoding

_CHUNK = 1 << 15
_STEP, _ENOUGH = 1 << 10, 1 << 17
"""Compressed bytes that are decompressed in one step (zstd makes up to 32,768 of one), and bytes after which no step
follows."""

_STARTS: Mapping[Compression, tuple[bytes, ...]] = {
    Compression.GZIP: (b"\x1f\x8b",),
    Compression.ZSTD: (b"\x28\xb5\x2f\xfd",),
    Compression.BZIP2: tuple(b"BZh%d1AY&SY" % level for level in range(1, 10)),
    Compression.XZ: (b"\xfd7zXZ\x00",),
}
"""The bytes with which compressed data begin."""

_TELLING = 3
"""Bytes of such a start that are no text, if the data have no others."""

_MAX_XZ_MEMORY = 1 << 27
"""Bytes that data compressed with xz may ask for: `xz -9` asks for 65 MiB."""


_TOO_EARLY = "The compressed data end too early."


class DamagedError(Exception):
    """Compressed data that cannot be decompressed, and why."""


def _zstd_decompressor() -> Any:
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.ZstdDecompressor()
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj()


class _InParts:
    """A decompressor that gives a part of what it can, until it needs input: fifty bytes may be a megabyte."""

    def __init__(self, whole: Any) -> None:
        self._whole = whole

    def decompress(self, data: bytes) -> bytes:
        found: bytes = self._whole.decompress(data, _ENOUGH)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)


def _bzip2_decompressor() -> Any:
    import bz2

    return _InParts(bz2.BZ2Decompressor())


def _xz_decompressor() -> Any:
    import lzma

    return _InParts(lzma.LZMADecompressor(lzma.FORMAT_XZ, _MAX_XZ_MEMORY))


_DECOMPRESSORS: Mapping[Compression, Callable[[], Any]] = {
    Compression.GZIP: lambda: zlib.decompressobj(wbits=31),
    Compression.ZSTD: _zstd_decompressor,
    Compression.BZIP2: _bzip2_decompressor,
    Compression.XZ: _xz_decompressor,
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
            if not self._chunk and self._needs_input:
                self._chunk = self._stream.read1(_CHUNK)  # type: ignore[attr-defined]  # of io.BufferedIOBase
                if not self._chunk:
                    if self._part is not None:
                        raise DamagedError(_TOO_EARLY)
                    return 0
            self._ready = memoryview(self._decompressed())
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    @property
    def _needs_input(self) -> bool:
        return self._part is None or getattr(self._part, "needs_input", True)

    def _decompressed(self) -> bytes:
        """What the chunk holds, or a part of it: the beginning of a chunk may be the whole of a gigabyte."""
        pieces, size = [], 0
        while size < _ENOUGH and (self._chunk or not self._needs_input):
            if self._part is None:
                self._chunk = self._chunk.lstrip(b"\0")  # gzip and xz files may be padded
                if not self._chunk:
                    break
                self._part = self._make()
            count = _STEP if self._needs_input else 0
            step, self._chunk = self._chunk[:count], self._chunk[count:]
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
    b"PK\x03\x04": ("This is a zip archive.", "Extract its files: unzip FILE"),
}
"""What else data may begin with that is not text, and what to do."""

_COLUMNS = {
    b"PAR1\x15": ("These are Parquet data.", FaultKind.PARQUET_INSTEAD_OF_ROWS),
    b"ARROW1\x00": ("These are Arrow data.", FaultKind.ARROW_INSTEAD_OF_ROWS),
}
_WIDE = {"UTF-16": FaultKind.UTF_16, "UTF-32": FaultKind.UTF_32}
_LONGEST = 10


def decompressed(stream: BinaryIO, name: str = "<stdin>", *, is_utf_8: bool = True) -> BinaryIO:
    """The stream itself, or its decompressed content if it starts like compressed data. Waits for the first bytes.

    Raises `UsageFault` without the package for zstd, and `DataFault` (`unreadable_file`) for data that begin as no text
    does, with `is_utf_8`, as no UTF-8 does, and for compressed data that end within their first bytes. Reading raises
    `DamagedError`.
    """
    start: bytes = stream.peek(_LONGEST)[:_LONGEST]  # type: ignore[attr-defined]  # of io.BufferedReader
    if start and _kinds_begun(start):  # a pipe may give the first bytes one by one
        start = stream.read1(_LONGEST)  # type: ignore[attr-defined]
        while _kinds_begun(start) and (more := stream.read1(_LONGEST - len(start))):  # type: ignore[attr-defined]
            start += more
        stream = io.BufferedReader(_Begun(start, stream), _CHUNK)
    _refuse_others(start, name, is_utf_8)
    _refuse_cut(start, name)
    kind = next((kind for kind, starts in _STARTS.items() if start.startswith(starts)), None)
    if kind is None:
        return stream
    make = _DECOMPRESSORS[kind]
    with needing("files", f"{kind.value} compression"):
        make()
    return io.BufferedReader(_Decompressed(stream, make), _CHUNK * 4)


def _kinds_begun(start: bytes) -> set[Compression]:
    """The kinds of compressed data whose first bytes these may become, and are not yet."""
    return {
        kind
        for kind, starts in _STARTS.items()
        if any(len(start) < len(one) and one.startswith(start) for one in starts)
    }


def _refuse_cut(start: bytes, name: str) -> None:
    """Raises `DataFault` for data that are nothing but a part of the first bytes of compressed data: the name says so,
    or no text is like them."""
    kinds = _kinds_begun(start)
    if told_by(name)[1] in kinds or (kinds and len(start) >= _TELLING):
        raise DataFault(name, Problem("unreadable_file", _TOO_EARLY))


class _Begun(io.RawIOBase):
    """A stream of which the first bytes were read."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self._start, self._rest = start, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._start or self._rest.read1(len(buffer))  # type: ignore[attr-defined]
        count = min(len(buffer), len(found))
        buffer[:count] = found[:count]
        self._start = found[count:]
        return count


def _refuse_others(start: bytes, name: str, is_utf_8: bool) -> None:
    for magic, (message, hint) in _OTHERS.items():
        if start.startswith(magic):
            raise DataFault(name, Problem("unreadable_file", message, hint=hint))
    for magic, (message, kind) in _COLUMNS.items():
        if start.startswith(magic):
            raise DataFault(name, Problem("unreadable_file", message), kind=kind)
    encoding = marked_encoding(start) if is_utf_8 else None
    if encoding is not None:
        raise DataFault(name, Problem("unreadable_file", f"The data are {encoding}, not UTF-8."), kind=_WIDE[encoding])


def compressing(stream: BinaryIO, kind: Compression | None) -> BinaryIO:
    """A stream that compresses into another one, which stays open; without a kind the stream itself."""
    if kind is None:
        return stream
    with needing("files", f"{kind.value} compression"):
        return _COMPRESSORS[kind](stream)


def _gzip(stream: BinaryIO) -> BinaryIO:
    import gzip

    return gzip.GzipFile(filename="", mode="wb", fileobj=stream, compresslevel=6, mtime=0)  # type: ignore[return-value, unused-ignore]


def _bzip2(stream: BinaryIO) -> BinaryIO:
    import bz2

    return bz2.BZ2File(stream, "wb")  # type: ignore[return-value, unused-ignore]


def _xz(stream: BinaryIO) -> BinaryIO:
    import lzma

    return lzma.LZMAFile(stream, "wb")  # type: ignore[return-value, unused-ignore]


def _zstd(stream: BinaryIO) -> BinaryIO:
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.ZstdFile(stream, "wb", options={zstd.CompressionParameter.checksum_flag: 1})
    import zstandard

    return zstandard.ZstdCompressor(write_checksum=True).stream_writer(stream, closefd=False)


_COMPRESSORS: Mapping[Compression, Callable[[BinaryIO], BinaryIO]] = {
    Compression.GZIP: _gzip,
    Compression.ZSTD: _zstd,
    Compression.BZIP2: _bzip2,
    Compression.XZ: _xz,
}
