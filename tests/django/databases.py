"""Django's connections to the engines of the tests."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.conftest import Engines
from tests.servers import MARIADB, MYSQL, POSTGRES


def configure() -> None:
    """Django's settings, which a process has once."""
    settings = import_module("django.conf").settings
    if not settings.configured:
        default = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        settings.configure(
            DATABASES={"default": default},
            INSTALLED_APPS=["django.contrib.contenttypes", "tests.django.apps.TestsConfig", "tests.django.shop"],
            USE_TZ=True,
            TIME_ZONE="Asia/Tokyo",
            REST_FRAMEWORK={"UNAUTHENTICATED_USER": None},  # the user of `django.contrib.auth`
        )
        import_module("django").setup()


def configured(name: str, database: dict[str, Any]) -> Any:
    """Django's connection to a database, whatever was configured before."""
    configure()
    connections = import_module("django.db").connections
    complete = connections.configure_settings({"default": {}, name: database})
    connections.settings[name] = complete[name]
    return connections[name]


def database_of(name: str, engines: Engines) -> dict[str, Any]:
    """Django's settings for an engine of the tests."""
    servers = engines.servers
    if name == "postgres-natural":
        opened = servers.get(POSTGRES).connect("natural")
        where = opened.info.get_parameters()
        opened.close()
        options = {"options": "-c TimeZone=America/New_York"}
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": where["dbname"],
            "USER": where.get("user", ""),
            "HOST": where.get("host", ""),
            "PORT": where.get("port", ""),
            "OPTIONS": options,
        }
    if name in ("mariadb", "mysql"):
        import_module("pymysql").install_as_MySQLdb()
        server: Any = servers.get(MARIADB if name == "mariadb" else MYSQL)
        parts = urlsplit(server.url)
        [address] = parse_qs(parts.query).get("unix_socket", [""])
        return {
            "ENGINE": "django.db.backends.mysql",
            "NAME": server.databases["folding"],
            "USER": unquote(parts.username or "root"),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": address or parts.hostname or "127.0.0.1",
            "PORT": parts.port or "",
            "OPTIONS": {"charset": "utf8mb4", "init_command": "SET time_zone = '+05:45'"},
        }
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
