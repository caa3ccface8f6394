"""What the example's page asks the server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from criteria import FieldType
from criteria.backends.sql.dialects import ALIASES, DIALECTS
from criteria.web import Keys
from examples.server.catalogue import Catalogue
from examples.server.console import SAMPLE_KEYS, application_with_page
from examples.server.entities import RESOURCES
from examples.server.store import open_store
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
    ("method", "path"), [("GET", "/console/entities"), ("POST", "/console/user/check"), ("POST", "/console/none/check")]
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
