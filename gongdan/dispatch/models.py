"""Visits (dispatch lines), the windows that were promised, and what happened on the way to the customer."""

from __future__ import annotations

from django.db import models

from gongdan.dispatch import states
from gongdan.fields import LongText, ShortText
from gongdan.orders.models import Order
from gongdan.people.models import Team, User


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
    is_unconfirmed = models.BooleanField(default=False)  # was there without calling ahead
    is_late_unannounced = models.BooleanField(default=False)  # came after the window, and nobody was told
    remote_result = ShortText(8, blank=True)  # of remote guidance: solved, failed
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
    """An arrival window told to the customer; the first and each moved one stay apart (O-067).

    A window that was proposed and refused by the customer is kept too (`is_agreed` False); it never stood.
    """

    class MovedBy(models.TextChoices):
        US = "us"
        CUSTOMER = "customer"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="promises")
    start = models.DateTimeField()
    end = models.DateTimeField()
    is_first = models.BooleanField(default=False)
    counts_as_first = models.BooleanField(default=False)  # the first, or what the customer himself moved it to
    moved_by = ShortText(10, blank=True, choices=MovedBy.choices)
    reason = ShortText(200, blank=True)
    apology_made = models.BooleanField(default=False)
    is_agreed = models.BooleanField(default=True)
    promised_at = models.DateTimeField()
    promised_by_name = ShortText(60, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    kept = models.BooleanField(null=True)  # set by the arrival, or by our own moving of it

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="promise_forward"),
        ]
        indexes = [models.Index(fields=["end"], name="promise_end")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.start}"


class Transfer(models.Model):
    """An order handed from one technician to another: the customer keeps his time (R-072)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="transfers")
    giver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    taker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    visit = models.OneToOneField(Visit, on_delete=models.CASCADE, related_name="transfer")  # the taker's line
    reason = ShortText(200)
    at = models.DateTimeField()
    by_name = ShortText(60, blank=True)
    accepted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.order_id} {self.giver_id} {self.taker_id}"


class Confirmation(models.Model):
    """What came of the call before setting out: is it convenient, and are the three facts right (R-075, R-076)."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="confirmations")
    skipped_reason = ShortText(200, blank=True)  # nobody called, and why
    is_convenient = models.BooleanField(null=True)
    told_at = models.DateTimeField(null=True)  # the time of arrival that the customer was told
    device_ok = models.BooleanField(default=False)
    fault_ok = models.BooleanField(default=False)
    address_ok = models.BooleanField(default=False)
    note = ShortText(200, blank=True)
    at = models.DateTimeField()
    by_name = ShortText(60, blank=True)

    def __str__(self) -> str:
        return f"{self.visit_id} {self.at}"


class DelayNotice(models.Model):
    """The customer was told before the window ended that somebody comes late (R-074)."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="delays")
    reason = ShortText(200)
    told_how = ShortText(10)  # phone, sms, in_person
    new_estimate = models.DateTimeField()
    at = models.DateTimeField()
    by_name = ShortText(60, blank=True)

    def __str__(self) -> str:
        return f"{self.visit_id} {self.new_estimate}"


class TeamOffer(models.Model):
    """An order in a team's queue: whoever of the team takes it first has it (R-013)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="team_offers")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", db_index=False)
    task = LongText(500)
    planned_from = models.DateTimeField(null=True)
    planned_to = models.DateTimeField(null=True)
    offered_at = models.DateTimeField()
    offered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    taken_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=models.Q(taken_at__isnull=True, withdrawn_at__isnull=True),
                name="team_offer_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["team", "id"],
                name="team_offer_open",
                condition=models.Q(taken_at__isnull=True, withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.order_id}"


class WastedTrip(models.Model):
    """空跑: somebody stood before a shut door. Only with its evidence does it cost something (O-043)."""

    visit = models.OneToOneField(Visit, on_delete=models.CASCADE, related_name="wasted_trip")
    reason = ShortText(200)
    photo_id = models.BigIntegerField(null=True)  # files.Attachment: the door
    calls = models.PositiveSmallIntegerField(default=0)
    waited_minutes = models.PositiveSmallIntegerField(default=0)
    is_proven = models.BooleanField(default=False)
    at = models.DateTimeField()
    by_name = ShortText(60, blank=True)

    def __str__(self) -> str:
        return f"{self.visit_id} {self.reason}"
