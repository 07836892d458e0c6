"""A customer, a category and orders at every station, made by the verbs that lead there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.catalog import actions as catalog
from gongdan.catalog.models import Category
from gongdan.customers import actions as customers
from gongdan.customers.models import Customer
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.dispatch import actions as dispatch
from gongdan.dispatch.actions import VisitDraft
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions, queries
from gongdan.orders.models import Order
from gongdan.orders.rules import DeviceDraft, OrderDraft


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
def register(customer: Customer, agent: Actor, now: datetime) -> Callable[..., Order]:
    """An order of 王小明; `symptom=` and the like differ."""

    def _register(by: Actor = agent, at: datetime = now, **typed: Any) -> Order:
        usual: dict[str, Any] = {"symptom": "空调不制冷", "source": "direct", "customer_id": customer.pk}
        return actions.register(OrderDraft(**usual | typed), by=by, at=at)

    return _register


@pytest.fixture
def question(register: Callable[..., Order], agent: Actor, now: datetime) -> Order:
    order = register(symptom="滤网多久洗一次")
    return actions.choose_inquiry(order.pk, seen=order.version, by=agent, at=now)


@pytest.fixture
def repair(register: Callable[..., Order], aircon: Category, agent: Actor, now: datetime) -> Order:
    """An order with a device, waiting for dispatch."""
    order = register(
        category_id=aircon.pk,
        devices=(DeviceDraft(category_id=aircon.pk, brand_text="格力", model_text="KFR-35GW", serial="4Q97A0236118"),),
    )
    return actions.choose_repair(order.pk, seen=order.version, by=agent, at=now)


@pytest.fixture
def dispatched(repair: Order, technician: Actor, dispatcher: Actor, now: datetime) -> Order:
    """The same order given to 李建国, with a promised window."""
    dispatch.assign(
        repair.pk,
        VisitDraft(
            technician_id=technician.id,
            task="检修空调",
            planned_from=now + timedelta(hours=2),
            planned_to=now + timedelta(hours=4),
        ),
        seen=queries.version(repair.pk),
        by=dispatcher,
        at=now,
        confirm_conflict=True,
    )
    return Order.objects.get(pk=repair.pk)
