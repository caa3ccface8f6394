"""What can be asked: the addresses of the API, and who may ask them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route

import criteria
from criteria import CriteriaError, Problem, Query
from criteria.web import (
    Access,
    ApiError,
    ApiStatus,
    Caller,
    Entity,
    Keys,
    get_search,
    post_search,
    success,
)
from criteria.web.starlette import EXCEPTION_HANDLERS, Answer, Call, endpoint
from examples.server.catalogue import DEFINITION, Catalogue, definitions_of
from examples.server.entities import PLACES, Place
from examples.server.objects import Found
from examples.server.sessions import Sessions, with_password_hash

VERSION = "2016-05-01"
APPLICATION_NAME = "Sample App"

Endpoint = Callable[[Call], "dict[str, Any] | Answer"]


class Api:
    """The endpoints, on a catalogue of entities."""

    def __init__(self, catalogue: Catalogue, keys: Keys) -> None:
        self.catalogue = catalogue
        self.objects = catalogue.objects
        self.sessions = Sessions(self.objects)
        self.keys = keys

    def routes(self) -> list[Route]:
        """All of them; a fixed last step goes before a number."""
        found = [
            route("/v1", GET=self.about),
            route("/v1/usersession", GET=self.read_session, POST=self.begin_session, DELETE=self.end_session),
        ]
        for place in PLACES:
            own = PlaceApi(self, place)
            base = f"/v1/{place.path}"
            if place.is_extensible:
                found += [
                    route(f"{base}/customproperties", GET=own.definitions, POST=own.define),
                    route(f"{base}/customproperties/{{id}}", GET=own.definition, PUT=own.redefine, DELETE=own.undefine),
                ]
            found += [
                route(base, GET=own.search, POST=own.create),
                route(f"{base}/query", POST=own.search_posted),
                route(f"{base}/{{id}}", GET=own.read, PUT=own.update, DELETE=own.delete, POST=own.restore),
            ]
        return found

    def caller(self, call: Call, least: Access) -> Caller:
        """Who sent a request. Raises `ApiError` when that may not ask for it."""
        caller = self.keys.caller(call.headers, self.sessions.user_of)
        caller.require(least)
        return caller

    def about(self, call: Call) -> dict[str, Any]:
        """The version of the API, and the application whose key it is."""
        self.caller(call, Access.APPLICATION)
        return success({"version": VERSION, "applicationName": APPLICATION_NAME})

    def begin_session(self, call: Call) -> Answer:
        """Logs a user in."""
        self.caller(call, Access.APPLICATION)
        body = call.json()
        if set(body) != {"username", "userpassword"} or not all(isinstance(value, str) for value in body.values()):
            message = "A login has a username and a userpassword, which are strings, and nothing else."
            raise body.refused([Problem("invalid_structure", message)])
        return success({"userSessionKey": self.sessions.begin(body["username"], body["userpassword"])}), 201

    def read_session(self, call: Call) -> dict[str, Any]:
        """The user who is logged in."""
        user_id = self._user(call)
        return success(self.objects.get("user", user_id))

    def end_session(self, call: Call) -> dict[str, Any]:
        """Logs the user out."""
        self._user(call)
        [authorization] = [value for name, value in call.headers if name.lower() == "authorization"]
        self.sessions.end(authorization.partition(" ")[2].strip())
        return success()

    def _user(self, call: Call) -> int:
        user_id = self.caller(call, Access.USER).user_id
        if user_id is None:  # the master key is nobody's session
            raise ApiError(ApiStatus.BAD_REQUEST, "This is for users who are logged in.")
        return user_id


class PlaceApi:
    """The endpoints of one entity."""

    def __init__(self, api: Api, place: Place) -> None:
        self._api = api
        self._catalogue = api.catalogue
        self._objects = api.objects
        self._place = place
        self._name = place.entity

    @property
    def _entity(self) -> Entity:
        return self._catalogue.entity(self._name)

    def create(self, call: Call) -> Answer:
        """Section 2."""
        self._api.caller(call, Access.MASTER)
        _no_parameters(call)
        with self._catalogue.in_use():
            values = self._entity.read(call.json())
            return success({"objectId": self._objects.create(self._name, with_password_hash(values))}), 201

    def read(self, call: Call) -> dict[str, Any]:
        """Section 4; `resolve` is that of section 7."""
        self._require_own(call, Access.APPLICATION if self._place.is_open else Access.USER)
        with self._catalogue.in_use():
            params = {**call.parameters}
            resolve = {"resolve": params.pop("resolve")} if "resolve" in params else {}
            _known(params, ())
            references = get_search(resolve, self._entity.public).resolve
            return success(self._objects.get(self._name, self._id(call), references))

    def update(self, call: Call) -> dict[str, Any]:
        """Section 3: what is not named stays as it is."""
        self._require_own(call, Access.USER)
        _no_parameters(call)
        body = call.json()
        with self._catalogue.in_use():
            self._objects.update(self._name, self._id(call), body, with_password_hash)
        return success()

    def delete(self, call: Call) -> dict[str, Any]:
        """Section 5."""
        self._api.caller(call, Access.MASTER)
        _no_parameters(call)
        with self._catalogue.in_use():
            self._objects.delete(self._name, self._id(call))
        return success()

    def restore(self, call: Call) -> dict[str, Any]:
        """Section 5: an object that was deleted by mistake is there again."""
        self._api.caller(call, Access.MASTER)
        _no_parameters(call)
        with self._catalogue.in_use():
            self._objects.restore(self._name, self._id(call))
        return success()

    def search(self, call: Call) -> dict[str, Any]:
        """Section 6, GET."""
        return self._search(call, lambda params, schema: get_search(params, schema))

    def search_posted(self, call: Call) -> dict[str, Any]:
        """Section 6, POST: the body is the criteria."""
        return self._search(call, lambda params, schema: post_search(params, call.body, schema))

    def _search(
        self, call: Call, parsed: Callable[[dict[str, str], criteria.Schema], criteria.Search]
    ) -> dict[str, Any]:
        self._api.caller(call, Access.MASTER)
        params = dict(call.parameters)
        with self._catalogue.in_use():
            scope = self._kind_of_users(params) if self._name == "user" else None
            return envelope(self._objects.search(self._name, parsed(params, self._entity.public), scope))

    def _kind_of_users(self, params: dict[str, str]) -> Query | None:
        """Known users, who have a name or an address; all of them where `type=all` stands, which is taken away."""
        kind = params.pop("type", None)
        if kind not in (None, "all"):
            raise CriteriaError(Problem("invalid_parameter", "The only type is all.", "/type", hint="Write type=all."))
        known = {"OR": [{"username": {"$ne": None}}, {"email": {"$ne": None}}]}
        return None if kind == "all" else criteria.parse(known, self._entity.stored)

    def definitions(self, call: Call) -> dict[str, Any]:
        """Section 9: the custom properties, searched like everything else."""
        self._api.caller(call, Access.MASTER)
        with self._catalogue.in_use():
            entity = self._catalogue.entity(DEFINITION)
            search = get_search(call.parameters, entity.public)
            return envelope(self._objects.search(DEFINITION, search, definitions_of(entity, self._name)))

    def define(self, call: Call) -> Answer:
        """Section 9."""
        self._api.caller(call, Access.MASTER)
        _no_parameters(call)
        return success({"objectId": self._catalogue.define(self._name, call.json())}), 201

    def definition(self, call: Call) -> dict[str, Any]:
        """Section 9."""
        self._api.caller(call, Access.MASTER)
        _no_parameters(call)
        with self._catalogue.in_use():
            return success(self._catalogue.definition(self._name, self._id(call)))

    def redefine(self, call: Call) -> dict[str, Any]:
        """Section 9."""
        self._api.caller(call, Access.MASTER)
        _no_parameters(call)
        self._catalogue.redefine(self._name, self._id(call), call.json())
        return success()

    def undefine(self, call: Call) -> dict[str, Any]:
        """Section 9."""
        self._api.caller(call, Access.MASTER)
        _no_parameters(call)
        self._catalogue.undefine(self._name, self._id(call))
        return success()

    def _id(self, call: Call) -> int:
        text = call.path["id"]
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise ApiError(ApiStatus.OBJECT_NOT_FOUND, f"There is no such {self._name}: an id is a whole number.")
        return int(text)

    def _require_own(self, call: Call, least: Access) -> None:
        """A user who is logged in may read and change itself, and nobody else."""
        caller = self._api.caller(call, least)
        is_own = self._name == "user" and call.path["id"] == str(caller.user_id)
        if not is_own and not self._place.is_open:
            caller.require(Access.MASTER)
        if self._place.is_open and least is not Access.APPLICATION:
            caller.require(Access.MASTER)


def envelope(found: Found) -> dict[str, Any]:
    """The response of a search."""
    count = {} if found.total_count is None else {"totalCount": found.total_count}
    return {**success(hasMoreRecords=found.has_more_records, **count), "data": found.data}


def _no_parameters(call: Call) -> None:
    _known(call.parameters, ())


def _known(params: Mapping[str, str], names: tuple[str, ...]) -> None:
    unknown = [name for name in params if name not in names]
    if unknown:
        message = "This request takes no such parameter."
        raise CriteriaError(*(Problem("unknown_parameter", message, f"/{name}") for name in unknown))


def route(path: str, **methods: Endpoint) -> Route:
    """The route of an address, with a function for each method."""

    def chosen(call: Call) -> dict[str, Any] | Answer:
        return methods["GET" if call.method == "HEAD" else call.method](call)

    return Route(path, endpoint(chosen), methods=list(methods))


def application(catalogue: Catalogue, keys: Keys) -> Starlette:
    """The whole API."""
    return Starlette(routes=Api(catalogue, keys).routes(), exception_handlers=EXCEPTION_HANDLERS)
