"""What must stand before the work starts, is handed over, or ends; and the checklist that says it."""

from __future__ import annotations

from typing import Any

import pytest

from gongdan.kernel.errors import Invalid, Refused
from gongdan.repair.rules import (
    Consented,
    DeviceWork,
    Progress,
    check_lengths,
    check_may_accept,
    check_may_finish,
    check_may_work,
    check_part,
    steps,
)

GOOD = DeviceWork("空调", has_diagnosis=True, tested=2, failed=(), untested=())
PAID = Consented("accepted", 230_00)


@pytest.mark.req("R-116")
@pytest.mark.parametrize(
    ("consented", "code"),
    [
        (None, "no_quote"),
        (Consented("draft", 100), "no_consent"),
        (Consented("issued", 100), "no_consent"),
        (Consented("declined", 100), "declined"),
        (Consented("declined", 0), "declined"),
    ],
)
def test_paid_work_does_not_start_before_the_consent(consented: Consented | None, code: str) -> None:
    with pytest.raises(Refused) as refused:
        check_may_work(consented, has_diagnosis=True)
    assert refused.value.code == code


@pytest.mark.parametrize("consented", [PAID, Consented("draft", 0), Consented("issued", 0)])
def test_agreed_or_free_work_starts(consented: Consented) -> None:
    check_may_work(consented, has_diagnosis=True)
    with pytest.raises(Refused, match="先做初检"):
        check_may_work(consented, has_diagnosis=False)


@pytest.mark.req("R-110")
@pytest.mark.parametrize(
    ("old_part", "asked_by", "is_fine"),
    [
        ("", "", True), ("left", "", True), ("taken", "", False), ("taken", " ", False), ("taken", "客户", True),
        ("returned", "", False), ("returned", "厂家", True), ("sold", "客户", False),
    ],
)  # fmt: skip
def test_an_old_part_is_taken_away_only_when_somebody_asked(old_part: str, asked_by: str, *, is_fine: bool) -> None:
    part: dict[str, Any] = {
        "name": "电容",
        "handling": "new",
        "old_part": old_part,
        "asked_by": asked_by,
        "quantity": 1,
    }
    if is_fine:
        check_part(**part)
        return
    with pytest.raises(Invalid):
        check_part(**part)


def test_a_part_has_a_name_a_quantity_and_a_known_handling() -> None:
    with pytest.raises(Invalid) as refused:
        check_part(name=" ", handling="stolen", old_part="", asked_by="", quantity=0)
    assert set(refused.value.errors) == {"name", "handling", "quantity"}


@pytest.mark.req("R-162")
@pytest.mark.parametrize(
    ("work", "code", "named"),
    [
        (DeviceWork("空调", has_diagnosis=True, tested=2, failed=("排水",), untested=()), "test_failed", "排水"),
        (DeviceWork("空调", has_diagnosis=True, tested=2, failed=(), untested=("制冷",)), "test_open", "制冷"),
        (DeviceWork("空调", has_diagnosis=True, tested=0, failed=(), untested=()), "no_test", "空调"),
    ],
)
def test_one_item_that_failed_or_is_open_blocks_the_delivery(work: DeviceWork, code: str, named: str) -> None:
    with pytest.raises(Refused, match=named) as refused:
        check_may_accept([GOOD, work])
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("result", "consented", "is_accepted", "code"),
    [
        ("repaired", PAID, True, None),
        ("repaired", PAID, False, "not_accepted"),
        ("repaired", None, True, "no_quote"),
        ("repaired", Consented("issued", 100), True, "no_consent"),
        ("declined", Consented("declined", 100), False, None),
        ("declined", PAID, False, "no_quote"),
        ("declined", None, False, "no_quote"),
        ("nothing_found", None, False, None),
        ("not_repaired", Consented("issued", 100), False, None),
        ("gone", PAID, True, "invalid"),
    ],
)
def test_each_result_asks_for_its_own(
    result: str, consented: Consented | None, code: str | None, *, is_accepted: bool
) -> None:
    if code is None:
        check_may_finish(result, [GOOD], is_accepted=is_accepted, consented=consented)
        return
    with pytest.raises(Refused) as refused:
        check_may_finish(result, [GOOD], is_accepted=is_accepted, consented=consented)
    assert refused.value.code == code


def test_no_result_without_a_diagnosis_of_each_device() -> None:
    raw = DeviceWork("外机", has_diagnosis=False, tested=0, failed=(), untested=())
    with pytest.raises(Refused, match="外机 还没有检测结果"):
        check_may_finish("nothing_found", [GOOD, raw], is_accepted=False, consented=None)


def _progress(**facts: object) -> Progress:
    raw = DeviceWork("空调", has_diagnosis=False, tested=0, failed=(), untested=())
    start = {
        "devices": (raw,), "consented": None, "has_arrived": False, "has_work": False, "is_accepted": False,
        "is_finished": False,
    }  # fmt: skip
    return Progress(**(start | facts))  # type: ignore[arg-type]  # the facts of each case


@pytest.mark.req("R-123")
def test_the_checklist_says_what_is_missing_and_moves_on_step_by_step() -> None:
    def now(**facts: object) -> tuple[str, str]:
        step = next(step for step in steps(_progress(**facts)) if step.state == "now")
        return step.code, str(step.missing)

    done = {"has_arrived": True, "devices": (GOOD,), "consented": PAID, "has_work": True, "is_accepted": True}
    untested = DeviceWork("空调", has_diagnosis=True, tested=0, failed=(), untested=())
    assert now() == ("arrive", "师傅还没有到达现场")
    assert now(has_arrived=None) == ("diagnose", "空调 还没有检测结果，请先填写")
    assert now(**done | {"consented": None})[0] == "quote"
    assert now(**done | {"has_work": False})[0] == "work"
    assert now(**done | {"devices": (untested,)}) == ("test", "空调 还没有测试，请先填写测试结果")
    assert now(**done | {"is_accepted": False})[0] == "accept"
    assert now(**done)[0] == "finish"
    finished = steps(_progress(**done | {"is_finished": True}))
    assert {step.state for step in finished} == {"done"}


def test_a_customer_who_declines_skips_work_test_and_trial() -> None:
    found = steps(_progress(has_arrived=True, devices=(GOOD,), consented=Consented("declined", 100_00)))
    assert [(step.code, step.state) for step in found] == [
        ("arrive", "done"), ("diagnose", "done"), ("quote", "done"), ("finish", "now"),
    ]  # fmt: skip


def test_texts_longer_than_their_column_are_named() -> None:
    with pytest.raises(Invalid) as refused:
        check_lengths({"component": "长" * 61, "cause": "好", "quantity": 3})
    assert set(refused.value.errors) == {"component"}
