"""What docs/tables.md shows is what happens."""

from __future__ import annotations

import doctest
import re

from tests.tables.page import PAGE, with_section

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_examples_do_what_they_show() -> None:
    """The interactive examples, run one after the other, print what is shown below them."""
    blocks = re.findall(r"^```pycon\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "tables", "tables.md", 0)
    report: list[str] = []
    runner = doctest.DocTestRunner()
    runner.run(test, out=report.append)
    assert runner.summarize(verbose=False).attempted > 15
    assert report == []


def test_the_columns_that_fit_are_those_that_are_proven() -> None:
    """`python -m tests.tables.page` writes the section from the pairs that the tests run."""
    assert with_section(TEXT) == TEXT
