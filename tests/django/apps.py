"""The application of the models: Django finds relations in both directions only between those of applications."""

from __future__ import annotations

from django.apps import AppConfig


class TestsConfig(AppConfig):  # type: ignore[misc]
    name = "tests.django"
    label = "tests_django"
