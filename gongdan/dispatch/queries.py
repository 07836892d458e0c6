"""Reads of dispatch: the lines of an order, the promises, and who could go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, IntegerField, QuerySet, TextField, Value, When

from gongdan.dispatch.models import Promise, Visit
from gongdan.dispatch.rules import Candidate, Load, rank
from gongdan.dispatch.states import Method, VisitStatus
from gongdan.fields.prepared import Prepared
from gongdan.people.queries import technicians

_OPEN = (VisitStatus.OFFERED, VisitStatus.ACCEPTED, VisitStatus.UNDER_WAY, VisitStatus.ON_SITE)


def visits_of(order_id: int) -> list[Visit]:
    """The dispatch lines of an order, oldest first, with technician and dispatcher loaded. One query."""
    return list(Visit.objects.filter(order=order_id).select_related("technician", "dispatched_by").order_by("pk"))


def promises_of(order_id: int) -> list[Promise]:
    """All windows ever promised on an order, the first one first. One query."""
    return list(Promise.objects.filter(order=order_id).order_by("pk"))


@dataclass(frozen=True, slots=True)
class Trip:
    """A dispatch line as the page of an order tells it."""

    technician: str
    status: VisitStatus
    method: Method
    planned_from: datetime | None
    planned_to: datetime | None
    arrived_at: datetime | None
    left_at: datetime | None
    task: str
    remark: str


@dataclass(frozen=True, slots=True)
class Promised:
    """A window that was promised."""

    start: datetime
    end: datetime
    promised_at: datetime
    withdrawn_at: datetime | None
    who: str
    reason: str
    is_first: bool


def trips_and_promises(order_id: int) -> tuple[list[Trip], list[Promised]]:
    """The dispatch lines of an order and all windows ever promised, oldest first. One query."""
    trips, promises = list[Trip](), list[Promised]()
    for what, _pk, start, end, since, until, who, task, void, remark, status, method, first in sorted(
        _TRIPS.rows(order_id), key=lambda row: row[:2]
    ):
        if what == "visit":
            trips.append(Trip(who, VisitStatus(status), Method(method), start, end, since, until, task, void or remark))
        else:
            promises.append(Promised(start, end, since, until, who, task, bool(first)))
    return trips, promises


def _trips(order: int) -> QuerySet[Any, Any]:
    no = Value("", TextField())
    visits = Visit.objects.filter(order=order).order_by()
    promises = Promise.objects.filter(order=order).order_by()
    return visits.values_list(
        Value("visit", TextField()), "pk", "planned_from", "planned_to", "arrived_at", "left_at", "technician__name",
        "task", "void_reason", "remark", "status", "method", Value(0, IntegerField()),
    ).union(
        promises.values_list(
            Value("promise", TextField()), "pk", "start", "end", "promised_at", "withdrawn_at", "promised_by_name",
            "reason", no, no, no, no, Case(When(is_first=True, then=1), default=0, output_field=IntegerField()),
        ),
        all=True,
    )  # fmt: skip


_TRIPS = Prepared(_trips)


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
