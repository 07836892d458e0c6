"""Call-backs (回访): when they are due, how often they were tried, and what came of them."""

from __future__ import annotations

from django.db import models

from gongdan.fields import LongText, ShortText
from gongdan.orders.models import Order
from gongdan.people.models import Site, User


class RepairLabel(models.Model):
    """维修状态: an editable label with one of the fixed effects on the order (R-185)."""

    class Effect(models.TextChoices):
        CLOSE = "close"  # 正常关闭
        REOPEN = "reopen"  # 未修好: back to dispatch
        COMPLAINT = "complaint"  # 转投诉
        NONE = "none"  # only a label

    code = ShortText(20, unique=True)
    name = ShortText(30)
    effect = ShortText(10, choices=Effect.choices, default=Effect.NONE)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class CallBack(models.Model):
    """One planned call to the customer of an order."""

    class State(models.TextChoices):
        DUE = "due"  # 待回访
        DONE = "done"  # 已回访
        GIVEN_UP = "given_up"  # 未接通结案

    class Kind(models.TextChoices):
        AFTER_SETTLEMENT = "after_settlement"
        AFTER_ANSWER = "after_answer"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="call_backs")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    kind = ShortText(20, choices=Kind.choices, default=Kind.AFTER_SETTLEMENT)
    state = ShortText(10, choices=State.choices, default=State.DUE)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    is_fixed = models.BooleanField(null=True)
    is_on_time = models.BooleanField(null=True)
    price_matched = models.BooleanField(null=True)
    score = models.PositiveSmallIntegerField(null=True)
    content = LongText(2000)  # 回访内容
    suggestion = LongText(1000)
    label = models.ForeignKey(RepairLabel, null=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind"], condition=models.Q(state="due"), name="call_back_one_due"
            ),
        ]
        indexes = [models.Index(fields=["site", "state", "due_at"], name="call_back_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id}"
