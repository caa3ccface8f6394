"""A class of SQLModel. Imported only where it is installed."""

# SQLModel reads annotations when the class is made: no `from __future__ import annotations`.
from datetime import datetime
from importlib import import_module
from typing import Any

sqlmodel: Any = import_module("sqlmodel")


class Hero(sqlmodel.SQLModel, table=True):  # type: ignore[misc, call-arg]
    """The class of SQLModel's own documentation, with a date and a secret."""

    id: int | None = sqlmodel.Field(default=None, primary_key=True)
    name: str
    age: int | None = None
    secret: str
    born: datetime | None = None
