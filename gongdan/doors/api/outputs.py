"""What the API answers: plain values; sentences come rendered in Chinese, statuses as stable words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ninja import Schema

from gongdan.audit.queries import Entry, sentence
from gongdan.customers.queries import Card, Match
from gongdan.devices.queries import DeviceRow
from gongdan.kernel.text import Text
from gongdan.orders.queries import DeviceFacts, Page


class Done(Schema):
    """A change went through: the thing, and its new version."""

    id: int
    number: str = ""
    status: str = ""
    version: int = 0


class OrderRow(Schema):
    """An order in a list."""

    id: int
    number: str
    status: str
    flow: str
    kind: str
    mode: str
    source: str
    channel: str
    impact: str
    urgency: str
    priority: str
    customer_id: int
    customer_name: str
    contact_name: str
    phone: str
    address: str
    symptom: str
    device_text: str
    technician_names: str
    received_at: datetime
    promised_from: datetime | None
    promised_to: datetime | None
    money_state: str
    due_fen: int | None
    result: str
    is_historic: bool
    version: int


class OrderList(Schema):
    """One page of orders, newest first; `next` is the cursor of the page after, null at the end."""

    rows: list[OrderRow]
    next: int | None


class DeviceLineOut(Schema):
    """One device of an order."""

    id: int
    device_id: int | None
    category: str
    brand: str
    model: str
    serial: str
    symptom: str
    fault: str
    error_code: str
    coverage: str
    free_part: bool
    free_labour: bool
    free_visit: bool
    explanation: list[str]
    overruled_reason: str
    result: str
    place: str
    contact_name: str
    phone: str


class RelatedOut(Schema):
    """Another order that belongs to this one."""

    number: str
    status: str
    kind: str
    is_earlier: bool


class AttemptOut(Schema):
    """One attempt to reach the customer."""

    id: int
    purpose: str
    at: datetime
    by: str
    number: str
    result: str
    note: str
    next_at: datetime | None


class OrderOut(Schema):
    """The whole order."""

    id: int
    number: str
    version: int
    site: str
    status: str
    flow: str
    kind: str
    mode: str
    store: str
    source: str
    referrer: str
    channel: str
    impact: str
    urgency: str
    priority: str
    priority_reason: str
    customer_id: int
    customer_name: str
    contact_name: str
    phone: str
    address: str
    symptom: str
    occurred: str
    error_code: str
    remark: str
    answer: str
    wished_from: datetime | None
    wished_to: datetime | None
    promised_from: datetime | None
    promised_to: datetime | None
    received_at: datetime
    received_by: str
    technicians: str
    quote_state: str
    money_state: str
    due_fen: int | None
    result: str
    repair_label: str
    is_historic: bool
    devices: list[DeviceLineOut]
    related: list[RelatedOut]
    attempts: list[AttemptOut]
    verbs: list[str]


class EventOut(Schema):
    """One line of the timeline."""

    id: int
    verb: str
    at: datetime
    happened_at: datetime | None
    by: str
    text: str


class MatchOut(Schema):
    """A customer in a list."""

    id: int
    number: str
    name: str
    kind: str
    contact_name: str
    phone: str
    address: str


class ContactOut(Schema):
    """A contact of a customer."""

    id: int
    name: str
    kind: str
    phone: str


class AddressOut(Schema):
    """An address of a customer."""

    id: int
    division: str
    detail: str


class CustomerOut(Schema):
    """All that the register knows of a customer."""

    id: int
    number: str
    name: str
    kind: str
    site_rules: str
    transport: str
    remark: str
    version: int
    contacts: list[ContactOut]
    addresses: list[AddressOut]


class DeviceOut(Schema):
    """A device of a customer."""

    id: int
    customer_id: int
    category: str
    brand: str
    model: str
    serial: str
    purchase_on: date | None
    seller: str
    price_fen: int | None
    is_sold_here: bool
    invoice_no: str
    warranty_ends_on: date | None
    level: str
    version: int


def order_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a station as the API names it."""
    return {**row, "customer_name": row["customer_name"]}


def order_out(page: Page) -> dict[str, Any]:
    """The whole order as plain values."""
    return {
        **{name: getattr(page, name) for name in OrderOut.model_fields if hasattr(page, name)},
        "site": page.site_name,
        "address": page.full_address,
        "technicians": page.technician_names,
        "answer": page.answer.text if page.answer else "",
        "devices": [_device_line(d) for d in page.devices],
        "related": [
            {"number": r.number, "status": r.status, "kind": r.kind, "is_earlier": r.is_earlier} for r in page.related
        ],
        "attempts": [
            {
                "id": a.id,
                "purpose": a.purpose,
                "at": a.at,
                "by": a.by_name,
                "number": a.number,
                "result": a.result,
                "note": a.note,
                "next_at": a.next_at,
            }
            for a in page.attempts
        ],
        "verbs": [t.verb for t in page.buttons],
    }


def _device_line(facts: DeviceFacts) -> dict[str, Any]:
    steps = (facts.verdict or {}).get("steps", [])
    return {
        **{name: getattr(facts, name) for name in DeviceLineOut.model_fields if hasattr(facts, name)},
        "coverage": facts.coverage_label,
        "explanation": [str(Text.from_json(step)) for step in steps],
    }


def event_out(entry: Entry) -> dict[str, Any]:
    """One line of a timeline."""
    return {
        "id": entry.id,
        "verb": entry.verb,
        "at": entry.at,
        "happened_at": entry.happened_at,
        "by": entry.actor_name,
        "text": str(sentence(entry)),
    }


def match_out(match: Match) -> dict[str, Any]:
    """A customer in a list."""
    return {name: getattr(match, name) for name in MatchOut.model_fields}


def customer_out(card: Card) -> dict[str, Any]:
    """A customer as plain values."""
    return {
        **{name: getattr(card, name) for name in CustomerOut.model_fields},
        "contacts": [{"id": c.id, "name": c.name, "kind": c.kind, "phone": c.phone} for c in card.contacts],
        "addresses": [{"id": a.id, "division": a.division, "detail": a.detail} for a in card.addresses],
    }


def device_out(row: DeviceRow) -> dict[str, Any]:
    """A device in a list."""
    return {name: getattr(row, name) for name in DeviceOut.model_fields}


def line_out(line: Any) -> dict[str, Any]:
    """A priced line, computed or stored."""
    reason = line.reason
    return {
        "code": getattr(line, "code", "") or getattr(line, "item_code", ""),
        "name": line.name,
        "unit": line.unit,
        "quantity": line.quantity,
        "unit_fen": line.unit_fen,
        "amount_fen": line.amount_fen,
        "payer": str(line.payer),
        "rule": str(line.rule),
        "reason": str(Text.from_json(reason)) if isinstance(reason, dict) else str(reason or ""),
    }
