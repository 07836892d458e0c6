"""Windows of time, and time as people say it: 今天 14:00–16:00, 还剩 38 分钟, 超时 2 小时."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gongdan.kernel.calendar import local_day, local_moment
from gongdan.kernel.errors import Refused
from gongdan.kernel.text import Text, _

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_WEEKDAYS = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
_NEXT_WEEKDAYS = (_("下周一"), _("下周二"), _("下周三"), _("下周四"), _("下周五"), _("下周六"), _("下周日"))
_NEAR_DAYS = {-2: _("前天"), -1: _("昨天"), 0: _("今天"), 1: _("明天"), 2: _("后天")}


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """From `start` up to, but not including, `end`; both aware. Two that only touch do not overlap.

    Refused: it would be empty or run backwards.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        assert self.start.tzinfo is not None, "times are aware"
        assert self.end.tzinfo is not None, "times are aware"
        if self.start >= self.end:
            raise Refused(_("时段的结束时间要晚于开始时间，请重新选择"), code="window")

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def contains(self, at: datetime) -> bool:
        """Whether the moment lies in the window; its end does not."""
        return self.start <= at < self.end

    def overlaps(self, other: Window) -> bool:
        """Whether the two have a moment in common."""
        return self.start < other.end and other.start < self.end

    def common(self, other: Window) -> Window | None:
        """What the two have in common, if anything."""
        return Window(max(self.start, other.start), min(self.end, other.end)) if self.overlaps(other) else None

    def gap_to(self, other: Window) -> timedelta:
        """The time between the two, whichever comes first; nothing if they touch or overlap."""
        return max(other.start - self.end, self.start - other.end, timedelta(0))

    def spoken(self, at: datetime) -> Text:
        """The window with both its ends, seen from `at`: 今天 14:00–16:00, 周三 22:00–周四 02:00."""
        first, last, today = local_day(self.start), local_day(self.end), local_day(at)
        if first == last:
            return _("{day} {start:time}–{end:time}", day=spoken_day(first, today), start=self.start, end=self.end)
        if last == first + timedelta(days=1) and local_moment(self.end).time() == datetime.min.time():
            return _("{day} {start:time}–24:00", day=spoken_day(first, today), start=self.start)
        return _(
            "{day} {start:time}–{last} {end:time}",
            day=spoken_day(first, today),
            start=self.start,
            last=spoken_day(last, today),
            end=self.end,
        )

    def spoken_state(self, at: datetime) -> Text:
        """How the window stands: 还有 2 小时, 还剩 38 分钟 (until it ends), 超时 2 小时."""
        if at < self.start:
            return _("还有 {span}", span=spoken_span(self.start - at))
        return spoken_deadline(self.end, at)


def spoken_deadline(until: datetime, at: datetime) -> Text:
    """How much time remains, or how long ago it ran out: 还剩 38 分钟, 超时 2 小时."""
    if at <= until:
        return _("还剩 {span}", span=spoken_span(until - at))
    return _("超时 {span}", span=spoken_span(at - until))


def spoken_since(since: datetime, at: datetime) -> Text:
    """How long ago something happened: 刚刚, 5 分钟前, 3 天前."""
    passed = at - since
    return _("{span}前", span=spoken_span(passed)) if passed >= timedelta(minutes=1) else _("刚刚")


def spoken_span(span: timedelta) -> Text:
    """A length of time as said aloud: minutes below an hour, hours with minutes below ten, then hours, then days."""
    seconds = max(int(span.total_seconds()), 0)
    hours, minutes = seconds // _HOUR, seconds % _HOUR // _MINUTE
    if seconds < _MINUTE:
        return _("不到 1 分钟")
    if not hours:
        return _("{minutes} 分钟", minutes=minutes)
    if hours < 10 and minutes:
        return _("{hours} 小时 {minutes} 分钟", hours=hours, minutes=minutes)
    if hours < 48:
        return _("{hours} 小时", hours=hours)
    return _("{days} 天", days=seconds // _DAY)


def spoken_day(day: date, today: date) -> Text:
    """The day as said on `today`: 昨天, 今天, 明天, 后天, 周五, 下周一; further away the date, with another year."""
    ahead = (day - today).days
    if ahead in _NEAR_DAYS:
        return _NEAR_DAYS[ahead]
    weeks = ((day - timedelta(days=day.weekday())) - (today - timedelta(days=today.weekday()))).days // 7
    if ahead > 0 and weeks == 0:
        return _WEEKDAYS[day.weekday()]
    if weeks == 1:
        return _NEXT_WEEKDAYS[day.weekday()]
    if day.year == today.year:
        return _("{month} 月 {day} 日", month=day.month, day=day.day)
    return _("{year} 年 {month} 月 {day} 日", year=day.year, month=day.month, day=day.day)


def spoken_moment(moment: datetime, at: datetime) -> Text:
    """The moment as said at `at`: 今天 14:05, 周五 09:30, 11 月 2 日 14:00."""
    return _("{day} {moment:time}", day=spoken_day(local_day(moment), local_day(at)), moment=moment)
