"""Help by telephone: questions with stored answers, the first judgement before a visit, and what needs no visit at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from gongdan.audit.models import Event
from gongdan.audit.queries import Entry, sentence
from gongdan.catalog import actions as catalog
from gongdan.catalog import queries as known
from gongdan.catalog.models import Category
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused, Stale
from gongdan.orders import actions, events, queries, rules
from gongdan.orders.models import ContactAttempt, Order, PhoneFix, Preliminary, ScriptAnswer
from gongdan.orders.states import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeded(db: None, now: datetime) -> None:
    catalog.load_seed(by=SYSTEM, at=now)


@pytest.fixture
def broadband(seeded: None) -> Category:
    return Category.objects.get(code="broadband")


def told(verb: str) -> str:
    event = Event.objects.filter(verb=verb).latest("pk")
    return str(sentence(Entry(**{name: getattr(event, name) for name in Entry.__slots__}), events.SENTENCES))


@pytest.mark.req("R-064")
def test_the_broadband_script_asks_code_and_lights_and_keeps_the_answers(
    register: Callable[..., Order], broadband: Category, agent: Actor, now: datetime
) -> None:
    order = register(category_id=broadband.pk, symptom="上不了网")
    asked = {row.text: row.pk for row in known.questions(broadband.pk)}
    code, light = (next(pk for text, pk in asked.items() if word in text) for word in ("错误代码", "灯"))

    actions.answer_questions(order.pk, {code: "691", light: "LOS 灭，PON 常亮"}, by=agent, at=now)
    actions.answer_questions(
        order.pk, {code: "678", light: "LOS 灭，PON 常亮"}, by=agent, at=now + timedelta(minutes=1)
    )

    page = queries.page(order.pk, agent)
    assert {row.question_id: (row.answer, row.by) for row in page.script} == {
        code: ("678", "王芳"),
        light: ("LOS 灭，PON 常亮", "王芳"),
    }
    assert page.version == 1
    assert told("order.questions_answered").endswith("678")


def test_an_answer_is_taken_back_by_an_empty_one_and_strange_questions_are_refused(
    register: Callable[..., Order], broadband: Category, agent: Actor, cashier: Actor, now: datetime
) -> None:
    order = register(category_id=broadband.pk)
    first = known.questions(broadband.pk)[0].pk
    actions.answer_questions(order.pk, {first: "是"}, by=agent, at=now)

    with pytest.raises(Invalid) as refused:
        actions.answer_questions(order.pk, {first: "长" * 1001, 999_999: "?"}, by=agent, at=now)
    with pytest.raises(Forbidden):
        actions.answer_questions(order.pk, {first: "否"}, by=cashier, at=now)
    assert list(refused.value.errors) == [f"answer_{first}", "answer_999999"]
    assert actions.answer_questions(order.pk, {first: "是"}, by=agent, at=now) == []
    actions.answer_questions(order.pk, {first: " "}, by=agent, at=now)
    assert not ScriptAnswer.objects.exists()


@pytest.mark.req("R-065")
def test_dispatching_a_broadband_order_without_first_judgement_gives_a_warning(
    register: Callable[..., Order], broadband: Category, agent: Actor, now: datetime
) -> None:
    order = register(category_id=broadband.pk)
    assert str(queries.preliminary_gap(order)) == (
        "初步诊断还缺：前因后果、初步范围、初步方案、与客户确认；请先在工单页补填，急修仍可派工"
    )

    actions.note_preliminary(
        order.pk, background="昨天装修后断网", rough_scope="室内光纤", rough_plan="", by=agent, at=now
    )
    assert "初步方案、与客户确认" in str(queries.preliminary_gap(order))
    actions.note_preliminary(
        order.pk,
        background="昨天装修后断网",
        rough_scope="室内光纤",
        rough_plan="带尾纤上门更换",
        is_confirmed=True,
        by=agent,
        at=now,
    )

    page = queries.page(order.pk, agent)
    assert (queries.preliminary_gap(order), page.preliminary_gap) == (None, None)
    assert page.preliminary == queries.PreliminaryFacts(
        "昨天装修后断网", "室内光纤", "带尾纤上门更换", True, "王小明", now, "王芳"
    )
    assert Event.objects.filter(verb="order.preliminary_noted").count() == 2


def test_other_categories_ask_for_no_first_judgement(
    register: Callable[..., Order], aircon: Category, agent: Actor
) -> None:
    order = register(category_id=aircon.pk)

    assert queries.preliminary_gap(order) is None
    assert queries.page(order.pk, agent).preliminary_gap is None
    assert queries.preliminary_gap(register()) is None


def test_a_first_judgement_says_something_and_nobody_agrees_to_nothing(
    register: Callable[..., Order], agent: Actor, cashier: Actor, now: datetime
) -> None:
    order = register()

    with pytest.raises(Invalid) as empty:
        actions.note_preliminary(order.pk, background=" ", by=agent, at=now)
    with pytest.raises(Invalid) as nothing:
        actions.note_preliminary(order.pk, background="断网", is_confirmed=True, by=agent, at=now)
    with pytest.raises(Forbidden):
        actions.note_preliminary(order.pk, background="断网", by=cashier, at=now)

    assert (list(empty.value.errors), list(nothing.value.errors)) == (["rough_scope"], ["rough_plan"])
    assert not Preliminary.objects.exists()


@pytest.mark.req("R-066")
@pytest.mark.parametrize(("reason", "words"), [("false_alarm", "误报"), ("misuse", "使用不当"), ("guided", "指导解决")])
@pytest.mark.parametrize("status", [Status.REGISTERED, Status.ANSWERING, Status.TO_DISPATCH])
def test_an_order_is_solved_by_phone_for_one_of_three_reasons(
    status: Status, reason: str, words: str, order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order, ended = order_in(status), now + timedelta(minutes=5)

    actions.solve_by_phone(
        order.pk,
        reason=reason,
        code="691",
        steps=["核对账号密码", "", "重新拨号"],
        note="密码输错",
        ended_at=ended,
        seen=order.version,
        by=agent,
        at=now + timedelta(minutes=6),
    )

    page = queries.page(order.pk, agent)
    assert (page.status, page.flow, page.error_code, page.repair_label) == ("to_follow_up", "repair", "691", "电话解决")
    assert (page.due_fen, page.settled_at, page.technician_names) == (None, None, "")
    (fix,) = page.phone_fixes
    assert (fix.reason, fix.code, fix.steps, fix.note, fix.solved_at, fix.by) == (
        reason, "691", ("核对账号密码", "重新拨号"), "密码输错", ended, "王芳",
    )  # fmt: skip
    assert told("order.solved_by_phone") == f"王芳 电话解决：{words}"
    assert [(a.result, a.at) for a in page.attempts] == [("reached", ended)]


@pytest.mark.req("R-053")
def test_a_phone_solved_order_needs_neither_dispatch_nor_settlement_and_is_not_final(
    order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = order_in(Status.TO_DISPATCH)
    actions.solve_by_phone(order.pk, reason="guided", seen=order.version, by=agent, at=now)

    page = queries.page(order.pk, agent)
    assert page.closed_at is None
    assert "settle" not in {button.verb for button in page.buttons}
    with transaction.atomic():
        closed = actions.advance(actions.locked(order.pk), "close", by=agent, at=now)
    assert (closed.status, closed.closed_at) == ("closed", now)


def test_under_way_only_dispatch_may_solve_by_phone(
    order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = order_in(Status.IN_REPAIR)

    with pytest.raises(Refused) as refused:
        actions.solve_by_phone(order.pk, reason="guided", seen=order.version, by=agent, at=now)
    assert str(refused.value) == "已经派工，请先在派工页撤销还没有出发的上门，再电话解决"
    actions.solve_by_phone(order.pk, reason="guided", visits_called_off=True, seen=order.version, by=agent, at=now)
    assert Order.objects.get().status == "to_follow_up"


def test_what_stands_against_solving_by_phone_is_told(
    order_in: Callable[..., Order], agent: Actor, cashier: Actor, stranger: Actor, now: datetime
) -> None:
    order = order_in(Status.TO_DISPATCH)

    with pytest.raises(Invalid) as wrong:
        actions.solve_by_phone(
            order.pk, reason="", code="X" * 31, ended_at=now - timedelta(hours=25), seen=order.version, by=agent, at=now
        )
    with pytest.raises(Stale):
        actions.solve_by_phone(order.pk, reason="guided", seen=1, by=agent, at=now)
    for nobody in (cashier, stranger):
        with pytest.raises(Forbidden):
            actions.solve_by_phone(order.pk, reason="guided", seen=order.version, by=nobody, at=now)
    Order.objects.update(money_state="part")
    with pytest.raises(Refused) as money:
        actions.solve_by_phone(order.pk, reason="guided", seen=order.version, by=agent, at=now)
    complaint = order_in(Status.REGISTERED)
    actions.choose_complaint(complaint.pk, seen=1, by=agent, at=now)
    with pytest.raises(Refused) as flow:
        actions.solve_by_phone(complaint.pk, reason="guided", seen=2, by=agent, at=now)

    assert set(wrong.value.errors) == {"reason", "code", "ended_at"}
    assert str(money.value) == "这张工单已收款，请先在结算里退款，再电话解决"
    assert flow.value.code == "wrong_flow"
    assert not PhoneFix.objects.exists()


def test_a_due_reminder_to_call_is_gone_once_it_is_solved(
    order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order, due = order_in(Status.REGISTERED), now + timedelta(hours=1)
    actions.log_contact(order.pk, purpose="contact", result="no_answer", next_at=due, by=agent, at=now)
    assert len(queries.due_contacts(agent, now=due)) == 1

    actions.solve_by_phone(order.pk, reason="guided", seen=order.version, by=agent, at=due)

    assert queries.due_contacts(agent, now=due) == []


@pytest.mark.req("R-066", "R-068")
def test_a_call_that_was_typed_in_later_keeps_its_own_time(
    register: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    """Taken at 10:05, typed in at 12:31: the order is registered when it was, the two hours count from the call."""
    call, typed = now + timedelta(minutes=5), now + timedelta(hours=2, minutes=31)
    order = register(at=typed)

    fix = actions.solve_by_phone(
        order.pk, reason="guided", ended_at=call, seen=order.version, by=agent, at=typed + timedelta(minutes=1)
    )

    order.refresh_from_db()
    attempt = ContactAttempt.objects.get(order=order)
    assert (fix.solved_at, attempt.at, order.received_at) == (call, call, typed)
    with pytest.raises(Invalid):
        actions.log_contact(
            order.pk, purpose="contact", result="reached", called=rules.Moment(call), by=agent, at=typed
        )


def test_how_far_back_is_the_shops_and_nought_is_never_before_the_registration() -> None:
    at = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
    ended, registered = rules.Moment(at), rules.Moment(at + timedelta(hours=3))
    said = [rules.guidance_complaint(ended, registered, now=registered.at, back_hours=hours) for hours in (0, 2, 3)]
    assert [one is None for one in said] == [False, False, True]
    assert "最多补记 2 小时以前的电话" in str(said[1])
