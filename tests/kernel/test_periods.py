"""Windows, and time as people say it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongdan.kernel.errors import Refused
from gongdan.kernel.periods import (
    Window,
    spoken_day,
    spoken_deadline,
    spoken_moment,
    spoken_since,
    spoken_span,
)
from gongdan.kernel.text import SHANGHAI

WEDNESDAY = date(2026, 3, 11)
MOMENTS = st.integers(0, 200).map(lambda minutes: at("00:00") + timedelta(minutes=minutes))


def at(clock: str, *, day: int = 11, month: int = 3, year: int = 2026) -> datetime:
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def test_windows_that_only_touch_do_not_overlap() -> None:
    first, second = Window(at("14:00"), at("16:00")), Window(at("16:00"), at("18:00"))

    assert (first.overlaps(second), first.common(second), first.gap_to(second)) == (False, None, timedelta(0))
    assert (first.contains(at("14:00")), first.contains(at("16:00"))) == (True, False)


def test_what_two_windows_have_in_common_and_what_lies_between_them() -> None:
    morning, noon, evening = (
        Window(at("09:00"), at("12:00")),
        Window(at("11:30"), at("13:00")),
        Window(at("18:00"), at("20:00")),
    )

    assert morning.common(noon) == Window(at("11:30"), at("12:00"))
    assert morning.gap_to(evening) == evening.gap_to(morning) == timedelta(hours=6)
    assert morning.length == timedelta(hours=3)


@pytest.mark.parametrize("end", ["14:00", "13:59"])
def test_an_empty_or_backward_window_is_refused(end: str) -> None:
    with pytest.raises(Refused, match="时段的结束时间要晚于开始时间，请重新选择"):
        Window(at("14:00"), at(end))


@given(MOMENTS, MOMENTS, MOMENTS, MOMENTS)
def test_overlap_is_mutual_and_means_a_common_window(a: datetime, b: datetime, c: datetime, d: datetime) -> None:
    minute = timedelta(minutes=1)
    one, two = Window(min(a, b), max(a, b) + minute), Window(min(c, d), max(c, d) + minute)

    assert one.overlaps(two) is two.overlaps(one)
    assert (one.common(two) is not None) is one.overlaps(two)
    assert one.common(two) == two.common(one)
    assert one.overlaps(two) <= (one.gap_to(two) == timedelta(0))


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (at("14:00"), at("16:00"), "今天 14:00–16:00"),
        (at("09:00", day=12), at("12:00", day=12), "明天 09:00–12:00"),
        (at("22:00"), at("02:00", day=12), "今天 22:00–明天 02:00"),
        (at("22:00"), at("00:00", day=12), "今天 22:00–24:00"),
        (at("14:00", day=13), at("16:00", day=13), "后天 14:00–16:00"),
        (at("14:00", day=15), at("16:00", day=15), "周日 14:00–16:00"),
        (at("14:00", day=16), at("16:00", day=16), "下周一 14:00–16:00"),
        (at("14:00", day=10), at("16:00", day=10), "昨天 14:00–16:00"),
    ],
)
def test_a_window_is_said_with_both_its_ends(start: datetime, end: datetime, words: str) -> None:
    assert str(Window(start, end).spoken(at("10:00"))) == words


def test_a_window_in_greenwich_time_is_said_on_the_shops_clock() -> None:
    window = Window(datetime(2026, 3, 11, 23, 0, tzinfo=UTC), datetime(2026, 3, 12, 1, 0, tzinfo=UTC))

    assert str(window.spoken(at("10:00"))) == "明天 07:00–09:00"


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        ("12:00", "还有 2 小时"),
        ("14:00", "还剩 2 小时"),
        ("15:22", "还剩 38 分钟"),
        ("16:00", "还剩 不到 1 分钟"),
        ("18:00", "超时 2 小时"),
        ("18:05", "超时 2 小时 5 分钟"),
    ],
)
def test_a_window_says_how_it_stands(clock: str, words: str) -> None:
    assert str(Window(at("14:00"), at("16:00")).spoken_state(at(clock))) == words


def test_a_deadline_says_what_remains_or_how_late_it_is() -> None:
    assert str(spoken_deadline(at("16:00"), at("15:22"))) == "还剩 38 分钟"
    assert str(spoken_deadline(at("16:00"), at("16:00") + timedelta(seconds=30))) == "超时 不到 1 分钟"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(0), "不到 1 分钟"),
        (timedelta(seconds=59), "不到 1 分钟"),
        (timedelta(minutes=1), "1 分钟"),
        (timedelta(minutes=59, seconds=59), "59 分钟"),
        (timedelta(hours=1), "1 小时"),
        (timedelta(hours=9, minutes=59), "9 小时 59 分钟"),
        (timedelta(hours=10, minutes=5), "10 小时"),
        (timedelta(hours=47, minutes=59), "47 小时"),
        (timedelta(hours=48), "2 天"),
        (timedelta(days=30, hours=5), "30 天"),
    ],
)
def test_spans_are_said_no_finer_than_they_matter(span: timedelta, words: str) -> None:
    assert str(spoken_span(span)) == words


@pytest.mark.parametrize(
    ("passed", "words"),
    [(timedelta(seconds=20), "刚刚"), (timedelta(minutes=5), "5 分钟前"), (timedelta(days=3), "3 天前")],
)
def test_what_happened_is_said_by_how_long_ago_it_was(passed: timedelta, words: str) -> None:
    assert str(spoken_since(at("10:00"), at("10:00") + passed)) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 3, 9), "前天"),
        (date(2026, 3, 10), "昨天"),
        (date(2026, 3, 11), "今天"),
        (date(2026, 3, 12), "明天"),
        (date(2026, 3, 13), "后天"),
        (date(2026, 3, 14), "周六"),
        (date(2026, 3, 15), "周日"),
        (date(2026, 3, 16), "下周一"),
        (date(2026, 3, 22), "下周日"),
        (date(2026, 3, 23), "3 月 23 日"),
        (date(2026, 3, 8), "3 月 8 日"),
        (date(2025, 12, 31), "2025 年 12 月 31 日"),
    ],
)
def test_near_days_have_names_and_far_ones_dates(day: date, words: str) -> None:
    assert str(spoken_day(day, WEDNESDAY)) == words


def test_a_moment_is_said_by_the_shops_day() -> None:
    assert str(spoken_moment(datetime(2026, 3, 11, 16, 5, tzinfo=UTC), at("23:00"))) == "明天 00:05"


def test_sentences_are_translated_with_the_words_inside_them() -> None:
    english = {"还剩 {span}": "{span} left", "{minutes} 分钟": "{minutes} min"}

    assert spoken_deadline(at("16:00"), at("15:22")).render(lambda text: english.get(text, text)) == "38 min left"
