"""W3 宽带 691, solved by telephone and watched; W9 咨询 and 投诉: as people tell them, in the shop of the first day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from gongdan.audit import jobs
from gongdan.catalog import queries as catalog
from gongdan.catalog.models import Category
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.dispatch import queries as dispatch
from gongdan.followup import actions as followup
from gongdan.followup import queries as calls
from gongdan.followup.actions import ResultDraft
from gongdan.followup.models import CallBack
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.orders import actions as orders
from gongdan.orders import queries
from gongdan.orders.models import CompensationRule, Order, Relation
from gongdan.orders.rules import OrderDraft
from gongdan.orders.states import Status
from tests.repair.shop import fresh, seen
from tests.scenarios.story import status, told

pytestmark = pytest.mark.django_db

Request = Callable[..., Order]


@pytest.fixture
def request_of(shop: None, agent: Actor, now: datetime) -> Request:
    """何立 calls: what he says, and when."""

    def _request(symptom: str, at: datetime, **typed: object) -> Order:
        he = CustomerDraft(
            name="何立",
            contacts=(ContactDraft("13912345678", "何立"),),
            addresses=(AddressDraft("天河路 385 号 1201"),),
        )
        draft = OrderDraft(symptom=symptom, source="direct", customer=he, **typed)  # type: ignore[arg-type]  # as typed
        return orders.register(draft, by=agent, at=at)

    return _request


def the(name: str) -> int:
    """The rule of this name."""
    return CompensationRule.objects.get(name=name).pk


@pytest.mark.req("R-063", "R-064", "R-066", "R-067", "R-068", "R-069")
def test_w3_solved_at_five_past_ten_asked_at_five_past_twelve_and_a_visit_with_all_answers(
    request_of: Request, agent: Actor, dispatcher: Actor, now: datetime
) -> None:
    broadband = Category.objects.get(code="broadband")
    order = request_of("宽带上不了网，提示 691", now, category_id=broadband.pk, error_code="691")
    advice = catalog.advice_for(broadband.pk, "691")
    assert advice is not None
    assert advice.is_by_phone
    script = catalog.questions(broadband.pk)
    code, light = (next(q for q in script if word in q.text) for word in ("错误代码", "灯"))
    orders.answer_questions(order.pk, {code.pk: "691", light.pk: "PON 常亮"}, by=agent, at=now)

    # 10:05 指导完毕，电话解决
    ended = now + timedelta(minutes=5)
    orders.solve_by_phone(
        order.pk, reason="guided", code="691", steps=advice.steps, seen=seen(order), by=agent, at=ended
    )
    jobs.run_due(ended + timedelta(seconds=1))
    assert status(order) == Status.TO_FOLLOW_UP
    call = CallBack.objects.get(order=order)
    assert call.due_at == ended + timedelta(minutes=120) == datetime(2026, 3, 11, 4, 5, tzinfo=UTC)  # 12:05
    assert dispatch.visits_of(order.pk) == []

    # 12:05 无人接：必须约下次
    noon = call.due_at
    with pytest.raises(Invalid):
        followup.log_unreached(order.pk, result="no_answer", next_at=None, by=agent, at=noon)
    again = noon + timedelta(minutes=35)
    followup.log_unreached(order.pk, result="no_answer", next_at=again, by=agent, at=noon)
    row = next(row for row in calls.station(agent, now=again, scope="all").rows if row["order_id"] == order.pk)
    assert (row["due_at"], row["attempts"]) == (again, 1)

    # 12:40 还是不行：同一张单转上门，什么都不用重填
    draft = ResultDraft(content="还是拨不上，691", is_fixed=False, label="not_repaired")
    outcome = followup.record_result(order.pk, draft, by=agent, at=again)

    assert outcome.opened == ""
    assert Order.objects.count() == 1
    page = queries.page(order.pk, dispatcher)
    assert (page.status, page.closed_at) == ("to_dispatch", None)
    assert {row.question: row.answer for row in page.script} == {code.text: "691", light.text: "PON 常亮"}
    assert page.phone_fixes[0].steps == advice.steps
    assert order.number in {row["number"] for row in queries.station_rows(dispatcher, [Status.TO_DISPATCH]).rows}
    words = told(order)
    for sentence in ("王芳 电话解决：指导解决", "王芳 重新维修：还是拨不上，691"):
        assert sentence in words


@pytest.mark.req("R-068")
def test_w3_when_it_stays_solved_the_call_closes_it_without_money(
    request_of: Request, agent: Actor, now: datetime
) -> None:
    order = request_of("769 上不了网", now, category_id=Category.objects.get(code="broadband").pk)
    orders.solve_by_phone(order.pk, reason="misuse", code="769", seen=seen(order), by=agent, at=now)
    assert status(order) == Status.TO_FOLLOW_UP  # not final before the call

    done = now + timedelta(minutes=120)
    followup.record_result(order.pk, ResultDraft("好了", is_fixed=True, label="closed_well"), by=agent, at=done)

    closed = fresh(order)
    assert (closed.status, closed.closed_at, closed.due_fen, closed.settled_at) == ("closed", done, None, None)


@pytest.mark.req("R-048", "R-049", "R-053")
def test_w9_a_question_is_answered_and_an_hour_later_a_repair_by_one_click(
    request_of: Request, agent: Actor, dispatcher: Actor, now: datetime
) -> None:
    question = request_of("空调有异味，是不是要清洗", now)
    orders.choose_inquiry(question.pk, seen=1, by=agent, at=now)
    orders.answer(question.pk, text="先洗滤网，通风半小时", seen=seen(question), by=agent, at=now)
    orders.close_answered(question.pk, seen=seen(question), by=agent, at=now)
    assert (status(question), fresh(question).due_fen) == (Status.CLOSED, None)

    repair = orders.repair_from_inquiry(question.pk, by=agent, at=now + timedelta(hours=1))

    assert (status(repair), repair.symptom, repair.phone) == (Status.TO_DISPATCH, question.symptom, "13912345678")
    assert Relation.objects.get().earlier_id == question.pk


@pytest.mark.req("R-050")
def test_w9_a_complaint_is_judged_handled_compensated_by_rule_and_closes_with_its_call(
    request_of: Request, agent: Actor, supervisor: Actor, technician: Actor, now: datetime
) -> None:
    about = request_of("空调不制冷", now)
    Order.objects.filter(pk=about.pk).update(due_fen=300_00, money_state="paid")
    complaint = orders.complain(about.pk, "师傅迟到一小时，还把地板划坏了", by=agent, at=now)
    orders.judge(
        complaint.pk, subject="损坏", liability="technician", person_id=technician.id, finding="没有铺垫布",
        seen=seen(complaint), by=agent, at=now,
    )  # fmt: skip
    orders.handle(complaint.pk, handling="上门致歉，看了现场", outcome="", seen=seen(complaint), by=agent, at=now)
    with pytest.raises(Refused) as above:
        orders.compensate(complaint.pk, rule_id=the("损坏赔付账单五成"), seen=seen(complaint), by=agent, at=now)
    with pytest.raises(Refused) as missing:
        orders.close_answered(complaint.pk, seen=seen(complaint), by=agent, at=now)
    assert above.value.code == "above_limit"
    assert str(missing.value) == "投诉还不能结束，请先填写：处理结果、赔付决定"
    orders.compensate(complaint.pk, rule_id=the("损坏赔付账单五成"), seen=seen(complaint), by=supervisor, at=now)
    orders.handle(complaint.pk, handling="上门致歉", outcome="同意赔付", seen=seen(complaint), by=agent, at=now)
    orders.close_answered(complaint.pk, seen=seen(complaint), by=agent, at=now)
    jobs.run_due(now + timedelta(seconds=1))
    assert status(complaint) == Status.TO_FOLLOW_UP
    assert CallBack.objects.get(order=complaint).kind == "complaint"

    # 客户不满意：重新处理，再回访
    unhappy = ResultDraft("钱还没退", is_fixed=False, label="not_repaired")
    followup.record_result(complaint.pk, unhappy, by=agent, at=now + timedelta(hours=2))
    assert status(complaint) == Status.ANSWERING
    orders.handle(complaint.pk, handling="已退款", outcome="客户收到", seen=seen(complaint), by=agent, at=now)
    orders.close_answered(complaint.pk, seen=seen(complaint), by=agent, at=now + timedelta(hours=3))
    content = ResultDraft("收到了，满意", is_fixed=True, label="closed_well")
    followup.record_result(complaint.pk, content, by=agent, at=now + timedelta(hours=5))

    assert status(complaint) == Status.CLOSED
    words = told(complaint)
    for sentence in ("王芳 认定责任：师傅", "赵明 决定赔付：损坏赔付账单五成 ¥150.00", "王芳 投诉处理完毕，等待回访"):
        assert sentence in words
