"""The warranty decision against the shipped table: golden cases worked out by hand, and what must always hold."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongdan.devices.rules import (
    ALL_FREE,
    EXCLUSIONS,
    PART_FREE,
    PART_PAID,
    PRESETS,
    Cover,
    DeviceFacts,
    Flags,
    PastRepair,
    Remedy,
    StartRule,
    Stay,
    Verdict,
    decide,
    period_of,
    serial_key,
)
from gongdan.devices.states import CoverKind, Level, MakerLevel, StayCause, UseKind
from gongdan.kernel.calendar import WorkingCalendar
from tests.devices.cases import CALENDAR, facts, policies


def verdict(of: DeviceFacts, on: str) -> Verdict:
    return decide(of, policies=policies(), calendar=CALENDAR, on=date.fromisoformat(on))


def said(result: Verdict) -> list[str]:
    return [str(step) for step in result.steps]


def free(result: Verdict) -> str:
    """What is free, as three letters: P art, L abour, V isit; a dot for what is paid."""
    flags = result.flags
    return ("P" if flags.part else ".") + ("L" if flags.labour else ".") + ("V" if flags.visit else ".")


def golden() -> list[dict[str, str]]:
    """The cases of golden.csv: empty cells say nothing; `free` as in `free()`."""
    with (Path(__file__).parent / "golden.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", golden(), ids=lambda case: case["why"])
def test_golden_case(case: dict[str, str]) -> None:
    known = {name: case[name] for name in case if case[name] and (name.endswith("_on") or name == "component")}
    if case["use_kind"]:
        known["use_kind"] = UseKind(case["use_kind"])
    device = facts(case["category"], case["brand"], spec=case["spec"], kind=case["kind"], **known)

    result = verdict(device, case["on"])

    assert {
        "label": str(result.label),
        "free": free(result),
        "last_day": str(result.last_day or ""),
        "days_left": "" if result.days_left is None else str(result.days_left),
    } == {name: case[name] for name in ("label", "free", "last_day", "days_left")}
    assert said(result)[-1].startswith(f"结论：{case['label']}")


@pytest.mark.req("O-015")
def test_main_part_period_frees_the_part_and_charges_labour_and_visit() -> None:
    result = verdict(facts("空调", "美的", purchase_on="2024-03-11", component="压缩机"), "2026-03-11")

    charged = {"part": 800, "labour": 100, "visit": 50}
    due = sum(amount for what, amount in charged.items() if not getattr(result.flags, what))

    assert (result.level, result.flags, due) == (Level.MAIN_PART, PART_FREE, 150)


def test_the_verdict_is_explained_line_by_line() -> None:
    stay = Stay(date(2025, 5, 6), date(2025, 5, 16))
    device = facts("电视", purchase_on="2025-03-01", installed_on="2025-03-06", stays=(stay,))

    assert said(verdict(device, "2026-03-11")) == [
        "起算日 2025-03-06：按安装调试结束日",
        "整机 12 个月（法定三包：质检总局公告2011年第20号）",
        "修理占用和待件 10 天，顺延",
        "最后一天 2026-03-16",
        "报修日 2026-03-11 在期内，还剩 5 天",
        "结论：保内（配件免费、人工免费、上门免费）",
    ]


def test_a_row_that_was_not_checked_is_never_called_law() -> None:
    result = verdict(facts("冰箱", purchase_on="2025-06-11"), "2026-03-11")

    assert "整机 12 个月（通行期限，依据待核实）" in said(result)
    assert result.is_unverified


def test_parts_that_are_still_covered_are_named_when_no_part_is() -> None:
    result = verdict(facts("电脑", spec="笔记本", purchase_on="2024-06-11"), "2026-03-11")

    (still,) = result.still_covered
    assert (still.parts[0], still.last_day, still.flags) == ("主板", date(2026, 6, 11), PART_FREE)
    assert result.flags == Flags(part=False, labour=False, visit=False)


def test_an_unknown_start_is_out_of_warranty_and_asks_for_a_supervisor() -> None:
    result = verdict(facts("手机"), "2026-03-11")

    assert said(result) == [
        "没有发票、出厂日期等可用日期，起算日无法确定",
        "按保外处理；主管可改判，须写明原因",
        "结论：保外（配件收费、人工收费、上门收费）",
    ]
    assert (result.start_rule, result.needs_review) == (StartRule.UNKNOWN, True)


@pytest.mark.parametrize("code", ["X1", "X2", "X4", "X5", "X6", "X7", "X8", "X9"])
def test_each_exclusion_makes_it_paid_inside_the_period(code: str) -> None:
    result = verdict(facts("手机", purchase_on="2025-06-11", exclusions=(code,)), "2026-03-11")

    assert (result.level, free(result), result.exclusions) == (Level.OUT, "...", (code,))
    assert (result.is_inside_period, result.needs_confirmation) == (True, True)
    assert f"除外情形 {code}：{EXCLUSIONS[code].text}" in said(result)


def test_a_missing_invoice_counts_only_where_no_other_date_shows_the_period() -> None:
    no_other = verdict(facts("手机", purchase_on="2025-06-11", exclusions=("X3",)), "2026-03-11")
    plate = verdict(facts("手机", purchase_on="2025-06-11", made_on="2025-04-11", exclusions=("X3",)), "2026-03-11")

    assert (no_other.level, no_other.exclusions, no_other.start_on) == (Level.OUT, ("X3",), None)
    assert (plate.level, plate.exclusions, plate.start_on) == (Level.IN_WARRANTY, (), date(2025, 7, 11))
    assert "虽无有效发票，其他日期能证明在期内，X3 不作除外" in said(plate)


def test_an_exclusion_after_the_period_needs_no_confirmation() -> None:
    result = verdict(facts("手机", purchase_on="2024-06-11", exclusions=("X1",)), "2026-03-11")

    assert (result.level, result.is_inside_period, result.needs_confirmation) == (Level.OUT, False, False)


@pytest.mark.parametrize(
    ("on", "remedies"),
    [
        ("2026-03-02", (Remedy.RETURN, Remedy.EXCHANGE, Remedy.REPAIR)),
        ("2026-03-09", (Remedy.RETURN, Remedy.EXCHANGE, Remedy.REPAIR)),
        ("2026-03-10", (Remedy.EXCHANGE, Remedy.REPAIR)),
        ("2026-03-17", (Remedy.EXCHANGE, Remedy.REPAIR)),
        ("2026-03-18", (Remedy.REPAIR,)),
        ("2027-03-03", ()),
    ],
)
def test_return_for_seven_days_and_exchange_for_fifteen(on: str, remedies: tuple[Remedy, ...]) -> None:
    assert verdict(facts("手机", purchase_on="2026-03-02"), on).remedies == remedies


def test_no_return_where_an_exclusion_was_seen() -> None:
    assert verdict(facts("手机", purchase_on="2026-03-02", exclusions=("X1",)), "2026-03-04").remedies == ()


# Days away


def test_repair_days_count_from_the_day_after_it_came_to_the_day_it_went() -> None:
    stay = Stay(date(2025, 5, 6), date(2025, 5, 16))

    result = verdict(facts("手机", purchase_on="2025-03-11", stays=(stay,)), "2026-03-23")

    assert (result.extended_days, result.last_day, result.level) == (10, date(2026, 3, 23), Level.IN_WARRANTY)


def test_days_of_waiting_inside_a_stay_are_counted_once() -> None:
    stays = (
        Stay(date(2025, 5, 6), date(2025, 5, 16)),
        Stay(date(2025, 5, 10), date(2025, 5, 21), StayCause.PART),
    )

    assert verdict(facts("手机", purchase_on="2025-03-11", stays=stays), "2026-03-11").extended_days == 15


def test_days_by_the_customers_own_cause_do_not_extend() -> None:
    stay = Stay(date(2025, 5, 6), date(2025, 6, 16), StayCause.CUSTOMER)

    assert verdict(facts("手机", purchase_on="2025-03-11", stays=(stay,)), "2026-03-11").extended_days == 0


def test_a_stay_still_open_counts_to_the_day_asked() -> None:
    stay = Stay(date(2026, 3, 4))

    assert verdict(facts("手机", purchase_on="2025-03-11", stays=(stay,)), "2026-03-11").extended_days == 7


def test_a_repair_after_the_period_does_not_revive_it() -> None:
    stay = Stay(date(2026, 4, 1), date(2026, 4, 20))

    result = verdict(facts("手机", purchase_on="2025-03-11", stays=(stay,)), "2026-05-11")

    assert (result.extended_days, result.level) == (0, Level.OUT)


def test_stays_before_an_exchange_do_not_count() -> None:
    stays = (Stay(date(2025, 5, 6), date(2025, 5, 16)),)
    device = facts("手机", purchase_on="2025-03-11", exchanged_on="2025-05-16", stays=stays)

    assert verdict(device, "2026-03-11").extended_days == 1  # the day of the exchange itself


# Rework


def repaired(
    day: str, *, fault: str = "不开机", fault_id: int | None = None, parts: tuple[str, ...] = ()
) -> PastRepair:
    return PastRepair(date.fromisoformat(day), "GD260201-0007", fault, fault_id, parts)


@pytest.mark.parametrize(("on", "level"), [("2026-03-11", Level.REWORK), ("2026-03-12", Level.OUT)])
def test_the_same_fault_is_free_for_thirty_days(on: str, level: Level) -> None:
    device = facts("电脑", purchase_on="2020-03-11", fault="不开机", repairs=(repaired("2026-02-09"),))

    result = verdict(device, on)

    assert result.level is level
    if level is Level.REWORK:
        assert (result.flags, result.rework_of, result.last_day) == (ALL_FREE, "GD260201-0007", date(2026, 3, 11))
        assert "本店 2026-02-09 修过（GD260201-0007），2026-03-11 前同一故障返修免费" in said(result)


def test_the_same_part_is_free_for_three_months_the_longer_window_wins() -> None:
    device = facts(
        "电脑",
        purchase_on="2020-03-11",
        fault="不开机",
        component="电源",
        repairs=(repaired("2026-02-20", parts=("电源",)),),
    )

    result = verdict(device, "2026-03-11")

    assert (result.level, result.last_day, result.policy) == (Level.REWORK, date(2026, 5, 20), "W060")


def test_another_fault_is_no_rework_but_an_unnamed_one_is_asked_about() -> None:
    other = facts("电脑", purchase_on="2020-03-11", fault="蓝屏", repairs=(repaired("2026-02-20"),))
    unnamed = facts("电脑", purchase_on="2020-03-11", repairs=(repaired("2026-02-20"),))

    assert verdict(other, "2026-03-11").level is Level.OUT
    assert any("请核对故障" in line for line in said(verdict(unnamed, "2026-03-11")))
    assert verdict(unnamed, "2026-03-11").level is Level.OUT


def test_a_known_fault_is_told_by_its_number() -> None:
    device = facts("电脑", purchase_on="2020-03-11", fault_id=123, repairs=(repaired("2026-02-20", fault_id=123),))

    assert verdict(device, "2026-03-11").level is Level.REWORK


def test_misuse_voids_the_rework_too() -> None:
    device = facts(
        "电脑", purchase_on="2020-03-11", fault="不开机", exclusions=("X1",), repairs=(repaired("2026-02-20"),)
    )

    result = verdict(device, "2026-03-11")

    assert (result.level, result.needs_confirmation) == (Level.OUT, True)


def test_a_missing_invoice_does_not_void_our_own_rework() -> None:
    device = facts("电脑", fault="不开机", exclusions=("X3",), repairs=(repaired("2026-02-20"),))

    assert verdict(device, "2026-03-11").level is Level.REWORK


# Contract and extended warranty


def cover(kind: CoverKind, *, flags: Flags = ALL_FREE) -> Cover:
    return Cover(kind, date(2026, 1, 1), date(2026, 12, 31), flags, "HT-2026-8")


def test_a_contract_covers_what_the_period_no_longer_does() -> None:
    device = facts("自助设备", covers=(cover(CoverKind.CONTRACT),))

    result = verdict(device, "2026-03-11")

    assert (result.level, result.flags, result.last_day) == (Level.CONTRACT, ALL_FREE, date(2026, 12, 31))
    assert "合同 HT-2026-8 到 2026-12-31 有效，按合同" in said(result)


def test_an_extended_warranty_frees_what_it_says() -> None:
    device = facts("手机", purchase_on="2024-03-11", covers=(cover(CoverKind.EXTENDED, flags=PART_FREE),))

    result = verdict(device, "2026-03-11")

    assert (str(result.label), result.flags) == ("延保", PART_FREE)


def test_the_makers_period_goes_before_contract_and_extended_warranty() -> None:
    both = (cover(CoverKind.CONTRACT), cover(CoverKind.EXTENDED))

    result = verdict(facts("手机", purchase_on="2025-06-11", covers=both), "2026-03-11")

    assert result.level is Level.IN_WARRANTY
    assert "另有合同 HT-2026-8，到 2026-12-31 有效" in said(result)


@pytest.mark.parametrize(("code", "level"), [("X1", Level.OUT), ("X9", Level.EXTENDED)])
def test_an_exclusion_voids_only_what_it_is_about(code: str, level: Level) -> None:
    device = facts("手机", purchase_on="2025-06-11", exclusions=(code,), covers=(cover(CoverKind.EXTENDED),))

    assert verdict(device, "2026-03-11").level is level


def test_a_cover_outside_its_days_does_not_count() -> None:
    device = facts("手机", purchase_on="2024-03-11", covers=(cover(CoverKind.EXTENDED),))

    assert verdict(device, "2027-01-01").level is Level.OUT


def test_the_operators_terminal_broken_by_the_user_is_paid() -> None:
    assert verdict(facts("宽带/ONU", spec="光猫", exclusions=("X1",)), "2026-03-11").level is Level.OUT


# Exchange


def test_the_third_failure_after_two_repairs_is_an_exchange() -> None:
    repairs = (repaired("2025-08-01"), repaired("2025-11-01"))

    result = verdict(facts("手机", purchase_on="2025-06-11", repairs=repairs, fault="死机"), "2026-03-11")

    assert result.exchange_due
    assert [str(reason) for reason in result.exchange_reasons] == [
        "同一三包期内已修理 2 次仍有故障，客户可凭修理记录换货"
    ]


def test_one_repair_is_not_enough_nor_are_two_before_the_period() -> None:
    one = facts("手机", purchase_on="2025-06-11", repairs=(repaired("2025-08-01"),), fault="死机")
    before = facts(
        "手机", exchanged_on="2025-12-01", repairs=(repaired("2025-08-01"), repaired("2025-11-01")), fault="死机"
    )

    assert not verdict(one, "2026-03-11").exchange_due
    assert not verdict(before, "2026-03-11").exchange_due


@pytest.mark.parametrize(("back", "due"), [(date(2025, 8, 31), False), (date(2025, 9, 1), True)])
def test_more_than_thirty_days_at_the_repairer_is_an_exchange(back: date, due: bool) -> None:
    stay = Stay(date(2025, 8, 1), back)

    assert verdict(facts("手机", purchase_on="2025-06-11", stays=(stay,)), "2026-03-11").exchange_due is due


def test_own_days_and_days_of_waiting_are_kept_apart() -> None:
    stays = (
        Stay(date(2025, 8, 1), date(2025, 9, 22), StayCause.OWN, 7),
        Stay(date(2025, 8, 6), date(2025, 9, 15), StayCause.PART, 7),
    )

    result = verdict(facts("冰箱", purchase_on="2025-06-11", stays=stays), "2026-03-11")

    assert not result.exchange_due  # 12 of 30 own days, 40 of 90 for the part
    assert result.extended_days == 52


@pytest.mark.parametrize(
    ("category", "days", "due"), [("冰箱", 90, False), ("冰箱", 91, True), ("手机", 60, False), ("手机", 61, True)]
)
def test_waiting_for_the_makers_part_beyond_the_categorys_limit_is_an_exchange(
    category: str, days: int, due: bool
) -> None:
    came = date(2025, 7, 1)
    stay = Stay(came, came + timedelta(days=days), StayCause.PART)

    assert verdict(facts(category, purchase_on="2025-06-11", stays=(stay,)), "2026-03-11").exchange_due is due


# The maker's own verdict


@pytest.mark.parametrize(
    ("purchase_on", "maker", "differs"),
    [
        ("2025-06-11", MakerLevel.UNKNOWN, False),
        ("2025-06-11", MakerLevel.IN_WARRANTY, False),
        ("2025-06-11", MakerLevel.OUT, True),
        ("2024-06-11", MakerLevel.IN_WARRANTY, True),
        ("2024-06-11", MakerLevel.OUT, False),
    ],
)
def test_the_makers_verdict_stands_beside_ours_and_a_difference_is_flagged(
    purchase_on: str, maker: MakerLevel, differs: bool
) -> None:
    result = verdict(facts("手机", purchase_on=purchase_on, maker_level=maker), "2026-03-11")

    assert (result.maker_level, result.differs_from_maker) == (maker, differs)
    assert any("厂家核定" in line for line in said(result)) is differs


# What must always hold


def test_each_level_is_a_preset_of_the_three_flags() -> None:
    assert {str(level): (f.part, f.labour, f.visit) for level, f in PRESETS.items()} == {
        "in_warranty": (True, True, True),
        "main_part": (True, False, False),
        "extended": (True, True, True),
        "contract": (True, True, True),
        "out": (False, False, False),
        "rework": (True, True, True),
    }
    assert Flags(part=False, labour=True, visit=True) == PART_PAID  # 保修 in the makers' words


DAYS = st.dates(date(2019, 1, 1), date(2027, 12, 31))
STAYS = st.lists(
    st.builds(
        lambda day, length, cause: Stay(day, day + timedelta(days=length), cause),
        DAYS,
        st.integers(0, 120),
        st.sampled_from(StayCause),
    ),
    max_size=5,
)


@given(bought=DAYS, on=DAYS, stays=STAYS, more=STAYS)
def test_more_days_away_never_shorten_the_period(bought: date, on: date, stays: list[Stay], more: list[Stay]) -> None:
    few = period_of(bought, 12, stays=stays, calendar=CALENDAR, on=on)
    many = period_of(bought, 12, stays=[*stays, *more], calendar=CALENDAR, on=on)

    assert many.last_day >= few.last_day >= few.base
    assert many.extended_days >= few.extended_days >= 0


@given(bought=DAYS, months=st.integers(0, 120))
def test_a_period_ends_on_a_working_day_not_before_its_corresponding_day(bought: date, months: int) -> None:
    period = period_of(bought, months, stays=(), calendar=CALENDAR, on=bought)

    assert CALENDAR.is_workday(period.last_day)
    assert period.base <= period.last_day
    assert not any(
        CALENDAR.is_workday(period.base + timedelta(days=n)) for n in range((period.last_day - period.base).days)
    )


@st.composite
def devices(draw: st.DrawFn) -> DeviceFacts:
    return facts(
        draw(st.sampled_from(["手机", "空调", "电视", "厨房电器", "宽带/ONU"])),
        draw(st.sampled_from(["", "格力", "讯达", "宏碁"])),
        purchase_on=draw(st.none() | DAYS),
        made_on=draw(st.none() | DAYS),
        component=draw(st.sampled_from(["", "电池", "压缩机", "主板", "电机"])),
        exclusions=tuple(draw(st.sets(st.sampled_from(sorted(EXCLUSIONS))))),
        stays=tuple(draw(STAYS)),
        use_kind=draw(st.sampled_from(UseKind)),
    )


@given(device=devices(), on=DAYS)
def test_days_left_flags_and_level_agree(device: DeviceFacts, on: date) -> None:
    result = decide(device, policies=policies(), calendar=CALENDAR, on=on)

    assert (result.days_left is None) == (result.last_day is None)
    if result.last_day is not None:
        assert result.days_left == (result.last_day - on).days
    if result.level is Level.OUT:
        assert result.flags == PRESETS[Level.OUT]
    else:
        assert result.flags != PRESETS[Level.OUT]
        assert result.days_left is None or result.days_left >= 0
    if result.level is Level.IN_WARRANTY:
        assert result.flags == PRESETS[Level.IN_WARRANTY]
    assert result.steps[-1].template.startswith("结论")
    assert result.as_json()["days_left"] == result.days_left


def test_an_empty_calendar_still_knows_the_week() -> None:
    period = period_of(date(2025, 3, 7), 12, stays=(), calendar=WorkingCalendar(), on=date(2025, 3, 7))

    assert period.last_day == date(2026, 3, 9)


@pytest.mark.parametrize("typed", ["SN-2024 a01", "sn2024A01", "ＳＮ２０２４Ａ０１"])
def test_a_serial_number_is_compared_however_it_is_written(typed: str) -> None:
    assert serial_key(typed) == "SN2024A01"
