"""A technician's line and what hangs on it: the call ahead, delays, transfers, wasted trips."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gongdan.dispatch import access, rules
from gongdan.dispatch.models import Confirmation, DelayNotice, Transfer, Visit, WastedTrip
from gongdan.dispatch.states import NOT_STARTED, NOT_THERE, TOLD_LABELS, Told, VisitStatus
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Missing, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders.states import TO_THE_DOOR, AttemptResult
from gongdan.people.queries import settings_for


def visit(visit_id: int, actor: Actor) -> Visit:
    """The line of this number with its order and technician. Refused as out of sight says."""
    row = access.visible_to(actor).filter(pk=visit_id).select_related("order", "technician").first()
    if row is None:
        raise out_of_sight(visit_id, actor)
    return row


def out_of_sight(visit_id: int, actor: Actor) -> Refused:
    """Why the actor does not see this line: taken back from him, never his, or there is none."""
    row = Visit.objects.filter(pk=visit_id).first()
    if row is None:
        return Missing()
    if access.is_own(actor, row) and row.status == VisitStatus.VOID:
        return Refused(_("这次派工已撤销（或已转给别人），请看您的其他工单"), code="taken_back")
    return Forbidden()


@dataclass(frozen=True, slots=True)
class Ahead:
    """The last call before setting out."""

    said: rules.Confirmed
    told_at: datetime | None
    note: str
    at: datetime
    who: str

    @property
    def skipped_reason(self) -> str:
        """Why nobody called, "" if somebody did."""
        return self.said.skipped_reason

    @property
    def is_convenient(self) -> bool | None:
        """Whether it suits the customer; None if nobody called."""
        return self.said.is_convenient

    @property
    def unticked(self) -> tuple[Text, ...]:
        """The facts that were not confirmed."""
        return tuple(self.said.unticked)


def ahead_of(visit_ids: Collection[int]) -> dict[int, Ahead]:
    """The last call ahead of each of these visits. One query, none without a visit."""
    found: dict[int, Ahead] = {}
    for row in Confirmation.objects.filter(visit__in=visit_ids).order_by("pk") if visit_ids else ():
        said = rules.Confirmed(row.skipped_reason, row.is_convenient, row.device_ok, row.fault_ok, row.address_ok)
        found[row.visit_id] = Ahead(said, row.told_at, row.note, row.at, row.by_name)
    return found


@dataclass(frozen=True, slots=True)
class Late:
    """A delay that the customer was told of."""

    reason: str
    how: Text
    new_estimate: datetime
    at: datetime
    who: str


def not_yet(visits: Collection[Visit], *, mode: str, site_id: int, ahead: Mapping[int, Ahead]) -> dict[int, Text]:
    """What these visits miss before somebody may set out, in a sentence; who misses nothing is absent. One query."""
    travelling = [row for row in visits if row.status in NOT_STARTED and not row.is_remote and mode in TO_THE_DOOR]
    if not travelling:
        return {}
    settings = settings_for(site_id)
    calls, facts = settings.of(rules.CALL_AHEAD), settings.of(rules.THREE_FACTS)
    found: dict[int, Text] = {}
    for row in travelling:
        last = ahead.get(row.pk)
        refused = rules.stands_against_leaving(last.said if last else None, calls=calls, facts=facts)
        if refused is not None:
            found[row.pk] = refused.text
    return found


def delays_of(visit_ids: Collection[int]) -> dict[int, list[Late]]:
    """The delays told for each of these visits, oldest first. One query, none without a visit."""
    found: dict[int, list[Late]] = {}
    for row in DelayNotice.objects.filter(visit__in=visit_ids).order_by("pk") if visit_ids else ():
        late = Late(row.reason, TOLD_LABELS[Told(row.told_how)], row.new_estimate, row.at, row.by_name)
        found.setdefault(row.visit_id, []).append(late)
    return found


def told_arrivals(order_ids: Collection[int]) -> dict[int, datetime]:
    """When the customer was told that somebody comes after all, by order, while nobody has arrived. One query, or none."""
    rows = DelayNotice.objects.filter(visit__order__in=order_ids, visit__arrived_at__isnull=True).order_by("pk")
    return dict(rows.values_list("visit__order_id", "new_estimate")) if order_ids else {}


@dataclass(frozen=True, slots=True)
class HandedOn:
    """An order that went from one technician to another."""

    giver: str
    taker: str
    reason: str
    at: datetime
    who: str
    accepted_at: datetime | None


def transfers_of(order_id: int) -> list[HandedOn]:
    """The transfers of an order, oldest first. One query."""
    rows = Transfer.objects.filter(order=order_id).select_related("giver", "taker").order_by("pk")
    return [HandedOn(r.giver.name, r.taker.name, r.reason, r.at, r.by_name, r.accepted_at) for r in rows]


@dataclass(frozen=True, slots=True)
class Wasted:
    """A trip to a shut door, as the next one is told of it."""

    visit_id: int
    technician: str
    reason: str
    photo_id: int | None
    calls: int
    waited_minutes: int
    is_proven: bool
    at: datetime


def wasted_of(order_id: int) -> list[Wasted]:
    """The wasted trips of an order, oldest first. One query."""
    rows = WastedTrip.objects.filter(visit__order=order_id).select_related("visit__technician").order_by("pk")
    return [
        Wasted(r.visit_id, r.visit.technician.name, r.reason, r.photo_id, r.calls, r.waited_minutes, r.is_proven, r.at)
        for r in rows
    ]


@dataclass(frozen=True, slots=True)
class Proof:
    """What there is so far to prove a wasted trip, apart from the door's photograph (O-043)."""

    calls: int
    calls_needed: int
    minutes: int
    minutes_needed: int
    opens: datetime | None = None  # the promised time, while it is yet to come

    def gaps(self, *, has_photo: bool) -> list[Text]:
        """What is missing, in words; with nothing missing there is a fee."""
        return rules.wasted_gaps(
            has_photo=has_photo,
            calls=self.calls,
            minutes=self.minutes,
            calls_needed=self.calls_needed,
            minutes_needed=self.minutes_needed,
            opens=self.opens,
        )


def proof_of(visit: Visit, at: datetime) -> Proof:
    """The calls in vain since his arrival, and the wait; the visit comes with its order. Two queries at most.

    Who came early waits from the time that the customer was promised.
    """
    since, promised = visit.arrived_at or at, visit.order.promised_from
    waits_from = max(since, promised) if promised is not None else since
    settings = settings_for(visit.order.site_id)
    calls = visit.order.contact_attempts.filter(at__gte=since).exclude(result=AttemptResult.REACHED).count()
    minutes = max(0, int((at - waits_from) / timedelta(minutes=1)))
    opens = promised if promised is not None and at < promised else None
    return Proof(calls, settings.of(rules.WASTED_CALLS), minutes, settings.of(rules.WASTED_MINUTES), opens)


class _Promised(Protocol):
    """What is known of an order's promise, as its row and its page have it."""

    @property
    def mode(self) -> str: ...

    @property
    def site_id(self) -> int: ...

    @property
    def promised_from(self) -> datetime | None: ...

    @property
    def arrived_at(self) -> datetime | None: ...


def early_arrival(visit: Visit, order: _Promised, ahead: Ahead | None, *, when: datetime) -> rules.Early | None:
    """Whether the customer must be asked before somebody arrives `when`; not where somebody has been there already."""
    is_coming = visit.status in NOT_THERE and not visit.is_remote and order.mode in TO_THE_DOOR
    if not is_coming or order.arrived_at is not None:
        return None
    agreed = ahead.told_at if ahead is not None and ahead.is_convenient else None
    minutes = settings_for(order.site_id).of(rules.EARLY_MINUTES)
    return rules.early(order.promised_from, agreed, when=when, minutes=minutes)


def late_among(order_ids: Collection[int]) -> frozenset[int]:
    """Those of these orders where somebody came late and nobody was told. One query, none without an order."""
    if not order_ids:
        return frozenset()
    rows = Visit.objects.filter(order__in=order_ids, is_late_unannounced=True)
    return frozenset(rows.values_list("order_id", flat=True))
