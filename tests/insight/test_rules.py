"""Figures from plain values: the most frequent fault, what came back, means and shares."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from gongdan.insight import rules
from gongdan.insight.rules import Found, Share
from gongdan.kernel.errors import Invalid

DAY = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


def found(order: int, days: float, *, device: int | None = 1, fault: int = 1) -> Found:
    return Found(order, f"W{order}", DAY + timedelta(days=days), device, "格力", fault, f"故障{fault}")


def test_the_same_fault_on_the_same_device_within_the_days_is_a_repeat() -> None:
    rows = [found(1, 0), found(2, 30), found(3, 61), found(4, 62, device=2), found(5, 63, fault=2)]

    assert [(r.earlier, r.later, r.days) for r in rules.repeats(rows, within_days=30)] == [("W1", "W2", 30)]
    assert [r.later for r in rules.repeats(rows, within_days=31)] == ["W3", "W2"]


def test_two_lines_of_one_order_and_lines_without_a_device_are_no_repeat() -> None:
    assert rules.repeats([found(1, 0), found(1, 0)], within_days=30) == []
    assert rules.repeats([found(1, 0, device=None), found(2, 1, device=None)], within_days=30) == []


def test_what_was_only_typed_counts_by_device_else_by_address_and_category() -> None:
    def typed(order: int, days: float, words: str, *, device: int | None = None, place: str = "天河1|3") -> Found:
        return Found(order, f"W{order}", DAY + timedelta(days=days), device, "空调", None, words, place)

    rows = [typed(1, 0, "不制冷"), typed(2, 5, "还是不凉"), typed(3, 9, "滴水", device=7)]
    assert [(r.earlier, r.later, r.device_id) for r in rules.repeats(rows, within_days=30)] == [
        ("W2", "W3", 7),
        ("W1", "W2", None),
    ]
    other = [typed(1, 0, "不制冷", device=7), typed(2, 1, "不制冷", device=8), typed(3, 2, "不制冷", place="天河1|4")]
    assert rules.repeats(other, within_days=30) == [], "another device that is known, or another category"
    coded = [found(1, 0), typed(2, 1, "不制冷", device=1), found(3, 2, fault=2)]
    assert [(r.earlier, r.later) for r in rules.repeats(coded, within_days=30)] == [("W2", "W3"), ("W1", "W2")]


def test_what_reads_the_same_is_one_fault_however_it_was_typed() -> None:
    def typed(order: int, words: str) -> Found:
        return Found(order, f"W{order}", DAY + timedelta(days=order), None, "", None, words)

    rows = [typed(1, "不制冷。"), typed(2, "不 制冷"), typed(3, "滴水"), typed(4, "ＬＯＳ红灯"), typed(5, "")]
    assert rules.most_frequent(rows) == ("不 制冷", 2)


def test_an_order_counts_once_for_a_fault_and_of_equal_ones_the_last_is_named() -> None:
    assert rules.most_frequent([]) is None
    assert rules.most_frequent([found(1, 0), found(1, 0), found(2, 1, fault=2)]) == ("故障2", 1)
    assert rules.most_frequent([found(1, 0), found(3, 3), found(2, 5, fault=2)]) == ("故障1", 2)


@pytest.mark.parametrize(
    ("scores", "mean"), [([], None), ([5], 500), ([5, 4], 450), ([5, 5, 4], 467), ([1, 1, 2], 133)]
)
def test_the_mean_is_in_hundredths_rounded_half_up(scores: list[int], mean: int | None) -> None:
    assert rules.average(scores) == mean


def test_shares_keep_the_order_and_what_nobody_named_follows() -> None:
    assert rules.shares({"b": 2, "x": 1}, ["a", "b"]) == (Share("a", 0, 0), Share("b", 2, 667), Share("x", 1, 333))
    assert rules.shares({}, ["a"]) == (Share("a", 0, 0),)


def test_a_period_runs_forward_and_is_a_year_at_most() -> None:
    rules.check_period(date(2026, 1, 1), date(2026, 12, 31))
    with pytest.raises(Invalid):
        rules.check_period(date(2026, 3, 2), date(2026, 3, 1))
    with pytest.raises(Invalid):
        rules.check_period(date(2025, 1, 1), date(2026, 12, 31))
