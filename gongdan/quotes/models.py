"""Quotes: live while draft, copied line by line when issued, decided once by the customer."""

from __future__ import annotations

from django.db import models

from gongdan.fields import FenField, LongText, ShortText
from gongdan.orders.models import DeviceLine, Order
from gongdan.people.models import User
from gongdan.pricing.models import PriceBook, PriceItem


class Quote(models.Model):
    """One plan with its price. An order may have several over time; at most one stands (draft, issued or accepted)."""

    class State(models.TextChoices):
        DRAFT = "draft"  # 拟价中
        ISSUED = "issued"  # 待确认
        ACCEPTED = "accepted"  # 已同意
        DECLINED = "declined"  # 不修
        SUPERSEDED = "superseded"  # 已作废 (a newer one stands)

    class Kind(models.TextChoices):
        PRELIMINARY = "preliminary"  # 预报价
        FORMAL = "formal"  # 正式报价

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="quotes")
    number = ShortText(30, blank=True)
    kind = ShortText(12, choices=Kind.choices, default=Kind.FORMAL)
    state = ShortText(12, choices=State.choices, default=State.DRAFT)
    book = models.ForeignKey(PriceBook, on_delete=models.PROTECT, related_name="+")
    plan = LongText(2000)  # 维修方案: cause and what will be done
    due_fen = FenField(default=0)  # what the customer pays, computed
    totals = models.JSONField(default=dict)  # payer -> fen
    issued_at = models.DateTimeField(null=True)
    issued_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = ShortText(200, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind"],
                condition=models.Q(state__in=["draft", "issued", "accepted"]),
                name="quote_one_stands",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"quote {self.pk}"


class QuoteItem(models.Model):
    """What was chosen: a price item and how many, for which device. No price is ever typed here."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="items")
    item = models.ForeignKey(PriceItem, on_delete=models.PROTECT, related_name="+")
    device_line = models.ForeignKey(DeviceLine, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField(default=1)
    remark = ShortText(200, blank=True)

    def __str__(self) -> str:
        return f"{self.item_id} x {self.quantity}"


class PricedLine(models.Model):
    """One line of a price as it was told: every figure and word final, with payer, rule and reason."""

    position = models.PositiveSmallIntegerField()
    item_code = ShortText(20)
    name = ShortText(100)
    unit = ShortText(20, blank=True)
    device_line = models.ForeignKey(DeviceLine, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField(default=1)
    unit_fen = FenField()
    amount_fen = FenField()
    payer = ShortText(20)
    rule = ShortText(20, blank=True)
    reason = models.JSONField(null=True)  # a kernel Text as JSON

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class QuoteLine(PricedLine):
    """A line of a quote as issued."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="lines")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["quote", "position"], name="quote_line_place")]
