"""Reads of quotes, and the price of an order as its facts stand now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q

from gongdan.catalog.queries import working_calendar
from gongdan.fields.prepared import Prepared
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Refused
from gongdan.kernel.money import Fen
from gongdan.kernel.text import Text
from gongdan.orders.models import Consent, DeviceLine, Order
from gongdan.orders.states import Mode
from gongdan.pricing import queries as pricing
from gongdan.pricing import states as prices
from gongdan.pricing.models import PriceBook, PriceItem
from gongdan.pricing.rules import Bill, Charge, Context, Coverage, Device, Visit
from gongdan.pricing.rules.bill import Line
from gongdan.pricing.rules.case import TO_THE_DOOR
from gongdan.quotes import rules
from gongdan.quotes.models import Quote, QuoteItem, QuoteLine
from gongdan.quotes.rules import BY_THE_CLOCK, Agreed

_STANDING = (Quote.State.DRAFT, Quote.State.ISSUED, Quote.State.ACCEPTED, Quote.State.DECLINED)
_PAYER_BY_LABEL = {
    "延保": prices.Payer.EXTENDED,
    "合同": prices.Payer.ORGANISATION,
    "返修免费": prices.Payer.SHOP,
}


def standing(order_id: int, *, kind: str = Quote.Kind.FORMAL) -> Quote | None:
    """The quote that stands on an order: the newest that is not superseded. One query."""
    return next(iter(_NEWEST.rows(order_id, kind)), None)


def quotes_of(order_id: int) -> list[Quote]:
    """All quotes of an order, newest first. One query."""
    return _QUOTES.rows(order_id)


_QUOTES = Prepared(
    lambda order: Quote.objects.filter(order=order).select_related("issued_by", "book").order_by("-pk"), int
)
_NEWEST = Prepared(
    lambda order, kind: Quote.objects.filter(order=order, kind=kind, state__in=_STANDING).order_by("-pk")[:1], int, str
)


def standing_among(found: Iterable[Quote], *, kind: str = Quote.Kind.FORMAL) -> Quote | None:
    """What `standing` finds, among quotes that are loaded already, the newest first."""
    return next((quote for quote in found if quote.kind == kind and quote.state in _STANDING), None)


def items_of(quote_id: int) -> list[QuoteItem]:
    """What was chosen, in order of entry, with items loaded; nothing for devices that have left the order. One query."""
    here = Q(device_line__isnull=True) | Q(device_line__order=F("quote__order"))
    rows = QuoteItem.objects.filter(here, quote=quote_id).select_related("item", "device_line")
    return list(rows.order_by("pk"))


def lines_of(quote_id: int) -> list[QuoteLine]:
    """The lines as issued. One query."""
    return list(QuoteLine.objects.filter(quote=quote_id).order_by("position"))


def lines_by_quote(quote_ids: Collection[int]) -> dict[int, list[QuoteLine]]:
    """The lines of these quotes as issued. One query, none without a quote."""
    found: dict[int, list[QuoteLine]] = {}
    for line in QuoteLine.objects.filter(quote__in=quote_ids).order_by("quote", "position") if quote_ids else ():
        found.setdefault(line.quote_id, []).append(line)
    return found


def book_of(order: Order, *, at: datetime) -> PriceBook:
    """The price book that holds for an order: contract before brand before store, on the day."""
    line = DeviceLine.objects.filter(order=order).select_related("brand").order_by("position").first()
    brand = (line.brand.name if line.brand else line.brand_text) if line else ""
    return pricing.book_for(order.site_id, brand=brand, day=local_day(at))


def live_bill(quote: Quote) -> Bill:
    """What the draft comes to as the order stands now."""
    order = Order.objects.select_related("category").get(pk=quote.order_id)
    return calculate(order, quote.book_id, items_of(quote.pk), outcome=prices.Outcome.ACCEPTED)


UNSAFE = "unsafe"
_OUTCOMES = {
    "repaired": prices.Outcome.ACCEPTED,
    "declined": prices.Outcome.DECLINED,
    "nothing_found": prices.Outcome.NOTHING_FOUND,
    "not_repaired": prices.Outcome.NOTHING_FOUND,
    UNSAFE: prices.Outcome.DECLINED,  # refused for safety: what a declined repair costs
}


def is_reached(order: Order) -> bool:
    """Whether somebody came to the customer's door; True where nobody has to."""
    return order.arrived_at is not None or prices.Mode(order.mode) not in TO_THE_DOOR


def outcome_of(order: Order, outcome: prices.Outcome) -> prices.Outcome:
    """What the outcome is to the price: whoever declines before anybody came has called it off and owes no way."""
    if outcome is prices.Outcome.DECLINED and not is_reached(order):
        return prices.Outcome.CANCELLED
    return outcome


def final_price(order: Order) -> tuple[Bill, str]:
    """What the order comes to by its result, its standing quote and its facts; with the code of the book."""
    quote = standing(order.pk)
    items = items_of(quote.pk) if quote else []
    book = quote.book if quote else book_of(order, at=order.finished_at or order.received_at)
    outcome = _OUTCOMES.get(order.result, prices.Outcome.ACCEPTED)
    if order.wasted_trips and order.arrived_at is None and outcome is not prices.Outcome.ACCEPTED:
        outcome = prices.Outcome.EMPTY_TRIP  # nobody ever got to the device
    return calculate(order, book.pk, items, outcome=outcome_of(order, outcome)), book.code


def calculate(
    order: Order, book_id: int, items: Sequence[QuoteItem], *, outcome: prices.Outcome, is_inspected: bool = True
) -> Bill:
    """The price of these items on this order: mode, coverage, distance, arrival and outcome as its rows say now."""
    context = context_of(order, outcome=outcome, is_inspected=is_inspected)
    first = context.devices[0].key if context.devices else ""
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


def context_of(order: Order, *, outcome: prices.Outcome, is_inspected: bool = True) -> Context:
    """The circumstances that the price depends on, as the order's rows say now. Three queries at most."""
    lines = list(DeviceLine.objects.filter(order=order).select_related("category", "device").order_by("position"))
    declined = outcome_of(order, prices.Outcome.DECLINED)
    devices = tuple(
        _device(line, outcome=declined if _is_unsafe(line, order) else outcome, is_inspected=is_inspected)
        for line in lines
    )
    agreed = (
        Consent.objects.filter(order=order, to_what="express", is_given=True)
        .order_by("pk")
        .values_list("at", flat=True)
        .first()
        if order.mode == Mode.EXPRESS
        else None
    )
    return Context(
        mode=prices.Mode(order.mode),
        devices=devices,
        visits=_visits(order),
        outcome=outcome,
        km=Decimal(order.distance_km) if order.distance_km is not None else None,
        express_agreed_at=agreed,
        wasted_trips=order.wasted_trips,
    )


def agreed_to(order_id: int) -> Agreed | None:
    """What the customer agreed to by the quote that stands; None where he has not. Three queries at most."""
    quote = standing(order_id)
    if quote is None or quote.state != Quote.State.ACCEPTED:
        return None
    beside = set(PriceItem.objects.filter(book=quote.book_id, role__in=BY_THE_CLOCK).values_list("code", flat=True)) | {
        ""
    }  # small change has no code
    paid = QuoteLine.objects.filter(quote=quote, payer=prices.Payer.CUSTOMER).values_list("item_code", "amount_fen")
    return Agreed(Fen(quote.due_fen), Fen(sum(fen for code, fen in paid if code not in beside)))


def bill_now(order: Order) -> Bill | None:
    """What the items of the quote that stands come to as the order is now; None without a quote."""
    quote = standing(order.pk)
    if quote is None:
        return None
    return calculate(order, quote.book_id, items_of(quote.pk), outcome=prices.Outcome.ACCEPTED)


def above_consent(order: Order) -> tuple[Fen, Fen] | None:
    """What is due now and what was agreed, where the work became dearer than the customer agreed to; else None."""
    agreed, bill = agreed_to(order.pk), bill_now(order)
    if agreed is None or bill is None or bill.due_fen <= rules.most_agreed(agreed, bill):
        return None
    return bill.due_fen, agreed.due


def told_at_intake(order: Order, *, at: datetime) -> Text:
    """What a declined repair would cost the customer, in the one sentence that he is told (O-010)."""
    book = book_of(order, at=at)
    return pricing.told_at_intake(book.pk, context_of(order, outcome=prices.Outcome.DECLINED))


def express_fee(order: Order, *, at: datetime) -> Fen | None:
    """What 极速上门 costs beside the rest, if there is a book that holds and it has a price for it."""
    try:
        bill = calculate(order, book_of(order, at=at).pk, [], outcome=prices.Outcome.ACCEPTED)
    except Refused:
        return None
    return next((line.unit_fen for line in bill.lines if line.role is prices.Role.EXPRESS), None)


def pick_up_fee(order: Order, *, at: datetime) -> Line | None:
    """What fetching a device and bringing it back costs, who pays it and why; None where the book has no price for it."""
    quote = standing(order.pk)
    try:
        book_id = quote.book_id if quote else book_of(order, at=at).pk
        context = replace(context_of(order, outcome=prices.Outcome.ACCEPTED), mode=prices.Mode.PICK_UP)
        bill = pricing.price(book_id, context)
    except Refused:
        return None
    return next((line for line in bill.lines if line.role is prices.Role.PICK_UP), None)


def announced(order: Order, book_id: int) -> tuple[Text, ...]:
    """What the clock may add to the quoted price, each with its amount: the customer hears it with the quote."""
    return rules.announced(pricing.load_book(book_id, ()), context_of(order, outcome=prices.Outcome.ACCEPTED))


def _is_unsafe(line: DeviceLine, order: Order) -> bool:
    """Refused for safety: as it was handed back, or while it is open as long as the device's tag stands."""
    if line.result != UNSAFE:
        return False
    return bool(order.result) or line.device is None or bool(line.device.safety_reason)


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
