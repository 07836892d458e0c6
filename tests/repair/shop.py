"""A shop with its catalogue, warranty rows and prices, and orders in repair, brought there by the verbs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from gongdan.catalog import actions as catalog
from gongdan.catalog import queries as catalog_queries
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.devices import actions as devices
from gongdan.dispatch import actions as dispatch
from gongdan.dispatch.actions import VisitDraft
from gongdan.dispatch.models import Visit
from gongdan.files import actions as files
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions as orders
from gongdan.orders import queries as orders_queries
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.rules import DeviceDraft, OrderDraft
from gongdan.pricing import actions as pricing
from gongdan.quotes import actions as quotes
from gongdan.quotes.actions import ItemDraft
from gongdan.quotes.models import Quote
from gongdan.repair import actions as repair
from gongdan.repair.actions import CheckDraft, DiagnosisDraft
from gongdan.settlement import actions as settlement

BOUGHT_LONG_AGO = date(2015, 5, 1)
BOUGHT_LATELY = date(2025, 12, 1)


@pytest.fixture
def shop(db: None, now: datetime) -> None:
    catalog.load_seed(by=SYSTEM, at=now)
    devices.load_seed(by=SYSTEM, at=now)
    pricing.load_seed(by=SYSTEM, at=now)
    settlement.seed_accounts()


@pytest.fixture
def in_repair(shop: None, agent: Actor, dispatcher: Actor, technician: Actor, now: datetime) -> Callable[..., Order]:
    """An air conditioner's order given to 李建国, out of its period; `bought=`, `category=`, `mode=` differ."""

    def _in_repair(
        *, category: str = "空调", bought: date = BOUGHT_LONG_AGO, mode: str = "on_site", devices: int = 1, **typed: Any
    ) -> Order:
        known = next(row for row in catalog_queries.categories() if row.name == category)
        drafts = tuple(
            DeviceDraft(
                category_id=known.pk,
                brand_text="格力",
                model_text="KFR-35GW",
                serial=f"4Q97A02361{number:02d}",
                purchase_on=bought,
                invoice_no="FP1",
            )
            for number in range(devices)
        )
        order = orders.register(
            OrderDraft(
                symptom="空调不制冷",
                source="direct",
                customer=CustomerDraft(name="王小明", contacts=(ContactDraft("13812345678", "王小明"),)),
                category_id=known.pk,
                mode=mode,
                devices=drafts,
                **typed,
            ),
            by=agent,
            at=now,
        )
        order = orders.choose_repair(order.pk, seen=order.version, by=agent, at=now)
        window: dict[str, Any] = {"planned_from": now + timedelta(minutes=30), "planned_to": now + timedelta(hours=3)}
        dispatch.assign(
            order.pk,
            VisitDraft(technician.id, **window),
            seen=order.version,
            by=dispatcher,
            at=now,
            confirm_conflict=True,
        )
        return fresh(order)

    return _in_repair


@pytest.fixture
def order(in_repair: Callable[..., Order]) -> Order:
    return in_repair()


def fresh(order: Order) -> Order:
    """The order as it stands now."""
    return Order.objects.get(pk=order.pk)


def seen(order: Order) -> int:
    """Its version as it stands now."""
    return orders_queries.version(order.pk)


def line_of(order: Order) -> DeviceLine:
    """Its first device."""
    return DeviceLine.objects.filter(order=order).order_by("position")[0]


def visit_of(order: Order) -> Visit:
    """Its first dispatch line."""
    return Visit.objects.filter(order=order).order_by("pk")[0]


def diagnosed(order: Order, by: Actor, at: datetime, **typed: Any) -> DeviceLine:
    """The first device, with a diagnosis."""
    line = line_of(order)
    draft = {"inspection": "高压偏低，低压接近真空", "cause": "缺氟", "methods": ("仪器",)} | typed
    repair.diagnose(line.pk, DiagnosisDraft(**draft), by=by, at=at)
    return line_of(order)


def quoted(order: Order, by: Actor, at: datetime, *codes: str) -> Quote:
    """A quote that was issued, of these items."""
    quote = quotes.start(order.pk, by=by, at=at)
    items = [ItemDraft(code) for code in codes]
    quote = quotes.set_items(quote.pk, items, seen=quote.version, by=by, at=at)
    return quotes.issue(quote.pk, confirm_not_arrived=True, seen=quote.version, by=by, at=at)


def agreed(order: Order, by: Actor, at: datetime, *codes: str) -> Quote:
    """A quote that the customer agreed to on the telephone."""
    quote = quoted(order, by, at, *codes)
    return quotes.decide(quote.pk, is_accepted=True, name="王小明", way="phone", seen=quote.version, by=by, at=at)


def filled(order: Order, by: Actor, at: datetime, **results: bool | None) -> None:
    """The first device's test sheet."""
    rows = [CheckDraft(name, passed) for name, passed in (results or {"制冷": True}).items()]
    repair.record_tests(line_of(order).pk, rows, by=by, at=at)


PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c626001000000050001a5f645400000000049454e44ae426082"
)
STROKES = [{"points": [{"x": 10, "y": 20}, {"x": 40, "y": 50}, {"x": 90, "y": 15}]}]


def photo_of(order: Order, by: Actor, at: datetime) -> int:
    """A picture that hangs on this order."""
    return files.attach("orders.order", order.pk, name="现场.png", content=PICTURE, by=by, at=at).pk


def signed_for(order: Order, by: Actor, at: datetime) -> int:
    """The customer's signature on the screen."""
    return files.attach_signature("orders.order", order.pk, strokes=STROKES, signer="王小明", by=by, at=at).pk
