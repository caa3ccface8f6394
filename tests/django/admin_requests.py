"""Sends requests to an admin: reads them from standard input, prints the status and the errors of each page as JSON.

A process of its own, because Django has one configuration.
"""

from __future__ import annotations

import html
import json
import re
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

ADMIN = "django.contrib.admin"
MIDDLEWARE = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)
CONTEXT = ("template.context_processors.request", "contrib.auth.context_processors.auth",
           "contrib.messages.context_processors.messages")  # fmt: skip
SITE = "named"
"""The name of a second site, whose URLs have another namespace."""


def configure() -> None:
    settings = import_module("django.conf").settings
    applications = ("auth", "contenttypes", "sessions", "messages")
    settings.configure(
        SECRET_KEY="of a test" * 8,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        INSTALLED_APPS=[ADMIN, *(f"django.contrib.{one}" for one in applications)],
        MIDDLEWARE=MIDDLEWARE,
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": [f"django.{one}" for one in CONTEXT]},
        }],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )  # fmt: skip
    import_module("django").setup()


def back(admin: Any, request: Any, rows: Any) -> Any:
    """An action that leads back to the list."""
    return import_module("django.http").HttpResponseRedirect(request.get_full_path())


def serve() -> None:
    """Two sites of the admin, in which users are searched by criteria and completed in entries of the log."""
    admin: Any = import_module(ADMIN)
    users, log = import_module("django.contrib.auth.models").User, import_module(f"{ADMIN}.models").LogEntry
    adapter: Any = import_module("criteria.django")
    model = adapter.model(users, include=["id", "username", "email"])
    options = {"criteria_model": model, "search_fields": ["username"], "actions": [back]}
    of_users = type("UserAdmin", (adapter.CriteriaSearch, admin.ModelAdmin), options)
    of_log = type("LogAdmin", (admin.ModelAdmin,), {"autocomplete_fields": ["user"]})
    named = admin.AdminSite(name=SITE)
    admin.site.unregister(users)
    for site in (admin.site, named):
        site.register(users, of_users)
        site.register(log, of_log)
    path = import_module("django.urls").path
    urls: Any = ModuleType(__name__)
    urls.urlpatterns = [path("admin/", admin.site.urls), path(f"{SITE}/", named.urls)]
    sys.modules[__name__] = urls


def main() -> None:
    """Logs in, and sends the requests one after another: the method, the URL, and the parameters."""
    configure()
    serve()
    import_module("django.core.management").call_command("migrate", verbosity=0)
    users = import_module("django.contrib.auth.models").User
    ann = users.objects.create_superuser("ann", "ann@example.org", "of a test")
    client = import_module("django.test").Client()
    client.force_login(ann)
    found = []
    for method, url, parameters in json.load(sys.stdin):
        response = getattr(client, method)(url, parameters, follow=True)
        text = response.content.decode()
        errors = re.findall(r'<li class="error">(.*?)</li>', text, re.DOTALL)
        results = response.json()["results"] if response["Content-Type"] == "application/json" else None
        shown = [html.unescape(re.sub("<br ?/?>", "\n", one)) for one in errors]
        found.append({"status": response.status_code, "errors": shown, "results": results})
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
