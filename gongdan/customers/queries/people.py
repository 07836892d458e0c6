"""Whom to ask, whom to expect, and what holds at a customer's: contacts by what they are for, rules, warnings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from gongdan.customers import rules
from gongdan.customers.models import Caution, Contact, Customer, Merge
from gongdan.customers.queries.finding import ContactRow, contact_row, whole_number
from gongdan.customers.rules import ContactKind, Kind
from gongdan.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What the technician must know before he goes: the site's rules, whom to ask for, how to get there (R-022, R-023).

    `phone` is the whole number: a page shows it through `access.shown_phone(actor, phone, code)`.
    """

    site_rules: str
    transport: str
    person: str
    phone: str
    code: str

    def __bool__(self) -> bool:
        return bool(self.site_rules or self.transport or self.person or self.phone)


def site_facts(customer_id: int) -> SiteFacts:
    """客户的管理制度, 交通, 负责人 and his telephone, for the job sheet on screen and on paper. Two queries."""
    row = Customer.objects.filter(pk=customer_id).values_list("site_rules", "transport").first() or ("", "")
    contact = (
        Contact.objects.filter(customer=customer_id, kind=ContactKind.IN_CHARGE).order_by("position", "pk").first()
    )
    if contact is None:
        return SiteFacts(*row, "", "", "")
    return SiteFacts(*row, contact.name, whole_number(contact.phone, contact.extension), contact.phone_code)


def decider(customer_id: int, actor: Actor) -> ContactRow | None:
    """Whom to ask for a decision (O-051): the customer's 决定人, else one of his household, else a firm's 负责人."""
    found = _first(ContactKind.DECIDER, actor, customer=customer_id)
    if found is not None:
        return found
    home, kind = Customer.objects.filter(pk=customer_id).values_list("household", "kind").first() or (None, "")
    if home is not None and (family := _first(ContactKind.DECIDER, actor, customer__household=home)) is not None:
        return family
    return _first(ContactKind.IN_CHARGE, actor, customer=customer_id) if kind == Kind.COMPANY else None


def signatories(customer_id: int, actor: Actor) -> list[ContactRow]:
    """The contacts of a customer to choose who signs: 签收人 first, then 负责人, then the others in their order (R-011)."""
    rows = Contact.objects.filter(customer=customer_id).order_by("position", "pk")
    order = {ContactKind.SIGNATORY.value: 0, ContactKind.IN_CHARGE.value: 1}
    return sorted((contact_row(row, actor) for row in rows if row.name), key=lambda row: order.get(row.kind, 2))


def flag_for(customer_id: int, on: date) -> str:
    """What the customer's warnings do on this day: "", "vip", "prepaid" or "refuse". One query; nothing of the reason."""
    return rules.strongest(_standing(on).filter(customer=customer_id).values_list("effect", flat=True))


def own_technician(customer_id: int, on: date) -> int | None:
    """The technician whom this VIP always gets, if one is named."""
    rows = _standing(on).filter(customer=customer_id, own_technician__isnull=False).order_by("-pk")
    return rows.values_list("own_technician", flat=True).first()


@dataclass(frozen=True, slots=True)
class MergeRow:
    """One merge on the page of the kept customer."""

    id: int
    gone_id: int
    gone_number: str
    gone_name: str
    at: datetime
    by_name: str
    reason: str
    is_undone: bool


def merges(customer_id: int) -> list[MergeRow]:
    """The records that went into this one, newest first, also those taken back. One query."""
    rows = Merge.objects.filter(kept=customer_id).select_related("gone").order_by("-pk")
    return [
        MergeRow(
            row.pk,
            row.gone_id,
            row.gone.number,
            row.gone.name,
            row.at,
            row.by_name,
            row.reason,
            is_undone=row.undone_at is not None,
        )
        for row in rows
    ]


def kept_of(customer_id: int) -> int:
    """Where an old link leads: the customer himself, or the one that he was merged into, however often that was."""
    for _step in range(20):
        into = Customer.objects.filter(pk=customer_id).values_list("merged_into", flat=True).first()
        if into is None:
            break
        customer_id = into
    return customer_id


def _first(kind: ContactKind, actor: Actor, **whose: Any) -> ContactRow | None:
    rows = Contact.objects.filter(kind=kind, **whose).exclude(name="", phone="").order_by("position", "pk")
    row = rows.first()
    return None if row is None else contact_row(row, actor)


def _standing(on: date) -> QuerySet[Caution]:
    return Caution.objects.filter(Q(expires_on__isnull=True) | Q(expires_on__gte=on), lifted_at__isnull=True)
