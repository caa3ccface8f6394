"""What is wrong with files, and where."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from criteria.errors import CriteriaError, Problem, quoted


class DataFault(CriteriaError):
    """Data that are not what their format says: the file's name, and a piece of its text that begins at a line."""

    def __init__(self, name: str, *problems: Problem, text: bytes = b"", first_line: int = 1) -> None:
        super().__init__(*problems)
        self.name, self.text, self.first_line = name, text, first_line


class UsageFault(CriteriaError):
    """What was asked for cannot be done with these files, whatever is in them; `what` names the choice to blame."""

    def __init__(self, what: str, message: str, hint: str | None = None, code: str = "unsupported") -> None:
        super().__init__(Problem(code, message, hint=hint))
        self.what = what


@contextmanager
def needing(extra: str, what: str) -> Iterator[None]:
    """Turns a package that is not installed into a `UsageFault` that names the extra which brings it."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] == "criteria":
            raise
        message = f"{what} needs the package {quoted(missing.name)}."
        hint = f'Install it with: pip install "criteria-engine[{extra}]"'
        raise UsageFault("package", message, hint, "missing_package") from None
