"""The engine: what the decisions and the owner's lines say, on small books and on the shipped ones."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.money import Fen
from gongdan.kernel.money import yuan as in_yuan
from gongdan.pricing.rules import (
    CONTRACT,
    EXTENDED,
    IN_WARRANTY,
    MAIN_PART,
    PARTS_CHARGED,
    REWORK,
    Book,
    BookPolicy,
    Charge,
    Context,
    Coverage,
    Device,
    DistanceBand,
    Item,
    Line,
    Variant,
    Visit,
    price,
    price_if_declined,
    price_together,
    told_at_intake,
)
from gongdan.pricing.states import Area, Declined, Extra, Mode, Outcome, Payer, Role, Rule, Travel, WarrantyRule
from tests.pricing.books import (
    book_of,
    inspection_fee,
    labour,
    part,
    plus,
    shipped,
    surcharge,
    visit_fee,
    with_part,
    yuan,
)

ONE = Device("1", category="空调")
TEN = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)  # Wednesday, 10:00 in Shanghai


def at(hour: int, minute: int = 0, second: int = 0, day: int = 11) -> datetime:
    """That hour of the shop's clock."""
    return datetime(2026, 3, day, hour, minute, second, tzinfo=UTC) - timedelta(hours=8)


def on_site(*devices: Device, **fields: object) -> Context:
    return Context(mode=Mode.ON_SITE, devices=devices or (ONE,), **fields)  # type: ignore[arg-type]  # test shorthand


def amounts(lines: tuple[Line, ...]) -> list[tuple[str, int]]:
    return [(line.code, line.amount_fen) for line in lines]


# Item kinds and the ranking by labour (O-008)


@pytest.mark.req("O-008")
def test_only_the_labour_in_part_included_prices_is_ranked() -> None:
    book = book_of(with_part("A", 1500, 400), with_part("B", 450, 150))
    charges = [Charge("A", "1"), Charge("B", "1")]

    bill = price(book, on_site(replace(ONE, is_inspected=False)), charges)

    assert bill.due_fen == yuan(1875)
    assert amounts(bill.lines) == [("A", yuan(1500)), ("B", yuan(375))]
    assert [str(line.reason) for line in bill.lines] == [
        "同一台设备第 1 项，工费按 100% 收",
        "同一台设备第 2 项，工费按 50% 收",
    ]


@pytest.mark.req("O-008")
def test_two_devices_have_each_their_own_ranking() -> None:
    book = book_of(with_part("A", 1500, 400), with_part("B", 450, 150))

    bill = price(book, on_site(ONE, Device("2")), [Charge("A", "1"), Charge("B", "2")])

    assert bill.due_fen == yuan(1950)


@pytest.mark.req("O-008")
def test_the_shipped_compressor_and_control_board_come_to_the_owners_figures() -> None:
    book = shipped("default")
    charges = [Charge("PI031", "1"), Charge("PI029", "1")]

    one = price(book, on_site(), charges)
    two = price(book, on_site(ONE, Device("2", category="空调")), [charges[0], Charge("PI029", "2")])

    assert one.due_fen == yuan(1875 + 50)
    assert two.due_fen == yuan(1950 + 50)


def test_parts_travel_and_packages_take_no_rank_and_a_quantity_is_one_item() -> None:
    package = Item("K", "包年", yuan(280), role=Role.PACKAGE)
    book = book_of(labour("A", 100), labour("B", 30), part("P", 500), package, visit_fee())
    charges = [Charge("A", "1"), Charge("B", "1", quantity=4), Charge("P", "1"), Charge("K", "1")]

    bill = price(book, on_site(), charges)

    assert amounts(bill.lines) == [
        ("V", yuan(50)),
        ("A", yuan(50)),
        ("B", yuan(120)),
        ("P", yuan(500)),
        ("K", yuan(280)),
    ]


def test_equal_amounts_keep_the_order_of_entry() -> None:
    book = book_of(labour("A", 100), labour("B", 100))

    bill = price(book, on_site(), [Charge("B", "1"), Charge("A", "1")])

    assert amounts(bill.lines) == [("B", yuan(100)), ("A", yuan(50))]


def test_a_second_visit_starts_a_ranking_of_its_own() -> None:
    book = book_of(labour("A", 100), labour("B", 80))
    visits = (Visit("1", at(10)), Visit("2", at(10, day=12)))

    bill = price(book, on_site(visits=visits), [Charge("A", "1", visit="1"), Charge("B", "1", visit="2")])

    assert bill.due_fen == yuan(180)


def test_what_is_free_for_the_customer_takes_no_rank_and_is_claimed_whole() -> None:
    book = book_of(labour("A", 100), labour("B", 80))
    covered = Charge("A", "1", coverage=IN_WARRANTY)

    bill = price(book, on_site(), [covered, Charge("B", "1")])

    assert bill.totals == {Payer.MAKER: yuan(100), Payer.CUSTOMER: yuan(80)}


def test_half_a_fen_rounds_up_on_its_line() -> None:
    book = book_of(Item("A", "甲", Fen(1001)), Item("B", "乙", Fen(1001)))

    bill = price(book, on_site(), [Charge("A", "1"), Charge("B", "1")])

    assert [line.amount_fen for line in bill.lines] == [1001, 501]


# Coverage and payers (O-011, O-012, O-015)


@pytest.mark.req("O-011")
def test_in_warranty_at_forty_kilometres_and_five_metres_the_maker_pays_all() -> None:
    book = shipped("前锋")
    hood = Device("1", category="抽油烟机/消毒柜", coverage=IN_WARRANTY, height_cm=500)
    context = on_site(hood, km=Decimal(40), area=Area.CENTRAL)

    bill = price(book, context, [Charge("QF02-1", "1")])

    assert bill.due_fen == 0
    assert sorted(line.amount_fen for line in bill.paid_by(Payer.MAKER)) == [yuan(40), yuan(60), yuan(100)]
    assert bill.totals == {Payer.MAKER: sum(line.amount_fen for line in bill.lines)}


@pytest.mark.req("O-011")
def test_a_line_can_be_given_another_payer_with_the_reason() -> None:
    book = book_of(labour("A", 100), visit_fee())
    charge = Charge("A", "1", payer=Payer.LIABLE, note="物业施工碰坏")

    bill = price(book, on_site(), [charge])

    assert bill.totals == {Payer.CUSTOMER: yuan(50), Payer.LIABLE: yuan(100)}
    assert str(bill.lines[-1].reason) == "指定由责任人支付：物业施工碰坏"
    assert bill.lines[-1].rule is Rule.PAYER


@pytest.mark.req("O-011")
@pytest.mark.parametrize(
    ("coverage", "payer"),
    [(IN_WARRANTY, Payer.MAKER), (EXTENDED, Payer.EXTENDED), (CONTRACT, Payer.ORGANISATION), (REWORK, Payer.SHOP)],
)
def test_each_kind_of_coverage_has_its_payer(coverage: Coverage, payer: Payer) -> None:
    book = book_of(with_part("A", 300, 100), visit_fee())

    bill = price(book, on_site(replace(ONE, coverage=coverage)), [Charge("A", "1")])

    assert bill.totals == {payer: yuan(350)}
    assert bill.due_fen == 0


@pytest.mark.req("O-012")
@pytest.mark.parametrize(
    ("flag", "due"), [(Payer.CUSTOMER, 150), (Payer.MAKER, 0), (Payer.SHOP, 0)], ids=["customer", "maker", "shop"]
)
def test_height_in_warranty_goes_by_the_brands_flag(flag: Payer, due: int) -> None:
    book = plus(shipped("default"), extras_in_warranty={Extra.HEIGHT: flag})
    device = Device("1", category="空调", coverage=IN_WARRANTY, height_cm=500)

    bill = price(book, on_site(device), [Charge("PI028", "1")])

    assert bill.due_fen == yuan(due)
    height = next(line for line in bill.lines if line.role is Role.HEIGHT)
    assert (height.amount_fen, height.payer, height.rule) == (yuan(150), flag, Rule.EXTRA)


@pytest.mark.req("O-012")
def test_extras_without_a_flag_are_the_shops_in_warranty() -> None:
    book = shipped("default")
    device = Device("1", category="空调", coverage=IN_WARRANTY)
    context = on_site(device, km=Decimal(8), visits=(Visit("1", at(20), is_holiday=True),))

    bill = price(book, context, [Charge("PI028", "1")])

    assert bill.due_fen == 0
    assert bill.totals[Payer.SHOP] == yuan(9 + 50)


@pytest.mark.req("O-012")
@pytest.mark.parametrize("flag", [Payer.SHOP, Payer.MAKER])
def test_pick_up_of_a_device_in_warranty_is_never_the_customers(flag: Payer) -> None:
    book = plus(shipped("default"), pick_up_in_warranty=flag)
    device = Device("1", category="洗衣机", coverage=IN_WARRANTY)

    bill = price(book, Context(mode=Mode.PICK_UP, devices=(device,)), [Charge("PI058", "1")])

    assert bill.due_fen == 0
    assert [(line.amount_fen, line.payer) for line in bill.lines if line.code == "PI008"] == [(yuan(80), flag)]


@pytest.mark.req("O-012")
def test_a_policy_that_lets_the_customer_pay_the_pick_up_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        BookPolicy.from_json({"pick_up_in_warranty": "customer"})

    assert str(refused.value) == "三包商品的取送费不能由用户承担，请选择厂家或本店"


@pytest.mark.req("O-015")
def test_in_the_main_part_period_only_the_part_is_free() -> None:
    book = book_of(with_part("A", 900, 100), visit_fee())

    bill = price(book, on_site(replace(ONE, coverage=MAIN_PART)), [Charge("A", "1")])

    assert bill.due_fen == yuan(150)
    assert [(x.name, x.amount_fen, x.payer) for x in bill.lines] == [
        ("上门费", yuan(50), Payer.CUSTOMER),
        ("含件A（配件）", yuan(800), Payer.MAKER),
        ("含件A（人工）", yuan(100), Payer.CUSTOMER),
    ]


def test_where_only_parts_are_charged_labour_and_visit_are_free() -> None:
    book = book_of(part("P", 200), labour("A", 100), visit_fee())

    bill = price(book, on_site(replace(ONE, coverage=PARTS_CHARGED)), [Charge("P", "1"), Charge("A", "1")])

    assert bill.totals == {Payer.CUSTOMER: yuan(200), Payer.MAKER: yuan(150)}


def test_items_that_are_charged_in_warranty_say_so() -> None:
    book = shipped("default")
    device = Device("1", category="空调", coverage=IN_WARRANTY)

    bill = price(book, on_site(device), [Charge("PI034", "1"), Charge("PI018", "1", quantity=2)])

    assert bill.due_fen == yuan(260 + 160)
    assert str(bill.lines[-1].reason) == "保内期内照收，价目规定为“收”"


def test_damage_by_the_user_is_charged_where_the_item_says_so() -> None:
    book = shipped("default")
    phone = Device("1", category="手机", coverage=IN_WARRANTY)
    charges = [Charge("PI073", "1")]

    own_fault = price(book, Context(Mode.IN_STORE, (replace(phone, is_user_damage=True),)), charges)
    makers = price(book, Context(Mode.IN_STORE, (phone,)), charges)

    assert (own_fault.due_fen, makers.due_fen) == (yuan(600), 0)


def test_contract_items_are_free_only_under_a_contract() -> None:
    book = shipped("default")
    charges = [Charge("PI105", "1")]
    machine = Device("1", category="自助设备", is_inspected=False)

    under_contract = price(book, on_site(replace(machine, coverage=CONTRACT)), charges)
    in_warranty = price(book, on_site(replace(machine, coverage=IN_WARRANTY)), charges)

    assert under_contract.totals == {Payer.ORGANISATION: yuan(250)}
    assert in_warranty.totals == {Payer.MAKER: yuan(50), Payer.CUSTOMER: yuan(200)}


def test_one_covered_device_frees_the_way_for_all() -> None:
    book = book_of(labour("A", 100), visit_fee())
    devices = (Device("1"), Device("2", coverage=IN_WARRANTY))

    bill = price(book, on_site(*devices), [Charge("A", "1"), Charge("A", "2")])

    assert bill.totals == {Payer.CUSTOMER: yuan(100), Payer.MAKER: yuan(150)}


# Travel (O-009, decision 9)


@pytest.mark.parametrize(
    ("km", "fee"), [(None, 50), ("0", 50), ("5", 50), ("5.1", 53), ("6", 53), ("6.01", 56), ("40", 155)]
)
def test_beyond_the_free_kilometres_each_started_one_counts(km: str | None, fee: int) -> None:
    bill = price(shipped("default"), on_site(km=Decimal(km) if km else None), [])

    assert bill.due_fen == yuan(fee)


def test_the_visit_fee_is_taken_once_for_all_visits_of_a_report() -> None:
    visits = (Visit("1", at(10)), Visit("2", at(10, day=12)), Visit("3", at(10, day=13)))

    bill = price(shipped("default"), on_site(visits=visits), [])

    assert [str(x.reason) for x in bill.lines if x.role is Role.VISIT] == ["同一次报修上门 3 次，只收一次"]
    assert bill.due_fen == yuan(50)


def test_a_visit_fee_that_was_paid_before_stands_with_nothing() -> None:
    bill = price(shipped("default"), on_site(is_visit_paid_before=True, km=Decimal(20)), [])

    assert [(x.code, x.amount_fen, x.rule) for x in bill.lines if x.role in (Role.VISIT, Role.DISTANCE)] == [
        ("PI001", 0, Rule.VISIT_ONCE)
    ]


@pytest.mark.req("R-091")
@pytest.mark.parametrize("mode", [Mode.IN_STORE, Mode.MAIL_IN, Mode.REMOTE])
def test_where_nobody_comes_there_is_no_way_no_hour_and_no_express(mode: Mode) -> None:
    context = Context(mode=mode, devices=(ONE,), km=Decimal(30), visits=(Visit("1", at(22), is_holiday=True),))

    bill = price(shipped("default"), context, [Charge("PI045", "1")])

    assert bill.due_fen == yuan(150)
    assert {line.role for line in bill.lines} <= {Role.WORK, Role.INSPECTION}


def test_pick_up_replaces_the_visit_fee_unless_somebody_inspected_on_site() -> None:
    book = shipped("default")
    context = Context(mode=Mode.PICK_UP, devices=(ONE,))

    taken = price(book, context, [])
    inspected = price(book, replace(context, is_inspected_on_site=True), [])

    assert (taken.due_fen, inspected.due_fen) == (yuan(80), yuan(130))


def test_two_makers_on_one_visit_take_the_dearer_way_once() -> None:
    near = book_of(labour("A", 60), surcharge("R", Role.REMOTE_FEE, 2), travel=Travel.REMOTE, free_km=20)
    far = book_of(labour("B", 50), surcharge("R", Role.REMOTE_FEE, 2), travel=Travel.REMOTE, free_km=10)
    context = on_site(km=Decimal(35))

    bill = price_together([(near, context, [Charge("A", "1")]), (far, context, [Charge("B", "1")])])

    assert amounts(bill.lines) == [("R", 0), ("A", yuan(60)), ("R", yuan(50)), ("B", yuan(50))]
    assert str(bill.lines[0].reason) == "同一次上门只收一份，取较高者"


def test_an_item_without_a_price_cannot_be_billed_and_is_not_free() -> None:
    book = plus(shipped("奥普"), labour("L", 80))

    near = price(book, on_site(km=Decimal(15)), [Charge("L", "1")])
    with pytest.raises(Refused) as refused:
        price(book, on_site(km=Decimal(16)), [Charge("L", "1")])

    assert near.due_fen == yuan(80)
    assert str(refused.value) == "“超区路费(远程费)”没有定价，不能收费，请先在价目表中填写价格"
    assert refused.value.code == "no_price"


def test_distance_bands_hold_up_to_their_end_and_a_gap_is_refused() -> None:
    bands = (DistanceBand(0, 1, yuan(30)), DistanceBand(3, 5, yuan(50)))
    book = book_of(visit_fee(30), travel=Travel.BANDS, distance_bands=bands)

    fees = [price(book, on_site(km=Decimal(km)), []).due_fen for km in ("0", "1", "3.5", "5")]
    with pytest.raises(Refused) as refused:
        price(book, on_site(km=Decimal(2)), [])

    assert fees == [yuan(30), yuan(30), yuan(50), yuan(50)]
    assert str(refused.value) == "距离 2 公里没有对应的上门费，请在价目规则中补上这一档"


# The express surcharge


@pytest.mark.req("R-182")
@pytest.mark.parametrize(
    ("passed", "due", "reason"),
    [
        (timedelta(minutes=52), 130, "约定后 52 分钟到达，未超过 60 分钟"),
        (timedelta(minutes=60), 130, "约定后 60 分钟到达，未超过 60 分钟"),
        (timedelta(minutes=60, seconds=1), 50, "约定后超过 60 分钟才到达（60 分 1 秒），极速加价免收"),
        (timedelta(minutes=61), 50, "约定后超过 60 分钟才到达（61 分 0 秒），极速加价免收"),
    ],
    ids=["52 min", "60 min", "60:01", "61 min"],
)
def test_express_is_charged_only_for_an_arrival_within_the_hour(passed: timedelta, due: int, reason: str) -> None:
    visits = (Visit("1", TEN + passed),)
    context = Context(mode=Mode.EXPRESS, devices=(ONE,), visits=visits, express_agreed_at=TEN)

    bill = price(shipped("default"), context, [])

    express = next(line for line in bill.lines if line.role is Role.EXPRESS)
    assert (bill.due_fen, str(express.reason)) == (yuan(due), reason)
    assert express.unit_fen == yuan(80)


def test_before_arrival_express_is_the_price_to_expect_and_other_modes_never_have_it() -> None:
    book = shipped("default")

    expected = price(book, Context(mode=Mode.EXPRESS, devices=(ONE,), express_agreed_at=TEN), [])
    ordinary = price(book, on_site(express_agreed_at=TEN, visits=(Visit("1", TEN),)), [])

    assert (expected.due_fen, ordinary.due_fen) == (yuan(130), yuan(50))


# Outcomes (O-010, decision 10)


@pytest.mark.req("O-010")
@pytest.mark.parametrize(
    ("declined", "due", "told"),
    [
        (Declined.VISIT, 50, "检测后如不维修，需付 ¥50.00（上门费 ¥50.00）"),
        (Declined.INSPECTION, 50, "检测后如不维修，需付 ¥50.00（检测费 ¥50.00）"),
        (Declined.BOTH, 100, "检测后如不维修，需付 ¥100.00（上门费 ¥50.00、检测费 ¥50.00）"),
    ],
)
def test_a_declined_repair_costs_what_the_books_policy_says_and_the_customer_was_told(
    declined: Declined, due: int, told: str
) -> None:
    book = book_of(visit_fee(), inspection_fee(), declined=declined)

    bill = price(book, on_site(outcome=Outcome.DECLINED), [])

    assert bill.due_fen == yuan(due)
    assert str(told_at_intake(price_if_declined(book, on_site()))) == told


def test_what_is_due_for_many_devices_alike_is_told_once() -> None:
    book = book_of(visit_fee(), inspection_fee(), declined=Declined.BOTH)
    rooms = [replace(ONE, key=str(number)) for number in range(28)]

    told = told_at_intake(price_if_declined(book, on_site(*rooms)))

    assert str(told) == "检测后如不维修，需付 ¥1,450.00（上门费 ¥50.00、检测费 ¥50.00 × 28）"


@pytest.mark.req("O-010")
def test_nothing_found_costs_the_visit_and_no_inspection() -> None:
    bill = price(shipped("default"), on_site(outcome=Outcome.NOTHING_FOUND), [])

    assert bill.due_fen == yuan(50)
    assert [str(x.reason) for x in bill.lines if x.role is Role.INSPECTION] == ["未查出问题，检测费免收"]


def test_cancelled_before_inspection_costs_the_visit_only_if_somebody_came() -> None:
    book = shipped("default")

    nobody_came = price(book, on_site(outcome=Outcome.CANCELLED), [])
    came = price(book, on_site(outcome=Outcome.CANCELLED, visits=(Visit("1", at(20)),)), [])

    assert nobody_came.lines == ()
    assert amounts(came.lines) == [("PI001", yuan(50))]


def test_cancelled_after_a_timely_express_arrival_costs_both() -> None:
    context = Context(Mode.EXPRESS, (ONE,), (Visit("1", TEN + timedelta(minutes=40)),), Outcome.CANCELLED)

    bill = price(shipped("default"), replace(context, express_agreed_at=TEN), [])

    assert bill.due_fen == yuan(130)


def test_declined_at_night_costs_visit_inspection_and_the_night() -> None:
    context = on_site(outcome=Outcome.DECLINED, visits=(Visit("1", at(19)),))

    bill = price(shipped("default"), context, [Charge("PI028", "1")])

    assert bill.due_fen == yuan(50 + 60 + 40)
    assert [str(x.reason) for x in bill.lines if x.code == "PI028"] == ["没有维修，不收维修费"]


@pytest.mark.req("R-176")
def test_when_the_customer_agrees_the_inspection_stands_with_nothing_and_its_reason() -> None:
    phone = Device("1", category="手机")

    bill = price(shipped("default"), Context(Mode.IN_STORE, (phone,)), [Charge("PI073", "1")])

    assert [(x.code, x.unit_fen, x.amount_fen, str(x.reason)) for x in bill.lines] == [
        ("PI004", yuan(50), 0, "同意维修，检测费不收"),
        ("PI073", yuan(600), yuan(600), "按价目收取"),
    ]


def test_an_inspection_that_was_put_on_the_quote_by_hand_is_set_off_once() -> None:
    phone = Device("1", category="手机")
    charges = [Charge("PI004", "1", key="7"), Charge("PI073", "1", key="8")]

    accepted = price(shipped("default"), Context(Mode.IN_STORE, (phone,)), charges)
    declined = price(shipped("default"), Context(Mode.IN_STORE, (phone,), outcome=Outcome.DECLINED), charges)

    assert [(x.charge, x.amount_fen) for x in accepted.lines] == [("7", 0), ("8", yuan(600))]
    assert [(x.charge, x.amount_fen) for x in declined.lines] == [("7", yuan(50)), ("8", 0)]


def test_the_inspection_of_the_category_goes_before_the_general_one_and_costs_less_in_the_shop() -> None:
    book = shipped("default")
    computer = Device("1", category="电脑", outcome=Outcome.DECLINED)

    at_home = price(book, on_site(computer), [])
    in_store = price(book, Context(Mode.IN_STORE, (computer,)), [])

    assert (at_home.due_fen, in_store.due_fen) == (yuan(50 + 60), yuan(30))


def test_each_device_has_its_own_outcome() -> None:
    devices = (Device("1", category="冰箱"), Device("2", category="电视", outcome=Outcome.DECLINED))

    bill = price(shipped("default"), on_site(*devices), [Charge("PI049", "1")])

    assert amounts(bill.lines) == [("PI001", yuan(50)), ("PI004", 0), ("PI005", yuan(80)), ("PI049", yuan(100))]


def without_fee(book: Book) -> Book:
    """The book as shops have it that were set up before it had a fee for a wasted trip."""
    return replace(book, items={code: item for code, item in book.items.items() if item.role is not Role.EMPTY_TRIP})


@pytest.mark.req("O-043")
def test_an_empty_trip_costs_its_own_fee_or_else_the_visit() -> None:
    wasted = on_site(outcome=Outcome.EMPTY_TRIP, visits=(Visit("1", at(10)),), km=Decimal(12))

    by_maker = price(shipped("奥普"), wasted, [])
    by_store = price(shipped("default"), wasted, [])
    without = price(without_fee(shipped("default")), replace(wasted, km=None), [])

    assert amounts(by_maker.lines) == [("AP02", yuan(30))]
    assert amounts(by_store.lines) == [("MD01", yuan(50))]
    assert amounts(without.lines) == [("PI001", yuan(50))]


@pytest.mark.req("O-043")
@pytest.mark.parametrize(("flag", "due"), [(Payer.CUSTOMER, 30), (Payer.MAKER, 0), (Payer.SHOP, 0)])
def test_an_empty_trip_in_the_makers_period_is_claimed_from_whom_the_book_says(flag: Payer, due: int) -> None:
    book = plus(shipped("奥普"), extras_in_warranty={Extra.EMPTY_TRIP: flag})
    device = Device("1", category="浴霸", coverage=IN_WARRANTY)

    bill = price(book, on_site(device, outcome=Outcome.EMPTY_TRIP, visits=(Visit("1", at(10)),)), [])

    fee = next(line for line in bill.lines if line.role is Role.EMPTY_TRIP)
    assert (fee.code, fee.amount_fen, fee.payer, bill.due_fen) == ("AP02", yuan(30), flag, yuan(due))


@pytest.mark.req("O-043")
def test_a_wasted_trip_before_the_visit_costs_its_fee_beside_it() -> None:
    after = on_site(visits=(Visit("1", at(10)),), wasted_trips=2)
    never = on_site(outcome=Outcome.EMPTY_TRIP, wasted_trips=1)

    assert ("AP02", yuan(60)) in amounts(price(shipped("奥普"), after, []).lines)
    assert amounts(price(shipped("奥普"), never, []).lines) == [("AP02", yuan(30))]
    assert ("MD01", yuan(100)) in amounts(price(shipped("default"), after, []).lines)
    for book in (without_fee(shipped("default")), shipped("前锋")):  # whose maker lists none may take none
        assert Role.EMPTY_TRIP not in [line.role for line in price(book, after, []).lines]


# Height


@pytest.mark.parametrize(
    ("height", "fee"), [(0, 0), (250, 0), (299, 0), (300, 150), (600, 150), (601, 400), (2000, 400)]
)
def test_the_items_range_decides_over_the_height(height: int, fee: int) -> None:
    device = Device("1", category="空调", height_cm=height)

    bill = price(shipped("default"), on_site(device), [])

    assert sum(x.amount_fen for x in bill.lines if x.role is Role.HEIGHT) == yuan(fee)


@pytest.mark.req("O-009")
def test_a_height_without_a_price_is_refused() -> None:
    book = book_of(surcharge("H", Role.HEIGHT, 150, from_cm=300, to_cm=600), height_free_below_cm=200)

    with pytest.raises(Refused) as refused:
        price(book, on_site(Device("1", height_cm=250)), [])

    assert str(refused.value) == "作业高度 2.5 米没有对应的价格，请在价目表中补上这一档"


def test_a_height_fee_chosen_by_hand_goes_before_the_range() -> None:
    device = Device("1", category="空调", height_cm=400)

    bill = price(shipped("default"), on_site(device), [Charge("PI015", "1")])

    assert [(x.code, x.amount_fen) for x in bill.lines if x.role is Role.HEIGHT] == [("PI015", yuan(400))]


# The hour


@pytest.mark.parametrize(
    ("arrived", "fee"),
    [
        (at(7, 59, 59), 40),
        (at(8), 0),
        (at(17, 59, 59), 0),
        (at(18), 40),
        (at(23, 59), 40),
        (at(0), 40),
    ],
    ids=["07:59:59", "08:00", "17:59:59", "18:00", "23:59", "00:00"],
)
def test_time_bands_are_half_open(arrived: datetime, fee: int) -> None:
    bill = price(shipped("default"), on_site(visits=(Visit("1", arrived),)), [])

    assert sum(x.amount_fen for x in bill.lines if x.role is Role.NIGHT) == yuan(fee)


def test_night_and_holiday_do_not_stack_the_higher_one_counts() -> None:
    bill = price(shipped("default"), on_site(visits=(Visit("1", at(20), is_holiday=True),)), [])

    hours = [(x.role, x.amount_fen, str(x.reason)) for x in bill.lines if x.role in (Role.NIGHT, Role.HOLIDAY)]
    assert hours == [
        (Role.NIGHT, 0, "与“节假日加价”不叠加，只收较高的一项"),
        (Role.HOLIDAY, yuan(50), "2026-03-11 是法定节假日"),
    ]


def test_the_surcharge_for_height_at_night_takes_the_place_of_the_night() -> None:
    device = Device("1", category="空调", height_cm=400)
    context = on_site(device, visits=(Visit("1", at(20)),))

    bill = price(shipped("default"), context, [Charge("PI016", "1")])

    hours = {x.code: x.amount_fen for x in bill.lines if x.code in ("PI010", "PI014", "PI016")}
    assert hours == {"PI010": 0, "PI014": yuan(150), "PI016": yuan(150)}


@pytest.mark.parametrize(
    ("arrived", "left", "hours"),
    [
        (at(19), at(21), 0),
        (at(19), at(21, 1), 1),
        (at(21), at(22), 1),
        (at(21), at(22, 1), 2),
        (at(23, 30), at(1, 15, day=12), 2),
        (at(7), at(9), 1),
        (at(10), at(12), 0),
    ],
)
def test_overtime_counts_started_hours_of_the_late_evening(arrived: datetime, left: datetime, hours: int) -> None:
    bill = price(shipped("default"), on_site(visits=(Visit("1", arrived, left),)), [])

    assert sum(x.quantity for x in bill.lines if x.role is Role.OVERTIME) == hours
    assert sum(x.amount_fen for x in bill.lines if x.role is Role.OVERTIME) == yuan(50 * hours)


# Choices that cannot stand


def test_refilling_and_a_repair_that_holds_it_exclude_each_other() -> None:
    charges = [Charge("PI021", "1"), Charge("PI032", "1")]

    with pytest.raises(Refused) as refused:
        price(shipped("default"), on_site(), charges)
    on_two = price(shipped("default"), on_site(ONE, Device("2")), [charges[0], Charge("PI032", "2")])

    assert str(refused.value) == "“加氟补氟(1-1.5匹)”和“更换四通阀”不能同时收取，请删去其中一项"
    assert on_two.due_fen == yuan(50 + 180 + 400)


def test_a_package_replaces_the_lines_it_names() -> None:
    heater = Device("1", category="净水器设备")

    bill = price(shipped("前锋"), on_site(heater), [Charge("QF06-1", "1"), Charge("QF92", "1")])

    assert bill.due_fen == 0
    assert str(bill.lines[0].reason) == "已包含在“更换滤芯(免上门服务费)”中，不再单收"


@pytest.mark.parametrize(
    ("charge", "sentence"),
    [
        (Charge("XX", "1"), "价目“门店价目”里没有编号为 XX 的项目，请从价目表中重新选择"),
        (Charge("PI001", "1"), "“上门费(5公里内)”由系统按规则计算，不用选择，请删去这一项"),
        (Charge("PI028", "1", quantity=0), "“更换室内或室外风机”的数量应为 1 到 9999，请更正"),
        (
            Charge("PI073", "1"),
            "“更换屏幕总成(中端)”仅限店内维修，请把服务方式改为到店、上门取送或寄修，或选择别的项目",
        ),
    ],
)
def test_a_choice_that_cannot_be_priced_is_refused_with_the_way_on(charge: Charge, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        price(shipped("default"), on_site(), [charge])

    assert str(refused.value) == sentence


def test_a_shop_item_can_be_chosen_once_the_device_is_in_the_shop() -> None:
    bill = price(shipped("default"), Context(Mode.PICK_UP, (Device("1", category="手机"),)), [Charge("PI073", "1")])

    assert bill.due_fen == yuan(80 + 600)


def test_the_shop_price_is_lower_than_the_price_at_home() -> None:
    book = shipped("default")
    computer = Device("1", category="电脑")

    prices = {mode: price(book, Context(mode, (computer,)), [Charge("PI082", "1")]) for mode in Mode}

    assert prices[Mode.IN_STORE].due_fen == yuan(40)
    assert prices[Mode.ON_SITE].due_fen == yuan(50 + 60)


def test_the_variant_that_says_most_wins() -> None:
    item = labour("A", 100, variants=(Variant(yuan(80), Mode.ON_SITE), Variant(yuan(70), Mode.ON_SITE, Area.RURAL)))

    prices = [
        item.price_in(Mode.EXPRESS, Area.RURAL),
        item.price_in(Mode.ON_SITE, Area.OTHER),
        item.price_in(Mode.IN_STORE, Area.RURAL),
    ]

    assert prices == [yuan(70), yuan(80), yuan(100)]


# Minimum and small change


@pytest.mark.parametrize(("area", "due"), [(Area.OTHER, 50), (Area.FIRST_TIER, 60)])
def test_less_than_the_minimum_is_filled_up_by_area(area: Area, due: int) -> None:
    book = plus(shipped("奥普"), labour("L", 40), part("P", 500))

    bill = price(book, on_site(area=area), [Charge("L", "1"), Charge("P", "1")])

    assert bill.due_fen == yuan(due + 500)


def test_the_minimum_is_not_asked_where_the_maker_pays_the_labour() -> None:
    book = plus(shipped("奥普"), labour("L", 40))

    bill = price(book, on_site(replace(ONE, coverage=IN_WARRANTY)), [Charge("L", "1")])

    assert bill.totals == {Payer.CUSTOMER: 0, Payer.MAKER: yuan(40)}


@pytest.mark.req("O-007")
@pytest.mark.parametrize(("unit", "due"), [(0, 187.60), (100, 187), (500, 185), (1000, 180)])
def test_small_change_is_taken_off_on_a_line_of_its_own(unit: int, due: float) -> None:
    book = book_of(labour("A", 187.60), cash_rounding_fen=unit)

    bill = price(book, on_site(), [Charge("A", "1")])

    assert bill.due_fen == yuan(due)
    assert [x.amount_fen for x in bill.lines if x.role is Role.ROUNDING] == ([yuan(due - 187.60)] if unit else [])


def test_the_policy_survives_its_storage() -> None:
    policy = BookPolicy(
        travel=Travel.REMOTE,
        free_km_by_area={Area.RURAL: 10},
        distance_bands=(DistanceBand(0, None, yuan(30)),),
        extras_in_warranty={Extra.NIGHT: Payer.MAKER},
        cash_rounding_fen=500,
    )

    assert BookPolicy.from_json(policy.as_json()) == policy


@pytest.mark.parametrize(
    "stored",
    [
        {"travel": "rocket"},
        {"free_km": -1},
        {"free_km": "5"},
        {"rank_percents": [50, 100]},
        {"rank_percents": [101]},
        {"night_from": "26:00"},
        {"cash_rounding_fen": 300},
        {"extras_in_warranty": {"wind": "maker"}},
        {"distance_bands": [[0, 1]]},
        {"sets_off_inspection": 1},
        {"discount": 5},
    ],
)
def test_a_policy_with_a_wrong_field_is_refused_and_names_it(stored: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        BookPolicy.from_json(stored)

    assert list(refused.value.errors) == list(stored)


def test_charged_means_charged_whoever_covers() -> None:
    book = book_of(labour("A", 80, warranty_rule=WarrantyRule.CHARGED))

    bill = price(book, on_site(replace(ONE, coverage=EXTENDED)), [Charge("A", "1")])

    assert bill.due_fen == yuan(80)


def test_the_worked_example_of_the_documentation_is_what_the_engine_says() -> None:
    device = Device("1", category="空调", height_cm=400)
    context = on_site(device, km=Decimal(8), visits=(Visit("1", at(19, 10)),))
    charges = [Charge("PI031", "1"), Charge("PI029", "1")]
    text = (Path(__file__).parents[2] / "docs" / "pricing.md").read_text(encoding="utf-8")

    bill = price(shipped("default"), context, charges)
    in_warranty = price(shipped("default"), replace(context, devices=(replace(device, coverage=IN_WARRANTY),)), charges)
    declined = price_if_declined(shipped("default"), context)

    rows = [
        f"| {x.name} | {x.quantity} × {in_yuan(x.unit_fen)} | {in_yuan(x.amount_fen)} | {x.rule} | {x.reason} |"
        for x in bill.lines
    ]
    assert [row for row in text.splitlines() if re.match(r"\| .* \| \d+ × ", row)] == rows
    assert (bill.due_fen, in_warranty.due_fen, declined.due_fen) == (yuan(2124), yuan(150), yuan(159))
    assert in_warranty.totals == {Payer.MAKER: yuan(2000), Payer.SHOP: yuan(49), Payer.CUSTOMER: yuan(150)}
