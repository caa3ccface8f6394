"""The `Link` header of a page."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest

import criteria
from criteria.web import page_link

FILMS = criteria.Schema(
    "film", [criteria.Field("id", "integer", is_unique=True, nullable=False)], system_properties=False
)


@pytest.mark.parametrize(
    "path",
    ["/films", "//other.example/films", "///other.example/films", "//other.example", "//", "/./films", "/\\x/films"],
)
def test_links_lead_to_the_path_on_the_same_host(path: str) -> None:
    """A path may begin with two slashes, behind which a link would have the name of another host."""
    search = criteria.parse_search({"limit": "1"}, FILMS)
    page = criteria.compile(search, "python")([{"id": 1}, {"id": 2}])
    link = page_link(path, [], search, page)
    assert link is not None
    [address] = re.findall("<(.*)>", link)
    leads_to, _, query = urljoin("https://here.example/v1/films?limit=1", address).partition("?")
    assert leads_to == "https://here.example" + path.replace("\\", "%5C").replace("/./", "/")
    assert query != ""
    assert not address.startswith("//")
