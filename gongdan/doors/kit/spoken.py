"""Times and numbers as people say them. Plain functions: the clock is an argument, words come translated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gongdan.kernel.text import Text

MOBILE = re.compile(r"^1[3-9]\d{9}$")


def sentence(value: object) -> str:
    """A kernel Text in the reader's language; anything else as str, None as nothing."""
    if isinstance(value, Text):
        return value.render(lambda template: _(template) if template else "")
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of time in one language: asked a hundred times a page, so translated once."""

    near: dict[int, str]
    weekdays: tuple[str, ...]
    days: str
    hours: str
    rest: str
    minutes: str
    just_now: str
    ago: str
    left: str
    late: str


@cache
def _words_in(language: str | None) -> _Words:
    return _Words(
        near={0: _("今天"), 1: _("明天"), 2: _("后天"), -1: _("昨天"), -2: _("前天")},
        weekdays=(_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")),
        days=_("%(days)s 天") % {"days": "%s"},
        hours=_("%(hours)s 小时") % {"hours": "%s"},
        rest=_("%(minutes)s 分") % {"minutes": "%s"},
        minutes=_("%(minutes)s 分钟") % {"minutes": "%s"},
        just_now=_("刚刚"),
        ago=_("%(gap)s前") % {"gap": "%s"},
        left=_("还剩 %(gap)s") % {"gap": "%s"},
        late=_("超时 %(gap)s") % {"gap": "%s"},
    )


def words() -> _Words:
    """The words of time in the reader's language; %s is a number or a length of time."""
    return _words_in(get_language())


def spoken_day(on: date, today: date) -> str:
    """今天, 明天, else month and day with the weekday, else with the year too."""
    said = words()
    near = said.near.get((on - today).days)
    if near:
        return near
    pattern = "%m-%d" if on.year == today.year else "%Y-%m-%d"
    return f"{on.strftime(pattern)} {said.weekdays[on.weekday()]}"


def spoken_moment(at: datetime, now: datetime) -> str:
    """Day and time: 今天 14:05."""
    local, today = timezone.localtime(at), timezone.localdate(now)
    return f"{spoken_day(timezone.localdate(at), today)} {local:%H:%M}"


def spoken_window(start: datetime, end: datetime, now: datetime) -> str:
    """A promised window, always with both ends: 今天 14:00–16:00."""
    begins, ends = timezone.localtime(start), timezone.localtime(end)
    if timezone.localdate(start) == timezone.localdate(end):
        return f"{spoken_moment(start, now)}–{ends:%H:%M}"
    return f"{spoken_moment(begins, now)} – {spoken_moment(ends, now)}"


def spoken_gap(gap: timedelta) -> str:
    """A length of time in its two largest units: 38 分钟, 1 小时 52 分, 3 天 4 小时."""
    said = words()
    minutes = int(abs(gap).total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return said.days % days + (" " + said.hours % hours if hours else "")
    if hours:
        return said.hours % hours + (" " + said.rest % f"{rest:02d}" if rest else "")
    return said.minutes % minutes


def spoken_ago(at: datetime, now: datetime) -> str:
    """How long ago within a day, else the moment."""
    gap = now - at
    if timedelta(0) <= gap < timedelta(minutes=1):
        return words().just_now
    if timedelta(0) <= gap < timedelta(hours=24):
        return words().ago % spoken_gap(gap if gap < timedelta(hours=1) else _whole_hours(gap))
    return spoken_moment(at, now)


@dataclass(frozen=True, slots=True)
class Remaining:
    """What a countdown chip shows: words and one of calm, soon, urgent, late."""

    text: str
    urgency: str


def remaining(due: datetime, now: datetime, *, soon: int = 120, urgent: int = 60) -> Remaining:
    """Time left in words; `soon` and `urgent` are minutes before the end."""
    gap = due - now
    if gap <= timedelta(0):
        return Remaining(words().late % spoken_gap(gap), "late")
    text = words().left % spoken_gap(gap)
    if gap <= timedelta(minutes=urgent):
        return Remaining(text, "urgent")
    return Remaining(text, "soon" if gap <= timedelta(minutes=soon) else "calm")


def masked_phone(number: str) -> str:
    """The number with its middle hidden: 138****2231, 020-8****210."""
    digits = [at for at, char in enumerate(number) if char.isdigit()]
    if len(digits) < 7:
        return "*" * max(len(number) - 2, 0) + number[-2:]
    keep = 4 if MOBILE.match("".join(number[at] for at in digits)[-11:]) else 3
    hidden = set(digits[-keep - 4 : -keep])
    return "".join("*" if at in hidden else char for at, char in enumerate(number))


def _whole_hours(gap: timedelta) -> timedelta:
    return timedelta(hours=int(gap.total_seconds() // 3600))
