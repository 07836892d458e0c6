"""Attached files, issued papers and their PDF copies. Who may see them is asked of their subject, by the door."""

from __future__ import annotations

from django.db import models

from gongdan.fields import ShortText


class Attachment(models.Model):
    """A file that hangs on a thing. Its content is stored once under its own hash, however often it is attached."""

    subject_kind = ShortText(40)  # as in the event log, e.g. "orders.order"
    subject_id = models.BigIntegerField()
    role = ShortText(30, blank=True)  # what it shows or is: door, before, serial, seal, signature, pdf ...
    name = ShortText(100)
    mime = ShortText(60)
    size = models.PositiveIntegerField()
    sha256 = ShortText(64)
    path = ShortText(100)  # below MEDIA_ROOT
    signer = ShortText(60, blank=True)
    strokes = models.JSONField(null=True)  # of a signature: what the pad recorded
    actor_kind = ShortText(20)
    actor_id = models.BigIntegerField()
    actor_name = ShortText(60, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject_kind", "subject_id", "id"], name="attachment_subject")]

    def __str__(self) -> str:
        return self.name


class Paper(models.Model):
    """An issued paper: what it says, as final strings. The database refuses to change a row.

    A correction is another paper that supersedes this one (same number, next version) or reverses it (冲红).
    """

    kind = ShortText(40)
    number = ShortText(60)
    version = models.PositiveSmallIntegerField(default=1)
    subject_kind = ShortText(40)
    subject_id = models.BigIntegerField()
    site_id = models.BigIntegerField()
    sheet = ShortText(80)  # the template, e.g. "orders/service_order.html"
    snapshot = models.JSONField()
    sha256 = ShortText(64)
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by")
    actor_kind = ShortText(20)
    actor_id = models.BigIntegerField()
    actor_name = ShortText(60, blank=True)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "number", "version"], name="paper_number_once")]
        indexes = [models.Index(fields=["subject_kind", "subject_id", "id"], name="paper_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class PdfCopy(models.Model):
    """A paper as PDF in one size: the file, or why there is none (then the browser's own print does it)."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="pdf_copies")
    size = ShortText(12)
    attachment = models.ForeignKey(Attachment, null=True, on_delete=models.PROTECT, related_name="+")
    trouble = models.JSONField(null=True)  # a kernel Text as JSON
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["paper", "size"], name="pdf_copy_once")]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.size}"
