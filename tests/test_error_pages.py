"""docs/errors.md: a section for each code, whose examples are refused with that code, and accepted as repaired."""

from __future__ import annotations

import doctest
import re
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import criteria
from criteria import CriteriaError
from criteria.errors import CODES

PAGE = (Path(__file__).parents[1] / "docs" / "errors.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))


def session() -> dict[str, Any]:
    """The names that the page's interactive examples define; all of them print what the page shows."""
    blocks = re.findall(r"^```pycon\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "errors", "errors.md", 0)
    runner = doctest.DocTestRunner()
    runner.run(test, clear_globs=False)
    assert runner.failures == 0
    return test.globs


def test_the_interactive_examples_do_what_they_show() -> None:
    """The examples, run one after the other, print what is shown below them."""
    assert session()["films"].name == "film"


def test_each_code_has_a_section() -> None:
    """The sections are those of the codes, in their order, and the table has the meaning of each."""
    assert list(SECTIONS) == list(CODES)
    assert dict(re.findall(r"^\| \[`(\w+)`\]\(#\1\) \| (.*) \|$", PAGE, re.MULTILINE)) == CODES


@pytest.mark.parametrize("code", [code for code, section in SECTIONS.items() if "Traceback" in section])
def test_a_traceback_shows_the_code(code: str) -> None:
    """What is refused in the section of a code is refused with this code."""
    shown = re.findall(r"^criteria\.[\w.]+Error: .*$", SECTIONS[code], re.MULTILINE)
    assert shown
    assert all(line.endswith(f"[{code}]") for line in shown)


@pytest.mark.parametrize("code", [code for code, section in SECTIONS.items() if "```json" in section])
def test_queries(code: str) -> None:
    """The refused query of a section gives the message that is shown, with its code; the accepted one is accepted."""
    films = session()["films"]
    blocks = re.findall(r"^```(?:json|text)\n(.*?)\n```$", SECTIONS[code], re.MULTILINE | re.DOTALL)
    for wrong, message, right in zip(*(islice(blocks, start, None, 3) for start in range(3)), strict=True):
        with pytest.raises(CriteriaError) as refused:
            criteria.parse(wrong, films)
        assert [one.code for one in refused.value.problems] == [code]
        assert str(refused.value) == message
        criteria.parse(right, films)
