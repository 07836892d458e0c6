"""Orders of a customer who turned out to be another one: they move to him, and exactly they go back."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from gongdan.customers import actions as customers
from gongdan.orders.actions.indexing import index
from gongdan.orders.models import Order, Participant

CHUNK = 500


def move_orders(from_id: int, to_id: int, *, only: Collection[int] | None = None) -> list[int]:
    """Give the orders of the one customer to the other, and with them the sight of him; which ones they were.

    Contact and address stay as they were told. `only`: no others than these. No order's version changes, so nobody's
    open page becomes stale. The caller has checked who may do this.
    """
    rows = Order.objects.select_for_update().filter(customer=from_id)
    ids = list((rows if only is None else rows.filter(pk__in=only)).values_list("pk", flat=True))
    for chunk in _chunks(ids):
        Order.objects.filter(pk__in=chunk).update(customer=to_id)
        index(list(Order.objects.filter(pk__in=chunk).select_related("division")))
    for customer in (from_id, to_id):
        takes_part = Participant.objects.filter(order__customer=customer, until__isnull=True)
        customers.set_readers(customer, set(takes_part.values_list("user", flat=True)))
    return ids


def _chunks(ids: list[int]) -> Iterable[list[int]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
