"""What holds for every bill, whatever was chosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdan.pricing.rules import (
    CONTRACT,
    EXTENDED,
    IN_WARRANTY,
    MAIN_PART,
    OUT,
    PARTS_CHARGED,
    REWORK,
    Charge,
    Context,
    Device,
    Visit,
    price,
)
from gongdan.pricing.states import AUTOMATIC, Area, Mode, Outcome, Payer, Role
from tests.pricing.books import plus, shipped

STORE = shipped("default")
REFILLS = {"PI021", "PI022", "PI023", "PI024", "PI025", "PI032"}
CODES = sorted(c for c, i in STORE.items.items() if i.role not in AUTOMATIC and c not in REFILLS)
MIDNIGHT = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)  # of the shop's clock

devices = st.builds(
    Device,
    key=st.just(""),
    category=st.sampled_from(["空调", "电视", "手机", "自助设备"]),
    coverage=st.sampled_from([OUT, IN_WARRANTY, PARTS_CHARGED, MAIN_PART, EXTENDED, CONTRACT, REWORK]),
    outcome=st.sampled_from([None, *Outcome]),
    height_cm=st.integers(0, 3000),
    is_user_damage=st.booleans(),
)
visits = st.builds(
    lambda minute, stay, is_holiday: Visit(
        "v",
        MIDNIGHT + timedelta(minutes=minute),
        MIDNIGHT + timedelta(minutes=minute + stay),
        is_holiday=is_holiday,
    ),
    st.integers(0, 1439),
    st.integers(0, 900),
    st.booleans(),
)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Context, list[Charge], int]:
    """An order of up to three devices and six chosen items, and the unit of small change."""
    found = draw(st.lists(devices, min_size=1, max_size=3))
    named = tuple(replace(device, key=str(number)) for number, device in enumerate(found))
    charges = draw(
        st.lists(
            st.builds(
                Charge,
                code=st.sampled_from(CODES),
                device=st.sampled_from([device.key for device in named]),
                quantity=st.integers(1, 5),
            ),
            max_size=6,
        )
    )
    context = Context(
        mode=draw(st.sampled_from(Mode)),
        devices=named,
        visits=tuple(draw(st.lists(visits, max_size=1))),
        km=draw(st.none() | st.decimals(0, 200, places=1)),
        area=draw(st.sampled_from(Area)),
        express_agreed_at=draw(st.none() | st.just(MIDNIGHT)),
        is_inspected_on_site=draw(st.booleans()),
    )
    return context, charges, draw(st.sampled_from([0, 100, 500, 1000]))


@pytest.mark.req("R-176")
@pytest.mark.req("O-011")
@settings(max_examples=100, deadline=None)
@given(questions())
def test_sums_are_sums_of_lines_and_nobody_pays_less_than_nothing(asked: tuple[Context, list[Charge], int]) -> None:
    context, charges, unit = asked
    book = plus(STORE, cash_rounding_fen=unit, keeps_shop_items_in_shop=False)

    bill = price(book, context, charges)

    assert bill == price(book, context, charges)
    assert bill.total_fen == sum(bill.totals.values())
    assert bill.totals == {
        payer: sum(x.amount_fen for x in bill.paid_by(payer)) for payer in {x.payer for x in bill.lines}
    }
    assert bill.due_fen == bill.totals.get(Payer.CUSTOMER, 0)
    assert all(fen >= 0 for fen in bill.totals.values())
    assert all(0 <= x.labour_fen <= x.amount_fen <= x.list_fen for x in bill.lines if x.role is not Role.ROUNDING)
    assert unit == 0 or bill.due_fen % unit == 0


@settings(max_examples=50, deadline=None)
@given(questions(), st.randoms())
def test_the_order_of_entry_does_not_change_what_anybody_pays(
    asked: tuple[Context, list[Charge], int], random: Random
) -> None:
    context, charges, _unit = asked
    book = plus(STORE, keeps_shop_items_in_shop=False)
    shuffled = list(charges)
    random.shuffle(shuffled)

    assert price(book, context, shuffled).totals == price(book, context, charges).totals


@settings(max_examples=50, deadline=None)
@given(questions())
def test_every_charge_comes_back_on_a_line_with_rule_and_reason(asked: tuple[Context, list[Charge], int]) -> None:
    context, charges, _unit = asked
    book = plus(STORE, keeps_shop_items_in_shop=False)

    bill = price(book, context, charges)

    assert all(line.rule and str(line.reason) and line.name for line in bill.lines)
    by_rule = {Role.INSPECTION, Role.HEIGHT_OFF_HOURS, Role.PICK_UP}  # these stand only where their rule wants them
    chosen = {(c.code, c.device) for c in charges if STORE.items[c.code].role not in by_rule}
    assert chosen <= {(line.code, line.device) for line in bill.lines}


def test_a_distance_of_whole_kilometres_is_exact() -> None:
    bills = [
        price(STORE, Context(Mode.ON_SITE, (Device("1", outcome=Outcome.NOTHING_FOUND),), km=Decimal(km)))
        for km in range(51)
    ]

    assert [bill.due_fen for bill in bills] == [5000 + 300 * max(0, km - 5) for km in range(51)]
