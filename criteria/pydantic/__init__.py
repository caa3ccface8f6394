"""Criteria as a type of Pydantic, for bodies, settings and saved filters (docs/fastapi.md#pydantic).

class SavedFilter(BaseModel):
    name: str
    films: Annotated[criteria.Query, criteria.pydantic.of(FILMS)]
"""

from __future__ import annotations

from criteria.messages import install_hint

try:
    import pydantic  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(f"criteria.pydantic needs Pydantic. {install_hint('pydantic')}") from error

from criteria.pydantic.query_type import QueryType, of
from criteria.pydantic.sources import HasSchema

__all__ = ["HasSchema", "QueryType", "of"]
