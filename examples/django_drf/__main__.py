"""Creates the database in a temporary folder, fills it with 400 films and serves it."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django
from django.core.management import call_command
from django.db.transaction import atomic

from examples.arguments import ArgumentParser, port

FILMS = Path(__file__).parent.parent / "films.ndjson"


def fill() -> None:
    """Creates the tables, and the films of the other examples."""
    from examples.django_drf.models import Director, Film

    call_command("migrate", run_syncdb=True, verbosity=0)
    with atomic():
        for line in FILMS.read_text(encoding="utf-8").strip().split("\n"):
            row: dict[str, Any] = json.loads(line, parse_float=Decimal)
            film = Film.objects.create(
                id=row["objectId"], title=row["title"], year=row["year"], released=row["released"], rated=row["rated"],
                box_office=row["boxOfficeMillions"], awards=row.get("awards"),
            )  # fmt: skip
            film.directors.set([Director.objects.get_or_create(name=name)[0] for name in row["directors"] or ()])


def main() -> None:
    """Serves http://127.0.0.1:8000, or the port that is named."""
    parser = ArgumentParser(prog="python -m examples.django_drf", description=__doc__)
    parser.add_argument("port", type=port, nargs="?", default=8000, help="(default: %(default)s)")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        os.environ["FILMS"] = f"{folder}/films.sqlite3"
        os.environ["DJANGO_SETTINGS_MODULE"] = "examples.django_drf.settings"
        django.setup()
        fill()
        call_command("runserver", f"127.0.0.1:{options.port}", use_reloader=False)


if __name__ == "__main__":
    main()
