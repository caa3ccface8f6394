"""Models with every type of column that fits, and with every kind of relation. Imported once Django is configured."""

from __future__ import annotations

from typing import Any

from django.db import models

EMPTY: dict[str, Any] = {"null": True, "blank": True}


class Mood(models.TextChoices):  # type: ignore[misc]
    SAD = "sad"
    OK = "OK"
    ACCENT = "é"


class Company(models.Model):  # type: ignore[misc]
    name = models.CharField(max_length=60, **EMPTY)
    founded = models.DateField(**EMPTY)
    settings = models.JSONField(**EMPTY)
    parent = models.ForeignKey("self", on_delete=models.CASCADE, related_name="children", **EMPTY)


class Label(models.Model):  # type: ignore[misc]
    name = models.CharField(max_length=60, db_column="Label name", **EMPTY)


class Order(models.Model):  # type: ignore[misc]
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=60, db_column="full_name", **EMPTY)
    notes = models.TextField(**EMPTY)
    slug = models.SlugField(max_length=60, **EMPTY)
    small = models.SmallIntegerField(**EMPTY)
    whole = models.IntegerField(**EMPTY)
    big = models.BigIntegerField(**EMPTY)
    count = models.PositiveIntegerField(**EMPTY)
    is_gift = models.BooleanField(db_column="Is Gift", **EMPTY)
    total = models.DecimalField(max_digits=12, decimal_places=2, **EMPTY)
    weight = models.FloatField(**EMPTY)
    day = models.DateField(**EMPTY)
    sent_at = models.DateTimeField(db_column="sent at", **EMPTY)
    token = models.UUIDField(**EMPTY)
    mood = models.CharField(max_length=4, choices=Mood.choices, **EMPTY)
    codes = models.JSONField(**EMPTY)
    meta = models.JSONField(**EMPTY)
    double = models.GeneratedField(
        expression=models.F("small") * 2, output_field=models.IntegerField(), db_persist=True
    )
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="orders", **EMPTY)
    labels = models.ManyToManyField(Label, related_name="orders")
    photo = models.FileField(null=True)
    duration = models.DurationField(null=True)


class Item(models.Model):  # type: ignore[misc]
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")
    price = models.DecimalField(max_digits=12, decimal_places=2, **EMPTY)
    text = models.CharField(max_length=60, **EMPTY)


class Gift(Order):
    """A model that extends another one: some of its columns are in the table of that one."""

    wish = models.CharField(max_length=60, **EMPTY)


class OpenOrder(Order):
    """A proxy, which has no table of its own."""

    class Meta:
        proxy = True


class Gifts(models.Manager):  # type: ignore[misc]
    def get_queryset(self) -> Any:
        return super().get_queryset().filter(is_gift=True)


class GiftOrder(Order):
    """A proxy whose manager leaves rows out."""

    objects = Gifts()

    class Meta:
        proxy = True


class Token(models.Model):  # type: ignore[misc]
    """A model whose key is a guid."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=60)


class Use(models.Model):  # type: ignore[misc]
    token = models.ForeignKey(Token, on_delete=models.CASCADE)


class Line(models.Model):  # type: ignore[misc]
    """A model whose key has two columns."""

    pk = models.CompositePrimaryKey("tenant", "number")
    tenant = models.IntegerField()
    number = models.IntegerField()
    name = models.CharField(max_length=60, **EMPTY)


ALL = (Company, Label, Order, Item, Gift, Token, Use, Line)
