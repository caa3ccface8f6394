"""CSV files whose columns differ: united by name, or in another order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import run

DIALECT = ("--delimiter", ";", "--decimal-comma")


@pytest.fixture
def months(tmp_path: Path) -> str:
    """A folder of files with other columns each, in another order."""
    folder = tmp_path / "months"
    folder.mkdir()
    (folder / "01.csv").write_text('id;amount;city\n1;10,5;"Ber""n"\n2;7;Basel\n')
    (folder / "02.csv").write_text("id;city;amount;discount\n3;Bern;20,25;0,1\n")
    (folder / "03.csv").write_text("id;amount\n4;100\n")
    return str(folder)


def test_files_are_united_by_name(months: str) -> None:
    """A file gives no value for a column that it lacks. Texts stay where a file has all columns in their order."""
    outcome = run("filter", '{"amount": {"$gt": 9}}', months, *DIALECT, "--union")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.text == 'id;amount;city;discount\n1;10,5;"Ber""n";\n3;20,25;Bern;0,1\n4;100;;\n'
    for query, count in (('{"discount": null}', 3), ('{"discount": 0.1}', 1), ('{"NOT": {"city": "Bern"}}', 3)):
        assert run("filter", query, months, *DIALECT, "--union", "--count").text == f"{count}\n"
    outcome = run(
        "filter", '{"discount": null}', months, *DIALECT, "--union", "--to", "ndjson", "--select", "id,discount"
    )
    assert outcome.text == "".join(f'{{"id":{number},"discount":null}}\n' for number in (1, 2, 4))


def test_files_are_united_with_a_schema(months: str, tmp_path: Path) -> None:
    """The fields that the schema declares may be in any of the files, and must be in one."""
    schema = tmp_path / "s.schema.json"
    assert run("schema", "--from", months, *DIALECT, "-o", str(schema)).code == 0
    outcome = run("filter", '{"discount": {"$gt": 0}}', months, *DIALECT, "--union", "--schema", str(schema))
    assert outcome.text == "id;amount;city;discount\n3;20,25;Bern;0,1\n"
    content = json.loads(schema.read_text())
    content["fields"].append({"name": "discont", "fieldType": "double"})
    schema.write_text(json.dumps(content))
    outcome = run("filter", '{"discont": 1}', months, *DIALECT, "--union", "--schema", str(schema))
    assert (outcome.code, outcome.out) == (1, b"")
    assert 'No file has a column for field "discont".\n  Did you mean "discount"?' in outcome.err


def test_without_union_they_are_refused(months: str) -> None:
    """The message names the option, and columns that all files have can be selected."""
    outcome = run("filter", "{}", months, *DIALECT)
    assert (outcome.code, "--union" in outcome.err) == (1, True)
    outcome = run("filter", "{}", months, *DIALECT, "--select", "id,amount")
    assert outcome.text == "id;amount\n1;10,5\n2;7\n3;20,25\n4;100\n"


def test_what_cannot_be_united(tmp_path: Path) -> None:
    """Names that are there twice, data without names, and JSON, which needs no union."""
    (tmp_path / "1.csv").write_text("a,a\n1,2\n")
    outcome = run("filter", "{}", str(tmp_path), "--union")
    assert (outcome.code, "a column twice" in outcome.err) == (1, True)
    assert run("filter", "{}", str(tmp_path), "--union", "--no-header").code == 2
    assert run("filter", "{}", "films.ndjson", "--union").code == 2


@pytest.mark.parametrize("options", [(), ("--union",)])
def test_ordered_rows_keep_their_columns(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Rows of all files come in turn, each with its cells in the order of the first header."""
    (tmp_path / "1.csv").write_text("a,b\n1,x\n4,y\n")
    (tmp_path / "2.csv").write_text("b,a\nz,3\nw,0\n")
    outcome = run("filter", "{}", str(tmp_path), "--order-by", "a", *options)
    assert (outcome.code, outcome.text) == (0, "a,b\n0,w\n1,x\n3,z\n4,y\n")
    (tmp_path / "3.tsv").write_text("b\ta\nv\t2\n")
    outcome = run("filter", "{}", str(tmp_path), "--order-by", "a", *options)
    assert (outcome.code, outcome.text) == (0, "a,b\n0,w\n1,x\n2,v\n3,z\n4,y\n")


def test_numbers_that_are_converted_have_the_decimal_comma_of_the_data(months: str) -> None:
    """What is written in the dialect of the data is read again with the same options."""
    outcome = run(
        "filter", "{}", months, *DIALECT, "--order-by", "amount desc", "--select", "id,amount", "--limit", "2"
    )
    assert outcome.text == "id;amount\n4;100,0\n3;20,25\n"
