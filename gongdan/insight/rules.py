"""What figures are made of: values in, values out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gongdan.kernel.errors import Invalid
from gongdan.kernel.settings import Setting
from gongdan.kernel.text import _

REPEAT_DAYS = Setting(
    "insight.repeat_days",
    _("重复故障的天数"),
    30,
    _("客户分析里，同一设备同一故障在这么多天内再次报修算重复"),
    unit=_("天"),
    low=1,
    high=365,
)
SETTINGS = (REPEAT_DAYS,)
MOST_DAYS = 366  # of one period: a year is read at once, more is two periods


@dataclass(frozen=True, slots=True)
class Found:
    """A fault that one order found on one device."""

    order_id: int
    number: str
    received_at: datetime
    device_id: int | None
    device: str
    fault_id: int
    fault: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same fault on the same device again, so many days after the last time."""

    device_id: int
    device: str
    fault: str
    earlier: str
    later: str
    days: int


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a whole: how many, and how much of all that is, in tenths of a percent."""

    key: str
    count: int
    permille: int


def most_frequent(found: Iterable[Found]) -> tuple[str, int] | None:
    """The fault that most orders found, and how many; of equal ones the one found last. None without any."""
    rows = sorted({(one.order_id, one.fault_id): one for one in found}.values(), key=lambda one: one.received_at)
    if not rows:
        return None
    counts = Counter(one.fault_id for one in rows)
    names = {one.fault_id: one.fault for one in rows}
    best = max(counts, key=lambda fault: (counts[fault], max(o.received_at for o in rows if o.fault_id == fault)))
    return names[best], counts[best]


def repeats(found: Iterable[Found], *, within_days: int) -> list[Repeat]:
    """Same device, same fault, taken in again within so many days of the time before. Newest first."""
    last: dict[tuple[int, int], Found] = {}
    again: list[tuple[datetime, Repeat]] = []
    for one in sorted(found, key=lambda one: (one.received_at, one.order_id)):
        if one.device_id is None:
            continue
        key = (one.device_id, one.fault_id)
        before = last.get(key)
        last[key] = one
        if before is None or before.order_id == one.order_id:
            continue
        gap = one.received_at - before.received_at
        if gap <= timedelta(days=within_days):
            repeat = Repeat(one.device_id, one.device, one.fault, before.number, one.number, gap.days)
            again.append((one.received_at, repeat))
    return [repeat for _at, repeat in sorted(again, key=lambda pair: pair[0], reverse=True)]


def average(scores: Sequence[int]) -> int | None:
    """The mean of the scores in hundredths, rounded half up; None without any."""
    return (sum(scores) * 200 + len(scores)) // (2 * len(scores)) if scores else None


def shares(counts: Mapping[str, int], order: Sequence[str]) -> tuple[Share, ...]:
    """Every part in the given order, also those with nothing; the parts that are not named follow."""
    whole = sum(counts.values())
    keys = [*order, *(key for key in counts if key not in order)]
    return tuple(
        Share(key, counts.get(key, 0), (counts.get(key, 0) * 2000 + whole) // (2 * whole) if whole else 0)
        for key in keys
    )


def check_period(since: date, until: date) -> None:
    """Refused: a period that ends before it begins, or is longer than a year."""
    if until < since:
        raise Invalid({"until": _("截止日期早于开始日期，请改正")})
    if (until - since).days >= MOST_DAYS:
        raise Invalid({"until": _("一次最多看 {days} 天，请缩短期间", days=MOST_DAYS)})
