"""What dispatch allows: windows, overlaps, and how technicians rank for an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gongdan.kernel.errors import Refused
from gongdan.kernel.text import Text, _

LONGEST_WINDOW = timedelta(hours=12)
FURTHEST = timedelta(days=90)


def check_window(start: datetime, end: datetime, *, at: datetime) -> None:
    """Refused: a window that runs backwards, lies in the past, is longer than half a day or three months away."""
    if end <= start:
        raise Refused(_("上门时间的结束要晚于开始，请重新选择时间段"), code="window", field="planned_to")
    if end <= at:
        raise Refused(_("上门时间段已经过去，请选择之后的时间"), code="window", field="planned_from")
    if end - start > LONGEST_WINDOW:
        raise Refused(_("上门时间段最长 12 小时，请缩短后再保存"), code="window", field="planned_to")
    if start - at > FURTHEST:
        raise Refused(_("上门时间最远可约 90 天，请检查日期"), code="window", field="planned_from")


@dataclass(frozen=True, slots=True)
class Load:
    """What a technician has in hand: open visits, and the windows already promised."""

    technician_id: int
    name: str
    skills: tuple[str, ...]
    open_visits: int
    windows: tuple[tuple[datetime, datetime, str], ...]  # start, end, order number


@dataclass(frozen=True, slots=True)
class Candidate:
    """A technician as a choice for an order, with the reasons in words; the best one first."""

    technician_id: int
    name: str
    has_skill: bool
    open_visits: int
    conflict: str  # number of the order in the way, "" if none
    reasons: tuple[Text, ...]


def rank(loads: Sequence[Load], *, category: str, window: tuple[datetime, datetime] | None) -> list[Candidate]:
    """Technicians for an order: free in the window first, then skilled, then the least loaded (R-084)."""
    found = [_candidate(load, category=category, window=window) for load in loads]
    return sorted(found, key=lambda c: (bool(c.conflict), not c.has_skill, c.open_visits, c.name))


def _candidate(load: Load, *, category: str, window: tuple[datetime, datetime] | None) -> Candidate:
    has_skill = bool(category) and any(category in skill or skill in category for skill in load.skills)
    conflict = ""
    if window:
        conflict = next((n for start, end, n in load.windows if start < window[1] and window[0] < end), "")
    reasons = [_("手上 {count} 单", count=load.open_visits)]
    if category:
        reasons.append(
            _("会修{category}", category=category) if has_skill else _("没有登记{category}技能", category=category)
        )
    if conflict:
        reasons.append(_("与工单 {number} 时间冲突", number=conflict))
    return Candidate(load.technician_id, load.name, has_skill, load.open_visits, conflict, tuple(reasons))
