"""Every verb from every status: it moves as the table says, or it is refused and nothing has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from gongdan.audit.models import Event
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused
from gongdan.kernel.states import Transition
from gongdan.orders import actions
from gongdan.orders.models import Order
from gongdan.orders.states import MACHINE, STATUS_LABELS, Status

pytestmark = pytest.mark.django_db

VERBS = [move.verb for move in MACHINE]
DIAGRAM = Path(__file__).resolve().parent.parent.parent / "docs" / "orders.md"
TARGETS = {
    ("choose_inquiry", "registered"): "answering",
    ("choose_complaint", "registered"): "answering",
    ("choose_complaint", "answering"): "answering",
    ("choose_repair", "registered"): "to_dispatch",
    ("choose_repair", "answering"): "to_dispatch",
    ("close_answered", "answering"): "closed",
    ("start_repair", "to_dispatch"): "in_repair",
    ("return_to_dispatch", "in_repair"): "to_dispatch",
    ("finish_repair", "in_repair"): "to_settle",
    ("reopen_repair", "to_settle"): "in_repair",
    ("settle", "to_settle"): "to_follow_up",
    ("reverse", "to_follow_up"): "to_settle",
    ("reverse", "closed"): "to_settle",
    ("close", "to_follow_up"): "closed",
    ("reopen", "to_follow_up"): "to_dispatch",
    ("reopen", "closed"): "to_dispatch",
    ("cancel", "registered"): "cancelled",
    ("cancel", "answering"): "cancelled",
    ("cancel", "to_dispatch"): "cancelled",
}


@pytest.mark.req("R-053")
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("status", list(Status))
def test_each_verb_moves_from_its_statuses_only(
    status: Status, verb: str, order_in: Callable[..., Order], now: datetime
) -> None:
    order = order_in(status)
    events = Event.objects.count()
    target = TARGETS.get((verb, status.value))

    if target is None:
        with pytest.raises(Refused) as refused, transaction.atomic():
            actions.advance(actions.locked(order.pk), verb, by=SYSTEM, at=now, reason="试试")
        assert refused.value.code == "wrong_status"
        assert str(refused.value).startswith(f"当前状态是“{STATUS_LABELS[status]}”，不能")
        kept = Order.objects.get()
        assert (kept.status, kept.version, Event.objects.count()) == (status, order.version, events)
        return
    with transaction.atomic():
        actions.advance(actions.locked(order.pk), verb, by=SYSTEM, at=now, reason="试试")
    moved = Order.objects.get()
    event = Event.objects.order_by("-pk").first()
    assert (moved.status, moved.version, Event.objects.count()) == (target, order.version + 1, events + 1)
    assert event is not None
    assert (event.about_id, event.facts["status"]) == (order.pk, [status.value, target])
    assert (moved.closed_at is not None) == (target == "closed")


@pytest.mark.parametrize("move", list(MACHINE), ids=VERBS)
def test_each_verb_asks_for_its_permission(
    move: Transition, order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    verb, permission = move.verb, move.permission
    order = order_in(Status(min(move.sources)))
    powerless = Actor("staff", agent.id, agent.name, frozenset({"orders.view", "orders.see_all"}), agent.sites)
    entitled = Actor("staff", agent.id, agent.name, powerless.permissions | {permission}, agent.sites)

    with pytest.raises(Forbidden), transaction.atomic():
        actions.advance(actions.locked(order.pk, by=powerless), verb, by=powerless, at=now, reason="试试")
    assert Order.objects.get().version == order.version
    with transaction.atomic():
        actions.advance(actions.locked(order.pk, by=entitled), verb, by=entitled, at=now, reason="试试")
    assert Order.objects.get().version == order.version + 1


@pytest.mark.parametrize("verb", [move.verb for move in MACHINE if move.needs_reason])
def test_a_verb_that_needs_a_reason_is_refused_without(
    verb: str, order_in: Callable[..., Order], now: datetime
) -> None:
    (move,) = [move for move in MACHINE if move.verb == verb]
    order = order_in(Status(max(move.sources)))

    with pytest.raises(Invalid) as refused, transaction.atomic():
        actions.advance(actions.locked(order.pk), verb, by=SYSTEM, at=now, reason="  ")

    assert {field: str(text) for field, text in refused.value.errors.items()} == {"reason": f"请填写{move.label}的原因"}
    assert Order.objects.get().status == order.status


def test_an_answered_question_cannot_be_reopened_as_a_repair(
    order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = order_in(Status.ANSWERING)
    actions.answer(order.pk, text="保修一年", seen=order.version, by=agent, at=now)
    order.refresh_from_db()
    actions.close_answered(order.pk, seen=order.version, by=agent, at=now)

    with pytest.raises(Refused) as refused, transaction.atomic():
        actions.advance(actions.locked(order.pk), "reopen", by=SYSTEM, at=now, reason="要修")

    assert str(refused.value) == "这张工单没有走维修流程，需要维修请点“转维修”另开维修单"


def test_the_database_knows_the_statuses_too(order_in: Callable[..., Order]) -> None:
    order = order_in(Status.REGISTERED)

    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(status="somewhere")


def test_the_documents_diagram_is_the_table() -> None:
    assert f"```mermaid\n{MACHINE.diagram()}\n```" in DIAGRAM.read_text(encoding="utf-8")
