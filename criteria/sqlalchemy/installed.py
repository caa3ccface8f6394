"""Refuses to be imported where SQLAlchemy 2 is missing, before other modules import what only that version has."""

from __future__ import annotations

from importlib import import_module

from criteria.messages import install_hint


def _check() -> None:
    """Raises `ModuleNotFoundError` with what to install."""
    try:
        version = str(import_module("sqlalchemy").__version__)
    except ModuleNotFoundError as error:
        message = f"criteria.sqlalchemy needs SQLAlchemy 2. {install_hint('sqlalchemy')}"
        raise ModuleNotFoundError(message, name="sqlalchemy") from error
    if int(version.split(".")[0]) < 2:
        hint = install_hint("sqlalchemy")
        raise ModuleNotFoundError(f"criteria.sqlalchemy needs SQLAlchemy 2, found {version}. {hint}", name="sqlalchemy")


_check()
