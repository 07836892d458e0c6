"""Receiving, explaining the gap, posting once, reversing, giving back; accounts; papers; two at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from gongdan.audit import actions as audit
from gongdan.audit.models import Delivery, Event
from gongdan.files import queries as files
from gongdan.files.models import Paper
from gongdan.followup import actions as followup
from gongdan.followup.actions import ResultDraft
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused, Stale
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from gongdan.pricing.models import PriceItem
from gongdan.repair.models import PartLine
from gongdan.settlement import actions, queries
from gongdan.settlement.actions import PaymentDraft
from gongdan.settlement.models import Account, Adjustment, Bill, Payment
from tests.settlement.cast import Make, cash, rows, wechat
from tests.together import at_once

TODAY = date(2026, 3, 11)


def told(order: Order, prefix: str = "settlement.") -> list[str]:
    """The verbs of the events about the order, oldest first."""
    found = Event.objects.filter(about_kind="orders.order", about_id=order.pk, verb__startswith=prefix)
    return list(found.order_by("id").values_list("verb", flat=True))


def status(order: Order) -> Status:
    return Status(Order.objects.get(pk=order.pk).status)


@pytest.mark.django_db
@pytest.mark.req("O-001", "R-173", "R-174")
def test_cash_to_one_and_wechat_to_another_post_with_two_rows(
    finished: Make, cashier: Actor, supervisor: Actor, now: datetime
) -> None:
    order = finished(318_00)

    actions.receive(order.pk, cash(100_00, supervisor, now), by=cashier, at=now)
    actions.receive(order.pk, wechat(218_00, cashier, now), by=cashier, at=now)
    bill = actions.post(order.pk, seen=order.version, by=cashier, at=now)

    assert rows(order) == [(100_00, "cash", "赵明"), (218_00, "wechat", "林晓")]
    assert (bill.due_fen, bill.totals, bill.state, bill.number) == (
        318_00, {"customer": 318_00}, "posted", "JSTH260311-0001",
    )  # fmt: skip
    assert [(line.name, line.amount_fen, line.payer) for line in queries.lines_of(bill.pk)] == [
        ("更换屏幕总成", 318_00, "customer")
    ]
    assert status(order) is Status.TO_FOLLOW_UP
    kept = Order.objects.get(pk=order.pk)
    assert (kept.due_fen, kept.money_state, kept.settled_at) == (318_00, "paid", now)
    assert told(order) == ["settlement.received", "settlement.received", "settlement.posted"]


@pytest.mark.django_db
@pytest.mark.req("O-001", "O-002")
def test_an_on_account_bill_posts_without_any_row(finished: Make, cashier: Actor, now: datetime) -> None:
    order = finished(318_00)

    row = actions.put_on_account(order.pk, reason="月结单位", due_on=date(2026, 4, 10), by=cashier, at=now)
    actions.post(order.pk, seen=order.version, by=cashier, at=now)

    assert (row.fen, rows(order)) == (318_00, [])
    assert Order.objects.get(pk=order.pk).money_state == "on_account"
    assert told(order) == ["settlement.on_account", "settlement.posted"]


@pytest.mark.django_db
@pytest.mark.req("O-001", "R-173")
def test_a_row_without_payee_day_or_account_is_not_kept(finished: Make, cashier: Actor, now: datetime) -> None:
    order = finished()
    whole: dict[str, Any] = {"payee_id": cashier.id, "day": TODAY, "account": "wechat"}

    for field, name in {"payee_id": "payee", "day": "day", "account": "account"}.items():
        missing = whole | {field: "" if field == "account" else None}
        with pytest.raises(Invalid) as refused:
            actions.receive(order.pk, PaymentDraft(187_00, **missing), by=cashier, at=now)
        assert list(refused.value.errors) == [name]

    assert (rows(order), told(order)) == ([], [])


@pytest.mark.django_db
@pytest.mark.req("O-002")
def test_200_in_cash_for_187_gives_13_back(finished: Make, cashier: Actor, now: datetime) -> None:
    order = finished(187_00)

    row = actions.receive(order.pk, cash(200_00, cashier, now), by=cashier, at=now)

    assert (row.tendered_fen, row.change_fen, row.amount_fen) == (200_00, 13_00, 187_00)
    actions.post(order.pk, seen=order.version, by=cashier, at=now)
    assert status(order) is Status.TO_FOLLOW_UP


@pytest.mark.django_db
@pytest.mark.req("O-002")
def test_150_for_187_is_refused_until_37_is_on_account(finished: Make, cashier: Actor, now: datetime) -> None:
    order = finished(187_00)
    actions.receive(order.pk, cash(150_00, cashier, now), by=cashier, at=now)

    with pytest.raises(Refused, match=r"应收 ¥187\.00，实收 ¥150\.00，还差 ¥37\.00"):
        actions.post(order.pk, seen=order.version, by=cashier, at=now)
    assert (status(order), Bill.objects.count()) == (Status.TO_SETTLE, 0)

    row = actions.put_on_account(order.pk, reason="下月付", due_on=date(2026, 4, 10), by=cashier, at=now)
    actions.post(order.pk, seen=order.version, by=cashier, at=now)

    assert (row.fen, Order.objects.get(pk=order.pk).money_state) == (37_00, "on_account")


@pytest.mark.django_db
def test_the_bill_on_paper_shows_the_money_that_came_and_no_box_to_tick(
    finished: Make, cashier: Actor, supervisor: Actor, now: datetime
) -> None:
    order = finished(187_00)
    actions.receive(order.pk, cash(100_00, supervisor, now), by=cashier, at=now)
    actions.receive(order.pk, wechat(50_00, cashier, now), by=cashier, at=now)
    actions.put_on_account(order.pk, reason="月结单位", due_on=date(2026, 4, 10), by=cashier, at=now)
    bill = actions.post(order.pk, seen=order.version, by=cashier, at=now)

    paper = Paper.objects.get(number=bill.number)
    assert paper.snapshot["payments"] == [
        ["2026-03-11", "现金", "赵明", "", "¥100.00"],
        ["2026-03-11", "微信", "林晓", "4200001234", "¥50.00"],
    ]
    assert paper.snapshot["adjustments"] == [["挂账", "月结单位，2026-04-10 前付清，经办 林晓", "¥37.00"]]
    assert "□" not in str(paper.snapshot)


@pytest.mark.django_db
@pytest.mark.req("O-002", "R-177")
def test_150_for_187_is_refused_until_37_is_allowed_by_a_named_rule(
    finished: Make, cashier: Actor, supervisor: Actor, now: datetime
) -> None:
    order = finished(187_00)
    actions.receive(order.pk, cash(150_00, cashier, now), by=cashier, at=now)

    with pytest.raises(Forbidden):
        actions.allow_discount(order.pk, "apology", by=cashier, at=now)
    with pytest.raises(Refused, match="超过“老客户优惠”的上限"):
        actions.allow_discount(order.pk, "loyal", by=supervisor, at=now)
    row = actions.allow_discount(order.pk, "apology", by=supervisor, at=now)
    actions.post(order.pk, seen=order.version, by=cashier, at=now)

    assert (row.fen, row.reason, row.approved_by_id) == (37_00, "服务补偿", supervisor.id)
    assert Order.objects.get(pk=order.pk).money_state == "paid"


@pytest.mark.django_db
def test_on_account_asks_for_a_reason_and_a_day_that_is_still_ahead(
    finished: Make, cashier: Actor, now: datetime
) -> None:
    order = finished()

    with pytest.raises(Invalid) as refused:
        actions.put_on_account(order.pk, reason=" ", due_on=date(2026, 3, 10), by=cashier, at=now)
    assert set(refused.value.errors) == {"reason", "due_on"}
    with pytest.raises(Invalid) as refused:
        actions.put_on_account(order.pk, reason="月结", due_on=None, by=cashier, at=now)
    assert set(refused.value.errors) == {"due_on"}


@pytest.mark.django_db
def test_on_account_and_discount_wait_for_the_end_of_the_work(
    in_repair: Make, cashier: Actor, supervisor: Actor, now: datetime
) -> None:
    order = in_repair(187_00)

    with pytest.raises(Refused, match="“维修中”，完工后才能挂账或优惠；现在可以先收款"):
        actions.put_on_account(order.pk, reason="月结", due_on=TODAY, by=cashier, at=now)
    with pytest.raises(Refused, match="完工后才能"):
        actions.allow_discount(order.pk, "goodwill", by=supervisor, at=now)


@pytest.mark.django_db
def test_what_explains_the_gap_can_be_taken_back_until_it_is_posted(
    finished: Make, cashier: Actor, now: datetime
) -> None:
    order = finished()
    other = finished(50_00, name="李四")
    row = actions.put_on_account(order.pk, reason="月结", due_on=TODAY, by=cashier, at=now)

    with pytest.raises(Missing):
        actions.void_adjustment(row.pk, order_id=other.pk, by=cashier, at=now)
    assert Order.objects.get(pk=order.pk).money_state == "on_account"
    actions.void_adjustment(row.pk, order_id=order.pk, by=cashier, at=now)
    assert Order.objects.get(pk=order.pk).money_state == "unpaid"
    with pytest.raises(Refused, match="已经撤销"):
        actions.void_adjustment(row.pk, order_id=order.pk, by=cashier, at=now)

    again = actions.put_on_account(order.pk, reason="月结", due_on=TODAY, by=cashier, at=now)
    actions.post(order.pk, seen=order.version, by=cashier, at=now)
    with pytest.raises(Refused, match="已入账，不能撤销；请先冲红"):
        actions.void_adjustment(again.pk, order_id=order.pk, by=cashier, at=now)
    assert told(order) == [
        "settlement.on_account", "settlement.adjustment_voided", "settlement.on_account", "settlement.posted",
    ]  # fmt: skip


@pytest.mark.django_db
def test_money_that_comes_later_pays_what_was_put_on_account(finished: Make, cashier: Actor, now: datetime) -> None:
    order = finished(187_00)
    row = actions.put_on_account(order.pk, reason="月结", due_on=TODAY, by=cashier, at=now)
    actions.post(order.pk, seen=order.version, by=cashier, at=now)

    actions.receive(order.pk, wechat(100_00, cashier, now), by=cashier, at=now)
    row.refresh_from_db()
    assert (row.fen, row.is_void, Order.objects.get(pk=order.pk).money_state) == (87_00, False, "on_account")

    actions.receive(order.pk, wechat(87_00, cashier, now), by=cashier, at=now)
    row.refresh_from_db()
    assert (row.fen, row.is_void, Order.objects.get(pk=order.pk).money_state) == (0, True, "paid")
    with pytest.raises(Refused, match="已收齐"):
        actions.receive(order.pk, wechat(1_00, cashier, now), by=cashier, at=now)
    reduced = Event.objects.filter(verb="settlement.on_account_reduced").order_by("id").values_list("facts", flat=True)
    assert [(facts["before"], facts["amount"]) for facts in reduced] == [(187_00, 87_00), (87_00, 0)]


@pytest.mark.django_db
@pytest.mark.req("R-014")
def test_only_flagged_staff_of_the_shop_may_stand_as_payee(
    finished: Make, agent: Actor, cashier: Actor, technician: Actor, now: datetime
) -> None:
    order = finished()

    with pytest.raises(Invalid, match="只能选有收款资格的员工"):
        actions.receive(order.pk, wechat(187_00, agent, now), by=cashier, at=now)
    assert {person.name for person in queries.payees_for(order.site_id)} == {"林晓", "李建国", "陈老板"}


@pytest.mark.django_db
@pytest.mark.req("R-014")
def test_a_technician_collects_in_his_own_name_only(
    finished: Make, technician: Actor, other_technician: Actor, cashier: Actor, now: datetime
) -> None:
    order = finished()

    with pytest.raises(Forbidden, match="收款人只能是本人"):
        actions.receive(order.pk, wechat(187_00, cashier, now), by=technician, at=now)
    with pytest.raises(Forbidden):  # not his order
        actions.receive(order.pk, wechat(187_00, technician, now), by=other_technician, at=now)
    actions.receive(order.pk, wechat(187_00, technician, now), by=technician, at=now)

    assert rows(order) == [(187_00, "wechat", "李建国")]


@pytest.mark.django_db
@pytest.mark.req("R-173")
def test_an_account_out_of_use_takes_no_money(finished: Make, cashier: Actor, now: datetime) -> None:
    order = finished()
    Account.objects.filter(code="wechat").update(is_active=False)

    with pytest.raises(Invalid) as refused:
        actions.receive(order.pk, wechat(187_00, cashier, now), by=cashier, at=now)
    assert list(refused.value.errors) == ["account"]


@pytest.mark.django_db
def test_money_is_taken_in_advance_while_the_order_is_in_repair(
    in_repair: Make, cashier: Actor, admin: Actor, now: datetime
) -> None:
    quoted, unquoted = in_repair(187_00), in_repair(None, name="李四")

    row = actions.receive(unquoted.pk, wechat(500_00, cashier, now), by=cashier, at=now)
    actions.receive(quoted.pk, wechat(100_00, cashier, now), by=cashier, at=now)

    assert (row.amount_fen, row.change_fen, queries.position(unquoted)) == (500_00, 0, None)
    assert Order.objects.get(pk=quoted.pk).money_state == "part"
    with pytest.raises(Refused, match="“维修中”，完工后才能结算"):
        actions.post(quoted.pk, seen=quoted.version, by=cashier, at=now)


@pytest.mark.django_db
@pytest.mark.req("O-005")
def test_an_open_part_never_stands_against_the_money_but_against_closing(
    finished: Make,
    open_part: Callable[[Order], PartLine],
    cashier: Actor,
    agent: Actor,
    now: datetime,
) -> None:
    order = finished(187_00)
    part = open_part(order)

    row = actions.receive(order.pk, cash(200_00, cashier, now), by=cashier, at=now)
    receipt = files.paper_by_number("receipt", row.receipt_number)
    assert receipt is not None
    printed = files.render_html(receipt, "80mm")
    assert ("收据" in printed, "人民币壹佰捌拾柒元整" in printed, "找零" in printed, "林晓" in printed) == (True,) * 4
    actions.post(order.pk, seen=order.version, by=cashier, at=now)

    happy = ResultDraft(content="好用", is_fixed=True, label="closed_well")
    with pytest.raises(Refused, match="还不能结单：配件“屏幕总成”的旧件去向还没有填写，登记人 李建国"):
        followup.record_result(order.pk, happy, by=agent, at=now)
    assert status(order) is Status.TO_FOLLOW_UP

    PartLine.objects.filter(pk=part.pk).update(old_part="left")
    followup.record_result(order.pk, happy, by=agent, at=now)
    assert status(order) is Status.CLOSED


@pytest.mark.django_db
@pytest.mark.req("O-057")
def test_posting_waits_for_no_call_back(finished: Make, cashier: Actor, now: datetime) -> None:
    posted = []
    for n in range(5):
        order = finished(100_00 + n, name=f"客户{n}")
        actions.receive(order.pk, wechat(100_00 + n, cashier, now), by=cashier, at=now)
        posted.append(actions.post(order.pk, seen=order.version, by=cashier, at=now).number)

    assert posted == [f"JSTH260311-000{n}" for n in range(1, 6)]
    assert set(Order.objects.values_list("status", flat=True)) == {"to_follow_up"}
    assert (
        Delivery.objects.filter(job="followup.jobs.schedule_call").count() == 5
    )  # planned afterwards, none waited for


@pytest.mark.django_db
@pytest.mark.req("R-174", "O-011")
def test_a_bill_of_nothing_is_posted_without_money_and_summed_for_the_maker(
    finished: Make, cashier: Actor, now: datetime
) -> None:
    order = finished(187_00, covered=True)

    bill = actions.post(order.pk, seen=order.version, by=cashier, at=now)

    assert (bill.due_fen, bill.totals["maker"], rows(order)) == (0, 187_00, [])
    assert sum(bill.totals.values()) == sum(line.amount_fen for line in queries.lines_of(bill.pk))
    assert (status(order), Order.objects.get(pk=order.pk).money_state) == (Status.TO_FOLLOW_UP, "paid")


@pytest.mark.django_db
@pytest.mark.req("R-174")
def test_a_posted_bill_is_locked_and_leaves_only_by_a_red_one(
    settled: Make, cashier: Actor, supervisor: Actor, now: datetime
) -> None:
    order = settled(187_00)
    PriceItem.objects.update(price_fen=999_00)

    assert (queries.due_of(order), queries.sheet(order).stage) == (187_00, "posted")
    with pytest.raises(Refused, match="“待回访”，完工后才能结算"):
        actions.post(order.pk, seen=order.version, by=cashier, at=now)
    with pytest.raises(Forbidden):
        actions.reverse(order.pk, "算错了", seen=order.version, by=cashier, at=now)
    with pytest.raises(Invalid, match="请填写冲红原因"):
        actions.reverse(order.pk, "  ", seen=order.version, by=supervisor, at=now)

    red = actions.reverse(order.pk, "少收了配件", seen=order.version, by=supervisor, at=now)

    bill = Bill.objects.get(is_red=False)
    assert (red.due_fen, red.totals, red.reverses_id, bill.state) == (
        -187_00,
        {"customer": -187_00},
        bill.pk,
        "reversed",
    )
    assert [line.amount_fen for line in queries.lines_of(red.pk)] == [-187_00]
    assert (bill.number, red.number) == ("JSTH260311-0001", "JSTH260311-0002")
    kept = Order.objects.get(pk=order.pk)
    assert (kept.status, kept.settled_at) == ("to_settle", None)
    assert told(order)[-1] == "settlement.reversed"
    with pytest.raises(Refused, match="没有已入账的结算单"):
        actions.reverse(order.pk, "再来", seen=kept.version, by=supervisor, at=now)

    again = Order.objects.get(pk=order.pk)
    PriceItem.objects.update(price_fen=187_00)
    assert actions.post(order.pk, seen=again.version, by=cashier, at=now).number == "JSTH260311-0003"


@pytest.mark.django_db
@pytest.mark.req("R-174")
def test_the_papers_of_a_bill_say_what_was_posted_and_that_it_was_reversed(
    settled: Make, supervisor: Actor, now: datetime
) -> None:
    order = settled(187_00)
    paper = files.paper_by_number("settlement", "JSTH260311-0001")
    assert paper is not None

    for size in ("A4", "241x140", "80mm"):
        page = files.render_html(paper, size)
        wanted = (
            "结算单",
            order.number,
            "更换屏幕总成",
            "¥187.00",
            "人民币壹佰捌拾柒元整",
            "微信",
            "林晓",
            "2026-03-11",
        )
        assert [word for word in wanted if word not in page] == []

    actions.reverse(order.pk, "算错了", seen=order.version, by=supervisor, at=now)
    old, red = files.paper(paper.pk), files.paper_by_number("settlement", "JSTH260311-0002")
    assert red is not None
    assert "已冲红" in files.render_html(old, "A4")
    assert "结算单（红字）" in files.render_html(red, "A4")
    assert "冲红 JSTH260311-0001：算错了" in files.render_html(red, "A4")


@pytest.mark.django_db
def test_a_surplus_is_given_back_by_the_way_it_came(
    in_repair: Make, admin: Actor, cashier: Actor, supervisor: Actor, now: datetime
) -> None:
    order = in_repair(None)
    row = actions.receive(order.pk, wechat(500_00, cashier, now), by=cashier, at=now)
    orders.deposit(order, result="declined", finished_at=now)
    order = orders.advance(order, "finish_repair", by=admin, at=now)

    with pytest.raises(Refused, match=r"多收了 ¥500\.00，请先登记退款再结算"):
        actions.post(order.pk, seen=order.version, by=cashier, at=now)
    with pytest.raises(Forbidden):
        actions.refund(order.pk, row.pk, reason="不修了", by=cashier, at=now)
    with pytest.raises(Invalid, match="请填写退款原因"):
        actions.refund(order.pk, row.pk, reason="", by=supervisor, at=now)
    back = actions.refund(order.pk, row.pk, reason="不修了", by=supervisor, at=now)

    assert (back.amount_fen, back.account.code, back.refunds_id) == (-500_00, "wechat", row.pk)
    assert rows(order) == [(500_00, "wechat", "林晓"), (-500_00, "wechat", "林晓")]
    with pytest.raises(Refused, match="没有多收"):
        actions.refund(order.pk, row.pk, reason="再退", by=supervisor, at=now)
    paper = Paper.objects.get(kind="receipt", number=back.receipt_number)
    assert "退款单" in files.render_html(paper, "80mm")
    actions.post(order.pk, seen=order.version, by=cashier, at=now)


@pytest.mark.django_db
def test_a_cancelled_order_takes_no_money(in_repair: Make, admin: Actor, cashier: Actor, now: datetime) -> None:
    order = in_repair(None)
    orders.advance(order, "return_to_dispatch", by=admin, at=now)
    orders.advance(order, "cancel", by=admin, at=now, reason="客户不修了")

    with pytest.raises(Refused, match="已取消，不能收款"):
        actions.receive(order.pk, wechat(100_00, cashier, now), by=cashier, at=now)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["agent", "dispatcher", "other_technician", "stranger"])
def test_who_may_not_take_or_post_money_is_refused(
    finished: Make, cashier: Actor, role: str, now: datetime, request: pytest.FixtureRequest
) -> None:
    order = finished()
    actor: Actor = request.getfixturevalue(role)
    verbs: list[Callable[[], object]] = [
        lambda: actions.receive(order.pk, wechat(187_00, cashier, now), by=actor, at=now),
        lambda: actions.put_on_account(order.pk, reason="月结", due_on=TODAY, by=actor, at=now),
        lambda: actions.allow_discount(order.pk, "goodwill", by=actor, at=now),
        lambda: actions.post(order.pk, seen=order.version, by=actor, at=now),
        lambda: actions.reverse(order.pk, "x", seen=order.version, by=actor, at=now),
        lambda: actions.refund(order.pk, 1, reason="x", by=actor, at=now),
        lambda: actions.add_account("美团", by=actor, at=now),
    ]

    for verb in verbs:
        with pytest.raises(Forbidden):
            verb()
    assert told(order) == []


@pytest.mark.django_db
def test_whoever_posts_over_a_colleagues_save_is_told(finished: Make, cashier: Actor, now: datetime) -> None:
    order = finished()
    actions.receive(order.pk, wechat(187_00, cashier, now), by=cashier, at=now)

    with pytest.raises(Stale):
        actions.post(order.pk, seen=order.version - 1, by=cashier, at=now)


@pytest.mark.django_db(transaction=True)
def test_two_cashiers_post_one_bill(finished: Make, cashier: Actor, supervisor: Actor, now: datetime) -> None:
    order = finished()
    actions.receive(order.pk, wechat(187_00, cashier, now), by=cashier, at=now)
    answers: list[str] = []

    def post(place: int) -> None:
        try:
            actions.post(order.pk, seen=order.version, by=(cashier, supervisor)[place], at=now)
            answers.append("posted")
        except Stale:
            answers.append("stale")

    at_once(2, post)

    assert sorted(answers) == ["posted", "stale"]
    assert list(Bill.objects.values_list("number", flat=True)) == ["JSTH260311-0001"]


@pytest.mark.django_db(transaction=True)
def test_a_double_click_takes_the_money_once(finished: Make, cashier: Actor, now: datetime) -> None:
    order = finished()
    answers: list[int] = []

    def click(_place: int) -> None:
        def run() -> int:
            return actions.receive(order.pk, wechat(100_00, cashier, now), by=cashier, at=now).pk

        answers.append(audit.once(cashier, "settlement.receive", "one-form", {"tendered": "100"}, run, at=now))

    at_once(2, click)

    assert rows(order) == [(100_00, "wechat", "林晓")]
    assert answers == [Payment.objects.get().pk] * 2


@pytest.mark.django_db(transaction=True)
def test_two_tills_at_once_never_take_more_than_is_due(finished: Make, cashier: Actor, now: datetime) -> None:
    order = finished(187_00)
    refused: list[str] = []

    def pay(_place: int) -> None:
        try:
            actions.receive(order.pk, wechat(187_00, cashier, now), by=cashier, at=now)
        except Refused as no:
            refused.append(no.code)

    at_once(2, pay)

    assert (rows(order), refused) == ([(187_00, "wechat", "林晓")], ["paid"])


@pytest.mark.django_db
def test_receiving_accounts_are_added_renamed_and_taken_out_of_use(till: object, admin: Actor, now: datetime) -> None:
    row = actions.add_account(" 美团 ", by=admin, at=now)
    with pytest.raises(Invalid, match="已经有名为“美团”的收款账户"):
        actions.add_account("美团", by=admin, at=now)
    with pytest.raises(Invalid, match="请填写账户名称"):
        actions.add_account(" ", by=admin, at=now)

    actions.edit_account(row.pk, name="美团收单", is_cash=False, is_active=False, seen=1, by=admin, at=now)
    with pytest.raises(Stale):
        actions.edit_account(row.pk, name="美", is_cash=False, is_active=True, seen=1, by=admin, at=now)

    assert "美团收单" not in [one["name"] for one in queries.accounts()]
    assert [one["name"] for one in queries.accounts()] == ["现金", "微信", "支付宝", "银行", "对公"]
    edited = Event.objects.get(verb="settlement.account_edited")
    assert edited.facts["changes"] == {"name": ["美团", "美团收单"], "is_active": [True, False]}


@pytest.mark.django_db
def test_the_last_account_stays_in_use(till: object, admin: Actor, now: datetime) -> None:
    Account.objects.exclude(code="cash").update(is_active=False)
    last = Account.objects.get(code="cash")

    with pytest.raises(Invalid, match="至少保留一个启用的收款账户"):
        actions.edit_account(last.pk, name="现金", is_cash=True, is_active=False, seen=1, by=admin, at=now)


@pytest.mark.django_db
def test_an_adjustment_is_void_where_less_is_due_than_was_put_on_account(
    finished: Make, cashier: Actor, now: datetime
) -> None:
    order = finished(187_00)
    row = actions.put_on_account(order.pk, reason="月结", due_on=TODAY + timedelta(days=30), by=cashier, at=now)
    PriceItem.objects.update(price_fen=150_00)

    actions.post(order.pk, seen=order.version, by=cashier, at=now)

    row.refresh_from_db()
    assert (row.fen, queries.position(order), Adjustment.objects.count()) == (
        150_00, queries.position_at(order.pk, queries.due_of(order)), 1,  # type: ignore[arg-type]  # posted: it has a due
    )  # fmt: skip
