"""The command that runs the whole language on every engine."""

from __future__ import annotations

import pytest

from tests import agreement_run


def test_a_batch_is_drawn_again_by_its_seed(capsys: pytest.CaptureFixture[str]) -> None:
    """The line of a batch has its seed and the number of cases so far."""
    assert agreement_run.main(["--seed", "5", "--cases", "4", "--engines", "python"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "on python"
    assert lines[1].startswith("seed 5: ")


def test_a_difference_ends_the_run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The seed of its batch is printed, and Hypothesis shows the smallest case."""
    monkeypatch.setattr(agreement_run, "differences", lambda *arguments: ["another answer"])
    with pytest.raises(AssertionError):
        agreement_run.main(["--seed", "5", "--cases", "4", "--engines", "python"])
    assert "seed 5: an engine gave another answer, after 0 cases" in capsys.readouterr().out
