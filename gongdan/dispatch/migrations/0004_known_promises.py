"""The promises that stand already: the first counts as first, and the arrival says whether it was kept."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F


def fill(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Three statements, whatever their number."""
    promises = apps.get_model("dispatch", "Promise").objects
    promises.filter(is_first=True).update(counts_as_first=True)
    promises.filter(is_first=True, withdrawn_at__isnull=False).update(kept=False)
    came = promises.filter(withdrawn_at__isnull=True, order__arrived_at__isnull=False)
    promises.filter(pk__in=came.filter(order__arrived_at__lte=F("end")).values("pk")).update(kept=True)
    promises.filter(pk__in=came.filter(order__arrived_at__gt=F("end")).values("pk")).update(kept=False)


class Migration(migrations.Migration):
    dependencies = (("dispatch", "0003_promises_and_teams"), ("orders", "0005_wasted_trips"))
    operations = (migrations.RunPython(fill, migrations.RunPython.noop),)
