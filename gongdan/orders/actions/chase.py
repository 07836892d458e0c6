"""Calls on an open order, numbers that are wrong, and what a supervisor lets go on."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.customers import actions as customers
from gongdan.customers.rules import ContactDraft
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import access, rules
from gongdan.orders.actions.deposits import (
    deposit,
    locked,
    place_hold,
    release_expired_holds,
    release_hold_of,
    staff_id,
)
from gongdan.orders.actions.indexing import index
from gongdan.orders.events import Verb
from gongdan.orders.models import Chase, Hold, Order
from gongdan.orders.states import Source, Status
from gongdan.people import queries as people


@transaction.atomic
def chase(order_id: int, content: str, answer: str, *, caller_phone: str = "", by: Actor, at: datetime) -> Chase:
    """催单: he called again while his order is open, and this is what he was told (O-048).

    It is counted on the order; from the shop's numbers on it alerts, and then goes to the supervisor. It is an append:
    the order's version stays. Refused: nothing was answered, or the order is over.
    """
    by.require_any(access.TALKS)
    order = locked(order_id, by=by)
    if refusal := rules.chase_refusal(Status(order.status)):
        raise Refused(refusal, code="wrong_status")
    if errors := rules.chase_complaints(content, answer):
        raise Invalid(errors)
    settings = people.settings_for(order.site_id)
    count = order.chased + 1
    level = rules.chase_level(
        count, alert=settings.of(rules.CHASE_ALERT), supervisor=settings.of(rules.CHASE_SUPERVISOR)
    )
    row = Chase.objects.create(
        order=order,
        count=count,
        at=at,
        by_id=staff_id(by),
        caller_phone=caller_phone.strip()[:40],
        content=content.strip(),
        answer=answer.strip(),
    )
    deposit(order, chased=count, last_chased_at=at)
    record(Verb.CHASED, row, by=by, at=at, about=order, count=count, answer=row.answer[:200], level=level)
    if level == "alert":
        record(Verb.CHASE_ALERTED, row, by=SYSTEM, at=at, about=order, count=count)
    elif level == "supervisor":
        record(Verb.CHASE_ESCALATED, row, by=SYSTEM, at=at, about=order, count=count)
    return row


@transaction.atomic
def mark_wrong_number(order_id: int, *, note: str = "", by: Actor, at: datetime) -> Hold:
    """The number is not the customer's: 信息待核, the source is asked back, nothing is dispatched (O-052).

    Twice is once. Refused: the order is over, or there is no number.
    """
    by.require_any(access.TALKS)
    order = locked(order_id, by=by)
    if order.status not in rules.OPEN:
        raise Refused(_("工单已完工或已结束，不用再核对电话"), code="wrong_status")
    if not order.phone:
        raise Refused(_("工单上没有电话；请先补上电话或写明无电话原因"), code="no_phone")
    standing = Hold.objects.filter(order=order, code=rules.WRONG_NUMBER, released_at__isnull=True).first()
    if standing is not None:
        return standing
    source = Source(order.source)
    reason = rules.wrong_number_reason(rules.ASK_BACK[source])
    hold = place_hold(order, "dispatch", reason, code=rules.WRONG_NUMBER, by=by, at=at)
    record(
        Verb.WRONG_NUMBER,
        order,
        by=by,
        at=at,
        ask=rules.ASK_BACK[source],
        source=order.source,
        note=note.strip()[:200],
    )
    return hold


@transaction.atomic
def confirm_phone(
    order_id: int, phone: str, *, is_virtual: bool = False, seen: int | None = None, by: Actor, at: datetime
) -> Order:
    """The customer's right number, from who was asked: the order may go on (O-052). His contacts follow.

    Refused: it cannot be dialled, or it is a short code that belongs to nobody.
    """
    by.require_any(access.TALKS)
    order = locked(order_id, seen=seen, by=by)
    if order.status in (Status.CLOSED, Status.CANCELLED):
        raise Refused(_("工单已结束，资料只供查阅"), code="filed")
    if errors := rules.phone_complaints(phone, "", "") or rules.nobodys_number(phone):
        raise Invalid({"phone": errors["phone"]})
    reach = rules.reach_from(phone, order.phone2, area_code=order.site.area_code, is_virtual=is_virtual)
    old = order.phone
    order.phone, order.phone_code, order.phone2 = reach.phone, reach.code, reach.phone2
    hours = people.settings_for(order.site_id).of(rules.VIRTUAL_HOURS)
    order.phone_is_virtual = is_virtual
    order.phone_expires_at = at + timedelta(hours=hours) if is_virtual else None
    order.no_phone_reason = ""
    order.version += 1
    order.save(
        update_fields=[
            "phone", "phone_code", "phone2", "phone_is_virtual", "phone_expires_at", "no_phone_reason", "version",
        ]
    )  # fmt: skip
    index([order])
    record(Verb.PHONE_CONFIRMED, order, by=by, at=at, personal={"phone": (old, order.phone)})
    was_wrong = release_hold_of(order, rules.WRONG_NUMBER, by=by, at=at)
    right = ContactDraft(order.phone, order.contact_name, is_virtual=is_virtual, expires_at=order.phone_expires_at)
    customers.put_right_number(order.customer_id, wrong=old if was_wrong else "", right=right, by=by, at=at)
    return order


@transaction.atomic
def release(order_id: int, code: str, *, reason: str = "", by: Actor, at: datetime) -> Order:
    """A supervisor lets an order go on that reception held back: a repeated fault, a warning of the customer.

    Refused: nothing of this code stands, it ends only where its cause is dealt with, or a warning without a reason.
    """
    by.require(access.RELEASE)
    order = locked(order_id, by=by)
    if code not in rules.RELEASABLE:
        label = rules.HOLD_LABELS.get(code)
        raise Refused(
            _("“{label}”不能直接放行，请先处理造成暂停的问题", label=label if label is not None else code[:20]),
            code="not_releasable",
        )
    if code != rules.REPEAT_FAULT and not reason.strip():
        raise Invalid({"reason": _("请填写放行原因")})
    if not release_hold_of(order, code, by=by, at=at):
        raise Refused(_("工单没有因“{label}”暂停，不用放行", label=rules.HOLD_LABELS[code]), code="not_held")
    why: Text | str = reason.strip()[:200] or _("主管已确认")
    record(Verb.LET_GO, order, by=by, at=at, code=code, label=rules.HOLD_LABELS[code], reason=why)
    return order


def release_expired(*, at: datetime, limit: int = 200) -> int:
    """Let go of every hold whose time is over, order by order: how many there were. Safe to run twice."""
    rows = Hold.objects.filter(expires_at__lte=at, released_at__isnull=True).order_by("expires_at")
    count = 0
    for order_id in dict.fromkeys(rows.values_list("order_id", flat=True)[:limit]):
        with transaction.atomic():
            count += release_expired_holds(locked(order_id), at=at)
    return count
