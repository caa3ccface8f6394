"""The server answers."""

from __future__ import annotations

from tests.server.running import API, Api


def test_the_api_tells_its_version_and_the_application(api: Api) -> None:
    """The address that all others are relative to has the version and the application's name (Server API, 1)."""
    data = {"version": "2016-05-01", "applicationName": "Sample App"}
    assert api.send("GET", "", headers=API) == (200, {"apiStatusCode": "Success", "data": data})
