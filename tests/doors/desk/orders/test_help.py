"""求助 on the page of the order: what was asked and answered is told there, and whoever is asked answers there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdan.audit.models import Event
from gongdan.kernel.actor import Actor
from gongdan.orders.models import Order
from gongdan.people.models import Team
from gongdan.repair import actions
from gongdan.repair.actions import HelpDraft
from gongdan.repair.models import HelpRequest
from tests.doors.desk.orders.page import text_of

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Actor], Client]
FORM = "help/{}/answer/"


@pytest.fixture
def asked(dispatched: Order, technician: Actor, other_technician: Actor, now: datetime) -> HelpRequest:
    """李建国 asks a colleague."""
    draft = HelpDraft(1, "压力正常，不制冷，看哪里？", other_technician.id)
    return actions.ask_for_help(dispatched.pk, draft, by=technician, at=now)


def page_of(client: Client, order: Order) -> Any:
    return client.get(reverse("desk:order", args=[order.number]))


def send(client: Client, order: Order, pk: int, answer: str = "先量四通阀线圈", **more: str) -> Any:
    return client.post(reverse("desk:order-help-answer", args=[order.number, pk]), {"answer": answer} | more)


@pytest.mark.req("R-195", "R-197")
def test_the_order_tells_who_asked_whom_what_and_what_was_answered(
    dispatched: Order, asked: HelpRequest, technician: Actor, other_technician: Actor, agent: Actor, now: datetime,
    client_for: ClientFor,
) -> None:  # fmt: skip
    waiting = text_of(page_of(client_for(agent), dispatched))
    assert f"{technician.name} → {other_technician.name}" in waiting
    assert "等答复" in waiting
    assert asked.question in waiting

    actions.answer_help(asked.pk, "先量四通阀线圈", by=other_technician, at=now + timedelta(minutes=5))
    actions.ask_for_help(dispatched.pk, HelpDraft(2, "线圈坏了，换阀吗？"), by=technician, at=now + timedelta(hours=1))
    told = text_of(page_of(client_for(agent), dispatched))
    assert "已答复 一级：请教同事" in told
    assert f"先量四通阀线圈 {other_technician.name}" in told
    assert "等答复 二级：请教技术部" in told


def test_whoever_is_asked_answers_there_and_others_find_no_form(
    dispatched: Order, asked: HelpRequest, technician: Actor, other_technician: Actor, agent: Actor,
    client_for: ClientFor,
) -> None:  # fmt: skip
    form = FORM.format(asked.pk)
    for other in (agent, technician):
        client = client_for(other)
        assert form not in page_of(client, dispatched).content.decode()
        assert send(client, dispatched, asked.pk).status_code == 403
    client = client_for(other_technician)
    assert form in page_of(client, dispatched).content.decode()

    answer = send(client, dispatched, asked.pk)

    assert (answer.status_code, answer["Location"]) == (303, reverse("desk:orders"))  # he sees the order no longer
    asked.refresh_from_db()
    assert (asked.state, asked.answer, asked.answered_by_id) == ("answered", "先量四通阀线圈", other_technician.id)


def test_a_desk_that_advises_answers_and_stays_on_the_order(
    dispatched: Order, technician: Actor, supervisor: Actor, now: datetime, client_for: ClientFor
) -> None:
    row = actions.ask_for_help(dispatched.pk, HelpDraft(2, "换阀吗？", reason="急"), by=technician, at=now)

    answer = send(client_for(supervisor), dispatched, row.pk)

    assert answer["Location"] == reverse("desk:order", args=[dispatched.number])


def test_what_was_refused_keeps_its_words_and_a_repeated_click_answers_once(
    dispatched: Order, asked: HelpRequest, other_technician: Actor, client_for: ClientFor
) -> None:
    client = client_for(other_technician)
    empty = send(client, dispatched, asked.pk, " ")
    assert empty.status_code == 422
    assert "请填写" in text_of(empty)

    assert send(client, dispatched, asked.pk, once_key="k" * 22).status_code == 303
    assert Event.objects.filter(verb="repair.help_answered").count() == 1
    assert send(client, dispatched, asked.pk, "又一次").status_code == 403  # not his order any more
    assert HelpRequest.objects.get().answer == "先量四通阀线圈"


def test_a_question_that_was_answered_meanwhile_or_is_of_another_order(
    dispatched: Order, technician: Actor, supervisor: Actor, now: datetime, client_for: ClientFor,
    register: Callable[..., Order],
) -> None:  # fmt: skip
    row = actions.ask_for_help(dispatched.pk, HelpDraft(2, "换阀吗？", reason="急"), by=technician, at=now)
    client = client_for(supervisor)
    assert send(client, register(symptom="另一件事"), row.pk).status_code == 404
    actions.withdraw_help(row.pk, by=technician, at=now)

    late = send(client, dispatched, row.pk)

    assert late.status_code == 409
    assert "已经答复或撤回" in text_of(late)


@pytest.mark.parametrize("count", [1, 3])
def test_questions_cost_two_queries_however_many(
    dispatched: Order, technician: Actor, supervisor: Actor, now: datetime, client_for: ClientFor, count: int,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    client = client_for(supervisor)
    page_of(client, dispatched)
    with django_assert_num_queries(23):
        page_of(client, dispatched)
    for n in range(count):
        team = Team.objects.create(name=f"技术组 {n}", kind=Team.Kind.DEPARTMENT)
        team.members.add(supervisor.id)
        draft = HelpDraft(2, f"第 {n} 问", team_id=team.pk, reason="急")
        actions.ask_for_help(dispatched.pk, draft, by=technician, at=now)

    with django_assert_num_queries(25):
        shown = page_of(client, dispatched)

    assert shown.content.decode().count('/answer/"') == 2 * count  # action and hx-post of each form
