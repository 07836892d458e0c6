"""When a call-back is due, and what its result must say."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from gongdan.kernel.calendar import local_moment
from gongdan.kernel.errors import Invalid
from gongdan.kernel.text import Text, _

TRIES_BEFORE_GIVING_UP = 3
QUIET_FROM = time(21, 0)  # nobody is called between 21:00 and 08:30 (O-056); such calls wait until 09:00
QUIET_UNTIL = time(8, 30)
FIRST_CALL = time(9, 0)
EVENING, MORNING = time(18, 30), time(9, 30)


AFTER_ANSWER = timedelta(minutes=120)  # how long after help by telephone the customer is asked again
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


def due_time(settled_at: datetime, *, delay_hours: int) -> datetime:
    """When to call after a settlement: the delay, moved out of the quiet hours of the night (O-056)."""
    return out_of_quiet(settled_at + timedelta(hours=delay_hours))


def out_of_quiet(wanted: datetime) -> datetime:
    """The moment itself, or the next morning's first call if it falls into the night."""
    local = local_moment(wanted)
    first = local.replace(hour=FIRST_CALL.hour, minute=FIRST_CALL.minute, second=0, microsecond=0)
    if local.time() >= QUIET_FROM:
        return first + timedelta(days=1)
    return first if local.time() < QUIET_UNTIL else local


def next_choices(at: datetime) -> dict[str, datetime]:
    """The times offered for the next try: in an hour, this evening while it is still ahead, tomorrow morning."""
    local = local_moment(at)
    evening = local.replace(hour=EVENING.hour, minute=EVENING.minute, second=0, microsecond=0)
    morning = local.replace(hour=MORNING.hour, minute=MORNING.minute, second=0, microsecond=0) + timedelta(days=1)
    offered = {"hour": out_of_quiet(at + timedelta(hours=1)), "evening": evening, "morning": morning}
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


def check_result(
    *,
    content: str,
    is_fixed: bool | None,
    score: int | None,
    effect: str,
    suggestion: str,
    next_at: datetime | None,
    at: datetime,
) -> None:
    """Refused: a result that says nothing, that contradicts its label, or leaves the order open without a next call."""
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
        errors["label"] = _("客户说没修好，不能正常关闭；请选择“未修好”或“转投诉”")
    if effect == "reopen" and is_fixed is True:
        errors["label"] = _("客户说已修好，不需要重新维修；请选择“正常关闭”或“转投诉”")
    if len(suggestion) > 1000:
        errors["suggestion"] = _("意见建议最多 1000 字")
    if errors:
        raise Invalid(errors)
