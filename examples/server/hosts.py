"""The names under which only this machine reaches the server."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from criteria.web import ApiError, ApiStatus
from criteria.web.starlette import ApiResponse

_LOCAL = re.compile(r"localhost|::1|127(\.[0-9]{1,3}){3}", re.ASCII | re.IGNORECASE)
"""`127.example.com` may be another machine."""


def is_local(host: str) -> bool:
    """Whether a name or an address is that of this machine, and reached from no other one."""
    return _LOCAL.fullmatch(host) is not None


class LocalHosts:
    """An application that refuses requests to other hosts.

    Everybody knows the sample keys. A website may give its own name the address 127.0.0.1, and then let a browser on
    this machine send what it likes: the browser takes the server for a part of the website.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or refuses (`BadRequest`)."""
        host = Headers(scope=scope).get("host") if scope["type"] == "http" else None
        if host is None or is_local(_without_port(host)):  # browsers send it always
            await self._app(scope, receive, send)
            return
        message = "With the sample keys the server answers at localhost alone: set API_KEY and API_MASTER_KEY."
        refused = ApiError(ApiStatus.BAD_REQUEST, message)
        await ApiResponse(refused.to_json(), refused.status.http)(scope, receive, send)


def _without_port(host: str) -> str:
    """The host of the header, in which an address of IPv6 has brackets."""
    found = re.fullmatch(r"(?:\[([^\]]*)\]|([^:]*))(?::[0-9]*)?", host)
    return "" if found is None else found[1] or found[2] or ""
