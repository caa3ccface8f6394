"""`criteria fmt`: files are written anew, listed or compared, and nothing else happens to them."""

from __future__ import annotations

import os
import random
import stat
import time
from pathlib import Path

import pytest

from criteria.files.atomic_write import replacing
from tests.cli.running import EXAMPLES, program, run
from tests.cli.test_program import posix

UGLY = '{"year":{"$gte":1950},\n"title":"\\u00e9"}'
LAID_OUT = '{"year": {"$gte": 1950}, "title": "é"}\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a file that changes, one that does not, one in YAML and one that is broken; the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ugly.json").write_text(UGLY, encoding="utf-8")
    (tmp_path / "fine.json").write_text(LAID_OUT, encoding="utf-8")
    (tmp_path / "ugly.yaml").write_text("year:\n    $gte: 1950   # old\n", encoding="utf-8")
    return tmp_path


def test_the_example_queries_are_laid_out() -> None:
    """The queries of the examples have the layout already."""
    outcome = run("fmt", "--check")
    assert (outcome.code, outcome.out, outcome.err) == (0, b"", "8 files, none would change\n")


def test_files_are_written_anew_and_listed(folder: Path) -> None:
    """Files that change are written and listed; a second time nothing changes."""
    outcome = run("fmt", ".")
    assert (outcome.code, outcome.text, outcome.err) == (0, "ugly.json\nugly.yaml\n", "3 files, 2 changed\n")
    assert (folder / "ugly.json").read_bytes() == LAID_OUT.encode()
    assert (folder / "ugly.yaml").read_text() == "year:\n  $gte: 1950  # old\n"
    assert run("fmt", ".").err == "3 files, none changed\n"
    assert sorted(path.name for path in folder.iterdir()) == ["fine.json", "ugly.json", "ugly.yaml"]


@pytest.mark.parametrize("name", ["ugly.json", "ugly.yaml"])
def test_line_ends_of_windows_stay(folder: Path, name: str) -> None:
    """A file whose lines all end with CR and LF keeps that. Of mixed line ends LF stays."""
    path = folder / name
    layout = "\n".join(["{", '  "OR": [', *(f'    {{"title": "{"x" * 60}{n}"}},' for n in range(2))])
    source = f'{layout}\n    {{"year": 1999}}\n  ]\n}}\n' if name.endswith("json") else "year:\n    $gte: 1950\n"
    path.write_bytes(source.replace("\n", "\r\n").encode())
    assert run("fmt", name).code == 0
    written = path.read_bytes()
    assert written.count(b"\n") == written.count(b"\r\n") > 0
    assert run("fmt", name, "--check").code == 0
    path.write_bytes(written.replace(b"\r\n", b"\n", 1))
    assert run("fmt", name).code == 0
    assert path.read_bytes() == written.replace(b"\r\n", b"\n")


def test_check_lists_and_writes_nothing(folder: Path) -> None:
    """--check is exit code 1 and lists what would change."""
    outcome = run("fmt", ".", "--check")
    assert (outcome.code, outcome.text, outcome.err) == (1, "ugly.json\nugly.yaml\n", "3 files, 2 would change\n")
    assert (folder / "ugly.json").read_text(encoding="utf-8") == UGLY


def test_diff_prints_and_writes_nothing(folder: Path) -> None:
    """--diff is exit code 1 and prints what would change, also that a last line feed is missing."""
    outcome = run("fmt", "ugly.json", "fine.json", "--diff")
    assert outcome.code == 1
    assert outcome.text.splitlines() == [
        "--- ugly.json",
        "+++ ugly.json",
        "@@ -1,2 +1 @@",
        '-{"year":{"$gte":1950},',
        '-"title":"\\u00e9"}',
        "\\ No newline at end of file",
        '+{"year": {"$gte": 1950}, "title": "é"}',
    ]
    assert (folder / "ugly.json").read_text(encoding="utf-8") == UGLY


@pytest.mark.parametrize(("digits", "is_shown"), [(9_000, True), (400_000, False)])
def test_a_difference_has_no_endless_lines(folder: Path, digits: int, is_shown: bool) -> None:
    """A file with a line that nobody can read is named on standard error, and the others are shown."""
    Path("long.json").write_text(f'{{"a":{"9" * digits}}}')
    outcome = run("fmt", "long.json", "ugly.json", "--diff")
    assert outcome.code == 1
    assert ("+++ long.json" in outcome.text) == is_shown
    assert ("long.json: would change, with lines of more than 10,000 characters" in outcome.err) != is_shown
    assert "+++ ugly.json" in outcome.text
    assert len(outcome.text) < 30_000
    assert outcome.err.endswith("2 files, 2 would change\n")


@pytest.mark.parametrize("shape", ["random lines", "growing blocks", "unlike lines"])
def test_a_difference_of_many_equal_lines_is_not_looked_for(folder: Path, shape: str) -> None:
    """Comparing each line with all its equals takes time that grows with the square of them, or more."""
    drawn = random.Random(1)  # noqa: S311  # the same lines each time
    lines: list[str] = []
    if shape == "random lines":
        lines = [f"{' ' * drawn.randrange(2, 4)}{drawn.randrange(101)}" for _ in range(40_000)]
    elif shape == "growing blocks":
        for length in range(280, 0, -1):
            lines += [*(f"  {drawn.randrange(101)}" for _ in range(length)), f"   {drawn.randrange(101)}"]
    else:
        lines = [f"{'   ' if number % 9 == 0 else '  '}{number * 7}" for number in range(40_000)]
    Path("many.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
    before = time.process_time()
    outcome = run("fmt", "many.json", "ugly.json", "--diff")
    assert time.process_time() - before < 15
    assert outcome.code == 1
    assert "many.json: would change, in more lines than can be compared" in outcome.err
    assert "+++ many.json" not in outcome.text
    assert "+++ ugly.json" in outcome.text


def test_a_difference_of_many_lines_is_shown(folder: Path) -> None:
    """Of a large file, too, if few lines are equal or little changes."""
    lines = [f"  {number * 7}" for number in range(40_000)]
    lines[20_000] = f" {lines[20_000]}"
    Path("many.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
    outcome = run("fmt", "many.json", "--diff")
    assert outcome.code == 1
    assert "-   140000," in outcome.text
    assert "+  140000," in outcome.text


def test_a_file_that_is_not_json_is_left_unchanged(folder: Path) -> None:
    """A broken file is shown with its place on standard error and not touched; the others are formatted."""
    (folder / "broken.json").write_text('{"a": 1,}')
    outcome = run("fmt", ".")
    assert (outcome.code, outcome.text) == (1, "ugly.json\nugly.yaml\n")
    assert outcome.err.startswith("broken.json:1:8: invalid_json: ")
    assert outcome.err.endswith("4 files, 2 changed, 1 refused\n")
    assert (folder / "broken.json").read_text() == '{"a": 1,}'


def test_a_query_that_its_schema_refuses_is_formatted(folder: Path) -> None:
    """Only what is no JSON has no layout: unknown fields and operators are none of its business."""
    (folder / "wrong.json").write_text('{"yaer":{"$gtt":[ ]}}')
    assert run("fmt", "wrong.json").code == 0
    assert (folder / "wrong.json").read_text() == '{"yaer": {"$gtt": []}}\n'


def test_standard_input_goes_to_standard_output() -> None:
    """The layout of standard input is printed, in the format that its name says, and nothing when it is broken."""
    assert program("fmt", "-", data=UGLY.encode()).out == LAID_OUT.encode()
    assert run("fmt", "-", "--stdin-filename", "a.yaml", data=b"a:   1 # c").out == b"a: 1  # c\n"
    broken = run("fmt", "-", data=b"{")
    assert (broken.code, broken.out) == (1, b"")
    assert (run("fmt", "-", "--check", data=b"{ }").code, run("fmt", "-", "--check", data=b"{}\n").code) == (1, 0)


def test_the_length_of_lines(folder: Path) -> None:
    """--line-length overrides the configuration, which overrides the default."""
    (folder / "q").mkdir()
    for path in ("q/a.json", "b.json"):
        (folder / path).write_text('{"year": {"$gte": 1950}, "title": "x"}\n')
    (folder / "q" / "criteria.toml").write_text("line-length = 30\n")
    assert run("fmt", "q/a.json", "b.json", "--check").text == "q/a.json\n"
    assert run("fmt", "q/a.json", "b.json", "--check", "--line-length", "30").text == "q/a.json\nb.json\n"
    assert run("fmt", "q/a.json", "b.json", "--check", "--line-length", "100").text == ""
    assert run("fmt", "b.json", "--line-length", "5").code == 2


@posix
def test_mode_and_links_stay(folder: Path) -> None:
    """A file keeps its mode, and a link is still one: its target is what is written."""
    target = folder / "ugly.json"
    target.chmod(0o640)
    (folder / "link.json").symlink_to("ugly.json")
    assert run("fmt", "link.json").code == 0
    assert (folder / "link.json").is_symlink()
    assert target.read_bytes() == LAID_OUT.encode()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_file_that_cannot_be_replaced_is_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the last step fails the old content is there, and no other file is beside it."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"), replacing("ugly.json") as beside:
        beside.write_bytes(LAID_OUT.encode())
    assert (folder / "ugly.json").read_text(encoding="utf-8") == UGLY
    assert sorted(path.name for path in folder.iterdir()) == ["fine.json", "ugly.json", "ugly.yaml"]


def test_a_text_longer_than_the_limit(folder: Path) -> None:
    """What no query may be is not formatted either: it is not even read as a whole."""
    (folder / "long.json").write_text('{"a": "' + "x" * (1 << 20) + '"}')
    outcome = run("fmt", "long.json")
    assert outcome.code == 1
    assert outcome.err.startswith("long.json: too_long: ")
    assert (folder / "long.json").stat().st_size > 1 << 20


def test_examples_are_found_by_their_configuration() -> None:
    """In the folder of the examples fmt and check are about the same files."""
    assert run("fmt", "--check").err.startswith("8 files, ")
    assert run("check").err.startswith("8 files checked, ")
    assert (EXAMPLES / "criteria.toml").is_file()


def test_a_file_that_formatting_would_make_too_long_is_left(folder: Path) -> None:
    """Indents may make a megabyte of nested lists longer than criteria may be: the file stays, and is accepted."""
    text = '{"AND":[' * 14 + ",".join(['{"OR":[' + ",".join(['{"year":1950}'] * 9) + "]}"] * 110) + "]}" * 14 + "\n"
    path = folder / "nested.json"
    path.write_text(text, encoding="utf-8")
    longer = "[" + ",".join(["[" * 60 + "]" * 60] * 8000) + "]"
    (folder / "lists.json").write_text(longer, encoding="utf-8")
    outcome = run("fmt", "lists.json")
    assert outcome.code == 1
    assert "too_long: Formatted, the criteria would be longer than criteria may be." in outcome.err
    assert (folder / "lists.json").read_text(encoding="utf-8") == longer
    assert run("fmt", "nested.json").code == 0
    assert run("check", "nested.json", "--schema", str(EXAMPLES / "films.schema.json")).code == 0
