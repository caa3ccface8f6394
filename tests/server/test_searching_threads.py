"""Searches run in threads of their own: however many wait for the database, who does not search is answered."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import httpx
import pytest

from examples.server.objects import Objects
from examples.server.threads import SEARCHING_THREADS
from tests.server.running import API, MASTER, SECONDS, running, user


@pytest.mark.heavy("searches that are slow on purpose")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "contentitems"),
        ("HEAD", "contentitems"),
        ("POST", "contentitems/query"),
        ("GET", "contentitems/customproperties"),
        ("HEAD", "contentitems/customproperties"),
    ],
)
def test_slow_searches_delay_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    """With as many searches as there are threads, a session and the document of the API are read meanwhile. A search
    more waits for its turn."""
    free, all_begun, may_end, one_more = list(range(SEARCHING_THREADS)), Event(), Event(), Event()
    search, lock = Objects.search, Lock()

    def slow(self: Objects, *arguments: Any) -> Any:
        with lock:
            if not free:
                one_more.set()
            elif free.pop() == 0:
                all_begun.set()
        assert may_end.wait(SECONDS)
        return search(self, *arguments)

    with running(f"sqlite:///{tmp_path / 'file.db'}") as api:
        api.make("users", username="ada", userpassword="x")
        login = {"username": "ada", "userpassword": "x"}
        code, answer = api.send("POST", "usersession", headers=API, json=login)
        assert code == 201
        session = user(answer["data"]["userSessionKey"])
        monkeypatch.setattr(Objects, "search", slow)
        body: dict[str, Any] = {"json": {}} if method == "POST" else {}
        codes: list[int] = []

        def searched() -> None:
            codes.append(
                httpx.request(method, f"{api.url}/{path}", headers=MASTER, timeout=SECONDS, **body).status_code
            )

        threads = [Thread(target=searched) for _ in range(SEARCHING_THREADS + 2)]
        for one in threads:
            one.start()
        try:
            assert all_begun.wait(SECONDS)
            assert api.send("GET", "usersession", headers=session)[0] == 200
            assert httpx.get(f"{api.url.removesuffix('/v1')}/openapi.json", timeout=SECONDS).status_code == 200
            assert not one_more.wait(0.1)
        finally:
            may_end.set()
            for one in threads:
                one.join(SECONDS)
        assert codes == [200] * len(threads)
