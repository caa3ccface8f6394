"""What the example's page asks the server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Event, Semaphore, Thread
from time import process_time
from typing import Any

import httpx
import pytest

from criteria import FieldType, Search
from criteria.backends.sql.dialects import ALIASES, DIALECTS
from criteria.web import Keys
from examples.server import compiled, console
from examples.server.catalogue import Catalogue
from examples.server.compiled import ENGINES, MAX_AT_ONCE, MAX_FINDINGS, MAX_TERMS
from examples.server.console import SAMPLE_KEYS, application_with_page
from examples.server.entities import RESOURCES
from examples.server.store import open_store
from examples.server.threads import SEARCHING_THREADS
from tests.server.running import API, API_KEY, MASTER, MASTER_KEY, listening


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    """An empty store."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('console') / 'console.db'}")
    try:
        yield Catalogue(store)
    finally:
        store.close()


@pytest.fixture(scope="module")
def client(catalogue: Catalogue) -> Iterator[httpx.Client]:
    """A client with the master key."""
    app = application_with_page(catalogue, Keys(API_KEY, MASTER_KEY))
    with listening(app) as url, httpx.Client(base_url=url, headers=MASTER, timeout=30) as found:
        yield found


def checked(client: httpx.Client, entity: str = "user", **params: Any) -> dict[str, Any]:
    """What the server says of a search."""
    answer = client.post(f"/console/{entity}/check", json=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def test_criteria_are_shown_as_each_backend_gets_them(client: httpx.Client) -> None:
    """The answer has SQL and parameters for every dialect, MongoDB's filter, Python source, normal form and words."""
    found = checked(client, query='{"NOT": {"NOT": {"objectId": {"$gt": 5}}}}')
    assert found["problems"] == []
    assert json.loads(found["normalForm"]) == {"objectId": {"$gt": 5}}
    assert [one["dialect"] for one in found["sql"]] == [name for name in DIALECTS if name not in ALIASES]
    assert [one["dialect"] for one in found["sql"] if "5" not in one.get("params", "")] == []
    assert json.loads(found["mongo"]["text"])
    assert "def matches(row):" in found["python"]["text"]
    assert found["words"][0].startswith("Selects records where")


def test_an_engine_is_asked_only_for_the_fields_that_are_used(client: httpx.Client) -> None:
    """Snowflake cannot search in lists, which does not matter to a query on another field."""
    by_dialect = {one["dialect"]: one for one in checked(client, query='{"name": "x"}')["sql"]}
    assert "name" in by_dialect["snowflake"]["text"]
    assert by_dialect["oracle"]["problems"][0]["code"] == "unsupported"
    by_dialect = {one["dialect"]: one for one in checked(client, query='{"organizations": 1}')["sql"]}
    assert by_dialect["snowflake"]["problems"][0]["code"] == "unsupported"


def test_no_criteria_are_all_records(client: httpx.Client) -> None:
    """Without a query, and with an empty one, every record is selected."""
    assert checked(client)["normalForm"] == checked(client, query="{}")["normalForm"] == "{}"


def test_problems_have_their_places(client: httpx.Client) -> None:
    """Every problem of the criteria and of the other parameters is reported at once."""
    found = checked(client, query='{\n"emal": 1}', limit="x", orderBy="nme")
    places = [(one["code"], one["pointer"], one.get("line"), one.get("column")) for one in found["problems"]]
    assert places == [
        ("unknown_field", "/query/emal", 2, 1),
        ("unknown_field", "/orderBy", 1, 1),
        ("invalid_parameter", "/limit", None, None),
    ]
    assert found["problems"][0]["hint"] == 'Did you mean "email"?'


def test_findings_have_their_places(client: httpx.Client) -> None:
    """What is never true is reported at its position in the text, with the terms that make it so."""
    found = checked(client, query='{"email": "a",\n "objectId": {"$gt": 6, "$lt": 5}}')
    assert found["outcome"] == "never"
    [finding] = found["findings"]
    assert (finding["line"], finding["column"]) == (2, 14)
    assert finding["terms"] == ["objectId is more than 6", "objectId is less than 5"]


def test_of_many_findings_the_first_are_told_with_their_places(client: httpx.Client) -> None:
    """Their places are those of the text, and the others are counted. So are the comparisons of a finding."""
    group = '{"AND": [{"email": "a"}, {"email": "b"}]}'
    found = checked(client, query='{"OR": [\n' + ",\n".join([group] * 300) + "]}")
    assert (len(found["findings"]), found["moreFindings"]) == (MAX_FINDINGS, 300 - MAX_FINDINGS)
    assert [(one["line"], one["column"]) for one in found["findings"]] == [
        (line, 9) for line in range(2, MAX_FINDINGS + 2)
    ]
    same = ",".join(['{"email": "a"}', *(f'{{"NOT": {{"email": "{number}"}}}}' for number in range(50))])
    [one] = checked(client, query=f'{{"AND": [{{"email": "b"}}, {same}]}}')["findings"]
    assert len(one["terms"]) <= MAX_TERMS + 1


def test_findings_after_a_long_text_are_located_in_one_pass(client: httpx.Client) -> None:
    """Scanning half a megabyte once for each of three hundred findings took longer than all else."""
    group = '{"AND": [{"email": "a"}, {"email": "b"}]}'
    text = " " * 500_000 + '{"OR": [\n' + ",".join([group] * 300) + "]}"
    start = process_time()  # of the server, which is a thread
    assert len(checked(client, query=text)["findings"]) == MAX_FINDINGS
    assert process_time() - start < 2.5


def long_query(count: int) -> str:
    """Criteria of some comparisons, all of which an engine must look at."""
    return json.dumps({"OR": [{"email": {"$contains": f"x{number}"}} for number in range(count)]})


@pytest.mark.parametrize(
    "query",
    [long_query(MAX_AT_ONCE + 1), json.dumps({"AND": [{"email": {"$ne": f"{n}" * 4000}} for n in range(5)]})],
    ids=["comparisons", "text"],
)
def test_a_long_query_is_compiled_for_one_engine_on_request(client: httpx.Client, query: str) -> None:
    """The answer while one types has its words and its normal form, and no statement."""
    found = checked(client, query=query)
    assert (found["problems"], found["words"] != [], json.loads(found["normalForm"]) != {}) == ([], True, True)
    assert found["sql"] == [{"dialect": name} for name in DIALECTS if name not in ALIASES]
    assert (found["mongo"], found["python"]) == ({}, {})
    for engine, word in (("postgres", '"email"'), ("mongo", '"email"'), ("python", "def matches(row):")):
        answer = client.post(f"/console/user/compiled/{engine}", json={"query": query, "orderBy": "email"})
        assert word in answer.json()["data"]["text"]
    postgres = client.post("/console/user/compiled/postgres", json={"query": query, "orderBy": "email"})
    assert "ORDER BY" in postgres.json()["data"]["search"]["text"]
    oracle = client.post("/console/user/compiled/oracle", json={"query": query}).json()["data"]
    assert oracle["problems"][0]["code"] == "unsupported"


def test_a_query_at_the_bound_is_compiled_at_once(client: httpx.Client) -> None:
    """What is compiled on request is what is compiled at once."""
    query = long_query(MAX_AT_ONCE)
    found = checked(client, query=query)
    by_engine = {one.pop("dialect"): one for one in found["sql"]} | {name: found[name] for name in ("mongo", "python")}
    assert tuple(by_engine) == ENGINES
    for engine, form in by_engine.items():
        assert client.post(f"/console/user/compiled/{engine}", json={"query": query}).json()["data"] == form


def test_what_cannot_be_compiled_on_request_is_refused(client: httpx.Client) -> None:
    """An unknown engine or entity, and criteria with problems."""
    assert client.post("/console/user/compiled/access", json={}).status_code == 404
    assert client.post("/console/none/compiled/postgres", json={}).status_code == 404
    found = client.post("/console/user/compiled/postgres", json={"query": '{"emal": 1}'}).json()["data"]
    assert [one["code"] for one in found["problems"]] == ["unknown_field"]


def test_checks_run_in_the_threads_of_searches(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many check long criteria, a session is answered: only as many run as there are threads for searches."""
    begun, may_end, running = Semaphore(0), Event(), Semaphore(SEARCHING_THREADS)

    def slow(search: Search, text: str) -> dict[str, Any]:
        assert running.acquire(blocking=False)
        begun.release()
        assert may_end.wait(30)
        running.release()
        return compiled.checked(search, text)

    monkeypatch.setattr(console, "checked", slow)
    codes: list[int] = []
    threads = [
        Thread(target=lambda: codes.append(client.post("/console/user/check", json={}).status_code))
        for _ in range(SEARCHING_THREADS + 2)
    ]
    for one in threads:
        one.start()
    try:
        assert all(begun.acquire(timeout=30) for _ in range(SEARCHING_THREADS))
        assert client.get("/console/keys").status_code == 200
        assert client.get("/openapi.json").status_code == 200
        assert not begun.acquire(timeout=0.1)
    finally:
        may_end.set()
        for one in threads:
            one.join()
    assert codes == [200] * len(threads)


def test_custom_properties_are_there_at_once(client: httpx.Client) -> None:
    """A new custom property is among the fields, and criteria may name it."""
    answer = client.post("/v1/organizations/customproperties", json={"name": "size", "fieldType": "integer"})
    assert answer.status_code == 201
    entities = {one["name"]: one for one in client.get("/console/entities").json()["data"]}
    assert list(entities) == [resource.entity for resource in RESOURCES]
    assert "customProperties.size" in entities["organization"]["criteria"]["$defs"]["criteria"]["properties"]
    assert entities["organization"]["fields"][-1]["path"] == ["customProperties", "size"]
    assert checked(client, "organization", query='{"customProperties.size": 5}')["problems"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/console/entities"),
        ("POST", "/console/user/check"),
        ("POST", "/console/none/check"),
        ("POST", "/console/user/compiled/postgres"),
    ],
)
def test_only_the_master_key_opens_it(client: httpx.Client, method: str, path: str) -> None:
    """An API key alone is refused, as in the API's searches."""
    for headers, expected in (({}, 403), (API, 403), ({**API, "Authorization": "X-Instabot-Master-Api-Key no"}, 401)):
        bare = {"X-Instabot-Api-Key": "", "Authorization": "", **headers}
        kept = {name: value for name, value in bare.items() if value}
        with httpx.Client(base_url=client.base_url, headers=kept, timeout=30) as stranger:
            body = {"content": b"{}", "headers": {"Content-Type": "application/json"}} if method == "POST" else {}
            assert stranger.request(method, path, **body).status_code == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body", [b"[]", b'{"limit": 5}', b'{"query": {}}', b"{", b'{"query": "{}", "query": "{}"}', b"\xff"]
)
def test_invalid_bodies_are_refused(client: httpx.Client, body: bytes) -> None:
    """The parameters are an object of strings."""
    answer = client.post("/console/user/check", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["apiStatusCode"]) == (400, "BadParameterValue")


def test_unknown_entities_are_not_there(client: httpx.Client) -> None:
    """Sessions and definitions are entities of the server's own."""
    for name in ("nothing", "userSession", "customProperty"):
        assert client.post(f"/console/{name}/check", json={}).status_code == 404


def test_only_the_public_sample_keys_are_shown(client: httpx.Client, catalogue: Catalogue) -> None:
    """The sample keys are filled in by the page; a server with other keys gives none."""
    assert client.get("/console/keys").json() == {"apiStatusCode": "Success", "data": {}}
    app = application_with_page(catalogue, SAMPLE_KEYS)
    with listening(app) as url, httpx.Client(base_url=url) as other:
        assert other.get("/console/keys").json()["data"] == {"apiKey": "sample-key", "masterKey": "sample-master-key"}
    app = application_with_page(catalogue, Keys(SAMPLE_KEYS.api_key, MASTER_KEY))
    with listening(app) as url, httpx.Client(base_url=url) as other:
        assert other.get("/console/keys").json()["data"] == {}


def test_files_have_their_types_and_a_strict_policy(client: httpx.Client) -> None:
    """Each file of the page comes with its content type, and may load nothing but files and data of its own server."""
    types = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    names = sorted(file.name for file in Path("examples/server/page").iterdir())
    assert "main.js" in names
    for path in ["/", *(f"/page/{name}" for name in names)]:
        answer = client.get(path)
        suffix = Path(path).suffix or ".html"
        assert answer.headers["content-type"].partition(";")[0] == types[suffix], path
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    for path in ("/page/nothing.js", "/page/../console.py", "/page/%2e%2e/console.py", "/page/", "/page"):
        assert client.get(path).status_code == 404, path


def test_the_page_has_nothing_from_elsewhere_and_nothing_inline() -> None:
    """No file of the page names another host, builds HTML from text, or has script or style in its markup."""
    for file in Path("examples/server/page").iterdir():
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "//" not in text.replace("// ", ""), file
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "style=", "onclick="):
            assert word not in text, (file, word)


PLAIN: Mapping[str, str] = {
    "completion.js": "string integer decimal double dateTime guid objectRef",
    "results.js": "string boolean objectRef",
}
"""The field types that a script of the page does not name, on purpose: it suggests no values of them, or shows them as
plain text. (It knows a reference by its object.)"""


@pytest.mark.parametrize("name", PLAIN)
def test_scripts_name_every_type_that_is_not_plain(name: str) -> None:
    """A new field type has to be named in the scripts that treat types differently, or to be plain text on purpose."""
    types = {one.value for one in FieldType}
    words = set(re.findall(r'"(\w+)"', (Path("examples/server/page") / name).read_text(encoding="utf-8")))
    assert words & types == types - set(PLAIN[name].split())
    assert set(PLAIN[name].split()) <= types
