"""售后服务工单, the central document, and what other floors deposit on it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.db import models
from django.db.models.functions import Coalesce

from gongdan.catalog.models import Brand, Category, Fault
from gongdan.customers.models import Customer, Division
from gongdan.devices.models import Device
from gongdan.fields import LongText, ShortText
from gongdan.kernel.text import Text
from gongdan.orders import states
from gongdan.people.models import Site, User

# When an order is due: the end of what was promised, else of what was wished; else it waits since it was registered.
DUE = Coalesce("promised_to", "wished_to", "received_at")


def _choices(labels: Mapping[StrEnum, Text]) -> list[tuple[str, str]]:
    return [(key.value, str(label)) for key, label in labels.items()]


class Order(models.Model):
    """One request of one customer, from the call to the call-back. Contact and address are copied as told."""

    number = ShortText(40, unique=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    store = models.ForeignKey(  # 门店 of an in-store order
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    status = ShortText(14, default=states.Status.REGISTERED)
    flow = ShortText(10, blank=True, default=states.Flow.UNDECIDED)
    flow_chosen_at = models.DateTimeField(null=True)
    flow_chosen_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = ShortText(14, default=states.Kind.REPAIR)
    mode = ShortText(10, default=states.Mode.ON_SITE)
    source = ShortText(20, default=states.Source.DIRECT)
    referrer = ShortText(60, blank=True)  # 部门/同事 who took the report
    channel = ShortText(10, default=states.Channel.PHONE)
    impact = ShortText(12, default=states.Impact.SINGLE)
    urgency = ShortText(10, default=states.Urgency.NORMAL)
    priority = ShortText(4, default=states.Priority.NORMAL)
    priority_reason = ShortText(200, blank=True)  # set when overridden by hand

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders", db_index=False)
    contact_name = ShortText(60, blank=True)
    phone = ShortText(40, blank=True)  # as typed
    phone_code = ShortText(40, blank=True)
    phone2 = ShortText(40, blank=True)
    phone_is_virtual = models.BooleanField(default=False)  # 隐私号: rings until it expires, tells nobody from others
    phone_expires_at = models.DateTimeField(null=True)
    no_phone_reason = ShortText(100, blank=True)
    division = models.ForeignKey(
        Division, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    address = ShortText(200, blank=True)
    address_key = ShortText(120, blank=True)  # the address as it is compared

    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    symptom = LongText(2000)  # 故障现象, in the customer's words
    occurred = ShortText(100, blank=True)  # 发生时间, as told
    error_code = ShortText(30, blank=True)
    remark = LongText(1000)
    wished_from = models.DateTimeField(null=True)
    wished_to = models.DateTimeField(null=True)
    promised_from = models.DateTimeField(null=True)  # deposited by dispatch
    promised_to = models.DateTimeField(null=True)
    distance_km = models.PositiveSmallIntegerField(null=True)  # one way, for the travel fee
    arrived_at = models.DateTimeField(null=True)  # first arrival and last departure, deposited by dispatch
    left_at = models.DateTimeField(null=True)

    received_at = models.DateTimeField()
    received_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # None: imported, online
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    finished_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    # Derived from their own rows and stored, so that lists need no joins; they never raise the version.
    technician_names = ShortText(120, blank=True)
    team_name = ShortText(40, blank=True)  # whose queue it waits in
    hold_code = ShortText(20, blank=True)  # of the oldest hold that stands, of a wrong number before all
    flag = ShortText(10, blank=True)  # "", vip, prepaid, refuse: of the customer, at registration
    chased = models.PositiveSmallIntegerField(default=0)  # 催单
    last_chased_at = models.DateTimeField(null=True)
    wasted_trips = models.PositiveSmallIntegerField(default=0)  # proven ones: each has its fee
    device_text = ShortText(160, blank=True)
    quote_state = ShortText(10, blank=True)  # "", draft, issued, accepted, declined
    money_state = ShortText(10, blank=True)  # "", unpaid, part, on_account, paid
    due_fen = models.BigIntegerField(null=True)
    result = ShortText(20, blank=True)  # repaired, not_repaired, declined, nothing_found
    repair_label = ShortText(30, blank=True)  # free label (维修状态) on the fixed state

    is_historic = models.BooleanField(default=False)  # imported past order: read-only
    batch_id = models.BigIntegerField(null=True)
    old_number = ShortText(60, blank=True)
    is_visible = models.BooleanField(default=True)  # False while its import batch is still loading
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=[s.value for s in states.Status]), name="order_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(wished_to__isnull=True) | models.Q(wished_to__gt=models.F("wished_from")),
                name="order_wish_forward",
            ),
        ]
        indexes = [
            # `is_visible` at the end: counting reads nothing but the index.
            models.Index(fields=["site", "status", "-id", "is_visible"], name="order_station"),
            models.Index(fields=["status", "-id", "is_visible"], name="order_status"),
            models.Index(fields=["customer", "-id"], name="order_customer"),
            # Open orders, the earliest due first, of a site and of all.
            models.Index("site", "status", DUE, "id", name="order_due", condition=models.Q(closed_at__isnull=True)),
            models.Index("status", DUE, "id", name="order_due_anywhere", condition=models.Q(closed_at__isnull=True)),
            # Statistics of a period read nothing but the index.
            models.Index(
                fields=["site", "received_at", "is_historic", "is_visible", "flow", "channel", "source"],
                name="order_figures",
            ),
            # Whole, not only where filled: SQLite cannot tell that a bound value is not empty and would read the table.
            models.Index(fields=["phone_code", "-id"], name="order_phone"),
            models.Index(fields=["address_key", "-id"], name="order_address"),
            models.Index(fields=["batch_id", "id"], name="order_batch", condition=models.Q(batch_id__isnull=False)),
            models.Index(fields=["old_number"], name="order_old_number"),
        ]

    def __str__(self) -> str:
        return self.number


class DeviceLine(models.Model):
    """One device on an order, with its own fault and its own result."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="device_lines", db_index=False)
    position = models.PositiveSmallIntegerField(default=0)
    device = models.ForeignKey(Device, null=True, blank=True, on_delete=models.PROTECT, related_name="order_lines")
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    brand_text = ShortText(60, blank=True)
    model_text = ShortText(80, blank=True)
    serial = ShortText(60, blank=True)
    symptom = LongText(1000)
    fault = models.ForeignKey(Fault, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    error_code = ShortText(30, blank=True)
    appearance = LongText(500)  # 外观, at check-in
    accessories = LongText(500)  # 随机附件
    place = ShortText(100, blank=True)  # room of a bulk order: who to ask for there, and how to reach him
    contact_name = ShortText(60, blank=True)
    phone = ShortText(40, blank=True)
    coverage_label = ShortText(20, blank=True)  # 保内, 主要部件保内, 延保, 合同, 保外, 返修免费
    free_part = models.BooleanField(default=False)
    free_labour = models.BooleanField(default=False)
    free_visit = models.BooleanField(default=False)
    verdict = models.JSONField(null=True)  # the explained verdict at registration
    overruled_reason = ShortText(200, blank=True)
    exclusion_codes = models.JSONField(default=list)  # X1..X9, deposited by the diagnosis
    height_cm = models.PositiveSmallIntegerField(default=0)  # height of fall of the work
    result = ShortText(20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="device_line_place")]

    def __str__(self) -> str:
        return f"{self.brand_text} {self.model_text}"


class Participant(models.Model):
    """Who takes part in an order, from when to when: what `visible_to` reads."""

    class Part(models.TextChoices):
        TECHNICIAN = "technician"
        HELPER = "helper"
        CONSULTANT = "consultant"
        REGISTRAR = "registrar"
        TEAM = "team"  # sees it in his team's queue
        ADVISER = "adviser"  # asked for help: sees it while the question is open, does nothing on it

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    part = ShortText(12, choices=Part.choices)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-order"], name="participant_user")]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "user", "part"], condition=models.Q(until__isnull=True), name="participant_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.part} {self.order_id}"


class Hold(models.Model):
    """Something that stands against a later step: kind says which (dispatch, settle, close)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="holds")
    kind = ShortText(20)  # dispatch, close
    code = ShortText(20, blank=True)  # why, for lists and for releasing: wrong_number, repeat_fault, safety ...
    reason = models.JSONField()  # a kernel Text as JSON
    placed_at = models.DateTimeField()
    placed_by_name = ShortText(60, blank=True)
    expires_at = models.DateTimeField(null=True)  # then it falls away by itself
    released_at = models.DateTimeField(null=True)
    released_by_name = ShortText(60, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["expires_at"],
                name="hold_expires",
                condition=models.Q(expires_at__isnull=False, released_at__isnull=True),
            ),
            models.Index(fields=["code"], name="hold_standing", condition=models.Q(released_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id}"


class Consent(models.Model):
    """What a customer agreed to or refused: to what, for how much, in which way, who and when."""

    class Way(models.TextChoices):
        SIGNATURE = "signature"  # 签字
        PHONE = "phone"  # 电话
        SMS = "sms"  # 短信
        IN_PERSON = "in_person"  # 当面
        LINK = "link"  # 链接

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="consents")
    to_what = ShortText(30)  # quote, move, express, backup_waiver ...
    subject_id = models.BigIntegerField(null=True)
    is_given = models.BooleanField()
    fen = models.BigIntegerField(null=True)
    way = ShortText(10, choices=Way.choices)
    name = ShortText(60)
    at = models.DateTimeField()
    signature_id = models.BigIntegerField(null=True)  # files.Attachment
    remark = ShortText(200, blank=True)
    by_name = ShortText(60, blank=True)

    def __str__(self) -> str:
        return f"{self.to_what} {self.order_id}"


class Link(models.Model):
    """What a customer's link may do: only the hash of its token is kept."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="links")
    token_hash = ShortText(64, unique=True)
    scope = ShortText(30)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.scope} {self.order_id}"


class Relation(models.Model):
    """Two orders that belong together: a repair out of a question, a complaint about a repair, a rework."""

    class Kind(models.TextChoices):
        FROM_INQUIRY = "from_inquiry"
        COMPLAINT_ABOUT = "complaint_about"
        REWORK_OF = "rework_of"
        SPLIT_FROM = "split_from"
        FROM_COMPLAINT = "from_complaint"
        FROM_CALL = "from_call"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="relations", db_index=False)
    earlier = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="later_relations")
    kind = ShortText(16, choices=Kind.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "earlier", "kind"], name="relation_once")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind} {self.earlier_id}"


class Answer(models.Model):
    """答复 to a question, or handling and result of a complaint."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="answer")
    question = LongText(2000)
    text = LongText(4000)
    wants_follow_up = models.BooleanField(default=False)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    def __str__(self) -> str:
        return self.text[:40]


class ContactAttempt(models.Model):
    """One attempt to reach the customer: never before the registration (R-037)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="contact_attempts")
    purpose = ShortText(12, choices=_choices(states.PURPOSE_LABELS), default=states.Purpose.CONTACT)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = ShortText(40, blank=True)
    result = ShortText(14, choices=_choices(states.ATTEMPT_LABELS))
    note = LongText(1000)
    next_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="attempt_next", condition=models.Q(next_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.result} {self.order_id}"


class Chase(models.Model):
    """催单: the customer called again while his order was open, and what he was told (O-048)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="chases")
    count = models.PositiveSmallIntegerField()  # the how-manieth on this order
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    caller_phone = ShortText(40, blank=True)
    content = LongText(1000)  # what he asked
    answer = LongText(1000)  # what he was told

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "count"], name="chase_count")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.count}"


class ScriptAnswer(models.Model):
    """What the customer answered to one question of the script (R-064). The question's words are kept as asked."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="script_answers", db_index=False)
    question_id = models.BigIntegerField()
    question = ShortText(200)
    answer = LongText(1000)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "question_id"], name="script_answer_once")]

    def __str__(self) -> str:
        return self.question


class Preliminary(models.Model):
    """初步诊断 before a visit is arranged: what led to it, roughly where it is, what is planned (R-065)."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="preliminary")
    background = LongText(2000)  # 前因后果
    rough_scope = LongText(1000)  # 初步范围
    rough_plan = LongText(1000)  # 初步方案
    is_confirmed = models.BooleanField(default=False)  # the customer heard it and agreed
    confirmed_with = ShortText(60, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    def __str__(self) -> str:
        return self.rough_scope[:40]


class PhoneFix(models.Model):
    """电话解决: why no visit was needed, and which steps were read out (R-066, R-067)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="phone_fixes")
    reason = ShortText(20)  # false_alarm 误报, misuse 使用不当, guided 指导解决
    code = ShortText(30, blank=True)
    steps = models.JSONField(default=list, blank=True)  # those ticked, in their words
    note = LongText(1000)
    solved_at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    def __str__(self) -> str:
        return f"{self.reason} {self.order_id}"


class CompensationRule(models.Model):
    """What a justified complaint of a subject is worth: a fixed amount, or a share of the bill up to a cap (R-050)."""

    name = ShortText(60, unique=True)
    subject = ShortText(20, blank=True)  # empty: for every subject
    kind = ShortText(10, choices=_choices(states.COMPENSATION_LABELS))
    fen = models.BigIntegerField(default=0)  # fixed
    percent = models.PositiveSmallIntegerField(default=0)  # of what the complained order costs its customer
    cap_fen = models.BigIntegerField(default=0)  # of the share; 0: none
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Complaint(models.Model):
    """投诉: whom it is about, who is liable, what was done, what came of it and what the customer gets (R-050)."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="complaint")
    subject = ShortText(20, blank=True)
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    liability = ShortText(10, blank=True, choices=_choices(states.LIABILITY_LABELS))
    finding = LongText(1000)  # why this liability
    judged_at = models.DateTimeField(null=True)
    judged_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    handling = LongText(2000)
    outcome = LongText(2000)
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    rule = models.ForeignKey(CompensationRule, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    compensation = ShortText(10, blank=True, choices=_choices(states.COMPENSATION_LABELS))
    fen = models.BigIntegerField(default=0)
    compensation_reason = ShortText(200, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    def __str__(self) -> str:
        return f"{self.subject} {self.order_id}"
