"""Permission strings of repair, and who may write on an order's work."""

from __future__ import annotations

from collections.abc import Iterable

from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden
from gongdan.kernel.text import _
from gongdan.orders.models import Order, Participant
from gongdan.people.models import Team
from gongdan.repair.models import HelpRequest

WORK = "repair.work"
ADVISE = "repair.advise"  # answers what the technical department is asked
CLEAR_SAFETY = "repair.clear_safety"
PERMISSIONS = (WORK, ADVISE, CLEAR_SAFETY)


def require_work(actor: Actor, order: Order) -> None:
    """Refused unless the actor works on this order: its technicians and helpers, or staff who may do repair work."""
    actor.require(WORK)
    if actor.kind != "technician":
        return
    if not Participant.objects.filter(
        order=order, user=actor.id, part__in=("technician", "helper"), until__isnull=True
    ).exists():
        raise Forbidden(_("这张工单没有派给您，需要协助请联系派工员加您为协助人"))


def works_on(actor: Actor, order: Order) -> bool:
    """Whether `require_work` would let this actor pass."""
    try:
        require_work(actor, order)
    except Forbidden:
        return False
    return True


def may_answer(actor: Actor, request: HelpRequest) -> bool:
    """The colleague who was asked, a member of the department that was, or who may advise on what it is asked."""
    return request.pk in answerable(actor, [request])


def answerable(actor: Actor, requests: Iterable[HelpRequest]) -> set[int]:
    """Those of these questions that the actor `may_answer`. At most one query."""
    if actor.kind not in ("staff", "technician") or not (actor.may(WORK) or actor.may(ADVISE)):
        return set()
    asked = list(requests)
    departments = {row.team_id for row in asked if row.team_id is not None and row.asked_to_id != actor.id}
    his: set[int] = set()
    if departments:
        members = Team.members.through.objects.filter(team__in=departments, user=actor.id)
        his = set(members.values_list("team_id", flat=True))
    return {
        row.pk
        for row in asked
        if row.asked_to_id == actor.id or row.team_id in his or (row.level == 2 and actor.may(ADVISE))
    }
