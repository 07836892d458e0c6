"""Planning calls, trying, recording what was said, giving up; labels; what the list shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.audit.models import Delivery, Event
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.followup import actions, jobs, queries, rules
from gongdan.followup.actions import ResultDraft
from gongdan.followup.models import CallBack, RepairLabel
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused, Stale
from gongdan.orders import actions as orders
from gongdan.orders import queries as order_queries
from gongdan.orders.models import ContactAttempt, Order, Relation
from gongdan.orders.rules import OrderDraft
from gongdan.orders.states import Status
from gongdan.repair.models import PartLine
from tests.settlement.cast import Make

HAPPY = ResultDraft(content="好用，满意", is_fixed=True, label="closed_well", score=5)


def status(order: Order) -> Status:
    return Status(Order.objects.get(pk=order.pk).status)


def told(order: Order) -> list[str]:
    found = Event.objects.filter(about_kind="orders.order", about_id=order.pk, verb__startswith="followup.")
    return list(found.order_by("id").values_list("verb", flat=True))


@pytest.mark.django_db
@pytest.mark.req("R-187", "R-184")
def test_a_settlement_plans_one_call_a_day_later(settled: Make, now: datetime) -> None:
    order = settled()
    event = Event.objects.get(verb="settlement.posted")
    assert Delivery.objects.filter(event=event, job="followup.jobs.schedule_call").count() == 1

    jobs.schedule_call(event.pk, at=now)
    jobs.schedule_call(event.pk, at=now)

    call = CallBack.objects.get(order=order)
    assert (call.due_at, call.state, call.attempts) == (now + timedelta(hours=24), "due", 0)
    assert told(order) == ["followup.planned"]


@pytest.mark.django_db
@pytest.mark.req("R-187")
@pytest.mark.parametrize("stage", ["in_repair", "finished"])
def test_nobody_is_called_back_before_the_ticket_is_returned_and_settled(
    stage: str, agent: Actor, now: datetime, request: pytest.FixtureRequest
) -> None:
    order: Order = request.getfixturevalue(stage)(187_00)

    assert actions.plan_call(order.pk, at=now) is None
    with pytest.raises(Refused, match="完工并结算后才能回访"):
        actions.record_result(order.pk, HAPPY, by=agent, at=now)
    assert CallBack.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.req("R-184")
@pytest.mark.parametrize(
    ("draft", "after", "label"),
    [
        (HAPPY, Status.CLOSED, "正常关闭"),
        (ResultDraft(content="客户自己取回", is_fixed=True, label="returned"), Status.CLOSED, "退修"),
        (ResultDraft(content="还是不亮", is_fixed=False, label="not_repaired"), Status.TO_DISPATCH, "未修复"),
        (ResultDraft(content="又坏了", is_fixed=False, label="rework"), Status.TO_DISPATCH, "返修"),
        (ResultDraft(content="师傅态度差", is_fixed=True, label="complaint"), Status.CLOSED, "转投诉"),
    ],
)
def test_the_chosen_status_drives_the_order(
    settled: Make, agent: Actor, now: datetime, draft: ResultDraft, after: Status, label: str
) -> None:
    order = settled()

    outcome = actions.record_result(order.pk, draft, by=agent, at=now)

    kept = Order.objects.get(pk=order.pk)
    assert (kept.status, kept.repair_label) == (after, label)
    assert (outcome.call.state, outcome.call.done_by_id, outcome.call.content) == ("done", agent.id, draft.content)
    assert told(order) == ["followup.planned", "followup.done"]
    attempt = ContactAttempt.objects.get(order=order)
    assert (attempt.purpose, attempt.result) == ("follow_up", "reached")
    if draft.label == "complaint":
        complaint = Order.objects.get(number=outcome.opened)
        assert (complaint.flow, complaint.symptom) == ("complaint", "师傅态度差")
        assert Relation.objects.get(order=complaint).earlier_id == order.pk
    else:
        assert outcome.opened == ""


@pytest.mark.django_db
@pytest.mark.req("R-184", "R-186")
def test_a_label_that_drives_nothing_leaves_the_order_and_asks_when_to_call_again(
    settled: Make, agent: Actor, now: datetime
) -> None:
    order = settled()
    said = ResultDraft(content="等配件，先用着", is_fixed=False, label="waiting_part")

    with pytest.raises(Invalid) as refused:
        actions.record_result(order.pk, said, by=agent, at=now)
    assert list(refused.value.errors) == ["next_at"]

    later = ResultDraft(content="等配件", is_fixed=False, label="waiting_part", next_at=now + timedelta(hours=13))
    outcome = actions.record_result(order.pk, later, by=agent, at=now)

    assert status(order) is Status.TO_FOLLOW_UP
    assert (outcome.call.state, outcome.call.content) == ("due", "等配件")
    assert outcome.call.due_at == now + timedelta(hours=23)  # 23:00 becomes 09:00
    assert told(order) == ["followup.planned", "followup.noted"]
    assert order_queries.counts(agent)[Status.TO_FOLLOW_UP] == 1


@pytest.mark.django_db
@pytest.mark.req("R-186", "O-057")
def test_a_settled_order_stays_in_the_count_until_it_is_called_back(settled: Make, agent: Actor, now: datetime) -> None:
    order = settled()
    counted = order_queries.counts(agent)
    assert (counted[Status.TO_SETTLE], counted[Status.TO_FOLLOW_UP]) == (0, 1)

    actions.record_result(order.pk, HAPPY, by=agent, at=now)

    assert order_queries.counts(agent)[Status.TO_FOLLOW_UP] == 0


@pytest.mark.django_db
@pytest.mark.req("O-056")
def test_three_tries_and_then_it_is_closed_unreached(settled: Make, agent: Actor, now: datetime) -> None:
    order = settled()
    for n in range(3):
        at = now + timedelta(hours=n)
        with pytest.raises(Refused, match=f"至少回访 3 次未接通才能结案，现在 {n} 次"):
            actions.give_up(order.pk, by=agent, at=at)
        outcome = actions.log_unreached(order.pk, result="no_answer", next_at=at + timedelta(hours=1), by=agent, at=at)
        call = outcome.call
        assert (call.attempts, call.due_at, outcome.is_counted) == (n + 1, at + timedelta(hours=1), True)

    call = actions.give_up(order.pk, by=agent, at=at)

    kept = Order.objects.get(pk=order.pk)
    assert (call.state, kept.status, kept.repair_label) == ("given_up", "closed", "未接通结案")
    assert told(order) == ["followup.planned", *["followup.attempted"] * 3, "followup.given_up"]


@pytest.mark.django_db
@pytest.mark.req("O-056")
def test_a_try_before_the_agreed_time_is_kept_and_does_not_count(settled: Make, agent: Actor, now: datetime) -> None:
    order = settled()
    agreed = actions.record_answer(order.pk, "missed", by=agent, at=now).call.due_at
    assert agreed == now + timedelta(hours=1)

    for second in range(3):
        at = now + timedelta(seconds=10 * second + 10)
        outcome = actions.record_answer(order.pk, "missed", by=agent, at=at)
        assert (outcome.is_counted, outcome.call.attempts, outcome.call.due_at) == (False, 1, agreed)
    with pytest.raises(Refused, match="至少回访 3 次未接通才能结案，现在 1 次"):
        actions.give_up(order.pk, by=agent, at=at)
    later = agreed + timedelta(hours=2)
    typed = actions.log_unreached(order.pk, result="rejected", next_at=later, by=agent, at=at)
    assert (typed.is_counted, typed.call.due_at) == (False, later)
    assert actions.record_answer(order.pk, "missed", by=agent, at=later).call.attempts == 2

    tried = ContactAttempt.objects.filter(order=order, purpose="follow_up")
    assert tried.count() == 6
    early = ["followup.attempted_early"] * 4
    assert told(order) == ["followup.planned", "followup.attempted", *early, "followup.attempted"]


@pytest.mark.django_db
@pytest.mark.req("R-249")
def test_the_shop_says_how_long_after_nobody_answered_it_rings_up_again(
    settled: Make, put: Callable[..., None], agent: Actor, now: datetime
) -> None:
    put({rules.RETRY_MINUTES: 25})

    call = actions.record_answer(settled().pk, "missed", by=agent, at=now).call

    assert call.due_at == now + timedelta(minutes=25)


@pytest.mark.django_db
@pytest.mark.req("O-056", "R-063")
def test_a_next_try_in_the_night_waits_for_the_morning(settled: Make, agent: Actor, now: datetime) -> None:
    order = settled()

    call = actions.log_unreached(
        order.pk, result="switched_off", next_at=now + timedelta(hours=12, minutes=10), by=agent, at=now
    ).call

    assert call.due_at == now + timedelta(hours=23)  # 22:10 becomes 09:00
    assert ContactAttempt.objects.get(order=order).next_at == call.due_at


@pytest.mark.django_db
@pytest.mark.req("O-056")
def test_whoever_did_the_work_does_not_call_himself(
    settled: Make, technician: Actor, hire: Callable[..., Actor], site: Any, now: datetime
) -> None:
    order = settled()
    both = hire(site, "duoneng", "多能", "agent", "technician")
    orders.add_participant(order, both.id, "helper", at=now)
    orders.end_participant(order, both.id, "helper", at=now)

    for verb in (
        lambda: actions.record_result(order.pk, HAPPY, by=both, at=now),
        lambda: actions.log_unreached(order.pk, result="no_answer", next_at=now, by=both, at=now),
        lambda: actions.give_up(order.pk, by=both, at=now),
    ):
        with pytest.raises(Forbidden, match="不能自己回访"):
            verb()
    with pytest.raises(Forbidden):
        actions.record_result(order.pk, HAPPY, by=technician, at=now)
    assert told(order) == []


@pytest.mark.django_db
@pytest.mark.req("O-005")
def test_an_open_part_stands_against_closing_by_name_and_not_against_reopening(
    settled: Make, open_part: Callable[[Order], PartLine], agent: Actor, now: datetime
) -> None:
    order = settled()
    open_part(order)
    for n in range(3):
        at = now + timedelta(hours=n)
        actions.log_unreached(order.pk, result="no_answer", next_at=at + timedelta(hours=1), by=agent, at=at)

    for verb in (
        lambda: actions.record_result(order.pk, HAPPY, by=agent, at=now),
        lambda: actions.give_up(order.pk, by=agent, at=now),
    ):
        with pytest.raises(Refused, match="配件“屏幕总成”的旧件去向还没有填写，登记人 李建国"):
            verb()
    assert (status(order), CallBack.objects.get().state) == (Status.TO_FOLLOW_UP, "due")

    actions.record_result(
        order.pk, ResultDraft(content="没修好", is_fixed=False, label="not_repaired"), by=agent, at=now
    )
    assert status(order) is Status.TO_DISPATCH


@pytest.mark.django_db
def test_whoever_saves_over_a_colleagues_call_is_told(
    settled: Make, agent: Actor, supervisor: Actor, now: datetime
) -> None:
    order = settled()
    call = actions.plan_call(order.pk, at=now)
    assert call is not None
    actions.log_unreached(order.pk, result="no_answer", next_at=now + timedelta(hours=1), by=supervisor, at=now)

    with pytest.raises(Stale, match="赵明"):
        actions.record_result(order.pk, HAPPY, seen=call.version, by=agent, at=now)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["cashier", "dispatcher", "technician", "stranger"])
def test_who_may_not_call_is_refused(settled: Make, role: str, now: datetime, request: pytest.FixtureRequest) -> None:
    order = settled()
    actor: Actor = request.getfixturevalue(role)

    for verb in (
        lambda: actions.record_result(order.pk, HAPPY, by=actor, at=now),
        lambda: actions.log_unreached(order.pk, result="no_answer", next_at=now, by=actor, at=now),
        lambda: actions.give_up(order.pk, by=actor, at=now),
        lambda: actions.add_label("待定", "none", by=actor, at=now),
    ):
        with pytest.raises(Forbidden):
            verb()


@pytest.fixture
def answered(till: object, agent: Actor, now: datetime) -> Order:
    """A question answered and closed at ten, with a promised call."""
    order = orders.register(
        OrderDraft(
            symptom="宽带 691",
            source="direct",
            phone="13812345678",
            customer=CustomerDraft(name="王小明", contacts=(ContactDraft("13812345678", "王小明"),)),
        ),
        by=agent,
        at=now,
    )
    order = orders.choose_inquiry(order.pk, seen=order.version, by=agent, at=now)
    orders.answer(order.pk, text="重拨就好", wants_follow_up=True, seen=order.version, by=agent, at=now)
    order = Order.objects.get(pk=order.pk)
    return orders.close_answered(order.pk, seen=order.version, by=agent, at=now)


@pytest.mark.django_db
@pytest.mark.req("R-068")
def test_help_by_telephone_is_asked_about_two_hours_later(answered: Order, agent: Actor, now: datetime) -> None:
    event = Event.objects.get(verb="order.answered_closed")
    assert Delivery.objects.filter(event=event, job="followup.jobs.schedule_answer_call").count() == 1
    jobs.schedule_answer_call(event.pk, at=now)
    jobs.schedule_answer_call(event.pk, at=now)

    call = CallBack.objects.get(order=answered)
    assert (call.kind, call.due_at) == ("after_answer", now + timedelta(minutes=120))
    assert [row["number"] for row in queries.station(agent, now=now, scope="answers").rows] == [answered.number]
    assert queries.station(agent, now=now, scope="all").rows == []

    later = now + timedelta(minutes=155)
    broken = ResultDraft(content="还是 691", is_fixed=False, label="not_repaired")
    outcome = actions.record_result(answered.pk, broken, by=agent, at=later)

    repair = Order.objects.get(number=outcome.opened)
    assert (repair.status, repair.flow, repair.symptom) == ("to_dispatch", "repair", "宽带 691")
    assert queries.station(agent, now=now, scope="answers").rows == []


@pytest.mark.django_db
@pytest.mark.req("R-068")
def test_an_answer_that_helped_is_done_with_one_call(answered: Order, agent: Actor, now: datetime) -> None:
    actions.plan_answer_call(answered.pk, at=now)

    outcome = actions.record_result(answered.pk, HAPPY, by=agent, at=now)

    assert (outcome.call.state, outcome.opened, status(answered)) == ("done", "", Status.CLOSED)
    with pytest.raises(Refused):
        actions.record_result(answered.pk, HAPPY, by=agent, at=now)


@pytest.mark.django_db
@pytest.mark.req("R-184")
def test_the_list_stands_by_due_time_and_shows_orders_that_nobody_planned(
    settled: Make, agent: Actor, stranger: Actor, technician: Actor, now: datetime,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    first, second, unplanned = settled(name="甲"), settled(name="乙"), settled(name="丙")
    actions.plan_call(first.pk, at=now)
    actions.log_unreached(second.pk, result="no_answer", next_at=now + timedelta(hours=1), by=agent, at=now)

    with django_assert_num_queries(3):  # calls, unplanned orders, the settings of their one site
        station = queries.station(agent, now=now)
    assert [(row["number"], row["attempts"]) for row in station.rows] == [
        (second.number, 1), (first.number, 0), (unplanned.number, 0),
    ]  # fmt: skip
    assert [row["due_at"] - now for row in station.rows] == [
        timedelta(hours=1), timedelta(hours=24), timedelta(hours=24),
    ]  # fmt: skip
    today = queries.station(agent, now=now, scope="today")
    assert [row["number"] for row in today.rows] == [second.number]
    actions.plan_call(unplanned.pk, at=now)
    with django_assert_num_queries(2):
        assert len(queries.station(agent, now=now).rows) == 3
    assert queries.station(stranger, now=now).rows == []
    assert len(queries.station(technician, now=now).rows) == 3  # his own


@pytest.mark.django_db
def test_the_list_goes_on_where_it_stopped(settled: Make, agent: Actor, now: datetime) -> None:
    made = [settled(name=f"客户{n}") for n in range(3)]
    for order in made:
        actions.plan_call(order.pk, at=now)

    page = queries.station(agent, now=now, limit=2)
    rest = queries.station(agent, now=now, limit=2, cursor=page.next_cursor)

    assert [row["number"] for row in (*page.rows, *rest.rows)] == [order.number for order in made]
    assert (page.next_cursor is not None, rest.next_cursor) == (True, None)


@pytest.mark.django_db
@pytest.mark.req("R-185")
def test_the_shipped_labels_are_there_and_seeding_twice_is_once(till: object) -> None:
    actions.seed_labels()

    names = [row["name"] for row in queries.labels()]
    assert len(names) == len(set(names)) == 11
    assert {"待派工", "维修中", "待件", "已修复", "未修复", "退修", "已结算", "已回访"} <= set(names)


@pytest.mark.django_db
@pytest.mark.req("R-185")
def test_labels_are_added_edited_and_retired(settled: Make, admin: Actor, agent: Actor, now: datetime) -> None:
    row = actions.add_label(" 客户满意 ", "close", by=admin, at=now)
    for name, effect, field in (("客户满意", "close", "name"), ("", "close", "name"), ("别的", "jump", "effect")):
        with pytest.raises(Invalid) as refused:
            actions.add_label(name, effect, by=admin, at=now)
        assert list(refused.value.errors) == [field]

    order = settled()
    actions.record_result(order.pk, ResultDraft("好", is_fixed=True, label=row.code), by=agent, at=now)
    assert Order.objects.get(pk=order.pk).repair_label == "客户满意"

    edited: dict[str, Any] = {"name": "很满意", "effect": "close", "position": 0, "is_active": False}
    actions.edit_label(row.pk, **edited, seen=1, by=admin, at=now)
    with pytest.raises(Stale):
        actions.edit_label(row.pk, **edited, seen=1, by=admin, at=now)
    assert "很满意" not in [one["name"] for one in queries.labels()]
    with pytest.raises(Invalid, match="请选择维修状态"):
        actions.record_result(settled().pk, ResultDraft("好", is_fixed=True, label=row.code), by=agent, at=now)
    assert Event.objects.get(verb="followup.label_edited").facts["changes"] == {
        "name": ["客户满意", "很满意"], "position": [11, 0], "is_active": [True, False],
    }  # fmt: skip


@pytest.mark.django_db
def test_one_label_that_closes_stays(till: object, admin: Actor, now: datetime) -> None:
    RepairLabel.objects.filter(effect="close").exclude(code="called").update(is_active=False)
    last = RepairLabel.objects.get(code="called")

    for changed in ({"is_active": False}, {"effect": "none"}):
        typed: dict[str, Any] = {"name": "已回访", "effect": "close", "position": 1, "is_active": True} | changed
        with pytest.raises(Invalid, match="至少保留一个"):
            actions.edit_label(last.pk, **typed, seen=1, by=admin, at=now)
