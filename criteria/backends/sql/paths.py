"""Paths into JSON columns."""

from __future__ import annotations

from collections.abc import Sequence

from criteria.schema.field import SEGMENT


def json_path(segments: Sequence[str]) -> str:
    """A path below a JSON column as a JSONPath; its segments are names of letters, digits and underscores."""
    assert all(map(SEGMENT.fullmatch, segments))
    return ".".join(("$", *segments))
