"""A team's queue: an order is offered to all of its members, and whoever takes it first has it (R-013)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.dispatch import access
from gongdan.dispatch.actions import lines
from gongdan.dispatch.actions.assign import wasted_before
from gongdan.dispatch.actions.promises import first_promise
from gongdan.dispatch.events import Verb
from gongdan.dispatch.models import TeamOffer, Visit
from gongdan.dispatch.rules import check_window
from gongdan.dispatch.states import VisitStatus
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused
from gongdan.kernel.text import _
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.states import TO_THE_DOOR, Status
from gongdan.people.models import Team


@dataclass(frozen=True, slots=True)
class OfferDraft:
    """What a team is offered: what to do and when."""

    team_id: int
    task: str = ""
    planned_from: datetime | None = None
    planned_to: datetime | None = None


@transaction.atomic
def offer_to_team(order_id: int, draft: OfferDraft, *, seen: int, by: Actor, at: datetime) -> TeamOffer:
    """Put the order into a team's queue: its members see it and may take it.

    An earlier queue is left. Refused: it does not wait for dispatch, a hold, a team without anybody, an unknown one.
    """
    by.require(access.ASSIGN)
    order = orders.locked(order_id, seen=seen, by=by)
    if order.status != Status.TO_DISPATCH:
        raise lines.too_late(order, _("放进领单列表"))
    orders.refuse_if_held(order, "dispatch", at=at)
    lines.refuse_if_unsafe(order)
    teams = Team.objects.filter(pk=draft.team_id, is_active=True, kind=Team.Kind.TEAM)
    team = teams.filter(site=order.site_id).first() or teams.filter(site__isnull=True).first()
    if team is None:
        raise Invalid({"team_id": _("请选择本站点的一个班组")})
    if (draft.planned_from is None) != (draft.planned_to is None):
        missing = "planned_to" if draft.planned_to is None else "planned_from"
        raise Invalid({missing: _("上门时间要填开始和结束两端")})
    if draft.planned_from and draft.planned_to:
        check_window(draft.planned_from, draft.planned_to, at=at)
    members = list(team.members.filter(is_active=True, roles__is_technician=True).distinct().order_by("pk"))
    if not members:
        raise Refused(
            _("{team} 里没有在岗的师傅，请先在启用准备里加入成员", team=team.name), code="empty", field="team_id"
        )
    lines.withdraw_offer(order, by=by, at=at, tells=False)
    offer = TeamOffer.objects.create(
        order=order,
        team=team,
        task=(draft.task.strip() or order.symptom)[:500],
        planned_from=draft.planned_from,
        planned_to=draft.planned_to,
        offered_at=at,
        offered_by_id=by.id,
    )
    for member in members:
        orders.add_participant(order, member.pk, "team", at=at)
    orders.deposit(order, team_name=team.name)
    record(Verb.OFFERED_TO_TEAM, offer, by=by, at=at, about=order, team=team.name)
    return offer


@transaction.atomic
def take_back_offer(order_id: int, *, seen: int, by: Actor, at: datetime) -> Order:
    """Take the order out of its team's queue again. Refused: it waits in none, or somebody has taken it."""
    by.require(access.ASSIGN)
    order = orders.locked(order_id, seen=seen, by=by)
    if lines.open_offer(order) is None:
        raise Refused(_("这张工单不在领单列表里，可能刚被领走"), code="not_offered")
    lines.withdraw_offer(order, by=by, at=at)
    return order


@transaction.atomic
def take(order_id: int, *, by: Actor, at: datetime) -> Visit:
    """领单: the order is this member's, accepted; the others no longer see it.

    Of two at the same moment one has it, the other is told who. Refused: not of this team, taken, or taken back.
    """
    by.require(access.WORK)
    offer = TeamOffer.objects.filter(order=order_id).select_related("team").order_by("-pk").first()
    if offer is None:
        raise Missing
    if not offer.team.members.filter(pk=by.id, is_active=True).exists():
        raise Forbidden
    order = orders.locked(order_id)
    offer = TeamOffer.objects.select_related("team", "taken_by").get(pk=offer.pk)
    if offer.taken_by is not None:
        raise Refused(_("工单 {number} 刚被 {name} 领走", number=order.number, name=offer.taken_by.name), code="taken")
    if offer.withdrawn_at is not None or order.status != Status.TO_DISPATCH:
        raise Refused(_("工单 {number} 已不在领单列表里，请看别的工单", number=order.number), code="not_offered")
    orders.refuse_if_held(order, "dispatch", at=at)
    lines.refuse_if_unsafe(order)
    offer.taken_at, offer.taken_by_id = at, by.id
    offer.save(update_fields=["taken_at", "taken_by"])
    is_ahead = offer.planned_to is not None and offer.planned_to > at
    offered = (offer.planned_from, offer.planned_to) if is_ahead else (None, None)
    window = lines.window_of(order, offered, is_remote=False, at=at)
    visit = Visit.objects.create(
        order=order,
        technician_id=by.id,
        status=VisitStatus.ACCEPTED,
        task=offer.task,
        remark=wasted_before(order),
        planned_from=window[0],
        planned_to=window[1],
        dispatched_at=at,
        dispatched_by_id=offer.offered_by_id,
        accepted_at=at,
    )
    orders.add_participant(order, by.id, "technician", at=at)
    lines.end_team(order, at=at)
    record(Verb.TAKEN, visit, by=by, at=at, about=order, team=offer.team.name)
    orders.advance(order, "start_repair", by=lines.entitled(by, access.ASSIGN), at=at)
    if visit.planned_from and visit.planned_to and order.promised_from is None and order.mode in TO_THE_DOOR:
        first_promise(order, visit.planned_from, visit.planned_to, by=by, at=at, is_meant=True)
    lines.name_technicians(order)
    return visit
