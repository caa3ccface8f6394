"""The option that says in which time zone times without one are."""

from __future__ import annotations

import click

from criteria.files.formats import Format

time_zone_option = click.option(
    "--time-zone",
    metavar="UTC",
    help="Read times without a time zone in CSV, Parquet and Arrow as UTC. No other zone is accepted.",
)


def says_utc(time_zone: str | None, data_format: Format) -> bool:
    """Whether times without a zone are in UTC. A usage error for another zone, and for JSON, where instants have
    offsets."""
    if time_zone is None:
        return False
    check_utc(time_zone)
    if data_format in (Format.NDJSON, Format.JSON):
        message = f"Times in {data_format.value} data are instants only with an offset, such as 2024-01-31T09:30:00Z."
        raise click.BadParameter(message, param_hint="--time-zone")
    return True


def check_utc(time_zone: str | None) -> None:
    """A usage error for another zone than UTC: its times repeat when clocks change."""
    if time_zone not in (None, "UTC"):
        raise click.BadParameter("UTC is the only time zone that can be named.", param_hint="--time-zone")
