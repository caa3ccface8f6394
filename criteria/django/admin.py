"""`CriteriaSearch`: criteria in the search box of Django's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import messages

from criteria.django.adapter import Model
from criteria.django.arguments import check_answerable, check_filterable, is_of_client
from criteria.django.requests import check_charset
from criteria.errors import CriteriaError
from criteria.parsing.parser import parse

_PARAMETERS = frozenset({"q", "term"})
"""The parameters of a list, and of a field that completes what is written, that hold the text of the search box."""


class CriteriaSearch:
    """For a `ModelAdmin`: a text in the search box that begins with `{` is criteria, any other a search as before.

    `class UserAdmin(CriteriaSearch, ModelAdmin): criteria_model = criteria.django.model(User)`. The box is there only
    if the `ModelAdmin` has `search_fields`. Criteria that are wrong select nothing, and a message says why.
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
    messages.error(request, str(error))
    return queryset.none(), False


def _texts(request: Any) -> list[str]:
    """The texts of the search box in the URL of a request, as Django has read them."""
    given = getattr(request, "GET", {})
    return [given[name].strip() for name in _PARAMETERS if name in given]
