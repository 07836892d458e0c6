"""Reads of bills and money; what an order comes to as it stands now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import DateField, QuerySet, Sum, TextField, Value
from django.db.models.functions import Cast

from gongdan.fields.prepared import Prepared
from gongdan.kernel.errors import Refused
from gongdan.kernel.money import Fen
from gongdan.kernel.text import Text
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from gongdan.people.queries import Person, payees
from gongdan.pricing.rules import Bill as Price
from gongdan.pricing.states import Payer
from gongdan.quotes import queries as quotes
from gongdan.quotes.models import Quote, QuoteLine
from gongdan.quotes.rules import most_agreed
from gongdan.repair import queries as repair
from gongdan.settlement.models import Account, Adjustment, Bill, BillLine, Payment
from gongdan.settlement.rules import Position


def price_of(order: Order) -> tuple[Price, str]:
    """What the order comes to by its result, its standing quote and its facts; with the code of the book."""
    return quotes.final_price(order)


def consented(order: Order, price: Price) -> Fen | None:
    """The most that the customer agreed to pay, if the work was done on an accepted quote.

    What the clock added after his consent (night, holiday, overtime) was announced with the quote and counts as agreed.
    """
    agreed = quotes.agreed_to(order.pk) if order.result == "repaired" else None
    return None if agreed is None else most_agreed(agreed, price)


def due_of(order: Order) -> Fen | None:
    """The amount due: computed once finished, else of the posted bill, else of an issued quote, else not known."""
    if order.status == Status.TO_SETTLE:
        return price_of(order)[0].due_fen
    bill = posted_bill(order.pk)
    if bill is not None:
        return Fen(bill.due_fen)
    quote = quotes.standing(order.pk)
    return Fen(quote.due_fen) if quote and quote.state != "draft" else None


def position(order: Order) -> Position | None:
    """How the order stands with its customer's money, or None while nothing is due yet."""
    due = due_of(order)
    return None if due is None else position_at(order.pk, due)


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """One row of money as the page of an order tells it; a refund is negative."""

    day: date
    account: str
    payee: str
    fen: Fen
    words: str


@dataclass(frozen=True, slots=True)
class Money:
    """How an order stands with its customer's money, every row that makes it, and the bills with the red ones."""

    position: Position | None
    payments: tuple[MoneyRow, ...]
    bills: tuple[Bill, ...]


def money_of(order_id: int, *, is_finished: bool, standing: Quote | None) -> Money:
    """What `position` says, and what it rests on, each read once. Two queries where nothing must be computed.

    `is_finished`: the order waits for its settlement, so that the price is computed as it stands now.
    """
    bills, sums, payments = bills_of(order_id), dict[str, int](), list[MoneyRow]()
    for what, _pk, day, account, payee, fen, remark, reference in sorted(
        _MONEY.rows(order_id), key=lambda row: row[:2]
    ):
        if what == "":
            payments.append(MoneyRow(day, account, payee, Fen(fen), remark or reference))
        else:
            sums[what] = sums.get(what, 0) + fen
    posted = next((bill for bill in bills if bill.state == Bill.State.POSTED and not bill.is_red), None)
    due = None
    if posted is not None:
        due = Fen(posted.due_fen)
    elif is_finished:
        due = due_now(order_id)
    elif standing is not None and standing.state != "draft":
        due = Fen(standing.due_fen)
    place = None
    if due is not None:
        place = _placed(due, Fen(sum(row.fen for row in payments)), sums)
    return Money(place, tuple(payments), tuple(bills))


def due_now(order_id: int) -> Fen | None:
    """The amount due of an order by its id; None while nothing is due yet."""
    return due_of(Order.objects.select_related("category").get(pk=order_id))


def position_at(order_id: int, due: Fen) -> Position:
    """The position for a known amount due. Two queries."""
    sums = dict(Adjustment.objects.filter(order=order_id, is_void=False).values_list("kind").annotate(total=Sum("fen")))
    return _placed(due, received(order_id), sums)


def _placed(due: Fen, received: Fen, sums: Mapping[str, int]) -> Position:
    return Position(
        due=due,
        received=received,
        discounted=Fen(sums.get(Adjustment.Kind.DISCOUNT, 0) + sums.get(Adjustment.Kind.ROUNDING, 0)),
        on_account=Fen(sums.get(Adjustment.Kind.ON_ACCOUNT, 0)),
    )


def _money(order: int) -> QuerySet[Any, Any]:
    """Payments, and after them what counts as money, told by its kind."""
    no = Value("", TextField())
    paid = Payment.objects.filter(order=order).order_by()
    counted = Adjustment.objects.filter(order=order, is_void=False).order_by()
    return paid.values_list(no, "pk", "day", "account__name", "payee__name", "amount_fen", "remark", "reference").union(
        counted.values_list("kind", "pk", Cast(Value(None), DateField()), no, no, "fen", no, no), all=True
    )


_MONEY = Prepared(_money, int)


def received(order_id: int) -> Fen:
    """What was received and kept, net of refunds."""
    return Fen(Payment.objects.filter(order=order_id).aggregate(total=Sum("amount_fen"))["total"] or 0)


def received_of(order_ids: Collection[int]) -> dict[int, Fen]:
    """What was received per order, net of refunds; an order without any money is absent. One query."""
    if not order_ids:
        return {}
    rows = Payment.objects.filter(order__in=order_ids).values_list("order").annotate(total=Sum("amount_fen"))
    return {order_id: Fen(total) for order_id, total in rows}


def given_back(payment_id: int) -> Fen:
    """What was refunded out of this row already; zero or positive."""
    return Fen(-(Payment.objects.filter(refunds=payment_id).aggregate(total=Sum("amount_fen"))["total"] or 0))


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line of what an order comes to: quantity at its list price, what is paid, by whom and why."""

    name: str
    unit: str
    quantity: int
    unit_fen: Fen
    amount_fen: Fen
    payer: Payer
    rule: str
    reason: Text | None
    device: str = ""  # for people; empty on an order whose lines are all of one device


@dataclass(frozen=True, slots=True)
class BillSheet:
    """What an order comes to now and how it stands with its customer's money.

    `stage`: posted (in force and locked), final (finished, computed now), quoted (as issued to the customer) or open
    (nothing due yet). `trouble` says why nothing could be computed.
    """

    order: Order
    stage: str
    bill: Bill | None
    lines: tuple[SheetLine, ...]
    totals: tuple[tuple[Payer, Fen], ...]
    position: Position | None
    received: Fen
    payments: tuple[Payment, ...]
    adjustments: tuple[Adjustment, ...]
    bills: tuple[Bill, ...]
    trouble: Text | None = None


def sheet(order: Order) -> BillSheet:
    """Everything the settlement of an order shows."""
    stage, bill = "open", posted_bill(order.pk)
    lines: tuple[SheetLine, ...] = ()
    due: Fen | None = None
    trouble: Text | None = None
    if bill is not None and order.status != Status.TO_SETTLE:  # there again: the work was taken up once more
        stage, lines, due = "posted", _stored(order.pk, lines_of(bill.pk)), Fen(bill.due_fen)
    elif order.status == Status.TO_SETTLE:
        try:
            price, _code = price_of(order)
        except Refused as refused:
            trouble = refused.text
        else:
            stage, due = "final", price.due_fen
            names = _names(order.pk, (int(line.device) for line in price.lines if line.device))
            lines = tuple(
                SheetLine(
                    line.name, line.unit, line.quantity, line.unit_fen, line.amount_fen, line.payer,
                    line.rule.value, line.reason, names.get(int(line.device or 0), ""),
                )
                for line in price.lines
            )  # fmt: skip
    else:
        quote = quotes.standing(order.pk)
        if quote is not None and quote.state != "draft":
            stage, due = "quoted", Fen(quote.due_fen)
            lines = _stored(order.pk, quotes.lines_of(quote.pk))
    position = None if due is None else position_at(order.pk, due)
    return BillSheet(
        order=order,
        stage=stage,
        bill=bill,
        lines=lines,
        totals=_per_payer(lines),
        position=position,
        received=position.received if position else received(order.pk),
        payments=tuple(payments_of(order.pk)),
        adjustments=tuple(adjustments_of(order.pk)),
        bills=tuple(bills_of(order.pk)),
        trouble=trouble,
    )


def _stored(order_id: int, lines: Sequence[BillLine | QuoteLine]) -> tuple[SheetLine, ...]:
    names = _names(order_id, (line.device_line_id for line in lines if line.device_line_id))
    return tuple(
        SheetLine(
            name=line.name,
            unit=line.unit,
            quantity=line.quantity,
            unit_fen=Fen(line.unit_fen),
            amount_fen=Fen(line.amount_fen),
            payer=Payer(line.payer),
            rule=line.rule,
            reason=Text.from_json(line.reason) if line.reason else None,
            device=names.get(line.device_line_id or 0, ""),
        )
        for line in lines
    )


def _names(order_id: int, charged: Iterable[int]) -> dict[int, str]:
    """The charged devices for people. One query where it is several, none for one."""
    return repair.labels(order_id) if len(set(charged)) > 1 else {}


def _per_payer(lines: Iterable[SheetLine]) -> tuple[tuple[Payer, Fen], ...]:
    sums: dict[Payer, Fen] = {}
    for line in lines:
        sums[line.payer] = Fen(sums.get(line.payer, 0) + line.amount_fen)
    return tuple((payer, sums[payer]) for payer in Payer if payer in sums)


def posted_bill(order_id: int) -> Bill | None:
    """The bill in force, if one is posted."""
    return next(iter(_POSTED.rows(order_id)), None)


def bills_of(order_id: int) -> list[Bill]:
    """All bills of an order with the red ones, oldest first."""
    return _BILLS.rows(order_id)


_BILLS = Prepared(lambda order: Bill.objects.filter(order=order).select_related("posted_by").order_by("pk"), int)
_POSTED = Prepared(
    lambda order: (
        Bill.objects.filter(order=order, state=Bill.State.POSTED, is_red=False)
        .select_related("posted_by")
        .order_by("pk")[:1]
    ),
    int,
)


def lines_of(bill_id: int) -> list[BillLine]:
    """The lines of a posted bill."""
    return list(BillLine.objects.filter(bill=bill_id).order_by("position"))


def payments_of(order_id: int) -> list[Payment]:
    """The rows of money, oldest first."""
    return list(Payment.objects.filter(order=order_id).select_related("payee", "account", "by").order_by("pk"))


def adjustments_of(order_id: int) -> list[Adjustment]:
    """挂账 and 优惠 in force, oldest first."""
    return list(Adjustment.objects.filter(order=order_id, is_void=False).select_related("approved_by").order_by("pk"))


def all_accounts() -> list[Account]:
    """Every receiving account, those in use first. One query."""
    return list(Account.objects.order_by("-is_active", "pk"))


def accounts() -> list[dict[str, Any]]:
    """The receiving accounts that may be chosen."""
    rows = Account.objects.filter(is_active=True).order_by("pk").values("code", "name", "is_cash")
    return [dict(row) for row in rows]


def payees_for(site_id: int) -> list[Person]:
    """Who may stand as 收款人 on an order of this site."""
    return payees(frozenset({site_id}))
