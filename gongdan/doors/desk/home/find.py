"""One box for everything: orders, customers and devices by any word that stands on them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from gongdan.customers import queries as customers
from gongdan.devices import queries as devices
from gongdan.doors.desk.customers.facts import cover_of
from gongdan.doors.desk.menu import way
from gongdan.doors.desk.orders.lists import row_of
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.orders import access
from gongdan.orders import queries as orders
from gongdan.search import queries as search

LIMIT = 20


class Found:
    """What the words found, in groups, each only what the actor may see."""

    def __init__(self, words: str, actor: Actor, *, now: Any) -> None:
        self.words, self.today = words, local_day(now)
        self.orders = [row_of(row) | {"old_number": row["old_number"]} for row in orders.search(words, actor, LIMIT)]
        self.customers = _customers(words, actor)
        self.devices = _devices(words, actor, self.today)
        self.exact = orders.exactly(words, actor) if words else ""

    @property
    def count(self) -> int:
        """How many hits are shown."""
        return len(self.orders) + len(self.customers) + len(self.devices)

    @property
    def only(self) -> str:
        """The address of the one thing that is meant: its number was typed in full, or there is nothing else."""
        if self.exact:
            return reverse("desk:order", args=[self.exact])
        if self.count != 1:
            return ""
        return str([*self.orders, *self.customers, *self.devices][0]["url"])


def _customers(words: str, actor: Actor) -> list[dict[str, Any]]:
    if not actor.may("customers.view") or not way("desk:customer", 1):
        return []
    return [
        {
            "name": one.name,
            "number": one.number,
            "contact": one.contact_name,
            "phone": one.phone,
            "address": one.address,
            "url": way("desk:customer", one.id),
        }
        for one in customers.find(words, actor, limit=LIMIT)
    ]


def _devices(words: str, actor: Actor, today: Any) -> list[dict[str, Any]]:
    if not way("desk:device", 1):
        return []
    sites = None if actor.sees_all_sites or access.is_bound(actor) else actor.sites
    ids = [hit.id for hit in search.find(words, kinds=["device"], site_ids=sites, limit=LIMIT)]
    return [
        {
            "name": one.name,
            "serial": one.serial,
            "place": one.place,
            "cover": cover_of(one, today),
            "url": way("desk:device", one.id),
        }
        for one in (devices.rows_of(ids, actor, on=today) if ids else [])
    ]
