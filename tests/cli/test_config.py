"""A wrong configuration is a usage error, with its place where one can be told."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from criteria.cli.inputs.patterns import matches, matches_or_holds
from tests.cli.running import EXAMPLES, run
from tests.parsing.test_positions import unmarked


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[files]]\n§inclde = ["a"]\ninclude = ["a"]', "Did you mean \"include\"?"),
        ('§excluded = []', 'Did you mean "exclude"?'),
        ('[[files]]\ninclude = ["a"]\n\n[[files]]\ninclude = ["b"]\n  §Strict = true', 'Did you mean "strict"?'),
        ('§"nonsense at all" = 1', 'The keys are "files", "exclude", "line-length", "entities".'),
        ('[[files]]\n§include = "a"', "include is a list of patterns."),
        ('[[files]]\n§include = [1]', "include is a list of patterns."),
        ('[[files]]\n§include = ["../a"]', "names nothing in the folder of this file."),
        ('[[files]]\n§include = ["/a"]', "names nothing in the folder of this file."),
        ('# none\n§[[files]]\nstrict = true', "An entry of files needs patterns."),
        ('[[files]]\ninclude = ["a"]\n§strict = "yes"', "strict is true or false."),
        ('[[files]]\ninclude = ["a"]\n§schema = "nosuch.json"', 'There is no file "nosuch.json"'),
        ('[[files]]\ninclude = ["a"]\n§schema = 5', "schema is the path of a schema file."),
        ('§files = {a = 1}', "files is a list of tables."),
        ('§entities = ["a"]', "entities is a table of schema files."),
        ('[entities]\n§customer = "nosuch.json"', 'There is no file "nosuch.json"'),
        ('[entities]\n§customer = 5', "customer is the path of a schema file."),
        ('§[files]\ninclude = ["a"]', "files is a list of tables."),
        ('§files = [{include = ["a"], inclde = 1}]', 'Did you mean "include"?'),
        ('§line-length = 5', "line-length is an integer from 20 to 1000."),
        ('§line-length = true', "line-length is an integer from 20 to 1000."),
        ('exclude = [\n"a"\n§"b"]', "This is not TOML: "),
        ('a = 1\na = 2§', "This is not TOML: "),
        ('exclude = ["a"§', "This is not TOML: "),
        ("a = 1\n" + "a." * 100 + "§a = 1", "A key has more than 100 parts."),
        ("a = 1\n[" + '"a.b" . ' * 100 + '§"a.b"' + " . a" * 20_000 + "]", "A key has more than 100 parts."),
        ("a = " + "[" * 100 + "§[", "Tables and lists are nested more than 100 levels deep."),
        ("a = " + "{a = " * 100 + "§{", "Tables and lists are nested more than 100 levels deep."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_shown_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    """A wrong key or value is exit code 2, and is shown on standard error with file, line and column."""
    plain, [(line, column)] = unmarked(text)
    config = tmp_path / "criteria.toml"
    config.write_text(plain, encoding="utf-8")
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    outcome = run("check", str(tmp_path / "a.json"))
    assert (outcome.code, outcome.out) == (2, b"")
    place, code = outcome.err.splitlines()[0].split(": ")[:2]
    assert code == "invalid_config"
    assert message in outcome.err
    assert place.endswith(f"criteria.toml:{line}:{column}")


def test_texts_of_a_configuration_may_have_any_dots_and_brackets(tmp_path: Path) -> None:
    """Only keys, tables and lists have a bounded depth: not strings, comments and what is in them."""
    dots, brackets = "a." * 300, "[" * 300
    quotes = ['"{}"', "'{}'", '"""\n{} \\"""\n"""', "'''\n{}'''"]
    entries = ", ".join(quote.format(dots + brackets) for quote in quotes)
    key = ".".join(["a"] * 97)
    text = f"# {dots}{brackets}\n[tool.criteria]\nexclude = [{entries}]\n[tool.x]\n{key} = 1.5\n"
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    outcome = run("check", str(tmp_path / "a.json"))
    assert outcome.code == 0, outcome.err


def test_a_configuration_has_a_bounded_length(tmp_path: Path) -> None:
    (tmp_path / "criteria.toml").write_text("#\n" * 131_073, encoding="utf-8")
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    outcome = run("check", str(tmp_path / "a.json"))
    assert outcome.code == 2
    assert "The configuration is longer than 262144 characters." in outcome.err


def test_problems_of_a_configuration_are_listed_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is looked for once the list is full."""
    looked: list[Path] = []

    def is_file(path: Path) -> bool:
        looked.append(path)
        return path.name == "criteria.toml"

    lines = [f'e{number} = "missing{number}.json"' for number in range(5000)]
    (tmp_path / "criteria.toml").write_text("\n".join(["[entities]", *lines]), encoding="utf-8")
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(Path, "is_file", is_file)
    outcome = run("check", str(tmp_path / "a.json"))
    assert outcome.code == 2
    assert outcome.err.count("There is no file") == 100
    assert "Only the first 100 problems are listed." in outcome.err
    assert len(looked) < 110


@pytest.mark.parametrize("name", ["criteria.toml", "pyproject.toml"])
def test_an_integer_of_too_many_digits(tmp_path: Path, name: str) -> None:
    """Python makes no number of more than 4,300 digits: the configuration is wrong, wherever the number is."""
    text = f"[tool.criteria]\nline-length = 80\n[tool.other]\na = {'9' * 5000}\n"
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    for command in ("check", "fmt"):
        outcome = run(command, str(tmp_path / "a.json"))
        assert outcome.code == 2
        assert "The TOML has an integer of too many digits." in outcome.err


def test_a_project_file_without_a_configuration_is_not_read(tmp_path: Path) -> None:
    """What is wrong or very long in it is a matter of other tools."""
    (tmp_path / "pyproject.toml").write_text("[tool.other\n" + "#\n" * 200_000, encoding="utf-8")
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    assert run("check", str(tmp_path / "a.json")).code == 0


def test_all_that_is_wrong_is_shown(tmp_path: Path) -> None:
    """Every problem of a configuration is shown at once, in the order of the file; so in pyproject.toml."""
    text = '[tool.criteria]\nexclud = []\n[[tool.criteria.files]]\ninclude = "x"\nstrict = 1\n'
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    outcome = run("check", str(tmp_path))
    places = [
        line.split(": ")[0].rpartition("pyproject.toml")[2] for line in outcome.err.splitlines() if ": inv" in line
    ]
    assert (outcome.code, places) == (2, [":2:1", ":4:1", ":5:1"])


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    """A configuration in another encoding is a usage error with a place, too."""
    (tmp_path / "criteria.toml").write_bytes('# é\nexclude = ["é"]'.encode("latin-1"))
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    outcome = run("fmt", str(tmp_path / "a.json"))
    assert outcome.code == 2
    assert "criteria.toml:1:3: invalid_config: The text is not UTF-8." in outcome.err


def test_a_wrong_schema_of_a_configuration(tmp_path: Path) -> None:
    """A schema that the configuration names and that is wrong is exit code 2, with the schema's own problems."""
    (tmp_path / "criteria.toml").write_text('[[files]]\ninclude = ["*.json"]\nschema = "s.schema.json"\n')
    (tmp_path / "s.schema.json").write_text('{"name": "s", "feilds": []}')
    (tmp_path / "a.json").write_text("{}")
    outcome = run("check", str(tmp_path / "a.json"))
    assert (outcome.code, outcome.out) == (2, b"")
    assert "s.schema.json:1:15: invalid_schema: " in outcome.err


def test_the_example_of_the_documentation(tmp_path: Path) -> None:
    """The configuration that docs/query-files.md shows is one, in either file."""
    page = (EXAMPLES.parent / "docs" / "query-files.md").read_text(encoding="utf-8")
    [block] = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "schemas").mkdir()
    for name in ("user", "order"):
        shutil.copy(EXAMPLES / "films.schema.json", tmp_path / "schemas" / f"{name}.schema.json")
    customer = '{"name": "customer", "fields": []}'
    (tmp_path / "schemas" / "customer.schema.json").write_text(customer)
    (tmp_path / "queries" / "users" / "drafts").mkdir(parents=True)
    for name, text in (("users/a.json", '{"title": "x", "yaer": 1}'), ("users/drafts/b.json", '{"title": 1}')):
        (tmp_path / "queries" / name).write_text(text)
    in_project = block.replace("[[files]]", "[[tool.criteria.files]]").replace("[entities]", "[tool.criteria.entities]")
    in_project = in_project.replace("exclude", "[tool.criteria]\nexclude", 1)
    for config, content in (("criteria.toml", block), ("pyproject.toml", in_project)):
        (tmp_path / config).write_text(content)
        outcome = run("check", str(tmp_path))
        codes = re.findall(r"^\S+: (\w+): ", outcome.text, re.MULTILINE)
        assert (outcome.code, codes) == (1, ["not_strict", "unknown_field", "type_mismatch"]), outcome.err
        (tmp_path / config).unlink()


@pytest.mark.parametrize(
    ("path", "pattern", "is_matched"),
    [
        ("a.json", "*.json", True),
        ("q/a.json", "*.json", False),
        ("q/a.json", "q/*.json", True),
        ("q/a.json", "./q/*.json", True),
        ("q/a.json", "**/*.json", True),
        ("a.json", "**/*.json", True),
        ("q/r/s/a.json", "q/**/a.json", True),
        ("q/a.json", "q/**/a.json", True),
        ("q/r/a.json", "q/*.json", False),
        ("q/r/a.json", "q/**", True),
        ("q/r/a.json", "q", False),
        ("q/r/a.json", "**/r/**/*.json", True),
        ("q/A.json", "q/a.json", False),
        ("q/ab.json", "q/a[bc].json", True),
        ("q/ab.json", "q/a?.json", True),
    ],
)
def test_patterns(path: str, pattern: str, is_matched: bool) -> None:
    """* stays within a name, ** stands for any folders or none, and a pattern is about the whole path."""
    assert matches(path.split("/"), pattern) is is_matched


@pytest.mark.parametrize("pattern", ["q", "q/", "q/r", "**/r", "q/r/a.json", "q/*"])
def test_exclude_patterns(pattern: str) -> None:
    """A pattern that excludes a folder excludes all that is in it."""
    assert matches_or_holds(["q", "r", "a.json"], pattern)
    assert not matches_or_holds(["x", "qr", "a.json"], pattern)
