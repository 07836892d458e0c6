"""What was found and done on an order, and what happens beside it: help, steps, the way to the workshop, refusals."""

from __future__ import annotations

from django.db import models

from gongdan.fields import LongText, ShortText
from gongdan.orders.models import DeviceLine, Order
from gongdan.people.models import Site, Team, User


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


class StepTick(models.Model):
    """A step that the kind of order or the device's category demands before the work is handed back."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="step_ticks")
    device_line = models.ForeignKey(
        DeviceLine, null=True, on_delete=models.CASCADE, related_name="step_ticks", db_index=False
    )  # None: of the order
    code = ShortText(20)  # rules.STEPS
    note = ShortText(200, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "code"], condition=models.Q(device_line__isnull=True), name="tick_of_order"
            ),
            models.UniqueConstraint(
                fields=["order", "device_line", "code"],
                condition=models.Q(device_line__isnull=False),
                name="tick_of_device",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.order_id}"


class HelpRequest(models.Model):
    """求助: a question to a colleague (level 1) or to the technical department (level 2), and its answer (R-195, R-197)."""

    class State(models.TextChoices):
        OPEN = "open"
        ANSWERED = "answered"
        WITHDRAWN = "withdrawn"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="help_requests")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    level = models.PositiveSmallIntegerField()
    question = LongText(1000)
    reason = ShortText(200, blank=True)  # why the department is asked before a colleague has answered
    asked_to = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    state = ShortText(10, choices=State.choices, default=State.OPEN)
    answer = LongText(2000)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(level__in=(1, 2)), name="help_level_known"),
            models.CheckConstraint(
                condition=models.Q(level=1, asked_to__isnull=False) | models.Q(level=2), name="help_colleague_named"
            ),
        ]
        indexes = [
            models.Index(fields=["asked_to", "id"], name="help_colleague", condition=models.Q(state="open")),
            models.Index(fields=["team", "id"], name="help_team", condition=models.Q(state="open")),
            models.Index(fields=["site", "id"], name="help_site", condition=models.Q(state="open", level=2)),
        ]

    def __str__(self) -> str:
        return self.question[:40]


class PickUp(models.Model):
    """带回公司: what was taken along, how it looked, who signed, until when; and how it came back (R-093)."""

    class Way(models.TextChoices):
        SIGNATURE = "signature"  # 屏幕签名
        PAPER = "paper"  # 纸质签字

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="pick_ups")
    device_line = models.ForeignKey(DeviceLine, on_delete=models.CASCADE, related_name="pick_ups")
    accessories = LongText(500)
    condition = LongText(500)
    signer = ShortText(60)
    way = ShortText(10, choices=Way.choices, default=Way.SIGNATURE)
    signature_id = models.BigIntegerField(null=True)  # files.Attachment
    promised_on = models.DateField()  # 承诺送回
    taken_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    taken_at = models.DateTimeField()
    mode_before = ShortText(10)
    returned_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    returned_at = models.DateTimeField(null=True)
    receiver = ShortText(60, blank=True)
    return_way = ShortText(10, choices=Way.choices, blank=True)
    return_signature_id = models.BigIntegerField(null=True)
    return_note = ShortText(200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device_line"], condition=models.Q(returned_at__isnull=True), name="pick_up_open_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["promised_on", "id"], name="pick_up_due", condition=models.Q(returned_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device_line_id} {self.taken_at}"


class SafetyRefusal(models.Model):
    """安全拒修: why a device was not worked on, with a picture and a notice that was signed or witnessed (O-044)."""

    class Way(models.TextChoices):
        SIGNATURE = "signature"  # 客户屏幕签名
        PAPER = "paper"  # 客户纸质签字
        WITNESS = "witness"  # 客户拒签, 见证人

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="safety_refusals")
    device_line = models.ForeignKey(DeviceLine, on_delete=models.CASCADE, related_name="safety_refusals")
    hazard = ShortText(60)  # one of the setting's list, or own words
    reason = LongText(500)
    photo_id = models.BigIntegerField()  # files.Attachment
    way = ShortText(10, choices=Way.choices)
    signer = ShortText(60, blank=True)
    signature_id = models.BigIntegerField(null=True)
    witness = ShortText(60, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.hazard} {self.order_id}"
