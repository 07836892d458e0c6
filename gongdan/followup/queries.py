"""Reads of follow-up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from gongdan.followup import access, rules
from gongdan.followup.models import CallBack, RepairLabel
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day, moment_on
from gongdan.orders import access as orders
from gongdan.orders.states import Status
from gongdan.people.queries import settings_for

_OF_ORDER = (
    "number", "status", "customer__name", "contact_name", "device_text", "technician_names", "due_fen", "money_state",
    "settled_at", "site_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Station:
    """Some due calls, the longest due first; `next_cursor` is what the next page begins after, None at the end."""

    rows: list[dict[str, Any]]
    next_cursor: tuple[datetime, int] | None


def station(
    actor: Actor,
    *,
    now: datetime,
    scope: str = "all",
    cursor: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> Station:
    """The calls that are due: `today` until midnight, `all`, or `answers` after answered questions. Two queries.

    An order in 待回访 whose call nobody planned yet (the background work is down) stands in the list all the same.
    """
    wants_answers = scope == "answers"
    rows = access.visible_to(actor).filter(state=CallBack.State.DUE)
    if wants_answers:
        rows = rows.filter(kind=CallBack.Kind.AFTER_ANSWER)
    else:
        rows = rows.filter(kind=CallBack.Kind.AFTER_SETTLEMENT, order__status=Status.TO_FOLLOW_UP)
    midnight = moment_on(local_day(now) + timedelta(days=1))
    if scope == "today":
        rows = rows.filter(due_at__lt=midnight)
    if cursor is not None:
        due_at, pk = cursor
        rows = rows.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, pk__gt=pk))
    columns = [f"order__{name}" for name in _OF_ORDER]
    found = [
        _plain(row)
        for row in rows.order_by("due_at", "pk").values("id", "order_id", "due_at", "attempts", *columns)[: limit + 1]
    ]
    last = found[limit - 1] if len(found) > limit else None
    shown = found[:limit]
    if cursor is None and not wants_answers:
        shown += [row for row in _unplanned(actor, limit=limit) if scope == "all" or row["due_at"] < midnight]
        shown.sort(key=lambda row: row["due_at"])
    return Station(shown, (last["due_at"], last["id"]) if last else None)


def due_call(order_id: int) -> CallBack | None:
    """The open call of an order, if one is planned. One query."""
    return CallBack.objects.filter(order=order_id, state=CallBack.State.DUE).select_related("label").first()


def _unplanned(actor: Actor, *, limit: int) -> list[dict[str, Any]]:
    planned = CallBack.objects.filter(
        order=OuterRef("pk"), state=CallBack.State.DUE, kind=CallBack.Kind.AFTER_SETTLEMENT
    )
    found = (
        orders.visible_to(actor)
        .filter(status=Status.TO_FOLLOW_UP)
        .exclude(Exists(planned))
        .order_by("pk")
        .values("pk", "received_at", *_OF_ORDER)[:limit]
    )
    delays: dict[int, int] = {}
    rows = []
    for row in found:
        site_id = row["site_id"]
        if site_id not in delays:
            delays[site_id] = settings_for(site_id).follow_up_delay_hours
        due = rules.due_time(row["settled_at"] or row["received_at"], delay_hours=delays[site_id])
        rows.append({"id": None, "order_id": row["pk"], "due_at": due, "attempts": 0} | row)
    return rows


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix("order__"): value for name, value in row.items()}


def all_labels() -> list[RepairLabel]:
    """Every repair label, those in use first. One query."""
    return list(RepairLabel.objects.order_by("-is_active", "position", "pk"))


def labels() -> list[dict[str, Any]]:
    """The active repair labels in their order: code, name, effect. One query."""
    rows = RepairLabel.objects.filter(is_active=True).order_by("position").values("code", "name", "effect")
    return [dict(row) for row in rows]


def calls_of(order_id: int) -> list[CallBack]:
    """All call-backs of an order, oldest first. One query."""
    return list(CallBack.objects.filter(order=order_id).select_related("label", "done_by").order_by("pk"))


def due_of(order_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The open call-back per order: due_at, attempts, version. One query; an order without a row is simply absent."""
    rows = CallBack.objects.filter(order__in=list(order_ids), state=CallBack.State.DUE).values(
        "order_id", "due_at", "attempts", "version"
    )
    return {row["order_id"]: dict(row) for row in rows}
