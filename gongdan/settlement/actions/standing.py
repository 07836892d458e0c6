"""How an order stands with its money, for the verbs that change it."""

from __future__ import annotations

from datetime import datetime

from gongdan.audit.actions import record
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Refused
from gongdan.kernel.text import _
from gongdan.numbering import actions as numbering
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from gongdan.settlement import queries, rules
from gongdan.settlement.events import Verb
from gongdan.settlement.models import Adjustment


def priced(order: Order) -> rules.Position:
    """What is due and received. Refused: no price yet."""
    position = queries.position(order)
    if position is None:
        raise Refused(_("还没有应收金额，请先报价或完工"), code="no_due")
    return position


def final(order: Order) -> rules.Position:
    """The position of an order whose work is done: before that its due may still change."""
    if order.status != Status.TO_SETTLE:
        raise Refused(
            _(
                "工单 {number} 现在是“{status}”，完工后才能挂账或优惠；现在可以先收款",
                number=order.number,
                status=orders.status_label(order),
            ),
            code="wrong_status",
        )
    return priced(order)


def number_of(kind: str, order: Order, at: datetime, pattern: str) -> str:
    """The next number of a posted paper of this kind, without gaps: take it last."""
    return numbering.take_gapless(
        kind, site_id=order.site_id, site_code=order.site.code, day=local_day(at), pattern=pattern
    )


def shrink_on_account(order: Order, *, by: Actor, at: datetime) -> None:
    """Less is owed than was put on account: the open rest never exceeds it. What shrinks to nothing is void."""
    position = queries.position(order)
    if position is None:
        return
    rows = {
        row.pk: row
        for row in Adjustment.objects.filter(order=order, kind=Adjustment.Kind.ON_ACCOUNT, is_void=False).order_by("pk")
    }
    excess = position.on_account - max(position.outstanding, 0)
    left = rules.on_account_left(((pk, row.fen) for pk, row in rows.items()), excess=excess)
    for pk, fen in left.items():
        row = rows[pk]
        before, row.fen, row.is_void = row.fen, fen, fen == 0
        row.save(update_fields=["fen", "is_void"])
        record(Verb.ON_ACCOUNT_REDUCED, row, by=by, at=at, about=order, before=before, amount=row.fen)


def show_money(order: Order) -> None:
    """Lists show how the order stands with its money now."""
    position = queries.position(order)
    if position is not None:
        orders.deposit(order, money_state=position.state)
