from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from gongdan.catalog import actions as catalog_actions
from gongdan.catalog.models import Category
from gongdan.customers import actions as customers
from gongdan.customers.models import Customer
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.devices import actions
from gongdan.devices.models import Device
from gongdan.devices.rules import DeviceDraft
from gongdan.kernel.actor import SYSTEM, Actor


@pytest.fixture
def warranty(db: None, now: datetime) -> None:
    """The shipped catalogue and warranty table."""
    catalog_actions.load_seed(by=SYSTEM, at=now)
    actions.load_seed(by=SYSTEM, at=now)


@pytest.fixture
def owner(agent: Actor, now: datetime) -> Customer:
    """A customer of the agent's site, with one address."""
    draft = CustomerDraft(
        name="周敏",
        contacts=(ContactDraft(phone="13812345678", name="周敏"),),
        addresses=(AddressDraft(detail="体育西路 12 号"),),
    )
    return customers.add(draft, by=agent, at=now)


@pytest.fixture
def neighbour(stranger: Actor, now: datetime) -> Customer:
    """A customer of another site."""
    return customers.add(CustomerDraft(name="吴刚", contacts=(ContactDraft(phone="13912345678"),)), by=stranger, at=now)


@pytest.fixture
def draft(warranty: None) -> Callable[..., DeviceDraft]:
    """What a clerk has typed: `draft("冰箱", brand_text="海尔")`."""

    def _draft(category: str, **typed: Any) -> DeviceDraft:
        return DeviceDraft(category_id=Category.objects.get(name=category).pk, **typed)

    return _draft


@pytest.fixture
def fridge(draft: Callable[..., DeviceDraft], owner: Customer, agent: Actor, now: datetime) -> Device:
    """A fridge bought two years and a day before `now`: main parts are still covered."""
    typed = draft("冰箱", brand_text="海尔", model_text="BCD-216", serial="SN-2024-0001", purchase_on=date(2024, 3, 10))
    return actions.register_device(owner.pk, typed, by=agent, at=now)
