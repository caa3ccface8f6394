"""What pip installs, in a fresh virtual environment: the grammar is inside, and backends plug in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from criteria.conformance.suite_files import cases, version

pytestmark = pytest.mark.heavy("builds and installs wheels")

ROOT = Path(__file__).parent.parent.parent
EXTRA = ("hypothesis>=6.150", "pytest>=8")
"""What the extra `conformance` installs."""

PLUGIN = Path(__file__).parent / "plugin"


def run(*command: str | Path, cwd: Path) -> str:
    """The output of a command. The test fails when the command does."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment with the wheels of the library and of a plug-in, and what they require."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    run(*pip, "wheel", "--no-deps", "--wheel-dir", folder / "wheels", ROOT, PLUGIN, cwd=folder)
    environment = folder / "environment"
    venv.create(environment, with_pip=True)
    interpreter = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(interpreter, "-m", "pip", "--quiet", "install", *sorted((folder / "wheels").iterdir()), cwd=folder)
    return interpreter


def test_the_wheel_holds_its_grammar(python: Path, tmp_path: Path) -> None:
    """The installed library parses a query, outside any checkout, and runs it on SQLite."""
    program = """
import sqlite3, criteria
schema = criteria.Schema("t", [criteria.Field("name", "string")], system_properties=False)
query = criteria.parse('{"name": {"$ne": "x"}}', schema)
where = criteria.compile(query, "sql", dialect="sqlite")
connection = sqlite3.connect(":memory:")
connection.execute("create table t (name)")
connection.executemany("insert into t values (?)", [("x",), ("y",), (None,)])
print(connection.execute("select name from t where " + where.text, where.params).fetchall())
print(criteria.parse_order_by("name desc", schema))
print("site-packages" in criteria.__file__)
"""
    printed = run(python, "-W", "error", "-c", program, cwd=tmp_path)
    assert printed.splitlines() == ["[('y',), (None,)]", "(SortKey('name', desc),)", "True"]


def test_the_wheel_is_the_same_each_time(tmp_path: Path) -> None:
    """Two builds of one tree are the same bytes, so anyone can check a published file."""
    built = []
    for folder in ("first", "second"):
        run(
            sys.executable,
            "-m",
            "pip",
            "--quiet",
            "wheel",
            "--no-deps",
            "--wheel-dir",
            tmp_path / folder,
            ROOT,
            cwd=ROOT,
        )
        (wheel,) = (tmp_path / folder).iterdir()
        built.append((wheel.name, wheel.read_bytes()))
    assert built[0] == built[1]


def test_the_wheel_holds_the_suite(python: Path, tmp_path: Path) -> None:
    """The conformance kit finds the language-neutral suite outside a checkout, and pytest finds the kit."""
    program = """
from importlib.metadata import entry_points
from criteria.conformance.suite_files import FOLDER, cases, version
print(FOLDER.parts[-3:], version(), len(list(cases(refused=False))))
print([one.value for one in entry_points(group="pytest11") if one.name.startswith("criteria")])
"""
    assert run(python, "-W", "error", "-c", program, cwd=tmp_path).splitlines() == [
        f"('criteria', 'conformance', 'cases') {version()} {len(list(cases(refused=False)))}",
        "['criteria.conformance.plugin']",
    ]


def test_an_installed_distribution_adds_a_backend(python: Path, tmp_path: Path) -> None:
    """A plug-in's backend is listed, compiles with its options, and refuses what it does not support."""
    program = """
import criteria
schema = criteria.Schema("t", [criteria.Field("age", "integer"), criteria.Field("tags", "string", is_list=True)])
query = criteria.parse({"NOT": {"age": {"$gte": 18}}}, schema)
print(criteria.backends.available())
print(criteria.compile(query, "words"))
print(criteria.compile(query, "words", shout=True))
print(criteria.compile(criteria.parse_search({"query": "{}", "orderBy": "age"}, schema), "words"))
for attempt in (
    lambda: criteria.compile(criteria.parse({"tags": "x"}, schema), "words"),
    lambda: criteria.compile(query, "words", shuot=True),
    lambda: criteria.compile(query, "word"),
):
    try:
        attempt()
    except criteria.CriteriaError as error:
        print(error.problems[0].code, error.problems[0].hint)
orders = criteria.Schema("o", [criteria.ObjectList("items", [criteria.Field("name", "string")])])
for wanted in ({"items": {"$elemMatch": {"name": "x"}}}, {"NOT": {"items.name": "x"}}):
    try:
        criteria.compile(criteria.parse(wanted, orders), "words")
    except criteria.CriteriaError as error:
        print(error.problems[0].code, error.problems[0].pointer)
try:
    criteria.compile(criteria.parse({"tags": {"$icontains": "x"}}, schema), "words")
except criteria.CriteriaError as error:
    print(error.problems[0].code, error.problems[0].pointer)
"""
    assert run(python, "-W", "error", "-c", program, cwd=tmp_path).splitlines() == [
        "('python', 'sql', 'mongo', 'frame', 'qdrant', 'lancedb', 'words')",
        "not (age is at least 18)",
        "NOT (AGE IS AT LEAST 18)",
        "everything, ordered by age and objectId",
        "unsupported None",
        'unknown_option Did you mean "shout"?',
        'unknown_backend Did you mean "words"?',
        "unsupported /items/$elemMatch",
        "unsupported /NOT/items.name",
        "unsupported /tags/$icontains",
    ]


def test_an_installed_distribution_proves_itself_with_the_kit(python: Path, tmp_path: Path) -> None:
    """The plug-in's tests run the conformance kit of the installed library, which counts what the plug-in refuses."""
    run(python, "-m", "pip", "--quiet", "install", *EXTRA, cwd=tmp_path)
    shutil.copy(PLUGIN / "words_conformance.py", tmp_path)
    printed = run(
        python, "-m", "pytest", "-q", "words_conformance.py", "--conformance-examples=2", cwd=tmp_path
    ).splitlines()
    assert any(re.fullmatch(r"words: conforms, [\d,]+ queries", line) for line in printed), printed
    for mark in ("lists", "object_lists", "date", "$icontains"):
        assert any(line.startswith(f"    unsupported {mark}: ") for line in printed), mark


def test_a_backend_without_its_package_says_how_to_get_it(python: Path, tmp_path: Path) -> None:
    """The core does not install a MongoDB driver: the backend is listed, and loading it names the extra to install."""
    program = """
import criteria
try:
    criteria.compile(criteria.parse({"a": 1}), "mongo")
except criteria.CriteriaError as error:
    print(error.problems[0].code, error.problems[0].hint)
"""
    printed = run(python, "-c", program, cwd=tmp_path)
    assert printed == 'missing_package Install it with: pip install "criteria-engine[mongo]"\n'


def test_the_command_runs_after_a_plain_install(python: Path, tmp_path: Path) -> None:
    """The wheel has the files that the help mentions, and its extra the packages that the commands import.

    The last test here: it installs packages that the others have to do without.
    """
    (wheel,) = (python.parents[2] / "wheels").glob("criteria_engine-*.whl")
    run(python, "-m", "pip", "--quiet", "install", f"{wheel}[cli]", cwd=tmp_path)
    program = python.parent / "criteria"
    run(program, "init", "films", cwd=tmp_path)
    films = tmp_path / "films"
    assert run(program, "filter", "queries/leading-the.json", "films.ndjson", "--count", cwd=films) == "68\n"
    table = run(program, "filter", '{"year": {"$lt": 1942}}', "films.ndjson", "--to", "table", cwd=films)
    assert table.splitlines()[-1] == "2 records."
