"""Criteria for the models of Django, and for the views of Django REST framework (docs/django.md).

users = criteria.django.model(User)
User.objects.filter(users.q(criteria.parse(text, users.schema)))

Needs the extra `django`. The classes for views need Django REST framework, which is loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from criteria.messages import install_hint

try:
    import django  # noqa: F401
except ModuleNotFoundError as error:
    message = f"criteria.django needs Django. {install_hint('django')}"
    raise ModuleNotFoundError(message, name="django") from error

from criteria.django import checks as checks  # registers the system check
from criteria.django.adapter import Model, model

if TYPE_CHECKING:
    from criteria.django.admin import CriteriaSearch
    from criteria.django.rest import CriteriaFilterBackend, CriteriaPagination

__all__ = ["CriteriaFilterBackend", "CriteriaPagination", "CriteriaSearch", "Model", "model"]

_HOMES = {
    "CriteriaFilterBackend": "criteria.django.rest",
    "CriteriaPagination": "criteria.django.rest",
    "CriteriaSearch": "criteria.django.admin",
}
"""The module of each name that needs more than models."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found
