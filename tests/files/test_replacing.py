"""Files are replaced as a whole: `fmt`, `filter -o` and `schema -o` do it alike."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from criteria.files.atomic_write import replacing
from tests.cli.running import EXAMPLES, run
from tests.cli.test_program import posix

UGLY = '{"year":\n{"$gte":1950}}\n'


def fmt(path: Path) -> None:
    """Formats a query file in its place."""
    path.write_text(UGLY, encoding="utf-8")
    assert run("fmt", str(path)).code == 0


def filter_to(path: Path) -> None:
    """Writes selected records to a file."""
    assert run("filter", "{}", str(EXAMPLES / "films.ndjson"), "--limit", "1", "-o", str(path)).code == 0


def schema_to(path: Path) -> None:
    """Writes an inferred schema to a file."""
    assert run("schema", "--from", str(EXAMPLES / "films.ndjson"), "-o", str(path)).code == 0


COMMANDS = (fmt, filter_to, schema_to)
Command = Callable[[Path], None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with content of its own, for its owner alone."""
    found = tmp_path / "out.json"
    found.write_text(UGLY, encoding="utf-8")
    found.chmod(0o600)
    return found


@posix
@pytest.mark.parametrize("command", COMMANDS)
def test_mode_and_link_are_kept(path: Path, command: Command) -> None:
    """The file behind a link gets the new content, with the mode of the old one."""
    link = path.with_name("link.json")
    link.symlink_to(path.name)
    command(link)
    assert link.is_symlink()
    assert path.read_text(encoding="utf-8") != UGLY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(one.name for one in path.parent.iterdir()) == ["link.json", "out.json"]


@posix
@pytest.mark.parametrize("command", COMMANDS)
def test_owner_is_kept(path: Path, command: Command) -> None:
    """A file that root replaces belongs to the same user and group as before."""
    if os.geteuid() != 0:
        pytest.skip("Only root gives files to others. To run this, run the tests as root, as in a container.")
    os.chown(path, 12345, 23456)
    command(path)
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 23456)


@posix
@pytest.mark.parametrize("command", COMMANDS)
def test_content_is_on_the_disk_before_it_replaces(
    path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new file is synced, then moved into place, then its folder is synced."""
    done: list[str] = []
    fsync, replace = os.fsync, os.replace

    def spied_fsync(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def spied_replace(source: Path, target: Path) -> None:
        done.append("replace")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", spied_fsync)
    monkeypatch.setattr(os, "replace", spied_replace)
    command(path)
    assert done == ["file", "replace", "folder"]


@posix
@pytest.mark.parametrize("command", COMMANDS)
def test_readers_see_the_old_content(path: Path, command: Command) -> None:
    """A file that is open while it is replaced keeps its content: it is not truncated."""
    with path.open(encoding="utf-8") as reader:
        command(path)
        if command is not fmt:  # this test itself writes the file that fmt formats
            assert reader.read() == UGLY
    assert path.read_text(encoding="utf-8") != UGLY


@posix
def test_new_content_is_private_until_the_mode_is_set(path: Path) -> None:
    """While the new content is written, it is not readable by more users than the old."""
    with replacing(str(path)) as beside:
        assert stat.S_IMODE(beside.stat().st_mode) == 0o600
        beside.write_bytes(b"new")
    assert path.read_bytes() == b"new"


def test_a_fault_leaves_the_old_content(path: Path) -> None:
    """An exception inside the block leaves the old file, and no other."""

    def interrupted() -> None:
        with replacing(str(path)) as beside:
            beside.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text(encoding="utf-8") == UGLY
    assert [one.name for one in path.parent.iterdir()] == ["out.json"]


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    """The error names the path that was given."""
    with pytest.raises(IsADirectoryError, match="Is a directory"), replacing(str(tmp_path)):
        pass


def test_a_missing_folder_is_named_as_given(tmp_path: Path) -> None:
    """The error does not speak of the hidden file."""
    wanted = str(tmp_path / "none" / "out.json")
    with pytest.raises(FileNotFoundError) as caught, replacing(wanted):
        pass
    assert caught.value.filename == wanted


@pytest.mark.parametrize(
    ("options", "data", "code", "content"),
    [
        ((), '{"a": 2}\n', 0, ""),
        (("-e",), '{"a": 2}\n', 4, ""),
        (("--on-error", "skip"), "x\n", 0, ""),
        (("--on-error", "report"), 'x\n{"a": 1}\n', 1, '{"a": 1}\n'),
        ((), '{"b": 2}\n', 1, ""),
        ((), 'x\n{"a": 1}\n', 1, "old\n"),
        (("--on-error", "never"), '{"a": 1}\n', 2, "old\n"),
    ],
)
def test_what_becomes_of_an_output_file(
    tmp_path: Path, options: tuple[str, ...], data: str, code: int, content: str
) -> None:
    """It is replaced by what a run that reaches its end has selected, which may be nothing; otherwise it stays."""
    output = tmp_path / "out.ndjson"
    output.write_text("old\n")
    outcome = run("filter", '{"a": 1}', "-", "-o", str(output), *options, data=data.encode())
    assert (outcome.code, output.read_text()) == (code, content)
