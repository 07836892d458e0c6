"""Foreign keys keep to the floors as imports do; a string like "orders.Order" would get past the import contracts."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from tests.architecture.house import floors

BELOW_ALL = 1000  # Django's own apps and those of others


def floor_of(model: type[models.Model]) -> int:
    package, _, rest = model.__module__.partition(".")
    return floors()[rest.split(".")[0]] if package == "gongdan" else BELOW_ALL


def test_foreign_keys_point_down() -> None:
    upwards = [
        f"{model._meta.label}.{field.name} -> {target._meta.label}"
        for model in apps.get_models()
        if floor_of(model) < BELOW_ALL
        for field in (*model._meta.fields, *model._meta.many_to_many)
        if isinstance(target := field.related_model, type)
        and target._meta.app_label != model._meta.app_label
        and floor_of(target) <= floor_of(model)
    ]

    assert upwards == []


def test_ground_apps_hold_plain_values_instead_of_foreign_keys_to_people() -> None:
    ground = {"audit", "files", "numbering", "search"}
    pointing = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in ground
        for field in (*model._meta.fields, *model._meta.many_to_many)
        if isinstance(target := field.related_model, type) and target._meta.app_label not in ground
    }

    assert pointing == set()
