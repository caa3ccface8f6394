"""Sends requests to the example: reads a list of parameters from standard input, prints the responses as JSON.

A process of its own, because Django has one configuration.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any


def main() -> None:
    """The responses, and the OpenAPI document."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "examples.django_drf.settings"
    os.environ["FILMS"] = sys.argv[1]
    django: Any = import_module("django")
    django.setup()
    import_module("examples.django_drf.__main__").fill()
    client = import_module("django.test").Client()
    found = []
    for parameters in json.load(sys.stdin):
        response = client.get("/api/films/", parameters)
        found.append([response.status_code, response.json()])
    document = client.get("/schema/?format=json").json()
    page = client.get("/")
    films: Any = import_module("examples.django_drf.apps")
    films.SECONDS = 0
    late = client.get("/api/films/", {"query": '{"directors.name": {"$contains": "nobody"}}'})
    answers = {"responses": found, "late": [late.status_code, late.json()], "document": document}
    json.dump({**answers, "page": page.content.decode()}, sys.stdout)


if __name__ == "__main__":
    main()
