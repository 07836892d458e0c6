"""拐弯的故事: 咨询转维修、退回维修、没修好重新派工、挂账、找零、两个人同时改一张单。"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from gongdan.catalog import queries as catalog
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.devices import queries as devices
from gongdan.dispatch import actions as dispatch
from gongdan.dispatch.actions import VisitDraft
from gongdan.followup import actions as followup
from gongdan.followup.actions import ResultDraft
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Refused, Stale
from gongdan.orders import actions as orders
from gongdan.orders.models import Order, Relation
from gongdan.orders.rules import OrderDraft
from gongdan.orders.states import Status
from gongdan.quotes import actions as quoting
from gongdan.quotes import queries as quotes
from gongdan.repair import actions as repair
from gongdan.repair.actions import CheckDraft
from gongdan.settlement import actions as settlement
from gongdan.settlement import queries as bills
from gongdan.settlement.actions import PaymentDraft
from gongdan.settlement.models import Bill
from tests.repair.shop import agreed, diagnosed, filled, fresh, line_of, seen
from tests.scenarios.story import arrives, charged, repaired, status, told

pytestmark = pytest.mark.django_db
Make = Callable[..., Order]


@pytest.fixture
def question(shop: None, agent: Actor, now: datetime) -> Order:
    """有人问空调有异味。"""
    known = next(row for row in catalog.categories() if row.name == "空调")
    order = orders.register(
        OrderDraft(
            symptom="空调开机有异味，要不要清洗",
            source="direct",
            phone="13988887777",
            customer=CustomerDraft(name="孙立", contacts=(ContactDraft("13988887777", "孙立"),)),
            category_id=known.pk,
        ),
        by=agent,
        at=now,
    )
    return orders.choose_inquiry(order.pk, seen=order.version, by=agent, at=now)


@pytest.mark.req("R-048", "R-049")
def test_咨询答复结单_一小时后转维修_另开新单并关联(question: Order, agent: Actor, now: datetime) -> None:
    with pytest.raises(Refused, match="还没有填写答复"):
        orders.close_answered(question.pk, seen=seen(question), by=agent, at=now)
    orders.answer(question.pk, text="先清洗滤网，通风半小时", seen=seen(question), by=agent, at=now)
    orders.close_answered(question.pk, seen=seen(question), by=agent, at=now)
    assert status(question) is Status.CLOSED

    later = now + timedelta(hours=1)
    made = orders.repair_from_inquiry(question.pk, by=agent, at=later)
    assert (status(made), made.symptom, made.phone, made.customer_id) == (
        Status.TO_DISPATCH,
        question.symptom,
        "13988887777",
        question.customer_id,
    )
    relation = Relation.objects.get()
    assert (relation.order_id, relation.earlier_id, relation.kind) == (made.pk, question.pk, "from_inquiry")
    with pytest.raises(Refused, match=f"已转为维修单 {made.number}"):
        orders.repair_from_inquiry(question.pk, by=agent, at=later)
    assert (fresh(question).due_fen, Bill.objects.count()) == (None, 0)
    assert told(question) == [
        "王芳 登记工单 GD260311-0001",
        "王芳 转咨询流程",
        "王芳 填写了答复",
        "王芳 答复并结单",
        "王芳 由咨询转维修，新工单 GD260311-0002",
    ]
    assert told(made) == ["王芳 登记工单 GD260311-0002", "王芳 转维修流程，等待派工"]


def test_咨询还没结单就转维修_还是原来那张(question: Order, agent: Actor, now: datetime) -> None:
    made = orders.repair_from_inquiry(question.pk, by=agent, at=now)
    assert (made.pk, status(question), Order.objects.count()) == (question.pk, Status.TO_DISPATCH, 1)


@pytest.mark.req("R-164", "R-165")
def test_试机不满意继续修_完工后又退回维修(in_repair: Make, technician: Actor, cashier: Actor, now: datetime) -> None:
    order = in_repair()
    there = now + timedelta(hours=1)
    arrives(order, technician, there)
    diagnosed(order, technician, there)
    agreed(order, technician, there, "PI021")
    repair.add_action(line_of(order).pk, "加氟 600 克", by=technician, at=there)
    filled(order, technician, there)
    refused = repair.record_trial(
        order.pk, is_accepted=False, tester="王小明", reason="外机还有异响", by=technician, at=there
    )
    with pytest.raises(Refused):
        repair.finish(order.pk, "repaired", seen=seen(order), by=technician, at=there)
    repair.add_action(line_of(order).pk, "紧固外机支架", kind="adjust", by=technician, at=there)
    first = repair.record_trial(order.pk, is_accepted=True, tester="王小明", way="paper", by=technician, at=there)
    repair.finish(order.pk, "repaired", seen=seen(order), by=technician, at=there)
    assert status(order) is Status.TO_SETTLE

    repair.reopen(order.pk, "客户反映又有异响", seen=seen(order), by=technician, at=there)
    assert (status(order), fresh(order).result, fresh(order).finished_at) == (Status.IN_REPAIR, "", None)
    repair.record_tests(
        line_of(order).pk, [CheckDraft("制冷", passed=True), CheckDraft("噪音", passed=True)], by=technician, at=there
    )
    with pytest.raises(Refused):
        repair.finish(order.pk, "repaired", seen=seen(order), by=technician, at=there)
    second = repair.record_trial(order.pk, is_accepted=True, tester="王小明", way="paper", by=technician, at=there)
    assert (refused.trial, first.trial, second.trial) == (1, 2, 3)
    assert first.sheet_hash != second.sheet_hash
    repair.finish(order.pk, "repaired", seen=seen(order), by=technician, at=there)
    assert (status(order), fresh(order).due_fen) == (Status.TO_SETTLE, 230_00)
    assert told(order, "王小明 第 1") == [
        "王小明 第 1 次试机未通过：外机还有异响",
        "李建国 记录维修措施：紧固外机支架",
        "王小明 第 2 次试机验收通过，纸质签字已存",
        "李建国 交回工单，等待结算",
        "李建国 完工：已修复",
        "工单回到维修中",
        "李建国 退回维修：客户反映又有异响",
        "李建国 填写测试：2 项通过，0 项未通过",
        "王小明 第 3 次试机验收通过，纸质签字已存",
        "李建国 交回工单，等待结算",
        "李建国 完工：已修复",
    ]


@pytest.mark.req("R-184", "R-185")
def test_回访没修好_重新派工给别人_第二次不再收钱(
    in_repair: Make,
    agent: Actor,
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    cashier: Actor,
    now: datetime,
) -> None:
    order = in_repair()
    there = now + timedelta(hours=1)
    arrives(order, technician, there)
    repaired(order, technician, there, "PI021")
    settlement.receive(order.pk, PaymentDraft(230_00, cashier.id, local_day(there), "wechat"), by=cashier, at=there)
    first = settlement.post(order.pk, seen=seen(order), by=cashier, at=there)
    later = there + timedelta(days=1)
    outcome = followup.record_result(
        order.pk,
        ResultDraft(content="今天又不制冷了", is_fixed=False, label="not_repaired", score=2),
        by=agent,
        at=later,
    )
    assert (outcome.opened, status(order)) == ("", Status.TO_DISPATCH)

    again = later + timedelta(hours=1)
    visit = dispatch.assign(
        order.pk, VisitDraft(other_technician.id, task="返修"), seen=seen(order), by=dispatcher, at=later
    )
    dispatch.accept(visit.pk, by=other_technician, at=later)
    dispatch.arrive(visit.pk, by=other_technician, at=again)
    repair.add_action(line_of(order).pk, "重新焊接漏点", by=other_technician, at=again)
    filled(order, other_technician, again)
    repair.record_trial(order.pk, is_accepted=True, tester="王小明", way="paper", by=other_technician, at=again)
    repair.finish(order.pk, "repaired", seen=seen(order), by=other_technician, at=again)
    assert (status(order), fresh(order).due_fen) == (Status.TO_SETTLE, 230_00)
    assert settlement.post(order.pk, seen=seen(order), by=cashier, at=again) == first
    assert [(bill.pk, bill.state, bill.due_fen) for bill in bills.bills_of(order.pk)] == [(first.pk, "posted", 230_00)]
    (entry,) = devices.archive(line_of(order).device_id or 0)
    assert (entry.cost_fen, entry.remedy) == (230_00, "查漏后加氟 600 克；重新焊接漏点")
    followup.record_result(
        order.pk,
        ResultDraft(content="这次好了", is_fixed=True, label="closed_well", score=4),
        by=agent,
        at=again + timedelta(days=1),
    )
    assert status(order) is Status.CLOSED
    assert told(order, "王芳 完成回访，维修状态：未修复") == [
        "王芳 完成回访，维修状态：未修复",
        "王芳 重新维修：今天又不制冷了",
        "何静 派工给 周大勇：返修",
        "派工完成，工单进入维修",
        "周大勇 接单",
        "周大勇 到达现场",
        "周大勇 到达前没有做上门前确认",
        "周大勇 记录维修措施：重新焊接漏点",
        "周大勇 填写测试：1 项通过，0 项未通过",
        "王小明 第 2 次试机验收通过，纸质签字已存",
        "周大勇 交回工单，等待结算",
        "周大勇 完工：已修复",
        "林晓 确定结算，等待回访",
        "林晓 确定结算 JSTH260311-0001：应收 ¥230.00，实收 ¥230.00",
        "计划在 2026-03-13 12:00 回访",
        "王芳 回访客户：接通",
        "王芳 完成回访，维修状态：正常关闭",
        "王芳 结单",
    ]


@pytest.mark.req("R-185")
def test_返修后应收变了_先冲红再结算(
    in_repair: Make,
    agent: Actor,
    supervisor: Actor,
    technician: Actor,
    cashier: Actor,
    dispatcher: Actor,
    now: datetime,
) -> None:
    order = in_repair()
    there = now + timedelta(hours=1)
    arrives(order, technician, there)
    repaired(order, technician, there, "PI021")
    day = local_day(there)
    settlement.receive(order.pk, PaymentDraft(230_00, cashier.id, day, "wechat"), by=cashier, at=there)
    settlement.post(order.pk, seen=seen(order), by=cashier, at=there)
    followup.record_result(
        order.pk,
        ResultDraft(content="电容也坏了", is_fixed=False, label="not_repaired", score=3),
        by=agent,
        at=there,
    )
    visit = dispatch.assign(order.pk, VisitDraft(technician.id), seen=seen(order), by=dispatcher, at=there)
    dispatch.accept(visit.pk, by=technician, at=there)
    dispatch.arrive(visit.pk, by=technician, at=there)
    standing = quotes.standing(order.pk)
    assert standing is not None
    quoting.revise(standing.pk, by=technician, at=there)
    agreed(order, technician, there, "PI021", "PI026")
    repair.add_action(line_of(order).pk, "更换电容", kind="replace", by=technician, at=there)
    filled(order, technician, there)
    repair.record_trial(order.pk, is_accepted=True, tester="王小明", way="paper", by=technician, at=there)
    repair.finish(order.pk, "repaired", seen=seen(order), by=technician, at=there)
    settlement.receive(order.pk, PaymentDraft(90_00, cashier.id, day, "wechat"), by=cashier, at=there)
    with pytest.raises(Refused, match=r"应收变成了 ¥320\.00，已入账的结算单 JSTH260311-0001 是 ¥230\.00"):
        settlement.post(order.pk, seen=seen(order), by=cashier, at=there)
    settlement.reverse(order.pk, "返修加换电容", seen=seen(order), by=supervisor, at=there)
    settlement.post(order.pk, seen=seen(order), by=cashier, at=there)
    assert [(bill.due_fen, bill.state) for bill in bills.bills_of(order.pk)] == [
        (230_00, "reversed"),
        (-230_00, "posted"),
        (320_00, "posted"),
    ]
    assert (status(order), fresh(order).money_state) == (Status.TO_FOLLOW_UP, "paid")


@pytest.mark.req("O-002")
def test_挂账单位_差额挂账后结算_到期再收(
    shop: None, in_repair: Make, technician: Actor, cashier: Actor, now: datetime
) -> None:
    order = in_repair()
    there = now + timedelta(hours=1)
    arrives(order, technician, there)
    repaired(order, technician, there, "PI021")
    day = local_day(there)
    settlement.receive(order.pk, PaymentDraft(100_00, cashier.id, day, "bank"), by=cashier, at=there)
    with pytest.raises(Refused, match=r"还差 ¥130\.00"):
        settlement.post(order.pk, seen=seen(order), by=cashier, at=there)
    owed = settlement.put_on_account(order.pk, reason="月结单位", due_on=day + timedelta(days=30), by=cashier, at=there)
    assert owed.fen == 130_00
    bill = settlement.post(order.pk, seen=seen(order), by=cashier, at=there)
    assert (bill.due_fen, fresh(order).money_state, status(order)) == (230_00, "on_account", Status.TO_FOLLOW_UP)
    month_end = there + timedelta(days=20)
    settlement.receive(
        order.pk, PaymentDraft(130_00, cashier.id, local_day(month_end), "company"), by=cashier, at=month_end
    )
    owed.refresh_from_db()
    assert (owed.fen, owed.is_void, fresh(order).money_state, bills.received(order.pk)) == (0, True, "paid", 230_00)
    assert told(order, "林晓 登记收款") == [
        "林晓 登记收款 ¥100.00（银行，收款人 林晓，找零 ¥0.00）",
        "林晓 挂账 ¥130.00：月结单位",
        "林晓 确定结算，等待回访",
        "林晓 确定结算 JSTH260311-0001：应收 ¥230.00，实收 ¥100.00",
        "挂账 ¥130.00 减为 ¥0.00",
        "林晓 登记收款 ¥130.00（对公，收款人 林晓，找零 ¥0.00）",
    ]


@pytest.mark.req("O-001")
def test_现金三百找零七十(in_repair: Make, technician: Actor, cashier: Actor, now: datetime) -> None:
    order = in_repair()
    there = now + timedelta(hours=1)
    arrives(order, technician, there)
    repaired(order, technician, there, "PI021")
    day = local_day(there)
    with pytest.raises(Refused, match="现金"):
        settlement.receive(order.pk, PaymentDraft(300_00, cashier.id, day, "wechat"), by=cashier, at=there)
    paid = settlement.receive(order.pk, PaymentDraft(300_00, cashier.id, day, "cash"), by=cashier, at=there)
    assert (paid.tendered_fen, paid.change_fen, paid.amount_fen) == (300_00, 70_00, 230_00)
    bill = settlement.post(order.pk, seen=seen(order), by=cashier, at=there)
    assert charged(bill.pk) == [
        ("PI001", 50_00, "customer"),
        ("PI006", 0, "customer"),
        ("PI021", 180_00, "customer"),
    ]
    assert told(order, "林晓 登记收款") == [
        "林晓 登记收款 ¥230.00（现金，收款人 林晓，找零 ¥70.00）",
        "林晓 确定结算，等待回访",
        "林晓 确定结算 JSTH260311-0001：应收 ¥230.00，实收 ¥230.00",
    ]


def test_两个人同时改一张单_后一个知道是谁改了什么(
    question: Order, agent: Actor, dispatcher: Actor, now: datetime
) -> None:
    at_both = seen(question)
    orders.edit(question.pk, seen=at_both, changes={"remark": "门铃坏了"}, by=dispatcher, at=now + timedelta(minutes=1))
    with pytest.raises(Stale) as stale:
        orders.edit(question.pk, seen=at_both, changes={"symptom": "漏水"}, by=agent, at=now + timedelta(minutes=2))
    assert str(stale.value) == "何静 10:01 改了：备注；请核对后再保存"
    assert (fresh(question).symptom, fresh(question).remark) == ("空调开机有异味，要不要清洗", "门铃坏了")
