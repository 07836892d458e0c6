"""Every address of the desk, tried by who may nothing, by who may only look, and by who belongs to another site.

The addresses are those of the desk, so a new one is tried without being named here. That each verb refuses, with
everything typed as it should be, is tried through the API.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern

from gongdan.audit.models import Event
from gongdan.catalog.models import Brand
from gongdan.customers.models import Caution, Customer, Merge
from gongdan.devices.models import Cover, Device, PolicyRow
from gongdan.dispatch.models import Visit
from gongdan.doors.desk import urls as desk
from gongdan.files.models import Attachment, Paper
from gongdan.followup.models import Feedback, Improvement, Message, RepairLabel
from gongdan.imports.models import Batch
from gongdan.kernel.actor import Actor
from gongdan.orders.models import CompensationRule, DeviceLine, Order
from gongdan.people.models import ApiToken, Role, Site, Team, User
from gongdan.pricing.models import PriceBook, PriceItem
from gongdan.repair.models import ActionLine, HelpRequest, PartLine, PickUp, SafetyRefusal
from gongdan.settlement.models import Account, Adjustment, Payment
from tests.doors.world import World, in_repair, looker, nobody, shop, stranger_chief, world

__all__ = ["in_repair", "looker", "nobody", "shop", "stranger_chief", "world"]
pytestmark = pytest.mark.django_db

ClientFor = Callable[[Actor], Client]
ROWS = {
    "customers": Customer, "warnings": Caution, "merge": Merge, "devices": Device, "covers": Cover, "visits": Visit,
    "queue": Order, "actions": ActionLine, "parts": PartLine, "help": HelpRequest, "helpers": User,
    "pick-ups": PickUp, "refusals": SafetyRefusal, "undo": Adjustment, "refund": Payment, "messages": Message,
    "feedback": Feedback, "improvements": Improvement, "sites": Site, "staff": User, "erase": Customer,
    "settings": Site, "rules": Site, "teams": Team, "tokens": ApiToken, "imports": Batch, "papers": Paper,
    "files": Attachment,
}  # fmt: skip
SHOPS_OWN = {  # of no site
    "accounts": Account, "repair-labels": RepairLabel, "roles": Role, "brands": Brand, "warranty": PolicyRow,
    "prices": PriceBook, "items": PriceItem, "compensation": CompensationRule,
}  # fmt: skip
WORDS = {"code": "repeat_fault", "flow": "inquiry", "verb": "depart", "part": "brands"}
OPEN = {  # to whoever is logged in: his own day, and the words and lists of the shop
    "home", "live", "navigation", "search", "phrases", "faults-pick", "divisions-pick", "device-kinds", "price-help",
}  # fmt: skip
OWN_LISTS = {
    "feedback",
    "improvements",
    "queue",
}  # where a row's address leads when it is opened: each sees his own rows
REFUSALS = {403, 404, 405}
PRINTED = {"order-sheet", "order-sign-sheet", "repair-slip", "repair-notice", "paper-pdf"}  # by whoever sees the order


@dataclass(frozen=True, slots=True)
class Address:
    """An address with real rows in it, and whether they belong to a site."""

    name: str
    url: str
    is_of_site: bool


@pytest.fixture
def addresses(world: World) -> list[Address]:
    """Every page, and everything that a form is sent to."""
    known = world
    found = []
    for pattern in desk.urlpatterns:
        assert isinstance(pattern, URLPattern)
        url = "/"
        of: set[type[Model]] = set()
        for word in re.split(r"(?<=/)", str(pattern.pattern)):
            asked = re.fullmatch(r"<\w+:(\w+)>/", word)
            before = url.rstrip("/").rpartition("/")[2]
            if asked is None:
                url += word
            elif asked[1] in WORDS:
                url += f"{WORDS[asked[1]]}/"
            elif asked[1] == "number":
                url, of = f"{url}{known[Order].number}/", of | {Order}
            else:
                kind = DeviceLine if asked[1] == "line" else (ROWS | SHOPS_OWN)[before]
                url, of = f"{url}{known[kind].pk}/", of | {kind}
        found.append(Address(str(pattern.name), url, is_of_site=bool(of - set(SHOPS_OWN.values()))))
    return found


class Visitor:
    """Opens addresses and sends forms to them as one person."""

    def __init__(self, client: Client, addresses: list[Address]) -> None:
        self._client = client
        self._names = {one.url: one.name for one in addresses}

    def answers(self, address: Address, method: Literal["get", "post"]) -> int | str:
        """The status, or the name of the page that the answer leads to. What is only posted to leads back to its page."""
        answer = getattr(self._client, method)(address.url, {"seen": "1"} if method == "post" else {})
        if answer.status_code in (302, 303):
            return self._names.get(answer["Location"].partition("?")[0].partition("#")[0], answer["Location"])
        return int(answer.status_code)


def test_whoever_may_nothing_sees_nothing_and_changes_nothing(
    addresses: list[Address], client_for: ClientFor, nobody: Actor
) -> None:
    visitor = Visitor(client_for(nobody), addresses)
    events = Event.objects.count()
    opened = {one.name: visitor.answers(one, "get") for one in addresses}
    posted = {one.name: visitor.answers(one, "post") for one in addresses}

    assert len(addresses) > 200
    assert {name for name, answer in opened.items() if answer == 200} == OPEN
    led = {name: opened[answer] for name, answer in opened.items() if isinstance(answer, str)}
    assert {name: answer for name, answer in led.items() if answer != 403} == {}
    assert {answer for answer in opened.values() if isinstance(answer, int)} == {200, 403, 404, 405}
    assert {name for name, answer in opened.items() if answer == 404} == {"apologies"}
    assert {name: answer for name, answer in posted.items() if answer not in (403, 405)} == {}
    assert Event.objects.count() == events


def test_whoever_only_looks_changes_nothing(addresses: list[Address], client_for: ClientFor, looker: Actor) -> None:
    visitor = Visitor(client_for(looker), addresses)
    events = Event.objects.count()
    answers = {one.name: visitor.answers(one, "post") for one in addresses if one.name not in PRINTED}

    assert Event.objects.count() == events
    done = {name: answer for name, answer in answers.items() if answer not in REFUSALS | {409, 422}}
    assert done == {"reception-flow": "reception"}, "refused, and told where he came from"


def test_the_rows_of_a_site_are_out_of_reach_from_another(
    addresses: list[Address], client_for: ClientFor, stranger_chief: Actor
) -> None:
    visitor = Visitor(client_for(stranger_chief), addresses)
    events = Event.objects.count()
    theirs = [one for one in addresses if one.is_of_site]
    opened = {one.name: visitor.answers(one, "get") for one in theirs}
    posted = {one.name: visitor.answers(one, "post") for one in theirs}

    assert len(theirs) > 120
    led = {name: answer for name, answer in opened.items() if answer not in REFUSALS and answer not in OWN_LISTS}
    assert {name: answer for name, answer in led.items() if opened.get(str(answer)) not in REFUSALS} == {}
    assert {name: answer for name, answer in posted.items() if answer not in REFUSALS} == {}
    assert Event.objects.count() == events
