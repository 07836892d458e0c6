"""The whole order as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from gongdan.kernel.actor import Actor
from gongdan.kernel.states import Transition
from gongdan.kernel.text import Text
from gongdan.orders import access
from gongdan.orders.models import (
    Answer,
    Consent,
    ContactAttempt,
    DeviceLine,
    Hold,
    Order,
    Participant,
    Relation,
)
from gongdan.orders.states import MACHINE, Flow, Status
from gongdan.people.models import User


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """One device of an order with its fault, its verdict and its result."""

    id: int
    position: int
    device_id: int | None
    category: str
    brand: str
    model: str
    spec: str
    serial: str
    purchase_on: date | None
    made_on: date | None
    installed_on: date | None
    invoice_no: str
    symptom: str
    fault_code: str
    fault: str
    error_code: str
    appearance: str
    accessories: str
    height_cm: int
    exclusion_codes: tuple[str, ...]
    coverage_label: str
    free_part: bool
    free_labour: bool
    free_visit: bool
    verdict: Mapping[str, Any] | None
    overruled_reason: str
    result: str


@dataclass(frozen=True, slots=True)
class ParticipantFacts:
    """Who takes, or took, part."""

    user_id: int
    name: str
    part: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class HoldFacts:
    """What stands, or stood, against a later step."""

    id: int
    kind: str
    reason: Text
    placed_at: datetime
    placed_by: str
    released_at: datetime | None
    released_by: str


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """What the customer agreed to or refused."""

    id: int
    to_what: str
    subject_id: int | None
    is_given: bool
    fen: int | None
    way: str
    name: str
    at: datetime
    remark: str
    by_name: str
    signature_id: int | None


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """One attempt to reach the customer."""

    id: int
    purpose: str
    at: datetime
    by_name: str
    number: str
    result: str
    note: str
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """Question and answer, or complaint and result."""

    question: str
    text: str
    wants_follow_up: bool
    answered_at: datetime | None
    answered_by: str


@dataclass(frozen=True, slots=True)
class RelatedOrder:
    """Another order that belongs to this one, and how: `is_earlier` says which of the two came first."""

    id: int
    number: str
    status: str
    kind: str
    is_earlier: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """The whole order. `phone` is masked where `sees_phone` is False.

    `buttons` are the moves that leave its status and that the actor may make.
    """

    id: int
    number: str
    version: int
    site_id: int
    site_name: str
    status: Status
    flow: Flow
    flow_chosen_at: datetime | None
    flow_chosen_by: str
    kind: str
    mode: str
    source: str
    referrer: str
    channel: str
    impact: str
    urgency: str
    priority: str
    priority_reason: str
    customer_id: int
    customer_number: str
    customer_name: str
    customer_kind: str
    contact_name: str
    phone: str
    phone_code: str
    phone2: str
    sees_phone: bool
    no_phone_reason: str
    division_code: str
    division: str
    address: str
    category_id: int | None
    category: str
    symptom: str
    occurred: str
    error_code: str
    remark: str
    wished_from: datetime | None
    wished_to: datetime | None
    promised_from: datetime | None
    promised_to: datetime | None
    distance_km: int | None
    arrived_at: datetime | None
    left_at: datetime | None
    received_at: datetime
    received_by: str
    accepted_at: datetime | None
    accepted_by: str
    finished_at: datetime | None
    settled_at: datetime | None
    closed_at: datetime | None
    technician_names: str
    device_text: str
    quote_state: str
    money_state: str
    due_fen: int | None
    result: str
    repair_label: str
    is_historic: bool
    old_number: str
    devices: tuple[DeviceFacts, ...]
    participants: tuple[ParticipantFacts, ...]
    holds: tuple[HoldFacts, ...]
    consents: tuple[ConsentFacts, ...]
    attempts: tuple[AttemptFacts, ...]
    answer: AnswerFacts | None
    related: tuple[RelatedOrder, ...]
    buttons: tuple[Transition, ...]

    @property
    def full_address(self) -> str:
        """Province, city, district and the rest in one line."""
        return f"{self.division}{self.address}"


def page(order_id: int, actor: Actor) -> Page:
    """The whole order in eight queries. Missing: there is none; Forbidden: it is not the actor's."""
    row = (
        access.visible_to(actor)
        .select_related("site", "customer", "division", "category", "received_by", "accepted_by", "flow_chosen_by")
        .filter(pk=order_id)
        .first()
    )
    if row is None:
        raise access.refusal_for(Order.objects.filter(pk=order_id, is_visible=True).exists())
    sees = access.can_see_phone(actor)
    return Page(
        **{name: getattr(row, name) for name in _SAME},
        id=row.pk,
        status=Status(row.status),
        flow=Flow(row.flow),
        site_name=row.site.name,
        flow_chosen_by=_name(row.flow_chosen_by),
        customer_number=row.customer.number,
        customer_name=row.customer.name,
        customer_kind=row.customer.kind,
        phone=access.shown_phone(actor, row.phone, row.phone_code),
        phone_code=row.phone_code if sees else "",
        phone2=access.shown_phone(actor, row.phone2),
        sees_phone=sees,
        division_code=row.division_id or "",
        division=row.division.full_name if row.division else "",
        category=str(row.category or ""),
        received_by=_name(row.received_by),
        accepted_by=_name(row.accepted_by),
        devices=devices(row.pk),
        participants=_participants(row.pk),
        holds=_holds(row.pk),
        consents=_consents(row.pk),
        attempts=_attempts(row.pk, actor),
        answer=_answer(row.pk),
        related=related(row.pk),
        buttons=buttons(row, actor),
    )


def buttons(order: Order, actor: Actor) -> tuple[Transition, ...]:
    """The moves that leave the order's status and that the actor may make, in the order of the table."""
    if order.is_historic:
        return ()
    repair_only = ("reopen", "reverse")
    return tuple(
        move
        for move in MACHINE.leaving(Status(order.status))
        if actor.may(move.permission)
        and not (move.verb in repair_only and order.flow != Flow.REPAIR)
        and not (move.verb == "choose_complaint" and order.flow == Flow.COMPLAINT)
    )


def version(order_id: int) -> int:
    """The version of an order as it stands now. One query."""
    return Order.objects.values_list("version", flat=True).get(pk=order_id)


def devices(order_id: int) -> tuple[DeviceFacts, ...]:
    """The devices of an order, in order. One query."""
    lines = DeviceLine.objects.filter(order=order_id).select_related("category", "brand", "fault", "device")
    return tuple(_device(line) for line in lines.order_by("position", "pk"))


def related(order_id: int) -> tuple[RelatedOrder, ...]:
    """The orders linked to this one, earlier and later ones, by time (R-130). One query."""
    rows = Relation.objects.filter(Q(order=order_id) | Q(earlier=order_id)).select_related("order", "earlier")
    return tuple(
        RelatedOrder(other.pk, other.number, other.status, row.kind, is_earlier, row.at)
        for row in rows.order_by("at", "pk")
        for is_earlier in [row.order_id == order_id]
        for other in [row.earlier if is_earlier else row.order]
    )


_SAME = (
    "number", "version", "site_id", "flow_chosen_at", "kind", "mode", "source", "referrer", "channel", "impact",
    "urgency", "priority", "priority_reason", "customer_id", "contact_name", "no_phone_reason", "address",
    "category_id", "symptom", "occurred", "error_code", "remark", "wished_from", "wished_to", "promised_from",
    "promised_to", "distance_km", "arrived_at", "left_at", "received_at", "accepted_at", "finished_at", "settled_at", "closed_at",
    "technician_names",
    "device_text", "quote_state", "money_state", "due_fen", "result", "repair_label", "is_historic", "old_number",
)  # fmt: skip


def _device(line: DeviceLine) -> DeviceFacts:
    device = line.device
    return DeviceFacts(
        id=line.pk,
        position=line.position,
        device_id=line.device_id,
        category=str(line.category or ""),
        brand=line.brand_text or str(line.brand or ""),
        model=line.model_text,
        spec=device.spec if device else "",
        serial=line.serial,
        purchase_on=device.purchase_on if device else None,
        made_on=device.made_on if device else None,
        installed_on=device.installed_on if device else None,
        invoice_no=device.invoice_no if device else "",
        symptom=line.symptom,
        fault_code=line.fault.code if line.fault else "",
        fault=line.fault.symptom if line.fault else "",
        error_code=line.error_code,
        appearance=line.appearance,
        accessories=line.accessories,
        height_cm=line.height_cm,
        exclusion_codes=tuple(line.exclusion_codes),
        coverage_label=line.coverage_label,
        free_part=line.free_part,
        free_labour=line.free_labour,
        free_visit=line.free_visit,
        verdict=line.verdict,
        overruled_reason=line.overruled_reason,
        result=line.result,
    )


def _participants(order_id: int) -> tuple[ParticipantFacts, ...]:
    rows = Participant.objects.filter(order=order_id).order_by("since", "pk")
    return tuple(ParticipantFacts(*row) for row in rows.values_list("user_id", "user__name", "part", "since", "until"))


def _holds(order_id: int) -> tuple[HoldFacts, ...]:
    return tuple(
        HoldFacts(
            row.pk, row.kind, Text.from_json(row.reason), row.placed_at, row.placed_by_name, row.released_at,
            row.released_by_name,
        )
        for row in Hold.objects.filter(order=order_id).order_by("pk")
    )  # fmt: skip


def _consents(order_id: int) -> tuple[ConsentFacts, ...]:
    rows = Consent.objects.filter(order=order_id).order_by("at", "pk")
    names = ("id", "to_what", "subject_id", "is_given", "fen", "way", "name", "at", "remark", "by_name", "signature_id")
    return tuple(ConsentFacts(**row) for row in rows.values(*names))


def _attempts(order_id: int, actor: Actor) -> tuple[AttemptFacts, ...]:
    rows = ContactAttempt.objects.filter(order=order_id).order_by("at", "pk")
    return tuple(
        AttemptFacts(pk, purpose, at, name, access.shown_phone(actor, number), result, note, next_at)
        for pk, purpose, at, name, number, result, note, next_at in rows.values_list(
            "pk", "purpose", "at", "by__name", "number", "result", "note", "next_at"
        )
    )


def _answer(order_id: int) -> AnswerFacts | None:
    row = Answer.objects.filter(order=order_id).select_related("answered_by").first()
    if row is None:
        return None
    return AnswerFacts(row.question, row.text, row.wants_follow_up, row.answered_at, _name(row.answered_by))


def _name(user: User | None) -> str:
    return user.name if user is not None else ""
