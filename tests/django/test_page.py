"""docs/django.md: its models are created, and its examples run on them."""

from __future__ import annotations

import doctest
import re
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.conftest import Engines
from tests.django.orders import open_orders

PAGE = Path(__file__).parent.parent.parent / "docs" / "django.md"


def test_the_examples_run(engines: Engines) -> None:
    """On the database that models use by default."""
    text = PAGE.read_text(encoding="utf-8")
    with open_orders("sqlite", engines):
        names: dict[str, Any] = {"__name__": "tests.django.shop.models"}
        exec(re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0], names)  # noqa: S102
        user, company = names["User"], names["Company"]
        connection = import_module("django.db").connection
        with connection.schema_editor() as editor:
            for model in (company, user):
                editor.create_model(model)
        acme = company.objects.create(name="Acme")
        user.objects.create(name="Ada", balance=100, settings={"theme": "dark"}, company=acme)
        user.objects.create(name="alan", company=acme)
        user.objects.create(balance=-5)
        blocks = re.findall(r"^```pycon\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        examples = doctest.DocTestParser().get_doctest("\n".join(blocks), names, "django", "django.md", 0)
        report: list[str] = []
        result = doctest.DocTestRunner().run(examples, out=report.append)
        for model in (user, company):
            with connection.schema_editor() as editor:
                editor.delete_model(model)
    assert result.attempted > 15
    assert report == []
