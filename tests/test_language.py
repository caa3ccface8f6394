"""docs/language.md is true: its examples, its tables and the anchors that other texts cite.

A section is what follows a heading. A block `json schema` is the schema of its section, a block `json records` has its
records, a block `json entities` the schemas and records of other entities; a section without one takes those of the
section around it, and then the schema of the page. In a table of examples the first cell has one or more inputs, and
the second the keys that are selected, or the problems.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, FieldType, Limits, Query, Schema, Search
from criteria.errors import CODES
from criteria.parsing.bind import ALLOWED
from criteria.tree.nodes import EQUALITY, MEMBERSHIP, ORDERING, TEXT, Not, Operator
from tests.engines import Engine, Table

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")

KINDS = {
    "| criteria | selects |": "criteria",
    "| criteria without a schema | selects |": "without a schema",
    "| strict criteria | selects |": "strict",
    "| orderBy | order |": "order",
    "| search | page | hasMoreRecords | totalCount |": "search",
}
"""The head of each kind of table that has examples."""

PROBLEM = re.compile(r"`(\w+)`(?: at `([^`]*)`)?")


@dataclass(frozen=True)
class Section:
    """A heading of the page with its schema and records as text, and its body."""

    name: str
    level: int
    body: str
    schema_text: str
    records_text: str
    entities_text: str

    @property
    def schema(self) -> Schema:
        """Read when it is asked for: a type that does not exist yet is a failure of its own section."""
        own = Schema.from_json(self.schema_text)
        return own.with_entities({name: Schema.from_json(one["schema"]) for name, one in self.entities.items()})

    @property
    def entities(self) -> dict[str, Any]:
        """The schemas and the records of other entities."""
        found: dict[str, Any] = json.loads(self.entities_text)
        return found

    @contextmanager
    def stored(self, engine: Engine) -> Iterator[Table]:
        """The table of the section with its records, beside those of the other entities."""
        with ExitStack() as stack:
            table = engine.table(self.schema)
            others = {name: engine.table(one) for name, one in self.schema.entities.items()}
            for name, other in others.items():
                stack.enter_context(other.holding(self.entities[name]["records"]))
            stack.enter_context(table.holding(self.records))
            yield table

    @property
    def records(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.records_text)
        return found


@dataclass(frozen=True)
class Example:
    """One input of a table, and what the page says of it."""

    section: Section
    kind: str
    text: str
    says: str
    has_more: str = ""
    total: str = ""

    def __str__(self) -> str:
        return f"{self.section.name}: {self.text}"

    @property
    def keys(self) -> list[int]:
        """The keys that are selected, in the order of the page."""
        if self.says in ("all", "none"):
            return [record["id"] for record in self.section.records] if self.says == "all" else []
        return [int(key) for key in self.says.split(", ")]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """The code and the pointer of each problem; the pointer is empty where the page leaves it out."""
        return [(code, pointer) for code, pointer in PROBLEM.findall(self.says)]


def block(body: str, kind: str) -> str | None:
    """The text of the block of a kind, of which a section has at most one."""
    found = re.findall(rf"^```json {kind}\n(.*?)^```$", body, re.MULTILINE | re.DOTALL)
    assert len(found) <= 1
    return found[0] if found else None


def sections() -> Iterator[Section]:
    """The sections of the page, each with the schema and the records that hold in it."""
    page_schema = re.findall(r"^```json schema\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
    around: list[Section] = []
    for part in re.split(r"(?m)^(?=#{2,3} )", PAGE)[1:]:
        heading, _, body = part.partition("\n")
        marks, _, name = heading.partition(" ")
        around = [one for one in around if one.level < len(marks)]
        inherited = around[-1].records_text if around else "[]"
        schema, records = block(body, "schema") or page_schema, block(body, "records") or inherited
        one = Section(name, len(marks), body, schema, records, block(body, "entities") or "{}")
        around.append(one)
        yield one


def cells(row: str) -> list[str]:
    """The cells of a row of a table."""
    return [cell.strip() for cell in row.removeprefix("|").removesuffix("|").split("|")]


def examples() -> Iterator[Example]:
    """The examples of the page, in its order."""
    for section in sections():
        kind = None
        for line in section.body.split("\n"):
            kind = KINDS.get(line, kind if line.startswith("|") else None)
            if kind and line.startswith("| `"):
                inputs, *answers = cells(line)
                for text in re.findall(r"`([^`]*)`", inputs):
                    yield Example(section, kind, text, *answers)


SECTIONS = list(sections())
EXAMPLES = list(examples())
SELECTING = [one for one in EXAMPLES if not one.problems]
REFUSED = [one for one in EXAMPLES if one.problems]
OF_ENGINES = [one for one in SELECTING if one.kind != "without a schema"]
NAMES = list(dict.fromkeys(one.section.name for one in OF_ENGINES))


def search_of(example: Example) -> Search:
    """The input of an example, read as its table says: criteria, an order or the parameters of a search."""
    schema, everything = example.section.schema, Search(Query(criteria.parse("{}").expression), limit=None)
    match example.kind:
        case "criteria" | "strict":
            return replace(everything, query=criteria.parse(example.text, schema, strict=example.kind == "strict"))
        case "without a schema":
            return replace(everything, query=criteria.parse(example.text))
        case "order":
            order = criteria.parse_order_by(example.text, schema)
            return replace(everything, query=criteria.parse("{}", schema), order_by=order)
        case "search":
            return criteria.parse_search(json.loads(example.text), schema)
    raise AssertionError(example.kind)


@pytest.mark.parametrize("example", REFUSED, ids=str)
def test_what_the_page_refuses_is_refused(example: Example) -> None:
    """The problems are those of the page, with their codes, and at their places where it names them."""
    with pytest.raises(CriteriaError) as caught:
        search_of(example)
    found = [(problem.code, problem.pointer) for problem in caught.value.problems]
    assert sorted(code for code, _ in found) == sorted(code for code, _ in example.problems)
    assert {place for place in example.problems if place[1]} <= set(found)
    assert {code for code, _ in found} <= set(CODES)


@pytest.mark.parametrize("name", NAMES)
def test_examples_select_on_every_engine_what_the_page_says(name: str, engine: Engine) -> None:
    """Each example of a section selects its records, in their order where there is one, with the page's facts."""
    own = [one for one in OF_ENGINES if one.section.name == name]
    wrong: list[Any] = []
    with own[0].section.stored(engine) as table:
        for example in own:
            search = search_of(example)
            page = table.search(search)
            keys = list(page.data) if example.kind in ("order", "search") else sorted(page.data)
            facts = [str(page.has_more_records).lower(), "" if page.total_count is None else str(page.total_count)]
            if keys != example.keys or (example.kind == "search" and facts != [example.has_more, example.total]):
                wrong.append((example.text, example.says, keys, facts))
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_not_selects_the_complement_of_each_example(name: str, engine: Engine) -> None:
    """The law of partition, on the criteria of the page."""
    own = [one for one in OF_ENGINES if one.section.name == name and one.kind == "criteria"]
    if own:
        section = own[0].section
        with section.stored(engine) as table:
            for example in own:
                opposite = Query(Not(search_of(example).query.expression), section.schema)
                others = {record["id"] for record in section.records} - set(example.keys)
                assert set(table.select(opposite)) == others, example


@pytest.mark.parametrize("form", ["typed", "json"])
@pytest.mark.parametrize("example", [one for one in SELECTING if one.kind == "without a schema"], ids=str)
def test_criteria_without_a_schema_select_what_the_page_says(example: Example, form: str) -> None:
    """The operand's JSON type takes the place of the field's, in records of both forms."""
    selects = criteria.compile(search_of(example).query, "python", records=form)
    assert [record["id"] for record in example.section.records if selects(record)] == example.keys


def test_every_table_of_criteria_is_run() -> None:
    """There is no row of criteria under another head, and every block is of a kind that is read."""
    shown = re.findall(r"^\| `(\{[^`]*)`", PAGE, re.MULTILINE)
    assert set(shown) - {one.text for one in EXAMPLES} == {'{"f": x}'}
    assert len(EXAMPLES) > 150
    heads = [line for line in PAGE.split("\n") if line in KINDS]
    assert set(heads) == set(KINDS)
    assert len({(one.section.name, one.kind) for one in EXAMPLES}) == len(heads)
    fences = re.findall(r"^```(.*)$", PAGE, re.MULTILINE)
    assert set(fences) == {"", "json schema", "json records", "json entities", "lark"}


@pytest.mark.parametrize("file", ["criteria", "order_by"])
def test_grammar_of_the_page_is_the_grammar(file: str) -> None:
    """Each definition on the page is that of the grammar file, and no rule is missing."""
    own = definitions((ROOT / "grammar" / f"{file}.lark").read_text(encoding="utf-8"))
    blocks = re.findall(r"^```lark\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    [shown] = [found for found in map(definitions, blocks) if set(found) & set(own)]
    assert shown.items() <= own.items()
    assert {name for name in own if name.islower()} <= set(shown)


def definitions(grammar: str) -> dict[str, str]:
    """The definitions of a grammar by name, without comments and layout."""
    text = re.sub(r"\s*// .*", "", grammar)
    parts = re.split(r"^(\w+)(?:\.\d)?: ", text, flags=re.MULTILINE)[1:]
    return {name: " ".join(body.split()) for name, body in zip(parts[::2], parts[1::2], strict=True)}


def table_of(section: str, head: str) -> list[list[str]]:
    """The cells of the table with a head, in a section."""
    [body] = [one.body for one in SECTIONS if one.name == section]
    rows = body.partition(head + "\n")[2].partition("\n\n")[0].split("\n")[1:]
    return [cells(row) for row in rows]


def test_table_of_operators_names_each_operator() -> None:
    """Every operator of criteria JSON has its row, and equality, which has no name, too."""
    rows = table_of("Operators", "| operator | types | true when |")
    named = {name for operators, *_ in rows for name in re.findall(r"`(\$\w+)`", operators)}
    assert named == {operator.value for operator in Operator if operator.value}


def test_table_of_types_names_each_type_and_its_operators() -> None:
    """Every type has a row with the operators that apply to it, and a section of its own."""
    kinds = {"equality": EQUALITY, "membership": MEMBERSHIP, "ordering": ORDERING, "text": TEXT}
    shown = {}
    for name, _, _, operators in table_of("Types", "| type | values | operand | operators |"):
        shown[name.split("`")[1]] = frozenset().union(*(kinds[kind] for kind in operators.split(", ")))
    assert set(shown) <= {one.name for one in SECTIONS if one.level == 3}
    assert {name: shown.get(name) for name in (known.value for known in FieldType)} == {
        known.value: ALLOWED[known] for known in FieldType
    }


def test_table_of_bounds_has_the_defaults() -> None:
    """Every limit is on the page with its default, and each is refused with a code that exists."""
    rows = table_of("Bounds", "| bound | default | counts | code |")
    assert {name.strip("` "): int(default) for name, default, *_ in rows} == {
        name: getattr(Limits(), name) for name in Limits.__slots__
    }
    assert {code.strip("`") for *_, code in rows} <= set(CODES)


def test_codes_of_the_page_exist() -> None:
    """What the page shows as the code of a refusal is one, and what it says of refusals names each code of a query."""
    rows = table_of("Refusals", "| step | looks at | codes |")
    named = {code for row in rows for code in re.findall(r"`(\w+)`", row[-1])}
    assert named <= set(CODES)
    assert {code for one in REFUSED for code, _ in one.problems} <= named | {"too_many_values"}


def anchors(page: Path) -> list[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


def test_every_citation_of_the_page_finds_its_section() -> None:
    """Anchors are unique, and each one that a text of this repository cites is there."""
    known = anchors(ROOT / "docs" / "language.md")
    assert len(known) == len(set(known))
    cited = {(Path("docs/language.md"), anchor) for anchor in re.findall(r"\]\(#([\w-]+)\)", PAGE)}
    for folder in ("criteria", "docs", "tests", "grammar", "examples", "benchmarks"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".md", ".lark", ".json") and "node_modules" not in path.parts:
                text = path.read_text(encoding="utf-8")
                cited |= {(path.relative_to(ROOT), anchor) for anchor in re.findall(r"language\.md#([\w-]+)", text)}
    assert {(str(path), anchor) for path, anchor in cited if anchor not in known} == set()
