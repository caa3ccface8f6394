"""What the readers of all libraries give: the members of a class."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class Zone(Enum):
    """What an annotation says of a datetime's zone. The libraries' own words for it become these in `Annotated`."""

    AWARE = "aware"
    NAIVE = "naive"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a class.

    - `name`: its name in JSON, which clients see.
    - `attribute`: its name in Python.
    - `annotation`: its type, with what `Annotated` says.
    - `description`: what the library says of it.
    - `may_be_missing`: whether an object may lack it.
    """

    name: str
    attribute: str
    annotation: Any
    description: str | None = None
    may_be_missing: bool = False
