"""Text inside Markdown is shown as it is."""

from __future__ import annotations

import html
import re

import pytest

import criteria
from criteria.conformance.report import EngineCounts, Report
from criteria.text.markdown import code, code_cell, fenced, literal

HOSTILE = (
    "<img src=x onerror=alert(1)>", "`<img src=x onerror=alert(1)>`", "a|`<img src=x onerror=alert(1)>",
    "``` <b>", "`", " a ", "[a](javascript:alert(1))", "![a](https://example.org/a.png)", "a\n\n<b>b</b>",
    "a\n```\n<b>b</b>", "*a* _b_ ~~c~~ $d$", "# a", "- a", "+ a", "1. a", "12) a", "=", "\\`<b>`", "\\|<b>",
    "&lt;b&gt;", "https://example.org www.example.org a@example.org",
)  # fmt: skip
MADE = re.compile(r"<(?!/?(?:p|table|thead|tbody|tr|th|td|code|pre|code class=\"language-\w+\"|ul|li|h1|h2)>)")


def rendered(text: str) -> str:
    """The HTML of Markdown, with tables and links that are no markup."""
    reader = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return str(reader.render(text))


def shown(text: str) -> str:
    """The text that a page of Markdown shows."""
    return html.unescape(re.sub("<[^>]*>", "", rendered(text))).strip("\n")


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_shown_as_it_is(text: str) -> None:
    """In prose, in a list, in code and in a cell; line feeds are spaces."""
    line = " ".join(text.split())
    assert shown(literal(text)) == line
    assert MADE.search(rendered(f"- {literal(text)}")) is None
    assert shown(f"- {literal(text)}").strip() == line
    assert shown(f"a {code(text)}") == f"a {' '.join(text.splitlines())}"
    assert shown(fenced(text, "sql")) == text.strip("\n")
    for cell in (literal(text), code_cell(text)):
        table = rendered(f"| a | b |\n|---|---|\n| {cell} | c |")
        assert table.count("<td>") == 2
        assert MADE.search(table) is None


@pytest.mark.parametrize("text", [one for one in HOSTILE if "\n" not in one])
def test_what_shows_itself_in_a_notebook_makes_no_html_of_names_and_values(text: str) -> None:
    """Queries, SQL and explanations with a name and a value, schemas with a name and a description."""
    name = text.strip().replace(".", "").replace("$", "")
    film = criteria.Schema("film", [criteria.Field(name, "string", description=text)], system_properties=False)
    query = criteria.parse({name: text, "OR": [{name: {"$contains": text}}, {name: None}]}, film)
    for one in (
        query, film, criteria.compile(query, "sql", dialect="postgres"), criteria.explain(query),
    ):  # fmt: skip
        assert MADE.search(rendered(one._repr_markdown_())) is None


@pytest.mark.parametrize("text", HOSTILE)
def test_reports_of_conformance_make_no_html_of_names_and_reasons(text: str) -> None:
    """The name and version of an engine, and its reasons."""
    report = Report({text: EngineCounts(text, {"lists": text})}).to_markdown()
    page = rendered(report)
    assert MADE.search(page) is None
    assert page.count("<h2>") == 1
    assert page.count("<tr>") == 3
