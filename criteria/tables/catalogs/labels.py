"""The labels of an enumerated type whose text lists them."""

from __future__ import annotations

import re

_LABEL = re.compile(r"'((?:[^']|'')*)'")


def labels_of(kind: str) -> tuple[str, ...]:
    """The labels in `enum('a','b')`, in order; a quote in a label is doubled. Of other types, none."""
    if kind[:5].lower() != "enum(":
        return ()
    return tuple(label.replace("''", "'") for label in _LABEL.findall(kind))
