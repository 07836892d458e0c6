"""Days as the shop counts them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongdan.kernel.calendar import (
    DayKind,
    HolidayRow,
    WorkingCalendar,
    add_months,
    last_day_of_period,
    local_day,
    local_moment,
    moment_on,
    parse_holiday_rows,
    shipped_rows,
)
from gongdan.kernel.errors import Invalid, Refused

CHINA = WorkingCalendar.of((row.day, row.kind) for row in shipped_rows())
DAYS = st.dates(date(2000, 1, 1), date(2090, 12, 31))


def test_half_past_eleven_at_night_in_greenwich_is_the_next_day_in_the_shop() -> None:
    at = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)

    assert local_day(at) == date(2026, 3, 11)
    assert (local_moment(at).hour, local_moment(at).minute, local_moment(at)) == (7, 30, at)


def test_a_time_without_a_zone_is_a_programmers_slip() -> None:
    with pytest.raises(AssertionError):
        local_day(datetime(2026, 3, 10))  # noqa: DTZ001 - that is the slip


def test_a_time_of_day_becomes_a_moment_on_the_shops_clock() -> None:
    assert moment_on(date(2026, 3, 11), time(8, 30)) == datetime(2026, 3, 11, 0, 30, tzinfo=UTC)
    assert moment_on(date(2026, 3, 11)) == datetime(2026, 3, 10, 16, 0, tzinfo=UTC)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds of UTC times
def test_every_moment_lies_in_its_local_day(at: datetime) -> None:
    day = local_day(at)

    assert moment_on(day) <= at < moment_on(day + timedelta(days=1))
    assert local_day(at.astimezone(timezone(timedelta(hours=-7)))) == day


@pytest.mark.parametrize(
    ("day", "months", "answer"),
    [
        (date(2025, 3, 7), 12, date(2026, 3, 7)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 10, 31), 4, date(2026, 2, 28)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
        (date(2025, 3, 31), -1, date(2025, 2, 28)),
        (date(2025, 3, 7), 0, date(2025, 3, 7)),
    ],
)
def test_months_lead_to_the_corresponding_day(day: date, months: int, answer: date) -> None:
    assert add_months(day, months) == answer


def test_months_beyond_the_calendar_are_refused() -> None:
    with pytest.raises(Refused, match="2026-01-01 加 999999 个月超出日期范围，请检查期限"):
        add_months(date(2026, 1, 1), 999_999)


@given(DAYS, st.integers(-600, 600))
def test_months_keep_the_day_or_clamp_to_the_end_of_the_month(day: date, months: int) -> None:
    answer = add_months(day, months)

    assert (answer.year * 12 + answer.month) - (day.year * 12 + day.month) == months
    assert answer.day == day.day or (answer.day < day.day and (answer + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 10), True),  # a Saturday worked in exchange
        (date(2026, 10, 11), False),
        (date(2026, 2, 14), True),
        (date(2026, 2, 23), False),
        (date(2030, 10, 1), True),  # beyond the table only the week counts
    ],
)
def test_exchanged_weekends_are_worked_and_breaks_are_not(day: date, is_worked: bool) -> None:
    assert CHINA.is_workday(day) is is_worked


def test_only_the_statutory_days_of_a_break_carry_the_holiday_surcharge() -> None:
    october = [date(2026, 10, n) for n in range(1, 9)]

    assert [day.day for day in october if CHINA.is_statutory(day)] == [1, 2, 3]


@pytest.mark.parametrize(("year", "count"), [(2024, 11), (2025, 13), (2026, 13), (2027, 13)])
def test_a_year_has_the_statutory_days_of_its_law(year: int, count: int) -> None:
    assert sum(row.day.year == year and row.kind is DayKind.STATUTORY for row in shipped_rows()) == count


def test_the_shipped_table_is_in_order_and_consistent() -> None:
    rows = shipped_rows()

    assert [row.day for row in rows] == sorted({row.day for row in rows})
    assert all(row.day.weekday() >= 5 for row in rows if row.kind is DayKind.MAKEUP_WORK)
    assert all(row.day.weekday() < 5 for row in rows if row.kind is DayKind.REST)
    assert all(row.name for row in rows)


def test_a_period_that_ends_on_a_working_day_ends_on_the_corresponding_day() -> None:
    assert last_day_of_period(date(2025, 3, 10), 12, CHINA) == date(2026, 3, 10)


@pytest.mark.parametrize(
    ("start", "months", "answer"),
    [
        (date(2025, 3, 7), 12, date(2026, 3, 9)),  # a Saturday -> Monday
        (date(2025, 10, 1), 12, date(2026, 10, 8)),  # National Day -> after the break
        (date(2025, 2, 16), 12, date(2026, 2, 24)),  # New Year's Eve -> after the break
        (date(2025, 2, 14), 12, date(2026, 2, 14)),  # a Saturday that is worked
        (date(2023, 2, 28), 36, date(2026, 2, 28)),
    ],
)
def test_a_period_that_ends_on_a_rest_day_ends_on_the_next_working_day(start: date, months: int, answer: date) -> None:
    assert last_day_of_period(start, months, CHINA) == answer


@given(DAYS, st.integers(0, 240))
def test_a_period_never_ends_early_and_always_on_a_working_day(start: date, months: int) -> None:
    last = last_day_of_period(start, months, CHINA)

    assert last >= add_months(start, months)
    assert CHINA.is_workday(last)


def test_a_table_without_a_working_day_is_refused_and_does_not_run_for_ever() -> None:
    endless = WorkingCalendar(rest=frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(1000)))

    with pytest.raises(Refused, match="2026-01-05 之后一年都没有工作日"):
        endless.next_workday(date(2026, 1, 5))


def test_the_end_of_all_days_is_refused_not_overrun() -> None:
    with pytest.raises(Refused):
        WorkingCalendar(rest=frozenset({date.max})).next_workday(date.max)


def test_rows_are_read_as_people_write_them() -> None:
    rows = parse_holiday_rows(
        [
            ["日期", "种类", "名称"],
            ["2028/10/1", "法定", "国庆节"],
            ["2028年10月4日", "休", "国庆节放假"],
            [],
            ["", "", ""],
            [" 2028.9.30 ", "班", "国庆节调休"],
            ["2028-10-02", "statutory"],
        ]
    )

    assert rows == [
        HolidayRow(date(2028, 9, 30), DayKind.MAKEUP_WORK, "国庆节调休"),
        HolidayRow(date(2028, 10, 1), DayKind.STATUTORY, "国庆节"),
        HolidayRow(date(2028, 10, 2), DayKind.STATUTORY, ""),
        HolidayRow(date(2028, 10, 4), DayKind.REST, "国庆节放假"),
    ]


def test_each_bad_row_is_told() -> None:
    with pytest.raises(Invalid) as refusal:
        parse_holiday_rows(
            [
                ["2028-13-01", "法定", ""],
                ["2028-10-01", "", ""],
                ["2028-10-02", "法定", ""],
                ["2028-10-02", "休", ""],
                ["2028-10-03", "班", ""],
                ["99999999999999999999-1-1", "法定", ""],
                ["x" * 500, "y" * 500],
            ]
        )

    assert {field: str(sentence) for field, sentence in refusal.value.errors.items()} == {
        "row 1": "第 1 行：“2028-13-01”不是日期，请写成 2026-10-01",
        "row 2": "第 2 行：“”不是日子的种类，请填 法定节假日、放假、调休上班",
        "row 4": "第 4 行：2028-10-02 前面已有，请只留一行",
        "row 5": "第 5 行：2028-10-03 本来就是工作日，调休上班只用于周末",
        "row 6": "第 6 行：“99999999999999999999”不是日期，请写成 2026-10-01",
        "row 7": f"第 7 行：“{'x' * 20}”不是日期，请写成 2026-10-01",
    }


def test_ordinary_days_in_a_stored_table_follow_the_week() -> None:
    calendar = WorkingCalendar.of([(date(2026, 10, 1), "ordinary"), (date(2026, 10, 2), "statutory")])

    assert calendar == WorkingCalendar(statutory=frozenset({date(2026, 10, 2)}))
