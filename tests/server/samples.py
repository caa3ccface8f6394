"""The request samples of the documents, as they are printed there, and a reader of their curl lines.

The mail addresses are invented: those of the documents are blacked out. Where the print is no shell command (a quote
that is not closed, a missing colon) it stays so here, and the reader is as lenient as a person is.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from urllib.parse import urlsplit

HEADERS = """
    -H "X-Instabot-Api-Key: {API_KEY}" \\
    -H "Authorization:X-Instabot-Master-Api-Key {API_MASTER_KEY}" \\
"""

VERSION = """
curl https://api.instabot.io/v1 \\
-X GET \\
-H "X-Instabot-Api-Key: {API_KEY}"
-H "Authorization: X-Instabot-Master-Api-Key {API_MASTER_KEY}
"""
NO_KEYS = """
curl https://api.instabot.io/v1/usersession \\
-X GET
"""
CREATE = f"""
curl -X POST \\
        "https://api.instabot.io/v1/users" \\ {HEADERS}
    -H "Content-Type: application/json" \\
    -d '{{"username":"newuser", "userpassword":"123", "email":"newuser@example.com"}}'
"""
UPDATE = f"""
curl "-X PUT" \\
        "https://api.instabot.io/v1/users/400" \\ {HEADERS}
    -H "Content-Type: application/json" \\
    -d '{{"username":"newuser", "email":"other@example.com"}}'
"""
RETRIEVE = f"""
curl -X GET \\
        "https://api.instabot.io/v1/users/400" \\ {HEADERS}
"""
DELETE = f"""
curl -X DELETE \\
        "https://api.instabot.io/v1/users/400" \\ {HEADERS}
"""
RESTORE = f"""
curl -X POST \\
        "https://api.instabot.io/v1/users/400" \\ {HEADERS}
"""
SEARCH_BY_GET = f"""
curl -X GET \\
        "https://api.instabot.io/v1/users?type=all" \\ {HEADERS}
    -G \\
    --data-urlencode 'query={{"email":"newuser@example.com"}}'
"""
SEARCH_BY_POST = f"""
curl -X POST \\
        "https://api.instabot.io/v1/users/query?type=all" \\ {HEADERS}
    -H "Content-Type: application/json" \\
    -d '{{"name":"John"}}'
"""
TOTAL_COUNT = f"""
curl https://api.instabot.io/v1/users/query?getTotalCount=true \\
    -X POST \\ {HEADERS}
    -H "Content-Type: application/json" \\
    -d '{{"name":"John"}}'
"""
FIRST_PAGE = f"""
curl https://api.instabot.io/v1/users?limit=20&skip=0 \\
    -X GET \\ {HEADERS}
"""
SECOND_PAGE = f"""
curl https://api.instabot.io/v1/users?limit=20&skip=20 \\
    -X GET \\ {HEADERS}
"""
RESOLVE = """
curl -X GET \\
        "https://api.instabot.io/v1/promo/referrals/discounts/100?resolve=ambassadorUser,referralUser" \\
    -H "X-Instabot-Api-Key: {API_KEY}"
"""
RESOLVE_LIST = f"""
curl -X GET \\
        "https://api.instabot.io/v1/users/100?resolve=organizations" \\ {HEADERS}
"""
ORDERS = ("name", "name desc", "name desc,email asc", "name,email", "name,email desc")
"""The values of orderBy in section 6c."""

OPERATORS = {
    '{"firstName":"John"}': ["John"],
    '{"firstName":{"$ne":"John"}}': [None, "Adam", "Zoe"],
    '{"firstName":{"$gt":"John"}}': ["Zoe"],
    '{"firstName":{"$gte":"John"}}': ["John", "Zoe"],
    '{"firstName":{"$lt":"John"}}': ["Adam"],
    '{"firstName":{"$lte":"John"}}': ["Adam", "John"],
    '{"firstName":null}': [None],
    '{"firstName":{"$ne":null}}': ["Adam", "John", "Zoe"],
    '{"firstName":{"$in":["John","Adam"]}}': ["Adam", "John"],
    '{"firstName":{"$nin":["John","Adam"]}}': [None, "Zoe"],
    '{"firstName":{"$startsWith":"Jo"}}': ["John"],
    '{"firstName":{"$endsWith":"n"}}': ["John"],
    '{"firstName":{"$contains":"o"}}': ["John", "Zoe"],
    '{"OR": [ {"firstName":{"$in":["John","Adam"]}}, {"firstName":null}]}': [None, "Adam", "John"],
    '{"AND": [ {"firstName":{"$nin":["John","Adam"]}}, {"firstName":{"$ne":null} }]}': ["Zoe"],
}
"""The table of operators in section 6d, and the two constructions below it, with the first names that each selects of
Adam, John, Zoe and a user without one. The documents' "Name" and "Smith" are spelled as the field and the data are."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A request as curl sends it; `path` begins with /v1 and has its query string."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None


def read(text: str, api_key: str, master_key: str) -> Sample:
    """The request of a sample, with these keys in their places."""
    text = text.replace("{API_KEY}", api_key).replace("{API_MASTER_KEY}", master_key)
    if text.count('"') % 2 and "'" not in text:
        text = text.rstrip() + '"'
    words = shlex.split(re.sub(r"\\?\s*\n", " ", text).replace("&", "\\&"))
    assert words.pop(0) == "curl"
    method, url, headers, body, is_get = "GET", "", {}, None, False
    pending = iter(words)
    for word in pending:
        if word.startswith("-X"):
            method = word[2:].strip() or next(pending)
        elif word == "-H":
            name, _, value = next(pending).partition(":")
            headers[name] = value.strip()
        elif word == "-G":
            is_get = True
        elif word in ("-d", "--data-urlencode"):
            body = next(pending)
        else:
            url = word
    parts = urlsplit(url)
    assert parts.hostname == "api.instabot.io"
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    if is_get and body is not None:
        name, _, value = body.partition("=")
        from urllib.parse import quote

        return Sample(method, f"{path}{'&' if parts.query else '?'}{name}={quote(value)}", headers)
    return Sample(method, path, headers, body)
