"""Orders whose rest stands on account already show it as their money state."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def show(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """What is on account was put there as the whole rest, so the order is neither unpaid nor paid in part."""
    adjustments: Any = apps.get_model("settlement", "Adjustment")
    orders: Any = apps.get_model("orders", "Order")
    owed = adjustments.objects.filter(kind="on_account", is_void=False, fen__gt=0).values("order")
    orders.objects.filter(pk__in=owed, money_state__in=["unpaid", "part"]).update(money_state="on_account")


class Migration(migrations.Migration):
    """Data only."""

    dependencies = (("settlement", "0001_initial"),)
    operations = (migrations.RunPython(show, migrations.RunPython.noop),)
