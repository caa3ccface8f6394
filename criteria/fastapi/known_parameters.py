"""The parameters of the URL that an endpoint declares, itself or in its dependencies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import Request
from fastapi.params import Form
from pydantic import BaseModel


def known_parameters(request: Request) -> frozenset[str] | None:
    """The names of the endpoint's parameters; None if it may have any, or if they cannot be known."""
    dependant = _dependant(request)
    if dependant is None:
        return None
    names = list(_names(dependant))
    return None if None in names else frozenset(name for name in names if name is not None)


def has_members(request: Request) -> bool:
    """Whether the endpoint has several parameters in its body: FastAPI makes each a member of an object."""
    return len({field.name for field in _body_fields(_dependant(request))}) > 1


def is_form(request: Request) -> bool:
    """Whether the body is a form: one parameter that is a field or a file of a form makes the others fields, too."""
    return any(isinstance(field.field_info, Form) for field in _body_fields(_dependant(request)))


def _body_fields(dependant: Any) -> Iterator[Any]:
    if dependant is not None:
        yield from dependant.body_params
        for inner in dependant.dependencies:
            yield from _body_fields(inner)


def _dependant(request: Request) -> Any:
    """What FastAPI knows of the endpoint: of a router that was included, with the dependencies of including it.

    Earlier versions make a route of the whole; later ones keep the router's route, and the whole in the scope.
    """
    included: Any = request.scope.get("fastapi") or {}
    if "included_router" not in included:
        return getattr(request.scope.get("route"), "dependant", None)
    return getattr(included.get("effective_route_context"), "dependant", None)


def _names(dependant: Any) -> Iterator[str | None]:
    """The names, and None for a model that takes any parameter."""
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from (one.alias or name for name, one in model.model_fields.items())
            if model.model_config.get("extra") == "allow":
                yield None
        else:
            yield field.alias
    schemes = [getattr(dependant, "call", None)]
    schemes += [one.security_scheme for one in getattr(dependant, "security_requirements", ())]
    for scheme in schemes:
        model = getattr(scheme, "model", None)
        if getattr(getattr(model, "in_", None), "value", None) == "query":
            yield model.name if model is not None else None
    for inner in dependant.dependencies:
        yield from _names(inner)
