"""What the page about frames shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

from tests.frames.conftest import Frames
from tests.frames.kinds import QUICK
from tests.site.pages import failed_sessions

PAGE = (Path(__file__).parents[2] / "docs" / "frames.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_examples_do_what_they_show(frames: Frames) -> None:
    """The interactive examples, run one after the other, print what is shown below them."""
    for kind in QUICK:
        frames.need(kind)
    attempted, report = failed_sessions("docs/frames.md")
    assert attempted > 15
    assert report == []


def test_every_block_is_an_example_or_compiles() -> None:
    """Blocks that need servers are valid Python; there are no others."""
    for block in blocks("python"):
        compile(block, "frames.md", "exec")
    fences = re.findall(r"^```", PAGE, re.MULTILINE)
    assert len(fences) == 2 * (len(blocks("pycon")) + len(blocks("python")))
