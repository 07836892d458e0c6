"""Solved by telephone after it was dispatched: whoever was to come need not."""

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
    """The call before setting out solved it: the visits are called off, and the order waits for its call-back.

    A technician may on his own order. Refused: somebody has set out or is there, and as `orders.actions.solve_by_phone`.
    """
    order = orders.locked(order_id, seen=seen, by=by)
    visits = lines.lines_to_take_back(order, _("电话解决"))
    if not by.may(access.ASSIGN) and not any(access.is_own(by, visit) for visit in visits):
        raise Forbidden
    lines.withdraw_offer(order, by=by, at=at)
    seen_by_all = lines.entitled(by, access.ASSIGN)
    fix = orders.solve_by_phone(
        order_id,
        reason=reason,
        code=code,
        steps=steps,
        note=note,
        ended_at=ended_at,
        visits_called_off=True,
        seen=seen,
        by=seen_by_all,
        at=at,
    )
    for visit in visits:
        lines.take_back(visit, order, "电话解决", by=by, at=at)
    return fix
