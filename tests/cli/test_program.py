"""The installed program, as a shell sees it: streams, pipes, signals, start-up and help."""

from __future__ import annotations

import gzip
import os
import re
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import criteria
from criteria.cli.app import COMMANDS
from tests.cli.running import ENVIRONMENT, EXAMPLES, PROGRAM, SCHEMA, program, python, run
from tests.cli.test_filter import LINES

posix = pytest.mark.skipif(os.name != "posix", reason="signals and pipes of POSIX")


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The program, with pipes on all streams; killed in the end whatever happens."""
    process = subprocess.Popen(
        [PROGRAM, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env=ENVIRONMENT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def read_line(process: subprocess.Popen[bytes]) -> bytes:
    """A line of the program's output, waited for at most 20 seconds."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], 20)
    return process.stdout.readline() if ready else b""


def test_version() -> None:
    """--version prints the version of the library, also of `python -m criteria`."""
    assert program("--version").text == f"criteria {criteria.__version__}\n"
    module = subprocess.run([sys.executable, "-m", "criteria", "--version"], capture_output=True, timeout=60)
    assert module.stdout.decode() == f"criteria {criteria.__version__}\n"


@pytest.mark.parametrize(("typed", "meant"), [("filtr", "filter"), ("Check", "check"), ("shema", "schema")])
def test_a_mistyped_command(typed: str, meant: str) -> None:
    """The nearest command is named, as the nearest operator is in a query."""
    outcome = run(typed, "queries")
    assert (outcome.code, outcome.out) == (2, b"")
    assert outcome.err.splitlines()[-1] == f'Error: There is no command "{typed}". Did you mean "{meant}"?'


@posix
def test_the_first_result_comes_before_the_input_ends() -> None:
    """A record is printed as soon as it was read, while the input is still open; so is the next."""
    with running("filter", '{"year": {"$gte": 1900}}') as process:
        assert process.stdin is not None
        for line in LINES[:2]:
            process.stdin.write(line)
            assert read_line(process) == line
        process.stdin.close()
        assert process.wait(20) == 0


@posix
def test_a_limit_ends_the_program_while_the_input_is_open() -> None:
    """When the limit is reached nothing more is read, and the program ends."""
    with running("filter", "{}", "--limit", "1") as process:
        assert process.stdin is not None
        process.stdin.write(LINES[0] + LINES[1])
        assert read_line(process) == LINES[0]
        assert process.wait(20) == 0


@posix
@pytest.mark.parametrize("arguments", [("filter", "{}"), ("filter", "{}", "--count")], ids=["records", "count"])
def test_interrupted_the_program_ends_quietly(arguments: Sequence[str]) -> None:
    """Ctrl-C while the program waits for input is exit code 130 without a word."""
    with running(*arguments, *SCHEMA) as process:
        assert process.stdin is not None
        if "--count" in arguments:
            process.stdin.write(b"".join(LINES))  # more than a pipe holds: written when most of it was read
        else:
            process.stdin.write(LINES[0])
            assert read_line(process) == LINES[0]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr is not None
        assert process.stderr.read() == b""


@posix
def test_a_closed_pipe_ends_the_program_quietly() -> None:
    """When nobody reads any more, as behind head, the program ends without a word, as if by SIGPIPE."""
    with running("filter", "{}") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(LINES[0])
        assert read_line(process) == LINES[0]
        process.stdout.close()
        process.stdin.write(LINES[1])
        assert process.wait(20) == 141
        assert process.stderr.read() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [("filter", "{}", "films.ndjson"), ("check", "films.ndjson")])
def test_a_full_disk_is_one_sentence(arguments: Sequence[str]) -> None:
    """Output that cannot be written is exit code 2 and one line on standard error."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run([PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, timeout=60, env=ENVIRONMENT)
    lines = [line for line in done.stderr.decode().splitlines() if "checked" not in line]
    assert done.returncode == 2
    assert [line.split(":")[0] for line in lines] == ["criteria"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", "{query}"), 0),
        (("check", "{wrong}"), 1),
        (("check", "nofile.json"), 2),
        (("check", "--nope"), 2),
        (("nope",), 2),
        (("filter", "{query}", "{data}"), 0),
        (("filter", "{query}", "nofile"), 2),
        (("filter", "--nope"), 2),
        (("compile", "{query}", "--to", "nothing"), 2),
        (("explain", "{wrong}"), 1),
        (("fmt", "{query}"), 0),
        (("schema", "--from", "{data}"), 0),
        (("--help",), 0),
    ],
)
def test_exit_codes_do_not_depend_on_standard_error(arguments: Sequence[str], code: int, tmp_path: Path) -> None:
    """A message that cannot be written is lost. The exit code and the output are those of a run where it can be."""
    files = {"query": '{"a": 1}\n', "wrong": '{"a": {"$no": 1}}\n', "data": '{"a": 1}\n'}
    paths = {name: tmp_path / f"{name}.{'ndjson' if name == 'data' else 'json'}" for name in files}
    for name, text in files.items():
        paths[name].write_text(text, encoding="utf-8")
    given = [PROGRAM, *(one.format(**paths) for one in arguments)]
    usual = subprocess.run(given, capture_output=True, timeout=60, env=ENVIRONMENT)
    with open("/dev/full", "wb") as full:
        lost = subprocess.run(given, stdout=subprocess.PIPE, stderr=full, timeout=60, env=ENVIRONMENT)
    assert (lost.returncode, lost.stdout) == (usual.returncode, usual.stdout)
    assert lost.returncode == code


@posix
def test_memory_does_not_grow_with_the_data() -> None:
    """Filtering 24 MB takes no more than 4 MB of memory above filtering 1 line."""
    peaks = []
    for repeats in (0, 90):
        process = subprocess.Popen(
            [PROGRAM, "filter", '{"year": 1066}'], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=ENVIRONMENT
        )
        assert process.stdin is not None
        process.stdin.write(LINES[0])
        for _ in range(repeats):
            process.stdin.writelines(LINES)
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        peaks.append(usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
    assert peaks[1] - peaks[0] < 4_000_000


def test_output_is_utf8_everywhere() -> None:
    """Names and titles with letters beyond ASCII are printed as UTF-8 even where the environment says Latin-1."""
    env = {"PYTHONIOENCODING": "latin-1"}
    outcome = program("check", "-", *SCHEMA, data='{"títle": 1}'.encode(), env=env)
    assert outcome.code == 1
    assert '{"títle": 1}' in outcome.text
    assert program("compile", '{"title": "é"}', "--to", "mongo", env=env).text == '{"title": {"$eq": "é"}}\n'


def test_without_click_the_program_names_the_package() -> None:
    """Without the extra one sentence names it, exit code 2; an import that fails for another reason is raised."""
    outcome = python("import sys; sys.modules['click'] = None; from criteria.cli import main; sys.exit(main())")
    assert (outcome.code, outcome.out) == (2, b"")
    told = 'The command line needs one more package. Install it with: pip install "criteria-engine[cli]"'
    assert outcome.err.splitlines() == [told]
    broken = python("import sys; sys.modules['json'] = None; from criteria.cli import main; sys.exit(main())")
    assert (broken.code, "criteria-engine[cli]" in broken.err) == (1, False)


def test_filter_loads_no_engine() -> None:
    """Filtering a small file imports neither Lark, sqlglot, a database driver, msgspec, nor what infers schemas, signs
    cursors, reads other languages' filters or holds output back: each would cost more than the filter."""
    outcome = python(
        "import sys; sys.argv = ['criteria', 'filter', 'queries/leading-the.json', 'films.ndjson', '--count']\n"
        "from criteria.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(sorted({'lark', 'sqlglot', 'bson', 'pymongo', 'rich', 'msgspec',"
        " 'criteria.cli.inputs.inferring', 'criteria.search.cursor', 'criteria.parsing.foreign_expressions',"
        " 'criteria.text.json_problems', 'criteria.cli.reports.table', 'hmac', 'tempfile'} & set(sys.modules)))"
    )
    assert outcome.text.splitlines() == ["68", "[]"]


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        (["--help"], []),
        (["fmt", "queries", "--check"], []),
        (["check", "films.ndjson"], []),
        (["check", "queries"], []),
        (["filter", "{}", "films.ndjson"], []),
    ],
)
@pytest.mark.heavy("starts a program for each case")
def test_libraries_are_loaded_when_they_are_used(arguments: list[str], loaded: list[str]) -> None:
    """Help and layouts wait for no grammar, files that are not JSON neither, and JSON does not wait for YAML."""
    watched = {"lark", "sqlglot", "ruamel", "rich", "bson", "pydantic", "polars"}
    outcome = python(
        f"import sys; sys.argv = ['criteria', *{arguments!r}]\n"
        "from criteria.cli import main\n"
        "try: main()\n"
        f"except SystemExit: print(sorted({watched} & set(sys.modules)))"
    )
    assert outcome.text.splitlines()[-1] == repr(loaded)


def _examples() -> Iterator[tuple[str, str]]:
    for command in ("", *COMMANDS):
        shown = run(*([command] if command else []), "--help").text.replace("\\\n", " ")
        for line in re.findall(r"^ +((?:criteria|tail|echo) .*)$", shown.split("Examples", 1)[1], re.MULTILINE):
            if "postgresql://" not in line:  # a server that no test starts at this address
                yield command, line


@pytest.mark.heavy("a process for each example")
@posix
@pytest.mark.parametrize(("command", "line"), list(_examples()))
def test_the_examples_in_the_help_work(command: str, line: str, tmp_path: Path) -> None:
    """Each command line that the help shows runs in the folder of the examples, and prints or writes something."""
    folder = tmp_path / "examples"
    shutil.copytree(EXAMPLES, folder)
    (folder / "answer.json").write_text('{"data": {"items": [{"year": 1999}]}}', encoding="utf-8")
    (folder / "parts").mkdir()
    (folder / "parts" / "1.csv.gz").write_bytes(gzip.compress(b"title;year\nAlien;1979\nHeat;NA\n"))
    (folder / "flights.csv").write_text("number,delay\nLH 1,5\nLH 2,NA\n", encoding="utf-8")
    pq.write_table(pa.table({"at": [datetime(2026, 6, 1, 12)]}), folder / "times.parquet")
    before = set(folder.rglob("*"))
    env = {**ENVIRONMENT, "PATH": f"{Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, timeout=60, env=env, cwd=folder)
    has_problems = "yaer" in line or ("check" in line and "--strict" in line)
    assert done.returncode == (1 if has_problems else 0), done.stderr
    written = [path for path in set(folder.rglob("*")) - before if path.stat().st_size]
    assert done.stdout or written or done.stderr.startswith((b"8 files", b"1 file"))


@posix
def test_colours_are_for_terminals_only() -> None:
    """On a terminal the place is bold and the code red, unless NO_COLOR is set; into a pipe neither."""
    import pty

    def shown(**env: str) -> bytes:
        ours, theirs = pty.openpty()
        done = subprocess.run(
            [PROGRAM, "check", "-"], input=b"{", stdout=theirs, stderr=subprocess.DEVNULL, env={**ENVIRONMENT, **env}
        )
        os.close(theirs)
        assert done.returncode == 1
        text = os.read(ours, 10_000)
        os.close(ours)
        return text

    assert b"\x1b[31minvalid_json\x1b[0m" in shown()
    assert b"\x1b" not in shown(NO_COLOR="1")
    assert b"\x1b" not in shown(TERM="dumb")
    assert b"\x1b" not in shown(NO_COLOR="1", FORCE_COLOR="1")
    assert b"\x1b" not in program("check", "-", data=b"{").out
    assert b"\x1b[31minvalid_json\x1b[0m" in program("check", "-", data=b"{", env={"FORCE_COLOR": "1"}).out
