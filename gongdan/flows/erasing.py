"""客户资料删除: a person's data go over four floors at once; orders, amounts, papers and the history stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from gongdan.customers import access
from gongdan.customers import actions as customers
from gongdan.customers import queries as customer_queries
from gongdan.customers.models import Address, Contact, Customer
from gongdan.devices import actions as devices
from gongdan.followup import actions as followup
from gongdan.kernel.actor import Actor
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.states import Status


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What erasing would take and what would stay; `open_orders` stand against it."""

    customer: customer_queries.Card
    erased_at: datetime | None
    merged: int
    contacts: int
    addresses: int
    orders: int
    open_orders: tuple[str, ...]


def foresee(customer_id: int, *, by: Actor) -> Foreseen:
    """What the page tells before anything is erased. Missing and Forbidden as the customer's own page."""
    by.require(access.ERASE)
    card = customer_queries.card(customer_id, by)
    ids = customers.merged_with(customer_id)
    found = Order.objects.filter(customer__in=ids)
    still = found.exclude(status__in=[Status.CLOSED, Status.CANCELLED]).order_by("pk")
    return Foreseen(
        customer=card,
        erased_at=Customer.objects.values_list("erased_at", flat=True).get(pk=customer_id),
        merged=len(ids) - 1,
        contacts=Contact.objects.filter(customer__in=ids).count(),
        addresses=Address.objects.filter(customer__in=ids, is_active=True).count(),
        orders=found.count(),
        open_orders=tuple(still.values_list("number", flat=True)[:5]),
    )


@transaction.atomic
def erase(customer_id: int, *, number: str, reason: str, seen: int, by: Actor, at: datetime) -> int:
    """Erase the person; how many orders stay. Refused: as the verbs of customers and orders refuse."""
    ids = customers.erase(customer_id, number=number, reason=reason, seen=seen, by=by, at=at)
    devices.erase_owner(ids, reason=reason, by=by, at=at)
    kept = orders.erase_contacts(ids, reason=reason, by=by, at=at)
    followup.forget_person(kept, by=by, at=at)
    customers.note_erased(customer_id, orders=len(kept), reason=reason, by=by, at=at)
    return len(kept)
