"""What the stories have in common: an order's way in a few words, and its timeline as people read it."""

from __future__ import annotations

from datetime import datetime, timedelta

from gongdan.audit.queries import sentence, timeline
from gongdan.dispatch import actions as dispatch
from gongdan.dispatch.actions import ConfirmationDraft
from gongdan.kernel.actor import Actor
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from gongdan.quotes.models import Quote
from gongdan.repair import actions as repair
from gongdan.settlement import queries as bills
from tests.repair.shop import agreed, diagnosed, filled, fresh, line_of, seen, visit_of


def status(order: Order) -> Status:
    """Where it stands now."""
    return Status(fresh(order).status)


def told(order: Order, since: str = "") -> list[str]:
    """处理过程 from the beginning, or from the sentence that begins like this."""
    said = [str(sentence(entry)) for entry in reversed(timeline("orders.order", order.pk, limit=200))]
    first = next((place for place, words in enumerate(said) if words.startswith(since)), len(said))
    return said[first:]


def arrives(order: Order, by: Actor, at: datetime) -> None:
    """The technician accepts, travels and is there."""
    visit = visit_of(order)
    dispatch.accept(visit.pk, by=by, at=at - timedelta(minutes=40))
    called = ConfirmationDraft(is_convenient=True, device_ok=True, fault_ok=True, address_ok=True)
    dispatch.confirm_before_visit(visit.pk, called, by=by, at=at - timedelta(minutes=35))
    dispatch.depart(visit.pk, by=by, at=at - timedelta(minutes=30))
    dispatch.arrive(visit.pk, by=by, at=at)


def repaired(order: Order, by: Actor, at: datetime, *codes: str) -> Quote:
    """Found, agreed on the telephone, mended, tested, tried and handed back; and the technician leaves."""
    diagnosed(order, by, at)
    quote = agreed(order, by, at, *codes)
    repair.add_action(line_of(order).pk, "查漏后加氟 600 克", by=by, at=at)
    filled(order, by, at)
    repair.record_trial(order.pk, is_accepted=True, tester="王小明", way="paper", by=by, at=at)
    repair.finish(order.pk, "repaired", seen=seen(order), by=by, at=at)
    dispatch.leave(visit_of(order).pk, by=by, at=at)
    return quote


def charged(bill_id: int) -> list[tuple[str, int, str]]:
    """The lines of a bill: which item, how much in fen, who pays."""
    return [(line.item_code, line.amount_fen, line.payer) for line in bills.lines_of(bill_id)]
