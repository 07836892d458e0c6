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
from gongdan.orders.states import FLOW_OF, MACHINE, STATUS_LABELS, Status

pytestmark = pytest.mark.django_db

VERBS = [move.verb for move in MACHINE]
DIAGRAM = Path(__file__).resolve().parent.parent.parent / "docs" / "orders.md"
TARGETS = {
    ("choose_inquiry", "registered"): "answering",
    ("choose_inquiry", "answering"): "answering",
    ("choose_inquiry", "to_dispatch"): "answering",
    ("choose_complaint", "registered"): "answering",
    ("choose_complaint", "to_dispatch"): "answering",
    ("choose_complaint", "answering"): "answering",
    ("choose_repair", "registered"): "to_dispatch",
    ("choose_repair", "answering"): "to_dispatch",
    ("close_answered", "answering"): "closed",
    ("finish_complaint", "answering"): "to_follow_up",
    ("reopen_complaint", "to_follow_up"): "answering",
    ("solve_by_phone", "registered"): "to_follow_up",
    ("solve_by_phone", "answering"): "to_follow_up",
    ("solve_by_phone", "to_dispatch"): "to_follow_up",
    ("solve_by_phone", "in_repair"): "to_follow_up",
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


def in_flow_of(verb: str, order: Order) -> Order:
    """The order in the only flow that knows this verb."""
    order.flow = FLOW_OF.get(verb, order.flow)
    order.save(update_fields=["flow"])
    return order


@pytest.mark.req("R-053")
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("status", list(Status))
def test_each_verb_moves_from_its_statuses_only(
    status: Status, verb: str, order_in: Callable[..., Order], now: datetime
) -> None:
    order = in_flow_of(verb, order_in(status))
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
    order = in_flow_of(verb, order_in(Status(min(move.sources))))
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
    order = in_flow_of(verb, order_in(Status(max(move.sources))))

    with pytest.raises(Invalid) as refused, transaction.atomic():
        actions.advance(actions.locked(order.pk), verb, by=SYSTEM, at=now, reason="  ")

    assert {field: str(text) for field, text in refused.value.errors.items()} == {"reason": f"请填写{move.label}的原因"}
    assert Order.objects.get().status == order.status


@pytest.mark.req("R-053")
@pytest.mark.parametrize(
    ("status", "verb", "sentence"),
    [
        (
            "registered",
            "finish_repair",
            "当前状态是“未定流程”，不能完工；请先转维修、派工，现在可以：转咨询、转投诉、转维修、电话解决、取消",
        ),
        (
            "to_dispatch",
            "settle",
            "当前状态是“待派工”，不能确定结算；请先派工、完工，现在可以：转咨询、转投诉、电话解决、派工、取消",
        ),
        ("in_repair", "settle", "当前状态是“维修中”，不能确定结算；请先完工，现在可以：电话解决、退回派工、完工"),
        ("in_repair", "cancel", "当前状态是“维修中”，不能取消；请先退回派工，现在可以：电话解决、退回派工、完工"),
        ("to_settle", "close", "当前状态是“待结算”，不能结单；请先确定结算，现在可以：退回维修、确定结算"),
        ("to_settle", "solve_by_phone", "当前状态是“待结算”，不能电话解决；请先退回维修，现在可以：退回维修、确定结算"),
        ("cancelled", "settle", "当前状态是“已取消”，不能确定结算；需要时请重新登记"),
    ],
)
def test_a_refusal_names_the_step_to_do_first(
    status: str, verb: str, sentence: str, order_in: Callable[..., Order], now: datetime
) -> None:
    order = order_in(Status(status))

    with pytest.raises(Refused) as refused, transaction.atomic():
        actions.advance(actions.locked(order.pk), verb, by=SYSTEM, at=now, reason="试试")

    assert str(refused.value) == sentence


@pytest.mark.parametrize("verb", FLOW_OF)
def test_what_only_one_flow_knows_is_refused_in_the_others_with_a_way_out(
    verb: str, order_in: Callable[..., Order], now: datetime
) -> None:
    order = order_in(Status(max(next(move for move in MACHINE if move.verb == verb).sources)))
    order.flow = "inquiry" if FLOW_OF[verb] != "inquiry" else "repair"
    order.save(update_fields=["flow"])

    with pytest.raises(Refused) as refused, transaction.atomic():
        actions.advance(actions.locked(order.pk), verb, by=SYSTEM, at=now, reason="试试")

    assert refused.value.code == "wrong_flow"
    assert "请" in str(refused.value) or "点“" in str(refused.value)
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
