"""`criteria check`: problems with their places, and exit codes that scripts can rely on."""

from __future__ import annotations

from pathlib import Path

import pytest

from criteria.cli.reports.problems import excerpt
from tests.cli.running import EXAMPLES, SCHEMA, run

QUERIES = sorted(f"queries/{path.name}" for path in (EXAMPLES / "queries").iterdir())


def test_the_example_queries_have_no_problems() -> None:
    """All example queries fit the schema: exit code 0, nothing on standard output, the sum on standard error."""
    outcome = run("check", *QUERIES, *SCHEMA)
    assert (outcome.code, outcome.out, outcome.err) == (0, b"", "8 files checked, no problems\n")


def test_a_problem_is_shown_with_place_line_underline_and_hint(tmp_path: Path) -> None:
    """A misspelt field is shown with file, line and column, its line, its name underlined, and the right name."""
    query = tmp_path / "typo.json"
    query.write_text('{"AND": [\n  {"title": "Skyfall"},\n  {"yaer": 2012}\n]}')
    outcome = run("check", str(query), *SCHEMA)
    assert outcome.code == 1
    assert outcome.text.splitlines() == [
        f'{query}:3:4: unknown_field: There is no field "yaer" in "film".',
        '      {"yaer": 2012}',
        "       ^^^^^^",
        '  Did you mean "year"?',
    ]
    assert outcome.err == "1 file checked, 1 problem\n"


def test_all_problems_of_all_files_are_shown_in_order(tmp_path: Path) -> None:
    """Every problem of every file is shown, in the order of the files and inside a file of the text."""
    (tmp_path / "a.json").write_text('{"yaer": 1, "title": 2}')
    (tmp_path / "b.json").write_text('{"rated": {"$in": [null]}}')
    outcome = run("check", str(tmp_path / "a.json"), QUERIES[0], str(tmp_path / "b.json"), *SCHEMA)
    places = [line.split(": ")[:2] for line in outcome.text.splitlines() if line.startswith(str(tmp_path))]
    assert places == [
        [f"{tmp_path}/a.json:1:2", "unknown_field"],
        [f"{tmp_path}/a.json:1:22", "type_mismatch"],
        [f"{tmp_path}/b.json:1:20", "null_in_list"],
    ]
    assert (outcome.code, outcome.err) == (1, "3 files checked, 3 problems\n")


def test_without_a_schema_only_the_structure_is_checked() -> None:
    """A field of any name passes when no schema is given, an unknown operator does not."""
    assert run("check", "-", data=b'{"yaer": 1999}').code == 0
    outcome = run("check", "-", data=b'{"year": {"$gtt": 1999}}')
    assert outcome.code == 1
    assert outcome.text.startswith("<stdin>:1:11: unknown_operator: ")


def test_strict_refuses_two_operators_on_a_field() -> None:
    """The one example query that leaves the formal definition is the one that --strict refuses."""
    outcome = run("check", *QUERIES, "--strict")
    assert outcome.code == 1
    assert outcome.text.startswith("queries/hits-2010-to-christmas-2012.json:3:56: not_strict: ")
    assert outcome.err == "8 files checked, 1 problem\n"


@pytest.mark.parametrize(
    ("line", "column", "below"),
    [
        ('{"ab": 1}', 8, "1"),
        ('\t{"a":\t1}', 8, "1"),
        ('{"日本語": 1}', 9, "1"),
        ('{"e\u0301\u0301": 1}', 9, "1"),
        ('{"a": "' + "x" * 500 + '", "b": 7, "c": "' + "y" * 500 + '"}', 516, "7"),
        ('{"a": "' + "x" * 500 + '", "b": 7}', 516, "7"),
        ('{"a": 7, "c": "' + "y" * 500 + '"}', 7, "7"),
    ],
    ids=["plain", "tabs", "wide", "combining", "middle", "end", "start"],
)
def test_the_caret_is_below_the_character(line: str, column: int, below: str) -> None:
    """The cells before the caret are those of the shown characters before the blamed one, and 106 are never passed."""
    shown, cells = excerpt(line, column)
    widths = [0 if ord(character) == 0x301 else 1 + (character in "日本語") for character in shown]
    reached = next(at for at in range(len(shown)) if sum(widths[: at + 1]) > cells)
    assert shown[reached] == below
    assert "\t" not in shown
    assert len(shown) <= 106


def test_a_fault_at_the_end_has_its_caret_behind_the_line() -> None:
    """A query that ends too early is blamed behind its last character."""
    outcome = run("check", "-", data=b'{"year": 1999')
    assert outcome.text.splitlines()[:3] == [
        "<stdin>:1:14: invalid_json: This is not JSON: the object that starts at 1:1 is not closed.",
        '    {"year": 1999',
        "                 ^",
    ]


def test_control_characters_do_not_reach_the_terminal() -> None:
    """An escape sequence in a query file is shown as a picture, so a file cannot steer the terminal."""
    outcome = run("check", "-", data=b'{"title": \x1b[31m1}')
    assert b"\x1b" not in outcome.out
    assert "\u241b[31m1" in outcome.text


def test_byte_order_mark_and_crlf_do_not_move_the_place() -> None:
    """Line and column are the same with a byte order mark and with Windows line ends as without."""
    plain = run("check", "-", *SCHEMA, data=b'{"yaer": 1,\n"title": 1}')
    windows = run("check", "-", *SCHEMA, data=b'\xef\xbb\xbf{"yaer": 1,\r\n"title": 1}')
    assert plain.text.startswith("<stdin>:1:2: unknown_field")
    assert "\n<stdin>:2:10: type_mismatch" in plain.text
    assert plain.out == windows.out


def test_bytes_that_are_not_utf8_are_a_problem_with_a_place() -> None:
    """A query in Latin-1 is refused at its first foreign byte."""
    outcome = run("check", "-", data='{"title":\n "é"}'.encode("latin-1"))
    assert outcome.code == 1
    assert outcome.text.startswith("<stdin>:2:3: invalid_json: ")


def test_a_query_longer_than_the_limit_is_refused(tmp_path: Path) -> None:
    """A file of two million characters is one problem, without a line to show."""
    query = tmp_path / "long.json"
    query.write_text('{"title": "' + "x" * 2_000_000 + '"}')
    outcome = run("check", str(query))
    assert (outcome.code, len(outcome.text.splitlines())) == (1, 1)
    assert outcome.text.startswith(f"{query}: too_long: ")


def test_a_file_that_cannot_be_read_is_a_usage_error() -> None:
    """A missing file is exit code 2, is named on standard error, and keeps the others unchecked."""
    outcome = run("check", QUERIES[0], "nosuch.json")
    assert (outcome.code, outcome.out) == (2, b"")
    assert "nosuch.json: " in outcome.err
    assert "checked" not in outcome.err


def test_standard_input_is_read_once() -> None:
    """Naming standard input twice is a usage error: the second reading would find nothing."""
    outcome = run("check", "-", "-", data=b"{}")
    assert outcome.code == 2
    assert "Only one input" in outcome.err


def test_a_broken_schema_is_a_usage_error_with_its_own_problems(tmp_path: Path) -> None:
    """A wrong schema is exit code 2, and its problems are shown as those of queries are."""
    schema = tmp_path / "schema.json"
    schema.write_text('{"name": "film", "fields": [\n  {"name": "year", "fieldType": "intger"}]}')
    outcome = run("check", QUERIES[0], "--schema", str(schema))
    assert (outcome.code, outcome.out) == (2, b"")
    assert outcome.err.splitlines() == [
        f'{schema}:2:33: invalid_schema: "intger" is not a field type.',
        '      {"name": "year", "fieldType": "intger"}]}',
        "                                    ^^^^^^^^",
        '  Did you mean "integer"?',
    ]


@pytest.mark.parametrize(
    "arguments", [("check", "--nosuch"), ("filter",), ("chek",), ("check", QUERIES[0], "--schema")]
)
def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    """An unknown option or command, or a missing argument, is exit code 2 with a message on standard error."""
    outcome = run(*arguments)
    assert (outcome.code, outcome.out) == (2, b"")
    assert "Error: " in outcome.err


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_the_first_problems(tmp_path: Path, output_format: str) -> None:
    """--max-problems bounds what is shown, over all files; the summary counts the others too."""
    for name in ("a.json", "b.json", "c.json"):
        (tmp_path / name).write_text('{"AND": [{"x": {"$a": 1}}, {"x": {"$b": 1}}]}')
    outcome = run("check", str(tmp_path), "--max-problems", "3", "--output-format", output_format)
    assert (outcome.code, outcome.text.count("unknown_operator")) == (1, 3)
    assert "3 files checked, 6 problems\nShown: the first 3 problems.\n" in outcome.err
    outcome = run("check", str(tmp_path), "--max-problems", "6")
    assert (outcome.text.count("unknown_operator"), "Shown" in outcome.err) == (6, False)
