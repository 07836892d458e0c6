"""What was found and done: diagnosis, actions, parts, tests and the customer's acceptance."""

from __future__ import annotations

from django.db import models

from gongdan.fields import LongText, ShortText
from gongdan.orders.models import DeviceLine, Order
from gongdan.people.models import User


class Diagnosis(models.Model):
    """检测结果 of one device: what was found and why; kept beside the customer's own words."""

    class Finding(models.TextChoices):
        FAULT = "fault"  # 查明故障
        NOTHING = "nothing"  # 未查出问题
        NOT_WORTH = "not_worth"  # 不值得修
        CANNOT = "cannot"  # 无法修复

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="diagnoses")
    device_line = models.ForeignKey(DeviceLine, on_delete=models.CASCADE, related_name="diagnoses")
    finding = ShortText(10, choices=Finding.choices, default=Finding.FAULT)
    methods = models.JSONField(default=list)  # 询问, 试机, 拆机, 仪器, 远程, 日志
    inspection = LongText(2000)  # 初检 / 检测结果
    cause = LongText(1000)
    component = ShortText(60, blank=True)
    error_code = ShortText(30, blank=True)
    needs_part = models.BooleanField(default=False)
    collateral_risk = ShortText(200, blank=True)
    risk_told = models.BooleanField(default=False)
    exclusion_codes = models.JSONField(default=list)  # X1..X9, why a device in its period is charged
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device_line"], name="diagnosis_per_device")]

    def __str__(self) -> str:
        return self.cause[:40]


class ActionLine(models.Model):
    """One thing that was done (R-133)."""

    class Kind(models.TextChoices):
        REPLACE = "replace"  # 更换部件
        ADJUST = "adjust"  # 调整设置
        FIX = "fix"  # 修复故障
        CLEAN = "clean"  # 清洁保养
        OTHER = "other"  # 其他

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="action_lines")
    device_line = models.ForeignKey(DeviceLine, on_delete=models.CASCADE, related_name="action_lines")
    kind = ShortText(8, choices=Kind.choices, default=Kind.FIX)
    text = LongText(1000)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.text[:40]


class PartLine(models.Model):
    """A part that was fitted, with what became of the old one."""

    class Handling(models.TextChoices):
        NEW = "new"  # 使用新件
        LENT = "lent"  # 借出
        REPAIRED = "repaired"  # 修复原件
        EXCHANGED = "exchanged"  # 换坏件返修
        CUSTOMER = "customer"  # 客户自备

    class Grade(models.TextChoices):
        ORIGINAL = "original"  # 原厂
        SALVAGED = "salvaged"  # 原拆
        AFTERMARKET = "aftermarket"  # 副厂
        REFURBISHED = "refurbished"  # 翻新
        OWN = "own"  # 客户自带

    class OldPart(models.TextChoices):
        UNDECIDED = ""
        LEFT = "left"  # 留给客户
        TAKEN = "taken"  # 带走(依要求)
        RETURNED = "returned"  # 返厂

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="part_lines")
    device_line = models.ForeignKey(DeviceLine, on_delete=models.CASCADE, related_name="part_lines")
    name = ShortText(100)
    spec = ShortText(100, blank=True)
    quantity = models.PositiveIntegerField(default=1)
    handling = ShortText(10, choices=Handling.choices, default=Handling.NEW)
    grade = ShortText(12, choices=Grade.choices, default=Grade.ORIGINAL)
    new_serial = ShortText(60, blank=True)
    old_serial = ShortText(60, blank=True)
    old_part = ShortText(10, choices=OldPart.choices, blank=True, default=OldPart.UNDECIDED)
    old_part_asked_by = ShortText(60, blank=True)
    fits = models.BooleanField(default=False)  # 安装到位
    connected = models.BooleanField(default=False)  # 连接正确
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class TestItem(models.Model):
    """One line of the test sheet of a device: expected, actual, passed."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="test_items")
    device_line = models.ForeignKey(DeviceLine, on_delete=models.CASCADE, related_name="test_items")
    position = models.PositiveSmallIntegerField(default=0)
    name = ShortText(100)
    expected = ShortText(100, blank=True)
    actual = ShortText(100, blank=True)
    passed = models.BooleanField(null=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Acceptance(models.Model):
    """One trial by the customer. A refused one says why and sends the work back; the last one is signed."""

    class Way(models.TextChoices):
        SIGNATURE = "signature"
        PAPER = "paper"  # 纸质签字
        PHONE = "phone"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="acceptances")
    trial = models.PositiveSmallIntegerField()
    is_accepted = models.BooleanField()
    meets_need = models.BooleanField(default=True)
    reason = ShortText(200, blank=True)
    tester = ShortText(60)
    way = ShortText(10, choices=Way.choices, default=Way.SIGNATURE)
    signature_id = models.BigIntegerField(null=True)  # files.Attachment
    sheet_hash = ShortText(64, blank=True)  # SHA-256 of what was signed; a later edit makes a new trial
    satisfaction = ShortText(10, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "trial"], name="acceptance_trial")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.trial}"
