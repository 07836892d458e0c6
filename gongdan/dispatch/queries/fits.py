"""Whether those who are on an order can be there in another window (R-070)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gongdan.dispatch.models import Visit
from gongdan.dispatch.queries.choice import feasibility
from gongdan.dispatch.rules import Feasibility, comes_for, whole
from gongdan.dispatch.states import NOT_THERE


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether one who is on the order can be there in another window."""

    technician: str
    feasibility: Feasibility


def fits(order_id: int, window: tuple[datetime, datetime]) -> list[Fit]:
    """Those who would come for a promise of this window, each with what stands against it (R-070). Three queries for one."""
    rows = list(
        Visit.objects.filter(order=order_id, status__in=NOT_THERE, is_remote=False)
        .select_related("technician", "order")
        .order_by("pk")
    )
    found = []
    for row in rows:
        promised = whole(row.order.promised_from, row.order.promised_to)
        if comes_for(whole(row.planned_from, row.planned_to), promised, is_alone=len(rows) == 1):
            found.append(Fit(row.technician.name, feasibility(row.technician_id, window, row.order)))
    return found
