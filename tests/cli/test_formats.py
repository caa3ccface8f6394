"""`criteria filter` on JSON arrays and CSV: the same films, in the format that they came in."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import SCHEMA, run
from tests.cli.test_filter import FILMS, SELECTED

NAMES = [field["name"] for field in json.loads(Path("films.schema.json").read_text())["fields"]] if False else []
