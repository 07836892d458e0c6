"""Who could go, and whether he can be there in time (R-070, R-084)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Protocol

from django.db.models import F, Q, QuerySet

from gongdan.dispatch import rules
from gongdan.dispatch.models import Visit
from gongdan.dispatch.rules import NOWHERE, Candidate, Feasibility, Load, Pace, Place, Stop, feasible, travel_minutes
from gongdan.dispatch.states import LIVE, VisitStatus
from gongdan.orders.models import Order
from gongdan.people.models import ShopSettings
from gongdan.people.queries import settings_for, technicians


class _Placed(Protocol):
    """What is known of an order's place, as its page has it."""

    @property
    def division_code(self) -> str: ...

    @property
    def address(self) -> str: ...

    @property
    def distance_km(self) -> int | None: ...


def place_of(order: Order) -> Place:
    """Where an order is."""
    return Place(order.division_id or "", order.address, order.distance_km)


def place_of_page(page: _Placed) -> Place:
    """Where an order is, by its page."""
    return Place(page.division_code or "", page.address, page.distance_km)


def pace_of(settings: ShopSettings) -> Pace:
    """How long ways and jobs are taken to be in this shop."""
    return Pace(
        per_km=settings.of(rules.MINUTES_PER_KM),
        in_district=settings.of(rules.MINUTES_IN_DISTRICT),
        between=settings.of(rules.MINUTES_BETWEEN),
        job=settings.of(rules.JOB_MINUTES),
    )


def feasibility(technician_id: int, window: tuple[datetime, datetime], order: Order) -> Feasibility:
    """Whether this technician can be there in the window: possible, too short or conflict, and which order is in the way.

    With his open visits around that time and the ways between. Two queries.
    """
    pace = pace_of(settings_for(order.site_id))
    stops = _in_hand(
        Visit.objects.filter(
            technician=technician_id,
            status__in=LIVE,
            planned_to__gt=window[0] - rules.LONGEST_WINDOW,
            planned_from__lt=window[1] + rules.LONGEST_WINDOW,
        ).exclude(order=order.pk)
    )[1].get(technician_id, ())
    here = place_of(order)
    return feasible(stops, window, lambda stop: travel_minutes(stop.place, here, pace), job=pace.job)


def candidates(
    site_ids: frozenset[int] | None,
    *,
    category: str,
    window: tuple[datetime, datetime] | None,
    day_start: datetime,
    but_not: int | None = None,
    place: Place = NOWHERE,
    own: int | None = None,
) -> list[Candidate]:
    """Technicians of these sites as choices for an order, the best first, with reasons (R-084). Five queries.

    `but_not`: the order asked about; its own lines stand in nobody's way. `own`: the technician this customer always
    gets. Who has just given this very order away comes last.
    """
    people = technicians(site_ids)
    ids = [person.id for person in people]
    in_hand = Visit.objects.filter(technician__in=ids, status__in=LIVE).exclude(order=but_not)
    counts, stops = _in_hand(in_hand, since=day_start)
    loads = [Load(p.id, p.name, p.skills, counts[p.id], tuple(stops.get(p.id, ()))) for p in people]
    pace = None
    if window is not None:
        pace = pace_of(settings_for(next(iter(site_ids)) if site_ids and len(site_ids) == 1 else None))
    return rules.rank(
        loads, category=category, window=window, place=place, pace=pace, own=own, gave=_gave_away(but_not)
    )


def _gave_away(order_id: int | None) -> frozenset[int]:
    """Who handed this order on to a colleague or to the supervisor. One query, none without an order."""
    if order_id is None:
        return frozenset()
    handed = Q(order__transfers__giver=F("technician")) | Q(order__holds__code="coordinate")
    rows = Visit.objects.filter(handed, order=order_id, status=VisitStatus.VOID)
    return frozenset(rows.values_list("technician", flat=True))


def _in_hand(rows: QuerySet[Visit], *, since: datetime | None = None) -> tuple[Counter[int], dict[int, list[Stop]]]:
    """How many open visits each technician has, and those with a window that ends after `since`. One query."""
    counts, found = Counter[int](), dict[int, list[Stop]]()
    for technician, start, end, number, division, address, km in rows.order_by("planned_from").values_list(
        "technician", "planned_from", "planned_to", "order__number", "order__division", "order__address",
        "order__distance_km",
    ):  # fmt: skip
        counts[technician] += 1
        if start is not None and end is not None and (since is None or end > since):
            found.setdefault(technician, []).append(Stop(start, end, number, Place(division or "", address, km)))
    return counts, found
