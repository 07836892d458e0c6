"""Windows that can be, and how technicians rank."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gongdan.dispatch.rules import Load, Stop, check_window, rank
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
