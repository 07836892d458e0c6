"""When a call is due, and what its result must say; without a database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from gongdan.followup import rules
from gongdan.kernel.errors import Invalid
from gongdan.kernel.text import SHANGHAI


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.req("O-056")
@pytest.mark.parametrize(
    ("wanted", "due"),
    [
        (shanghai(11, 22, 10), shanghai(12, 9)),
        (shanghai(11, 21), shanghai(12, 9)),
        (shanghai(11, 20, 59), shanghai(11, 20, 59)),
        (shanghai(12, 0, 10), shanghai(12, 9)),
        (shanghai(12, 8, 29), shanghai(12, 9)),
        (shanghai(12, 8, 30), shanghai(12, 8, 30)),
    ],
)
def test_nobody_is_called_at_night(wanted: datetime, due: datetime) -> None:
    assert rules.out_of_quiet(wanted) == due


def test_a_call_is_due_so_many_hours_after_the_settlement() -> None:
    assert rules.due_time(shanghai(11, 15), delay_hours=24) == shanghai(12, 15)
    assert rules.due_time(shanghai(11, 20, 10), delay_hours=2) == shanghai(12, 9)


def test_the_times_offered_for_the_next_try() -> None:
    assert rules.next_choices(shanghai(11, 10)) == {
        "hour": shanghai(11, 11),
        "evening": shanghai(11, 18, 30),
        "morning": shanghai(12, 9, 30),
    }
    assert rules.next_choices(shanghai(11, 20, 30)) == {"hour": shanghai(12, 9), "morning": shanghai(12, 9, 30)}


@pytest.mark.req("R-063")
@pytest.mark.parametrize("result", ["no_answer", "rejected", "switched_off", "dead_number"])
def test_a_try_without_reaching_anybody_says_when_the_next_one_is(result: str) -> None:
    at = shanghai(11, 10)

    rules.check_attempt(result=result, next_at=shanghai(11, 11), at=at)
    for wrong in (None, at, shanghai(11, 9)):
        with pytest.raises(Invalid) as refused:
            rules.check_attempt(result=result, next_at=wrong, at=at)
        assert list(refused.value.errors) == ["next_at"]
    with pytest.raises(Invalid) as refused:
        rules.check_attempt(result="reached", next_at=None, at=at)
    assert set(refused.value.errors) == {"result", "next_at"}


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({}, []),
        ({"content": "  "}, ["content"]),
        ({"content": "字" * 2001}, ["content"]),
        ({"is_fixed": None}, ["is_fixed"]),
        ({"score": 6}, ["score"]),
        ({"is_fixed": False}, ["label"]),
        ({"is_fixed": True, "effect": "reopen"}, ["label"]),
        ({"effect": "none"}, ["next_at"]),
        ({"suggestion": "字" * 1001}, ["suggestion"]),
    ],
)
def test_a_result_says_something_and_fits_its_label(changed: dict[str, Any], fields: list[str]) -> None:
    whole: dict[str, Any] = {
        "content": "好用", "is_fixed": True, "score": 5, "effect": "close", "suggestion": "", "next_at": None,
        "at": shanghai(11, 10), "offered": {"reopen": ["未修复", "返修"], "complaint": ["转投诉"], "close": ["正常关闭"]},
    }  # fmt: skip

    if not fields:
        rules.check_result(**whole | changed)
        return
    with pytest.raises(Invalid) as refused:
        rules.check_result(**whole | changed)
    assert list(refused.value.errors) == fields
    if fields == ["label"]:
        names = "“正常关闭”、“转投诉”" if whole["is_fixed"] and changed["is_fixed"] else "“未修复”、“返修”、“转投诉”"
        assert str(refused.value.errors["label"]).endswith(f"请选择{names}")


def test_a_shop_without_quiet_hours_calls_at_any_time() -> None:
    at = shanghai(11, 23, 59)

    assert rules.out_of_quiet(at, rules.NO_NIGHT) == at
    assert not rules.NO_NIGHT.holds(at)
    assert rules.Night().holds(at)
    late = rules.Night.of("22:00", "10:00", "09:00")  # the first call is never before the night is over
    assert rules.out_of_quiet(at, late) == shanghai(12, 10)


@pytest.mark.req("R-068")
def test_two_hours_count_from_the_end_of_the_call_or_from_the_registration() -> None:
    told: dict[str, Any] = {"ended_at": shanghai(11, 10, 5), "received_at": shanghai(11, 10), "minutes": 120}

    assert rules.watch_due(counts_from="call_end", **told) == shanghai(11, 12, 5)
    assert rules.watch_due(counts_from="registration", **told) == shanghai(11, 12)


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("{customer}您好，{number}", True),
        ("没有字段", True),
        ("您好{foo} {", False),
        ("您好{foo}", False),
        ("您好 }", False),
    ],
)
def test_a_template_names_only_facts_that_there_are(text: str, is_right: bool) -> None:
    assert (rules.template_complaint(text) is None) is is_right
