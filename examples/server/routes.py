"""The endpoints of the API, and who may call them (docs/server.md#the-example)."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import msgspec
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.routing import Match, Route
from starlette.types import Scope

import criteria
from criteria import Problem, Query
from criteria.errors import listed, to_pointer
from criteria.web import (
    CREATED,
    Access,
    ApiError,
    ApiStatus,
    Caller,
    Entity,
    Keys,
    RequestError,
    get_search,
    page_json,
    page_link,
    post_search,
    success,
)
from criteria.web.requests import MAX_BYTES
from criteria.web.starlette import ENVELOPE_HANDLERS, Answer, ApiResponse, Call, endpoint
from examples.server.catalogue import DEFINITION, Catalogue, definitions_of
from examples.server.entities import LOGIN, RESOURCES, Resource
from examples.server.health import Health
from examples.server.objects import Record
from examples.server.openapi import document
from examples.server.sessions import Sessions, password_hashed
from examples.server.threads import Threads

VERSION = "2016-05-01"
APPLICATION_NAME = "Sample App"

LOGIN_BYTES = 1 << 16
"""Length of the body of a login, which anybody with the API key may send."""

Endpoint = Callable[[Call], "dict[str, Any] | Answer"]
Choice = Callable[[Call], "CapacityLimiter | None"]
Turn = Callable[[Call], "AbstractAsyncContextManager[None]"]
Admit = Callable[[Call], Awaitable[None]]


class Api:
    """The endpoints, on a catalogue of entities."""

    def __init__(self, catalogue: Catalogue, keys: Keys) -> None:
        self.catalogue = catalogue
        self.objects = catalogue.objects
        self.sessions = Sessions(self.objects)
        self.keys = keys
        self._health = Health(lambda: self.objects.is_there("user", 0))
        self.threads = Threads()
        self._document: tuple[int, Encoded] | None = None
        self._documenting = threading.Lock()

    def routes(self) -> list[Route]:
        """All routes. Those with a fixed last segment come before those with an id."""
        steady, threads = self._steady, self.threads
        found = [
            route("/health", threads.checking, GET=self.health),
            route("/v1", GET=self.about),
            steady("/openapi.json", GET=self.openapi),
            steady(
                "/v1/usersession",
                threads.of_sessions,
                admit=self.admitting(Access.APPLICATION),
                most_bytes=LOGIN_BYTES,
                GET=self.read_session,
                POST=self.begin_session,
                DELETE=self.end_session,
            ),
        ]
        for resource in RESOURCES:
            own = ResourceApi(self, resource)
            base = f"/v1/{resource.path}"
            if resource.is_extensible:
                found += [
                    route(
                        f"{base}/customproperties",
                        threads.of_definitions,
                        admit=self.admitting(Access.MASTER),
                        GET=own.definitions,
                        POST=own.define,
                    ),
                    route(
                        f"{base}/customproperties/{{id}}",
                        threads.of_definition,
                        admit=self.admitting(Access.MASTER),
                        GET=own.definition,
                        PUT=own.redefine,
                        DELETE=own.undefine,
                    ),
                ]
            found += [
                route(
                    base,
                    threads.of_many,
                    admit=self.admitting(Access.MASTER),
                    GET=own.search,
                    POST=self._during(own.create),
                ),
                route(
                    f"{base}/query",
                    threads.searching,
                    admit=self.admitting(Access.MASTER),
                    POST=own.search_posted,
                ),
                steady(
                    f"{base}/{{id}}",
                    threads.of_one,
                    admit=own.admit,
                    turn=threads.turn_of_one,
                    GET=own.read,
                    PUT=own.update,
                    DELETE=own.delete,
                    POST=own.restore,
                ),
            ]
        return found

    def _steady(
        self,
        path: str,
        threads: Choice | None = None,
        /,
        *,
        admit: Admit | None = None,
        turn: Turn | None = None,
        most_bytes: int = MAX_BYTES,
        **methods: Endpoint,
    ) -> Route:
        """A route of functions during which custom properties do not change."""

        steady = {method: self._during(function) for method, function in methods.items()}
        return route(path, threads or self.threads.of, admit=admit, turn=turn, most_bytes=most_bytes, **steady)

    def admitting(self, least: Access) -> Admit:
        """Refuses those who have less access than every request that writes, or has a body, needs there."""

        async def admitted(call: Call) -> None:
            if call.method not in ("GET", "HEAD"):
                (await self.early_caller(call)).require(least)

        return admitted

    async def early_caller(self, call: Call) -> Caller:
        """Who sends a request whose body has not been read. Raises `ApiError`. Sessions alone are in the database."""
        caller = self.keys.caller(call.headers, lambda session_key: 0)
        if caller.access is not Access.USER:
            return caller
        return await to_thread.run_sync(self._looked_for, call)

    def _looked_for(self, call: Call) -> Caller:
        with self.catalogue.in_use():  # a user has custom properties
            return self.keys.caller(call.headers, self.sessions.user_of)

    def _during(self, function: Endpoint) -> Endpoint:
        """A function during which custom properties do not change."""

        def called(call: Call) -> dict[str, Any] | Answer:
            with self.catalogue.in_use():
                return function(call)

        return called

    def caller(self, call: Call, least: Access) -> Caller:
        """Who sent a request. Raises `ApiError` without the access that it needs."""
        caller = self.keys.caller(call.headers, self.sessions.user_of)
        caller.require(least)
        return caller

    def openapi(self, call: Call) -> dict[str, Any]:
        """The OpenAPI document. It takes long to make, and everybody may ask: it is kept until the entities change."""
        nothing_beside(call.parameters)
        with self._documenting:
            generation = self.catalogue.generation
            if self._document is None or self._document[0] != generation:
                self._document = generation, Encoded(document(self.catalogue.entity, self.keys, VERSION))
            return self._document[1]

    def health(self, call: Call) -> dict[str, Any]:
        """Says that the server answers, and its database: it looks for one key. For proxies, which have no API key."""
        nothing_beside(call.parameters)
        try:
            self._health.check()
        except Exception as error:  # each driver has exceptions of its own
            self._health.log(error)
            raise ApiError(ApiStatus.UNIDENTIFIED_ERROR, "The server failed.") from None
        return success()

    def about(self, call: Call) -> dict[str, Any]:
        """The version of the API, and the application of the API key."""
        self.caller(call, Access.APPLICATION)
        nothing_beside(call.parameters)
        return success({"version": VERSION, "applicationName": APPLICATION_NAME})

    def begin_session(self, call: Call) -> Answer:
        """Logs a user in."""
        self.caller(call, Access.APPLICATION)
        nothing_beside(call.parameters)
        login = LOGIN.read(call.json())
        return success({"userSessionKey": self.sessions.begin(login["username"], login["userpassword"])}), CREATED

    def read_session(self, call: Call) -> dict[str, Any]:
        """The user who is logged in."""
        user_id, _ = self._session(call)
        nothing_beside(call.parameters)
        return success(self.objects.get("user", user_id))

    def end_session(self, call: Call) -> dict[str, Any]:
        """Logs the user out."""
        _, session_key = self._session(call)
        nothing_beside(call.parameters, call.body)
        self.sessions.end(session_key)
        return success()

    def _session(self, call: Call) -> tuple[int, str]:
        """The logged-in user, and the session's key."""
        caller = self.caller(call, Access.USER)
        if caller.user_id is None or caller.session_key is None:  # the master key has no session
            raise ApiError(ApiStatus.BAD_REQUEST, "Only for users who are logged in.")
        return caller.user_id, caller.session_key


class ResourceApi:
    """The endpoints of one entity."""

    def __init__(self, api: Api, resource: Resource) -> None:
        self._api = api
        self._catalogue = api.catalogue
        self._objects = api.objects
        self._resource = resource
        self._name = resource.entity

    @property
    def _entity(self) -> Entity:
        return self._catalogue.entity(self._name)

    async def admit(self, call: Call) -> None:
        """Refuses those who may not write the object: they wait for nobody, and nobody for them."""
        if call.method in ("GET", "HEAD"):
            return
        caller = await self._api.early_caller(call)
        if call.method == "PUT":
            self._require_own(caller, call)
        else:
            caller.require(Access.MASTER)

    def create(self, call: Call) -> Answer:
        """Creates an object."""
        self._api.caller(call, Access.MASTER)
        nothing_beside(call.parameters)
        body = call.json()
        with body.placing():
            values = self._entity.read(body)
            return success({"objectId": self._objects.create(self._name, password_hashed(body)(values))}), CREATED

    def read(self, call: Call) -> dict[str, Any]:
        """Reads an object, with references resolved (docs/language.md#resolve)."""
        caller = self._api.caller(call, Access.APPLICATION)
        if not self._resource.is_open:
            self._require_own(caller, call)
        nothing_beside({name: value for name, value in call.parameters.items() if name != "resolve"})
        references = get_search(call.parameters, self._entity.public).resolve
        if references and not self._resource.is_open:
            caller.require(
                Access.MASTER
            )  # users write their own references, and must not read other objects through them
        return success(self._objects.get(self._name, self._id(call), references))

    def update(self, call: Call) -> dict[str, Any]:
        """Changes the fields that the body names."""
        caller = self._api.caller(call, Access.APPLICATION)
        self._require_own(caller, call)
        nothing_beside(call.parameters)
        body = call.json()
        hashed = password_hashed(body)

        def changed(record: Record) -> Record:
            if caller.session_key is not None:  # it may have ended since, by a new password for one: hashing takes long
                self._api.keys.caller(call.headers, partial(self._api.sessions.user_in, record))
            return hashed(record)

        with body.placing():
            self._objects.update(self._name, self._id(call), body, changed)
        if "userpassword" in body:  # somebody else may know the old one
            self._api.sessions.end_all(self._id(call))
        return success()

    def delete(self, call: Call) -> dict[str, Any]:
        """Deletes an object."""
        self._api.caller(call, Access.MASTER)
        nothing_beside(call.parameters, call.body)
        self._objects.delete(self._name, self._id(call))
        return success()

    def restore(self, call: Call) -> dict[str, Any]:
        """Restores a deleted object."""
        self._api.caller(call, Access.MASTER)
        nothing_beside(call.parameters, call.body)
        self._objects.restore(self._name, self._id(call))
        return success()

    def search(self, call: Call) -> Answer:
        """Searches with criteria in the query string (docs/language.md#query)."""
        return self._search(call, lambda params, schema: get_search(params, schema))

    def search_posted(self, call: Call) -> Answer:
        """Searches with criteria in the body."""
        return self._search(call, lambda params, schema: post_search(params, call.body, schema))

    def _search(self, call: Call, parsed: Callable[[dict[str, str], criteria.Schema], criteria.Search]) -> Answer:
        self._api.caller(call, Access.MASTER)
        while True:  # a search may take long, and custom properties may change meanwhile
            generation, present = self._catalogue.generation, self._catalogue.present()
            params = dict(call.parameters)
            scope = self._kind_of_users(params, present.entity("user")) if self._name == "user" else None
            search = parsed(params, present.searchable(self._name))
            try:
                return page_answer(call, search, present.objects.search(self._name, search, scope))
            except Exception:  # it may have read values of another type than the property had
                if self._catalogue.generation == generation:
                    raise

    def _kind_of_users(self, params: dict[str, str], users: Entity) -> Query | None:
        """Known users, who have a user name or an e-mail address; all users with `type=all`, which is removed."""
        kind = params.pop("type", None)
        if kind not in (None, "all"):
            raise RequestError(Problem("invalid_parameter", "The only type is all.", "/type", hint="Write type=all."))
        known = {"OR": [{"username": {"$ne": None}}, {"email": {"$ne": None}}]}
        return None if kind == "all" else criteria.parse(known, users.stored)

    def definitions(self, call: Call) -> Answer:
        """Searches the custom properties (docs/language.md#custom-properties)."""
        self._api.caller(call, Access.MASTER)
        entity = self._catalogue.entity(DEFINITION)
        search = get_search(call.parameters, entity.public)
        return page_answer(call, search, self._objects.search(DEFINITION, search, definitions_of(entity, self._name)))

    def define(self, call: Call) -> Answer:
        """Creates a custom property."""
        self._api.caller(call, Access.MASTER)
        nothing_beside(call.parameters)
        return success({"objectId": self._catalogue.define(self._name, call.json())}), CREATED

    def definition(self, call: Call) -> dict[str, Any]:
        """Reads a custom property."""
        self._api.caller(call, Access.MASTER)
        nothing_beside(call.parameters)
        return success(self._catalogue.definition(self._name, self._id(call)))

    def redefine(self, call: Call) -> dict[str, Any]:
        """Changes a custom property."""
        self._api.caller(call, Access.MASTER)
        nothing_beside(call.parameters)
        self._catalogue.redefine(self._name, self._id(call), call.json())
        return success()

    def undefine(self, call: Call) -> dict[str, Any]:
        """Deletes a custom property."""
        self._api.caller(call, Access.MASTER)
        nothing_beside(call.parameters, call.body)
        self._catalogue.undefine(self._name, self._id(call))
        return success()

    def _id(self, call: Call) -> int:
        text = call.path["id"]
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise ApiError(ApiStatus.OBJECT_NOT_FOUND, f"There is no such {self._name}: an id is a whole number.")
        return int(text)

    def _require_own(self, caller: Caller, call: Call) -> None:
        """A user who is logged in may read and change itself, and nobody else."""
        is_own = self._name == "user" and caller.user_id is not None and call.path["id"] == str(caller.user_id)
        if not is_own:
            caller.require(Access.MASTER)


def page_answer(call: Call, search: criteria.Search, page: criteria.Page) -> Answer:
    """The response with a page. Those of GET lead to the other pages in `Link`."""
    link = None
    if call.method in ("GET", "HEAD"):
        link = page_link(call.url_path, call.parameters.items(), search, page)
    return page_json(page), ApiStatus.SUCCESS.http, {} if link is None else {"Link": link}


def nothing_beside(params: Mapping[str, str], body: bytes = b"") -> None:
    """Raises `RequestError` for parameters that a request does not take, `ApiError` for a body that it has not."""
    if params:
        message = "This request takes no such parameter."
        raise RequestError(*listed(Problem("unknown_parameter", message, to_pointer([name])) for name in params))
    if body:
        raise ApiError(ApiStatus.BAD_REQUEST, "This request takes no body.")


class Encoded(dict[str, Any]):
    """JSON that is answered many times, with its text."""

    def __init__(self, content: dict[str, Any]) -> None:
        super().__init__(content)
        self.text = msgspec.json.encode(content)


class QuickResponse(ApiResponse):
    """A response of checked values. msgspec writes NaN as null, but the store has no NaN."""

    def render(self, content: Any) -> bytes:
        """The JSON text."""
        return content.text if isinstance(content, Encoded) else msgspec.json.encode(content)


class OwnRoute(Route):
    """A route that has its address alone, so that a method that it does not take is not looked for in the next routes.

    Otherwise `GET /v1/users/query` would be that of a user with the id `query`.
    """

    def __init__(self, path: str, handler: Callable[..., Any], methods: list[str]) -> None:
        super().__init__(path, handler, methods=methods)
        self._beginning = path.partition("{")[0]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Matches an address with any method; `handle` answers the others with `Allow`."""
        if not scope.get("root_path") and not scope["path"].startswith(self._beginning):  # most routes, in less time
            return Match.NONE, {}
        match, inner = super().matches(scope)
        return (Match.FULL if match is Match.PARTIAL else match), inner


def route(
    path: str,
    threads: Choice | None = None,
    /,
    *,
    admit: Admit | None = None,
    turn: Turn | None = None,
    most_bytes: int = MAX_BYTES,
    **methods: Endpoint,
) -> Route:
    """The route of an address, with a function for each method."""

    def chosen(call: Call) -> dict[str, Any] | Answer:
        return methods["GET" if call.method == "HEAD" else call.method](call)

    found = endpoint(
        chosen,
        most_bytes=most_bytes,
        threads=threads,
        admit=admit,
        turn=turn,
        envelope=True,
        response=QuickResponse,
    )
    return OwnRoute(path, found, methods=list(methods))


def application(catalogue: Catalogue, keys: Keys) -> Starlette:
    """The whole API."""
    return application_of(Api(catalogue, keys))


def application_of(api: Api) -> Starlette:
    """The application with the endpoints of an API."""
    app = Starlette(routes=api.routes(), exception_handlers=ENVELOPE_HANDLERS)
    app.router.redirect_slashes = False  # an address with a slash at its end is another one, of nothing
    return app
