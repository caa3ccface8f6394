"""Sample objects, always the same, created through the API's endpoints."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any
from unicodedata import normalize
from uuid import UUID

import criteria
from criteria import Search
from criteria.web import Keys
from criteria.web.starlette import Call
from examples.server.catalogue import Catalogue
from examples.server.entities import ENTITIES, RESOURCES
from examples.server.routes import Api, ResourceApi

FIRST_NAMES = "Ada Bela Chidi Dora Emre Fumiko Greta Hamid Inês Jonas Kofi Lena Mateo Nadia Oona Piotr Rosa Søren Tariq"
LAST_NAMES = "Abara Brandt Castillo Demir Fontaine Grünwald Haddad Ito Jansen Kovács Moreau O'Brien Petrov"
FIRMS = "Alder Beacon Cobalt Dune Ember Fjord Granite Harbour Indigo Juniper Krill Lantern Meridian Nimbus Orchard Pine"
KINDS = ("Press", "Studio", "Works", "Labs")
TOPICS = ("bicycles", "bread", "bridges", "clouds", "gardens", "glass", "harbours", "maps", "orchards", "tea", "trains")
TITLES = (
    "A short history of {}", "Ten things about {}", "{}: a field guide", "Why {} matter", "100% {}", "{} & co_workers",
    "<b>Bold</b> claims about {}", "\u201cOn {}\u201d",
)  # fmt: skip
PASSWORD, WITH_PASSWORD = "sample", 3
"""A password that everybody knows, and how many users have it. With keys of one's own there is a sample only if it is
asked for."""
MIME_TYPES = {"pdf": "application/pdf", "png": "image/png", "txt": "text/plain", "csv": "text/csv"}

CUSTOM_PROPERTIES: dict[str, list[dict[str, Any]]] = {
    "users": [
        {"name": "nickname", "fieldType": "string", "isUnique": True, "description": "What friends say"},
        {"name": "age", "fieldType": "integer"},
        {"name": "newsletter", "fieldType": "boolean", "description": "Whether to write every month"},
        {"name": "balance", "fieldType": "decimal", "description": "In euros"},
        {"name": "score", "fieldType": "double"},
        {"name": "lastSeen", "fieldType": "dateTime"},
        {"name": "badge", "fieldType": "guid"},
        {"name": "interests", "fieldType": "string", "isList": True},
        {"name": "mentor", "fieldType": "objectRef", "objectEntityType": "user"},
        {"name": "favourites", "fieldType": "objectRef", "objectEntityType": "contentItem", "isList": True},
    ],
    "usersegments": [{"name": "priority", "fieldType": "integer"}],
    "organizations": [
        {"name": "employees", "fieldType": "integer"},
        {"name": "founded", "fieldType": "date"},
        {"name": "isPartner", "fieldType": "boolean"},
    ],
    "contentitems": [
        {"name": "rating", "fieldType": "decimal"},
        {"name": "minutes", "fieldType": "integer", "description": "How long it takes to read"},
        {"name": "languages", "fieldType": "string", "isList": True},
    ],
    "contentgroups": [{"name": "isArchived", "fieldType": "boolean"}],
}


def is_empty(catalogue: Catalogue) -> bool:
    """Whether the store has no objects, not even deleted ones."""
    every = (criteria.parse({}, catalogue.entity(name).stored) for name in ENTITIES)
    return not any(catalogue.objects.store.count(Search(query)) for query in every)


def make_sample(catalogue: Catalogue, keys: Keys) -> int:
    """Fills a store and returns the number of objects in it."""
    sample = Sample(Api(catalogue, keys), keys, Random(2016))  # noqa: S311
    for path, properties in CUSTOM_PROPERTIES.items():
        for definition in properties:
            sample.ask(path, "define", definition)
    groups = [sample.create("contentgroups", group) for group in sample.named("Articles", "Guides", "News", "Drafts")]
    folders = [sample.create("filegroups", group) for group in sample.named("Reports", "Pictures", "Exports")]
    users: list[int] = []
    for values in sample.users(120, users):
        users.append(sample.create("users", values))  # noqa: PERF401 (some have one of those before them as mentor)
    items = [sample.create("contentitems", values) for values in sample.items(90, groups, users)]
    firms = [sample.create("organizations", values) for values in sample.firms(users)]
    for user in users:
        some = sample.some(firms, 0, 3), sample.some(items, 0, 4)
        sample.change("users", user, {"organizations": some[0], "customProperties": {"favourites": some[1]}})
    for segment in sample.segments(users):
        sample.create("usersegments", segment)
    for values in sample.files(60, folders):
        sample.create("files", values)
    for values in sample.discounts(30, users):
        sample.create("promo/referrals/discounts", values)
    return sample.created


def plain(name: str) -> str:
    """A name in lower-case ASCII, for e-mail addresses."""
    letters = normalize("NFKD", name.lower().replace("\u00f8", "o").replace("'", ""))
    return letters.encode("ascii", "ignore").decode()


class Sample:
    """Draws random values and sends them to the endpoints."""

    def __init__(self, api: Api, keys: Keys, random: Random) -> None:
        self._resources = {resource.path: ResourceApi(api, resource) for resource in RESOURCES}
        self._headers = (
            (keys.api_key_header, keys.api_key),
            ("Authorization", f"{keys.master_scheme} {keys.master_key}"),
        )
        self.random = random
        self.created = 0

    def ask(self, path: str, what: str, body: dict[str, Any], **steps: str) -> Any:
        """The answer of an endpoint."""
        endpoint: Callable[[Call], Any] = getattr(self._resources[path], what)
        return endpoint(Call("POST", steps, {}, self._headers, json.dumps(body).encode()))

    def create(self, path: str, values: dict[str, Any]) -> int:
        """The id of a new object."""
        self.created += 1
        content, _ = self.ask(path, "create", values)
        return int(content["data"]["objectId"])

    def change(self, path: str, object_id: int, values: dict[str, Any]) -> None:
        """Changes an object."""
        self.ask(path, "update", values, id=str(object_id))

    def some(self, values: Sequence[Any], least: int, most: int) -> list[Any]:
        """A few of the values."""
        return self.random.sample(values, self.random.randint(least, min(most, len(values))))

    def maybe(self, value: Any, chance: float = 0.8) -> Any:
        """The value, or sometimes None."""
        return value if self.random.random() < chance else None

    def day(self, first: int, last: int) -> str:
        """A day between two years."""
        return f"{self.random.randint(first, last)}-{self.random.randint(1, 12):02}-{self.random.randint(1, 28):02}"

    def instant(self, first: int, last: int) -> str:
        """A moment between two years."""
        return f"{self.day(first, last)}T{self.random.randint(0, 23):02}:{self.random.randint(0, 59):02}:00Z"

    def named(self, *names: str) -> Iterator[dict[str, Any]]:
        """Groups."""
        for name in names:
            yield {"name": name, "description": self.maybe(f"Everything under {name.lower()}", 0.6)}

    def users(self, count: int, before: Sequence[int]) -> Iterator[dict[str, Any]]:
        """Users; each seventh is anonymous. The first `WITH_PASSWORD` can log in with `PASSWORD`."""
        for number in range(1, count + 1):
            first, last = self.random.choice(FIRST_NAMES.split()), self.random.choice(LAST_NAMES.split())
            account = f"{plain(first)}.{plain(last)}{number}"
            known = {
                "username": account, "email": f"{account}@example.com", "name": f"{first} {last}",
                "firstName": first, "lastName": last,
            }  # fmt: skip
            password = {"userpassword": PASSWORD} if number <= WITH_PASSWORD else {}
            values = known if number % 7 else {}
            yield {**values, **password, "customProperties": self._of_user(number, first, before)}

    def _of_user(self, number: int, first: str, before: Sequence[int]) -> dict[str, Any]:
        draw = self.random
        return {
            "nickname": self.maybe(f"{first[:3]}{number}", 0.5),
            "age": self.maybe(draw.randint(16, 90)),
            "newsletter": self.maybe(draw.random() < 0.5),
            "balance": self.maybe(f"{draw.randint(-5000, 90000) / 100:.2f}"),
            "score": self.maybe(round(draw.random(), 4)),
            "lastSeen": self.maybe(self.instant(2023, 2025)),
            "badge": self.maybe(str(UUID(int=draw.getrandbits(128), version=4)), 0.4),
            "interests": self.maybe(self.some(TOPICS, 0, 4)),
            "mentor": self.maybe(draw.choice(before), 0.4) if before else None,
        }

    def items(self, count: int, groups: Sequence[int], users: Sequence[int]) -> Iterator[dict[str, Any]]:
        """Content."""
        for _ in range(count):
            topic = self.random.choice(TOPICS)
            published = self.random.random() < 0.7
            yield {
                "title": self.random.choice(TITLES).format(topic),
                "text": self.maybe(f"All there is to say about {topic}.", 0.7),
                "tags": self.maybe([topic, *self.some(TOPICS, 0, 2)], 0.9),
                "isPublished": self.maybe(published, 0.9),
                "publishDate": self.instant(2019, 2025) if published else None,
                "contentGroup": self.maybe(self.random.choice(groups)),
                "author": self.maybe(self.random.choice(users)),
                "customProperties": {
                    "rating": self.maybe(f"{self.random.randint(10, 50) / 10}", 0.6),
                    "minutes": self.maybe(self.random.randint(1, 40)),
                    "languages": self.maybe(self.some(("de", "en", "fr", "pt", "ja"), 1, 3)),
                },
            }

    def firms(self, users: Sequence[int]) -> Iterator[dict[str, Any]]:
        """Organizations."""
        for name in FIRMS.split():
            yield {
                "name": f"{name} {self.random.choice(KINDS)}",
                "customDomainName": self.maybe(f"{name.lower()}.example.com", 0.6),
                "owner": self.maybe(self.random.choice(users)),
                "customProperties": {
                    "employees": self.maybe(self.random.randint(1, 4000)),
                    "founded": self.maybe(self.day(1950, 2020)),
                    "isPartner": self.maybe(self.random.random() < 0.4),
                },
            }

    def segments(self, users: Sequence[int]) -> Iterator[dict[str, Any]]:
        """Segments of users."""
        for number, segment in enumerate(self.named("Beta testers", "Teachers", "Newcomers", "Nobody yet")):
            members = self.some(users, 5, 25) if number < 3 else []
            yield {**segment, "users": members, "customProperties": {"priority": number}}

    def files(self, count: int, folders: Sequence[int]) -> Iterator[dict[str, Any]]:
        """Files."""
        for number in range(1, count + 1):
            ending, mime_type = self.random.choice(list(MIME_TYPES.items()))
            name = f"{self.random.choice(TOPICS)}_{number}.{ending}"
            yield {
                "name": name,
                "mimeType": self.maybe(mime_type, 0.9),
                "size": self.random.randint(200, 20_000_000),
                "url": self.maybe(f"https://files.example.com/{name}"),
                "fileGroup": self.maybe(self.random.choice(folders)),
            }

    def discounts(self, count: int, users: Sequence[int]) -> Iterator[dict[str, Any]]:
        """Discounts."""
        for number in range(1, count + 1):
            one, other = self.random.sample(users, 2)
            amount = f"{self.random.randint(2, 40) * 2.5:.2f}"
            yield {"code": f"FRIEND-{number:03}", "amount": amount, "ambassadorUser": one, "referralUser": other}
