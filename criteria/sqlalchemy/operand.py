"""`Operand`: the type of a bound operand, for SQLAlchemy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import types
from sqlalchemy.exc import CompileError

from criteria.backends.sql.nodes import Derive


class Operand(types.TypeEngine):  # type: ignore[misc]
    """The type of a bound operand. `derive` converts the query's value to the driver's.

    SQLAlchemy keeps the text of a statement for all queries of one form, and binds the values of each. So what a
    dialect derives from a value, such as the length of a text, has to be derived when the value is bound.
    """

    cache_ok = True

    def __init__(self, derive: Derive | None = None) -> None:
        self.derive = derive

    def bind_processor(self, dialect: Any) -> Derive | None:
        """What SQLAlchemy calls with each value that it binds."""
        return self.derive

    def literal_processor(self, dialect: Any) -> Callable[[Any], str]:
        """What SQLAlchemy calls with each value under `literal_binds`."""

        def literal(value: Any) -> str:
            return _literal(value if self.derive is None else self.derive(value), dialect)

        return literal


class Operands(dict[Derive, Operand]):
    """The types of the operands of one condition, by what they derive. SQLAlchemy prepares each of them for a dialect,
    which takes longer than all else that it does with a parameter."""

    def __missing__(self, derive: Derive) -> Operand:
        found = self[derive] = Operand(derive)
        return found


def _literal(value: Any, dialect: Any) -> str:
    """A driver's value as a literal. Texts are written by SQLAlchemy, which knows how the server escapes them."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        written = repr(value)
        return written if "e" in written else f"{written}e0"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if isinstance(value, date):
        value = value.isoformat()
    if not isinstance(value, str):
        raise CompileError(f"A value of class {type(value).__name__} has no literal: execute the statement.")
    written = types.String().dialect_impl(dialect).literal_processor(dialect)(value)
    return str(written)
