"""The bill (结算单), whose amount due computes itself, and the rows of money received."""

from __future__ import annotations

from django.db import models

from gongdan.fields import FenField, ShortText
from gongdan.orders.models import DeviceLine, Order
from gongdan.people.models import User
from gongdan.quotes.models import PricedLine


class Bill(models.Model):
    """What one order comes to, per payer. Posted bills are never edited, only reversed by a red one."""

    class State(models.TextChoices):
        DRAFT = "draft"
        POSTED = "posted"
        REVERSED = "reversed"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="bills")
    number = ShortText(30, blank=True)  # gapless, taken when posted
    state = ShortText(10, choices=State.choices, default=State.DRAFT)
    is_red = models.BooleanField(default=False)
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by")
    due_fen = FenField(default=0)  # what the customer pays, after rules and adjustments
    totals = models.JSONField(default=dict)  # payer -> fen
    book_code = ShortText(30, blank=True)
    posted_at = models.DateTimeField(null=True)
    posted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = ShortText(200, blank=True)  # of a reversal
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=models.Q(state__in=["draft", "posted"], is_red=False),
                name="bill_one_stands",
            ),
            models.UniqueConstraint(fields=["number"], condition=~models.Q(number=""), name="bill_number"),
        ]

    def __str__(self) -> str:
        return self.number or f"bill {self.pk}"


class BillLine(PricedLine):
    """A line of a bill: what it names stays as long as the bill."""

    bill = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="lines")
    device_line = models.ForeignKey(DeviceLine, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bill", "position"], name="bill_line_place")]


class Account(models.Model):
    """收款账户: where received money lies (现金, 银行, 微信, 支付宝, 对公)."""

    code = ShortText(20, unique=True)
    name = ShortText(30)
    is_cash = models.BooleanField(default=False)  # may give change
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Payment(models.Model):
    """Money received from the customer: payee, day, account. Any time, also before the bill is posted."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt"  # 收款
        REFUND = "refund"  # 退款

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    kind = ShortText(8, choices=Kind.choices, default=Kind.RECEIPT)
    amount_fen = FenField()  # kept: tendered less change; a refund is negative
    tendered_fen = FenField()  # as handed over
    change_fen = FenField(default=0)
    payee = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()  # 收款日期
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    reference = ShortText(60, blank=True)  # 流水号
    remark = ShortText(200, blank=True)
    refunds = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="refunded_by")
    receipt_number = ShortText(30, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["order", "id"], name="payment_order")]
        constraints = [
            models.UniqueConstraint(
                fields=["receipt_number"], condition=~models.Q(receipt_number=""), name="payment_receipt_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.amount_fen}"


class Adjustment(models.Model):
    """A named gap between due and received: 挂账, 优惠 or 抹零. Never a free discount field (R-177)."""

    class Kind(models.TextChoices):
        ON_ACCOUNT = "on_account"  # 挂账
        DISCOUNT = "discount"  # 优惠
        ROUNDING = "rounding"  # 抹零

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="adjustments")
    kind = ShortText(12, choices=Kind.choices)
    fen = FenField()  # positive: so much less is received now
    reason = ShortText(200)
    due_on = models.DateField(null=True)  # of an on-account amount
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_void = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.fen}"
