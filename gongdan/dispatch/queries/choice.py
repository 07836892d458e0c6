"""Who could go, and whether he can be there in time (R-070, R-084)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from django.db.models import F, Q, QuerySet

from gongdan.dispatch import rules
from gongdan.dispatch.models import Visit
from gongdan.dispatch.rules import NOWHERE, Candidate, Feasibility, Load, Pace, Place, Stop, feasible, travel_minutes
from gongdan.dispatch.states import LIVE, VisitStatus
from gongdan.fields.prepared import Prepared
from gongdan.orders.models import Order
from gongdan.people.models import ShopSettings
from gongdan.people.queries import settings_for, technicians, technicians_at


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
    visits = Visit.objects.filter(
        technician=technician_id,
        status__in=LIVE,
        planned_to__gt=window[0] - rules.LONGEST_WINDOW,
        planned_from__lt=window[1] + rules.LONGEST_WINDOW,
    ).exclude(order=order.pk)
    stops = _in_hand(_stops(visits))[1].get(technician_id, ())
    here = place_of(order)
    return feasible(stops, window, lambda stop: travel_minutes(stop.place, here, pace), job=pace.job)


@dataclass(frozen=True, slots=True)
class Crew:
    """The technicians of some sites with what they have in hand: asked once, ranked for any window."""

    loads: tuple[Load, ...]
    gave: frozenset[int]  # who has just given this very order away
    pace: Pace

    def candidates(
        self,
        *,
        category: str,
        window: tuple[datetime, datetime] | None,
        place: Place = NOWHERE,
        own: int | None = None,
    ) -> list[Candidate]:
        """The technicians as choices for an order, the best first, with reasons (R-084).

        `own`: the technician this customer always gets. Who has just given this very order away comes last.
        """
        return rules.rank(
            self.loads, category=category, window=window, place=place, pace=self.pace, own=own, gave=self.gave
        )


def crew(
    site_ids: frozenset[int] | None,
    *,
    day_start: datetime,
    but_not: int | None = None,
    settings: ShopSettings | None = None,
) -> Crew:
    """The technicians of these sites from a day on. Four queries, three where the `settings` are known.

    `but_not`: the order asked about; its own lines stand in nobody's way.
    """
    people = technicians(site_ids)
    in_hand = _all_in_hand(None if site_ids is None else len(site_ids)).rows(but_not or 0, *site_ids or ())
    counts, stops = _in_hand(in_hand, since=day_start)
    loads = tuple(Load(p.id, p.name, p.skills, counts[p.id], tuple(stops.get(p.id, ()))) for p in people)
    if settings is None:
        settings = settings_for(next(iter(site_ids)) if site_ids and len(site_ids) == 1 else None)
    return Crew(loads, _gave_away(but_not), pace_of(settings))


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
    """The candidates of this crew for one window. Four queries."""
    asked = crew(site_ids, day_start=day_start, but_not=but_not)
    return asked.candidates(category=category, window=window, place=place, own=own)


def _gave_away(order_id: int | None) -> frozenset[int]:
    """Who handed this order on to a colleague or to the supervisor. One query, none without an order."""
    return frozenset() if order_id is None else frozenset(_GAVE_AWAY.rows(order_id))


_GAVE_AWAY = Prepared(
    lambda order: Visit.objects.filter(
        Q(order__transfers__giver=F("technician")) | Q(order__holds__code="coordinate"),
        order=order,
        status=VisitStatus.VOID,
    ).values_list("technician", flat=True),
    int,
)


@cache
def _all_in_hand(sites: int | None) -> Prepared:
    """The open visits of all technicians of so many sites (None: of all), but those for one order."""

    def build(but_not: int, *site_ids: int) -> QuerySet[Visit, Any]:
        here = technicians_at(None if sites is None else site_ids).values("pk")
        return _stops(Visit.objects.filter(technician__in=here, status__in=LIVE).exclude(order=but_not))

    return Prepared(build, *[int] * (1 + (sites or 0)))


def _stops(rows: QuerySet[Visit]) -> QuerySet[Visit, Any]:
    return rows.order_by("planned_from").values_list(
        "technician", "planned_from", "planned_to", "order__number", "order__division", "order__address",
        "order__distance_km",
    )  # fmt: skip


def _in_hand(
    rows: Iterable[tuple[Any, ...]], *, since: datetime | None = None
) -> tuple[Counter[int], dict[int, list[Stop]]]:
    """How many open visits each technician has, and those with a window that ends after `since`. `rows` of `_stops`."""
    counts, found = Counter[int](), dict[int, list[Stop]]()
    for technician, start, end, number, division, address, km in rows:
        counts[technician] += 1
        if start is not None and end is not None and (since is None or end > since):
            found.setdefault(technician, []).append(Stop(start, end, number, Place(division or "", address, km)))
    return counts, found
