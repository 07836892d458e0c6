"""The small pieces that stand in a list by the hundred, drawn in Python: as macros a row cost five times as much.

Everything here answers Markup; `ui.badge` and its like call the same functions, so that there is one look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from html import escape as plain
from typing import Any

from django.utils import timezone
from markupsafe import Markup, escape

from gongdan.doors.kit import spoken
from gongdan.doors.kit.tables import Badge, Column
from gongdan.kernel.money import yuan

ABSENT = Markup('<span class="k-absent">—</span>')
SHAPE = '<span class="k-shape" aria-hidden="true"></span>'

Draw = Callable[[Any, datetime], str]


def badge(label: object, tone: str = "quiet", title: object = "") -> Markup:
    """A word in its tone, with its shape."""
    return _badge(spoken.sentence(label), tone, spoken.sentence(title))


@lru_cache(maxsize=1000)
def _badge(label: str, tone: str, title: str) -> Markup:
    explained = f' title="{escape(title)}"' if title else ""
    return Markup(  # noqa: S704 - every part is escaped
        f'<span class="k-badge k-tone-{escape(tone)}"{explained}>{SHAPE}{escape(label)}</span>'
    )


@lru_cache(maxsize=200)
def keys(names: str, between: str) -> Markup:
    """Keys as they look on the keyboard: "Ctrl+Enter", "j / ↓"."""
    ways = ["".join(f"<kbd>{escape(key)}</kbd>" for key in way.split("+")) for way in names.split(" / ")]
    return Markup(f" <i>{escape(between)}</i> ".join(ways))  # noqa: S704 - every part is escaped


def countdown(due: datetime | None, now: datetime, *, soon: int = 120, urgent: int = 60) -> Markup:
    """Time left in words; goes on in the browser. `soon` and `urgent` are minutes before the end."""
    if due is None:
        return Markup()
    left = spoken.remaining(due, now, soon=soon, urgent=urgent)
    return Markup(  # noqa: S704 - numbers and our own words
        f'<time class="k-due k-due-{left.urgency}" datetime="{due.isoformat()}" title="{exact(due)}" '
        f'data-due="{soon},{urgent}">{SHAPE}<span>{plain(left.text)}</span></time>'
    )


def moment(at: datetime | None, now: datetime) -> Markup:
    """今天 14:05, the exact time behind it."""
    return timed(at, spoken.spoken_moment(at, now)) if at else Markup()


def ago(at: datetime | None, now: datetime) -> Markup:
    """3 分钟前, the exact time behind it."""
    return timed(at, spoken.spoken_ago(at, now)) if at else Markup()


def clock(at: datetime | None, now: datetime | None = None) -> Markup:
    """14:05, the exact time behind it."""
    return timed(at, f"{timezone.localtime(at):%H:%M}") if at else Markup()


def day(on: date | datetime | None, now: datetime) -> Markup:
    """今天, 11-25 周三, the date behind it."""
    if on is None:
        return Markup()
    local = timezone.localdate(on) if isinstance(on, datetime) else on
    return _time(local.isoformat(), local.isoformat(), spoken.spoken_day(local, timezone.localdate(now)))


def window(ends: tuple[datetime | None, datetime | None] | None, now: datetime) -> Markup:
    """A promised window, both ends."""
    start, end = ends or (None, None)
    if start is None or end is None:
        return Markup()
    return _time(start.isoformat(), f"{exact(start)} – {exact(end)}", spoken.spoken_window(start, end, now))


def timed(at: datetime, words: str) -> Markup:
    """Words for a moment, the exact time behind them."""
    return _time(at.isoformat(), f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}", words)


def exact(at: datetime) -> str:
    """The moment in digits, to the minute, in the shop's time."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _time(iso: str, title: str, words: str) -> Markup:
    return Markup(f'<time datetime="{iso}" title="{title}">{plain(words)}</time>')  # noqa: S704 - digits, words escaped


def _text(value: Any, now: datetime) -> str:
    if type(value) is str:  # not Markup, which is a str of its own
        return plain(value)
    return escape(value if isinstance(value, Markup) else spoken.sentence(value))


DRAW: Mapping[str, Draw] = {
    "text": _text,
    "code": _text,
    "phone": _text,
    "number": _text,
    "html": lambda value, now: escape(value),
    "money": lambda value, now: f"¥{yuan(value)}",
    "moment": moment,
    "ago": ago,
    "clock": clock,
    "day": day,
    "window": window,
    "countdown": countdown,
    "badge": lambda value, now: (
        badge(value.label, value.tone, value.title) if isinstance(value, Badge) else _text(value, now)
    ),
}


def rows(columns: Sequence[Column], found: Iterable[Mapping[str, Any]], now: datetime) -> Markup:
    """The body of a table: one tr per row, cells as their columns say."""
    leads = any(column.lead for column in columns)
    cells = [
        (
            column.key,
            f'<td class="{_classes(column)}" data-label="{escape(str(column.label))}">',
            DRAW[column.kind],
            column.lead or (not leads and place == 0),
        )
        for place, column in enumerate(columns)
    ]
    drawn: list[str] = []
    for row in found:
        url = row.get("url")
        drawn.append(_opened(row, url))
        for key, opening, draw, is_way in cells:
            value = row[key]
            inside = ABSENT if value is None or value == "" else draw(value, now)
            if is_way and url:
                inside = f'<a href="{plain(url)}" tabindex="-1">{inside}</a>'
            drawn.append(f"{opening}{inside}</td>")
        drawn.append("</tr>\n")
    return Markup("".join(drawn))  # noqa: S704 - cells come escaped


def _opened(row: Mapping[str, Any], url: str | None) -> str:
    opening = "<tr"
    if url:
        opening += f' data-url="{plain(url)}"'
    if row.get("id") is not None:
        opening += f' data-id="{escape(row["id"])}"'
    if row.get("current"):
        opening += ' aria-current="true"'
    if row.get("tone"):
        opening += f' class="k-tone-{escape(row["tone"])}"'
    return opening + ">"


def _classes(column: Column) -> str:
    marks = {"k-right": column.is_figure, "k-narrow": column.narrow, "k-lead": column.lead, "k-grow": column.grow}
    return " ".join([f"k-col-{column.kind}", *(name for name, worn in marks.items() if worn)])
