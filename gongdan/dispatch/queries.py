"""Reads of dispatch: the lines of an order, the promises, and who could go."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count

from gongdan.dispatch.models import Promise, Visit
from gongdan.dispatch.rules import Candidate, Load, rank
from gongdan.dispatch.states import VisitStatus
from gongdan.people.queries import technicians

_OPEN = (VisitStatus.OFFERED, VisitStatus.ACCEPTED, VisitStatus.UNDER_WAY, VisitStatus.ON_SITE)


def visits_of(order_id: int) -> list[Visit]:
    """The dispatch lines of an order, oldest first, with technician and dispatcher loaded. One query."""
    return list(Visit.objects.filter(order=order_id).select_related("technician", "dispatched_by").order_by("pk"))


def promises_of(order_id: int) -> list[Promise]:
    """All windows ever promised on an order, the first one first. One query."""
    return list(Promise.objects.filter(order=order_id).order_by("pk"))


def candidates(
    site_ids: frozenset[int] | None,
    *,
    category: str,
    window: tuple[datetime, datetime] | None,
    day_start: datetime,
    but_not: int | None = None,
) -> list[Candidate]:
    """Technicians of these sites as choices for an order, the best first, with reasons (R-084). Five queries.

    `but_not`: the order asked about; its own lines stand in nobody's way.
    """
    people = technicians(site_ids)
    ids = [person.id for person in people]
    in_hand = Visit.objects.filter(technician__in=ids, status__in=_OPEN).exclude(order=but_not)
    counts = dict(in_hand.values_list("technician").annotate(n=Count("pk")))
    windows: dict[int, list[tuple[datetime, datetime, str]]] = {}
    rows = in_hand.filter(planned_to__gt=day_start, planned_from__isnull=False).values_list(
        "technician", "planned_from", "planned_to", "order__number"
    )
    for technician, start, end, number in rows:
        if start is not None and end is not None:
            windows.setdefault(technician, []).append((start, end, number))
    loads = [Load(p.id, p.name, p.skills, counts.get(p.id, 0), tuple(sorted(windows.get(p.id, ())))) for p in people]
    return rank(loads, category=category, window=window)


def arrival_of(order_id: int) -> datetime | None:
    """When the first technician arrived, if one has."""
    return (
        Visit.objects.filter(order=order_id, arrived_at__isnull=False)
        .exclude(status=VisitStatus.VOID)
        .order_by("arrived_at")
        .values_list("arrived_at", flat=True)
        .first()
    )
