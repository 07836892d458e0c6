"""Warnings (O-054): placed, read and lifted by whoever holds `customers.warn`; everybody else meets their effect."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.customers import access, rules
from gongdan.customers.actions.records import locked
from gongdan.customers.events import Verb
from gongdan.customers.models import Caution
from gongdan.fields import overlong
from gongdan.files import queries as files
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Invalid, Missing, Refused
from gongdan.kernel.text import _
from gongdan.people import access as people


@transaction.atomic
def warn(
    customer_id: int,
    effect: str,
    *,
    reason: str,
    proof: str = "",
    attachment_id: int | None = None,
    expires_on: date | None = None,
    own_technician_id: int | None = None,
    by: Actor,
    at: datetime,
) -> Caution:
    """Place a warning: prepaid or refuse, with reason and proof, or VIP, perhaps with his own technician.

    The log tells that it was placed, never why. Refused: no reason, a blacklisting without proof, an attachment that
    is not there, a day that is over, a merged customer.
    """
    by.require(access.WARN)
    customer = locked(customer_id, by)
    if customer.merged_into_id is not None:
        raise Refused(_("这位客户已并入另一位，请在保留的那位客户上登记"))
    errors = rules.warning_complaints(
        effect,
        reason=reason,
        proof=proof,
        expires_on=expires_on,
        today=local_day(at),
        has_technician=own_technician_id is not None,
    )
    if (
        own_technician_id is not None
        and not people.visible_to(by).filter(pk=own_technician_id, is_active=True).exists()
    ):
        errors["own_technician_id"] = _("没有找到这位师傅，请重新选择")
    if attachment_id is not None:
        try:
            files.attachment(attachment_id)
        except Missing as missing:
            errors["attachment_id"] = missing.text
    if errors:
        raise Invalid(errors)
    row = Caution.objects.create(
        customer=customer,
        effect=effect,
        reason=reason.strip(),
        proof=proof.strip(),
        attachment_id=attachment_id,
        own_technician_id=own_technician_id,
        placed_by_name=by.name[:60],
        placed_at=at,
        expires_on=expires_on,
    )
    record(Verb.WARNED, row, about=customer, by=by, at=at, effect=rules.EFFECT_LABELS[rules.Effect(effect)])
    return row


@transaction.atomic
def lift_warning(caution_id: int, reason: str, *, by: Actor, at: datetime) -> Caution:
    """The warning no longer counts; it stays on file with who lifted it and why. Refused: it was lifted already."""
    by.require(access.WARN)
    row = Caution.objects.select_for_update(of=("self",)).select_related("customer").filter(pk=caution_id).first()
    if row is None or not access.visible_to(by).filter(pk=row.customer_id).exists():
        raise Missing(_("没有找到这条客户警示，请返回客户资料"))
    if row.lifted_at is not None:
        raise Refused(_("这条警示已由 {name} 解除，不必再解除", name=row.lifted_by_name))
    if not reason.strip():
        raise Invalid({"reason": _("请写明为什么解除")})
    row.lifted_at, row.lifted_by_name, row.lifted_reason = at, by.name[:60], reason.strip()
    if errors := overlong(row):
        raise Invalid(errors)
    row.save(update_fields=["lifted_at", "lifted_by_name", "lifted_reason"])
    record(Verb.WARNING_LIFTED, row, about=row.customer, by=by, at=at)
    return row


@transaction.atomic
def read_warnings(customer_id: int, *, by: Actor, at: datetime) -> list[Caution]:
    """All warnings of a customer with reason and proof, newest first. Every reading of one is an event of its own."""
    by.require(access.WARN)
    customer = locked(customer_id, by)
    rows = list(Caution.objects.filter(customer=customer).select_related("own_technician").order_by("-pk"))
    if rows:
        record(Verb.WARNINGS_READ, customer, by=by, at=at)
    return rows
