"""A repository of query files, some of them broken, with what is to be found in them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.cli.running import EXAMPLES
from tests.parsing.test_positions import unmarked

Finding = tuple[str, int, int, str]
"""File, line, column and code."""

BROKEN = {
    "queries/films/017.json": ('{\n  "AND": [\n    {"title": "Skyfall"},\n    {§"yaer": 2012}\n  ]\n}\n',
                               ["unknown_field"]),
    "queries/films/058.yaml": ("# hits\nAND:\n  - title:\n      §$startWith: The\n  - year: §'2012'  # sic\n",
                               ["unknown_operator", "type_mismatch"]),
    "queries/drafts/101.json": ('{"title": {"$contains": "x"},\n "year": 1999§', ["invalid_json"]),
    "queries/drafts/140.yaml": ("NOT:\n  title: a\n  rated:\n    $in: [R, §null]\n  §title: X\n",
                                ["null_in_list", "duplicate_key"]),
    "queries/drafts/199.yaml": ("title: Skyfall\nreleased: {$gte: §2012-10-26}\n", ["not_json"]),
}  # fmt: skip


def make_repository(folder: Path, count: int = 200) -> list[Finding]:
    """Writes so many query files and their configuration. Returns what is wrong in five of them."""
    shutil.copy(EXAMPLES / "films.schema.json", folder)
    config = '[[files]]\ninclude = ["queries/**/*.json", "queries/**/*.yaml"]\nschema = "films.schema.json"\n'
    (folder / "criteria.toml").write_text(config, encoding="utf-8")
    findings: list[Finding] = []
    for number in range(count):
        place = f"queries/{'films' if number < count // 2 else 'drafts'}/{number:03}"
        path = folder / f"{place}.{'yaml' if number % 3 == 1 else 'json'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_sound(number), encoding="utf-8")
    for name, (text, codes) in BROKEN.items():
        plain, marks = unmarked(text)
        (folder / name).write_text(plain, encoding="utf-8")
        (folder / name).with_suffix(".yaml" if name.endswith(".json") else ".json").unlink(missing_ok=True)
        findings += [(name, *mark, code) for mark, code in zip(marks, codes, strict=True)]
    return sorted(findings)


def _sound(number: int) -> str:
    """A query without problems, in one of several shapes; JSON in brackets is YAML as well."""
    year = 1950 + number % 60
    shapes = (
        {"year": {"$gte": year}},
        {"AND": [{"title": {"$startsWith": f"The {number}"}}, {"year": year}]},
        {"OR": [{"genres": {"$in": ["Western", "Drama"]}}, {"NOT": {"rated": {"$in": ["R", "X"]}}}]},
        {"tomatoes.meter": {"$gte": number % 100}, "title": {"$contains": "a"}},
    )
    return json.dumps(shapes[number % len(shapes)], indent=2) + "\n"
