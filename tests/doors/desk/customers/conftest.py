"""A customer with all that a register may hold, and his device with a past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

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


@pytest.fixture
def aircon(db: None, now: datetime) -> Category:
    return catalog.add_category(code="AC", name="空调", default_mode="on_site", by=SYSTEM, at=now)


@pytest.fixture
def customer(agent: Actor, now: datetime) -> Customer:
    return customers.add(
        CustomerDraft(
            name="蓝天酒店",
            kind="company",
            contacts=(ContactDraft("020-87654321", "前台"), ContactDraft("13900001111", "李工", "in_charge")),
            addresses=(AddressDraft("体育西路 103 号"), AddressDraft("天河路 228 号二期", remark="走北门")),
            site_rules="登记身份证",
            transport="体育西站 D 口",
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
        spec="大 1.5 匹",
        serial="4Q97A0236118",
        purchase_on=date(2025, 6, 1),
        invoice_no="04411273",
        seller="苏宁岗顶店",
        made_on=date(2025, 4, 1),
        installed_on=date(2025, 6, 3),
        place="三楼会议室",
        remark="外机在天台",
    )
    return devices.register_device(customer.pk, draft, by=agent, at=now)


@pytest.fixture
def desk(client_for: Callable[[Actor], Client], agent: Actor) -> Client:
    """The agent's browser."""
    return client_for(agent)
