"""`Column`: a column of a table, as its engine describes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, as its engine describes it.

    - `name`: its name, spelled as in the table.
    - `type`: its type, in the engine's own words, such as `character varying(20)` or `datetime(6)`.
    - `nullable`: whether it may hold NULL; None if the engine does not tell, as of the columns of a view.
    - `collation`: the engine's name of its collation; None for the database's default, and for types without one.
    - `is_deterministic`: whether its collation keeps different strings apart; PostgreSQL has some that do not.
    - `labels`: the labels of an enumerated type, in the engine's order.
    - `time_zone`: `"UTC"` declares that a column without a time zone holds UTC, as `Field.time_zone` does.
    """

    name: str
    type: str
    nullable: bool | None = True
    collation: str | None = None
    is_deterministic: bool = True
    labels: tuple[str, ...] = ()
    time_zone: str | None = None
