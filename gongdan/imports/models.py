"""Imports of other people's spreadsheets: what was read, how it was understood, what became of each row."""

from __future__ import annotations

from django.db import models

from gongdan.audit.models import Progress
from gongdan.fields import ShortText
from gongdan.people.models import Site, User


class Batch(models.Model):
    """One file: all of it becomes visible by one small update, or nothing of it stays."""

    class Kind(models.TextChoices):
        CUSTOMERS = "customers"
        DEVICES = "devices"
        PAST_ORDERS = "past_orders"

    class State(models.TextChoices):
        UPLOADED = "uploaded"
        CHECKED = "checked"  # dry run done
        LOADING = "loading"
        UNDOING = "undoing"
        DONE = "done"
        FAILED = "failed"
        UNDONE = "undone"

    kind = ShortText(12, choices=Kind.choices)
    state = ShortText(10, choices=State.choices, default=State.UPLOADED)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    file_name = ShortText(200)
    attachment_id = models.BigIntegerField(null=True)  # files.Attachment
    sha256 = ShortText(64)
    encoding = ShortText(20, blank=True)
    sheet = ShortText(100, blank=True)
    header_row = models.PositiveIntegerField(default=0)
    columns = models.JSONField(default=list)  # header texts in order
    mapping = models.JSONField(default=dict)  # column index (as text) -> field name
    options = models.JSONField(default=dict)  # what the check and the load keep: see `queries.BatchCard`
    row_count = models.PositiveIntegerField(default=0)
    good_count = models.PositiveIntegerField(default=0)
    refused_count = models.PositiveIntegerField(default=0)
    duplicate_count = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")  # None: the command line
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    progress = models.ForeignKey(Progress, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.file_name


class RowVerdict(models.Model):
    """What the dry run or the load said of one row of the file; kept for the rows that need a look."""

    class Verdict(models.TextChoices):
        GOOD = "good"
        WARNED = "warned"
        DUPLICATE = "duplicate"
        REFUSED = "refused"

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="verdicts")
    row = models.PositiveIntegerField()  # as numbered in the file, from 1
    verdict = ShortText(10, choices=Verdict.choices)
    reasons = models.JSONField(default=list)  # kernel Texts as JSON
    preview = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["batch", "verdict", "row"], name="verdict_batch")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.row} {self.verdict}"


class SavedMapping(models.Model):
    """How a header was mapped last time, so that the next file with the same columns needs no clicks."""

    kind = ShortText(12)
    header_key = ShortText(64)  # SHA-256 of the normalised header texts
    mapping = models.JSONField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "header_key"], name="saved_mapping_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.header_key[:8]}"
