"""The options that say how data are read. A command receives those that it has as one value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import click

from criteria.cli.arguments import FormatChoice
from criteria.cli.inputs.csv_options import csv_dialect, refuse_csv_options
from criteria.cli.inputs.pointer_option import names_at
from criteria.cli.inputs.time_zone_option import says_utc
from criteria.files.csv_dialect import CsvDialect
from criteria.files.formats import Format
from criteria.files.inputs import Inputs

format_option = click.option(
    "--format",
    "data_format",
    type=FormatChoice(Format),
    help="Format of the data. Default: by the suffix of the file names, or ndjson.",
)


class DataOptions(NamedTuple):
    """What the options say of how data are read; the fields are the parameters of the options."""

    data_format: Format | None = None
    at: str | None = None
    time_zone: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    null: tuple[str, ...] = ()
    no_header: bool = False
    skip_lines: int | None = None
    decimal_comma: bool = False

    def given(self) -> Mapping[str, object]:
        """The values of the options that are given."""
        defaults = self._field_defaults
        return {_option(name): value for name, value in self._asdict().items() if value != defaults[name]}

    def arguments(self) -> Iterator[str]:
        """The options that are given, as another command takes them."""
        for option, value in self.given().items():
            if value is True:
                yield option
                continue
            for one in value if isinstance(value, tuple) else (value,):
                yield from (option, one.value if isinstance(one, Format) else str(one))

    def csv(self) -> CsvDialect:
        """The dialect of CSV. A wrong one is a usage error."""
        return csv_dialect(
            self.delimiter, self.encoding, self.null, self.no_header, self.skip_lines, self.decimal_comma
        )

    def reading(self, inputs: Inputs, schema: str | None = None) -> Reading:
        """How these files are read. Options that do not belong to their format, or that a schema replaces, are a usage
        error."""
        inputs = inputs._replace(at=names_at(self.at, inputs.format))
        dialect = self.csv()
        refuse_csv_options(dialect, inputs.format)
        is_utc = says_utc(self.time_zone, inputs.format)
        if is_utc and schema is not None:
            message = 'Use the schema instead: declare a dateTime with "timeZone": "UTC".'
            raise click.BadParameter(message, param_hint="--time-zone")
        return Reading(inputs, dialect, is_utc)


class Reading(NamedTuple):
    """Files, and how they are read. `is_utc` says that times without a zone are in UTC."""

    inputs: Inputs
    csv: CsvDialect
    is_utc: bool


def _option(name: str) -> str:
    return "--format" if name == "data_format" else f"--{name.replace('_', '-')}"
