"""Columns at addresses, which Polars reads: a server in the tests gives objects as S3 does."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl
import pytest

from tests.cli.running import run

pytestmark = pytest.mark.heavy("servers of files")

RECORDS = pl.DataFrame({"n": [1, 2, 3], "s": ["a", "b", None]})


class _Objects(BaseHTTPRequestHandler):
    """Objects of a bucket, whole or in ranges of bytes."""

    folder: Path

    def do_GET(self) -> None:
        path = self.folder / self.path.partition("?")[0].lstrip("/")
        if not path.is_file():
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        data = path.read_bytes()
        asked = re.fullmatch(r"bytes=([0-9]*)-([0-9]*)", self.headers.get("Range", ""))
        start, end = 0, len(data)
        if asked is not None:
            start = int(asked[1]) if asked[1] else max(0, len(data) - int(asked[2]))
            end = min(int(asked[2]) + 1, len(data)) if asked[1] and asked[2] else len(data)
        self.send_response(200 if asked is None else 206)
        self.send_header("Content-Length", str(end - start))
        self.send_header("Last-Modified", "Wed, 31 Jan 2024 00:00:00 GMT")
        self.send_header("ETag", '"1"')
        if asked is not None:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data[start:end])

    do_HEAD = do_GET  # noqa: N815  # the name that the server calls

    def log_message(self, *arguments: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a bucket with files of columns, for Polars as it is configured by the environment."""
    folder = tmp_path / "lake"
    folder.mkdir()
    RECORDS.write_parquet(folder / "data.parquet")
    RECORDS.write_ipc(folder / "data.arrow")
    handler = type("Handler", (_Objects,), {"folder": tmp_path})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name, value in (
            ("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}"),
            ("AWS_ACCESS_KEY_ID", "a"),
            ("AWS_SECRET_ACCESS_KEY", "b"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ALLOW_HTTP", "true"),
        ):
            monkeypatch.setenv(name, value)
        yield "s3://lake"
        server.shutdown()


@pytest.mark.parametrize("engine", ["polars", "python"])
def test_columns_at_addresses_are_filtered(bucket: str, engine: str) -> None:
    """Parquet and Arrow, as the same files in a folder are."""
    for name in ("data.parquet", "data.arrow"):
        outcome = run("filter", '{"n": {"$gt": 1}}', f"{bucket}/{name}", "--engine", engine, "--to", "csv")
        assert (outcome.code, outcome.text, outcome.err) == (0, "n,s\n2,b\n3,\n", "")
    outcome = run("filter", "{}", f"{bucket}/none.parquet", "--engine", engine, "--count")
    assert (outcome.code, outcome.err.startswith(f"{bucket}/none.parquet: unreadable_file: ")) == (1, True)


def test_an_address_of_a_file(tmp_path: Path) -> None:
    """It is one, too."""
    path = tmp_path / "data.parquet"
    RECORDS.write_parquet(path)
    assert run("filter", '{"s": null}', path.as_uri(), "--count").text == "1\n"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("filter", "{}", "s3://lake/data.csv"), "Pipe them"),
        (("filter", "{}", "s3://lake/data.parquet", "--engine", "duckdb"), "Use --engine polars"),
        (("filter", "{}", "s3://lake/data.parquet", "--engine", "spark"), "Use --engine polars"),
        (("filter", "{}", "s3://lake/data.parquet", __file__, "--format", "parquet"), "cannot be filtered together"),
        (("schema", "--from", "s3://lake/data.parquet"), "no schema is needed"),
    ],
)
def test_addresses_that_are_not_read(arguments: tuple[str, ...], hint: str) -> None:
    """The refusal says what to do instead."""
    outcome = run(*arguments)
    assert (outcome.code, hint in " ".join(outcome.err.split())) == (2, True)
