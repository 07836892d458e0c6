"""Reads of quotes, and the price of an order as its facts stand now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from gongdan.catalog.queries import working_calendar
from gongdan.kernel.calendar import local_day
from gongdan.orders.models import Consent, DeviceLine, Order
from gongdan.orders.states import Mode
from gongdan.pricing import queries as pricing
from gongdan.pricing import states as prices
from gongdan.pricing.models import PriceBook
from gongdan.pricing.rules import Bill, Charge, Context, Coverage, Device, Visit
from gongdan.quotes.models import Quote, QuoteItem, QuoteLine

_STANDING = (Quote.State.DRAFT, Quote.State.ISSUED, Quote.State.ACCEPTED, Quote.State.DECLINED)
_PAYER_BY_LABEL = {
    "延保": prices.Payer.EXTENDED,
    "合同": prices.Payer.ORGANISATION,
    "返修免费": prices.Payer.SHOP,
}


def standing(order_id: int, *, kind: str = Quote.Kind.FORMAL) -> Quote | None:
    """The quote that stands on an order: the newest that is not superseded. One query."""
    return Quote.objects.filter(order=order_id, kind=kind, state__in=_STANDING).order_by("-pk").first()


def quotes_of(order_id: int) -> list[Quote]:
    """All quotes of an order, newest first. One query."""
    return list(Quote.objects.filter(order=order_id).select_related("issued_by", "book").order_by("-pk"))


def items_of(quote_id: int) -> list[QuoteItem]:
    """What was chosen, in order of entry, with items loaded. One query."""
    return list(QuoteItem.objects.filter(quote=quote_id).select_related("item", "device_line").order_by("pk"))


def lines_of(quote_id: int) -> list[QuoteLine]:
    """The lines as issued. One query."""
    return list(QuoteLine.objects.filter(quote=quote_id).order_by("position"))


def book_of(order: Order, *, at: datetime) -> PriceBook:
    """The price book that holds for an order: contract before brand before store, on the day."""
    line = DeviceLine.objects.filter(order=order).select_related("brand").order_by("position").first()
    brand = (line.brand.name if line.brand else line.brand_text) if line else ""
    return pricing.book_for(order.site_id, brand=brand, day=local_day(at))


def live_bill(quote: Quote) -> Bill:
    """What the draft comes to as the order stands now."""
    order = Order.objects.select_related("category").get(pk=quote.order_id)
    return calculate(order, quote.book_id, items_of(quote.pk), outcome=prices.Outcome.ACCEPTED)


def calculate(
    order: Order, book_id: int, items: Sequence[QuoteItem], *, outcome: prices.Outcome, is_inspected: bool = True
) -> Bill:
    """The price of these items on this order: mode, coverage, distance, arrival and outcome as its rows say now."""
    lines = list(DeviceLine.objects.filter(order=order).select_related("category", "device").order_by("position"))
    devices = tuple(_device(line, outcome=outcome, is_inspected=is_inspected) for line in lines)
    agreed = (
        Consent.objects.filter(order=order, to_what="express", is_given=True)
        .order_by("pk")
        .values_list("at", flat=True)
        .first()
        if order.mode == Mode.EXPRESS
        else None
    )
    context = Context(
        mode=prices.Mode(order.mode),
        devices=devices,
        visits=_visits(order),
        outcome=outcome,
        km=Decimal(order.distance_km) if order.distance_km is not None else None,
        express_agreed_at=agreed,
    )
    first = str(lines[0].pk) if lines else ""
    charges = [
        Charge(
            code=i.item.code,
            device=str(i.device_line_id) if i.device_line_id else first,
            quantity=i.quantity,
            note=i.remark,
            key=str(i.pk or ""),
        )
        for i in items
    ]
    return pricing.price(book_id, context, charges)


def _visits(order: Order) -> tuple[Visit, ...]:
    if order.arrived_at is None:
        return ()
    is_holiday = working_calendar().is_statutory(local_day(order.arrived_at))
    return (Visit(key="1", arrived_at=order.arrived_at, left_at=order.left_at, is_holiday=is_holiday),)


def _device(line: DeviceLine, *, outcome: prices.Outcome, is_inspected: bool) -> Device:
    label = line.coverage_label or "保外"
    coverage = Coverage(
        part=line.free_part,
        labour=line.free_labour,
        visit=line.free_visit,
        payer=_PAYER_BY_LABEL.get(label, prices.Payer.MAKER),
        label=label,
        is_contract=label == "合同",
    )
    return Device(
        key=str(line.pk),
        category=line.category.name if line.category else "",
        product_kind=line.device.product_kind if line.device else "",
        coverage=coverage,
        outcome=outcome,
        is_inspected=is_inspected,
        height_cm=line.height_cm,
        is_user_damage="X1" in line.exclusion_codes,
    )
