"""Every event of an order reads as a sentence, every changed field has a name, and the timeline tells the story in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from gongdan.audit.queries import changes, sentence, timeline
from gongdan.kernel.actor import Actor
from gongdan.orders import actions, events
from gongdan.orders.actions.deposits import _EVENTS
from gongdan.orders.actions.intake import EDITABLE as ORDER_FIELDS
from gongdan.orders.actions.lines import EDITABLE, OF_NEW
from gongdan.orders.models import Order
from gongdan.orders.states import MACHINE, Status


def test_every_verb_has_its_sentence_and_every_move_its_verb() -> None:
    assert set(events.SENTENCES) == set(events.Verb)
    assert set(_EVENTS) == {move.verb for move in MACHINE}


def test_every_field_that_may_change_has_a_name() -> None:
    told = {"division_code": "division", "category_id": "category", "fault_id": "fault", "store_id": "store"}

    assert {told.get(name, name) for name in ORDER_FIELDS | EDITABLE | OF_NEW} <= set(events.FIELDS)


@pytest.mark.django_db
@pytest.mark.req("R-079")
@pytest.mark.req("R-250")
def test_the_timeline_tells_who_did_what_in_order(
    register: Callable[..., Order], agent: Actor, dispatcher: Actor, now: datetime
) -> None:
    order = register(channel="online")
    actions.accept_request(order.pk, seen=1, by=dispatcher, at=now + timedelta(minutes=1))
    actions.edit(order.pk, seen=2, changes={"remark": "有狗"}, by=agent, at=now + timedelta(minutes=2))
    actions.choose_repair(order.pk, seen=3, by=agent, at=now + timedelta(minutes=3))
    actions.cancel(order.pk, "客户取消", seen=4, by=dispatcher, at=now + timedelta(minutes=4))

    entries = list(reversed(timeline("orders.order", order.pk, limit=20)))

    assert [(entry.at - now, str(sentence(entry))) for entry in entries] == [
        (timedelta(0), "王芳 登记工单 GD260311-0001"),
        (timedelta(minutes=1), "何静 接收了报修"),
        (timedelta(minutes=2), "王芳 修改了工单"),
        (timedelta(minutes=3), "王芳 转维修流程，等待派工"),
        (timedelta(minutes=4), "何静 取消了工单：客户取消"),
    ]
    (change,) = changes("orders.order", order.pk, limit=20)
    assert (str(change.label), change.old, change.new, change.actor_name) == ("备注", "", "有狗", "王芳")


@pytest.mark.django_db
def test_every_step_to_the_end_reads_well(order_in: Callable[..., Order]) -> None:
    order = order_in(Status.CLOSED)

    told = [str(sentence(entry)) for entry in reversed(timeline("orders.order", order.pk, limit=20))]

    assert told[1:] == [
        "系统 转维修流程，等待派工",
        "派工完成，工单进入维修",
        "系统 交回工单，等待结算",
        "系统 确定结算，等待回访",
        "系统 结单",
    ]
