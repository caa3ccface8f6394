"""What becomes of records that cannot be read: the policies of `--on-error`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import typer

from criteria import CriteriaError
from criteria.cli.reports.problems import InputError, Source, show
from criteria.files.faults import DataFault


class OnError(str, Enum):
    """What is done about a bad record."""

    STOP = "stop"
    SKIP = "skip"
    REPORT = "report"


@dataclass(slots=True)
class BadRecords:
    """The records that were left out. Whatever the policy says, how many they were is said in the end."""

    policy: OnError
    count: int = 0

    def take(self, fault: CriteriaError) -> None:
        """Leaves out a record, or raises its fault."""
        if self.policy is OnError.STOP:
            raise fault
        self.count += 1
        if self.policy is OnError.REPORT:
            show(source_of(fault), fault.problems, err=True)

    def finish(self) -> None:
        """Says how many records were left out. Raises `typer.Exit` with 1 when they were reported as problems."""
        if self.count:
            records = "1 bad record was" if self.count == 1 else f"{self.count} bad records were"
            typer.echo(f"criteria: {records} left out", err=True)
            if self.policy is OnError.REPORT:
                raise typer.Exit(1)


def source_of(fault: CriteriaError) -> Source:
    """Where a fault of data lies."""
    if isinstance(fault, DataFault):
        return Source(fault.name, fault.text, fault.first_line)
    return Source("criteria")


def as_input_error(fault: CriteriaError) -> InputError:
    """The fault as what ends a command."""
    return InputError(source_of(fault), fault.problems)
