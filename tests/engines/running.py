"""The servers of a test run: each is started when an engine first needs it, and stopped at the end."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, TypeVar

from tests.servers import ServerKind

Running = TypeVar("Running")


class Servers:
    """Starts each kind of server at most once."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack
        self.running: dict[str, Any] = {}

    def get(self, kind: ServerKind[Running]) -> Running:
        """The running server of a kind."""
        if kind.name not in self.running:
            self.running[kind.name] = self.stack.enter_context(kind.start())
        server: Running = self.running[kind.name]
        return server
