"""Two hours after help by telephone (R-068), and the call that a handled complaint needs (R-050): neither is settled."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.audit.models import Delivery, Event
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.followup import actions, jobs, queries, rules
from gongdan.followup.actions import ResultDraft
from gongdan.followup.models import CallBack, Message
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.rules import OrderDraft
from gongdan.orders.states import Status
from tests.followup.conftest import Set
from tests.settlement.cast import Make

pytestmark = pytest.mark.django_db
HELPED = timedelta(minutes=5)  # from the registration to the end of the guidance call


def status(order: Order) -> Status:
    return Status(Order.objects.get(pk=order.pk).status)


@pytest.fixture
def solved(till: object, agent: Actor, now: datetime) -> Order:
    """宽带 691, registered at ten and solved by telephone at five past."""
    order = orders.register(
        OrderDraft(
            symptom="宽带 691，上不了网",
            source="direct",
            phone="13812345678",
            error_code="691",
            customer=CustomerDraft(name="王小明", contacts=(ContactDraft("13812345678", "王小明"),)),
        ),
        by=agent,
        at=now,
    )
    orders.solve_by_phone(
        order.pk, reason="guided", code="691", steps=("重启光猫",), ended_at=now + HELPED, seen=order.version,
        by=agent, at=now + HELPED,
    )  # fmt: skip
    return Order.objects.get(pk=order.pk)


@pytest.mark.req("R-068")
def test_the_call_is_due_120_minutes_after_the_guidance_and_the_order_is_not_final_before(
    solved: Order, agent: Actor, now: datetime
) -> None:
    event = Event.objects.get(verb="order.solved_by_phone")
    assert Delivery.objects.filter(event=event, job="followup.jobs.schedule_call").count() == 1
    jobs.schedule_call(event.pk, at=now + HELPED)
    jobs.schedule_call(event.pk, at=now + HELPED)

    call = CallBack.objects.get()
    assert (call.kind, call.due_at) == ("phone_watch", now + HELPED + timedelta(minutes=120))
    assert Message.objects.count() == 0  # no message settles it
    assert status(solved) is Status.TO_FOLLOW_UP
    assert [row["number"] for row in queries.station(agent, now=now, scope="today").rows] == [solved.number]

    outcome = actions.record_answer(solved.pk, "fixed", by=agent, at=call.due_at)

    assert (outcome.call.state, outcome.call.content, status(solved)) == ("done", "客户答复：好了", Status.CLOSED)


@pytest.mark.req("R-068")
def test_still_broken_sends_the_same_order_to_dispatch(solved: Order, agent: Actor, now: datetime) -> None:
    later = now + timedelta(minutes=160)

    outcome = actions.record_answer(solved.pk, "broken", by=agent, at=later)

    kept = Order.objects.get(pk=solved.pk)
    assert (kept.status, outcome.opened, Order.objects.count()) == (Status.TO_DISPATCH, "", 1)
    assert (kept.error_code, kept.symptom) == ("691", "宽带 691，上不了网")
    with pytest.raises(Refused, match="完工并结算后才能回访"):
        actions.record_answer(solved.pk, "fixed", by=agent, at=later)

    # Helped by telephone once more: another two hours, and only from then.
    orders.solve_by_phone(kept.pk, reason="guided", ended_at=later, seen=kept.version, by=agent, at=later)
    again = actions.plan_call(solved.pk, at=later)
    assert again is not None
    assert (again.kind, again.due_at) == ("phone_watch", later + timedelta(minutes=120))


@pytest.mark.req("R-068")
def test_nobody_there_demands_the_next_time(solved: Order, agent: Actor, now: datetime) -> None:
    at = now + timedelta(minutes=125)
    with pytest.raises(Invalid) as refused:
        actions.log_unreached(solved.pk, result="no_answer", next_at=None, by=agent, at=at)
    assert list(refused.value.errors) == ["next_at"]

    call = actions.log_unreached(
        solved.pk, result="no_answer", next_at=at + timedelta(minutes=35), by=agent, at=at
    ).call

    assert (call.attempts, call.due_at) == (1, at + timedelta(minutes=35))
    assert status(solved) is Status.TO_FOLLOW_UP


@pytest.mark.req("R-068")
@pytest.mark.parametrize(
    ("values", "due"),
    [
        ({rules.WATCH_MINUTES: 60}, timedelta(minutes=65)),
        ({rules.WATCH_FROM: "registration"}, timedelta(minutes=120)),
        ({rules.WATCH_MINUTES: 740}, timedelta(minutes=745)),  # 22:25: at night too
        ({rules.WATCH_MINUTES: 740, rules.WATCH_WAITS: True}, timedelta(hours=23)),  # 09:00
    ],
)
def test_the_shop_says_from_when_how_long_and_whether_the_night_counts(
    solved: Order, put: Set, now: datetime, values: dict[Any, Any], due: timedelta
) -> None:
    put(values)

    call = actions.plan_call(solved.pk, at=now)

    assert call is not None
    assert call.due_at == now + due


@pytest.mark.req("R-068")
def test_with_the_background_down_the_watch_stands_in_the_list_all_the_same(
    solved: Order, agent: Actor, now: datetime
) -> None:
    row = queries.station(agent, now=now, scope="today").rows[0]

    assert (row["id"], row["kind"], row["due_at"]) == (None, "phone_watch", now + HELPED + timedelta(minutes=120))


@pytest.fixture
def complained(settled: Make, agent: Actor, supervisor: Actor, now: datetime) -> Order:
    """A complaint about a settled order, judged and handled: it waits for its call."""
    order = orders.complain(settled().pk, "师傅迟到两小时", by=agent, at=now)
    who: dict[str, Any] = {"by": supervisor, "at": now}
    orders.judge(order.pk, subject="迟到", liability="shop", seen=order.version, **who)
    order.refresh_from_db()
    orders.handle(order.pk, handling="电话道歉", outcome="客户接受", seen=order.version, **who)
    order.refresh_from_db()
    orders.compensate(order.pk, rule_id=None, reason="道歉即可", seen=order.version, **who)
    order.refresh_from_db()
    return orders.close_answered(order.pk, seen=order.version, **who)


@pytest.mark.req("R-050")
def test_a_handled_complaint_closes_by_its_call_only(complained: Order, agent: Actor, now: datetime) -> None:
    event = Event.objects.get(verb="order.complaint_handled")
    assert Delivery.objects.filter(event=event, job="followup.jobs.schedule_call").count() == 1
    jobs.schedule_call(event.pk, at=now)
    call = CallBack.objects.get(order=complained)
    assert (status(complained), call.kind, call.due_at) == (Status.TO_FOLLOW_UP, "complaint", now)
    assert not Message.objects.filter(order=complained).exists()

    actions.record_answer(complained.pk, "fixed", by=agent, at=now)

    assert status(complained) is Status.CLOSED


@pytest.mark.req("R-050")
@pytest.mark.parametrize("label", ["not_repaired", "complaint"])
def test_an_unhappy_customer_has_his_complaint_taken_up_again(
    complained: Order, agent: Actor, now: datetime, label: str
) -> None:
    said = ResultDraft(content="还是没人道歉", is_fixed=False, label=label)

    outcome = actions.record_result(complained.pk, said, by=agent, at=now)

    assert (status(complained), outcome.opened, outcome.call.state) == (Status.ANSWERING, "", "done")


@pytest.mark.req("R-050", "O-056")
def test_a_complaint_that_reaches_nobody_is_given_up_after_three_tries(
    complained: Order, agent: Actor, now: datetime
) -> None:
    for hours in range(3):
        actions.record_answer(complained.pk, "missed", by=agent, at=now + timedelta(hours=hours))

    actions.give_up(complained.pk, by=agent, at=now)

    kept = Order.objects.get(pk=complained.pk)
    assert (kept.status, kept.repair_label) == (Status.CLOSED, "未接通结案")


@pytest.mark.req("O-056")
def test_whoever_is_complained_of_does_not_ask_whether_it_is_settled(
    complained: Order, site: Any, hire: Any, now: datetime
) -> None:
    blamed = hire(site, "duoneng", "多能", "agent", "technician")
    complained.complaint.person_id = blamed.id
    complained.complaint.save()

    with pytest.raises(Refused, match="投诉的是您"):
        actions.record_answer(complained.pk, "fixed", by=blamed, at=now)


def test_an_order_that_nobody_planned_stands_at_the_time_that_its_call_will_have(
    settled: Make, put: Set, agent: Actor, now: datetime
) -> None:
    put({rules.QUIET_FROM: "18:00", rules.QUIET_UNTIL: "11:00", rules.FIRST_CALL: "12:00"})
    evening = (now + timedelta(days=1)).replace(hour=12)  # in the shop it is eight
    order = settled()
    Order.objects.filter(pk=order.pk).update(settled_at=evening)

    (row,) = queries.station(agent, now=now).rows
    call = actions.plan_call(order.pk, at=now)

    assert call is not None
    assert (
        row["due_at"]
        == call.due_at
        == rules.out_of_quiet(evening + timedelta(days=1), rules.Night.of("18:00", "11:00", "12:00"))
    )
    assert call.due_at > evening + timedelta(days=1)
