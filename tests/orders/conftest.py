"""A customer, a category, and orders brought into any status by the verbs that lead there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from gongdan.catalog import actions as catalog
from gongdan.catalog.models import Category
from gongdan.customers import actions as customers
from gongdan.customers.models import Customer
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions
from gongdan.orders.models import Order
from gongdan.orders.rules import OrderDraft
from gongdan.orders.states import Status

WAYS: dict[Status, tuple[str, ...]] = {
    Status.REGISTERED: (),
    Status.ANSWERING: ("choose_inquiry",),
    Status.TO_DISPATCH: ("choose_repair",),
    Status.IN_REPAIR: ("choose_repair", "start_repair"),
    Status.TO_SETTLE: ("choose_repair", "start_repair", "finish_repair"),
    Status.TO_FOLLOW_UP: ("choose_repair", "start_repair", "finish_repair", "settle"),
    Status.CLOSED: ("choose_repair", "start_repair", "finish_repair", "settle", "close"),
    Status.CANCELLED: ("cancel",),
}


@pytest.fixture
def aircon(db: None, now: datetime) -> Category:
    return catalog.add_category(code="AC", name="空调", default_mode="on_site", by=SYSTEM, at=now)


@pytest.fixture
def customer(agent: Actor, now: datetime) -> Customer:
    return customers.add(
        CustomerDraft(
            name="王小明",
            contacts=(ContactDraft("13812345678", "王小明"),),
            addresses=(AddressDraft("体育西路 1 号 302"),),
        ),
        by=agent,
        at=now,
    )


@pytest.fixture
def draft(customer: Customer) -> Callable[..., OrderDraft]:
    """What a clerk types when 王小明 calls; `symptom=` and the like differ."""

    def _draft(**typed: Any) -> OrderDraft:
        usual: dict[str, Any] = {"symptom": "空调不制冷", "source": "direct", "customer_id": customer.pk}
        return OrderDraft(**(usual | typed))

    return _draft


@pytest.fixture
def register(draft: Callable[..., OrderDraft], agent: Actor, now: datetime) -> Callable[..., Order]:
    """A registered order of 王小明; `symptom=` and the like differ."""

    def _register(by: Actor = agent, at: datetime = now, **typed: Any) -> Order:
        return actions.register(draft(**typed), by=by, at=at)

    return _register


@pytest.fixture
def order_in(register: Callable[..., Order], now: datetime) -> Callable[..., Order]:
    """An order brought into a status step by step."""

    def _order_in(status: Status, **typed: Any) -> Order:
        order = register(**typed)
        for verb in WAYS[status]:
            if verb in ("choose_inquiry", "choose_repair"):
                order = getattr(actions, verb)(order.pk, seen=order.version, by=SYSTEM, at=now)
                continue
            with transaction.atomic():
                order = actions.advance(actions.locked(order.pk), verb, by=SYSTEM, at=now, reason="按步骤")
        return order

    return _order_in
