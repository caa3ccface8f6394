"""Files know no command line: the command line has words for each kind of fault."""

from __future__ import annotations

import re
from pathlib import Path

import criteria
from criteria.cli.reports.file_faults import WORDINGS
from criteria.files.faults import FaultKind

FILES = Path(criteria.__file__).parent / "files"


def test_every_kind_has_words() -> None:
    """A new kind of fault has to be worded."""
    assert set(WORDINGS) == set(FaultKind)


def test_no_option_is_named_by_the_modules_of_files() -> None:
    """Options are named by the command line alone."""
    found = [
        (path.name, line)
        for path in FILES.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"(?<![-\w])--[a-z]", line)
    ]
    assert found == []
