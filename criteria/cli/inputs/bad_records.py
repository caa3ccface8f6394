"""Records that cannot be read: the policies of `--on-error`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import click
from click.exceptions import Exit

from criteria import CriteriaError
from criteria.cli.reports.file_faults import source_of, worded
from criteria.cli.reports.problems import show
from criteria.files.faults import FaultKind, FileFault


class OnError(str, Enum):
    """What to do with a bad record."""

    STOP = "stop"
    SKIP = "skip"
    REPORT = "report"


@dataclass(slots=True)
class BadRecords:
    """Counts the records that were left out. Their number is always reported at the end."""

    policy: OnError
    count: int = 0

    def take(self, fault: CriteriaError) -> None:
        """Skips a record, or raises its fault."""
        if self.policy is OnError.STOP:
            raise fault
        self.count += 1
        if self.policy is OnError.REPORT:
            is_ragged = isinstance(fault, FileFault) and fault.kind is FaultKind.RAGGED_ROW
            problems = fault.problems if is_ragged else worded(fault)  # whose hint is --on-error, which was given
            show(source_of(fault), problems, err=True)

    def finish(self) -> None:
        """Reports how many records were left out. Raises `Exit` with 1 if they were reported as problems."""
        if self.count:
            records = "1 bad record was" if self.count == 1 else f"{self.count} bad records were"
            click.echo(f"criteria: {records} left out", err=True)
            if self.policy is OnError.REPORT:
                raise Exit(1)
