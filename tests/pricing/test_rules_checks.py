"""What stands against publishing a book."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gongdan.pricing.rules import Book, BookPolicy, DistanceBand, Variant, hints, problems
from gongdan.pricing.states import Area, Declined, ItemKind, Mode, Role, Travel
from tests.pricing.books import book_of, inspection_fee, labour, plus, shipped, surcharge, visit_fee, yuan

SOUND = book_of(visit_fee(), surcharge("D", Role.DISTANCE, 3), inspection_fee())


def said(book: Book) -> list[str]:
    return [str(problem) for problem in problems(book)]


@pytest.mark.parametrize("code", ["default", "前锋", "奥普"])
def test_the_shipped_books_can_be_published(code: str) -> None:
    assert said(shipped(code)) == []


@pytest.mark.req("O-043")
def test_a_book_without_a_fee_for_a_wasted_trip_says_so_and_may_be_published() -> None:
    assert problems(SOUND) == []
    assert ["没有“空跑费”项目" in str(hint) for hint in hints(SOUND)] == [True]
    assert hints(plus(SOUND, surcharge("K", Role.EMPTY_TRIP, 50))) == []
    assert hints(replace(SOUND, policy=BookPolicy(travel=Travel.NONE))) == []
    assert hints(shipped("default")) == []


def test_the_example_has_gaps_between_its_bands() -> None:
    assert said(shipped("example")) == [
        "1 公里至 3 公里没有上门费，请补上这一档",
        "5 公里以上没有上门费，请补上这一档",
    ]


@pytest.mark.req("O-009")
def test_two_travel_models_are_refused_by_name() -> None:
    remote = shipped("前锋").items["QF90"]

    assert said(plus(shipped("default"), remote)) == [
        "“上门费(市区外加收)”和“超区路费(远程费)”是两种路费，一本价目只能有一种，请停用其中一项"
    ]


@pytest.mark.req("O-009")
def test_a_height_without_a_price_is_a_gap() -> None:
    from_three = surcharge("H", Role.HEIGHT, 150, from_cm=300, to_cm=600)
    above = surcharge("H2", Role.HEIGHT, 400, from_cm=600)

    gap_below = plus(SOUND, from_three, above, height_free_below_cm=200)
    gap_above = plus(SOUND, from_three)
    sound = plus(SOUND, from_three, above)

    assert said(gap_below) == ["高度 2 米至 3 米没有价格，请补上这一档"]
    assert said(gap_above) == ["高度 6 米以上没有价格，请补上这一档"]
    assert said(sound) == []


@pytest.mark.req("O-009")
def test_heights_that_overlap_or_lack_range_or_price_are_refused() -> None:
    low = surcharge("H", Role.HEIGHT, 150, from_cm=300, to_cm=600)
    overlapping = surcharge("H2", Role.HEIGHT, 400, from_cm=500)

    assert said(plus(SOUND, low, overlapping)) == ["“加价H”和“加价H2”的高度范围重叠，请更正"]
    assert said(plus(SOUND, replace(overlapping, from_cm=None))) == ["“加价H2”没有填写高度范围，请填写从几米起"]
    assert said(plus(SOUND, replace(overlapping, price_fen=None))) == ["“加价H2”没有定价，请填写价格或停用这一项"]


def test_two_rows_for_the_same_fee_are_refused() -> None:
    second = replace(inspection_fee(), code="J2", name="检测费二")

    assert said(plus(SOUND, second)) == ["“检测费”和“检测费二”都是“检测费”，请停用其中一项"]
    assert said(plus(SOUND, replace(second, category="电视"))) == []


def test_a_fee_for_the_whole_order_cannot_belong_to_one_category() -> None:
    night = surcharge("N", Role.NIGHT, 40, category="空调")

    assert said(plus(SOUND, night)) == ["“加价N”对整张工单收取，不能只属于一个品类，请清空品类"]


def test_a_travel_model_needs_its_rows() -> None:
    assert said(plus(SOUND, travel=Travel.REMOTE, declined=Declined.BOTH)) == [
        "“上门费”不属于所选的路费方式“超区路费(远程费)”，请停用这一项或改选路费方式",
        "“加价D”不属于所选的路费方式“超区路费(远程费)”，请停用这一项或改选路费方式",
        "路费方式是“超区路费(远程费)”，缺少“超区路费(远程费)”项目，请添加或改选路费方式",
    ]


def test_a_policy_for_declined_repairs_needs_its_fees() -> None:
    no_inspection = book_of(visit_fee(), surcharge("D", Role.DISTANCE, 3))
    no_visit = book_of(inspection_fee(), travel=Travel.NONE)

    assert said(no_inspection) == ["不修时要收检测费，但价目里没有检测费，请添加或改为只收上门费"]
    assert said(no_visit) == ["不修时要收上门费，但价目里没有上门费，请添加或改为只收检测费"]


def test_rows_that_contradict_themselves_are_named() -> None:
    twice = (Variant(yuan(40), Mode.IN_STORE), Variant(yuan(30), Mode.IN_STORE))
    item = replace(labour("A", 60, variants=twice, excludes=frozenset({"ZZ"})), kind=ItemKind.WITH_PART)

    assert said(plus(SOUND, item)) == [
        "“工费A”是含件价，没有填写其中的工费，请填写",
        "“工费A”在同一服务方式和地区有两个价格，请删去一个",
        "“工费A”提到的项目 ZZ 不在价目里，请更正",
    ]


def test_bands_that_overlap_are_refused() -> None:
    bands = (DistanceBand(0, 5, yuan(30)), DistanceBand(3, None, yuan(50)))
    book = book_of(visit_fee(), inspection_fee(), travel=Travel.BANDS, distance_bands=bands)

    assert said(book) == ["上门费在 3 公里处有两档重叠，请更正分档"]


def test_areas_do_not_clash() -> None:
    item = labour("A", 60, variants=(Variant(yuan(40), area=Area.RURAL), Variant(yuan(30), area=Area.CENTRAL)))

    assert said(plus(SOUND, item)) == []
