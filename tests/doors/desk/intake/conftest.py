"""A known customer with two devices, and what a clerk types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from gongdan.catalog import actions as catalog
from gongdan.catalog.models import Category
from gongdan.customers import actions as customers
from gongdan.customers.models import Customer
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.devices import actions as devices
from gongdan.devices.models import Device
from gongdan.devices.rules import DeviceDraft
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.rules import OrderDraft


@pytest.fixture
def aircon(db: None, now: datetime) -> Category:
    return catalog.add_category(code="AC", name="空调", default_mode="on_site", by=SYSTEM, at=now)


@pytest.fixture
def mobile(db: None, now: datetime) -> Category:
    return catalog.add_category(code="MOBILE", name="手机", default_mode="in_store", by=SYSTEM, at=now)


@pytest.fixture
def customer(agent: Actor, now: datetime) -> Customer:
    return customers.add(
        CustomerDraft(
            name="王小明",
            contacts=(ContactDraft("13800002231", "王小明"), ContactDraft("15912348802", "王太太", "at_home")),
            addresses=(AddressDraft("华景路 28 号星河湾 3 栋 1204"), AddressDraft("岗顶东 6 号")),
            site_rules="进小区登记身份证",
        ),
        by=agent,
        at=now,
    )


@pytest.fixture
def device(customer: Customer, aircon: Category, agent: Actor, now: datetime) -> Device:
    draft = DeviceDraft(
        category_id=aircon.pk,
        brand_text="格力",
        model_text="KFR-35GW",
        serial="4Q97A0236118",
        purchase_on=date(2026, 1, 8),
        invoice_no="04411273",
    )
    return devices.register_device(customer.pk, draft, by=agent, at=now)


@pytest.fixture
def handset(customer: Customer, mobile: Category, agent: Actor, now: datetime) -> Device:
    draft = DeviceDraft(category_id=mobile.pk, brand_text="红米", model_text="Note 12")
    return devices.register_device(customer.pk, draft, by=agent, at=now)


@pytest.fixture
def registered(customer: Customer, agent: Actor, now: datetime) -> Callable[..., Order]:
    """An order of 王小明 as the desk registers it; `symptom=` and the like differ."""

    def _registered(*, by: Actor = agent, **typed: Any) -> Order:
        usual: dict[str, Any] = {"symptom": "不制冷", "source": "direct", "customer_id": customer.pk}
        return orders.register(OrderDraft(**(usual | typed)), by=by, at=now)

    return _registered


@pytest.fixture
def desk(client_for: Callable[[Actor], Client], agent: Actor) -> Client:
    """The agent's browser."""
    return client_for(agent)


@pytest.fixture
def typed() -> Callable[..., dict[str, Any]]:
    """The form as a browser sends it on a busy day: telephone, name, place, what."""

    def _typed(**changed: Any) -> dict[str, Any]:
        usual: dict[str, Any] = {
            "phone": "13988887777",
            "contact_name": "孙立",
            "address": "天河路 385 号 1201",
            "symptom": "空调漏水，滴到地板上",
            "source": "direct",
            "channel": "phone",
            "impact": "single",
            "urgency": "normal",
            "kind": "repair",
            "customer_kind": "person",
            "category_id": "",
            "new_devices": "1",
        }
        return usual | changed

    return _typed
