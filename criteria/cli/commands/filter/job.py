"""The arguments of `criteria filter`."""

from __future__ import annotations

from dataclasses import dataclass, field

from criteria import Problem, Schema, Search
from criteria.cli.commands.filter.destination import Destination
from criteria.cli.inputs.bad_records import BadRecords
from criteria.files.csv_dialect import CsvDialect
from criteria.files.inputs import Inputs
from criteria.values.loading import Lookups


@dataclass(frozen=True, slots=True)
class Job:
    """Files to filter, and what to do with the selected records."""

    inputs: Inputs
    search: Search
    schema: Schema | None
    engine: str
    destination: Destination
    bad: BadRecords
    is_count: bool
    csv: CsvDialect
    members: tuple[str, ...] | None = None
    """What is written of each record; None: all of it."""
    is_nothing_told: bool = False
    """Whether the exit code says that nothing was selected."""
    tells_cursors: bool = False
    """Whether the cursors of the page are printed."""
    lookups: Lookups = field(default_factory=dict)
    """What finds the objects that references lead to."""
    is_utc: bool = False
    """Whether times without a zone are in UTC, without a schema."""
    cursors: dict[str, str] = field(default_factory=dict)
    """The cursors of the page by the option that takes them."""
    unseen: list[Problem] = field(default_factory=list)
    """What the query names and no record has."""
    notes: list[str] = field(default_factory=list)
    """What is to be said of comparisons."""
