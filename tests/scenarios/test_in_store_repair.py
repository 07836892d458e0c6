"""W1 到店手机维修: 碎屏，过保，屏幕签字同意，微信收款，回访满意。"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from gongdan.catalog import queries as catalog
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.devices import queries as devices
from gongdan.dispatch import actions as dispatch
from gongdan.dispatch.actions import VisitDraft
from gongdan.followup import actions as followup
from gongdan.followup.actions import ResultDraft
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.orders import actions as orders
from gongdan.orders import queries as order_queries
from gongdan.orders.models import Order
from gongdan.orders.rules import DeviceDraft, OrderDraft
from gongdan.orders.states import Status
from gongdan.quotes import actions as quotes
from gongdan.quotes.actions import ItemDraft
from gongdan.quotes.models import QuoteLine
from gongdan.repair import actions as repair
from gongdan.repair.actions import CheckDraft, DiagnosisDraft, PartDraft
from gongdan.settlement import actions as settlement
from gongdan.settlement.actions import PaymentDraft


def _category(name: str) -> int:
    return next(c.id for c in catalog.categories() if c.name == name)


def _status(order: Order) -> Status:
    return Status(Order.objects.get(pk=order.pk).status)


def _seen(order: Order) -> int:
    return Order.objects.get(pk=order.pk).version


@pytest.fixture
def order(shop: None, agent: Actor, now: datetime) -> Order:
    """前台登记：尾号查无此人，当场新增客户；手机 14 个月前购买。"""
    return orders.register(
        OrderDraft(
            symptom="摔了一下，屏幕碎了，触摸不灵",
            source="direct",
            channel="in_store",
            customer=CustomerDraft(name="单小梅", contacts=(ContactDraft(name="单小梅", phone="138 2765 4321"),)),
            phone="13827654321",
            mode="in_store",
            devices=(
                DeviceDraft(
                    category_id=_category("手机"),
                    brand_text="红米",
                    model_text="Note 12",
                    serial="86TEST0001",
                    purchase_on=date(2025, 1, 10),
                    appearance="屏幕碎裂，边框有磕痕",
                    accessories="无",
                ),
            ),
        ),
        by=agent,
        at=now,
    )


@pytest.mark.req(
    "R-001", "R-053", "R-091", "R-116", "R-123", "R-162", "R-165", "R-173", "R-174", "R-026", "R-184", "R-187"
)
def test_碎屏手机从登记到回访(
    order: Order, agent: Actor, dispatcher: Actor, technician: Actor, cashier: Actor, now: datetime
) -> None:
    line = order.device_lines.get()
    assert line.coverage_label == "保外"
    assert line.device_id is not None
    assert [(s.received_on, s.handed_back_on) for s in devices.stays(line.device_id)] == [(date(2026, 3, 11), None)]
    orders.choose_repair(order.pk, seen=order.version, by=agent, at=now)
    assert _status(order) is Status.TO_DISPATCH

    visit = dispatch.assign(order.pk, VisitDraft(technician.id, task="换屏"), seen=_seen(order), by=dispatcher, at=now)
    assert _status(order) is Status.IN_REPAIR
    dispatch.accept(visit.pk, by=technician, at=now)

    with pytest.raises(Refused, match="先做初检"):
        repair.add_action(line.pk, "拆机", by=technician, at=now)
    repair.diagnose(
        line.pk,
        DiagnosisDraft(
            inspection="内外屏均碎，触摸无响应，主板正常",
            cause="外力摔落",
            methods=("询问", "试机"),
            exclusion_codes=("X1",),
        ),
        by=technician,
        at=now,
    )

    quote = quotes.start(order.pk, by=technician, at=now)
    quote = quotes.set_items(
        quote.pk,
        [ItemDraft("PI004", device_line_id=line.pk), ItemDraft("PI073", device_line_id=line.pk)],
        plan="更换屏幕总成（中端）",
        seen=quote.version,
        by=technician,
        at=now,
    )
    quote = quotes.issue(quote.pk, seen=quote.version, by=technician, at=now)
    lines = list(QuoteLine.objects.filter(quote=quote).order_by("position").values_list("item_code", "amount_fen"))
    assert lines == [("PI004", 0), ("PI073", 600_00)]
    with pytest.raises(Refused, match="没有得到客户同意"):
        repair.add_action(line.pk, "拆机", by=technician, at=now)
    quote = quotes.decide(
        quote.pk,
        is_accepted=True,
        name="单小梅",
        way="signature",
        signature_id=1,
        seen=quote.version,
        by=technician,
        at=now,
    )

    repair.add_action(line.pk, "拆机更换屏幕总成", kind="replace", by=technician, at=now)
    part = repair.add_part(
        line.pk, PartDraft("屏幕总成", old_part="", fits=True, connected=True), by=technician, at=now
    )
    repair.record_tests(
        line.pk, [CheckDraft("触摸", passed=True), CheckDraft("显示", passed=False)], by=technician, at=now
    )
    with pytest.raises(Refused, match="显示"):
        repair.record_trial(order.pk, is_accepted=True, tester="单小梅", signature_id=2, by=technician, at=now)
    repair.record_tests(
        line.pk, [CheckDraft("触摸", passed=True), CheckDraft("显示", passed=True)], by=technician, at=now
    )
    refused = repair.record_trial(
        order.pk, is_accepted=False, tester="单小梅", reason="亮度自动调节不对", by=technician, at=now
    )
    assert refused.trial == 1
    accepted = repair.record_trial(order.pk, is_accepted=True, tester="单小梅", signature_id=2, by=technician, at=now)
    assert (accepted.trial, len(accepted.sheet_hash)) == (2, 64)
    repair.finish(order.pk, "repaired", seen=_seen(order), by=technician, at=now)
    assert _status(order) is Status.TO_SETTLE

    with pytest.raises(Refused, match="还差"):
        settlement.post(order.pk, seen=_seen(order), by=cashier, at=now)
    with pytest.raises(Invalid) as missing:
        settlement.receive(order.pk, PaymentDraft(600_00, None, None, ""), by=cashier, at=now)
    assert set(missing.value.errors) == {"payee", "day", "account"}
    settlement.receive(order.pk, PaymentDraft(600_00, cashier.id, date(2026, 3, 11), "wechat"), by=cashier, at=now)
    bill = settlement.post(order.pk, seen=_seen(order), by=cashier, at=now)
    assert (bill.due_fen, bill.state, bool(bill.number)) == (600_00, "posted", True)
    assert _status(order) is Status.TO_FOLLOW_UP
    assert line.device_id is not None
    archive = devices.archive(line.device_id)
    assert [(e.order_number, e.cost_fen, e.remedy) for e in archive] == [(order.number, 600_00, "拆机更换屏幕总成")]

    assert [(s.received_on, s.handed_back_on) for s in devices.stays(line.device_id)] == [
        (date(2026, 3, 11), date(2026, 3, 11))
    ]

    later = now + timedelta(days=1)
    happy = ResultDraft(content="已经好用，满意", is_fixed=True, label="closed_well", score=5)
    with pytest.raises(Refused, match="旧件去向"):
        followup.record_result(order.pk, happy, by=agent, at=later)
    repair.edit_part(
        part.pk, PartDraft("屏幕总成", old_part="left", fits=True, connected=True), by=technician, at=later
    )
    followup.record_result(order.pk, happy, by=agent, at=later)
    assert _status(order) is Status.CLOSED
    assert order_queries.counts(agent).get(Status.TO_FOLLOW_UP, 0) == 0
