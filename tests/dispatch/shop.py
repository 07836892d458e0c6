"""A customer with an air conditioner and orders of his, waiting or dispatched, made by the verbs that lead there."""

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
from gongdan.dispatch import actions
from gongdan.dispatch.actions import ConfirmationDraft, VisitDraft
from gongdan.dispatch.models import Visit
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.rules import DeviceDraft, OrderDraft


@pytest.fixture
def aircon(db: None, now: datetime) -> Category:
    return catalog.add_category(code="AC", name="空调", default_mode="on_site", by=SYSTEM, at=now)


@pytest.fixture
def customer(agent: Actor, now: datetime) -> Customer:
    draft = CustomerDraft(
        name="王小明",
        contacts=(ContactDraft("13812345678", "王小明"),),
        addresses=(AddressDraft("体育西路 1 号 302"),),
    )
    return customers.add(draft, by=agent, at=now)


@pytest.fixture
def waiting(customer: Customer, aircon: Category, agent: Actor, now: datetime) -> Callable[..., Order]:
    """An order that waits for dispatch; `mode=` and the like differ."""

    def _waiting(**typed: Any) -> Order:
        device = DeviceDraft(category_id=aircon.pk, brand_text="格力", model_text="KFR-35GW", serial="4Q97A0236118")
        known: dict[str, Any] = {"symptom": "空调不制冷", "source": "direct", "customer_id": customer.pk}
        known |= {"category_id": aircon.pk, "devices": (device,)}
        order = orders.register(OrderDraft(**known | typed), by=agent, at=now)
        return orders.choose_repair(order.pk, seen=order.version, by=agent, at=now)

    return _waiting


@pytest.fixture
def order(waiting: Callable[..., Order]) -> Order:
    return waiting()


@pytest.fixture
def draft(technician: Actor, now: datetime) -> Callable[..., VisitDraft]:
    """A line for 李建国 from two hours on; whatever is given differs."""

    def _draft(**typed: Any) -> VisitDraft:
        window: dict[str, Any] = {"planned_from": now + timedelta(hours=2), "planned_to": now + timedelta(hours=4)}
        known: dict[str, Any] = {"technician_id": technician.id, "task": "检修空调"}
        return VisitDraft(**known | window | typed)

    return _draft


@pytest.fixture
def visit(order: Order, draft: Callable[..., VisitDraft], dispatcher: Actor, now: datetime) -> Visit:
    """The order given to 李建国."""
    return actions.assign(order.pk, draft(), seen=order.version, by=dispatcher, at=now)


def called(visit: Visit, by: Actor, at: datetime, **typed: Any) -> None:
    """The call before setting out, with all three facts as they were told; whatever is given differs."""
    known: dict[str, Any] = {"is_convenient": True, "device_ok": True, "fault_ok": True, "address_ok": True}
    actions.confirm_before_visit(visit.pk, ConfirmationDraft(**known | typed), by=by, at=at)
