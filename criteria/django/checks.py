"""Django's system checks: `manage.py check` and the other commands say which columns do not fit."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.db import connections, router

from criteria.django.adapter import MODELS
from criteria.errors import CriteriaError


def check_models(app_configs: Any = None, databases: Any = None, **options: Any) -> list[Any]:
    """The problems of every `Model` on its database. MySQL and MariaDB are asked for their version, so they are checked
    only by `manage.py check --database`, and so are the encodings of databases."""
    found = []
    for model in list(MODELS):
        using = router.db_for_read(model.django_model)
        may_connect = using in (databases or ())
        if connections[using].vendor == "mysql" and not may_connect:
            continue
        try:
            (model.check if may_connect else model.check_columns)(using)
        except CriteriaError as error:
            found += [
                checks.Error(one.message, hint=one.hint, obj=model.django_model, id="criteria.E001")
                for one in error.problems
            ]
    return found


checks.register(check_models, checks.Tags.models)
