"""The whole order as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from gongdan.audit import queries as audit
from gongdan.audit.queries import Entry
from gongdan.fields.prepared import Prepared, PreparedFor
from gongdan.kernel.actor import Actor
from gongdan.kernel.states import Transition
from gongdan.kernel.text import Text
from gongdan.orders import access, rules
from gongdan.orders.events import Verb
from gongdan.orders.models import Consent, ContactAttempt, DeviceLine, Order, Relation
from gongdan.orders.queries import handled
from gongdan.orders.queries.handled import (
    COMPLAINT,
    PRELIMINARY,
    ChaseFacts,
    ComplaintFacts,
    FixFacts,
    HoldFacts,
    Notes,
    ParticipantFacts,
    PreliminaryFacts,
    ScriptFacts,
)
from gongdan.orders.states import FLOW_OF, MACHINE, Flow, Status


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
    place: str = ""  # the room, on an order with many, and whom to ask for there
    contact_name: str = ""
    phone: str = ""
    category_id: int | None = None
    fault_id: int | None = None

    @property
    def name(self) -> str:
        """The device for people, its room first; empty where nothing is known of it."""
        return rules.line_name(self.place, self.brand, self.category, self.model)


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


@dataclass(frozen=True)
class Page:
    """The whole order. `phone` is masked where `sees_phone` is False.

    Read when it is asked for: what was agreed to, who overruled, and in one query who takes part and all that was noted. `buttons` are
    the moves that leave its status and that the actor may make.
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
    category_code: str
    category_aliases: tuple[str, ...]
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
    chased: int
    last_chased_at: datetime | None
    team_name: str
    flag: str
    hold_code: str
    phone_is_virtual: bool
    store: str
    phone_expires_at: datetime | None
    devices: tuple[DeviceFacts, ...]
    attempts: tuple[AttemptFacts, ...]
    answer: AnswerFacts | None
    preliminary: PreliminaryFacts | None
    complaint: ComplaintFacts | None
    related: tuple[RelatedOrder, ...]
    buttons: tuple[Transition, ...]

    @property
    def phone_is_wrong(self) -> bool:
        """Whether the number is known not to be the customer's: wherever it is shown, it is marked (O-052)."""
        return self.hold_code == rules.WRONG_NUMBER

    @property
    def full_address(self) -> str:
        """Province, city, district and the rest in one line."""
        return f"{self.division}{self.address}"

    @cached_property
    def consents(self) -> tuple[ConsentFacts, ...]:
        """What the customer agreed to or refused, in order of time."""
        return _consents(self.id)

    @cached_property
    def overrulings(self) -> Mapping[int, Entry]:
        """Who decided otherwise than the rule did on a device line, and when; asked for only where somebody did."""
        ids = [one.id for one in self.devices if one.overruled_reason]
        return audit.last_of_parts("orders.deviceline", ids, Verb.COVERAGE_OVERRULED)

    @property
    def participants(self) -> tuple[ParticipantFacts, ...]:
        """Who takes, or took, part."""
        return self._notes.participants

    @property
    def holds(self) -> tuple[HoldFacts, ...]:
        """What stands, or stood, against a later step."""
        return self._notes.holds

    @property
    def script(self) -> tuple[ScriptFacts, ...]:
        """What the customer answered to the script, in order of time."""
        return self._notes.script

    @property
    def answers(self) -> str:
        """The same in a line, for who goes there."""
        return "；".join(f"{row.question.rstrip('？?')}：{row.answer}" for row in self.script)

    @property
    def phone_fixes(self) -> tuple[FixFacts, ...]:
        """What was solved by telephone, oldest first."""
        return self._notes.fixes

    @property
    def chases(self) -> tuple[ChaseFacts, ...]:
        """The customer's calls while it was open, newest first."""
        return self._notes.chases

    @cached_property
    def preliminary_gap(self) -> Text | None:
        """What dispatch should know is missing in the first judgement (R-065), or None."""
        if self.category_id is None:
            return None
        names = (self.category_code, self.category, *self.category_aliases)
        row = self.preliminary
        told = (row.background, row.rough_scope, row.rough_plan) if row else ("", "", "")
        missing = rules.preliminary_gap(*told, is_confirmed=row is not None and row.is_confirmed)
        return handled.gap(bool(missing) and handled.needs_preliminary(names, self.site_id), missing)

    @cached_property
    def _notes(self) -> Notes:
        return handled.notes(self.id)


def page(order_id: int, actor: Actor) -> Page:
    """The whole order in four queries. Missing: there is none; Forbidden: it is not the actor's."""
    row = next(iter(_BY_ID.rows(actor, order_id)), None)
    if row is None:
        raise access.refusal_for(Order.objects.filter(pk=order_id, is_visible=True).exists(), by=actor)
    return _page(row, actor)


def page_of(number: str, actor: Actor) -> Page:
    """The whole order of this number; see `page`."""
    row = next(iter(_BY_NUMBER.rows(actor, number)), None)
    if row is None:
        raise access.refusal_for(Order.objects.filter(number=number, is_visible=True).exists(), number, by=actor)
    return _page(row, actor)


def _row(found: QuerySet[Order]) -> QuerySet[Order, Any]:
    return found.values_list(*_COLUMNS.values(), *_ANSWER, *PRELIMINARY, *COMPLAINT)[:1]


_BY_ID = PreparedFor(lambda actor, pk: _row(access.visible_to(actor).filter(pk=pk)), int)
_BY_NUMBER = PreparedFor(lambda actor, number: _row(access.visible_to(actor).filter(number=number)), str)


def _page(row: tuple[Any, ...], actor: Actor) -> Page:
    told: dict[str, Any] = dict(zip(_COLUMNS, row, strict=False))
    order_id: int = told["id"]
    told |= {name: told[name] or "" for name in _ABSENT}
    told["category_aliases"] = tuple(told["category_aliases"] or ())
    sees = access.can_see_phone(actor)
    status, flow = Status(told.pop("status")), Flow(told.pop("flow"))
    phone, code, phone2 = told.pop("phone"), told.pop("phone_code"), told.pop("phone2")
    return Page(
        **told,
        status=status,
        flow=flow,
        phone=access.shown_phone(actor, phone, code),
        phone_code=code if sees else "",
        phone2=access.shown_phone(actor, phone2),
        sees_phone=sees,
        devices=devices(order_id, actor),
        attempts=_attempts(order_id, actor),
        answer=_answer(row[len(_COLUMNS) : len(_COLUMNS) + len(_ANSWER)]),
        preliminary=handled.preliminary_facts(row[_BEHIND : _BEHIND + len(PRELIMINARY)]),
        complaint=handled.complaint_facts(row[_BEHIND + len(PRELIMINARY) :]),
        related=related(order_id),
        buttons=() if told["is_historic"] else buttons(status, flow, actor),
    )


def buttons(status: Status, flow: Flow, actor: Actor) -> tuple[Transition, ...]:
    """The moves that leave this status in this flow and that the actor may make, in the order of the table."""
    chosen = f"choose_{flow.value}"  # what it is already
    return tuple(
        move
        for move in MACHINE.leaving(status)
        if actor.may(move.permission)
        and FLOW_OF.get(move.verb, flow) is flow
        and move.verb != chosen
        and not (move.verb == "solve_by_phone" and flow is Flow.COMPLAINT)
    )


def version(order_id: int) -> int:
    """The version of an order as it stands now. One query."""
    return Order.objects.values_list("version", flat=True).get(pk=order_id)


def devices(order_id: int, actor: Actor) -> tuple[DeviceFacts, ...]:
    """The devices of an order, in order. One query."""
    return tuple(_device(dict(zip(_DEVICE_COLUMNS, row, strict=True)), actor) for row in _DEVICES.rows(order_id))


def related(order_id: int) -> tuple[RelatedOrder, ...]:
    """The orders linked to this one, earlier and later ones, by time (R-130). One query."""
    found = []
    for kind, at, *ends in _RELATED.rows(order_id):
        is_earlier = ends[0] == order_id
        pk, number, status = ends[3:] if is_earlier else ends[:3]
        found.append(RelatedOrder(pk, number, status, kind, is_earlier, at))
    return tuple(found)


_SAME = (
    "id", "number", "version", "site_id", "status", "flow", "flow_chosen_at", "kind", "mode", "source", "referrer",
    "channel", "impact", "urgency", "priority", "priority_reason", "customer_id", "contact_name", "phone", "phone_code",
    "phone2", "no_phone_reason", "address", "category_id", "symptom", "occurred", "error_code", "remark",
    "wished_from", "wished_to", "promised_from", "promised_to", "distance_km", "arrived_at", "left_at", "received_at",
    "accepted_at", "finished_at", "settled_at", "closed_at", "technician_names", "device_text", "quote_state",
    "money_state", "due_fen", "result", "repair_label", "is_historic", "old_number", "chased", "last_chased_at",
    "team_name", "flag", "hold_code", "phone_is_virtual", "phone_expires_at",
)  # fmt: skip
_ABSENT = {  # what may be missing, as a word: read through the order's references
    "flow_chosen_by": "flow_chosen_by__name",
    "division_code": "division_id",
    "store": "store__name",
    "division": "division__full_name",
    "category": "category__name",
    "category_code": "category__code",
    "received_by": "received_by__name",
    "accepted_by": "accepted_by__name",
}
_COLUMNS: Mapping[str, str] = {
    **{name: name for name in _SAME},
    **_ABSENT,
    "site_name": "site__name",
    "customer_number": "customer__number",
    "customer_name": "customer__name",
    "customer_kind": "customer__kind",
    "category_aliases": "category__aliases",
}
_ANSWER = tuple(  # of the one row that an order may have, read with it
    f"answer__{name}" for name in ("question", "text", "wants_follow_up", "answered_at", "answered_by__name")
)
_BEHIND = len(_COLUMNS) + len(_ANSWER)
_DEVICE_WORDS = {  # what may be missing, as a word
    "category": "category__name",
    "brand_name": "brand__name",
    "spec": "device__spec",
    "invoice_no": "device__invoice_no",
    "fault_code": "fault__code",
    "fault": "fault__symptom",
}
_DEVICE_COLUMNS: Mapping[str, str] = {
    **{
        name: name
        for name in (
            "id", "position", "device_id", "serial", "symptom", "error_code", "appearance", "accessories", "height_cm",
            "exclusion_codes", "coverage_label", "free_part", "free_labour", "free_visit", "verdict",
            "overruled_reason", "result", "place", "contact_name", "phone", "category_id", "fault_id",
        )
    },
    **_DEVICE_WORDS,
    "brand": "brand_text",
    "model": "model_text",
    "purchase_on": "device__purchase_on",
    "made_on": "device__made_on",
    "installed_on": "device__installed_on",
}  # fmt: skip


def _device(told: dict[str, Any], actor: Actor) -> DeviceFacts:
    told |= {name: told[name] or "" for name in _DEVICE_WORDS}
    told["phone"] = access.shown_phone(actor, told["phone"])
    brand = told.pop("brand_name")
    told["brand"] = told["brand"] or brand
    told["exclusion_codes"] = tuple(told["exclusion_codes"])
    return DeviceFacts(**told)


def _consents(order_id: int) -> tuple[ConsentFacts, ...]:
    rows = Consent.objects.filter(order=order_id).order_by("at", "pk")
    names = ("id", "to_what", "subject_id", "is_given", "fen", "way", "name", "at", "remark", "by_name", "signature_id")
    return tuple(ConsentFacts(**row) for row in rows.values(*names))


def _attempts(order_id: int, actor: Actor) -> tuple[AttemptFacts, ...]:
    return tuple(
        AttemptFacts(pk, purpose, at, name, access.shown_phone(actor, number), result, note, next_at)
        for pk, purpose, at, name, number, result, note, next_at in _ATTEMPTS.rows(order_id)
    )


def _answer(told: tuple[Any, ...]) -> AnswerFacts | None:
    question, answer, wants_follow_up, answered_at, name = told
    return None if question is None else AnswerFacts(question, answer, wants_follow_up, answered_at, name or "")


_DEVICES = Prepared(
    lambda order: (
        DeviceLine.objects.filter(order=order).order_by("position", "pk").values_list(*_DEVICE_COLUMNS.values())
    ),
    int,
)
_RELATED = Prepared(
    lambda order: (
        Relation.objects.filter(Q(order=order) | Q(earlier=order))
        .order_by("at", "pk")
        .values_list(
            "kind", "at", "order_id", "order__number", "order__status", "earlier_id", "earlier__number",
            "earlier__status",
        )
    ),
    int,
)  # fmt: skip
_ATTEMPTS = Prepared(
    lambda order: (
        ContactAttempt.objects.filter(order=order)
        .order_by("at", "pk")
        .values_list("pk", "purpose", "at", "by__name", "number", "result", "note", "next_at")
    ),
    int,
)
