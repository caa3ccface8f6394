"""The page at / in a real browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser, expect

import criteria
from criteria import Field, ObjectList, Schema
from criteria.backends.sql.dialects import ALIASES, DIALECTS
from criteria.web import Keys
from examples.server.catalogue import Catalogue
from examples.server.compiled import MAX_AT_ONCE, MAX_FINDINGS
from examples.server.console import SAMPLE_KEYS, application_with_page
from examples.server.routes import Api
from examples.server.sample import Sample, make_sample
from examples.server.store import open_store
from tests.conftest import require
from tests.server.browsing import ROW, Scheme, Visit, chromium, visiting
from tests.server.running import API_KEY, MASTER_KEY, listening

pytestmark = pytest.mark.heavy("a browser starts")

HOSTILE = "<script>window.taken = 1</script><img src=x onerror='window.taken = 1'>"
LARGE = 2**53 + 1
"""An integer that no number of JavaScript is."""


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    """The sample data, and a segment whose name is HTML."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('page') / 'page.db'}")
    try:
        found = Catalogue(store)
        make_sample(found, SAMPLE_KEYS)
        hostile = Sample(Api(found, SAMPLE_KEYS), SAMPLE_KEYS, Random(0))  # noqa: S311
        hostile.create("usersegments", {"name": HOSTILE, "customProperties": {"priority": LARGE}})
        yield found
    finally:
        store.close()


@pytest.fixture(scope="module")
def url(catalogue: Catalogue) -> Iterator[str]:
    """The page of a server with the sample keys."""
    with listening(application_with_page(catalogue, SAMPLE_KEYS)) as address:
        yield f"{address}/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all of these tests."""
    with chromium() as found:
        yield found


@pytest.fixture
def visit(browser: Browser, url: str) -> Iterator[Visit]:
    """The page, with the records of its first criteria."""
    with visiting(browser, url) as found:
        yield found


def test_fields_are_completed_by_keyboard_alone(visit: Visit) -> None:
    """What was typed of a name, an arrow and Enter write the name, its operator and their brackets."""
    visit.write('{"custom')
    labels = visit.suggested()
    assert labels[:2] == ["customProperties.nickname", "customProperties.age"]
    visit.page.keyboard.press("ArrowDown")
    assert visit.page.get_attribute("#criteria", "aria-activedescendant") == "suggestion-1"
    visit.page.keyboard.press("Enter")
    assert visit.criteria == '{"customProperties.age": '
    visit.page.keyboard.type('{"$')
    assert visit.suggested() == ["$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin"]
    visit.page.keyboard.type("gte")
    visit.page.keyboard.press("Enter")
    visit.page.keyboard.type("85}}")
    assert visit.criteria == '{"customProperties.age": {"$gte": 85}}'
    expect(visit.page.locator("#problems-summary")).to_have_text("No problems")


def test_operators_are_those_of_the_type(visit: Visit) -> None:
    """A string has operators on text, a boolean and a reference have none on order."""
    for name, expected in (
        (
            "email",
            [
                "$ne",
                "$gt",
                "$gte",
                "$lt",
                "$lte",
                "$in",
                "$nin",
                "$startsWith",
                "$endsWith",
                "$contains",
                "$ieq",
                "$istartsWith",
                "$iendsWith",
                "$icontains",
            ],
        ),
        ("customProperties.newsletter", ["$ne", "$in", "$nin"]),
        ("customProperties.mentor", ["$ne", "$in", "$nin", "$elemMatch"]),
    ):
        visit.write(f'{{"{name}": {{"$')
        assert visit.suggested() == expected, name


def test_known_values_are_completed(visit: Visit) -> None:
    """A boolean is true, false or null; AND takes a list, and what stands in it are fields again."""
    visit.write('{"customProperties.newsletter": ')
    visit.page.keyboard.press("Control+Space")
    assert visit.suggested() == ["true", "false", "null", "{ }"]
    visit.page.keyboard.press("ArrowDown")
    visit.page.keyboard.press("Enter")
    assert visit.criteria == '{"customProperties.newsletter": true'
    visit.write('{"AN')
    assert visit.suggested()[0] == "AND"
    visit.page.keyboard.press("Tab")
    assert visit.criteria == '{"AND": [{}]'
    assert "email" in visit.suggested()
    visit.page.keyboard.press("Escape")
    assert visit.page.locator("#suggestions").is_hidden()


def test_a_day_is_completed_and_shown(visit: Visit) -> None:
    """Where a date is expected, today is offered; records show days as they are."""
    visit.page.select_option("#entity", "organization")
    before = datetime.now(timezone.utc).date().isoformat()
    visit.write('{"customProperties.founded": {"$lte": ')
    visit.page.keyboard.press("Control+Space")
    suggested = visit.suggested()
    assert suggested in ([before], [datetime.now(timezone.utc).date().isoformat()])
    visit.page.keyboard.press("ArrowDown")
    visit.page.keyboard.press("Enter")
    visit.page.keyboard.type("}}")
    assert visit.criteria == f'{{"customProperties.founded": {{"$lte": "{suggested[0]}"}}}}'
    expect(visit.page.locator("#problems-summary")).to_have_text("No problems")
    expect(visit.page.locator(".words")).to_contain_text(f"customProperties.founded is on or before {suggested[0]}")
    visit.page.keyboard.press("Control+Enter")
    days = visit.page.locator("td.fixed").filter(has_text=re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))
    expect(days.first).to_be_visible()


def test_criteria_inside_elem_match_are_completed(visit: Visit) -> None:
    """Those of the object that a reference leads to: its fields, their operators, and what is around it after that."""
    visit.write('{"customProperties.mentor": {"$ele')
    visit.page.keyboard.press("Enter")
    assert visit.criteria == '{"customProperties.mentor": {"$elemMatch": {}'
    assert "email" in visit.suggested()
    visit.page.keyboard.type('"ema')
    assert visit.suggested()[0] == "email"
    visit.page.keyboard.press("Enter")
    visit.page.keyboard.type('{"$isw')
    assert visit.page.locator("#suggestions").is_hidden()
    visit.write('{"customProperties.mentor": {"$elemMatch": {"NOT": {"OR": [{"email": {"$ist')
    assert visit.suggested() == ["$istartsWith"]
    visit.write('{"customProperties.mentor": {"$elemMatch": {"email": "a"}, "$n')
    assert visit.suggested()[:2] == ["$ne", "$nin"]


ORDER = Schema(
    "order",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("status", "string", values=("open", "null", 'half "paid"')),
        ObjectList(
            "items",
            [
                Field("sku", "string", values=("pen", "ink")),
                Field("isGift", "boolean"),
                ObjectList("parts", [Field("day", "date"), Field("kinds", "string", is_list=True, values=("a", "b"))]),
            ],
        ),
    ],
    system_properties=False,
)

OPERATORS_OF_TEXT = ["$startsWith", "$endsWith", "$contains", "$ieq", "$istartsWith", "$iendsWith", "$icontains"]


COMPLETED: Mapping[str, list[str]] = {
    '{"status": ': ['"open"', '"null"', r'"half \"paid\""', "null", "{}"],
    '{"status": "o': ['"open"'],
    '{"status": {"$ne": ': ['"open"', '"null"', r'"half \"paid\""', "null"],
    '{"NOT": {"status": {"$in": ["open", ': ['"open"', '"null"', r'"half \"paid\""'],
    '{"items": ': ["null", "{}"],
    '{"items": {"': ['"$ne": ', '"$elemMatch": {}'],
    '{"items": {"$ne": ': ["null"],
    '{"items": {"$elemMatch": ': ["{}"],
    '{"items": {"$elemMatch": [': [],
    '{"items": {"$elemMatch": {"': [f'"{name}": ' for name in ("sku", "isGift", "parts", "parts.day", "parts.kinds")]
     + ['"AND": [{}]', '"OR": [{}]', '"NOT": {}'],
    '{"items": {"$elemMatch": {"AND": [{"sku": {"$': [
        *(f'"{one}": ' for one in ("$ne", "$gt", "$gte", "$lt", "$lte")), '"$in": []', '"$nin": []',
        *(f'"{one}": ' for one in OPERATORS_OF_TEXT)],
    '{"items": {"$elemMatch": {"sku": ': ['"pen"', '"ink"', "null", "{}"],
    '{"items": {"$elemMatch": {"isGift": ': ["true", "false", "null", "{}"],
    '{"items": {"$elemMatch": {"NOT": {"parts": {"$elemMatch": {"kinds": {"$nin": [': ['"a"', '"b"'],
    '{"items": {"$elemMatch": {"parts": {"$elemMatch": {"': [
        '"day": ', '"kinds": ', '"AND": [{}]', '"OR": [{}]', '"NOT": {}'],
    '{"items": {"$elemMatch": {"parts": {"$elemMatch": {"day": null}}, "is': ['"isGift": '],
    '{"items": {"$elemMatch": {"parts": {"$elemMatch": {"day": null}}}}, "st': ['"status": '],
    '{"items.parts.kinds": {"$ne": ': ['"a"', '"b"', "null"],
    '{"items": {"$elemMatch": {"nobody": {"$elemMatch": {"': [],
    '{"id": {"$elemMatch": {"': [],
}  # fmt: skip
"""What each suggestion at the end of a text writes."""


def test_completion_of_listed_values_and_lists_of_objects(visit: Visit) -> None:
    """The browser's own module answers for a schema that the example does not have."""
    found = visit.page.evaluate(
        """async ([texts, schema]) => {
            const { completions } = await import("/page/completion.js");
            return texts.map((text) => completions(text, text.length, schema).items.map((item) => item.text));
        }""",
        [list(COMPLETED), criteria.query_json_schema(ORDER)],
    )
    assert dict(zip(COMPLETED, found, strict=True)) == COMPLETED


def test_a_click_puts_the_caret_where_it_points(visit: Visit) -> None:
    """The mouse reaches the text through the letters that are drawn of it."""
    visit.write('{"email": "a"}')
    visit.page.keyboard.press("Escape")
    visit.page.focus("#limit")
    box = visit.page.locator(".ink .string").bounding_box()
    assert box is not None
    visit.page.mouse.click(box["x"] + 1, box["y"] + box["height"] / 2)
    visit.page.keyboard.type("!")
    assert visit.criteria == '{"email": !"a"}'


def test_a_new_line_needs_no_suggestion_to_be_closed(visit: Visit) -> None:
    """Where no word was begun, Enter makes a line, as deep as the brackets around it."""
    visit.write('{\n"AND": [\n')
    assert visit.criteria == '{\n  "AND": [\n    '
    visit.page.keyboard.press("Control+Space")
    visit.suggested()
    visit.page.keyboard.press("Enter")
    assert visit.criteria == '{\n  "AND": [\n    \n    '


def test_problems_are_marked_where_they_are(visit: Visit) -> None:
    """Each problem underlines its word, also behind characters of two halves, and is listed with its hint."""
    visit.write('{"name": "😀", "emal": "x",\n"email": {"$gtt": 1}}')
    expect(visit.page.locator("#problems-summary")).to_have_text("2 problems")
    assert visit.page.locator(".ink .marked.error").all_text_contents() == ['"emal"', '"$gtt"']
    assert visit.page.locator(".ink .line.error").count() == 2
    assert visit.page.locator("#problems .place").all_text_contents() == ["1:15", "2:11"]
    first = visit.page.locator("#problems button").first
    assert 'Did you mean "email"?' in first.inner_text()
    first.click()
    selected = "one => one.value.slice(one.selectionStart, one.selectionEnd)"
    assert visit.page.locator("#criteria").evaluate(selected) == '"emal"'
    assert visit.page.get_attribute("#criteria", "aria-invalid") == "true"


def test_the_coloured_text_is_under_the_typed_text(visit: Visit) -> None:
    """The lines that are seen are as high as the text area over them, also where they are broken."""
    visit.write('{"name": {"$in": [' + '"abcdefghij", ' * 30 + '"wide 世界"]}}\n\n')
    heights = "() => ['.ink', '#criteria'].map(one => document.querySelector(one).scrollHeight)"
    drawn, typed = visit.page.evaluate(heights)
    assert drawn == typed > 200


def test_long_criteria_are_drawn_and_compiled(visit: Visit) -> None:
    """Three hundred comparisons in twelve hundred lines; a change of one line draws that one anew."""
    text = json.dumps({"OR": [{"email": {"$contains": f"x{number}"}} for number in range(300)]}, indent=1)
    paste = "(one, text) => { one.value = text; one.dispatchEvent(new Event('input')) }"
    visit.page.locator("#criteria").evaluate(paste, text)  # typed, it would take a minute
    expect(visit.page.locator("#problems-summary")).to_have_text("No problems")
    assert visit.page.locator(".ink .line").count() == text.count("\n") + 1
    expect(visit.page.get_by_role("tabpanel", name="Words")).to_contain_text("and 280 more")
    visit.page.evaluate("document.querySelectorAll('.ink .line').forEach(line => { line.isOld = true })")
    visit.page.evaluate("document.getElementById('criteria').setSelectionRange(0, 0)")
    visit.page.focus("#criteria")
    visit.page.keyboard.type(" ")
    old = "document.querySelectorAll('.ink .line').values().filter(line => line.isOld).toArray().length"
    assert visit.page.evaluate(old) == text.count("\n")
    drawn = visit.page.locator(".ink").evaluate("one => [...one.children].map(line => line.textContent).join('\\n')")
    assert drawn == visit.criteria


def test_long_criteria_are_compiled_for_an_engine_on_request(visit: Visit) -> None:
    """The server answers at once while one types. A button shows what an engine gets, or why it refuses."""
    text = json.dumps({"OR": [{"email": {"$startsWith": f"x{number}"}} for number in range(MAX_AT_ONCE + 1)]})
    visit.write("{}")
    paste = "(one, text) => { one.value = text; one.dispatchEvent(new Event('input')) }"
    visit.page.locator("#criteria").evaluate(paste, text)
    visit.page.get_by_role("tab", name="SQL", exact=True).click()
    for name, shown in (("PostgreSQL", '"x100"'), ("Oracle", "Oracle stores an empty string as NULL")):
        visit.page.get_by_role("tab", name=name).click()
        panel = visit.page.get_by_role("tabpanel", name=name)
        expect(panel).to_contain_text("These criteria are long")
        panel.get_by_role("button", name="Compile").click()
        expect(panel).to_contain_text(shown)
        expect(panel).not_to_contain_text("These criteria are long")
    expect(visit.page.get_by_role("tab", name="Oracle")).to_have_class("refused")
    expect(visit.page.get_by_role("tab", name="PostgreSQL")).not_to_have_class("refused")
    expect(visit.page.locator(".legend")).to_be_visible()
    for name, shown in (("MongoDB", '"email"'), ("Python", "def matches(row):")):
        visit.page.get_by_role("tab", name=name).click()
        panel = visit.page.get_by_role("tabpanel", name=name)
        panel.get_by_role("button", name="Compile").press("Enter")
        expect(panel).to_contain_text(shown)
        expect(panel).to_be_focused()
    visit.write('{"email": "a"}')
    visit.page.get_by_role("tab", name="MongoDB").click()
    expect(visit.page.get_by_role("tabpanel", name="MongoDB")).to_contain_text('"a"')


def test_of_many_findings_the_first_are_shown(visit: Visit) -> None:
    """The others are counted."""
    group = {"AND": [{"email": "a"}, {"email": "b"}]}
    text = json.dumps({"OR": [group] * (MAX_FINDINGS + 5)})
    paste = "(one, text) => { one.value = text; one.dispatchEvent(new Event('input')) }"
    visit.page.locator("#criteria").evaluate(paste, text)
    expect(visit.page.locator("#problems-summary")).to_contain_text(f"{MAX_FINDINGS + 5} findings")
    expect(visit.page.locator("#problems li")).to_have_count(MAX_FINDINGS + 1)
    expect(visit.page.locator("#problems li").last).to_have_text("and 5 more findings")


def test_findings_are_marked_as_well(visit: Visit) -> None:
    """Criteria that no record can fulfil are no problem, but the page says so."""
    visit.write('{"customProperties.age": {"$gt": 6, "$lt": 5}}')
    expect(visit.page.locator("#problems-summary")).to_have_text("No problems, 1 finding")
    assert "".join(visit.page.locator(".ink .marked.finding").all_text_contents()) == '{"$gt": 6, "$lt": 5}'
    expect(visit.page.get_by_role("tabpanel", name="Words")).to_contain_text("No records match.")


def test_problems_of_parameters_are_shown_at_their_fields(visit: Visit) -> None:
    """A limit that is not a number and an unknown name are reported at the inputs."""
    visit.page.fill("#limit", "x")
    visit.page.fill("#orderBy", "nme")
    expect(visit.page.locator("#problems-summary")).to_have_text("2 problems")
    invalid = visit.page.locator("input[aria-invalid=true]").evaluate_all("all => all.map(one => one.id)")
    assert invalid == ["orderBy", "limit"]


def test_running_shows_the_records(visit: Visit) -> None:
    """The table has the records that the criteria select, a page at a time, in the order that a heading gives."""
    visit.page.select_option("#entity", "referralDiscount")
    expect(visit.page.locator("#records-status")).to_have_text("1\u201320 of 30 records")
    visit.page.click("#next")
    expect(visit.page.locator("#records-status")).to_have_text("21\u201330 of 30 records")
    assert [row[1] for row in visit.rows()] == [f"FRIEND-{number:03}" for number in range(21, 31)]
    expect(visit.page.locator("#next")).to_be_disabled()
    visit.write('{"code": {"$endsWith": "7"}}')
    visit.run("1\u20133 of 3 records")
    assert [row[1] for row in visit.rows()] == ["FRIEND-007", "FRIEND-017", "FRIEND-027"]
    for expected, direction in (("code", "ascending"), ("code desc", "descending")):
        visit.page.get_by_role("button", name="code", exact=False).click()
        expect(visit.page.locator("#orderBy")).to_have_value(expected)
        # The records of the new order are there: a heading that is pressed before gives the same order again.
        expect(visit.page.locator(f"th[aria-sort={direction}]")).to_contain_text("code")
    expect(visit.page.locator("#records tbody tr").first).to_contain_text("FRIEND-027")
    visit.write('{"code": "none of them"}')
    visit.run("None of 0 records")
    expect(visit.page.locator("#records")).to_have_text("No record matches.")


def test_pages_turn_by_cursor(visit: Visit) -> None:
    """Next and Previous continue from the records that are shown; a search that is run again begins at `skip`."""
    status, page = visit.page.locator("#records-status"), visit.page
    page.select_option("#entity", "referralDiscount")
    expect(status).to_have_text("1\u201320 of 30 records")
    expect(page.locator("#previous")).to_be_disabled()
    page.fill("#orderBy", "code desc")
    page.fill("#limit", "12")
    page.fill("#skip", "3")
    page.click("#run")
    expect(status).to_have_text("4\u201315 of 30 records")
    for button, parameter, shown, first in (
        ("#next", "after", "16\u201327", 15),
        ("#next", "after", "28\u201330", 3),
        ("#previous", "before", "16\u201327", 15),
        ("#previous", "before", "4\u201315", 27),
        ("#previous", "before", "1\u20133", 30),
    ):
        with page.expect_request(lambda request, name=parameter: f"{name}=" in request.url):  # type: ignore[misc]
            page.click(button)
        expect(status).to_have_text(f"{shown} of 30 records")
        assert visit.rows()[0][1] == f"FRIEND-{first:03}"
    expect(page.locator("#previous")).to_be_disabled()
    page.click("#next")
    expect(status).to_have_text("4\u201315 of 30 records")
    page.click("#run")
    expect(status).to_have_text("1\u201312 of 30 records")


def test_criteria_with_problems_are_not_run(visit: Visit) -> None:
    """The records stay those of before, and the page says that nothing was run."""
    before = visit.rows()
    visit.write("{")
    visit.page.keyboard.press("Control+Enter")
    expect(visit.page.locator("#records-status")).to_have_text("Not run: 1 problem.")
    assert visit.rows() == before
    visit.said = [line for line in visit.said if "400 (Bad Request)" not in line]  # how browsers note a refusal


def test_tabs_show_what_each_backend_gets(visit: Visit) -> None:
    """Words, SQL for every dialect of the library, MongoDB's filter, Python and the normal form; arrows go through."""
    visit.write('{"email": {"$startsWith": "a"}}')
    words = visit.page.get_by_role("tabpanel", name="Words")
    expect(words).to_contain_text('email starts with "a"')
    visit.page.get_by_role("tab", name="Words").focus()
    visit.page.keyboard.press("ArrowRight")
    dialects = visit.page.get_by_role("tablist", name="Dialects").get_by_role("tab")
    assert dialects.count() == len(DIALECTS) - len(ALIASES)
    expect(visit.page.get_by_role("tabpanel", name="SQLite")).to_contain_text("`email`")
    expect(visit.page.get_by_role("tabpanel", name="SQLite").locator(".params").first).to_contain_text('"a"')
    visit.page.get_by_role("tab", name="Oracle").click()
    expect(visit.page.get_by_role("tabpanel", name="Oracle")).to_contain_text("Oracle stores an empty string as NULL")
    visit.page.get_by_role("tab", name="MongoDB").click()
    expect(visit.page.get_by_role("tabpanel", name="MongoDB")).to_contain_text('"email"')
    visit.page.keyboard.press("ArrowRight")
    expect(visit.page.get_by_role("tabpanel", name="Python")).to_contain_text("def matches(row):")
    visit.page.keyboard.press("End")
    expect(visit.page.get_by_role("tabpanel", name="Normal form")).to_contain_text('"$startsWith": "a"')


def test_the_statement_of_the_whole_search(visit: Visit) -> None:
    """Below the condition is the statement with its order and its page; a legend says what dashed dialects are."""
    visit.page.fill("#orderBy", "email desc")
    visit.page.fill("#limit", "7")
    visit.write('{"email": {"$startsWith": "a"}}')
    visit.page.get_by_role("tab", name="SQL", exact=True).click()
    shown = visit.page.get_by_role("tabpanel", name="SQLite")
    expect(shown).to_contain_text("The whole search")
    expect(shown).to_contain_text("ORDER BY `user`.`email` COLLATE BINARY DESC")
    expect(shown).to_contain_text("LIMIT 8")
    expect(visit.page.locator(".legend")).to_contain_text("refuse these criteria")


def test_examples_are_chosen_from_a_menu(visit: Visit) -> None:
    """Each example is a search without a problem that finds records."""
    for title in visit.page.locator("#example option").all_text_contents()[1:]:
        visit.page.select_option("#example", title)
        expect(visit.page.locator("#problems-summary")).to_have_text("No problems")
        expect(visit.page.locator("#records-status")).to_have_text(re.compile(" of [1-9]"))


def test_a_link_shows_the_search_again(visit: Visit) -> None:
    """The address has the search, so a reload and a copied link show it."""
    visit.page.select_option("#entity", "organization")
    visit.page.fill("#criteria", '{"name": {"$contains": "&#%"}}')
    visit.page.fill("#orderBy", "name desc")
    visit.page.focus("#criteria")
    visit.run("None of 0 records")
    visit.page.reload()
    expect(visit.page.locator("#criteria")).to_have_value('{"name": {"$contains": "&#%"}}')
    expect(visit.page.locator("#orderBy")).to_have_value("name desc")
    expect(visit.page.locator("#entity")).to_have_value("organization")
    expect(visit.page.locator("#records-status")).to_have_text("None of 0 records")


def test_a_search_is_copied_as_a_command(visit: Visit, tmp_path: Path) -> None:
    """The command runs in a shell, and its answer has the records of the page."""
    require("curl", None if shutil.which("curl") else "apt-get install curl")
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.page.fill("#criteria", '{"email": {"$contains": "\'"}, "NOT": {"name": "$HOME"}}')
    visit.page.click("#curl")
    expect(visit.page.locator("#curl")).to_have_text("Copied")
    command = visit.page.evaluate("navigator.clipboard.readText()")
    keys = {"API_KEY": SAMPLE_KEYS.api_key, "MASTER_KEY": SAMPLE_KEYS.master_key}
    done = subprocess.run(
        ["/bin/sh", "-c", command], env={**os.environ, **keys}, capture_output=True, timeout=60, check=True
    )
    answer = json.loads(done.stdout)
    assert all("'" in record["email"] for record in answer["data"])
    assert answer["totalCount"] == len(answer["data"])
    visit.page.focus("#criteria")
    total = answer["totalCount"]
    visit.run(f"1\u2013{total} of {total} record{'s' * (total > 1)}" if total else "None of 0 records")


def test_html_in_records_and_criteria_stays_text(visit: Visit) -> None:
    """Names and criteria that are HTML are shown letter by letter, and none of it is run."""
    visit.page.select_option("#entity", "userSegment")
    visit.page.fill("#criteria", '{"name": {"$contains": "<script>"}, "description": {"$ne": "' + HOSTILE + '"}}')
    visit.page.focus("#criteria")
    visit.run("1\u20131 of 1 record")
    assert HOSTILE in visit.rows()[0]
    expect(visit.page.get_by_role("tabpanel", name="Words")).to_contain_text("<script>")
    visit.page.fill("#criteria", '{"' + HOSTILE + '": 1}')
    expect(visit.page.locator("#problems")).to_contain_text("<script>")
    assert visit.page.locator("main script, main img").count() == 0
    assert visit.page.evaluate("window.taken") is None


def test_a_stopped_server_is_reported(browser: Browser, catalogue: Catalogue) -> None:
    """The records stay where they are, and the words beside them say what is wrong."""
    with listening(application_with_page(catalogue, SAMPLE_KEYS)) as url, visiting(browser, f"{url}/") as visit:
        before = visit.rows()
        visit.page.route("**/v1/**", lambda route: route.abort())
        visit.page.click("#run")
        expect(visit.page.locator("#records-status")).to_have_text("The server cannot be reached.")
        assert visit.rows() == before
        visit.said = [line for line in visit.said if "Failed to load resource" not in line]


def test_large_integers_stay_as_they_are(visit: Visit) -> None:
    """Neither criteria nor records lose a digit on their way through the page."""
    visit.page.select_option("#entity", "userSegment")
    visit.write(f'{{"customProperties.priority": {LARGE}}}')
    visit.run("1\u20131 of 1 record")
    assert str(LARGE) in visit.rows()[0]
    for name in ("MongoDB", "Normal form"):
        visit.page.get_by_role("tab", name=name).click()
        expect(visit.page.get_by_role("tabpanel", name=name)).to_contain_text(str(LARGE))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_window_has_room_for_it_all(browser: Browser, url: str, scheme: Scheme) -> None:
    """At 360 pixels nothing but the table scrolls sideways, the suggestions included."""
    with visiting(browser, url, width=360, scheme=scheme) as visit:
        visit.write('{"organizations": null, "customProperties.newsl')
        visit.suggested()
        assert visit.page.evaluate("document.documentElement.scrollWidth") == 360
        right = visit.page.evaluate("document.getElementById('suggestions').getBoundingClientRect().right")
        assert right <= 360
        visit.page.get_by_role("tab", name="SQL", exact=True).click()
        assert visit.page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(browser: Browser, url: str, scheme: Scheme) -> None:
    """Each colour of text has 4.5 to 1 on what it stands on (WCAG 2, 1.4.3)."""
    with visiting(browser, url, scheme=scheme) as visit:
        colours = visit.page.evaluate(COLOURS)
        pairs = [
            *((name, "card") for name in ("ink", "soft", "accent", "error", "finding", "good")),
            *((name, "card") for name in CODE), *((name, "shade") for name in CODE),
            ("ink", "paper"), ("soft", "paper"), ("on-accent", "accent"), ("error", "error-shade"),
        ]  # fmt: skip
        weak = {pair: ratio for pair in pairs if (ratio := contrast(colours[pair[0]], colours[pair[1]])) < 4.5}
        assert weak == {}


CODE = ("string", "number", "key", "operator", "soft")

COLOURS = """() => Object.fromEntries(
  ["ink", "soft", "paper", "card", "shade", "accent", "on-accent", "error", "error-shade", "finding", "good",
   "string", "number", "key", "operator"].map(name =>
    [name, getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim()]))"""


def contrast(one: str, other: str) -> float:
    """The contrast of two colours like #ffffff."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """How bright a colour is, from 0 to 1."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else float(((part + 0.055) / 1.055) ** 2.4) for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_page_asks_for_keys_that_it_does_not_have(browser: Browser, catalogue: Catalogue) -> None:
    """Where the server has keys of its own, they are asked for, kept for the tab, and asked for again when wrong."""
    app = application_with_page(catalogue, Keys(API_KEY, MASTER_KEY))
    with listening(app) as url, visiting(browser, f"{url}/", waits_for="#keys[open]") as visit:
        visit.page.keyboard.press("Escape")
        visit.write("{}")
        visit.page.click("#run")
        visit.page.wait_for_selector("#keys[open]")
        visit.page.fill("#apiKey", "wrong")
        visit.page.fill("#masterKey", MASTER_KEY)
        visit.page.keyboard.press("Enter")
        expect(visit.page.locator("#keys-error")).to_have_text("API Key is invalid.")
        visit.page.fill("#apiKey", API_KEY)
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_selector(ROW)
        visit.page.reload()
        visit.page.wait_for_selector(ROW)
        assert visit.page.evaluate("localStorage.length") == 0
        visit.said = [line for line in visit.said if "Failed to load resource" not in line]
