"""Call-backs (回访) and the messages before them, surveys, feedback, improvements, and whether it is solved for good."""

from __future__ import annotations

from django.db import models

from gongdan.catalog.models import Category
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
        NO_REPLY = "no_reply"  # 未回复结案: a message that nobody answered

    class Kind(models.TextChoices):
        AFTER_SETTLEMENT = "after_settlement"
        AFTER_ANSWER = "after_answer"
        PHONE_WATCH = "phone_watch"  # two hours after help by telephone; the order is not final before
        COMPLAINT = "complaint"  # a handled complaint, which no message settles
        PERIODIC = "periodic"  # so many days after an installation or a maintenance
        CARE = "care"  # 关怀电话

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="call_backs")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    kind = ShortText(20, choices=Kind.choices, default=Kind.AFTER_SETTLEMENT)
    state = ShortText(10, choices=State.choices, default=State.DUE)
    step = models.PositiveSmallIntegerField(default=0)  # the day of a periodic call
    due_at = models.DateTimeField()
    risk = models.PositiveSmallIntegerField(default=0)  # what the list is sorted by
    risk_reasons = models.JSONField(default=list)  # kernel Texts as JSON
    is_drawn = models.BooleanField(default=False)  # by lot: called whatever the message is answered
    message_state = ShortText(10, blank=True)  # derived from its message: "" where there is none
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
                fields=["order", "kind", "step"], condition=models.Q(state="due"), name="call_back_one_due_step"
            ),
        ]
        indexes = [
            models.Index(fields=["site", "state", "-risk", "due_at"], name="call_back_risk"),
            models.Index(fields=["state", "message_state", "due_at"], name="call_back_message"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id}"


class Message(models.Model):
    """The short message that asks before anybody calls (O-056): one per call-back, with its text as it goes out."""

    class State(models.TextChoices):
        TO_SEND = "to_send"  # 待发
        SENT = "sent"  # 已发，等回复
        GOOD = "good"  # 回复好
        BAD = "bad"  # 回复不好
        NO_ANSWER = "no_answer"  # 没有回复
        DROPPED = "dropped"  # 不发了: somebody has called already

    call = models.OneToOneField(CallBack, on_delete=models.CASCADE, related_name="message")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    phone = ShortText(40)
    text = LongText(1000)
    state = ShortText(10, choices=State.choices, default=State.TO_SEND)
    due_at = models.DateTimeField()  # never in the quiet hours
    sent_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    answered_at = models.DateTimeField(null=True)
    answer_words = LongText(500)  # what the customer wrote
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["site", "state", "due_at"], name="message_station")]

    def __str__(self) -> str:
        return f"{self.state} {self.order_id}"


class Survey(models.Model):
    """满意度调查: once per order, a score for every item that was asked (R-189)."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="survey")
    call = models.ForeignKey(CallBack, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    channel = ShortText(10, default="phone")  # phone, link
    scores = models.JSONField(default=dict)  # item -> 1 to 5
    remark = LongText(1000)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    def __str__(self) -> str:
        return f"{self.scores} {self.order_id}"


class Feedback(models.Model):
    """用户反馈: what a customer thinks or suggests, as a to-do with an owner (R-190)."""

    class Kind(models.TextChoices):
        SATISFACTION = "satisfaction"  # 满意度
        SUGGESTION = "suggestion"  # 意见建议

    class State(models.TextChoices):
        OPEN = "open"  # 待处理
        DOING = "doing"  # 处理中
        DONE = "done"  # 已处理
        DECLINED = "declined"  # 不采纳

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey(Order, null=True, on_delete=models.CASCADE, related_name="feedback")
    kind = ShortText(14, choices=Kind.choices, default=Kind.SUGGESTION)
    channel = ShortText(100)
    content = LongText(1000)
    contact = ShortText(60, blank=True)  # who said it, where there is no order
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    due_on = models.DateField()
    state = ShortText(10, choices=State.choices, default=State.OPEN)
    outcome = LongText(1000)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    done_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["site", "state", "due_on"], name="feedback_site"),
            models.Index(fields=["owner", "state", "due_on"], name="feedback_owner"),
        ]

    def __str__(self) -> str:
        return self.content[:40]


class Improvement(models.Model):
    """改进事项: what was found wrong in our own work, what is done about it, who and until when (R-191)."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    finding = LongText(1000)
    measure = LongText(1000)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    due_on = models.DateField()
    survey = models.ForeignKey(Survey, null=True, on_delete=models.SET_NULL, related_name="improvements")
    feedback = models.ForeignKey(Feedback, null=True, on_delete=models.SET_NULL, related_name="improvements")
    is_done = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True)
    outcome = LongText(1000)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["site", "is_done", "due_on"], name="improvement_site")]

    def __str__(self) -> str:
        return self.finding[:40]


class Tracking(models.Model):
    """服务跟踪: whether it is solved for good, how that was judged, and what is to be learnt (R-193)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="trackings")
    is_resolved = models.BooleanField()
    evaluation = LongText(2000)
    lesson = LongText(2000)
    is_publishable = models.BooleanField(default=False)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    def __str__(self) -> str:
        return f"{self.is_resolved} {self.order_id}"


class PeriodicRule(models.Model):
    """On which days after an installation or a maintenance the customer is called (R-188). No category: all others."""

    category = models.ForeignKey(Category, null=True, on_delete=models.CASCADE, related_name="+")
    kind = ShortText(14)  # an order's kind: installation, maintenance
    days = models.JSONField(default=list)
    for_households = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["category", "kind"], name="periodic_rule_once"),
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(category__isnull=True), name="periodic_rule_rest_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.days}"
