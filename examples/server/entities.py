"""The entities of the reference API (docs/language.md#source), with this server's fields.

The reference API names the entities and their three system properties; the other fields are this example's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from criteria import Field
from criteria.web import Entity

MAX_RECORDS = 1000
"""The largest `limit` of a search."""


def reference(name: str, entity: str, *, is_list: bool = False) -> Field:
    """A field that refers to objects."""
    return Field(name, "objectRef", object_entity_type=entity, is_list=is_list)


def unique_text(name: str) -> Field:
    """A unique string that every object has."""
    return Field(name, "string", is_unique=True, nullable=False)


def entity(name: str, *fields: Field, write_only: Iterable[Field] = (), hidden: Iterable[Field] = (),
           on_request: Iterable[str] = ()) -> Callable[[Iterable[Field] | None], Entity]:  # fmt: skip
    """A function that makes an entity from its custom properties.

    Each entity has a revision, by which writers notice each other, and a flag for deleted objects.
    """
    kept = (Field("revision", "integer", nullable=False), Field("isDeleted", "boolean", nullable=False), *hidden)
    return lambda custom: Entity(name, fields, write_only=write_only, hidden=kept, on_request=on_request,
                                 custom_properties=custom, max_limit=MAX_RECORDS)  # fmt: skip


STRING = "string"

ENTITIES: Mapping[str, Callable[[Iterable[Field] | None], Entity]] = {
    "user": entity(
        "user",
        Field("username", STRING, is_unique=True),
        Field("email", STRING),
        Field("name", STRING),
        Field("firstName", STRING),
        Field("lastName", STRING),
        reference("organizations", "organization", is_list=True),
        write_only=[Field("userpassword", STRING)],
        hidden=[Field("passwordHash", STRING)],
        on_request=["organizations"],
    ),
    "userSegment": entity(
        "userSegment", unique_text("name"), Field("description", STRING), reference("users", "user", is_list=True)
    ),
    "organization": entity(
        "organization",
        Field("name", STRING, nullable=False),
        Field("customDomainName", STRING, is_unique=True),
        reference("owner", "user"),
    ),
    "contentItem": entity(
        "contentItem",
        Field("title", STRING, nullable=False),
        Field("text", STRING),
        Field("tags", STRING, is_list=True),
        Field("isPublished", "boolean"),
        Field("publishDate", "dateTime"),
        reference("contentGroup", "contentGroup"),
        reference("author", "user"),
    ),
    "contentGroup": entity("contentGroup", unique_text("name"), Field("description", STRING)),
    "file": entity(
        "file",
        Field("name", STRING, nullable=False),
        Field("mimeType", STRING),
        Field("size", "integer"),
        Field("url", STRING),
        reference("fileGroup", "fileGroup"),
    ),
    "fileGroup": entity("fileGroup", unique_text("name"), Field("description", STRING)),
    "referralDiscount": entity(
        "referralDiscount",
        unique_text("code"),
        Field("amount", "decimal", precision=12, scale=2),
        reference("ambassadorUser", "user"),
        reference("referralUser", "user"),
    ),
    "customProperty": entity(
        "customProperty",
        Field("name", STRING, nullable=False),
        Field("description", STRING),
        Field("fieldType", STRING, nullable=False),
        Field("objectEntityType", STRING),
        Field("isUnique", "boolean"),
        Field("isList", "boolean"),
        hidden=[Field("entity", STRING, nullable=False), Field("key", STRING, is_unique=True),
                Field("isForgotten", "boolean", nullable=False)],
    ),
    "userSession": entity(
        "userSession", reference("user", "user"), hidden=[Field("keyHash", STRING, nullable=False)]
    ),
}  # fmt: skip
"""Makes each entity from its present custom properties; None for an entity that cannot have any."""


LOGIN = Entity("login", [Field(name, STRING, nullable=False) for name in ("username", "userpassword")])
"""The body of a login."""


@dataclass(frozen=True, slots=True)
class Resource:
    """An entity's path in the API, and what its clients may do."""

    entity: str
    path: str
    is_extensible: bool = False
    is_open: bool = False
    """Whether the API key alone can read a single object (docs/language.md#resolve)."""


RESOURCES = (
    Resource("user", "users", is_extensible=True),
    Resource("userSegment", "usersegments", is_extensible=True),
    Resource("organization", "organizations", is_extensible=True),
    Resource("contentItem", "contentitems", is_extensible=True),
    Resource("contentGroup", "contentgroups", is_extensible=True),
    Resource("file", "files"),
    Resource("fileGroup", "filegroups"),
    Resource("referralDiscount", "promo/referrals/discounts", is_open=True),
)
