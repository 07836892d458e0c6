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
    """The call-backs of orders that the actor may see."""
    return CallBack.objects.filter(order__in=orders.visible_to(actor))
