"""The page at `/`, and what it asks: which fields there are, and what becomes of criteria while they are typed.

The endpoints under `/console` need the master key, as searching does. They run nothing: the records that the page shows
are those of the API's own search.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import criteria
from criteria import CriteriaError, Problem, Schema, Search
from criteria.web import Access, ApiError, ApiStatus, Keys, get_search, success
from criteria.web.starlette import Call
from criteria.web.status import problem_json
from examples.server.catalogue import Catalogue
from examples.server.compiled import ENGINES, checked, column, compiled_for
from examples.server.entities import RESOURCES
from examples.server.hosts import LocalHosts
from examples.server.routes import Api, application_of, nothing_beside, route

SAMPLE_KEYS = Keys("sample-key", "sample-master-key")
"""Keys that are no secret: the page fills them in unless the server has others."""

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Console:
    """The endpoints of the page."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._catalogue = api.catalogue
        self._keys = api.keys
        self._caller = api.caller

    def routes(self) -> list[Route]:
        """The endpoints and the files of the page."""
        return [
            route("/console/keys", GET=self.keys),
            route("/console/entities", GET=self.entities),
            self._compiling("/console/{entity}/check", self.check),
            self._compiling("/console/{entity}/compiled/{engine}", self.compiled),
            *page(Path(__file__).parent / "page"),
        ]

    def _compiling(self, path: str, function: Callable[[Call], dict[str, Any]]) -> Route:
        """The route of a function that compiles, as searches do, in their threads: nobody else waits for it."""
        admit = self._api.admitting(Access.MASTER)
        return route(path, self._api.threads.searching, admit=admit, POST=function)

    def keys(self, call: Call) -> dict[str, Any]:
        """The sample keys if the server uses them; other keys are secret."""
        nothing_beside(call.parameters)
        if self._keys != SAMPLE_KEYS:
            return success({})
        return success({"apiKey": SAMPLE_KEYS.api_key, "masterKey": SAMPLE_KEYS.master_key})

    def entities(self, call: Call) -> dict[str, Any]:
        """The entities that can be searched: path, fields, and the JSON Schema of criteria."""
        self._caller(call, Access.MASTER)
        nothing_beside(call.parameters)
        with self._catalogue.in_use():
            schemas = [(resource, self._catalogue.searchable(resource.entity)) for resource in RESOURCES]
        return success([
            {
                "name": resource.entity,
                "path": f"/v1/{resource.path}",
                "fields": [column(one) for one in schema.fields],
                "criteria": criteria.query_json_schema(schema),
            }
            for resource, schema in schemas
        ])  # fmt: skip

    def check(self, call: Call) -> dict[str, Any]:
        """The problems of a search, or its criteria as each backend compiles them; long ones as none (`compiled`).

        The body has the parameters of a search as strings.
        """
        return self._asked(call, lambda search, text: {"problems": [], **checked(search, text)})

    def compiled(self, call: Call) -> dict[str, Any]:
        """The problems of a search, or its criteria as one backend compiles them. The body is that of `check`."""
        engine = call.path["engine"]
        self._caller(call, Access.MASTER)
        if engine not in ENGINES:
            raise ApiError(ApiStatus.OBJECT_NOT_FOUND, "There is no such engine.")
        return self._asked(call, lambda search, text: compiled_for(search, engine))

    def _asked(self, call: Call, answer: Callable[[Search, str], dict[str, Any]]) -> dict[str, Any]:
        """The problems of a search, or the answer about it and the text of its criteria."""
        self._caller(call, Access.MASTER)
        nothing_beside(call.parameters)
        params = call.json()
        if not all(isinstance(value, str) for value in params.values()):
            raise params.refused([Problem("invalid_structure", "Expected strings as parameters of a search.")])
        schema = self._schema(call.path["entity"])
        try:
            search = get_search(params, schema)
        except CriteriaError as error:
            return success({"problems": [problem_json(problem) for problem in error.problems]})
        return success(answer(search, params.get("query", "{}")))

    def _schema(self, name: str) -> Schema:
        if not any(resource.entity == name for resource in RESOURCES):
            raise ApiError(ApiStatus.OBJECT_NOT_FOUND, "There is no such entity.")
        with self._catalogue.in_use():
            return self._catalogue.searchable(name)


def page(folder: Path) -> list[Route]:
    """The routes of the page's files, which are read once; `/` is the index."""
    files: Mapping[str, tuple[bytes, str]] = {
        file.name: (file.read_bytes(), CONTENT_TYPES[file.suffix]) for file in sorted(folder.iterdir())
    }

    def served(content: bytes, media_type: str) -> Callable[[Request], Response]:
        return lambda request: Response(content, media_type=media_type, headers=HEADERS)

    found = [Route(f"/page/{name}", served(*file), methods=["GET"]) for name, file in files.items()]
    return [Route("/", served(*files["index.html"]), methods=["GET"]), *found]


def application_with_page(catalogue: Catalogue, keys: Keys) -> Starlette:
    """The API with the page. With the sample keys it answers at this machine's own names alone."""
    api = Api(catalogue, keys)
    found = application_of(api)
    found.router.routes.extend(Console(api).routes())
    if keys == SAMPLE_KEYS:
        found.add_middleware(LocalHosts)
    return found
