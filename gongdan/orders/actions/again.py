"""New trouble found by a later call: a repair of its own beside the order that was called about."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import _
from gongdan.orders import access
from gongdan.orders.actions.deposits import locked
from gongdan.orders.actions.intake import copy_of
from gongdan.orders.actions.triage import choose_repair
from gongdan.orders.events import Verb
from gongdan.orders.models import Order, Relation
from gongdan.orders.states import Kind, Source, Status


@transaction.atomic
def repair_again(order_id: int, symptom: str, *, by: Actor, at: datetime) -> Order:
    """A new repair order out of a later call about this one: customer, address and devices are copied, and linked.

    Refused: nothing is said, or a repair out of such a call is still under way.
    """
    by.require(access.CHOOSE_FLOW)
    order = locked(order_id, by=by)
    if not symptom.strip():
        raise Invalid({"content": _("请填写客户反映的问题")})
    known = Relation.objects.filter(earlier=order, kind=Relation.Kind.FROM_CALL)
    number = (
        known.exclude(order__status__in=(Status.CLOSED, Status.CANCELLED))
        .values_list("order__number", flat=True)
        .first()
    )
    if number is not None:
        raise Refused(
            _("这张工单的回访已转维修单 {number}，还没有结单，请直接打开", number=number), code="turned_already"
        )
    repair = copy_of(order, by=by, at=at, symptom=symptom.strip()[:2000], kind=Kind.REPAIR, source=Source.DIRECT)
    Relation.objects.create(order=repair, earlier=order, kind=Relation.Kind.FROM_CALL, at=at)
    record(Verb.TURNED_TO_REPAIR, order, by=by, at=at, number=repair.number, order=repair.pk)
    return choose_repair(repair.pk, seen=repair.version, by=by, at=at)
