"""What a customer's consent reaches: the price that was agreed, and what the clock may add to it as was announced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gongdan.kernel.money import Fen
from gongdan.kernel.text import Text, _
from gongdan.pricing.rules import Bill, Book, Context
from gongdan.pricing.rules.case import TO_THE_DOOR, Case
from gongdan.pricing.states import Extra, Mode, Payer, Role

BY_THE_CLOCK = frozenset({Role.NIGHT, Role.HOLIDAY, Role.OVERTIME})
_BESIDE = BY_THE_CLOCK | {Role.ROUNDING}


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the customer agreed to: what he pays in all, and how much of it is neither by the clock nor small change."""

    due: Fen
    core: Fen


def core_of(bill: Bill) -> Fen:
    """What the customer pays without what the clock adds and without small change."""
    lines = (line for line in bill.lines if line.payer is Payer.CUSTOMER and line.role not in _BESIDE)
    return Fen(sum(line.amount_fen for line in lines))


def most_agreed(agreed: Agreed, bill: Bill) -> Fen:
    """The most that the customer pays by his consent when the final price is this bill.

    Night, holiday and overtime stand in the quote's sentence, so a bill that is dearer only by them is agreed to; any
    other line more needs a new consent.
    """
    return bill.due_fen if core_of(bill) <= agreed.core else agreed.due


def announced(book: Book, context: Context) -> tuple[Text, ...]:
    """What the clock may still add to this price, each with its amount: a part of the quote that the customer hears.

    Nothing for work in the store, for what somebody else pays, and for what is known already.
    """
    if context.mode not in {*TO_THE_DOOR, Mode.PICK_UP}:
        return ()
    return tuple(_announced(Case(book, context, ())))


def _announced(case: Case) -> Iterator[Text]:
    policy = case.book.policy
    is_over = bool(case.context.visits) and all(visit.left_at for visit in case.context.visits)
    if case.context.arrived_at is None:
        if fen := _unit(case, Role.NIGHT, Extra.NIGHT):
            start, end = f"{policy.night_from:%H:%M}", f"{policy.night_to:%H:%M}"
            yield _("{start}–{end} 到达加收 {fen:yuan}", start=start, end=end, fen=fen)
        if fen := _unit(case, Role.HOLIDAY, Extra.HOLIDAY):
            yield _("法定节假日到达加收 {fen:yuan}", fen=fen)
    if not is_over and (fen := _unit(case, Role.OVERTIME, Extra.OVERTIME)):
        yield _("{start} 以后每小时加收 {fen:yuan}", start=f"{policy.overtime_from:%H:%M}", fen=fen)


def _unit(case: Case, role: Role, extra: Extra) -> Fen | None:
    item = case.book.the(role)
    if item is None or case.extra_payer(extra, case.visit_coverage) is not Payer.CUSTOMER:
        return None
    return item.price_in(case.context.mode, case.context.area)
