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


def due_time(settled_at: datetime, *, delay_hours: int) -> datetime:
    """When to call after a settlement: the delay, moved out of the quiet hours of the night (O-056)."""
    wanted = local_moment(settled_at + timedelta(hours=delay_hours))
    if wanted.time() >= QUIET_FROM:
        return wanted.replace(hour=FIRST_CALL.hour, minute=FIRST_CALL.minute, second=0, microsecond=0) + timedelta(
            days=1
        )
    if wanted.time() < QUIET_UNTIL:
        return wanted.replace(hour=FIRST_CALL.hour, minute=FIRST_CALL.minute, second=0, microsecond=0)
    return wanted


def check_result(*, content: str, is_fixed: bool | None, score: int | None, effect: str, suggestion: str) -> None:
    """Refused: a result that says nothing, or that contradicts its label."""
    errors: dict[str, Text] = {}
    if not content.strip():
        errors["content"] = _("请填写回访内容：客户怎么说")
    if is_fixed is None:
        errors["is_fixed"] = _("请选择是否修好")
    if score is not None and not 1 <= score <= 5:
        errors["score"] = _("评分填 1 到 5 分")
    if effect == "close" and is_fixed is False:
        errors["label"] = _("客户说没修好，不能正常关闭；请选择“未修好”或“转投诉”")
    if effect == "reopen" and is_fixed is True:
        errors["label"] = _("客户说已修好，不需要重新维修；请选择“正常关闭”或“转投诉”")
    if len(suggestion) > 1000:
        errors["suggestion"] = _("意见建议最多 1000 字")
    if errors:
        raise Invalid(errors)
