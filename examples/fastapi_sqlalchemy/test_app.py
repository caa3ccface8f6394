"""Requests to the application: `pytest examples/fastapi_sqlalchemy`."""

import httpx
import pytest

from examples.fastapi_sqlalchemy.app import app


async def get(**params: str) -> httpx.Response:
    """The response to a search."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        return await client.get("/invoices", params=params)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ('{"status": "open", "total": {"$gte": "7.25"}}', [3, 4]),
        ('{"NOT": {"due": {"$lt": "2026-03-01"}}}', [3, 4]),
        ('{"customer.name": {"$startsWith": "A"}}', [1, 3]),
    ],
)
async def test_searches(query: str, ids: list[int]) -> None:
    """NOT includes the invoice that has no date."""
    assert [invoice["id"] for invoice in (await get(query=query, orderBy="id")).json()] == ids


@pytest.mark.anyio
async def test_pages_and_errors() -> None:
    """The headers lead on, and count. What the schema does not name is refused."""
    found = await get(orderBy="total desc", limit="1", getTotalCount="true")
    assert (found.json()[0]["id"], found.headers["X-Total-Count"], "next" in found.links) == (2, "4", True)
    found = await get(query='{"customer.password_hash": {"$startsWith": "a"}}')
    assert (found.status_code, found.json()["detail"][0]["type"]) == (422, "unknown_field")
