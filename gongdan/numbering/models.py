"""The counters behind numbers."""

from __future__ import annotations

from django.db import models

from gongdan.fields import ShortText


class Counter(models.Model):
    """The last number given in a series: one row per kind, site (0: all sites) and local day."""

    kind = ShortText(20)
    site_id = models.BigIntegerField()
    day = models.DateField()
    n = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "site_id", "day"], name="counter_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.site_id} {self.day}: {self.n}"
