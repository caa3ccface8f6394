"""CSV is read block by block, and blocks of plain rows at once: what is selected does not depend on where blocks
end."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from criteria.files import records
from tests.cli.running import Outcome, run
from tests.conftest import capped

FIELDS = {"a": "integer", "b": "double", "c": "string", "d": "date"}
QUERIES = (
    '{"a": {"$gt": 1}, "b": {"$lt": 3}, "c": "x"}', '{"NOT": {"b": {"$gte": 1.5}}}', '{"c": {"$contains": "é"}}',
    '{"a": null}', '{"OR": [{"d": {"$gt": "2024-01-01"}}, {"c": {"$ne": "x"}}]}', "{}",
)  # fmt: skip

_CELLS = {
    "a": ["1", "2", "", "-7", "1.0", "x"], "b": ["1.5", "", "3", "2e0", "NA"],
    "c": ["x", "é", "", '"x"', '"x,y"', '"a\nb"'],
    "d": ["2024-01-31", "", "soon"],
}  # fmt: skip
_ROWS = st.tuples(*(st.sampled_from(cells[:3]) for cells in _CELLS.values())).map(",".join)
_ODD_ROWS = st.tuples(*(st.sampled_from(cells) for cells in _CELLS.values())).map(",".join)
_BROKEN = st.sampled_from(["", "1,2", "1,2,x", "1,2,x,2024-01-31,5", '1,"2,x,', "\0", "1,1.5,x,2024-01-31\r"])
_LINES = st.lists(st.one_of(_ROWS, _ROWS, _ROWS, _ODD_ROWS, _BROKEN), max_size=12)


def outcome(path: Path, schema: Path, query: str, chunk: int, *options: str) -> Outcome:
    """A run that reads the file in chunks of this size."""
    with patch.object(records, "CHUNK", chunk):
        return run("filter", query, str(path), "--schema", str(schema), *options)


@settings(max_examples=capped(60), deadline=None)
@given(
    _LINES, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.sampled_from(QUERIES), st.integers(20, 80),
    st.sampled_from([("--count",), (), ("--to", "json"), ("--limit", "2"), ("--select", "c,a")]),
    st.sampled_from([("--on-error", "report"), ()]),
)  # fmt: skip
@example(["1,2,x", "1,2,x,2024-01-31,5"] * 4, "\n", True, QUERIES[0], 60, ("--count",), ("--on-error", "report"))
def test_where_blocks_end_changes_nothing(
    lines: list[str], end: str, is_ended: bool, query: str, chunk: int, output: tuple[str, ...], policy: tuple[str, ...]
) -> None:
    """The rows of a block that are read at once are those that are read one by one, and so are their faults."""
    with TemporaryDirectory() as folder:
        path, schema = Path(folder, "data.csv"), Path(folder, "schema.json")
        fields = [{"name": name, "fieldType": kind} for name, kind in FIELDS.items()]
        schema.write_text(json.dumps({"name": "t", "systemProperties": False, "fields": fields}))
        path.write_bytes(end.join([",".join(FIELDS), *lines, *[""] * is_ended]).encode())
        whole = outcome(path, schema, query, 1 << 16, *output, *policy)
        assert outcome(path, schema, query, chunk, *output, *policy) == whole


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize("delimiter", [",", "\t", "¦"])
def test_many_plain_rows(tmp_path: Path, width: int, delimiter: str, end: str) -> None:
    """Blocks of plain rows have the same records and texts as the first block, which is read with the header."""
    names = [f"c{at}" for at in range(width)]
    rows = [[str(at + place) if (at + place) % 5 else "" for place in range(width)] for at in range(400)]
    path, schema = tmp_path / "data.csv", tmp_path / "schema.json"
    fields = [{"name": name, "fieldType": "integer"} for name in names]
    schema.write_text(json.dumps({"name": "t", "systemProperties": False, "fields": fields}))
    path.write_text(end.join([delimiter.join(names), *map(delimiter.join, rows)]) + end, "utf-8", newline="")
    chosen = [row for row in rows if row[0] and int(row[0]) > 300]
    for chunk in (100, 1 << 16):
        found = outcome(path, schema, '{"c0": {"$gt": 300}}', chunk, "--delimiter", delimiter)
        assert (found.code, found.err) == (0, "")
        assert found.text == "".join(delimiter.join(row) + end for row in [names, *chosen])
        found = outcome(path, schema, '{"c0": null}', chunk, "--delimiter", delimiter, "--to", "ndjson")
        assert [json.loads(line) for line in found.text.splitlines()] == [
            {name: int(cell) if cell else None for name, cell in zip(names, row, strict=True)}
            for row in rows
            if not row[0]
        ]
