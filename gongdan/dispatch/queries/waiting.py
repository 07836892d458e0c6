"""What waits for somebody: orders in a team's queue, and those the supervisor must find a time for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from gongdan.dispatch import access, rules
from gongdan.dispatch.models import TeamOffer
from gongdan.kernel.actor import Actor
from gongdan.kernel.text import Text
from gongdan.orders import access as orders
from gongdan.orders.models import Hold
from gongdan.orders.states import Status
from gongdan.people.models import Team
from gongdan.people.queries import settings_for

MOST = 100


@dataclass(frozen=True, slots=True)
class Offer:
    """An order that waits in a team's queue."""

    order_id: int
    number: str
    team: str
    task: str
    customer: str
    address: str
    device: str
    planned: tuple[datetime, datetime] | None
    offered_at: datetime
    offered_by: str
    priority: str
    may_take: bool = False  # whether it is this actor's own team's


def offers_for(actor: Actor) -> list[Offer]:
    """领单: what this member may take, oldest first; a dispatcher sees the queues of his sites. One query."""
    rows = TeamOffer.objects.filter(taken_at__isnull=True, withdrawn_at__isnull=True)
    if not actor.may(access.ASSIGN):
        if not actor.may(access.WORK):
            return []
        rows = rows.filter(team__members=actor.id)
    members = Team.members.through.objects.filter(team=OuterRef("team"), user=actor.id)
    rows = rows.annotate(is_member=Exists(members))
    rows = rows.filter(order__in=orders.visible_to(actor), order__status=Status.TO_DISPATCH)
    found = rows.select_related("team", "order__customer", "offered_by").order_by("pk")[:MOST]
    return [_offer(row, may_take=actor.may(access.WORK) and row.is_member) for row in found]


def offer_of(order_id: int) -> Offer | None:
    """The queue in which an order waits, if it does. One query."""
    row = (
        TeamOffer.objects.filter(order=order_id, taken_at__isnull=True, withdrawn_at__isnull=True)
        .select_related("team", "order__customer", "offered_by")
        .first()
    )
    return _offer(row) if row else None


def _offer(row: TeamOffer, *, may_take: bool = False) -> Offer:
    order = row.order
    return Offer(
        order_id=order.pk,
        number=order.number,
        team=row.team.name,
        task=row.task,
        customer=order.contact_name or order.customer.name,
        address=order.address,
        device=order.device_text,
        planned=(row.planned_from, row.planned_to) if row.planned_from and row.planned_to else None,
        offered_at=row.offered_at,
        offered_by=row.offered_by.name,
        priority=order.priority,
        may_take=may_take,
    )


def teams(site_id: int) -> list[tuple[int, str]]:
    """The teams that an order of this site may be offered to. One query."""
    rows = Team.objects.filter(is_active=True, kind=Team.Kind.TEAM).order_by("name")
    return [(row.pk, row.name) for row in rows if row.site_id in (None, site_id)]


@dataclass(frozen=True, slots=True)
class Coordination:
    """An order for which nobody is free: the supervisor offers another time or cancels (O-067)."""

    order_id: int
    number: str
    customer: str
    reason: Text
    since: datetime
    due_at: datetime
    is_overdue: bool


def coordinations(actor: Actor, *, at: datetime) -> list[Coordination]:
    """待协调, the oldest first, with the time by which the supervisor must act. Two queries at most per site."""
    rows = (
        Hold.objects.filter(code="coordinate", released_at__isnull=True, order__in=orders.visible_to(actor))
        .exclude(order__status=Status.CANCELLED)
        .select_related("order__customer")
        .order_by("placed_at")[:MOST]
    )
    minutes: dict[int, int] = {}
    found = []
    for row in rows:
        order = row.order
        if order.site_id not in minutes:
            minutes[order.site_id] = settings_for(order.site_id).of(rules.COORDINATE_MINUTES)
        due = row.placed_at + timedelta(minutes=minutes[order.site_id])
        found.append(
            Coordination(
                order_id=order.pk,
                number=order.number,
                customer=order.contact_name or order.customer.name,
                reason=Text.from_json(row.reason),
                since=row.placed_at,
                due_at=due,
                is_overdue=at > due,
            )
        )
    return found
