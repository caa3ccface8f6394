"""`criteria filter` gives the same bytes, problems and exit codes with msgspec and without it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from criteria.files import decoded_together
from tests.cli.running import run
from tests.conftest import capped
from tests.files.test_json_array import arrays
from tests.files.test_ndjson import _HOSTILE, _LINES, _PIECES, _RECORDS

QUERIES = st.sampled_from(
    [{"n": 5}, {"NOT": {"n": 5}}, {"n": {"$gt": 5}}, {"n": None}, {"n": {"$lt": 0}}, {"n": "5"}, {"n.x": 5}, {},
     {"n": {"$contains": "}"}}, {"OR": [{"n.x": 0}, {"n": 5}]}, {"n.n": None, "m": None}, {"x.n": 5, "m": True},
     {"n": 9007199254740993}, {"n": {"$in": [5, "5", 0.1]}}]
)  # fmt: skip

_FIRST = json.dumps({"n": {"x": 0, "n": 0}, "m": 0, "x": {"n": 0}, "filler": "x" * (1 << 16)})
"""A record that has every name and fills a block: those after it may have attributes instead of keys."""

_SCHEMAS = st.sampled_from([None, None, "integer", "double", "decimal", "string", "dateTime"])


def outcome(path: Path, query: object, field_type: str | None, *options: str) -> tuple[int, str, str]:
    """What a run prints and how it ends."""
    schema = path.with_name("schema.json")
    if field_type is not None:
        fields = [{"name": name, "fieldType": field_type, "nullable": True} for name in ("n", "m")]
        schema.write_text(json.dumps({"name": "data", "systemProperties": False, "fields": fields}), encoding="utf-8")
        options = (*options, "--schema", str(schema))
    found = run("filter", json.dumps(query), str(path), *options)
    return found.code, found.text, found.err


@pytest.mark.heavy("two runs of the command line for each example")
@settings(max_examples=capped(150), deadline=None)
@given(
    st.one_of(arrays(), st.lists(st.one_of(_RECORDS, _RECORDS, _HOSTILE, _PIECES), max_size=6), _LINES),
    QUERIES,
    _SCHEMAS,
    st.sampled_from(["stop", "skip", "report"]),
    st.booleans(),
    st.sampled_from([(), ("--count",), ("--limit", "1"), ("--to", "ndjson"), ("--select", "n"), ("--to", "json")]),
)
@example(['{"n": 5}', '{"n": {"x": 5}}', '{"n": [{"x": 5}]}'], {"n.x": 5}, None, "stop", True, ())
@example(['{"n": 0.1}', '{"n": 0.1000000000000000000000001}'], {"n": {"$lte": 0.1}}, None, "stop", True, ("--count",))
@example(['{"m": 1}', '{"m": 2}'], {"n": 5}, None, "stop", False, ("--count",))
def test_the_same_with_and_without(
    data: str | list[str],
    query: object,
    field_type: str | None,
    on_error: str,
    is_second_block: bool,
    options: tuple[str, ...],
) -> None:
    """Lines and arrays of any content, good and bad, any query."""
    pytest.importorskip("msgspec", reason='pip install "criteria-engine[files]" (msgspec)')
    if field_type is not None:
        query = {"n": None} if not isinstance(query, dict) or any("." in name for name in query) else query
    with TemporaryDirectory() as folder:
        path = Path(folder, "data.json" if isinstance(data, str) else "data.ndjson")
        text = data if isinstance(data, str) else "\n".join(data)
        if is_second_block:
            text = text.replace("[", f"[{_FIRST}, ", 1) if isinstance(data, str) else f"{_FIRST}\n{text}"
        path.write_text(text, encoding="utf-8")
        with_it = outcome(path, query, field_type, "--on-error", on_error, *options)
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(sys.modules, "msgspec", None)
            without = outcome(path, query, field_type, "--on-error", on_error, *options)
        assert with_it == without


def test_msgspec_takes_over_after_the_first_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks that are decoded as a whole, and later ones of the same file that msgspec decodes partly."""
    monkeypatch.setattr(decoded_together, "_MIN_TEXT", 1 << 18)
    path = tmp_path / "data.ndjson"
    path.write_text(f'{_FIRST}\n{{"n": {{"x": 5}}}}\n' * 9, encoding="utf-8")
    assert outcome(path, {"n.x": 5}, None, "--count") == (0, "9\n", "")


def test_members_inside_objects_and_lists(tmp_path: Path) -> None:
    """A value that is an object in some records and a list or a number in others."""
    values = [{"x": 5}, [{"x": 5}, {"x": 6}], 5, None, {"x": [4, 5]}, {"y": 5}, "x"]
    path = tmp_path / "data.ndjson"
    path.write_text(f"{_FIRST}\n" + "".join(json.dumps({"n": value}) + "\n" for value in values * 3), encoding="utf-8")
    assert outcome(path, {"n.x": 5}, None, "--count") == (0, "9\n", "")


def test_values_that_cannot_be_compared(tmp_path: Path) -> None:
    """A chunk with values of other kinds is answered record by record."""
    path = tmp_path / "data.ndjson"
    values = [7, "7", None, True, [7, "a"], {"x": 7}, 7.5, [], 8]
    rows = "".join(json.dumps({"n": value, "m": value}) + "\n" for value in values)
    path.write_text(f"{_FIRST}\n{rows}", encoding="utf-8")
    query = {"n": {"$gt": 6}, "m": {"$lt": 8}}
    assert outcome(path, query, None, "--count") == (0, "3\n", "")
