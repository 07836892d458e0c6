"""When a call-back is due, who is asked by message first, what a result must say, and what a shop may set."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from gongdan.kernel.calendar import local_moment
from gongdan.kernel.errors import Invalid
from gongdan.kernel.settings import Setting
from gongdan.kernel.text import Text, _

EVENING, MORNING = time(18, 30), time(9, 30)


def _clocks(first: str, last: str) -> tuple[tuple[str, Text], ...]:
    """Every half hour between two clocks, as choices."""
    every = [f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in range(0, 24 * 60, 30)]
    return tuple((clock, _("{clock}", clock=clock)) for clock in every if first <= clock <= last)


MESSAGE_FACTS = ("shop", "customer", "device", "number")


def template_complaint(text: str) -> Text | None:
    """What is wrong with the words of a message: a fact that there is none of, or a brace that stands alone."""
    rest = re.sub("|".join(f"{{{name}}}" for name in MESSAGE_FACTS), "", text)
    facts = "、".join(f"{{{name}}}" for name in MESSAGE_FACTS)
    if unknown := re.search(r"\{[^{}]*\}", rest):
        return _("没有“{name}”，只能用 {facts}", name=unknown[0][:30], facts=facts)
    if "{" in rest or "}" in rest:
        return _("大括号要成对，里面只能是这几项：{facts}", facts=facts)
    return None


TRIES = Setting(
    "followup.tries",
    _("几次未接通可以结案"),
    3,
    _("同一张工单回访这么多次都没接通，就可以按“未接通结案”"),
    unit=_("次"),
    low=1,
    high=9,
)
RETRY_MINUTES = Setting(
    "followup.retry_minutes",
    _("没接后多久再打"),
    60,
    _("按“没接”时约好的下一次电话；没到约好的时间再打也记下，但不算未接通次数"),
    unit=_("分钟"),
    low=10,
    high=1440,
)
QUIET = Setting(
    "followup.quiet",
    _("夜间不打扰客户"),
    default=True,
    affects=_("开：夜里到期的回访改到第二天早上，夜里不发短信；关：不分昼夜"),
)
QUIET_FROM = Setting(
    "followup.quiet_from",
    _("晚上几点以后不打扰"),
    "21:00",
    _("这个时间以后到期的回访和短信，改到第二天早上"),
    choices=_clocks("18:00", "23:30"),
)
QUIET_UNTIL = Setting(
    "followup.quiet_until",
    _("早上几点以前不打扰"),
    "08:30",
    _("这个时间以前到期的回访和短信，改到当天第一通电话的时间"),
    choices=_clocks("06:00", "11:00"),
)
FIRST_CALL = Setting(
    "followup.first_call",
    _("早上第一通电话"),
    "09:00",
    _("夜里到期的回访改到这个时间"),
    choices=_clocks("07:00", "12:00"),
)
WATCH_MINUTES = Setting(
    "followup.watch_minutes",
    _("电话解决后多久回访"),
    120,
    _("电话解决或答复咨询以后，过这么久再打一次电话，问是否正常"),
    unit=_("分钟"),
    low=10,
    high=2880,
)
WATCH_FROM = Setting(
    "followup.watch_from",
    _("电话解决后的时间从哪里起算"),
    "call_end",
    _("从指导电话结束起算，或从登记报修起算"),
    choices=(("call_end", _("指导电话结束")), ("registration", _("登记报修"))),
)
WATCH_WAITS = Setting(
    "followup.watch_waits",
    _("电话解决的回访避开夜间"),
    default=False,
    affects=_("开：夜里到期的改到第二天早上；关：不论几点都按时回访"),
)
MESSAGE_FIRST = Setting(
    "followup.message_first",
    _("结算后先发短信"),
    default=True,
    affects=_("开：结算后先发短信问是否正常，客户说好的不再打电话；关：全部打电话"),
)
MESSAGE_TEXT = Setting(
    "followup.message_text",
    _("回访短信"),
    "【{shop}】{customer}您好，您的{device}已维修完成，单号{number}。现在使用正常吗？"
    "正常请回复“好”，有问题请回复“不好”，我们马上联系您。",
    _("可以用 {shop} 店名、{customer} 客户、{device} 设备、{number} 单号；发出前检查禁用语"),
    check=template_complaint,
)
ANSWER_HOURS = Setting(
    "followup.answer_hours",
    _("短信等多久没有回复"),
    24,
    _("过了这个时间没有回复：有风险或被抽中的打电话，其余按“未回复结案”"),
    unit=_("小时"),
    low=1,
    high=240,
)
RISK_YUAN = Setting(
    "followup.risk_yuan",
    _("多大金额算有风险"),
    500,
    _("账单超过这个金额的，短信没有回复就要打电话，并排在回访列表前面"),
    unit=_("元"),
    low=0,
    high=1_000_000,
)
RISK_NEW_ORDERS = Setting(
    "followup.risk_new_orders",
    _("师傅前几单算新手"),
    20,
    _("师傅完工还不到这么多单时，他的工单算有风险；填 0 不看新手"),
    unit=_("单"),
    low=0,
    high=500,
)
DRAWN_PERCENT = Setting(
    "followup.drawn_percent",
    _("随机抽查电话回访"),
    10,
    _("每一百单里随机抽这么多单，不论短信怎么回复都打电话；填 0 不抽"),
    unit=_("%"),
    low=0,
    high=100,
)
CARE_DAYS = Setting(
    "followup.care_days",
    _("完工后多久打关怀电话"),
    30,
    _("结算后过这么多天，电话问使用情况和可能的问题；填 0 不打。已有定期回访的安装、保养单不再打"),
    unit=_("天"),
    low=0,
    high=730,
)
CARE_HOUSEHOLDS = Setting(
    "followup.care_households",
    _("个人客户也打关怀电话"),
    default=False,
    affects=_("开：个人客户也打；关：只打单位客户"),
)
SURVEY_ITEMS = Setting(
    "followup.survey_items",
    _("满意度调查项目"),
    ("服务态度", "维修质量", "及时", "价格"),
    _("每项 1 到 5 分，回访时在电话里问；已经做过的调查不变"),
)
FEEDBACK_CHANNELS = Setting(
    "followup.feedback_channels",
    _("用户反馈渠道"),
    ("电话", "邮件", "在线调查", "微信", "当面"),
    _("登记用户反馈时可选的渠道；回访时说的意见记在第一项下"),
)
FEEDBACK_DAYS = Setting(
    "followup.feedback_days",
    _("用户反馈几天内处理"),
    7,
    _("登记反馈时没有填期限的，从当天起算这么多天"),
    unit=_("天"),
    low=0,
    high=365,
)
SETTINGS: tuple[Setting[bool] | Setting[int] | Setting[str] | Setting[tuple[str, ...]], ...] = (
    MESSAGE_FIRST, MESSAGE_TEXT, ANSWER_HOURS, DRAWN_PERCENT, RISK_YUAN, RISK_NEW_ORDERS, TRIES, RETRY_MINUTES, QUIET, QUIET_FROM,
    QUIET_UNTIL, FIRST_CALL, WATCH_MINUTES, WATCH_FROM, WATCH_WAITS, CARE_DAYS, CARE_HOUSEHOLDS, SURVEY_ITEMS, FEEDBACK_CHANNELS,
    FEEDBACK_DAYS,
)  # fmt: skip

CALL_KINDS: dict[str, Text] = {
    "after_answer": _("咨询回访"),
    "phone_watch": _("电话解决回访"),
    "complaint": _("投诉回访"),
    "periodic": _("定期回访"),
    "care": _("关怀电话"),
}
MESSAGE_STATES: dict[str, Text] = {
    "to_send": _("短信待发"),
    "sent": _("短信已发"),
    "good": _("短信回复好"),
    "bad": _("短信回复不好"),
    "no_answer": _("短信未回复"),
}
FEEDBACK_STATES: dict[str, Text] = {
    "open": _("待处理"),
    "doing": _("处理中"),
    "done": _("已处理"),
    "declined": _("不采纳"),
}
FEEDBACK_KINDS: dict[str, Text] = {"suggestion": _("意见建议"), "satisfaction": _("满意度")}
PERIODIC_KINDS: dict[str, Text] = {"installation": _("安装"), "maintenance": _("保养")}
PERIODIC_DAYS = (7, 30, 90)  # after an installation or a maintenance, until the shop says otherwise
MOST_CALLS, LAST_DAY = 12, 1095  # of one series

BAD_ANSWER, MUST_CALL = 10, 5  # what stands first in the list: who is unhappy, then who must be called in any case
NOT_DONE: dict[str, Text] = {  # results that no message may call repaired: somebody rings up
    "not_repaired": _("未修复"),
    "declined": _("未修复"),
    "unsafe": _("未修复"),
    "nothing_found": _("未查出问题"),
}
EFFECTS: dict[str, Text] = {
    "close": _("结单"),
    "reopen": _("重新派工"),
    "complaint": _("结单并转投诉"),
    "none": _("只作标记，约时间再回访"),
}
UNREACHED: dict[str, Text] = {
    "no_answer": _("无人接"),
    "rejected": _("拒接"),
    "switched_off": _("关机"),
    "dead_number": _("空号"),
}


@dataclass(frozen=True, slots=True)
class Night:
    """The hours in which nobody is called or written to, and when the morning's first call is (O-056)."""

    since: time = time(21, 0)
    until: time = time(8, 30)
    first: time = time(9, 0)

    def holds(self, at: datetime) -> bool:
        """Whether it is night now."""
        clock = local_moment(at).time()
        return clock >= self.since or clock < self.until

    @classmethod
    def of(cls, since: str, until: str, first: str) -> Night:
        """From the settings' clocks; the first call is never before the night is over."""
        ends = time.fromisoformat(until)
        return cls(time.fromisoformat(since), ends, max(time.fromisoformat(first), ends))


NO_NIGHT = Night(time.max, time.min, time.min)


def due_time(settled_at: datetime, *, delay_hours: int, night: Night = Night()) -> datetime:
    """When to call after a settlement: the delay, moved out of the quiet hours of the night (O-056)."""
    return out_of_quiet(settled_at + timedelta(hours=delay_hours), night)


def out_of_quiet(wanted: datetime, night: Night = Night()) -> datetime:
    """The moment itself, or the next morning's first call if it falls into the night."""
    local = local_moment(wanted)
    first = local.replace(hour=night.first.hour, minute=night.first.minute, second=0, microsecond=0)
    if local.time() >= night.since:
        return first + timedelta(days=1)
    return first if local.time() < night.until else local


def watch_due(*, ended_at: datetime, received_at: datetime, counts_from: str, minutes: int) -> datetime:
    """When to ask whether help by telephone has lasted (R-068)."""
    start = received_at if counts_from == "registration" else ended_at
    return start + timedelta(minutes=minutes)


def is_drawn(number: str, percent: int) -> bool:
    """Whether this order is among the random share that is called in any case: the same answer whenever it is asked."""
    drawn = int(hashlib.sha256(number.encode()).hexdigest()[:8], 16) % 100
    return drawn < percent


@dataclass(frozen=True, slots=True)
class Risk:
    """How much an order asks for a call, and why."""

    score: int
    reasons: tuple[Text, ...]


def risk_of(
    *,
    due_fen: int | None,
    limit_yuan: int,
    is_rework: bool,
    new_man: str,
    has_complaint: bool,
    must_call: bool,
    is_drawn: bool,
    result: str = "",
) -> Risk:
    """What speaks for a call (O-056): a complaint, no repair, rework, a new man, a large bill.

    `new_man` is his name, or empty; `result` is the order's.
    """
    found: list[tuple[int, Text]] = []
    if must_call:
        found.append((MUST_CALL, _("必须回访")))
    if has_complaint:
        found.append((4, _("有投诉")))
    if result in NOT_DONE:
        found.append((4, NOT_DONE[result]))
    if is_rework:
        found.append((3, _("返修")))
    if new_man:
        found.append((2, _("新师傅 {name}", name=new_man)))
    if due_fen is not None and due_fen > limit_yuan * 100:
        found.append((1, _("金额超过 {limit} 元", limit=limit_yuan)))
    score = sum(weight for weight, _reason in found)
    reasons = [reason for _weight, reason in found]
    return Risk(score, (*reasons, _("随机抽查")) if is_drawn else tuple(reasons))


def message_text(template: str, **facts: str) -> str:
    """The message with the facts of its order; a field that there is none of stays as it is written."""
    for name, value in facts.items():
        template = template.replace("{" + name + "}", value)
    return template[:1000]


def check_scores(scores: Mapping[str, int], items: Sequence[str]) -> None:
    """Refused: a survey without a score, with an item that is not asked, or with other than 1 to 5 (R-189)."""
    errors: dict[str, Text] = {}
    if not scores:
        errors["survey"] = _("请至少给一项打分")
    for item, score in scores.items():
        if item not in items:
            errors["survey"] = _("调查里没有“{item}”这一项，请刷新页面", item=item[:30])
        elif not 1 <= score <= 5:
            errors["survey"] = _("“{item}”请打 1 到 5 分", item=item)
    if errors:
        raise Invalid(errors)


def check_days(days: Sequence[int]) -> None:
    """Refused: a series of calls whose days are none, too many, or not one after the other (R-188)."""
    if not days:
        raise Invalid({"days": _("请填写第几天回访，例如 7、30、90")})
    if len(days) > MOST_CALLS or not all(1 <= day <= LAST_DAY for day in days):
        raise Invalid({"days": _("最多 {count} 次，每次在第 1 到 {last} 天之间", count=MOST_CALLS, last=LAST_DAY)})
    if list(days) != sorted(set(days)):
        raise Invalid({"days": _("请从小到大填写，不要重复")})


def is_early(*, attempts: int, due_at: datetime, at: datetime) -> bool:
    """Whether a try comes before the time that the try before agreed on: it is kept, and does not count (O-056)."""
    return attempts > 0 and at < due_at


def next_choices(at: datetime, night: Night = Night(), *, minutes: int = RETRY_MINUTES.default) -> dict[str, datetime]:
    """The times offered for the next try: after so many minutes, this evening while it is still ahead, tomorrow morning."""
    local = local_moment(at)
    evening = local.replace(hour=EVENING.hour, minute=EVENING.minute, second=0, microsecond=0)
    morning = local.replace(hour=MORNING.hour, minute=MORNING.minute, second=0, microsecond=0) + timedelta(days=1)
    offered = {"hour": out_of_quiet(at + timedelta(minutes=minutes), night), "evening": evening, "morning": morning}
    if evening <= local:
        del offered["evening"]
    return offered


def check_attempt(*, result: str, next_at: datetime | None, at: datetime) -> None:
    """Refused: a try without reaching the customer that does not say when the next one is (R-063)."""
    errors: dict[str, Text] = {}
    if result not in UNREACHED:
        errors["result"] = _("请选择未接通的原因：无人接、拒接、关机或空号")
    errors |= _next_errors(next_at, at)
    if errors:
        raise Invalid(errors)


def _next_errors(next_at: datetime | None, at: datetime) -> dict[str, Text]:
    if next_at is None:
        return {"next_at": _("请选择下次回访时间")}
    if next_at <= at:
        return {"next_at": _("下次回访时间要晚于现在")}
    return {}


def _named(offered: Mapping[str, Sequence[str]], *effects: str) -> str:
    return "、".join(f"“{name}”" for effect in effects for name in offered.get(effect, ()))


def check_result(
    *,
    content: str,
    is_fixed: bool | None,
    score: int | None,
    effect: str,
    suggestion: str,
    next_at: datetime | None,
    at: datetime,
    offered: Mapping[str, Sequence[str]],
) -> None:
    """Refused: a result that says nothing, that contradicts its label, or leaves the order open without a next call.

    `offered` are the names of the labels in use by their effect: a refusal names those that would do.
    """
    errors: dict[str, Text] = {}
    if not content.strip():
        errors["content"] = _("请填写回访内容：客户怎么说")
    if is_fixed is None:
        errors["is_fixed"] = _("请选择是否修好")
    if score is not None and not 1 <= score <= 5:
        errors["score"] = _("评分填 1 到 5 分")
    if effect == "none":
        errors |= _next_errors(next_at, at)
    if len(content) > 2000:
        errors["content"] = _("回访内容最多 2000 字")
    if effect == "close" and is_fixed is False:
        errors["label"] = _("客户说没修好，不能结单；请选择{labels}", labels=_named(offered, "reopen", "complaint"))
    if effect == "reopen" and is_fixed is True:
        errors["label"] = _(
            "客户说已修好，不需要重新维修；请选择{labels}", labels=_named(offered, "close", "complaint")
        )
    if len(suggestion) > 1000:
        errors["suggestion"] = _("意见建议最多 1000 字")
    if errors:
        raise Invalid(errors)
