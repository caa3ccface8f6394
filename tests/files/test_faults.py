"""Files know no command line: the command line has words for each kind of fault."""

from __future__ import annotations

import re
from pathlib import Path

import criteria
from criteria.cli.reports.file_faults import WORDINGS
from criteria.files.engine_errors import unreadable
from criteria.files.faults import DataFault, FaultKind
from criteria.files.formats import Format
from criteria.files.inputs import Inputs

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


def test_what_an_engine_says_is_cut(tmp_path: Path) -> None:
    """A message that repeats names of a damaged file is shown without the engine's own words, and cut. The words of
    each repetition were left out one by one, which took minutes."""
    path = tmp_path / "damaged.parquet"
    path.write_bytes(b"PAR1 damaged PAR1")
    for said in ("IO Error: " * 200_000 + "gone", "IO Error: gone" + " \n" * 200_000, "x" * 200_000):
        fault = unreadable(Inputs((str(path),), Format.PARQUET), RuntimeError(said))
        assert isinstance(fault, DataFault)
        (problem,) = fault.problems
        assert problem.code == "unreadable_file"
        assert len(problem.message) < 300
