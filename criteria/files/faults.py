"""Faults in files, and their positions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from typing import Any

from criteria.errors import CriteriaError, Problem
from criteria.messages import install_hint, quoted


class FaultKind(Enum):
    """Faults that a caller can fix. Each caller words the hint in terms of its own options."""

    ENGINE_OF_COLUMNS = auto()
    COLUMNS_DIFFER_IN_CASE = auto()
    COLUMNS_DIFFER = auto()
    QUERIED_COLUMNS_DIFFER = auto()
    TYPES_DIFFER = auto()
    UNKNOWN_COLUMN = auto()
    UNKNOWN_NAME = auto()
    UNKNOWN_FORMAT = auto()
    UNKNOWN_OUTPUT_FORMAT = auto()
    OTHER_COMPRESSION = auto()
    WORKBOOK = auto()
    COMPRESSED_COLUMNS = auto()
    COMPRESSED_OUTPUT_COLUMNS = auto()
    SEVERAL_FORMATS = auto()
    NO_FILES = auto()
    ADDRESS_OF_ROWS = auto()
    ADDRESSES_AND_FILES = auto()
    ADDRESS_FOR_ENGINE = auto()
    ADDRESS_FOR_SCHEMA = auto()
    MISSING_PACKAGE = auto()
    ARRAY_INSTEAD_OF_LINES = auto()
    LINES_INSTEAD_OF_ARRAY = auto()
    NOT_JSON = auto()
    SEVERAL_IN_A_LINE = auto()
    UNSUPPORTED_COLUMN = auto()
    NANOSECONDS_IN_PYTHON = auto()
    DURATIONS_IN_DUCKDB = auto()
    NANOSECONDS_IN_DUCKDB = auto()
    YEAR_OUTSIDE_PYTHON = auto()
    CSV_NOT_UTF_8 = auto()
    CARRIAGE_RETURN = auto()
    NULL_WORD = auto()
    RAGGED_ROW = auto()
    LINES_ABOVE_HEADER = auto()
    OTHER_DELIMITER = auto()
    SEPARATOR_LINE = auto()
    NOT_UTF_8 = auto()
    UTF_16 = auto()
    UTF_32 = auto()
    PARQUET_INSTEAD_OF_ROWS = auto()
    ARROW_INSTEAD_OF_ROWS = auto()
    NAME_NOT_UTF_8 = auto()
    NAME_OF_ENGINE = auto()


class FileFault(CriteriaError):
    """Files cannot be read or written as requested. `kind` is the reason, if a caller can fix it."""

    def __init__(self, kind: FaultKind | None, *problems: Problem) -> None:
        super().__init__(*problems)
        self.kind = kind

    def __reduce__(self) -> tuple[Any, ...]:
        """Exceptions are pickled with the arguments of `CriteriaError`, which this class does not take."""
        return FileFault, (self.kind, *self.problems)


class DataFault(FileFault):
    """Data are not in their format: the file's name, and a part of its text that starts at a line.

    The text may be a function that makes it: of thousands of faults only the first are shown.
    """

    def __init__(
        self,
        name: str,
        *problems: Problem,
        text: bytes | Callable[[], bytes] = b"",
        first_line: int = 1,
        kind: FaultKind | None = None,
    ) -> None:
        super().__init__(kind, *problems)
        self.name, self._text, self.first_line = name, text, first_line

    @property
    def text(self) -> bytes:
        """The part of the text to show."""
        return self._text if isinstance(self._text, bytes) else self._text()

    def __reduce__(self) -> tuple[Any, ...]:
        state = {"_text": self.text, "first_line": self.first_line, "kind": self.kind}
        return DataFault, (self.name, *self.problems), state


class UsageFault(FileFault):
    """The request is not possible with these files, whatever they contain."""

    kind: FaultKind

    def __init__(self, kind: FaultKind, message: str, hint: str | None = None, code: str = "unsupported") -> None:
        super().__init__(kind, Problem(code, message, hint=hint))

    def __reduce__(self) -> tuple[Any, ...]:
        """Exceptions are pickled with the arguments of `CriteriaError`, which this class does not take."""
        [problem] = self.problems
        return UsageFault, (self.kind, problem.message, problem.hint, problem.code)


@contextmanager
def needing(extra: str, what: str) -> Iterator[None]:
    """Raises a `UsageFault` that names the extra to install if a package is missing."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] == "criteria":
            raise
        message = f"{what} needs the package {quoted(missing.name)}."
        hint = install_hint(extra)
        raise UsageFault(FaultKind.MISSING_PACKAGE, message, hint, "missing_package") from None
