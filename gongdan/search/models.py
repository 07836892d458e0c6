"""The rows of the index. What engines keep beside them (terms, text) is made by the migration and known here only."""

from __future__ import annotations

from django.db import models

from gongdan.fields import ShortText


class IndexRow(models.Model):
    """One thing that can be found.

    SQLite keeps its terms in the FTS5 table `search_terms` under the same row id (triggers delete them with the row);
    PostgreSQL keeps them in two further columns of this table, `terms` and `text`.
    """

    position = models.BigIntegerField(primary_key=True)  # sorts by time, unique: `rules.position_of`
    kind = ShortText(20)
    object_id = models.BigIntegerField()
    site_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="search_thing_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
