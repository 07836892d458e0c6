"""What orders copied of a customer's person goes; the orders themselves, their amounts and their papers stay."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from gongdan.audit.actions import erase_personal_of
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Refused
from gongdan.kernel.text import _
from gongdan.orders.actions.indexing import index
from gongdan.orders.models import Chase, ContactAttempt, DeviceLine, Link, Order
from gongdan.orders.states import Status

CHUNK = 500
_OVER = (Status.CLOSED, Status.CANCELLED)
_OWED = ("unpaid", "part", "on_account")


def erase_contacts(customer_ids: Collection[int], *, reason: str, by: Actor, at: datetime) -> list[int]:
    """Empty name, telephones and address on the orders of these customers, with every number that was dialled for them.

    Their links stop working and the index forgets them; which orders they were. The caller has checked who may do
    this. Refused: an order is still open, or money is owed on it.
    """
    orders = list(Order.objects.select_for_update().filter(customer__in=customer_ids).order_by("pk"))
    for order in orders:
        _refuse_unless_over(order)
    ids = [order.pk for order in orders]
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        Order.objects.filter(pk__in=chunk).update(
            contact_name="",
            phone="",
            phone_code="",
            phone2="",
            phone_is_virtual=False,
            phone_expires_at=None,
            no_phone_reason="",
            address="",
            address_key="",
        )
        DeviceLine.objects.filter(order__in=chunk).update(place="", contact_name="", phone="")
        Chase.objects.filter(order__in=chunk).update(caller_phone="")
        ContactAttempt.objects.filter(order__in=chunk).update(number="")
        Link.objects.filter(order__in=chunk).delete()
        index(list(Order.objects.filter(pk__in=chunk).select_related("division")))
    erase_personal_of(orders, reason=reason, by=by, at=at)
    return ids


def _refuse_unless_over(order: Order) -> None:
    if order.status not in _OVER:
        raise Refused(_("工单 {number} 还没有结案，请先结案或取消再删除", number=order.number), code="open_order")
    if order.status == Status.CLOSED and order.due_fen and order.money_state in _OWED:
        raise Refused(_("工单 {number} 还有款没收清，请先收款再删除", number=order.number), code="owed")
