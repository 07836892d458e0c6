"""回访的故事: 短信先行、电话跟踪、投诉回访、定期回访、从一句建议到改进事项。"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from gongdan.customers.models import Customer
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.followup import actions, jobs, queries, rules
from gongdan.followup.actions import ImprovementDraft, ResultDraft
from gongdan.followup.models import CallBack, Message
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.rules import OrderDraft
from gongdan.orders.states import Status
from tests.followup.conftest import Set, put
from tests.scenarios.story import status, told
from tests.settlement.cast import Make, finished, in_repair, settled, till

__all__ = ["finished", "in_repair", "put", "settled", "till"]

pytestmark = pytest.mark.django_db


@pytest.mark.req("R-068", "R-063")
def test_电话教会了_两小时后没人接_再打还是不行_同一张单转上门(till: object, agent: Actor, now: datetime) -> None:
    order = orders.register(
        OrderDraft(
            symptom="宽带 691",
            source="direct",
            phone="13812345678",
            error_code="691",
            customer=CustomerDraft(name="王小明", contacts=(ContactDraft("13812345678", "王小明"),)),
        ),
        by=agent,
        at=now,
    )
    helped = now + timedelta(minutes=5)
    orders.solve_by_phone(
        order.pk, reason="guided", code="691", steps=("重新输入密码",), seen=order.version, by=agent, at=helped
    )
    call = actions.plan_call(order.pk, at=helped)
    assert call is not None
    assert (status(order), call.due_at) == (Status.TO_FOLLOW_UP, now + timedelta(minutes=125))

    at = call.due_at
    with pytest.raises(Invalid, match="下次"):
        actions.log_unreached(order.pk, result="no_answer", next_at=None, by=agent, at=at)
    actions.log_unreached(order.pk, result="no_answer", next_at=at + timedelta(minutes=35), by=agent, at=at)
    assert status(order) is Status.TO_FOLLOW_UP
    actions.record_answer(order.pk, "broken", by=agent, at=at + timedelta(minutes=35))

    kept = Order.objects.get(pk=order.pk)
    assert (kept.status, kept.symptom, kept.error_code) == (Status.TO_DISPATCH, "宽带 691", "691")
    assert Order.objects.count() == 1


@pytest.mark.req("O-056")
def test_晚上十点结算_第二天早上发短信_说好的不打_不好的马上打_没回的看风险(
    settled: Make, put: Set, agent: Actor, now: datetime
) -> None:
    put({rules.DRAWN_PERCENT: 0, rules.RISK_NEW_ORDERS: 0})
    night, morning = now + timedelta(hours=12, minutes=10), now + timedelta(hours=23)
    made = {name: settled(due, name=name) for name, due in (("好", 187_00), ("不好", 188_00), ("没回", 189_00))}
    made["贵"] = settled(880_00, name="贵")
    for order in made.values():
        actions.plan_call(order.pk, at=night)
    assert queries.messages(agent, now=night).rows == []
    for row in queries.messages(agent, now=morning).rows:
        actions.mark_sent(row["id"], by=agent, at=morning)

    noon = morning + timedelta(hours=3)
    for name, is_good in (("好", True), ("不好", False)):
        message = Message.objects.get(order=made[name])
        actions.answer_message(message.pk, is_good=is_good, by=agent, at=noon)
    jobs.close_unanswered(at=morning + timedelta(hours=25))

    assert {name: str(status(order)) for name, order in made.items()} == {
        "好": "closed", "不好": "to_follow_up", "没回": "closed", "贵": "to_follow_up",
    }  # fmt: skip
    listed = queries.station(agent, now=morning + timedelta(hours=25), scope="today").rows
    assert [row["number"] for row in listed] == [made["不好"].number, made["贵"].number]
    assert told(made["没回"], "王芳 发出回访短信") == [
        "王芳 发出回访短信",
        "短信 24 小时没有回复，按未回复结案",
        "系统 结单",
    ]


@pytest.mark.req("O-056")
def test_师傅兼客服_不能回访自己修的单(
    settled: Make, site: Any, hire: Callable[..., Actor], agent: Actor, now: datetime
) -> None:
    order = settled()
    both = hire(site, "duoneng", "多能", "agent", "technician")
    orders.add_participant(order, both.id, "helper", at=now)

    with pytest.raises(Forbidden, match="不能自己回访"):
        actions.record_answer(order.pk, "fixed", by=both, at=now)
    for hours in range(3):
        actions.record_answer(order.pk, "missed", by=agent, at=now + timedelta(hours=hours))
    actions.give_up(order.pk, by=agent, at=now)

    assert (status(order), Order.objects.get(pk=order.pk).repair_label) == (Status.CLOSED, "未接通结案")


@pytest.mark.req("R-188")
def test_单位装机_七天三十天九十天回访_第三十天发现漏水另开维修单(settled: Make, agent: Actor, now: datetime) -> None:
    actions.seed_periodic()
    order = settled(name="城建公司")
    Order.objects.filter(pk=order.pk).update(kind="installation")
    Customer.objects.filter(pk=order.customer_id).update(kind="company")
    actions.plan_call(order.pk, at=now)
    actions.plan_series(order.pk, at=now)
    actions.record_answer(order.pk, "fixed", by=agent, at=now)
    for day, answer in ((7, "fixed"), (30, "broken")):
        at = now + timedelta(days=day)
        (row,) = queries.station(agent, now=at, scope="later").rows
        outcome = actions.record_answer(
            order.pk, answer, typed=ResultDraft("接口漏水", None, ""), call_id=row["id"], by=agent, at=at
        )

    repair = Order.objects.get(number=outcome.opened)
    assert (status(order), repair.status, repair.symptom) == (Status.CLOSED, Status.TO_DISPATCH, "接口漏水")
    assert CallBack.objects.get(order=order, step=90).state == "due"


@pytest.mark.req("R-189", "R-190", "R-191")
def test_回访里的一句建议_有人负责_变成改进事项_完成后不再挂着(
    settled: Make, agent: Actor, supervisor: Actor, now: datetime
) -> None:
    order = settled()
    said = ResultDraft(
        "好用", is_fixed=True, label="closed_well", suggestion="上门前半小时打个电话",
        survey={"服务态度": 5, "及时": 2}, survey_remark="等了一上午",
    )  # fmt: skip
    actions.record_result(order.pk, said, by=agent, at=now)
    (heard,) = queries.feedback_rows(agent, now=now, scope="mine")
    actions.move_feedback(heard["id"], state="doing", owner_id=supervisor.id, seen=1, by=agent, at=now)

    draft = ImprovementDraft(
        "到得晚没有先说", "出发前半小时必打电话", supervisor.id, date(2026, 3, 20), survey_of=order.number
    )
    row = actions.add_improvement(draft, by=supervisor, at=now)
    assert queries.open_improvements(supervisor, now=now + timedelta(days=10))["late"] == 1
    actions.finish_improvement(row.pk, "已写进派工提示", seen=1, by=supervisor, at=now)
    actions.move_feedback(heard["id"], state="done", outcome="已改派工流程", seen=2, by=supervisor, at=now)

    assert queries.open_improvements(supervisor, now=now)["open"] == 0
    assert queries.feedback_rows(agent, now=now) == []


@pytest.mark.req("R-193")
def test_跟踪发现没有彻底解决_重新派工_经验留给大家(settled: Make, agent: Actor, now: datetime) -> None:
    order = settled()
    actions.record_answer(order.pk, "fixed", by=agent, at=now)
    week = now + timedelta(days=7)

    actions.track(
        order.pk, is_resolved=False, evaluation="一周内又花屏两次", lesson="换屏后要老化测试", is_publishable=True,
        by=agent, at=week,
    )  # fmt: skip

    assert status(order) is Status.TO_DISPATCH
    assert queries.lessons(agent)[0]["lesson"] == "换屏后要老化测试"
