"""Orders counted: by flow, channel and source in a period, and all of one customer or his family."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q

from gongdan.kernel.actor import Actor
from gongdan.orders import access, rules
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.queries.stations import rows_of
from gongdan.orders.states import Flow, Kind, Status

RECENT_LINES = 20_000  # a busy shop's quarter


@dataclass(frozen=True, slots=True)
class Group:
    """So many orders came this way."""

    flow: str
    channel: str
    source: str
    count: int


@dataclass(frozen=True, slots=True)
class CustomerOrder:
    """An order of one customer as his figures read it."""

    id: int
    number: str
    flow: str
    status: str
    received_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class FaultLine:
    """What one order found on one device: the fault by its entry in the catalogue, else in the words of the customer.

    `place` says which thing it is where the device is not known: the address and the category, as the rule of repeated
    faults compares them (O-048); "" where either is missing.
    """

    order_id: int
    device_id: int | None
    device: str
    fault_id: int | None
    fault: str
    place: str


def groups(actor: Actor, since: datetime, until: datetime, *, site_ids: Collection[int] | None = None) -> list[Group]:
    """The orders taken in this period, counted by flow, channel and source; imported past ones do not count.

    One query along an index per site. Who sees only his own orders counts those.
    """
    rows = access.visible_to(actor) if access.is_bound(actor) else Order.objects.filter(is_visible=True)
    if not access.is_bound(actor) and not actor.may(access.VIEW):
        return []
    if site_ids is not None or not actor.sees_all_sites:
        allowed = set(site_ids) if site_ids is not None else set(actor.sites)
        rows = rows.filter(site__in=allowed if actor.sees_all_sites else allowed & actor.sites)
    counted = (
        rows.filter(received_at__gte=since, received_at__lt=until, is_historic=False)
        .order_by()
        .values_list("flow", "channel", "source")
        .annotate(n=Count("pk"))
    )
    return [Group(*row) for row in counted]


def of_customers(
    customer_ids: Collection[int], actor: Actor, *, is_open: bool = False, limit: int = 20
) -> list[dict[str, Any]]:
    """The last orders of these customers that the actor may see, newest first; none without a customer. Two queries."""
    if not customer_ids:
        return []
    rows = access.visible_of(actor, Order.objects.filter(customer__in=customer_ids))
    if is_open:
        rows = rows.filter(status__in=rules.OPEN)
    # Ordered by a sum, not by the key: along the key SQLite would walk through all orders to find the few.
    ids: Sequence[int] = list(rows.order_by((F("pk") + 0).desc()).values_list("pk", flat=True)[:limit])
    return rows_of(ids, actor)


def whole_past(customer_id: int, actor: Actor) -> list[CustomerOrder]:
    """Every order of a customer that the actor may see, oldest first. One query."""
    rows = access.visible_of(actor, Order.objects.filter(customer=customer_id))
    columns = ("pk", "number", "flow", "status", "received_at", "finished_at")
    return [CustomerOrder(*row) for row in rows.order_by("received_at", "pk").values_list(*columns)]


def recent_faults() -> dict[int, int]:
    """How often each fault of the catalogue stands on the newest device lines, so many however old the shop is. One query."""
    newest = DeviceLine.objects.order_by("-pk").values("fault")[:RECENT_LINES]
    return dict(Counter(fault for fault in newest.values_list("fault", flat=True) if fault is not None))


def faults(order_ids: Collection[int]) -> list[FaultLine]:
    """What was wrong on the devices of these orders. One query.

    Where no fault of the catalogue was chosen, the words of a repair count: not those of a question, of a complaint, or
    of an order that was cancelled.
    """
    if not order_ids:
        return []
    is_repair = Q(device_lines__fault__isnull=True, kind=Kind.REPAIR, flow__in=(Flow.REPAIR, Flow.UNDECIDED))
    found = Q(device_lines__fault__isnull=False) | is_repair & ~Q(status=Status.CANCELLED)
    rows = Order.objects.filter(found, pk__in=order_ids).order_by("pk", "device_lines__position")
    columns = (
        "pk", "device_lines__device", "device_lines__brand_text", "device_lines__model_text", "device_lines__fault",
        "device_lines__fault__symptom", "device_lines__symptom", "symptom", "address_key", "category", "category__name",
    )  # fmt: skip
    return [
        FaultLine(
            order,
            device,
            f"{brand or ''} {model or ''}".strip() or category or "",
            fault,
            name or own or words,
            f"{key}|{category_id}" if key and category_id else "",
        )
        for order, device, brand, model, fault, name, own, words, key, category_id, category in rows.values_list(
            *columns
        )
    ]
