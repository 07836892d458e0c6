"""What an order's page tells of dispatch: the lines and the promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, TextField, Value, When

from gongdan.dispatch.models import Promise, Visit
from gongdan.dispatch.states import Method, VisitStatus
from gongdan.fields.prepared import Prepared


def visits_of(order_id: int) -> list[Visit]:
    """The dispatch lines of an order, oldest first, with technician and dispatcher loaded. One query."""
    return _VISITS.rows(order_id)


_VISITS = Prepared(
    lambda order: Visit.objects.filter(order=order).select_related("technician", "dispatched_by").order_by("pk"), int
)


def promises_of(order_id: int) -> list[Promise]:
    """All windows ever promised on an order or proposed and refused, the first one first. One query."""
    return _PROMISES.rows(order_id)


_PROMISES = Prepared(lambda order: Promise.objects.filter(order=order).order_by("pk"), int)


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
    promises = Promise.objects.filter(order=order, is_agreed=True).order_by()
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


_TRIPS = Prepared(_trips, int)


def arrival_of(order_id: int) -> datetime | None:
    """When the first technician arrived, if one has."""
    return (
        Visit.objects.filter(order=order_id, arrived_at__isnull=False)
        .exclude(status=VisitStatus.VOID)
        .exclude(is_remote=True)
        .order_by("arrived_at")
        .values_list("arrived_at", flat=True)
        .first()
    )
