"""Visits (dispatch lines) and the arrival windows that were promised."""

from __future__ import annotations

from django.db import models

from gongdan.dispatch import states
from gongdan.fields import LongText, ShortText
from gongdan.orders.models import Order
from gongdan.people.models import User


class Visit(models.Model):
    """One technician's part of an order: what he is to do, when, and when he was there."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="visits")
    technician = models.ForeignKey(User, on_delete=models.PROTECT, related_name="visits")
    status = ShortText(10, default=states.VisitStatus.OFFERED)
    task = LongText(500)  # 派工内容
    method = ShortText(8, default=states.Method.SYSTEM)
    is_remote = models.BooleanField(default=False)
    planned_from = models.DateTimeField(null=True)
    planned_to = models.DateTimeField(null=True)
    remark = ShortText(200, blank=True)
    dispatched_at = models.DateTimeField()
    dispatched_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    departed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    void_reason = ShortText(200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=[s.value for s in states.VisitStatus]), name="visit_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(planned_to__isnull=True) | models.Q(planned_to__gt=models.F("planned_from")),
                name="visit_window_forward",
            ),
        ]
        indexes = [
            models.Index(fields=["technician", "status", "planned_from"], name="visit_technician"),
            models.Index(fields=["order", "id"], name="visit_order"),
        ]

    def __str__(self) -> str:
        return f"{self.technician_id} {self.order_id}"


class Promise(models.Model):
    """An arrival window told to the customer; the first and each moved one stay apart (O-067)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="promises")
    start = models.DateTimeField()
    end = models.DateTimeField()
    is_first = models.BooleanField(default=False)
    reason = ShortText(200, blank=True)
    promised_at = models.DateTimeField()
    promised_by_name = ShortText(60, blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="promise_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.start}"
