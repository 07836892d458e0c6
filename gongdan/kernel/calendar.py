"""Days as the shop counts them: local days, working days, and periods that end on the corresponding day.

The statutory holidays of a year and the weekends that are worked in exchange are announced by the State Council each
autumn. They are rows that a shop can edit; `shipped_rows` is what such a table is first filled from.
"""

from __future__ import annotations

import csv
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import SHANGHAI, Text, _

_LONGEST_BREAK = 366  # days that may follow each other without a working day before the table is surely wrong


class DayKind(StrEnum):
    """What a day is that does not follow the week."""

    STATUTORY = "statutory"  # 法定节假日: night and holiday surcharges go by these only
    REST = "rest"  # a weekday off, exchanged for a weekend or given for a holiday on a weekend
    MAKEUP_WORK = "makeup_work"  # a weekend day that is worked


DAY_KIND_LABELS: dict[DayKind, Text] = {
    DayKind.STATUTORY: _("法定节假日"),
    DayKind.REST: _("放假"),
    DayKind.MAKEUP_WORK: _("调休上班"),
}


class HolidayRow(NamedTuple):
    """One line of the holiday table."""

    day: date
    kind: DayKind
    name: str


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days are worked. A day in none of the three sets follows the week: Monday to Friday are worked."""

    statutory: frozenset[date] = frozenset()
    rest: frozenset[date] = frozenset()
    makeup_work: frozenset[date] = frozenset()

    @classmethod
    def of(cls, days: Iterable[tuple[date, str]]) -> WorkingCalendar:
        """The calendar of these days and kinds; other kinds (an ordinary day) follow the week."""
        sets: dict[str, set[date]] = {kind.value: set() for kind in DayKind}
        for day, kind in days:
            if kind in sets:
                sets[kind].add(day)
        return cls(**{kind: frozenset(found) for kind, found in sets.items()})

    def is_statutory(self, day: date) -> bool:
        """Whether holiday surcharges apply: the statutory days, not the whole break and not weekends."""
        return day in self.statutory

    def is_workday(self, day: date) -> bool:
        """Whether the day is worked."""
        if day in self.makeup_work:
            return True
        return day.weekday() < 5 and day not in self.statutory and day not in self.rest

    def next_workday(self, day: date) -> date:
        """The day itself if it is worked, else the first working day after it. Refused: there is none in a year."""
        for ahead in range(_LONGEST_BREAK):
            try:
                candidate = day + timedelta(days=ahead)
            except OverflowError:
                break
            if self.is_workday(candidate):
                return candidate
        raise Refused(_("节假日表里 {day:date} 之后一年都没有工作日，请检查节假日表", day=day), code="calendar")


def local_moment(at: datetime) -> datetime:
    """The same moment on the shop's clock, so that its hour and weekday may be read."""
    assert at.tzinfo is not None, "times are aware"
    return at.astimezone(SHANGHAI)


def local_day(at: datetime) -> date:
    """The shop's day: 23:30 UTC is already tomorrow in Shanghai."""
    return local_moment(at).date()


def moment_on(day: date, clock: time = time.min) -> datetime:
    """That time of that day on the shop's clock, aware."""
    return datetime.combine(day, clock.replace(tzinfo=None), tzinfo=SHANGHAI)


def add_months(day: date, months: int) -> date:
    """The corresponding day so many months on (or back): 2025-03-07 + 12 -> 2026-03-07; month ends clamp.

    Refused: no such year exists.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise Refused(_("{day:date} 加 {months} 个月超出日期范围，请检查期限", day=day, months=months), code="date")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def last_day_of_period(start: date, months: int, calendar: WorkingCalendar) -> date:
    """The last day of a period of months, itself included; a rest day moves it to the next working day."""
    return calendar.next_workday(add_months(start, months))


def parse_holiday_rows(rows: Iterable[Sequence[str]]) -> list[HolidayRow]:
    """The rows of a holiday table (day, kind, name) as typed, pasted or read from a file, in order of days.

    Empty rows and a heading are passed over. Refused: `Invalid` with a sentence for each bad row, keyed "row 3".
    """
    found: dict[date, HolidayRow] = {}
    errors: dict[str, Text] = {}
    for number, row in enumerate(rows, start=1):
        cells = [cell.strip() for cell in row] + ["", "", ""]
        if not any(cells) or (number == 1 and cells[0].lower() in _HEADINGS):
            continue
        parsed = _parse_row(number, cells)
        if isinstance(parsed, Text):
            errors[f"row {number}"] = parsed
        elif parsed.day in found:
            errors[f"row {number}"] = _("第 {row} 行：{day:date} 前面已有，请只留一行", row=number, day=parsed.day)
        else:
            found[parsed.day] = parsed
    if errors:
        raise Invalid(errors)
    return [found[day] for day in sorted(found)]


def shipped_rows() -> list[HolidayRow]:
    """The holidays of mainland China that come with the program."""
    with (Path(__file__).parent / "data" / "holidays_cn.csv").open(encoding="utf-8", newline="") as file:
        return parse_holiday_rows(csv.reader(file))


_HEADINGS = frozenset({"day", "date", "日期"})
_KIND_WORDS: dict[str, DayKind] = {
    **{kind.value: kind for kind in DayKind},
    **{str(label): kind for kind, label in DAY_KIND_LABELS.items()},
    "法定": DayKind.STATUTORY,
    "节日": DayKind.STATUTORY,
    "休": DayKind.REST,
    "休息": DayKind.REST,
    "班": DayKind.MAKEUP_WORK,
    "上班": DayKind.MAKEUP_WORK,
    "补班": DayKind.MAKEUP_WORK,
}


def _parse_row(number: int, cells: list[str]) -> HolidayRow | Text:
    written = cells[0].replace("/", "-").replace(".", "-").replace("年", "-").replace("月", "-").replace("日", "")
    try:
        year, month, day = (int(part) for part in written.split("-"))
        parsed = date(year, month, day)
    except (ValueError, OverflowError):
        return _("第 {row} 行：“{typed}”不是日期，请写成 2026-10-01", row=number, typed=cells[0][:20])
    kind = _KIND_WORDS.get(cells[1])
    if kind is None:
        kinds = "、".join(str(label) for label in DAY_KIND_LABELS.values())
        return _("第 {row} 行：“{typed}”不是日子的种类，请填 {kinds}", row=number, typed=cells[1][:20], kinds=kinds)
    if kind is DayKind.MAKEUP_WORK and parsed.weekday() < 5:
        return _("第 {row} 行：{day:date} 本来就是工作日，调休上班只用于周末", row=number, day=parsed)
    return HolidayRow(parsed, kind, cells[2][:30])
