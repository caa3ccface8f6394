"""A time limit for statements: SQLite has none, and the statement of a search may take long."""

from __future__ import annotations

from time import monotonic
from typing import Any

from django.apps import AppConfig
from django.db import OperationalError
from django.db.backends.signals import connection_created
from rest_framework.response import Response
from rest_framework.views import exception_handler

SECONDS = 10.0
INSTRUCTIONS = 10_000
"""How many of them SQLite takes between two looks at the clock."""


class FilmsConfig(AppConfig):  # type: ignore[misc]
    name = "examples.django_drf"

    def ready(self) -> None:
        """Every connection gets the limit."""
        connection_created.connect(_limit)


def _limit(connection: Any, **_: Any) -> None:
    if connection.vendor == "sqlite" and _limited not in connection.execute_wrappers:
        connection.execute_wrappers.append(_limited)


def _limited(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Runs a statement. Its rows are read later, under the same limit."""
    end = monotonic() + SECONDS
    context["connection"].connection.set_progress_handler(lambda: monotonic() > end, INSTRUCTIONS)
    return execute(sql, params, many, context)


def answer_to(error: Exception, context: Any) -> Response | None:
    """The response for an exception: HTTP 503 for a search that took too long."""
    if isinstance(error, OperationalError) and "interrupted" in str(error):
        return Response({"detail": "The search took too long."}, status=503)
    found: Response | None = exception_handler(error, context)
    return found
