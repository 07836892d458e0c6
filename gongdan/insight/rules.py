"""What figures are made of: values in, values out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from unicodedata import normalize

from gongdan.kernel.errors import Invalid
from gongdan.kernel.settings import Setting
from gongdan.kernel.text import _

REPEAT_DAYS = Setting(
    "insight.repeat_days",
    _("重复故障的天数"),
    30,
    _("客户分析里，同一设备（不知道是哪台的，同一地址同一品类）在这么多天内再次报修算重复"),
    unit=_("天"),
    low=1,
    high=365,
)
SETTINGS = (REPEAT_DAYS,)
MOST_DAYS = 366  # of one period: a year is read at once, more is two periods


@dataclass(frozen=True, slots=True)
class Found:
    """A fault that one order found on one device, or in words on a thing that only its place tells."""

    order_id: int
    number: str
    received_at: datetime
    device_id: int | None
    device: str
    fault_id: int | None  # None: nothing was chosen from the catalogue, `fault` is what the customer said
    fault: str
    place: str = ""  # address and category


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same fault on the same device again, so many days after the last time."""

    device_id: int | None
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
    """The fault that most orders found, and how many; of equal ones the one found last. None without any.

    What reads the same is the same, whether it was chosen or typed.
    """
    by_order = {(one.order_id, words): one for one in found if (words := _words(one.fault))}
    rows = sorted(by_order.values(), key=lambda one: one.received_at)
    if not rows:
        return None
    counts = Counter(_words(one.fault) for one in rows)
    last = {_words(one.fault): one for one in rows}
    best = max(counts, key=lambda words: (counts[words], last[words].received_at))
    return last[best].fault, counts[best]


def repeats(found: Iterable[Found], *, within_days: int) -> list[Repeat]:
    """The same device reported again within so many days of the time before. Newest first.

    Where one of the two devices is not known, it is the same category at the same address, as in the rule that holds an
    order back (O-048). Two different faults of the catalogue are no repeat; what was only typed may be either.
    """
    last: dict[tuple[object, object], Found] = {}
    again: list[tuple[datetime, Repeat]] = []
    for one in sorted(found, key=lambda one: (one.received_at, one.order_id)):
        faults: tuple[object, ...] = (one.fault_id, "typed") if one.fault_id is not None else ("any",)
        known = [last[thing, fault] for thing in _asked(one) for fault in faults if (thing, fault) in last]
        before = max(known, key=lambda earlier: (earlier.received_at, earlier.order_id), default=None)
        for thing in _kept(one):
            for fault in ("any", "typed" if one.fault_id is None else one.fault_id):
                last[thing, fault] = one
        if before is None or before.order_id == one.order_id:
            continue
        gap = one.received_at - before.received_at
        if gap <= timedelta(days=within_days):
            repeat = Repeat(one.device_id, one.device, one.fault, before.number, one.number, gap.days)
            again.append((one.received_at, repeat))
    return [repeat for _at, repeat in sorted(again, key=lambda pair: pair[0], reverse=True)]


def _asked(one: Found) -> list[tuple[str, object]]:
    """Under what an earlier report of the same thing was kept."""
    if one.device_id is None:
        return [("at", one.place)] if one.place else []
    return [("device", one.device_id), *([("unknown", one.place)] if one.place else [])]


def _kept(one: Found) -> list[tuple[str, object]]:
    """Under what a later report of the same thing looks for it."""
    there: list[tuple[str, object]] = [("at", one.place)] if one.place else []
    if one.device_id is not None:
        return [("device", one.device_id), *there]
    return [*there, *([("unknown", one.place)] if one.place else [])]


def _words(fault: str) -> str:
    """The words of a fault as they are compared: no marks, no spaces, whole-width signs as narrow ones."""
    return "".join(sign for sign in normalize("NFKC", fault).casefold() if sign.isalnum())


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
