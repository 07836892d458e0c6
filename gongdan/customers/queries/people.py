"""Whom to ask, whom to expect, and what holds at a customer's: contacts by what they are for, rules, warnings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from gongdan.customers import rules
from gongdan.customers.models import Caution, Contact, Customer
from gongdan.customers.queries.finding import whole_number
from gongdan.customers.rules import ContactKind


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


def flag_for(customer_id: int, on: date) -> str:
    """What the customer's warnings do on this day: "", "vip", "prepaid" or "refuse". One query; nothing of the reason."""
    return rules.strongest(_standing(on).filter(customer=customer_id).values_list("effect", flat=True))


def own_technician(customer_id: int, on: date) -> int | None:
    """The technician whom this VIP always gets, if one is named."""
    rows = _standing(on).filter(customer=customer_id, own_technician__isnull=False).order_by("-pk")
    return rows.values_list("own_technician", flat=True).first()


def _standing(on: date) -> QuerySet[Caution]:
    return Caution.objects.filter(Q(expires_on__isnull=True) | Q(expires_on__gte=on), lifted_at__isnull=True)
