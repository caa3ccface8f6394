"""The page about the OpenAPI document: its example runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

PAGE = Path(__file__).parents[2] / "docs" / "openapi.md"


def test_the_example_makes_a_document() -> None:
    """What the example makes is an OpenAPI document with one operation, and no key is in it."""
    [code] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102
    document = names["document"]
    OpenAPIV31SpecValidator(document).validate()
    assert list(document["paths"]) == ["/users"]
    assert "an-api-key" not in repr(document)
