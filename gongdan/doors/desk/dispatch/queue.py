"""领单: what the actor's teams may take; and 待协调: what waits for the supervisor."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongdan.dispatch import access, actions
from gongdan.dispatch import queries as dispatch
from gongdan.doors.desk.once import once
from gongdan.doors.desk.words import priority_badge
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.posting import sent_to
from gongdan.doors.kit.render import page, refusals_shown, see, tell

PAGE = "desk/dispatch/queue.html"


@require_safe
def queue(request: StaffRequest) -> HttpResponse:
    """The queues of the actor's teams; a dispatcher sees those of his sites, and what is to be coordinated."""
    actor = request.actor
    actor.require_any((access.WORK, access.ASSIGN))
    offers: list[dict[str, Any]] = [
        {
            "number": one.number,
            "url": reverse("desk:dispatch-order", args=[one.number]) if actor.may(access.ASSIGN) else "",
            "take": reverse("desk:queue-take", args=[one.order_id]) if one.may_take else "",
            "team": one.team,
            "task": one.task,
            "customer": one.customer,
            "address": one.address,
            "device": one.device,
            "planned": one.planned,
            "offered_at": one.offered_at,
            "offered_by": one.offered_by,
            "priority": priority_badge(one.priority),
        }
        for one in dispatch.offers_for(actor)
    ]
    waiting = []
    if actor.may(access.ASSIGN):
        waiting = [
            {"facts": one, "url": reverse("desk:dispatch-order", args=[one.number])}
            for one in dispatch.coordinations(actor, at=request.now)
        ]
    return page(request, PAGE, {"offers": offers, "waiting": waiting})


@sent_to("desk:queue")
def take(request: StaffRequest, order_id: int) -> HttpResponse:
    """领单."""
    request.actor.require(access.WORK)

    def run() -> int:
        return actions.take(order_id, by=request.actor, at=request.now).pk

    with refusals_shown(request) as attempt:
        visit_id = once(request, "dispatch.take", run)
    if attempt.ok:
        tell(request, _("已领单，请先联系客户"))
        return see(request, reverse("desk:visit", args=[visit_id]))
    return see(request, reverse("desk:queue"))
