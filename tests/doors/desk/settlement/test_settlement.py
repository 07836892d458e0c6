"""The page of 结算: list, bill, money, posting, reversal; who may and who may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from gongdan.kernel.actor import Actor
from gongdan.orders.models import Order
from gongdan.pricing.models import PriceItem
from gongdan.repair.models import PartLine
from gongdan.settlement import actions
from gongdan.settlement.models import Account, Adjustment, Bill, Payment
from tests.settlement.cast import Make, rows, wechat

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Actor], Client]


def way(order: Order, *verb: str) -> str:
    return "/".join(["/settlement", order.number, *verb, ""])


def money(payee: Actor, /, tendered: str = "187", account: str = "wechat", **changed: str) -> dict[str, str]:
    """What the till sends for one row."""
    typed = {"tendered": tendered, "payee": str(payee.id), "day": "2026-03-11", "account": account, "once_key": "k1"}
    return typed | changed


@pytest.fixture
def till_client(cashier: Actor, client_for: ClientFor) -> Client:
    return client_for(cashier)


@pytest.mark.req("R-172")
def test_the_list_is_the_finished_repairs_with_due_and_received(
    finished: Make, in_repair: Make, settled: Make, cashier: Actor, now: datetime, till_client: Client
) -> None:
    waiting, paid = finished(318_00, name="张三"), finished(99_00, name="李四")
    actions.receive(paid.pk, wechat(99_00, cashier, now), by=cashier, at=now)
    others = [in_repair(50_00, name="王五"), settled(60_00, name="赵六")]

    page = till_client.get("/settlement/").content.decode()

    for words in (waiting.number, "张三", "¥318.00", "未收款", paid.number, "¥99.00", "已收齐", "选择右边的工单"):
        assert words in page
    assert [order.number for order in others if order.number in page] == []
    done = till_client.get("/settlement/?scope=settled").content.decode()
    assert (others[1].number in done, waiting.number in done) == (True, False)
    assert "没有待结算的工单" not in page


def test_an_empty_list_says_what_comes_here(till: object, till_client: Client) -> None:
    page = till_client.get("/settlement/").content.decode()

    assert "没有待结算的工单" in page
    assert "师傅完工后，工单会出现在这里" in page


@pytest.mark.req("R-172")
@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_with_one_row_and_with_three(
    finished: Make, cashier: Actor, client_for: ClientFor, count: int, django_assert_num_queries: Any
) -> None:
    for n in range(count):
        finished(100_00, name=f"客户{n}")
    client = client_for(cashier)
    client.get("/settlement/")

    headers = {"HX-Request": "true", "HX-Target": "table#rows"}
    with django_assert_num_queries(LIST_QUERIES):
        assert client.get("/settlement/", headers=headers).status_code == 200


LIST_QUERIES = 6  # session, user, roles, lent sites, orders, received sums


@pytest.mark.req("R-172", "R-175")
def test_the_bill_shows_lines_payer_reason_and_the_due_in_capitals(finished: Make, till_client: Client) -> None:
    order = finished(187_00)

    page = till_client.get(way(order)).content.decode()

    for words in ("更换屏幕总成", "1 块", "用户", "为什么", "¥187.00", "人民币壹佰捌拾柒元整", "还差", "确定结算"):
        assert words in page
    assert 'name="due"' not in page
    assert 'name="amount"' not in page
    assert 'name="tendered"' in page


@pytest.mark.req("R-014")
def test_only_flagged_staff_are_offered_as_payee(finished: Make, agent: Actor, till_client: Client) -> None:
    page = till_client.get(way(finished())).content.decode()

    options = page.partition('name="payee"')[2].partition("</select>")[0]
    assert ("林晓" in options, "李建国" in options, "王芳" in options) == (True, True, False)


@pytest.mark.req("O-002", "R-173")
def test_cash_is_taken_and_the_change_is_told(finished: Make, cashier: Actor, till_client: Client) -> None:
    order = finished(187_00)

    answer = till_client.post(way(order, "pay"), money(cashier, "200", "cash"), follow=True)

    page = answer.content.decode()
    assert answer.redirect_chain == [(way(order), 303)]
    assert "已收 ¥187.00，找零 ¥13.00" in page
    assert "收到 ¥200.00，找零 ¥13.00" in page
    assert rows(order) == [(187_00, "cash", "林晓")]
    number = Payment.objects.get().receipt_number
    receipt = page.partition(f"收据 {number}")[0].rpartition('<a href="')[2].partition('"')[0]
    assert "人民币壹佰捌拾柒元整" in till_client.get(receipt.replace("&amp;", "&")).content.decode()


@pytest.mark.req("R-173", "O-001")
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("payee", "", "请选择收款人"),
        ("day", "", "请填写收款日期"),
        ("day", "2026-03-99", "请填写日期"),
        ("account", "", "请选择收款账户"),
        ("account", "gold", "不在可选范围内"),
        ("tendered", "", "请填写收到的金额"),
        ("tendered", "一百", "不是金额"),
        ("tendered", "200", "只有现金可以找零"),
    ],
)
def test_a_row_that_lacks_something_says_so_at_the_field_and_keeps_what_was_typed(
    finished: Make, cashier: Actor, till_client: Client, field: str, value: str, words: str
) -> None:
    order = finished(187_00)

    answer = till_client.post(way(order, "pay"), money(cashier, reference="4200009", **{field: value}))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'value="4200009"' in page
    assert rows(order) == []


@pytest.mark.req("R-175")
@pytest.mark.parametrize("verb", ["pay", "on-account", "discount", "post"])
@pytest.mark.parametrize("field", ["due", "amount", "price", "total", "due_fen"])
def test_a_typed_amount_due_is_refused_naming_the_field(
    finished: Make, admin: Actor, client_for: ClientFor, verb: str, field: str
) -> None:
    order = finished(187_00)
    typed = money(admin, reason="月结", due_on="2027-01-01", rule="goodwill", seen=str(order.version))

    answer = client_for(admin).post(way(order, verb), typed | {field: "1"})

    assert answer.status_code == 422
    assert f"请去掉“{field}”" in answer.content.decode()
    assert (rows(order), Bill.objects.count(), Adjustment.objects.count()) == ([], 0, 0)


@pytest.mark.req("O-002", "R-174")
def test_posting_is_refused_in_words_until_the_gap_is_explained(
    finished: Make, cashier: Actor, till_client: Client
) -> None:
    order = finished(187_00)
    till_client.post(way(order, "pay"), money(cashier, "150", "cash"))

    refused = till_client.post(way(order, "post"), {"seen": order.version, "once_key": "p1"})
    assert refused.status_code == 409
    assert "应收 ¥187.00，实收 ¥150.00，还差 ¥37.00" in refused.content.decode()

    bad = till_client.post(way(order, "on-account"), {"reason": "", "due_on": "", "once_key": "a1"})
    assert bad.status_code == 422
    assert "请填写挂账原因" in bad.content.decode()
    till_client.post(way(order, "on-account"), {"reason": "月结单位", "due_on": "2027-01-01", "once_key": "a2"})
    posted = till_client.post(way(order, "post"), {"seen": order.version, "once_key": "p2"}, follow=True)

    page = posted.content.decode()
    assert "已结算，结算单 JSTH" in page
    assert "确定结算</button>" not in page
    assert 'title="挂账"' in page or ">挂账<" in page
    assert Bill.objects.get().due_fen == 187_00
    assert Adjustment.objects.get().fen == 37_00


@pytest.mark.req("R-177")
def test_a_discount_goes_by_a_named_rule_and_can_be_undone(
    finished: Make, supervisor: Actor, client_for: ClientFor
) -> None:
    order = finished(187_00)
    client = client_for(supervisor)

    far = client.post(way(order, "discount"), {"rule": "loyal", "once_key": "d1"})
    assert far.status_code == 422
    assert "超过“老客户优惠”的上限 ¥18.70" in far.content.decode()
    given = client.post(way(order, "discount"), {"rule": "goodwill", "once_key": "d2"}, follow=True)
    assert "已优惠 ¥187.00" in given.content.decode()
    row = Adjustment.objects.get()
    undone = client.post(way(order, "undo", str(row.pk)), {"once_key": "u1"}, follow=True)

    assert "已撤销" in undone.content.decode()
    row.refresh_from_db()
    assert row.is_void


@pytest.mark.req("R-174")
def test_after_posting_everything_is_read_only_and_leaves_by_a_red_bill(
    settled: Make, supervisor: Actor, client_for: ClientFor, till_client: Client
) -> None:
    order = settled(187_00)

    page = till_client.get(way(order)).content.decode()
    for absent in ('name="tendered"', "确定结算</button>", "差额挂账", "冲红并退回待结算"):
        assert absent not in page
    boss = client_for(supervisor)
    assert "冲红并退回待结算" in boss.get(way(order)).content.decode()
    empty = boss.post(way(order, "reverse"), {"seen": order.version, "reason": "", "once_key": "r1"})
    assert (empty.status_code, "请填写冲红原因" in empty.content.decode()) == (422, True)

    red = boss.post(way(order, "reverse"), {"seen": order.version, "reason": "算错了", "once_key": "r2"}, follow=True)

    assert "工单回到待结算" in red.content.decode()
    assert "红字" in red.content.decode()
    assert Order.objects.get(pk=order.pk).status == "to_settle"


def test_a_stale_post_tells_who_was_faster(finished: Make, cashier: Actor, now: datetime, till_client: Client) -> None:
    order = finished(187_00)
    actions.receive(order.pk, wechat(187_00, cashier, now), by=cashier, at=now)

    answer = till_client.post(way(order, "post"), {"seen": order.version - 1, "once_key": "p1"})

    assert answer.status_code == 409
    assert "请核对后再保存" in answer.content.decode()
    assert Bill.objects.count() == 0


def test_a_double_click_takes_the_money_once(finished: Make, cashier: Actor, till_client: Client) -> None:
    order = finished(187_00)

    for _click in range(2):
        assert till_client.post(way(order, "pay"), money(cashier, "100")).status_code == 303

    assert rows(order) == [(100_00, "wechat", "林晓")]


def test_the_second_clerk_is_told_that_the_money_is_already_there(
    finished: Make, cashier: Actor, now: datetime, till_client: Client
) -> None:
    order = finished(187_00)
    actions.receive(order.pk, wechat(187_00, cashier, now), by=cashier, at=now)

    answer = till_client.post(way(order, "pay"), money(cashier, account="cash", once_key="k2"))

    assert answer.status_code == 422
    assert "这张工单已收齐，不用再收款" in answer.content.decode()
    assert rows(order) == [(187_00, "wechat", "林晓")]


def test_a_bill_of_nothing_needs_no_payment(finished: Make, till_client: Client) -> None:
    order = finished(187_00, covered=True)

    page = till_client.get(way(order)).content.decode()
    assert "客户应付 ¥0.00，无需收款" in page
    assert "人民币零元整" in page
    assert "厂家合计" in page
    till_client.post(way(order, "post"), {"seen": order.version, "once_key": "p1"})

    assert Bill.objects.get().due_fen == 0


@pytest.mark.req("O-005")
def test_money_comes_while_the_order_is_in_repair_and_something_is_open(
    in_repair: Make, open_part: Callable[[Order], PartLine], cashier: Actor, till_client: Client
) -> None:
    order = in_repair(187_00)
    open_part(order)

    page = till_client.get(way(order)).content.decode()
    assert "现在收的款记为预收" in page
    assert "确定结算</button>" not in page
    answer = till_client.post(way(order, "pay"), money(cashier, "100"), follow=True)

    assert "收据 SJTH" in answer.content.decode()
    assert rows(order) == [(100_00, "wechat", "林晓")]


def test_a_surplus_is_refunded_with_a_reason(
    finished: Make, cashier: Actor, supervisor: Actor, now: datetime, client_for: ClientFor
) -> None:
    order = finished(187_00)
    row = actions.receive(order.pk, wechat(187_00, cashier, now), by=cashier, at=now)
    PriceItem.objects.update(price_fen=100_00)
    client = client_for(supervisor)

    assert "多收了 ¥87.00，请先登记退款再结算" in client.get(way(order)).content.decode()
    empty = client.post(way(order, "refund", str(row.pk)), {"reason": "", "once_key": "f1"})
    assert (empty.status_code, "请填写退款原因" in empty.content.decode()) == (422, True)
    done = client.post(way(order, "refund", str(row.pk)), {"reason": "改价", "once_key": "f2"}, follow=True)

    assert "已登记退款 ¥87.00" in done.content.decode()
    assert [fen for fen, _account, _payee in rows(order)] == [187_00, -87_00]


VERBS = ["pay", "on-account", "discount", "undo/1", "refund/1", "post", "reverse"]


@pytest.mark.parametrize("verb", VERBS)
def test_verbs_are_posted_only(finished: Make, till_client: Client, verb: str) -> None:
    assert till_client.get(way(finished(), verb)).status_code == 405


@pytest.mark.parametrize("verb", VERBS)
def test_an_order_of_another_site_stays_out_of_sight(
    finished: Make, other_site: Any, hire: Callable[..., Actor], client_for: ClientFor, verb: str
) -> None:
    order = finished()
    other = client_for(hire(other_site, "pyshouyin", "番禺收银", "cashier", "supervisor", is_payee=True))

    assert other.get(way(order)).status_code == 403
    assert other.post(way(order, verb), {"seen": order.version, "reason": "x", "once_key": "k"}).status_code == 403
    assert order.number not in other.get("/settlement/").content.decode()
    assert other.get("/settlement/GD000000-0000/").status_code == 404


@pytest.mark.parametrize("verb", [verb for verb in VERBS if "/" not in verb])
def test_whoever_may_only_look_gets_no_verb(
    finished: Make, agent: Actor, cashier: Actor, client_for: ClientFor, verb: str
) -> None:
    order = finished()
    client = client_for(agent)

    page = client.get(way(order)).content.decode()
    assert "¥187.00" in page
    assert ('name="tendered"' in page, "确定结算</button>" in page) == (False, False)
    typed = money(cashier, reason="月结", due_on="2027-01-01", rule="goodwill", seen=str(order.version))
    assert client.post(way(order, verb), typed).status_code == 403
    assert (rows(order), Bill.objects.count()) == ([], 0)


def test_whoever_may_not_see_money_is_refused(
    site: Any, till: object, hire: Callable[..., Actor], client_for: ClientFor
) -> None:
    client = client_for(hire(site, "kuguan", "库管", "storekeeper"))

    assert client.get("/settlement/").status_code == 403


def test_the_technician_collects_for_himself_alone(
    finished: Make, technician: Actor, cashier: Actor, client_for: ClientFor
) -> None:
    order = finished(187_00)
    client = client_for(technician)

    page = client.get(way(order)).content.decode()
    options = page.partition('name="payee"')[2].partition("</select>")[0]
    assert ("李建国" in options, "林晓" in options) == (True, False)
    client.post(way(order, "pay"), money(technician))

    assert rows(order) == [(187_00, "wechat", "李建国")]


def test_receiving_accounts_are_kept_by_the_administrator(
    till: object, admin: Actor, cashier: Actor, client_for: ClientFor
) -> None:
    client = client_for(admin)

    assert "现金" in client.get("/setup/accounts/").content.decode()
    empty = client.post("/setup/accounts/", {"name": "", "once_key": "n1"})
    assert (empty.status_code, "请填写账户名称" in empty.content.decode()) == (422, True)
    assert client.post("/setup/accounts/", {"name": "美团", "once_key": "n2"}).status_code == 303
    row = Account.objects.get(name="美团")
    field = f"a{row.pk}"
    twice = client.post(f"/setup/accounts/{row.pk}/", {f"{field}-name": "现金", f"{field}-is_active": "on", "seen": 1})
    assert (twice.status_code, "已经有名为“现金”" in twice.content.decode()) == (422, True)
    client.post(f"/setup/accounts/{row.pk}/", {f"{field}-name": "美团收单", "seen": 1})
    stale = client.post(f"/setup/accounts/{row.pk}/", {f"{field}-name": "团", "seen": 1})

    row.refresh_from_db()
    assert (row.name, row.is_active, stale.status_code) == ("美团收单", False, 409)
    other = client_for(cashier)
    assert [other.get("/setup/accounts/").status_code, other.post(f"/setup/accounts/{row.pk}/").status_code] == [
        403,
        403,
    ]
    assert client.get(f"/setup/accounts/{row.pk}/").status_code == 405
