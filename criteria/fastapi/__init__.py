"""Searches as parameters of FastAPI's endpoints (docs/fastapi.md).

@app.get("/films")
def films(search: Annotated[criteria.Search, criteria.fastapi.search(FILMS)]): ...

criteria.fastapi.install(app)
"""

from __future__ import annotations

from criteria.messages import install_hint

try:
    import fastapi  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(f"criteria.fastapi needs FastAPI. {install_hint('fastapi')}") from error

from criteria.fastapi.installing import install
from criteria.fastapi.paging import PAGE_HEADERS, page_headers
from criteria.fastapi.searching import search

__all__ = ["PAGE_HEADERS", "install", "page_headers", "search"]
