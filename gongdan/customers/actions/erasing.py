"""A customer's personal data go, because he asked for it: the row stays, so that orders and amounts keep their place."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Count, F

from gongdan.audit.actions import erase_personal_of, record
from gongdan.audit.queries import stale
from gongdan.customers import access
from gongdan.customers.actions.records import locked
from gongdan.customers.events import Verb
from gongdan.customers.models import Address, Caution, Contact, Customer, Household, Merge, Reader
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import _
from gongdan.search import actions as search

ERASED_NAME = "已删除的客户"


@transaction.atomic
def erase(customer_id: int, *, number: str, reason: str, seen: int, by: Actor, at: datetime) -> list[int]:
    """Erase name, contacts, addresses, texts and warnings of a customer and of those merged into him; their ids.

    The floors above erase what they copied of him. `number` is typed as a confirmation. Refused: another number, no
    reason, erased already, merged into somebody else, or a colleague saved meanwhile.
    """
    by.require(access.ERASE)
    customer = locked(customer_id, by)
    if customer.version != seen:
        raise stale(customer, seen)
    if customer.erased_at is not None:
        raise Refused(_("这位客户的个人资料已在 {at:date} 删除", at=customer.erased_at), code="erased")
    if customer.merged_into_id is not None:
        raise Refused(_("这位客户已并入另一位，请在保留的那位上删除"), code="merged")
    errors = {}
    if number.strip().upper() != customer.number.upper():
        errors["number"] = _("与客户编号不一致，请照页面上的编号填写")
    if not reason.strip():
        errors["reason"] = _("请填写原因，例如“客户来电要求删除”")
    elif len(reason) > 200:
        errors["reason"] = _("最多 {limit} 个字，请缩短", limit=200)
    if errors:
        raise Invalid(errors)
    ids = merged_with(customer.pk)
    rows = list(Customer.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    Contact.objects.filter(customer__in=ids).delete()
    Address.objects.filter(customer__in=ids).update(
        detail=str(_ERASED_ADDRESS), remark="", division=None, is_active=False
    )
    Caution.objects.filter(customer__in=ids).delete()
    Merge.objects.filter(kept__in=ids).delete()  # it kept the texts, and nothing is left to be taken apart
    Reader.objects.filter(customer__in=ids).delete()
    for row in rows:
        search.drop("customer", row.pk)
    Customer.objects.filter(pk__in=ids).update(
        name=ERASED_NAME,
        initials="",
        site_rules="",
        transport="",
        remark="",
        is_active=False,
        erased_at=at,
        household=None,
        version=F("version") + 1,
    )
    homes = {row.household_id for row in rows if row.household_id is not None}
    Household.objects.filter(pk__in=homes).alias(left=Count("members")).filter(left__lt=2).delete()
    erase_personal_of(rows, reason=reason, by=by, at=at)
    return ids


def note_erased(customer_id: int, *, orders: int, reason: str, by: Actor, at: datetime) -> None:
    """Told by the flow when every floor is done: who erased whom and why, and how many orders stay."""
    customer = Customer.objects.get(pk=customer_id)
    record(Verb.ERASED, customer, by=by, at=at, number=customer.number, orders=orders, reason=reason.strip())


def merged_with(customer_id: int) -> list[int]:
    """The customer and everybody who was merged into him, at any depth."""
    ids, last = [customer_id], [customer_id]
    while last := list(Customer.objects.filter(merged_into__in=last).values_list("pk", flat=True)):
        ids += last
    return ids


_ERASED_ADDRESS = _("地址已删除")
