"""The names of columns whose headers repeat, or are no field names."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from criteria.files import csv_header
from criteria.files.csv_header import column_names


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (["c", "c", "c"], ["c_1", "c_2", "c_3"]),
        (["c_2", "c", "c", "c"], ["c_2", "c_1", "c_3", "c_4"]),
        (["a..b", "a..b", "$a..b"], ["a__b_1", "a__b_2", "a__b"]),
        (["$a..b", "$$a..b", "a..b", "a..b"], ["a__b", "a__b_2", "a__b_1", "a__b_3"]),
        (["", "", "column_1"], ["column_1_2", "column_2", "column_1"]),
    ],
)
def test_names_are_numbered_in_order(header: Sequence[str], names: Sequence[str]) -> None:
    """Each name gets the lowest number that is free, whatever made the earlier names."""
    assert column_names(header) == names


def test_a_number_that_is_taken_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A header of one text many times takes a step or two for each column."""
    tried: list[str] = []
    are_free_of = csv_header._Names.are_free_of

    def counted(self: csv_header._Names, name: str) -> bool:
        tried.append(name)
        return are_free_of(self, name)

    monkeypatch.setattr(csv_header._Names, "are_free_of", counted)
    assert len(set(column_names(["c"] * 300))) == 300
    assert len(tried) <= 600
