"""Times as people say them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from gongdan.doors.kit import spoken
from gongdan.kernel.text import _

NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)  # Wednesday, 10:00 in Shanghai


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (date(2026, 3, 11), "今天"),
        (date(2026, 3, 12), "明天"),
        (date(2026, 3, 13), "后天"),
        (date(2026, 3, 10), "昨天"),
        (date(2026, 3, 9), "前天"),
        (date(2026, 3, 16), "03-16 周一"),
        (date(2025, 12, 31), "2025-12-31 周三"),
    ],
)
def test_days_near_by_have_names_and_others_their_weekday(on: date, words: str) -> None:
    assert spoken.spoken_day(on, date(2026, 3, 11)) == words


def test_today_is_the_shops_day_not_utcs() -> None:
    late = datetime(2026, 3, 11, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    after = datetime(2026, 3, 11, 16, 0, tzinfo=UTC)

    assert spoken.spoken_moment(late, NOW) == "今天 23:59"
    assert spoken.spoken_moment(after, NOW) == "明天 00:00"


def test_a_window_has_both_ends() -> None:
    start = NOW + timedelta(hours=4)

    assert spoken.spoken_window(start, start + timedelta(hours=2), NOW) == "今天 14:00–16:00"
    assert spoken.spoken_window(start, start + timedelta(hours=12), NOW) == "今天 14:00 – 明天 02:00"


@pytest.mark.parametrize(
    ("minutes", "text", "urgency"),
    [
        (300, "还剩 5 小时", "calm"),
        (120, "还剩 2 小时", "soon"),
        (112, "还剩 1 小时 52 分", "soon"),
        (65, "还剩 1 小时 05 分", "soon"),
        (38, "还剩 38 分钟", "urgent"),
        (0, "超时 0 分钟", "late"),
        (-130, "超时 2 小时 10 分", "late"),
        (-1500, "超时 1 天 1 小时", "late"),
    ],
)
def test_a_countdown_says_what_is_left_and_how_urgent_it_is(minutes: int, text: str, urgency: str) -> None:
    assert spoken.remaining(NOW + timedelta(minutes=minutes), NOW) == spoken.Remaining(text, urgency)


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(seconds=20), "刚刚"),
        (timedelta(minutes=3), "3 分钟前"),
        (timedelta(hours=5, minutes=20), "5 小时前"),
        (timedelta(hours=26), "昨天 08:00"),
        (timedelta(hours=-2), "今天 12:00"),
    ],
)
def test_the_near_past_is_told_by_its_distance(gap: timedelta, words: str) -> None:
    assert spoken.spoken_ago(NOW - gap, NOW) == words


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13812342231", "138****2231"),
        ("138 1234 2231", "138 **** 2231"),
        ("+8613812342231", "+86138****2231"),
        ("020-86661210", "020-8****210"),
        ("4008123456", "400****456"),
        ("12315", "***15"),
        ("", ""),
    ],
)
def test_a_masked_number_keeps_what_helps_to_recognise_it(number: str, masked: str) -> None:
    assert spoken.masked_phone(number) == masked


def test_a_sentence_is_rendered_in_the_readers_language_and_nothing_is_nothing() -> None:
    with translation.override("zh-hans"):
        assert spoken.sentence(_("加收 {fee:yuan}", fee=4000)) == "加收 ¥40.00"
        assert spoken.sentence(None) == ""
        assert spoken.sentence(_("")) == ""
