"""Records of thousands of names take time that grows with their number."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from criteria.files.columns import RecordColumns
from tests.cli.running import run

_INSIDE = {f"name{number}": number for number in range(4000)}
_HEADER = ",".join(f"a.{name}" for name in _INSIDE)
_CELLS = ",".join(map(str, _INSIDE.values()))
_CSV = f"{_HEADER}\n{_CELLS}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the records, as the current one."""
    monkeypatch.chdir(tmp_path)
    Path("inside.ndjson").write_text(json.dumps({"a": _INSIDE}) + "\n")
    Path("inside.csv").write_text(_CSV)
    Path("wide.ndjson").write_text(json.dumps({f"c{number}": number for number in range(10_000)}) + "\n")


def test_an_object_of_many_names_becomes_columns_of_csv() -> None:
    begin = process_time()
    result = run("filter", "{}", "inside.ndjson", "--to", "csv")
    assert result.out.decode() == _CSV
    assert process_time() - begin < 9  # it took twenty


def test_columns_of_csv_become_an_object_of_many_names() -> None:
    begin = process_time()
    result = run("filter", "{}", "inside.csv", "--to", "ndjson")
    assert json.loads(result.out) == {"a": _INSIDE}
    assert process_time() - begin < 9


def test_wide_and_narrow_objects_inside_each_other_keep_their_columns() -> None:
    wide = {f"w{number}": number for number in range(20)}
    records = [{"0": 1, "o": {"x": {**wide, "in": {**wide, "l": [1]}, "2": None}}, "1": {"y": 2}}, {"o": None}]
    Path("mixed.ndjson").write_text("".join(json.dumps(one) + "\n" for one in records))
    written = run("filter", "{}", "mixed.ndjson", "--to", "csv").out.decode().splitlines()
    inner = [f"w{number}" for number in range(20)]
    names = [f"o.x.{name}" for name in inner] + [f"o.x.in.{name}" for name in (*inner, "l")]
    assert written[0].split(",") == ["0", *names, "o.x.2", "1.y"]
    values = ",".join(map(str, range(20)))
    assert written[1] == f"1,{values},{values},[1],,2"
    assert not written[2].strip(",")


def test_a_table_has_no_two_columns_of_one_name(tmp_path: Path) -> None:
    """Of a member with a dot in its name and a member of an object, one would be left out."""
    (tmp_path / "in.ndjson").write_text('{"a.b": 1, "a": {"b": 2}}\n', encoding="utf-8")
    for shown in ("table", "csv"):
        result = run("filter", "{}", str(tmp_path / "in.ndjson"), "--to", shown)
        assert (result.code, 'would be named "a.b"' in result.err) == (1, True)


@pytest.mark.parametrize("turn", [1, -1])
def test_a_table_has_no_two_columns_of_one_name_in_different_records(turn: int) -> None:
    """A member with a dot in its name and a member of an object would be one column, as if they were the same."""
    lines = ['{"a": {"b": 1}, "c": 1}\n', '{"c": 2}\n', '{"a.b": 2}\n'][::turn]
    Path("in.ndjson").write_text("".join(lines), encoding="utf-8")
    for shown in ("table", "csv"):
        result = run("filter", "{}", "in.ndjson", "--to", shown)
        assert (result.code, result.out, 'would be named "a.b"' in result.err) == (1, b"", True)
    Path("in.ndjson").write_text("".join(line for line in lines if "a.b" not in line) * 2, encoding="utf-8")
    assert run("filter", "{}", "in.ndjson", "--to", "table").code == 0


def test_a_table_shows_a_thousand_columns() -> None:
    begin = process_time()
    result = run("filter", "{}", "wide.ndjson", "--to", "table")
    head, types, cells, more, _ = result.out.decode().splitlines()
    assert head.split() == [f"c{number}" for number in range(1000)]
    assert set(types.split()) == {"integer"}
    assert cells.split() == [*map(str, range(1000))]
    assert more.startswith("9000 more columns: c1000, c1001, ")
    assert process_time() - begin < 4  # it took six


@pytest.mark.parametrize("inside", [False, True])
def test_records_with_names_of_their_own_become_no_columns(inside: bool) -> None:
    """Ten thousand records of one member each have a hundred million cells, nearly all of them empty."""
    records = [{f"n{number}": 1} for number in range(10_000)]
    lines = [json.dumps({"a": one} if inside else one) + "\n" for one in records]
    Path("own.ndjson").write_text("".join(lines))
    for target in ("own.csv", "own.parquet"):
        result = run("filter", "{}", "own.ndjson", "-o", target)
        assert (result.code, "nearly all cells would be empty" in result.err) == (1, True)
    chosen = "a.n0" if inside else "n0"
    assert run("filter", "{}", "own.ndjson", "--select", chosen, "-o", "own.csv").code == 0
    Path("own.ndjson").write_text("".join(lines[:1000]))
    result = run("filter", "{}", "own.ndjson", "--to", "csv")
    assert (result.code, len(result.out.splitlines())) == (0, 1001)


_OWN_NAMES: dict[str, Callable[[str], Any]] = {
    "a list": lambda name: {"o": [{name: 1}]},
    "a list of lists": lambda name: {"o": [[], [{name: 1}, None]]},
    "a list in an object in a list": lambda name: {"o": [{"p": {"q": [{name: 1}]}}]},
    "objects in an object": lambda name: {"o": {name: {"v": 1}}},
    "lists in an object": lambda name: {"o": {name: [1]}},
}


@pytest.mark.parametrize("place", _OWN_NAMES)
def test_objects_with_names_of_their_own_become_no_columns(place: str) -> None:
    """In lists too, where each element has a cell for each name. The message tells the bound."""
    records = [_OWN_NAMES[place](f"n{number}") for number in range(3000)]
    lines = [json.dumps(one) + "\n" for one in records]
    Path("own.ndjson").write_text("".join(lines))
    for target in ("own.csv", "own.parquet"):
        result = run("filter", "{}", "own.ndjson", "-o", target)
        assert (result.code, Path(target).exists()) == (1, False)
        assert re.search(r"cells for [\d,]+ values, where 5,\d{3},\d{3} are the maximum", result.err)
    Path("own.ndjson").write_text("".join(lines[:300]))
    assert run("filter", "{}", "own.ndjson", "-o", "own.parquet").code == 0
    assert run("filter", "{}", "own.parquet", "--to", "ndjson").out.count(b"\n") == 300


def test_one_list_of_objects_with_names_of_their_own_becomes_no_columns() -> None:
    """What counts are the elements of lists, however few the records are."""
    Path("own.ndjson").write_text(json.dumps({"o": [{f"n{number}": 1} for number in range(3000)]}) + "\n")
    result = run("filter", "{}", "own.ndjson", "--to", "csv")
    assert (result.code, "The records have 3,001 different names" in result.err) == (1, True)


@pytest.mark.parametrize("target", ["csv", "parquet"])
def test_lists_of_objects_of_many_names_become_columns_in_time(target: str) -> None:
    """Below the bound, each object of a list has cells for 2,000 names."""
    Path("own.ndjson").write_text("".join(json.dumps({"o": [{f"n{number}": 1}]}) + "\n" for number in range(2000)))
    begin = process_time()
    assert run("filter", "{}", "own.ndjson", "-o", f"own.{target}").code == 0
    assert process_time() - begin < 15  # it took half a minute


def test_objects_and_lists_inside_each_other_keep_what_is_empty() -> None:
    """Null, an empty list, a list with null and an object without members are four things."""
    inner: list[Any] = [None, [], [None], [{}], [{"b": 1}, None, {"c": [{}, None, {"d": "x"}]}], [{"b": None, "c": []}]]
    records: list[dict[str, Any]] = [{"o": {"l": one}, "m": [one, []], "e": {}, "f": [{}]} for one in inner]
    columns = RecordColumns(None, are_typed=False)
    records = [columns.typed(one, 1) for one in [*records, {"o": None, "m": []}, {"o": {}}, {}]]
    [frame] = columns.frames(records, columns.schema())
    objects = [None, [], [None], [_full()], [_full(b=1), None, _full(c=[{"d": None}, None, {"d": "x"}])], [_full(c=[])]]
    assert frame["o"].to_list() == [*({"l": one} for one in objects), None, {"l": None}, None]
    assert frame["m"].to_list() == [*([one, []] for one in objects), [], None, None]
    assert frame["e"].to_list() == [None] * 9
    assert frame["f"].to_list() == [*([[None]] * 6), None, None, None]


def _full(**members: Any) -> dict[str, Any]:
    return {"b": None, "c": None, **members}


def test_full_records_of_many_names_become_columns() -> None:
    """Many columns are no reason for a refusal."""
    line = json.dumps({f"c{number}": number for number in range(30_000)}) + "\n"
    Path("full.ndjson").write_text(line * 20)
    written = run("filter", "{}", "full.ndjson", "--to", "csv").out.decode().splitlines()
    assert [len(one.split(",")) for one in written] == [30_000] * 21
