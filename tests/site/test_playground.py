"""What the playground answers, and what its page shows, without a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import require

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "examples" / "server" / "page"
SCHEMA = {
    "name": "film",
    "systemProperties": False,
    "fields": [
        {"name": "id", "fieldType": "integer", "isUnique": True, "nullable": False},
        {"name": "title", "fieldType": "string"},
    ],
}


def answer(monkeypatch: pytest.MonkeyPatch, data: str) -> dict[str, Any]:
    """What the playground answers to criteria that select all of some records."""
    for folder in ("docs/playground", "examples/server"):
        monkeypatch.syspath_prepend(str(ROOT / folder))
    monkeypatch.delitem(sys.modules, "playground", raising=False)
    from playground import answer as of

    asked = {"criteria": "{}", "schema": json.dumps(SCHEMA), "data": data, "orderBy": "", "limit": "", "skip": ""}
    found: dict[str, Any] = json.loads(of(json.dumps(asked)))
    return found


def test_records_end_at_line_feeds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strings of JSON may have the other characters that end a line, and lines may end with a carriage return too."""
    lines = ['{"id": 1, "title": "a\u2028b"}', '{"id": 2, "title": "a\x85b"}\r', '{"id": 3, "title": "c"}', ""]
    found = answer(monkeypatch, "\n".join(lines))
    assert found["dataProblems"] == []
    assert [one["id"] for one in found["page"]["data"]] == [1, 2, 3]


def test_problems_of_records_are_as_many_as_one_error_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first hundred, each with its line, and a last one that says so."""
    problems = answer(monkeypatch, '{"id": "x"}\n' * 20_000)["dataProblems"]
    assert [one.get("line") for one in problems] == [*range(1, 101), None]
    assert problems[-1]["code"] == "too_many_problems"
    assert len(answer(monkeypatch, '{"id": "x"}\n' * 100)["dataProblems"]) == 100


def run(program: str) -> Any:
    """What a program of JavaScript prints, as JSON."""
    node = shutil.which("node")
    require("node", None if node is not None else "Node.js 20 or later")
    command = [str(node), "--input-type=module", "--eval", program]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout)


ELEMENTS = """
const made = (tag) => ({ tag, kids: [], append(...more) { this.kids.push(...more); }, setAttribute() {},
  addEventListener() {}, toggleAttribute() {}, replaceChildren(...more) { this.kids = more; } });
const root = made("root");
globalThis.document = { createElement: made, getElementById: () => root };
const texts = (node) => (typeof node === "string" ? [node] : node.kids.flatMap(texts));
"""
"""A document that keeps the elements of a page."""


@pytest.mark.heavy("needs Node.js")
def test_names_of_objects_in_javascript_are_names_of_properties() -> None:
    """A property that a record lacks has no value, and a column only if another record has it."""
    program = f"""{ELEMENTS}
const {{ showRecords }} = await import({json.dumps((PAGE / "results.js").as_uri())});
const field = (...path) => ({{ name: path.join("."), path, fieldType: "string" }});
const names = ["constructor", "toString", "valueOf", "__proto__"];
const fields = [field("objectId"), ...names.map((name) => field("customProperties", name))];
const records = ['{{"objectId":1,"customProperties":{{}}}}',
  '{{"objectId":2,"customProperties":{{"constructor":"mine"}}}}',
  '{{"objectId":3}}', '{{"objectId":4,"customProperties":{{"__proto__":"own"}}}}'];
showRecords(records.map((one) => JSON.parse(one)), fields, "", () => {{}});
console.log(JSON.stringify(texts(root)));
"""
    none = "\u2013"
    head = ["objectId", "custom", "constructor", "custom", "__proto__"]
    assert run(program) == [*head, "1", none, none, "2", "mine", none, "3", none, none, "4", none, "own"]


@pytest.mark.heavy("needs Node.js")
def test_a_text_is_read_once_for_all_marks_of_its_problems() -> None:
    """The marks of problems are where their tokens are."""
    program = f"""
const {{ marksOf }} = await import({json.dumps((PAGE / "places.js").as_uri())});
const problems = [{{ line: 1, column: 7 }}, {{ line: 2, column: 1 }}, {{}}];
const marks = marksOf('{{"id":"x"}}\\n{{"id":2}}', problems, "error");
console.log(JSON.stringify(marks.map(({{ mark }}) => [mark.start, mark.end])));
"""
    assert run(program) == [[6, 9], [11, 12], [18, 19]]
