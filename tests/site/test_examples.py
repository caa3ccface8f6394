"""What the pages that belong to no other test show is what happens."""

from __future__ import annotations

import json
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

import criteria
from criteria import Schema
from criteria.backends import ENTRY_POINTS, Backend
from examples import plain_sql
from tests.cli.running import run
from tests.site.pages import ROOT, blocks, commands, failed_sessions, read
from tests.site.signatures import with_signatures

PAGES = (
    "docs/tutorial.md",
    "docs/security.md",
    "docs/cookbook.md",
    "docs/references.md",
    "docs/drivers.md",
    "docs/notebooks.md",
)


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(read(page), "pycon")])
def test_sessions_print_what_they_show(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python sessions of a page, run one after the other in the project's folder."""
    monkeypatch.chdir(ROOT)
    attempted, report = failed_sessions(page)
    assert attempted > 3
    assert report == []


@pytest.mark.parametrize(("arguments", "printed"), [one for page in PAGES for one in commands(page)])
def test_commands_print_what_they_show(arguments: list[str], printed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands of the pages, run in the project's folder."""
    monkeypatch.chdir(ROOT)
    assert run(*arguments).text == printed


def test_the_table_of_plain_sql_is_that_of_the_script() -> None:
    """The README and the first page of the site show what `python -m examples.plain_sql` prints."""
    table = plain_sql.table()
    assert table in read("README.md")
    for row in re.findall(r"^\| (?:titles|not rated).*\|$", read("docs/index.md"), re.MULTILINE):
        assert row.removesuffix("|") in table


def test_plain_sql_is_wrong_for_each_query() -> None:
    """Each query of the table selects other films than its plain translation, and the number that the example names."""
    shown = dict(re.findall(r"^\| `([\w-]+)\.json` \| [^|]* \| (\d+) \|", read("examples/README.md"), re.MULTILINE))
    for plain, right, found in plain_sql.counts():
        assert right != found
        assert str(right) == shown[plain.query]


def test_the_cookbook_selects_what_it_says() -> None:
    """Each query of the cookbook selects the records whose ids its row names, from those of the page."""
    page = read("docs/cookbook.md")
    [records] = [json.loads(block) for block in blocks(page, "json records")]
    order = Schema(
        "order",
        [
            criteria.Field("id", "integer", is_unique=True, nullable=False),
            criteria.Field("name", "string"),
            criteria.Field("status", "string"),
            criteria.Field("price", "decimal", precision=10, scale=2),
            criteria.Field("paidAt", "dateTime"),
            criteria.Field("tags", "string", is_list=True),
            criteria.Field("city", "string"),
            criteria.Field("customer", "objectRef", object_entity_type="customer"),
            criteria.ObjectList("items", [criteria.Field("sku", "string"), criteria.Field("quantity", "integer")]),
        ],
        system_properties=False,
    )
    [customers] = [json.loads(block) for block in blocks(page, "json customers")]
    id_field = criteria.Field("id", "integer", is_unique=True, nullable=False)
    customer = Schema("customer", [id_field, criteria.Field("country", "string")], system_properties=False)
    lookups = {"customer": {one["id"]: one for one in customers}.get}
    rows = re.findall(r"^\| [^|]+ \| `(\{.*\})` \| ([\d, ]+|none) \|$", page, re.MULTILINE)
    assert len(rows) > 10
    for text, ids in rows:
        query = criteria.parse(text, order, entities={"customer": customer})
        selected = criteria.compile(query, "python", records="json", lookups=lookups).filter(records)
        assert (text, [record["id"] for record in selected]) == (text, [int(one) for one in re.findall(r"\d+", ids)])


def test_criteria_for_those_who_come_from_elsewhere_parse() -> None:
    """Whatever the page shows as criteria is."""
    page = read("docs/coming-from.md")
    shown = [
        text for row in re.findall(r"^\|[^|]*\|(.*)\|$", page, re.MULTILINE) for text in re.findall(r"`(\{.*?\})`", row)
    ]
    whole = [text for text in shown if "..." not in text]
    assert len(whole) > 20
    for text in whole:
        criteria.parse(text)


def test_operators_from_elsewhere_are_rejected_with_what_the_page_says() -> None:
    """Criteria in the words of MongoDB have a hint that is criteria, which the page shows."""
    page = read("docs/coming-from.md")
    for given in ('{"tags": {"$all": ["a", "b"]}}', '{"age": {"$exists": true}}'):
        assert f"`{given}`" in page
        with pytest.raises(criteria.CriteriaError) as caught:
            criteria.parse(given)
        hints = [problem.hint or "" for problem in caught.value.problems]
        written = re.findall(r"\{.*\}", " ".join(hints))
        assert written, hints
        assert written[0] in page


def test_the_schema_file_has_every_kind_of_field() -> None:
    """The example is a schema with each type and each key."""
    block, with_objects, query = blocks(read("docs/schema-file.md"), "json")
    schema = Schema.from_json(block)
    assert criteria.parse(query, Schema.from_json(with_objects)).to_json() == {
        "items": {"$elemMatch": {"AND": [{"sku": "A-1"}, {"count": {"$gte": 2}}]}}
    }
    assert {field.field_type for field in schema.fields} == set(criteria.FieldType)
    keys = {key for field in json.loads(block)["fields"] for key in field}
    specified = (
        read("docs/language.md").partition("A field has the keys")[2].partition("`isUnique` and `nullable` are")[0]
    )
    assert keys == set(re.findall(r"^\| `(\w+)` \|", specified, re.MULTILINE))


def test_the_page_on_python_has_the_signatures() -> None:
    """For a public name that changed, `python -m tests.site.signatures` writes its signature."""
    page = read("docs/api.md")
    assert with_signatures(page) == page
    names = set(re.findall(r"^::: criteria\.(\w+)$", page, re.MULTILINE))
    assert set(criteria.__all__) - names <= {"backends"}


def test_the_tutorial_has_an_application() -> None:
    """The application of the tutorial answers as the page says."""
    from tests.fastapi.apps import ask

    [block] = blocks(read("docs/tutorial.md"), "python")
    module: dict[str, Any] = {}
    exec(compile(block.replace('"examples/', f'"{ROOT}/examples/'), "tutorial.md", "exec"), module)  # noqa: S102
    answer = ask(module["app"], "GET", '/films?query={"year":1960}&limit=1').json()
    assert [film["year"] for film in answer["data"]] == [1960]
    assert ask(module["app"], "GET", '/films?query={"yaer":1960}').status_code == 422


def test_the_page_on_engines_defines_a_backend(tmp_path: Path) -> None:
    """The module runs, and what it offers is a backend."""
    [block] = blocks(read("docs/engines.md"), "python")
    path = tmp_path / "backend.py"
    path.write_text(block, encoding="utf-8")
    backend = runpy.run_path(str(path))["BACKEND"]
    assert isinstance(backend, Backend)
    assert callable(backend.compile_query)
    assert callable(backend.compile_search)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 has no tomllib")
def test_the_page_on_engines_offers_the_backend() -> None:
    """The entry point is in the group that is searched, under the name of the example, and names what it defines."""
    import tomllib

    page = read("docs/engines.md")
    [block] = blocks(page, "toml")
    [(group, offered)] = tomllib.loads(block)["project"]["entry-points"].items()
    assert group == ENTRY_POINTS
    [(name, target)] = offered.items()
    assert f'criteria.compile(query, "{name}")' in page
    assert target == "my_package:BACKEND"
    assert "\nBACKEND = " in blocks(page, "python")[-1]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 has no tomllib")
def test_extras_of_the_page_on_installing_exist() -> None:
    """The page names the extras that users need, and no other."""
    import tomllib

    extras = set(tomllib.loads(read("pyproject.toml"))["project"]["optional-dependencies"])
    for_developers = {"bench", "compared", "check", "docs"} | {name for name in extras if name.endswith("test")}
    rows = re.findall(r"^\| ((?:`[\w-]+`(?:, )?)+) \|", read("docs/install.md"), re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([\w-]+)`", row)} == extras - for_developers
