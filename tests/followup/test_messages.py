"""A message first, a call where it is bad or unanswered and risky: texts, sending, answers, and what nobody answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.audit.models import Delivery, Event
from gongdan.catalog import actions as catalog
from gongdan.followup import actions, jobs, queries, rules
from gongdan.followup.models import CallBack, Message
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused, Stale
from gongdan.kernel.text import Text
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from gongdan.reactions.table import PERIODIC
from gongdan.repair.models import PartLine
from tests.followup.conftest import Set
from tests.settlement.cast import Make

pytestmark = pytest.mark.django_db


@pytest.fixture
def plain(put: Set) -> None:
    """Nobody is drawn by lot, and no technician counts as new."""
    put({rules.DRAWN_PERCENT: 0, rules.RISK_NEW_ORDERS: 0})


@pytest.fixture
def asked(plain: None, settled: Make, now: datetime) -> Callable[..., Message]:
    """A settled order whose message is ready to be sent: `asked(318_00)`."""

    def _asked(due: int = 187_00, name: str = "王小明") -> Message:
        order = settled(due, name=name)
        actions.plan_call(order.pk, at=now)
        return Message.objects.get(order=order)

    return _asked


def status(order_id: int) -> Status:
    return Status(Order.objects.get(pk=order_id).status)


def reasons(call: CallBack) -> list[str]:
    return [str(Text.from_json(reason)) for reason in call.risk_reasons]


@pytest.mark.parametrize(
    ("result", "why"),
    [("not_repaired", "未修复"), ("declined", "未修复"), ("unsafe", "未修复"), ("nothing_found", "未查出问题")],
)
def test_nobody_whose_device_is_not_repaired_reads_that_it_is(
    plain: None, settled: Make, now: datetime, result: str, why: str
) -> None:
    order = settled()
    Order.objects.filter(pk=order.pk).update(result=result)

    actions.plan_call(order.pk, at=now)

    call = CallBack.objects.get(order=order)
    assert (Message.objects.count(), call.message_state, call.state) == (0, "", "due")
    assert reasons(call) == [why]


@pytest.mark.req("O-056")
def test_a_settled_order_is_asked_by_message_first(asked: Callable[..., Message], agent: Actor, now: datetime) -> None:
    row = asked()

    assert (row.state, row.phone, row.due_at) == ("to_send", "13812345678", now)
    assert row.order.number in row.text
    assert "王小明您好" in row.text
    assert "{" not in row.text
    assert [one["id"] for one in queries.messages(agent, now=now).rows] == [row.pk]

    sent = actions.mark_sent(row.pk, by=agent, at=now + timedelta(hours=5))

    call = CallBack.objects.get(order=row.order_id)
    assert (sent.state, sent.sent_by_id, call.message_state) == ("sent", agent.id, "sent")
    assert call.due_at == now + timedelta(hours=29)  # a whole day for the answer
    assert queries.messages(agent, now=now).rows == []
    assert [one["id"] for one in queries.messages(agent, now=now, scope="sent").rows] == [row.pk]
    with pytest.raises(Refused, match="已发出"):
        actions.mark_sent(row.pk, by=agent, at=now)


@pytest.mark.req("O-056")
def test_no_message_where_none_can_arrive_or_the_shop_wants_none(
    settled: Make, put: Set, agent: Actor, now: datetime
) -> None:
    landline, virtual, off = settled(name="甲"), settled(name="乙"), settled(name="丙")
    Order.objects.filter(pk=landline.pk).update(phone="020-86661234")
    Order.objects.filter(pk=virtual.pk).update(phone_is_virtual=True, phone_expires_at=now)
    for order in (landline, virtual):
        actions.plan_call(order.pk, at=now)
    put({rules.MESSAGE_FIRST: False})
    actions.plan_call(off.pk, at=now)

    assert Message.objects.count() == 0
    assert len(queries.station(agent, now=now).rows) == 3


@pytest.mark.req("O-056")
def test_a_good_answer_closes_the_order_without_a_call(
    asked: Callable[..., Message], agent: Actor, now: datetime
) -> None:
    row = asked()
    actions.mark_sent(row.pk, by=agent, at=now)

    call = actions.answer_message(row.pk, is_good=True, words="好的谢谢", by=agent, at=now + timedelta(hours=2))

    call.refresh_from_db()
    assert (call.state, call.is_fixed, call.content, call.attempts) == ("done", True, "短信回复：好。好的谢谢", 0)
    assert (status(row.order_id), Message.objects.get().state) == (Status.CLOSED, "good")
    with pytest.raises(Refused):
        actions.answer_message(row.pk, is_good=False, by=agent, at=now + timedelta(hours=3))


@pytest.mark.req("O-056")
def test_a_good_answer_is_kept_where_something_stands_against_closing(
    asked: Callable[..., Message], open_part: Callable[[Order], PartLine], agent: Actor, now: datetime
) -> None:
    row = asked()
    open_part(row.order)
    actions.mark_sent(row.pk, by=agent, at=now)

    actions.answer_message(row.pk, is_good=True, by=agent, at=now)

    call = CallBack.objects.get()
    assert (status(row.order_id), call.state, call.message_state) == (Status.TO_FOLLOW_UP, "due", "good")
    assert Message.objects.get().state == "good"
    assert [line["number"] for line in queries.station(agent, now=now, scope="today").rows] == []
    assert len(queries.station(agent, now=now).rows) == 1


@pytest.mark.req("O-056")
def test_a_bad_answer_is_called_at_once_and_before_all_others(
    asked: Callable[..., Message], settled: Make, agent: Actor, now: datetime
) -> None:
    rich = settled(900_00, name="富")
    actions.plan_call(rich.pk, at=now)
    row = asked()
    actions.mark_sent(row.pk, by=agent, at=now)
    assert queries.station(agent, now=now).rows[0]["number"] == rich.number

    actions.answer_message(row.pk, is_good=False, words="还是不亮", by=agent, at=now + timedelta(hours=1))

    first = queries.station(agent, now=now + timedelta(hours=1), scope="today").rows[0]
    assert (first["number"], first["due_at"]) == (row.order.number, now + timedelta(hours=1))
    assert reasons(CallBack.objects.get(order=row.order_id)) == ["短信回复不好"]
    assert status(row.order_id) is Status.TO_FOLLOW_UP


@pytest.mark.req("O-056")
def test_whom_a_message_asks_first_stands_after_those_who_are_to_be_rung_up(
    asked: Callable[..., Message], settled: Make, agent: Actor, now: datetime
) -> None:
    rich, drawn = asked(501_00, name="富"), asked(187_00, name="签")
    CallBack.objects.filter(order=drawn.order_id).update(is_drawn=True)
    plain, rang = settled(name="平"), settled(name="响")
    for order in (plain, rang):
        Order.objects.filter(pk=order.pk).update(phone="02088887777")
        actions.plan_call(order.pk, at=now)
    actions.record_answer(rang.pk, "missed", by=agent, at=now)
    actions.mark_sent(drawn.pk, by=agent, at=now)

    def listed(at: datetime) -> dict[str, str]:
        return {row["number"]: row["asked_first"] for row in queries.station(agent, now=at).rows}

    found = listed(now + timedelta(hours=25))
    assert list(found)[-1] == rich.order.number
    assert found == {rang.number: "", plain.number: "", drawn.order.number: "", rich.order.number: "to_send"}
    actions.mark_sent(rich.pk, by=agent, at=now)
    assert listed(now)[rich.order.number] == "sent"
    waited = listed(now + timedelta(hours=24))
    assert (next(iter(waited)), waited[rich.order.number]) == (rich.order.number, "")


@pytest.mark.req("O-056")
def test_what_nobody_answers_closes_without_risk_and_is_called_with_it(
    asked: Callable[..., Message], agent: Actor, now: datetime
) -> None:
    cheap, rich = asked(187_00, name="甲"), asked(501_00, name="乙")
    for row in (cheap, rich):
        actions.mark_sent(row.pk, by=agent, at=now)
    job = next(one for one in PERIODIC if one.job == "followup.jobs.close_unanswered")
    assert job.every == timedelta(minutes=10)

    jobs.close_unanswered(at=now + timedelta(hours=23))
    assert (status(cheap.order_id), status(rich.order_id)) == (Status.TO_FOLLOW_UP, Status.TO_FOLLOW_UP)
    assert queries.station(agent, now=now + timedelta(hours=23), scope="today").rows == []  # may still answer

    later = now + timedelta(hours=24)
    jobs.close_unanswered(at=later)
    jobs.close_unanswered(at=later)

    assert (status(cheap.order_id), status(rich.order_id)) == (Status.CLOSED, Status.TO_FOLLOW_UP)
    closed, open_ = CallBack.objects.get(order=cheap.order_id), CallBack.objects.get(order=rich.order_id)
    assert (closed.state, open_.state, reasons(open_)) == ("no_reply", "due", ["金额超过 500 元"])
    assert Order.objects.get(pk=cheap.order_id).repair_label == "未回复结案"
    assert [row["number"] for row in queries.station(agent, now=later, scope="today").rows] == [rich.order.number]
    assert Event.objects.filter(verb="followup.no_reply").count() == 1


@pytest.mark.req("O-056")
def test_a_share_drawn_by_lot_is_called_whatever_is_answered(
    put: Set, settled: Make, agent: Actor, now: datetime
) -> None:
    put({rules.DRAWN_PERCENT: 100, rules.RISK_NEW_ORDERS: 0})
    good, silent = settled(name="甲"), settled(name="乙")
    for order in (good, silent):
        actions.plan_call(order.pk, at=now)
        actions.mark_sent(Message.objects.get(order=order).pk, by=agent, at=now)

    actions.answer_message(Message.objects.get(order=good).pk, is_good=True, by=agent, at=now)
    jobs.close_unanswered(at=now + timedelta(hours=25))

    assert (status(good.pk), status(silent.pk)) == (Status.TO_FOLLOW_UP, Status.TO_FOLLOW_UP)
    calls = CallBack.objects.order_by("pk")
    assert [(call.is_drawn, call.state, reasons(call)) for call in calls] == [(True, "due", ["随机抽查"])] * 2


@pytest.mark.req("O-056")
def test_the_lot_is_a_tenth_and_falls_the_same_way_every_time() -> None:
    numbers = [f"GD2603{day:02d}-{n:04d}" for day in range(1, 11) for n in range(200)]

    drawn = [number for number in numbers if rules.is_drawn(number, 10)]

    assert drawn == [number for number in numbers if rules.is_drawn(number, 10)]
    assert 150 <= len(drawn) <= 250  # of 2000
    assert not any(rules.is_drawn(number, 0) for number in numbers)
    assert all(rules.is_drawn(number, 100) for number in numbers)


@pytest.mark.req("O-056")
def test_money_rework_a_new_man_and_a_complaint_are_risks(settled: Make, put: Set, agent: Actor, now: datetime) -> None:
    put({rules.DRAWN_PERCENT: 0, rules.RISK_NEW_ORDERS: 2})
    order = settled(501_00)
    orders.complain(order.pk, "师傅迟到", by=agent, at=now)
    order.device_lines.update(coverage_label="返修免费")

    call = actions.plan_call(order.pk, at=now)

    assert call is not None
    assert reasons(call) == ["有投诉", "返修", "新师傅 李建国", "金额超过 500 元"]
    exact = settled(500_00, name="乙")
    known = actions.plan_call(exact.pk, at=now)
    assert known is not None
    assert reasons(known) == ["新师傅 李建国"]  # 500 is not more than 500; his second order
    third = actions.plan_call(settled(name="丙").pk, at=now)
    assert third is not None
    assert (third.risk, reasons(third)) == (0, [])


@pytest.mark.req("O-056")
def test_at_night_nothing_is_sent(plain: None, settled: Make, agent: Actor, now: datetime) -> None:
    night = now + timedelta(hours=12, minutes=10)  # 22:10
    order = settled()
    call = actions.plan_call(order.pk, at=night)
    row = Message.objects.get(order=order)

    assert call is not None
    assert row.due_at == now + timedelta(hours=23)  # 09:00
    assert queries.messages(agent, now=night).rows == []
    with pytest.raises(Refused, match="以后再发"):
        actions.mark_sent(row.pk, by=agent, at=night)
    with pytest.raises(Refused, match="以后再发"):  # nobody sent it all day, and it is night again
        actions.mark_sent(row.pk, by=agent, at=night + timedelta(days=1))
    actions.mark_sent(row.pk, by=agent, at=now + timedelta(hours=23))


@pytest.mark.req("O-056", "R-240")
def test_a_forbidden_word_never_goes_out(
    asked: Callable[..., Message], admin: Actor, agent: Actor, now: datetime
) -> None:
    row = asked()
    catalog.add_forbidden_word(word="维修完成", by=admin, at=now)

    with pytest.raises(Invalid, match="禁用语"):
        actions.mark_sent(row.pk, by=agent, at=now)
    with pytest.raises(Invalid, match="禁用语"):
        actions.edit_message(row.pk, "已维修完成", seen=1, by=agent, at=now)
    actions.edit_message(row.pk, "修好了，用着怎么样？", seen=1, by=agent, at=now)
    with pytest.raises(Stale):
        actions.edit_message(row.pk, "好吗？", seen=1, by=agent, at=now)

    assert actions.mark_sent(row.pk, by=agent, at=now).text == "修好了，用着怎么样？"


@pytest.mark.req("O-056")
def test_whoever_called_already_sends_no_message_and_waits_for_no_answer(
    asked: Callable[..., Message], agent: Actor, now: datetime
) -> None:
    first, second = asked(name="甲"), asked(name="乙")
    actions.mark_sent(second.pk, by=agent, at=now)

    for row in (first, second):
        actions.record_answer(row.order_id, "fixed", by=agent, at=now)

    assert set(Message.objects.values_list("state", flat=True)) == {"dropped"}
    assert queries.messages(agent, now=now).rows == []
    with pytest.raises(Refused):
        actions.answer_message(second.pk, is_good=False, by=agent, at=now)


@pytest.mark.req("O-056")
def test_the_doer_neither_sends_nor_notes_what_his_customer_answers(
    asked: Callable[..., Message], site: Any, hire: Callable[..., Actor], technician: Actor, cashier: Actor,
    agent: Actor, now: datetime,
) -> None:  # fmt: skip
    row = asked()
    both = hire(site, "duoneng", "多能", "agent", "technician")
    orders.add_participant(row.order, both.id, "helper", at=now)

    with pytest.raises(Forbidden, match="不能自己回访"):
        actions.mark_sent(row.pk, by=both, at=now)
    actions.mark_sent(row.pk, by=agent, at=now)
    with pytest.raises(Forbidden, match="不能自己回访"):
        actions.answer_message(row.pk, is_good=True, by=both, at=now)
    for actor in (technician, cashier):
        with pytest.raises(Forbidden):
            actions.answer_message(row.pk, is_good=True, by=actor, at=now)


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_cost_the_same_with_one_row_and_with_three(
    asked: Callable[..., Message], agent: Actor, now: datetime, count: int, django_assert_num_queries: Any
) -> None:
    for n in range(count):
        asked(name=f"客户{n}")

    with django_assert_num_queries(1):
        assert len(queries.messages(agent, now=now).rows) == count
    with django_assert_num_queries(2):  # calls, and orders that nobody planned
        assert len(queries.station(agent, now=now).rows) == count
    with django_assert_num_queries(2):
        assert queries.counts(agent, now=now) == {"to_send": count, "sent": 0}


def test_a_settlement_asks_for_the_call_and_the_series(settled: Make) -> None:
    settled()

    jobs_of = Delivery.objects.filter(event__verb="settlement.posted").values_list("job", flat=True)
    assert {"followup.jobs.schedule_call", "followup.jobs.schedule_series"} <= set(jobs_of)
