"""The views. `FilmViewSet` is all that search criteria need."""

from __future__ import annotations

from typing import Any

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.routers import DefaultRouter
from rest_framework.serializers import ModelSerializer, SlugRelatedField
from rest_framework.viewsets import ReadOnlyModelViewSet

from criteria import Field
from criteria.django import CriteriaFilterBackend, CriteriaPagination
from examples.django_drf.models import Film


class FilmSerializer(ModelSerializer):  # type: ignore[misc]
    directors: Any = SlugRelatedField("name", many=True, read_only=True)

    class Meta:
        model = Film
        fields = "__all__"


class FilmViewSet(ReadOnlyModelViewSet):  # type: ignore[misc]
    queryset = Film.objects.prefetch_related("directors")
    serializer_class = FilmSerializer
    filter_backends = (CriteriaFilterBackend,)
    pagination_class = CriteriaPagination
    criteria_relations = {"directors": ["name"]}  # noqa: RUF012
    criteria_json = {"awards": [Field("oscars", "integer"), Field("nominations", "integer")]}  # noqa: RUF012


router = DefaultRouter()
router.register("films", FilmViewSet)
urlpatterns = [
    path("api/", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", SpectacularSwaggerView.as_view(url_name="schema")),
]
