"""现场的几个故事: 请教同事和技术部、请人协助、带回公司再送回、安全拒修。"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from gongdan.devices.models import Device
from gongdan.devices.states import LOCATION_LABELS, Location
from gongdan.dispatch import actions as dispatch
from gongdan.dispatch.actions import VisitDraft
from gongdan.followup import actions as followup
from gongdan.followup.actions import ResultDraft
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Forbidden, Refused
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.rules import DeviceDraft, OrderDraft
from gongdan.orders.states import Status
from gongdan.repair import actions as repair
from gongdan.repair import queries
from gongdan.repair.actions import HelpDraft, PickUpDraft, RefusalDraft
from gongdan.settlement import actions as settlement
from gongdan.settlement.actions import PaymentDraft
from tests.repair.shop import agreed, diagnosed, filled, fresh, line_of, photo_of, seen
from tests.scenarios.story import arrives, charged, status, told

pytestmark = pytest.mark.django_db
Make = Callable[..., Order]


@pytest.mark.req("R-008", "R-195", "R-196", "R-197")
def test_没修过先请教同事_再请教技术部_同事来协助_两人都能填写(
    in_repair: Make,
    agent: Actor,
    technician: Actor,
    other_technician: Actor,
    supervisor: Actor,
    cashier: Actor,
    now: datetime,
) -> None:
    order = in_repair()
    there = now + timedelta(hours=1, minutes=20)
    arrives(order, technician, there)
    assert str(queries.suggests_help(fresh(order), technician, at=there)) == "您第一次修空调，拿不准时建议先求助"
    diagnosed(order, technician, there)
    asked = repair.ask_for_help(
        order.pk, HelpDraft(1, "低压接近真空，是堵还是漏？", other_technician.id), by=technician, at=there
    )
    repair.answer_help(asked.pk, "我也没见过", by=other_technician, at=there + timedelta(minutes=5))
    second = repair.ask_for_help(
        order.pk, HelpDraft(2, "要不要换四通阀？"), by=technician, at=there + timedelta(minutes=6)
    )
    repair.answer_help(second.pk, "先换过滤器", by=supervisor, at=there + timedelta(minutes=15))
    repair.add_helper(order.pk, other_technician.id, by=technician, at=there + timedelta(minutes=16))
    agreed(order, technician, there, "PI006", "PI021")
    repair.add_action(line_of(order).pk, "换过滤器", by=other_technician, at=there)
    repair.add_action(line_of(order).pk, "抽真空、加氟 600 克", by=technician, at=there)
    filled(order, technician, there)
    repair.record_trial(order.pk, is_accepted=True, tester="王小明", way="paper", by=technician, at=there)
    repair.finish(order.pk, "repaired", seen=seen(order), by=technician, at=there)
    settlement.receive(order.pk, PaymentDraft(230_00, cashier.id, local_day(there), "wechat"), by=cashier, at=there)
    settlement.post(order.pk, seen=seen(order), by=cashier, at=there)
    later = there + timedelta(days=1)
    for doer in (technician, other_technician):
        with pytest.raises(Forbidden):
            followup.record_result(order.pk, ResultDraft("好了", is_fixed=True, label="closed_well"), by=doer, at=later)
    said = told(order, "李建国 一级求助")
    assert said[:5] == [
        "李建国 一级求助，请教 周大勇：低压接近真空，是堵还是漏？",
        "周大勇 答复 李建国 的求助（一级：请教同事）：我也没见过",
        "李建国 二级求助，请教技术部：要不要换四通阀？",
        "赵明 答复 李建国 的求助（二级：请教技术部）：先换过滤器",
        "李建国 请 周大勇 协助",
    ]
    assert status(order) is Status.TO_FOLLOW_UP


@pytest.mark.req("R-093")
def test_上门修不了带回公司_修好送回客户签收_按取送收费(
    in_repair: Make, technician: Actor, cashier: Actor, now: datetime
) -> None:
    order = in_repair()
    there = now + timedelta(hours=1, minutes=20)
    arrives(order, technician, there)
    diagnosed(order, technician, there)
    draft = PickUpDraft(
        "遥控器 1 个", "外壳左下角有划痕", "王小明", local_day(there) + timedelta(days=5), way="paper", fee="agreed"
    )
    taken = repair.take_away(line_of(order).pk, draft, by=technician, at=there)

    def where() -> str:
        return str(LOCATION_LABELS[Location(Device.objects.get(pk=line_of(order).device_id or 0).location)])

    assert where() == "公司"
    agreed(order, technician, there, "PI006", "PI021")
    repair.add_action(line_of(order).pk, "换压缩机电容", by=technician, at=there)
    filled(order, technician, there)
    back = there + timedelta(days=3)
    repair.record_trial(order.pk, is_accepted=True, tester="王小明", way="paper", by=technician, at=back)
    with pytest.raises(Refused, match="还在公司"):
        repair.finish(order.pk, "repaired", seen=seen(order), by=technician, at=back)
    repair.hand_back(taken.pk, receiver="王太太", way="paper", by=technician, at=back)
    assert where() == "客户处"
    repair.finish(order.pk, "repaired", seen=seen(order), by=technician, at=back)
    due = fresh(order).due_fen or 0
    settlement.receive(order.pk, PaymentDraft(due, cashier.id, local_day(back), "wechat"), by=cashier, at=back)
    bill = settlement.post(order.pk, seen=seen(order), by=cashier, at=back)
    assert "PI008" in [code for code, _fen, _payer in charged(bill.pk)]
    said = told(order)
    assert "李建国 将 格力 空调 KFR-35GW 带回公司，王小明 签字，承诺 2026-03-16 送回" in said
    assert "李建国 将 格力 空调 KFR-35GW 送回客户，王太太 签收" in said


@pytest.mark.req("O-044")
def test_没有接地安全拒修_收上门费和检测费_整改前谁也派不了工(
    in_repair: Make,
    agent: Actor,
    dispatcher: Actor,
    technician: Actor,
    cashier: Actor,
    supervisor: Actor,
    now: datetime,
) -> None:
    order = in_repair()
    there = now + timedelta(hours=1, minutes=20)
    arrives(order, technician, there)
    draft = RefusalDraft(
        "没有接地", "外壳带电 86 V", photo_of(order, technician, there), way="witness", witness="物业 周先生"
    )
    repair.refuse_for_safety(line_of(order).pk, draft, by=technician, at=there)
    repair.finish(order.pk, "unsafe", seen=seen(order), by=technician, at=there)
    settlement.receive(order.pk, PaymentDraft(110_00, technician.id, local_day(there), "cash"), by=technician, at=there)
    bill = settlement.post(order.pk, seen=seen(order), by=cashier, at=there)
    assert charged(bill.pk) == [("PI001", 50_00, "customer"), ("PI006", 60_00, "customer")]

    device_id = line_of(order).device_id or 0
    again = orders.register(
        OrderDraft(
            symptom="还是不制冷", source="direct", customer_id=order.customer_id, mode="on_site",
            devices=(DeviceDraft(device_id=device_id),),
        ),
        by=agent,
        at=there + timedelta(days=1),
    )  # fmt: skip
    again = orders.choose_repair(again.pk, seen=again.version, by=agent, at=there)
    with pytest.raises(Refused, match="解除标记前不能派工"):
        dispatch.assign(again.pk, VisitDraft(technician.id), seen=seen(again), by=dispatcher, at=there)
    repair.clear_safety(device_id, "电工已补接地，实测 1.2 欧", by=supervisor, at=there)
    dispatch.assign(again.pk, VisitDraft(technician.id), seen=seen(again), by=dispatcher, at=there)
    assert status(again) is Status.IN_REPAIR
    assert "李建国 对 格力 空调 KFR-35GW 安全拒修：没有接地，客户拒签告知书，物业 周先生 见证" in told(order)
