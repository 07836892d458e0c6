"""上门的几个故事: 保内一次、客户不修、改约、极速迟到。"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from gongdan.dispatch import actions as dispatch
from gongdan.dispatch.models import Promise
from gongdan.followup import actions as followup
from gongdan.followup.actions import ResultDraft
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import Text
from gongdan.orders import actions as orders
from gongdan.orders.models import Consent, Order
from gongdan.orders.states import Status
from gongdan.quotes import actions as quotes
from gongdan.repair import actions as repair
from gongdan.settlement import actions as settlement
from gongdan.settlement import queries as bills
from gongdan.settlement.actions import PaymentDraft
from tests.repair.shop import BOUGHT_LATELY, diagnosed, fresh, line_of, quoted, seen, visit_of
from tests.scenarios.story import arrives, charged, repaired, status, told

pytestmark = pytest.mark.django_db
Make = Callable[..., Order]


@pytest.mark.req("R-053", "R-061", "R-086", "R-174", "R-182")
def test_保内空调上门一次_客户不付钱_零元也要结算(
    in_repair: Make, agent: Actor, technician: Actor, cashier: Actor, now: datetime
) -> None:
    order = in_repair(bought=BOUGHT_LATELY)
    assert line_of(order).coverage_label == "保内"
    there = now + timedelta(hours=1, minutes=20)
    arrives(order, technician, there)
    quote = repaired(order, technician, there, "PI021")
    assert quote.due_fen == 0

    assert status(order) is Status.TO_SETTLE
    bill = settlement.post(order.pk, seen=seen(order), by=cashier, at=there)
    assert (bill.due_fen, bill.state, bill.totals) == (0, "posted", {"maker": 230_00, "customer": 0})
    assert charged(bill.pk) == [("PI001", 50_00, "maker"), ("PI006", 0, "customer"), ("PI021", 180_00, "maker")]
    followup.record_result(
        order.pk,
        ResultDraft(content="制冷正常", is_fixed=True, label="closed_well", score=5),
        by=agent,
        at=there + timedelta(days=1),
    )
    assert status(order) is Status.CLOSED
    assert told(order) == [
        "王芳 登记工单 GD260311-0001",
        "王芳 转维修流程，等待派工",
        "何静 派工给 李建国：空调不制冷",
        "派工完成，工单进入维修",
        "何静 承诺上门时间 2026-03-11 10:30–13:00",
        "李建国 接单",
        "李建国 上门前联系了客户：方便，已核对 3/3",
        "李建国 预约客户：接通",
        "李建国 出发上门",
        "李建国 到达现场",
        "李建国 填写检测结果：缺氟",
        "李建国 开始报价",
        "李建国 调整报价项目，客户应付 ¥0.00",
        "李建国 报价 BJ260311-0001：客户应付 ¥0.00",
        "王小明 同意报价 ¥0.00（电话）",
        "李建国 记录维修措施：查漏后加氟 600 克",
        "李建国 填写测试：1 项通过，0 项未通过",
        "王小明 第 1 次试机验收通过，纸质签字已存",
        "李建国 交回工单，等待结算",
        "李建国 完工：已修复",
        "李建国 离开现场",
        "林晓 确定结算，等待回访",
        "林晓 确定结算 JSTH260311-0001：应收 ¥0.00，实收 ¥0.00",
        "计划在 2026-03-12 11:20 回访",
        "王芳 回访客户：接通",
        "王芳 完成回访，维修状态：正常关闭",
        "王芳 结单",
    ]


@pytest.mark.req("R-088", "R-116")
def test_客户不修_只收上门费和检测费(in_repair: Make, technician: Actor, cashier: Actor, now: datetime) -> None:
    order = in_repair()
    there = now + timedelta(hours=2)
    arrives(order, technician, there)
    diagnosed(order, technician, there)
    quote = quoted(order, technician, there, "PI006", "PI031")
    assert quote.due_fen == 50_00 + 1_500_00
    with pytest.raises(Invalid, match="原因"):
        quotes.decide(
            quote.pk, is_accepted=False, name="王小明", way="in_person", seen=quote.version, by=technician, at=there
        )
    quote = quotes.decide(
        quote.pk,
        is_accepted=False,
        name="王小明",
        way="in_person",
        reason="换新机合算",
        seen=quote.version,
        by=technician,
        at=there,
    )
    assert quote.due_fen == 110_00
    with pytest.raises(Refused):
        repair.finish(order.pk, "repaired", seen=seen(order), by=technician, at=there)
    repair.finish(order.pk, "declined", seen=seen(order), by=technician, at=there)
    settlement.receive(order.pk, PaymentDraft(110_00, technician.id, local_day(there), "cash"), by=technician, at=there)
    bill = settlement.post(order.pk, seen=seen(order), by=cashier, at=there)
    assert charged(bill.pk) == [
        ("PI001", 50_00, "customer"),
        ("PI006", 60_00, "customer"),
        ("PI031", 0, "customer"),
    ]
    assert (bill.due_fen, status(order)) == (110_00, Status.TO_FOLLOW_UP)
    assert told(order, "王小明 不修") == [
        "王小明 不修（当面）：换新机合算",
        "李建国 交回工单，等待结算",
        "李建国 完工：客户不修",
        "李建国 登记收款 ¥110.00（现金，收款人 李建国，找零 ¥0.00）",
        "林晓 确定结算，等待回访",
        "林晓 确定结算 JSTH260311-0001：应收 ¥110.00，实收 ¥110.00",
    ]


@pytest.mark.req("R-083")
def test_改约_先征得客户同意_首约留档(in_repair: Make, dispatcher: Actor, technician: Actor, now: datetime) -> None:
    order = in_repair()
    first = (now + timedelta(minutes=30), now + timedelta(hours=3))
    moved = (now + timedelta(hours=4), now + timedelta(hours=6))
    at = now + timedelta(minutes=30)
    with pytest.raises(Refused, match="已经承诺过"):
        dispatch.promise(order.pk, *moved, seen=seen(order), by=dispatcher, at=at)
    with pytest.raises(Invalid) as missing:
        dispatch.move_promise(
            order.pk,
            *moved,
            consent="yes",
            consent_of="",
            way="phone",
            reason="上一单超时",
            apology_made=True,
            seen=seen(order),
            by=dispatcher,
            at=at,
        )
    assert set(missing.value.errors) == {"consent_of"}
    dispatch.move_promise(
        order.pk,
        *moved,
        consent="yes",
        consent_of="王小明",
        way="phone",
        reason="上一单超时",
        apology_made=True,
        seen=seen(order),
        by=dispatcher,
        at=at,
    )

    promises = Promise.objects.filter(order=order).order_by("pk").values_list("start", "end", "reason", "withdrawn_at")
    assert list(promises) == [(*first, "", at), (*moved, "上一单超时", None)]
    consent = Consent.objects.get(order=order)
    assert (consent.to_what, consent.is_given, consent.name, consent.way) == ("move", True, "王小明", "phone")
    visit, kept = visit_of(order), fresh(order)
    assert (visit.planned_from, visit.planned_to) == (kept.promised_from, kept.promised_to) == moved
    assert told(order, "何静 经客户") == [
        "何静 经客户同意改约到 2026-03-11 14:00–16:00，原为 2026-03-11 10:30–13:00：上一单超时"
    ]


@pytest.mark.req("R-089")
@pytest.mark.parametrize(
    ("minutes", "express", "why"),
    [
        (60, 80_00, "约定后 60 分钟到达，未超过 60 分钟"),
        (61, 0, "约定后超过 60 分钟才到达（61 分 0 秒），极速加价免收"),
    ],
)
def test_极速上门一小时内到收加急费_迟到一分钟不收(
    in_repair: Make,
    agent: Actor,
    technician: Actor,
    cashier: Actor,
    now: datetime,
    minutes: int,
    express: int,
    why: str,
) -> None:
    order = in_repair(mode="express")
    orders.record_consent(
        order, to_what="express", is_given=True, way="phone", name="王小明", fen=80_00, by=agent, at=now
    )
    there = now + timedelta(minutes=minutes)
    arrives(order, technician, there)
    repaired(order, technician, there, "PI021")
    due = 50_00 + 180_00 + express
    settlement.receive(order.pk, PaymentDraft(due, cashier.id, local_day(there), "wechat"), by=cashier, at=there)
    bill = settlement.post(order.pk, seen=seen(order), by=cashier, at=there)
    assert bill.due_fen == due
    assert charged(bill.pk) == [
        ("PI001", 50_00, "customer"),
        ("PI003", express, "customer"),
        ("PI006", 0, "customer"),
        ("PI021", 180_00, "customer"),
    ]
    surcharge = next(line for line in bills.lines_of(bill.pk) if line.item_code == "PI003")
    assert str(Text.from_json(surcharge.reason or {})) == why
