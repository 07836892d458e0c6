"""Permission strings of follow-up, and which call-backs an actor may see."""

from __future__ import annotations

from django.db.models import QuerySet

from gongdan.followup.models import CallBack
from gongdan.kernel.actor import Actor
from gongdan.orders import access as orders

CALL = "followup.call"
VIEW = "followup.view"
PERMISSIONS = (CALL, VIEW)


def visible_to(actor: Actor) -> QuerySet[CallBack]:
    """The call-backs of orders that the actor may see. A desk's are one range of an index per site."""
    rows = CallBack.objects.filter(order__is_visible=True)
    if actor.order is not None or not actor.may(orders.VIEW) or orders.is_bound(actor):
        return rows.filter(order__in=orders.visible_to(actor))
    return rows if actor.sees_all_sites else rows.filter(site__in=actor.sites)
