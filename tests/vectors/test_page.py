"""The examples of docs/retrieval.md run and print what the page says; importing the library loads no store."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import require
from tests.vectors.stores import HOW_TO_GET

PAGE = (Path(__file__).parent.parent.parent / "docs" / "retrieval.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.heavy("opens tables")
@pytest.mark.parametrize(("at", "package"), [(0, "qdrant_client"), (1, "lancedb")], ids=["qdrant", "lancedb"])
def test_examples(at: int, package: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The nearest records under a filter."""
    require(package, None if find_spec(package) else HOW_TO_GET)
    schema, *stores = blocks("python")
    names: dict[str, object] = {}
    exec(compile(schema + stores[at], "docs/retrieval.md", "exec"), names)  # noqa: S102  the page's own example
    assert capsys.readouterr().out == blocks("text")[at]


def test_imports_are_late() -> None:
    """Importing the library, and compiling for another engine, loads neither store."""
    program = """
import sys, criteria
schema = criteria.Schema("s", [criteria.Field("a", "string")])
criteria.compile(criteria.parse({"a": "b"}, schema), "python")
print(sorted({"qdrant_client", "lancedb", "pyarrow"} & {*sys.modules}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
