"""Windows that can be, and how technicians rank."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gongdan.dispatch.rules import (
    Confirmed,
    Load,
    Pace,
    Place,
    Stop,
    check_window,
    feasible,
    rank,
    stands_against_leaving,
    travel_minutes,
    wasted_gaps,
)
from gongdan.dispatch.states import Verdict
from gongdan.kernel.errors import Refused

NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)


def _at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("start", "end", "field", "sentence"),
    [
        (4, 4, "planned_to", "结束要晚于开始"),
        (4, 3, "planned_to", "结束要晚于开始"),
        (-3, 0, "planned_from", "已经过去"),
        (1, 13.1, "planned_to", "最长 12 小时"),
        (24 * 91, 24 * 91 + 1, "planned_from", "90 天"),
    ],
)
def test_a_window_that_cannot_be_is_refused_at_its_field(start: float, end: float, field: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence) as refused:
        check_window(_at(start), _at(end), at=NOW)
    assert refused.value.field == field


@pytest.mark.parametrize(("start", "end"), [(-1, 0.5), (0, 12), (24 * 90, 24 * 90 + 2)])
def test_a_window_at_the_edge_is_fine(start: float, end: float) -> None:
    check_window(_at(start), _at(end), at=NOW)


@pytest.mark.req("R-084")
def test_free_comes_before_skilled_and_skilled_before_idle() -> None:
    window = (_at(4), _at(6))
    loads = [
        Load(1, "甲", ("空调",), 0, (Stop(_at(5), _at(7), "GD1"),)),
        Load(2, "乙", (), 0, ()),
        Load(3, "丙", ("空调",), 3, (Stop(_at(6), _at(8), "GD2"),)),
        Load(4, "丁", ("空调维修",), 1, ()),
    ]

    ranked = rank(loads, category="空调", window=window)

    assert [(c.name, c.conflict) for c in ranked] == [("丁", ""), ("丙", ""), ("乙", ""), ("甲", "GD1")]
    assert [str(reason) for reason in ranked[3].reasons] == ["手上 0 单", "会修空调", "与工单 GD1 时间冲突"]
    assert [str(reason) for reason in ranked[2].reasons] == ["手上 0 单", "没有登记空调技能", "可以按时到达"]


@pytest.mark.req("R-084")
def test_the_ranking_changes_with_the_load() -> None:
    def best(of_first: int) -> str:
        loads = [Load(1, "甲", ("空调",), of_first, ()), Load(2, "乙", ("空调",), 2, ())]
        return rank(loads, category="空调", window=None)[0].name

    assert [best(1), best(3)] == ["甲", "乙"]


# -- who can be there in time -------------------------------------------------------------------------------------------

HOUR = 60


def _no_way(_stop: Stop) -> int:
    return 0


@pytest.mark.req("R-070")
@pytest.mark.parametrize(
    ("stops", "verdict", "in_the_way"),
    [
        ([], Verdict.POSSIBLE, ""),
        ([(3, 5)], Verdict.CONFLICT, "GD0"),
        ([(5, 7)], Verdict.CONFLICT, "GD0"),
        ([(2, 8)], Verdict.CONFLICT, "GD0"),
        ([(2, 4)], Verdict.POSSIBLE, ""),  # 最迟 4 点到那边，做一小时，5 点到这边
        ([(6, 8)], Verdict.POSSIBLE, ""),
        ([(6, 6.5), (2, 4)], Verdict.POSSIBLE, ""),
    ],
)
def test_overlapping_windows_conflict_and_others_do_not(
    stops: list[tuple[float, float]], verdict: Verdict, in_the_way: str
) -> None:
    known = [Stop(_at(start), _at(end), f"GD{number}") for number, (start, end) in enumerate(stops)]
    found = feasible(known, (_at(4), _at(6)), _no_way, job=HOUR)
    assert (found.verdict, found.in_the_way) == (verdict, in_the_way)


@pytest.mark.req("R-070")
def test_too_little_time_for_the_job_and_the_way_is_too_short() -> None:
    before = Stop(_at(2), _at(4), "GD1")
    narrow = (_at(4), _at(5.5))
    near, far = (lambda _stop: 25), (lambda _stop: 35)
    assert feasible([before], narrow, near, job=HOUR).verdict is Verdict.POSSIBLE
    short = feasible([before], narrow, far, job=HOUR)
    assert (short.verdict, str(short.sentence)) == (Verdict.TOO_SHORT, "与工单 GD1 之间时间太短")
    assert [(leg.stop.number, leg.travel) for leg in short.legs] == [("GD1", 35)]

    after = Stop(_at(5.5), _at(6), "GD2")
    assert feasible([after], narrow, far, job=HOUR).verdict is Verdict.POSSIBLE
    both = feasible([before, after], narrow, near, job=HOUR)
    assert (both.verdict, both.in_the_way) == (Verdict.TOO_SHORT, "GD2")


@pytest.mark.req("R-070")
def test_the_way_is_told_by_address_district_or_kilometres() -> None:
    pace = Pace(per_km=3, in_district=20, between=40)
    here = Place("440106", "体育西路 1 号", 4)
    assert travel_minutes(here, here, pace) == 0
    assert travel_minutes(here, Place("440106", "天河路 2 号", 30), pace) == 20
    assert travel_minutes(here, Place("440113", "市桥路 3 号", 6), pace) == 30
    assert travel_minutes(here, Place("440113", "市桥路 3 号"), pace) == 40
    assert travel_minutes(Place(), Place(), pace) == 40


@pytest.mark.req("O-054")
def test_the_customers_own_technician_comes_first_and_too_short_before_conflict() -> None:
    window = (_at(4), _at(5))
    loads = [
        Load(1, "甲", ("空调",), 0, (Stop(_at(4), _at(5), "GD1"),)),
        Load(2, "乙", ("空调",), 0, (Stop(_at(2), _at(4), "GD2"),)),
        Load(3, "丙", (), 5, (Stop(_at(4), _at(5), "GD3"),)),
        Load(4, "丁", (), 0, ()),
    ]
    ranked = rank(loads, category="空调", window=window, own=3)
    assert [(c.name, c.verdict, c.is_own) for c in ranked] == [
        ("丙", Verdict.CONFLICT, True),
        ("丁", Verdict.POSSIBLE, False),
        ("乙", Verdict.TOO_SHORT, False),
        ("甲", Verdict.CONFLICT, False),
    ]
    assert str(ranked[0].reasons[0]) == "客户指定的师傅，但没有登记空调技能"
    assert sum("技能" in str(reason) for reason in ranked[0].reasons) == 1
    (able,) = rank([Load(3, "丙", ("空调",), 5, ())], category="空调", window=window, own=3)
    assert [str(reason) for reason in able.reasons[:3]] == ["客户指定的师傅", "手上 5 单", "会修空调"]


# -- setting out --------------------------------------------------------------------------------------------------------

FACTS: dict[str, Any] = {"device_ok": True, "fault_ok": True, "address_ok": True}


@pytest.mark.req("R-075", "R-076")
@pytest.mark.parametrize(
    ("last", "switches", "said"),
    [
        (None, {}, "先联系客户"),
        (Confirmed(is_convenient=True, **FACTS), {}, ""),
        (Confirmed(is_convenient=False, **FACTS), {}, "不方便"),
        (Confirmed(is_convenient=True, **FACTS | {"fault_ok": False}), {}, "故障情况"),
        (Confirmed(is_convenient=True), {}, "设备类型、故障情况、联系地址"),
        (Confirmed(skipped_reason="刚通过话"), {}, ""),
        (Confirmed(is_convenient=True), {"facts": False}, ""),
        (Confirmed(**FACTS), {"calls": False}, ""),
        (Confirmed(**FACTS), {}, "是否方便"),
        (None, {"calls": False, "facts": False}, ""),
    ],
)
def test_nobody_sets_out_before_the_call_and_the_three_facts(
    last: Confirmed | None, switches: dict[str, bool], said: str
) -> None:
    refused = stands_against_leaving(last, **{"calls": True, "facts": True} | switches)
    assert (said in str(refused.text)) if said and refused else (refused is None) == (not said)


@pytest.mark.req("O-043")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, []),
        ({"has_photo": False}, ["没有门口照片"]),
        ({"calls": 1}, ["到达后只打了 1 次电话，要打 2 次"]),
        ({"minutes": 14}, ["只等了 14 分钟，要等 15 分钟"]),
    ],
)
def test_a_wasted_trip_is_proven_by_photo_calls_and_wait(typed: dict[str, Any], said: list[str]) -> None:
    known: dict[str, Any] = {"has_photo": True, "calls": 2, "minutes": 15}
    gaps = wasted_gaps(**known | typed, calls_needed=2, minutes_needed=15)
    assert [str(gap) for gap in gaps] == said
