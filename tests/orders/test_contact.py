"""Calls to the customer: kept, never before the registration, and never without a next time when nobody answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from gongdan.audit.models import Event
from gongdan.audit.queries import Entry, sentence
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid
from gongdan.orders import actions, events, queries
from gongdan.orders.models import ContactAttempt, Order
from gongdan.orders.rules import Moment

pytestmark = pytest.mark.django_db


@pytest.mark.req("R-062")
def test_an_attempt_stands_on_the_order_with_time_person_number_and_result(
    register: Callable[..., Order], agent: Actor, dispatcher: Actor, now: datetime
) -> None:
    order = register()
    later = now + timedelta(minutes=10)

    actions.log_contact(order.pk, purpose="appointment", result="reached", note="约下午三点", by=dispatcher, at=later)

    page = queries.page(order.pk, agent)
    assert [(a.purpose, a.at, a.by_name, a.number, a.result, a.note) for a in page.attempts] == [
        ("appointment", later, "何静", "13812345678", "reached", "约下午三点")
    ]
    assert page.version == 1


@pytest.mark.req("R-079")
def test_an_attempt_reads_as_a_sentence_on_the_timeline(
    register: Callable[..., Order], dispatcher: Actor, now: datetime
) -> None:
    order = register()
    actions.log_contact(
        order.pk, purpose="contact", result="no_answer", next_at=now + timedelta(hours=2), by=dispatcher, at=now
    )

    event = Event.objects.get(verb="order.contact_logged")
    entry = Entry(**{name: getattr(event, name) for name in Entry.__slots__})
    assert str(sentence(entry, events.SENTENCES)) == "何静 联系客户：无人接"
    assert (event.about_kind, event.about_id) == ("orders.order", order.pk)
    assert event.facts["next_at"] == "2026-03-11T04:00:00+00:00"


@pytest.mark.req("R-063")
def test_no_answer_asks_for_the_next_time(register: Callable[..., Order], agent: Actor, now: datetime) -> None:
    order = register()

    with pytest.raises(Invalid) as refused:
        actions.log_contact(order.pk, purpose="contact", result="no_answer", by=agent, at=now)
    with pytest.raises(Invalid) as past:
        actions.log_contact(order.pk, purpose="contact", result="no_answer", next_at=now, by=agent, at=now)

    assert str(refused.value.errors["next_at"]) == "无人接时请填写下次联系时间"
    assert str(past.value.errors["next_at"]) == "下次联系时间要晚于现在"
    assert not ContactAttempt.objects.exists()


@pytest.mark.req("R-063")
def test_a_call_is_due_again_until_the_next_attempt(
    register: Callable[..., Order], agent: Actor, stranger: Actor, now: datetime
) -> None:
    order, due = register(), now + timedelta(hours=2)
    actions.log_contact(order.pk, purpose="contact", result="no_answer", next_at=due, by=agent, at=now)

    early = queries.due_contacts(agent, now=due - timedelta(minutes=1))
    on_time = queries.due_contacts(agent, now=due)
    elsewhere = queries.due_contacts(stranger, now=due)
    actions.log_contact(order.pk, purpose="contact", result="reached", by=agent, at=due)

    assert (early, elsewhere) == ([], [])
    assert [(row["order__number"], row["next_at"]) for row in on_time] == [(order.number, due)]
    assert queries.due_contacts(agent, now=due) == []


@pytest.mark.req("R-037")
def test_a_call_before_the_registration_is_refused(register: Callable[..., Order], agent: Actor, now: datetime) -> None:
    order = register()

    with pytest.raises(Invalid) as refused:
        actions.log_contact(
            order.pk,
            purpose="contact",
            result="reached",
            called=Moment(now - timedelta(seconds=1)),
            by=agent,
            at=now + timedelta(hours=1),
        )

    assert str(refused.value.errors["at"]).endswith("先登记，再电话联系")
    assert not ContactAttempt.objects.exists()


def test_a_telephones_clock_may_be_wrong(register: Callable[..., Order], agent: Actor, now: datetime) -> None:
    order, wrong = register(), now - timedelta(days=3)

    row = actions.log_contact(
        order.pk, purpose="contact", result="reached", called=Moment(wrong, "phone"), by=agent, at=now
    )

    event = Event.objects.get(verb="order.contact_logged")
    assert (row.at, event.at, event.happened_at) == (wrong, now, wrong)


def test_unknown_words_are_refused(register: Callable[..., Order], agent: Actor, now: datetime) -> None:
    order = register()

    with pytest.raises(Invalid) as refused:
        actions.log_contact(order.pk, purpose="chat", result="ok", note="长" * 1001, by=agent, at=now)

    assert list(refused.value.errors) == ["purpose", "result", "note"]


def test_calling_is_for_whom_it_concerns(
    register: Callable[..., Order], stranger: Actor, cashier: Actor, technician: Actor, now: datetime
) -> None:
    order = register()

    for actor in (stranger, cashier, technician):
        with pytest.raises(Forbidden):
            actions.log_contact(order.pk, purpose="contact", result="reached", by=actor, at=now)
