"""A shop with its shipped catalogue, warranty table and prices, and the boss at the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.test import Client

from gongdan.catalog import actions as catalog
from gongdan.devices import actions as devices
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.pricing import actions as pricing
from gongdan.pricing.models import PriceBook


@pytest.fixture
def boss(client_for: Callable[[Actor], Client], admin: Actor) -> Client:
    return client_for(admin)


@pytest.fixture
def clerk(client_for: Callable[[Actor], Client], agent: Actor) -> Client:
    return client_for(agent)


@pytest.fixture
def catalogue(db: None, now: datetime) -> None:
    catalog.load_seed(by=SYSTEM, at=now)


@pytest.fixture
def warranty(catalogue: None, now: datetime) -> None:
    devices.load_seed(by=SYSTEM, at=now)


@pytest.fixture
def book(catalogue: None, now: datetime) -> PriceBook:
    """A draft with one row that stands in nobody's way."""
    row = pricing.add_book(code="TEST", name="天河价目", kind="store", by=SYSTEM, at=now)
    pricing.add_item(row.pk, code="T1", name="清洗空调", price_fen=12000, by=SYSTEM, at=now)
    return row


@pytest.fixture
def day() -> date:
    return date(2026, 3, 11)
