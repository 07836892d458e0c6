"""Solved by telephone, also after it was dispatched: whoever was to come need not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from gongdan.dispatch import access
from gongdan.dispatch.actions import lines
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden
from gongdan.kernel.text import _
from gongdan.orders import actions as orders
from gongdan.orders.models import PhoneFix
from gongdan.orders.states import Status


@transaction.atomic
def solve_by_phone(
    order_id: int,
    *,
    reason: str,
    code: str = "",
    steps: Iterable[str] = (),
    note: str = "",
    ended_at: datetime | None = None,
    seen: int,
    by: Actor,
    at: datetime,
) -> PhoneFix:
    """No visit is needed: those that nobody set out for are called off, and the order waits for its call-back.

    A technician may on his own order. Refused: somebody has set out or is there, and as `orders.actions.solve_by_phone`.
    """
    order = orders.locked(order_id, seen=seen, by=by)
    is_dispatched = order.status == Status.IN_REPAIR
    visits = lines.lines_to_take_back(order, _("电话解决")) if is_dispatched else []
    if is_dispatched and not by.may(access.ASSIGN) and not any(access.is_own(by, visit) for visit in visits):
        raise Forbidden
    lines.withdraw_offer(order, by=by, at=at)
    solver = lines.entitled(by, access.ASSIGN) if is_dispatched else by
    fix = orders.solve_by_phone(
        order_id,
        reason=reason,
        code=code,
        steps=steps,
        note=note,
        ended_at=ended_at,
        visits_called_off=is_dispatched,
        seen=seen,
        by=solver,
        at=at,
    )
    for visit in visits:
        lines.take_back(visit, order, "电话解决", by=by, at=at)
    return fix
