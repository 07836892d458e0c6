"""What an order comes to, in numbered queries."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from gongdan.kernel.actor import Actor
from gongdan.pricing.models import PriceBook
from gongdan.pricing.states import Payer
from gongdan.settlement import actions, queries
from tests.settlement.cast import Make, wechat


@pytest.mark.django_db
def test_the_sheet_of_an_order_at_each_stage(
    in_repair: Make, finished: Make, settled: Make, cashier: Actor, now: datetime
) -> None:
    unquoted = in_repair(None)
    actions.receive(unquoted.pk, wechat(50_00, cashier, now), by=cashier, at=now)
    found = [queries.sheet(order) for order in (unquoted, in_repair(99_00), finished(187_00), settled(318_00))]

    assert [sheet.stage for sheet in found] == ["open", "quoted", "final", "posted"]
    assert [sheet.position.due if sheet.position else None for sheet in found] == [None, 99_00, 187_00, 318_00]
    assert [sheet.received for sheet in found] == [50_00, 0, 0, 318_00]
    assert [[(line.name, line.amount_fen) for line in sheet.lines] for sheet in found] == [
        [],
        [("更换屏幕总成", 99_00)],
        [("更换屏幕总成", 187_00)],
        [("更换屏幕总成", 318_00)],
    ]


@pytest.mark.django_db
def test_the_totals_per_payer_are_the_sums_of_the_lines(finished: Make) -> None:
    sheet = queries.sheet(finished(187_00, covered=True))

    assert dict(sheet.totals) == {Payer.MAKER: 187_00}
    assert sum(fen for _payer, fen in sheet.totals) == sum(line.amount_fen for line in sheet.lines)


@pytest.mark.django_db
def test_a_sheet_that_cannot_be_priced_says_why(finished: Make, till: PriceBook) -> None:
    order = finished(187_00)
    order.quotes.all().update(state="superseded")
    PriceBook.objects.update(valid_from=date(2027, 1, 1))

    sheet = queries.sheet(order)

    assert (sheet.stage, sheet.position) == ("open", None)
    assert sheet.trouble is not None


@pytest.mark.django_db
def test_received_sums_of_a_list_cost_one_query(
    finished: Make, cashier: Actor, now: datetime, django_assert_num_queries: object
) -> None:
    orders = [finished(100_00 + n, name=f"客户{n}") for n in range(3)]
    for order in orders[:2]:
        actions.receive(order.pk, wechat(60_00, cashier, now), by=cashier, at=now)

    with django_assert_num_queries(1):  # type: ignore[operator]  # the fixture is untyped
        found = queries.received_of([order.pk for order in orders])
    assert found == {orders[0].pk: 60_00, orders[1].pk: 60_00}
    with django_assert_num_queries(0):  # type: ignore[operator]  # the fixture is untyped
        assert queries.received_of([]) == {}
