"""What search knows of an order."""

from __future__ import annotations

from gongdan.customers.models import Customer
from gongdan.kernel import phones
from gongdan.kernel.pinyin import initials
from gongdan.orders.models import DeviceLine, Order
from gongdan.search import actions as search
from gongdan.search.rules import Card


def index(orders: list[Order]) -> None:
    """Put these orders into the search index as they stand now. Two queries for all of them, then the index's own."""
    lines: dict[int, list[DeviceLine]] = {}
    for line in DeviceLine.objects.filter(order__in=orders).order_by("position"):
        lines.setdefault(line.order_id, []).append(line)
    names = dict(Customer.objects.filter(pk__in={o.customer_id for o in orders}).values_list("pk", "name"))
    search.put_many(
        search_card(o, customer_name=names[o.customer_id], lines=lines.get(o.pk, []), place=division_name(o))
        for o in orders
    )


def search_card(order: Order, *, customer_name: str, lines: list[DeviceLine], place: str) -> Card:
    """What the index knows of an order: number, names, initials, telephones, address, fault, devices, serials."""
    names = list(dict.fromkeys(name for name in (customer_name, order.contact_name) if name))
    numbers = [order.number, order.old_number, phones.search_digits(order.phone2)]
    if not order.phone_is_virtual:  # a virtual number finds nobody
        numbers.insert(2, phones.search_digits(order.phone_code or order.phone))
    told = [order.symptom, *(line.symptom for line in lines), order.error_code]
    return Card(
        kind="order",
        id=order.pk,
        site_id=order.site_id,
        text=" ".join(part for part in [*names, f"{place}{order.address}", *told, order.device_text] if part),
        at=order.received_at,
        digits=tuple(dict.fromkeys(number for number in numbers if number)),
        initials=tuple(initials(name, is_name=True) for name in names),
        serials=tuple(dict.fromkeys(s for line in lines for s in (line.serial, line.model_text) if s)),
    )


def division_name(order: Order) -> str:
    """Province, city and district in one word."""
    return order.division.full_name if order.division else ""
