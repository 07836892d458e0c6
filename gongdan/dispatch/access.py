"""Permission strings of dispatch, and which visits an actor may see."""

from __future__ import annotations

from django.db.models import QuerySet

from gongdan.dispatch.models import Visit
from gongdan.kernel.actor import Actor
from gongdan.orders import access as orders

ASSIGN = "dispatch.assign"
CONTACT = "dispatch.contact"
APPROVE_MOVE = "dispatch.approve_move"
PERMISSIONS = (ASSIGN, CONTACT, APPROVE_MOVE)
WORK = "repair.work"  # of the technician's own way


def visible_to(actor: Actor) -> QuerySet[Visit]:
    """The visits of orders that the actor may see."""
    return Visit.objects.filter(order__in=orders.visible_to(actor))


def is_own(actor: Actor, visit: Visit) -> bool:
    """Whether this is the actor's own visit."""
    return actor.kind == "technician" and visit.technician_id == actor.id
