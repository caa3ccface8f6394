"""Search criteria on mapped classes and tables: SQLAlchemy 2 and SQLModel (docs/sqlalchemy.md, extra `sqlalchemy`).

import criteria

users = criteria.sqlalchemy.model(User, naive="utc", exclude={"password_hash"})
search = criteria.parse_search(params, users.schema)
page = users.page(session, search)
"""

from __future__ import annotations

import criteria.sqlalchemy.installed  # noqa: F401 first: it checks the version
from criteria.sqlalchemy.making import model
from criteria.sqlalchemy.model import Model

__all__ = ["Model", "model"]
