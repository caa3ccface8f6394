"""What docs/tables.md shows is what happens."""

from __future__ import annotations

from tests.site.pages import failed_sessions
from tests.tables.page import PAGE, with_section

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_examples_do_what_they_show() -> None:
    """The interactive examples, run one after the other, print what is shown below them."""
    attempted, report = failed_sessions("docs/tables.md")
    assert attempted > 15
    assert report == []


def test_the_columns_that_fit_are_those_that_are_proven() -> None:
    """`python -m tests.tables.page` writes the section from the pairs that the tests run."""
    assert with_section(TEXT) == TEXT
