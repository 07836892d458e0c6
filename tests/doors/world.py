"""A row of everything that an address names, and the people who may do nothing about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import models

from gongdan.catalog.models import Apology, Brand, Category, CodeAdvice, ForbiddenWord
from gongdan.config.roles import ROLES
from gongdan.customers import actions as customers
from gongdan.customers.models import Caution, Customer, Merge
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.devices.models import Cover, Device, PolicyRow
from gongdan.dispatch.models import TeamOffer, Visit
from gongdan.files.models import Attachment, Paper
from gongdan.followup import actions as followup
from gongdan.followup.models import CallBack, Feedback, Improvement, Message, RepairLabel
from gongdan.imports.models import Batch
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.orders import actions as orders
from gongdan.orders.models import CompensationRule, DeviceLine, Order
from gongdan.people.models import ApiToken, Role, Site, Team, User
from gongdan.pricing.models import PriceBook, PriceItem
from gongdan.quotes.models import Quote
from gongdan.repair.models import ActionLine, HelpRequest, PartLine, PickUp, SafetyRefusal
from gongdan.settlement.models import Account, Adjustment, Payment
from tests.repair.shop import in_repair, line_of, photo_of, shop, visit_of

__all__ = ["in_repair", "looker", "nobody", "shop", "stranger_chief", "world"]

World = dict[type[models.Model], Any]
Hire = Callable[..., Actor]

Kinds = tuple[type[models.Model], ...]
SHIPPED: Kinds = (
    Category,
    Brand,
    CodeAdvice,
    ForbiddenWord,
    Apology,
    PolicyRow,
    PriceBook,
    PriceItem,
    Account,
    RepairLabel,
)
MADE: Kinds = (  # in this order: later ones point at earlier ones
    CompensationRule, Quote, ActionLine, PartLine, HelpRequest, PickUp, SafetyRefusal, CallBack, Message, Feedback,
    Improvement, Team, TeamOffer, Caution, Cover, Payment, Adjustment, Batch, ApiToken,
)  # fmt: skip
DEMANDED: dict[type[models.Model], dict[str, Any]] = {
    CompensationRule: {"kind": "money"},
    HelpRequest: {"level": 2},
    SafetyRefusal: {"way": "paper", "hazard": "漏电"},
    Caution: {"effect": "vip"},
    Cover: {"kind": "extended"},
}
EVERYTHING = sorted({permission for role in ROLES for permission in role["permissions"]})


@pytest.fixture
def world(in_repair: Callable[..., Order], agent: Actor, technician: Actor, site: Site, now: datetime) -> World:
    """An order in repair, and a row of every kind that hangs on it or belongs to its site."""
    followup.seed_labels()
    order = in_repair()
    rows: World = {Order: order, DeviceLine: line_of(order), Visit: visit_of(order), Site: site}
    rows[Customer] = Customer.objects.get(pk=order.customer_id)
    rows[Device] = Device.objects.get(pk=rows[DeviceLine].device_id)
    rows[User] = User.objects.get(pk=technician.id)
    rows[Role] = Role.objects.get(code="agent")
    rows[Attachment] = Attachment.objects.get(pk=photo_of(order, technician, now))
    rows[Paper] = orders.issue_receipt(order.pk, by=agent, at=now)
    twin = customers.add(CustomerDraft(name="王太太", contacts=(ContactDraft("13900002222"),)), by=agent, at=now)
    rows[Merge] = Merge.objects.create(kept=rows[Customer], gone=twin, at=now, by_name="赵明")
    for model in SHIPPED:
        rows[model] = model._default_manager.order_by("pk")[0]
    for model in MADE:
        rows[model] = _bare(model, rows, now)
    return rows


def _bare(model: type[models.Model], rows: World, now: datetime) -> models.Model:
    """A row with no more than its table demands."""
    told = dict(DEMANDED.get(model, {}))
    for field in model._meta.concrete_fields:
        if field.primary_key or field.name in told:
            continue
        if isinstance(field, models.ForeignKey):
            other = field.remote_field.model
            if other in rows and (not field.null or other in (Order, Site)):
                told[field.name] = rows[other]
        elif not field.null and not field.has_default():
            fitting = [word for kind, word in _words(now).items() if isinstance(field, kind)]
            if fitting:
                told[field.name] = fitting[-1]
    return model._default_manager.create(**told)


def _words(now: datetime) -> dict[type[models.Field[Any, Any]], Any]:
    """What stands in a column of this kind; of a moment, which is a day too, the moment."""
    return {
        models.DateField: local_day(now),
        models.DateTimeField: now,
        models.BooleanField: True,
        models.IntegerField: 1,
    }


@pytest.fixture
def nobody(site: Site, hire: Hire) -> Actor:
    """He is of the site and may nothing, not even look."""
    return _with(hire, site, "nobody", [])


@pytest.fixture
def looker(site: Site, hire: Hire) -> Actor:
    """He sees everything of the site and may change none of it."""
    return _with(hire, site, "looker", [one for one in EVERYTHING if one.endswith((".view", ".see_all"))])


@pytest.fixture
def stranger_chief(other_site: Site, hire: Hire) -> Actor:
    """He may do everything, at another site."""
    return _with(hire, other_site, "chief", [one for one in EVERYTHING if one != "people.all_sites"])


def _with(hire: Hire, site: Site, code: str, permissions: list[str]) -> Actor:
    Role.objects.create(code=code, name=code, permissions=permissions)
    return hire(site, code, code, code)
