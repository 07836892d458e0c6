"""W2 上门空调: 保内，约 14 点到 16 点；甲师傅赶不到，客户不肯改，转给乙师傅，14:20 到；零元结算，回访满意。"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from gongdan.catalog import queries as catalog
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.dispatch import actions as dispatch
from gongdan.dispatch import queries as dispatched
from gongdan.dispatch.actions import ConfirmationDraft, MoveDraft, VisitDraft
from gongdan.dispatch.models import Visit
from gongdan.dispatch.states import Verdict
from gongdan.followup import actions as followup
from gongdan.followup.actions import ResultDraft
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused
from gongdan.kernel.text import _
from gongdan.orders import access as orders_access
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.rules import DeviceDraft, OrderDraft
from gongdan.orders.states import Status
from gongdan.repair import actions as repair
from gongdan.settlement import actions as settlement
from tests.repair.shop import BOUGHT_LATELY, agreed, diagnosed, filled, fresh, line_of, seen
from tests.scenarios.story import charged, status, told

pytestmark = pytest.mark.django_db


def register(serial: str, name: str, address: str, agent: Actor, at: datetime, bought: date = BOUGHT_LATELY) -> Order:
    """电话登记一台保内空调，转维修。"""
    known = next(row for row in catalog.categories() if row.name == "空调")
    phone = f"1381234{serial[-4:]}"
    order = orders.register(
        OrderDraft(
            symptom="空调不制冷",
            source="direct",
            customer=CustomerDraft(
                name=name, contacts=(ContactDraft(phone, name),), addresses=(AddressDraft(address),)
            ),
            phone=phone,
            address=address,
            category_id=known.pk,
            mode="on_site",
            distance_km=4,
            devices=(
                DeviceDraft(
                    category_id=known.pk,
                    brand_text="格力",
                    model_text="KFR-35GW",
                    serial=serial,
                    purchase_on=bought,
                    invoice_no="FP1",
                ),
            ),
        ),
        by=agent,
        at=at,
    )
    return orders.choose_repair(order.pk, seen=order.version, by=agent, at=at)


@pytest.mark.req("R-070", "R-071", "R-072", "R-073", "R-074", "R-075", "R-076", "O-067")
def test_上门空调_改约被拒_转给乙师傅按时到(
    shop: None,
    agent: Actor,
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    supervisor: Actor,
    cashier: Actor,
    now: datetime,
) -> None:
    # 甲师傅 10 点到 12 点已有一单；另有一单占着乙师傅的晚上
    earlier = register("4Q97A0236001", "陈先生", "天河路 1 号", agent, now)
    morning = VisitDraft(technician.id, planned_from=now, planned_to=now + timedelta(hours=2))
    dispatch.assign(earlier.pk, morning, seen=earlier.version, by=dispatcher, at=now)
    order = register("4Q97A0236002", "王小明", "体育西路 1 号 302", agent, now)
    assert line_of(order).coverage_label == "保内"

    # 客户要今天 14 点到 16 点：谁能到，为什么
    two, four = now + timedelta(hours=4), now + timedelta(hours=6)
    found = dispatched.feasibility(technician.id, (two, four), order)
    assert (found.verdict, [leg.stop.number for leg in found.legs]) == (Verdict.POSSIBLE, [earlier.number])
    clash = dispatched.feasibility(technician.id, (now + timedelta(hours=1), now + timedelta(hours=3)), order)
    assert (clash.verdict, clash.in_the_way) == (Verdict.CONFLICT, earlier.number)
    line = VisitDraft(technician.id, planned_from=two, planned_to=four)
    first = dispatch.assign(order.pk, line, seen=order.version, by=dispatcher, at=now)
    assert (fresh(order).promised_from, fresh(order).promised_to) == (two, four)

    # 11 点甲师傅赶不及：告知会晚到，道歉，提议 16 点到 18 点；客户不同意
    eleven = now + timedelta(hours=1)
    dispatch.accept(first.pk, by=technician, at=now + timedelta(minutes=5))
    dispatch.report_delay(
        first.pk, "上一单超时", told_how="phone", new_estimate=now + timedelta(hours=7), by=technician, at=eleven
    )
    later = MoveDraft(four, four + timedelta(hours=2), "王小明", "上一单超时", apology_made=True)
    with pytest.raises(Invalid, match="不同意就保持原来的时间"):
        dispatch.move_promise(
            order.pk, later.start, later.end, consent="no", consent_of="王小明", way="phone", reason="上一单超时",
            apology_made=True, seen=seen(order), by=technician, at=eleven,
        )  # fmt: skip
    handed = dispatch.refuse_move(
        order.pk, later, to_id=other_technician.id, seen=seen(order), by=technician, at=eleven
    )
    assert handed is not None

    # 客户的时间不变，单子在乙师傅那里，甲师傅看不到了
    assert (fresh(order).promised_from, fresh(order).technician_names) == (two, "周大勇")
    with pytest.raises(Forbidden):
        orders_access.find(technician, order.number)
    dispatch.accept(handed.visit_id, by=other_technician, at=eleven + timedelta(minutes=4))
    assert dispatched.transfers_of(order.pk)[0].accepted_at == eleven + timedelta(minutes=4)

    # 乙师傅出发前联系客户，核对三项，房号不同
    leaving = two - timedelta(minutes=20)
    with pytest.raises(Refused, match="先联系客户"):
        dispatch.depart(handed.visit_id, by=other_technician, at=leaving)
    called = ConfirmationDraft(
        is_convenient=True,
        told_at=two + timedelta(minutes=20),
        device_ok=True,
        fault_ok=True,
        address_ok=True,
        differences={"address": "体育西路 1 号 1502"},
    )
    dispatch.confirm_before_visit(handed.visit_id, called, by=other_technician, at=leaving)
    assert fresh(order).address == "体育西路 1 号 1502"
    dispatch.depart(handed.visit_id, by=other_technician, at=leaving)
    there = two + timedelta(minutes=20)
    visit = dispatch.arrive(handed.visit_id, by=other_technician, at=there)
    assert (visit.is_late_unannounced, visit.is_unconfirmed, fresh(order).arrived_at) == (False, False, there)

    # 缺氟，保内，客户不付钱，零元也要结算
    diagnosed(order, other_technician, there)
    assert agreed(order, other_technician, there, "PI021").due_fen == 0
    repair.add_action(line_of(order).pk, "查漏后加氟 600 克", by=other_technician, at=there)
    filled(order, other_technician, there)
    repair.record_trial(order.pk, is_accepted=True, tester="王小明", way="paper", by=other_technician, at=there)
    done = there + timedelta(hours=1)
    repair.finish(order.pk, "repaired", seen=seen(order), by=other_technician, at=done)
    dispatch.leave(Visit.objects.get(pk=handed.visit_id).pk, by=other_technician, at=done)
    bill = settlement.post(order.pk, seen=seen(order), by=cashier, at=done)
    assert (bill.due_fen, bill.state, charged(bill.pk)[0]) == (0, "posted", ("PI001", 50_00, "maker"))
    happy = ResultDraft(content="制冷正常，师傅准时", is_fixed=True, label="closed_well", score=5)
    followup.record_result(order.pk, happy, by=agent, at=done + timedelta(days=1))
    assert status(order) is Status.CLOSED

    # 首约守住了：没有改约
    kept = dispatched.kept(now, now + timedelta(days=1), supervisor, at=now + timedelta(hours=8))
    assert (kept.first_kept, kept.moved_due) == (1, 0)
    words = told(order, "李建国 接单")
    assert words[1:8] == [
        "李建国 预约客户：接通",
        "李建国 告知客户会晚到，预计 17:00（电话）：上一单超时",
        "李建国 提出改约到 2026-03-11 16:00–18:00，王小明 不同意，保持原约定时间：上一单超时",
        "李建国 把工单从 李建国 转给 周大勇：上一单超时",
        "李建国 撤销了 李建国 的派工：转给 周大勇：上一单超时",
        "周大勇 接单",
        "周大勇 修改了工单",
    ]


@pytest.mark.req("R-085")
def test_远程没解决_不选上门或送修_不能完工也不能结单(
    in_repair: Callable[..., Order],
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    cashier: Actor,
    agent: Actor,
    now: datetime,
) -> None:
    order = in_repair(mode="in_store", bought=BOUGHT_LATELY)
    guide = VisitDraft(other_technician.id, is_remote=True)
    remote = dispatch.assign(order.pk, guide, seen=seen(order), by=dispatcher, at=now)
    dispatch.record_remote(remote.pk, "failed", by=other_technician, at=now)
    diagnosed(order, technician, now)
    agreed(order, technician, now, "PI021")
    repair.add_action(line_of(order).pk, "查漏后加氟 600 克", by=technician, at=now)
    filled(order, technician, now)
    repair.record_trial(order.pk, is_accepted=True, tester="王小明", way="paper", by=technician, at=now)
    with pytest.raises(Refused, match="远程未解决，请先选择"):
        repair.finish(order.pk, "repaired", seen=seen(order), by=technician, at=now)
    dispatch.choose_after_remote(order.pk, "in_store", seen=seen(order), by=other_technician, at=now)
    repair.finish(order.pk, "repaired", seen=seen(order), by=technician, at=now)
    settlement.post(order.pk, seen=seen(order), by=cashier, at=now)

    # 结算以后再补录一次远程失败，也要先选择才能结单
    orders.place_hold(fresh(order), "close", _("远程未解决，请先选择"), code="remote_failed", by=agent, at=now)
    happy = ResultDraft(content="好了", is_fixed=True, label="closed_well", score=5)
    with pytest.raises(Refused, match="远程未解决，请先选择"):
        followup.record_result(order.pk, happy, by=agent, at=now + timedelta(days=1))
