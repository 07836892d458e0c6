"""Permission strings of follow-up, and which call-backs an actor may see."""

from __future__ import annotations

from django.db.models import QuerySet

from gongdan.followup.models import CallBack, Feedback, Improvement, Message
from gongdan.kernel.actor import Actor
from gongdan.orders import access as orders

CALL = "followup.call"
VIEW = "followup.view"
IMPROVE = "followup.improve"
PERMISSIONS = (CALL, VIEW, IMPROVE)


def visible_to(actor: Actor) -> QuerySet[CallBack]:
    """The call-backs of orders that the actor may see. A desk's are one range of an index per site."""
    rows = CallBack.objects.filter(order__is_visible=True)
    if actor.order is not None or not actor.may(orders.VIEW) or orders.is_bound(actor):
        return rows.filter(order__in=orders.visible_to(actor))
    return rows if actor.sees_all_sites else rows.filter(site__in=actor.sites)


def messages_of(actor: Actor) -> QuerySet[Message]:
    """The messages of orders that the actor may see. A desk's are one range of an index per site."""
    rows = Message.objects.filter(order__is_visible=True)
    if actor.order is not None or not actor.may(orders.VIEW) or orders.is_bound(actor):
        return rows.filter(order__in=orders.visible_to(actor))
    return rows if actor.sees_all_sites else rows.filter(site__in=actor.sites)


def feedback_of(actor: Actor) -> QuerySet[Feedback]:
    """The feedback of the actor's sites, for who may read follow-up; everybody else's own."""
    if actor.order is not None:
        return Feedback.objects.none()
    if not (actor.may(VIEW) or actor.may(CALL)):
        return Feedback.objects.filter(owner=actor.id)
    return Feedback.objects.all() if actor.sees_all_sites else Feedback.objects.filter(site__in=actor.sites)


def improvements_of(actor: Actor) -> QuerySet[Improvement]:
    """The improvements of the actor's sites, for who may read follow-up; everybody else's own."""
    if actor.order is not None:
        return Improvement.objects.none()
    if not (actor.may(VIEW) or actor.may(IMPROVE)):
        return Improvement.objects.filter(owner=actor.id)
    return Improvement.objects.all() if actor.sees_all_sites else Improvement.objects.filter(site__in=actor.sites)
