"""Films and their directors, as any application of Django has them."""

from __future__ import annotations

from django.db import models


class Director(models.Model):  # type: ignore[misc]
    name = models.CharField(max_length=200)


class Film(models.Model):  # type: ignore[misc]
    title = models.CharField(max_length=200, help_text="English title")
    year = models.IntegerField(help_text="Year of publication")
    released = models.DateTimeField(null=True, help_text="Empty where no more than the year is known")
    rated = models.CharField(
        max_length=5, null=True, choices=[(one, one) for one in ("G", "PG", "PG-13", "R", "NC-17", "X")]
    )
    box_office = models.DecimalField(max_digits=10, decimal_places=6, null=True, help_text="In millions of US dollars")
    awards = models.JSONField(null=True)
    directors = models.ManyToManyField(Director, related_name="films")
