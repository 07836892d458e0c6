"""price(book, context, charges): the same question always has the same answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from gongdan.kernel.errors import Refused
from gongdan.kernel.money import Fen, yuan
from gongdan.kernel.text import Text, _
from gongdan.pricing.rules.bill import NOTHING, Bill, Line
from gongdan.pricing.rules.book import Book
from gongdan.pricing.rules.case import Case
from gongdan.pricing.rules.facts import Charge, Context
from gongdan.pricing.rules.surcharges import minimum_lines, rounding_lines, time_lines
from gongdan.pricing.rules.travel import express_lines, travel_lines
from gongdan.pricing.rules.work import height_lines, inspection_lines, work_lines
from gongdan.pricing.states import AUTOMATIC, Mode, Outcome, Payer, Role, Rule

MAX_QUANTITY = 9999

# Of these a household pays one lot, even where two books send somebody on the same visit.
_ONCE: tuple[frozenset[Role], ...] = (
    frozenset({Role.VISIT, Role.DISTANCE, Role.REMOTE_FEE}),
    frozenset({Role.PICK_UP}),
    frozenset({Role.EXPRESS}),
    frozenset({Role.NIGHT, Role.HOLIDAY}),
    frozenset({Role.OVERTIME}),
    frozenset({Role.EMPTY_TRIP}),
)


def price(book: Book, context: Context, charges: Sequence[Charge] = ()) -> Bill:
    """The bill of these choices under these circumstances.

    Lines stand in this order: the way, express, inspection, chosen items in order of entry, height, night and holiday,
    minimum, small change. The total does not depend on the order of entry. Refused: an item that is unknown, has no
    price, comes by itself, is for the shop only, or cannot stand beside another; a height or distance without a price.
    """
    case = Case(book, context, charges)
    for charge in charges:
        _check(case, charge)
    way = list(travel_lines(case))
    fee_is_all = case.outcome is Outcome.EMPTY_TRIP and any(line.role is Role.EMPTY_TRIP for line in way)
    if not fee_is_all:  # nobody came to do anything: the wasted way costs its fee, and nothing beside it
        way += express_lines(case)
    work = list(work_lines(case))
    lines = [
        *way,
        *inspection_lines(case),
        *work,
        *height_lines(case),
        *time_lines(case),
        *minimum_lines(case, work),
    ]
    return _rounded(book, lines)


def price_together(parts: Sequence[tuple[Book, Context, Sequence[Charge]]]) -> Bill:
    """One bill for devices whose prices stand in different books, served on the same visits.

    Each part is priced in its own book; of the way, express and the hour only the dearer lot stays, once. Small change
    is taken off by the first part's book.
    """
    assert parts, "nothing to price"
    bills = [
        [line for line in price(book, context, charges).lines if line.role is not Role.ROUNDING]
        for book, context, charges in parts
    ]
    for group in _ONCE:
        lots = [[line for line in lines if line.role in group] for lines in bills]
        winner = max(range(len(lots)), key=lambda n: _weight(lots[n]))
        for number, lines in enumerate(bills):
            if number != winner:
                bills[number] = [_given_way(line) if line.role in group else line for line in lines]
    return _rounded(parts[0][0], [line for lines in bills for line in lines])


def price_if_declined(book: Book, context: Context) -> Bill:
    """What the customer would pay if nothing is repaired after the inspection (O-010)."""
    devices = tuple(replace(device, outcome=None) for device in context.devices)
    return price(book, replace(context, outcome=Outcome.DECLINED, devices=devices))


def told_at_intake(bill: Bill) -> Text:
    """The sum for a declined repair in one sentence, equal lines told once: at intake, in the SMS and on the slip."""
    alike = Counter((line.name, line.amount_fen) for line in bill.paid_by(Payer.CUSTOMER) if line.amount_fen)
    if not alike:
        return _("检测后如不维修，不收费")
    parts = [f"{name} ¥{yuan(fen)}" + (f" × {times}" if times > 1 else "") for (name, fen), times in alike.items()]
    return _("检测后如不维修，需付 {sum:yuan}（{parts}）", sum=bill.due_fen, parts="、".join(parts))


def _check(case: Case, charge: Charge) -> None:
    item = case.item(charge)
    if not 1 <= charge.quantity <= MAX_QUANTITY:
        raise Refused(
            _("“{item}”的数量应为 1 到 {most}，请更正", item=item.name, most=MAX_QUANTITY),
            code="quantity",
            field="quantity",
        )
    if item.role in AUTOMATIC:
        raise Refused(_("“{item}”由系统按规则计算，不用选择，请删去这一项", item=item.name), code="automatic")
    at_the_customer = case.context.mode in (Mode.ON_SITE, Mode.EXPRESS, Mode.REMOTE)
    if case.book.policy.keeps_shop_items_in_shop and item.mode is Mode.IN_STORE and at_the_customer:
        raise Refused(
            _("“{item}”仅限店内维修，请把服务方式改为到店、上门取送或寄修，或选择别的项目", item=item.name),
            code="shop_only",
        )
    for other in case.charges:
        beside = case.item(other)
        if other.device == charge.device and (charge.code in beside.excludes or other.code in item.excludes):
            raise Refused(
                _("“{one}”和“{other}”不能同时收取，请删去其中一项", one=item.name, other=beside.name), code="excluded"
            )


def _weight(lot: Sequence[Line]) -> tuple[int, int]:
    """The dearer lot weighs more; of equal ones that which the customer does not pay."""
    return sum(line.amount_fen for line in lot), -sum(line.amount_fen for line in lot if line.payer is Payer.CUSTOMER)


def _given_way(line: Line) -> Line:
    return replace(
        line,
        amount_fen=NOTHING,
        labour_fen=NOTHING,
        rule=Rule.TRAVEL_ONCE,
        reason=_("同一次上门只收一份，取较高者"),
    )


def _rounded(book: Book, lines: list[Line]) -> Bill:
    due = Fen(sum(line.amount_fen for line in lines if line.payer is Payer.CUSTOMER))
    return Bill((*lines, *rounding_lines(book.policy, due)))
