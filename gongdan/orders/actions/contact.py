"""Calling the customer: what was tried, what came of it, when to try again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid
from gongdan.kernel.text import Text, _
from gongdan.orders import access, rules
from gongdan.orders.actions.deposits import locked
from gongdan.orders.events import Verb
from gongdan.orders.models import ContactAttempt
from gongdan.orders.rules import Moment
from gongdan.orders.states import ATTEMPT_LABELS, PURPOSE_LABELS, AttemptResult, Purpose


@transaction.atomic
def log_contact(
    order_id: int,
    *,
    purpose: str,
    result: str,
    number: str = "",
    note: str = "",
    next_at: datetime | None = None,
    called: Moment | None = None,
    by: Actor,
    at: datetime,
) -> ContactAttempt:
    """Keep one attempt to reach the customer (R-062). It is an append: the order's version stays.

    `called` says when it was, if not now; on a telephone's clock it is compared with nothing of ours. Refused: before
    the registration (R-037), nobody reached and no next time (R-063).
    """
    by.require_any(access.LOGS_CONTACT)
    order = locked(order_id, by=by)
    moment = called or Moment(at)
    errors: dict[str, Text] = {}
    if purpose not in set(Purpose):
        errors["purpose"] = _("请选择联系目的：联系、预约或回访")
    if result not in set(AttemptResult):
        errors["result"] = _("请选择联系结果：接通、无人接、拒接、空号或关机")
    elif result == AttemptResult.NO_ANSWER and next_at is None:
        errors["next_at"] = _("无人接时请填写下次联系时间")
    if next_at is not None and next_at <= at:
        errors["next_at"] = _("下次联系时间要晚于现在")
    if len(note) > 1000:
        errors["note"] = _("最多 {limit} 个字，请缩短", limit=1000)
    if complaint := rules.contact_complaint(moment, Moment(order.received_at), now=at):
        errors["at"] = complaint
    if errors:
        raise Invalid(errors)
    row = ContactAttempt.objects.create(
        order=order,
        purpose=purpose,
        at=moment.at,
        by_id=by.id,
        number=(number or order.phone).strip()[:40],
        result=result,
        note=note.strip(),
        next_at=next_at,
    )
    record(
        Verb.CONTACT_LOGGED,
        row,
        by=by,
        at=at,
        about=order,
        happened_at=moment.at if moment.at != at else None,
        purpose=PURPOSE_LABELS[Purpose(purpose)],
        result=ATTEMPT_LABELS[AttemptResult(result)],
        next_at=next_at,
    )
    return row
