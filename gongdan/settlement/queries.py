"""Reads of bills and money; what an order comes to as it stands now."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum

from gongdan.kernel.money import Fen
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from gongdan.people.queries import Person, payees
from gongdan.pricing.rules import Bill as Price
from gongdan.pricing.states import Outcome
from gongdan.quotes import queries as quotes
from gongdan.settlement.models import Account, Adjustment, Bill, BillLine, Payment
from gongdan.settlement.rules import Position

_OUTCOMES = {
    "repaired": Outcome.ACCEPTED,
    "declined": Outcome.DECLINED,
    "nothing_found": Outcome.NOTHING_FOUND,
    "not_repaired": Outcome.NOTHING_FOUND,
}


def price_of(order: Order) -> tuple[Price, str]:
    """What the order comes to by its result, its standing quote and its facts; with the code of the book."""
    quote = quotes.standing(order.pk)
    items = quotes.items_of(quote.pk) if quote else []
    book_id, code = (quote.book_id, quote.book.code) if quote else _book(order)
    outcome = _OUTCOMES.get(order.result, Outcome.ACCEPTED)
    return quotes.calculate(order, book_id, items, outcome=outcome), code


def consented(order: Order) -> int | None:
    """The amount that the customer agreed to, if the work was done on an accepted quote."""
    quote = quotes.standing(order.pk)
    return quote.due_fen if quote and quote.state == "accepted" and order.result == "repaired" else None


def due_of(order: Order) -> Fen | None:
    """The amount due: of the posted bill, else computed once finished, else of an issued quote, else not known."""
    bill = posted_bill(order.pk)
    if bill is not None:
        return Fen(bill.due_fen)
    if order.status == Status.TO_SETTLE:
        return price_of(order)[0].due_fen
    quote = quotes.standing(order.pk)
    return Fen(quote.due_fen) if quote and quote.state != "draft" else None


def position(order: Order) -> Position | None:
    """How the order stands with its customer's money, or None while nothing is due yet."""
    due = due_of(order)
    return None if due is None else position_at(order.pk, due)


def due_now(order_id: int) -> Fen | None:
    """The amount due of an order by its id; None while nothing is due yet."""
    return due_of(Order.objects.select_related("category").get(pk=order_id))


def position_at(order_id: int, due: Fen) -> Position:
    """The position for a known amount due. Two queries."""
    sums = dict(Adjustment.objects.filter(order=order_id, is_void=False).values_list("kind").annotate(total=Sum("fen")))
    return Position(
        due=due,
        received=received(order_id),
        discounted=Fen(sums.get(Adjustment.Kind.DISCOUNT, 0) + sums.get(Adjustment.Kind.ROUNDING, 0)),
        on_account=Fen(sums.get(Adjustment.Kind.ON_ACCOUNT, 0)),
    )


def received(order_id: int) -> Fen:
    """What was received and kept, net of refunds."""
    return Fen(Payment.objects.filter(order=order_id).aggregate(total=Sum("amount_fen"))["total"] or 0)


def posted_bill(order_id: int) -> Bill | None:
    """The bill in force, if one is posted."""
    return (
        Bill.objects.filter(order=order_id, state=Bill.State.POSTED, is_red=False).select_related("posted_by").first()
    )


def bills_of(order_id: int) -> list[Bill]:
    """All bills of an order with the red ones, oldest first."""
    return list(Bill.objects.filter(order=order_id).select_related("posted_by").order_by("pk"))


def lines_of(bill_id: int) -> list[BillLine]:
    """The lines of a posted bill."""
    return list(BillLine.objects.filter(bill=bill_id).order_by("position"))


def payments_of(order_id: int) -> list[Payment]:
    """The rows of money, oldest first."""
    return list(Payment.objects.filter(order=order_id).select_related("payee", "account", "by").order_by("pk"))


def adjustments_of(order_id: int) -> list[Adjustment]:
    """挂账 and 优惠 in force, oldest first."""
    return list(Adjustment.objects.filter(order=order_id, is_void=False).select_related("approved_by").order_by("pk"))


def accounts() -> list[dict[str, Any]]:
    """The receiving accounts that may be chosen."""
    rows = Account.objects.filter(is_active=True).order_by("pk").values("code", "name", "is_cash")
    return [dict(row) for row in rows]


def payees_for(site_id: int) -> list[Person]:
    """Who may stand as 收款人 on an order of this site."""
    return payees(frozenset({site_id}))


def _book(order: Order) -> tuple[int, str]:
    book = quotes.book_of(order, at=order.finished_at or order.received_at)
    return book.pk, book.code
