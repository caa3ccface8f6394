"""`CriteriaSearch`: criteria in the search box of Django's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.messages.storage.base import Message

from criteria.django.adapter import Model
from criteria.django.arguments import check_answerable, check_filterable, is_of_client
from criteria.django.requests import check_charset
from criteria.errors import CriteriaError, Problem
from criteria.parsing.parser import parse

_PARAMETERS = frozenset({"q", "term"})
"""The parameters of a list, and of a field that completes what is written, that hold the text of the search box."""

_MOST_PROBLEMS = 5
"""Problems in one message. A message may be kept in a cookie or the session until a page shows it."""


class CriteriaSearch:
    """For a `ModelAdmin`: a text in the search box that begins with `{` is criteria, any other a search as before.

    `class UserAdmin(CriteriaSearch, ModelAdmin): criteria_model = criteria.django.model(User)`. The box is there only
    if the `ModelAdmin` has `search_fields`. Criteria that are wrong select nothing, and a message names the first
    problems. There is none while a field completes what is written: its answer shows no messages, and the text is
    wrong until it is whole.
    """

    criteria_model: Model

    def get_search_results(self, request: Any, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """The rows for a text of the search box, and whether they may be repeated."""
        if not search_term.lstrip().startswith("{"):
            found: tuple[Any, bool] = super().get_search_results(request, queryset, search_term)  # type: ignore[misc]
            return found
        try:
            if search_term.strip() in _texts(request):
                check_charset(request, _PARAMETERS)
            query = parse(search_term, self.criteria_model.schema)
        except CriteriaError as error:
            return _refused(request, queryset, error)
        check_filterable(queryset)  # a fault of the admin, not of who searches
        try:
            selected = queryset.filter(self.criteria_model.q(query))
            check_answerable(selected)
        except CriteriaError as error:
            if not is_of_client(error):
                raise
            return _refused(request, queryset, error)
        return selected, False


def _refused(request: Any, queryset: Any, error: CriteriaError) -> tuple[Any, bool]:
    if not _completes(request):
        text = _told(error)
        # Django searches again for an action, and once more for the page that it leads to
        if Message(messages.ERROR, text) not in messages.get_messages(request):
            messages.error(request, text)
    return queryset.none(), False


def _completes(request: Any) -> bool:
    """Whether a request is that of a field that completes what is written, in any site of the admin."""
    match = getattr(request, "resolver_match", None)
    return match is not None and match.url_name == "autocomplete" and "admin" in match.app_names


def _told(error: CriteriaError) -> str:
    problems = error.problems
    if len(problems) > _MOST_PROBLEMS:
        more = Problem("too_many_problems", f"Only the first {_MOST_PROBLEMS} problems are listed.")
        problems = (*problems[:_MOST_PROBLEMS], more)
    return str(CriteriaError(*problems))


def _texts(request: Any) -> list[str]:
    """The texts of the search box in the URL of a request, as Django has read them."""
    given = getattr(request, "GET", {})
    return [given[name].strip() for name in _PARAMETERS if name in given]
