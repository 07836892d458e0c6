"""Permission strings of repair, and who may write on an order's work."""

from __future__ import annotations

from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden
from gongdan.kernel.text import _
from gongdan.orders.models import Order, Participant

WORK = "repair.work"
PERMISSIONS = (WORK,)


def require_work(actor: Actor, order: Order) -> None:
    """Refused unless the actor works on this order: its technicians and helpers, or staff who may do repair work."""
    actor.require(WORK)
    if actor.kind != "technician":
        return
    if not Participant.objects.filter(
        order=order, user=actor.id, part__in=("technician", "helper"), until__isnull=True
    ).exists():
        raise Forbidden(_("这张工单没有派给您，需要协助请联系派工员加您为协助人"))
