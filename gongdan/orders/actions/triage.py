"""Deciding what becomes of a request: received, question, complaint, repair, cancelled; and the answers given."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.catalog.queries import check_language
from gongdan.devices import actions as devices
from gongdan.devices import queries as devices_queries
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import _
from gongdan.orders import access
from gongdan.orders.actions.complaints import finish_complaint
from gongdan.orders.actions.deposits import locked, move, staff_id, status_label
from gongdan.orders.actions.intake import copy_of
from gongdan.orders.events import Verb
from gongdan.orders.models import Answer, Complaint, Order, Relation
from gongdan.orders.states import FLOW_LABELS, Flow, Mode, Source, Status


@transaction.atomic
def accept_request(order_id: int, *, seen: int, by: Actor, at: datetime) -> Order:
    """Somebody at the desk has received the request (R-047). Refused: it is received already, or no longer open."""
    by.require(access.CHOOSE_FLOW)
    order = locked(order_id, seen=seen, by=by)
    if order.accepted_at is not None:
        raise Refused(_("这张工单已接收，不用重复接收"), code="accepted")
    if order.status != Status.REGISTERED:
        raise Refused(
            _("工单 {number} 现在是“{status}”，不用再接收", number=order.number, status=status_label(order)),
            code="wrong_status",
        )
    order.accepted_at, order.accepted_by_id = at, staff_id(by)
    order.version += 1
    order.save(update_fields=["accepted_at", "accepted_by", "version"])
    waited = int((at - order.received_at).total_seconds() // 60)
    record(Verb.ACCEPTED, order, by=by, at=at, waited_minutes=waited)
    return order


@transaction.atomic
def choose_inquiry(order_id: int, *, seen: int, by: Actor, at: datetime) -> Order:
    """It is a question: answer it and close, without dispatch or money (R-049).

    A repair that nobody has begun, or a complaint that nothing was written on, may still become one.
    """
    order = locked(order_id, seen=seen, by=by)
    if order.flow == Flow.INQUIRY:
        raise Refused(_("这张工单已在咨询流程中"), code="wrong_flow")
    return _choose(order, "choose_inquiry", Flow.INQUIRY, by=by, at=at)


@transaction.atomic
def choose_complaint(order_id: int, *, about_number: str = "", seen: int, by: Actor, at: datetime) -> Order:
    """It is a complaint, perhaps about an earlier order of this number.

    Refused: it is a complaint already, or a repair that was begun - about that one a complaint is an order of its own.
    """
    order = locked(order_id, seen=seen, by=by)
    if order.flow == Flow.COMPLAINT:
        raise Refused(_("这张工单已在投诉流程中"), code="wrong_flow")
    if about_number.strip():
        earlier = access.find(by, about_number.strip())
        if earlier.pk == order.pk:
            raise Invalid({"about_number": _("投诉的单号不能是这张工单自己")})
        Relation.objects.create(order=order, earlier=earlier, kind=Relation.Kind.COMPLAINT_ABOUT, at=at)
    return _choose(order, "choose_complaint", Flow.COMPLAINT, by=by, at=at)


@transaction.atomic
def choose_repair(order_id: int, *, seen: int, by: Actor, at: datetime) -> Order:
    """Send the order to dispatch: from now on it stands in the 派工 list (R-051).

    Refused: it is a complaint with something written on it; `repair_from_inquiry` makes a linked repair beside it.
    """
    return _choose(locked(order_id, seen=seen, by=by), "choose_repair", Flow.REPAIR, by=by, at=at)


@transaction.atomic
def answer(
    order_id: int,
    *,
    text: str,
    question: str = "",
    wants_follow_up: bool = False,
    seen: int,
    by: Actor,
    at: datetime,
) -> Answer:
    """Write, or rewrite, the answer to a question. An empty `question` is the order's own text.

    Refused: the order is not being answered, it is a complaint, which has liability, handling and result instead, or a
    forbidden word stands in it.
    """
    by.require(access.ANSWER)
    order = locked(order_id, seen=seen, by=by)
    if order.flow == Flow.COMPLAINT:
        raise Refused(_("投诉单请分别填写责任、处理、结果和赔付"), code="wrong_flow")
    if order.status != Status.ANSWERING:
        raise Refused(
            _(
                "工单 {number} 现在是“{status}”，转咨询或投诉后才能答复",
                number=order.number,
                status=status_label(order),
            ),
            code="wrong_status",
        )
    if not text.strip():
        raise Invalid({"text": _("请填写答复内容")})
    check_language("text", text)
    if len(text.strip()) > 4000 or len(question.strip()) > 2000:
        raise Invalid({"text": _("问题最多 2000 字，答复最多 4000 字，请缩短")})
    row = Answer.objects.filter(order=order).first() or Answer(order=order)
    old = row.text
    row.question = question.strip() or row.question or order.symptom
    row.text = text.strip()
    row.wants_follow_up = wants_follow_up
    row.answered_at, row.answered_by_id = at, staff_id(by)
    row.save()
    order.version += 1
    order.save(update_fields=["version"])
    record(Verb.ANSWERED, order, by=by, at=at, changes={"answer": [old, row.text]})
    return row


@transaction.atomic
def close_answered(order_id: int, *, seen: int, by: Actor, at: datetime) -> Order:
    """Close an answered question: nothing is dispatched, nothing is billed.

    A complaint does not close here: handled with its result, it waits for the call-back that closes it (R-050).
    """
    order = locked(order_id, seen=seen, by=by)
    by.require(access.ANSWER)
    if order.flow == Flow.COMPLAINT:
        return finish_complaint(order, by=by, at=at)
    row = Answer.objects.filter(order=order).first()
    if order.status == Status.ANSWERING and (row is None or not row.text):
        raise Refused(_("还没有填写答复，请填写后再结单"), code="no_answer", field="text")
    wants = row is not None and row.wants_follow_up
    return move(order, "close_answered", by=by, at=at, facts={"wants_follow_up": wants})


@transaction.atomic
def repair_from_inquiry(order_id: int, *, by: Actor, at: datetime) -> Order:
    """The question has become a repair (R-049): the order that goes to dispatch. Nothing is typed again.

    An open question moves on as it is; a closed one makes a new order with all its data and a link between the two. A
    complaint goes on beside the linked repair, unless nothing was written on it yet.
    """
    by.require(access.CHOOSE_FLOW)
    order = locked(order_id, by=by)
    is_complaint = order.flow == Flow.COMPLAINT
    if order.status in (Status.REGISTERED, Status.ANSWERING) and not (is_complaint and _is_begun(order)):
        return _choose(order, "choose_repair", Flow.REPAIR, by=by, at=at)
    ended = (Status.ANSWERING, Status.TO_FOLLOW_UP, Status.CLOSED) if is_complaint else (Status.CLOSED,)
    if order.flow == Flow.REPAIR or order.status not in ended:
        raise Refused(
            _(
                "工单 {number} 现在是“{status}”，只有咨询或投诉单可以转维修",
                number=order.number,
                status=status_label(order),
            ),
            code="wrong_flow",
        )
    kind = Relation.Kind.FROM_COMPLAINT if is_complaint else Relation.Kind.FROM_INQUIRY
    known = Relation.objects.filter(earlier=order, kind=kind).exclude(order__status=Status.CANCELLED)
    if (number := known.values_list("order__number", flat=True).first()) is not None:
        raise Refused(
            _("这张{flow}单已转为维修单 {number}，请直接打开", flow=FLOW_LABELS[Flow(order.flow)], number=number),
            code="turned_already",
        )
    repair = copy_of(order, by=by, at=at)
    Relation.objects.create(order=repair, earlier=order, kind=kind, at=at)
    record(Verb.TURNED_TO_REPAIR, order, by=by, at=at, number=repair.number, order=repair.pk)
    return _choose(repair, "choose_repair", Flow.REPAIR, by=by, at=at)


@transaction.atomic
def complain(order_id: int, content: str, *, by: Actor, at: datetime) -> Order:
    """A complaint about this order, as a linked order of its own in the complaint flow."""
    by.require_any((access.CHOOSE_FLOW, "followup.call"))
    if not content.strip():
        raise Invalid({"content": _("请填写投诉内容")})
    order = locked(order_id, by=by)
    complaint = copy_of(order, by=by, at=at, symptom=content.strip()[:2000], source=Source.DIRECT)
    Relation.objects.create(order=complaint, earlier=order, kind=Relation.Kind.COMPLAINT_ABOUT, at=at)
    record(Verb.COMPLAINT_OPENED, order, by=by, at=at, number=complaint.number, order=complaint.pk)
    return _choose(complaint, "choose_complaint", Flow.COMPLAINT, by=by, at=at)


@transaction.atomic
def cancel(order_id: int, reason: str, *, seen: int, by: Actor, at: datetime) -> Order:
    """Nothing will be done any more, for this reason.

    Refused: somebody is working on it already, or a device that was fetched is still at the workshop. What was left at
    the counter is handed back with the cancelling.
    """
    order = locked(order_id, seen=seen, by=by)
    device_ids = list(order.device_lines.exclude(device=None).values_list("device_id", flat=True))
    if order.mode != Mode.IN_STORE and devices_queries.is_with_us(order.pk, device_ids):
        raise Refused(_("设备还在公司，请先送回客户并在维修页登记送回，再取消"), code="with_us")
    order = move(order, "cancel", by=by, at=at, reason=reason)
    for device_id in device_ids:
        devices.end_stay(device_id, on=local_day(at), order_id=order.pk)
    return order


def _choose(order: Order, verb: str, flow: Flow, *, by: Actor, at: datetime) -> Order:
    """Set the flow, with time and user (R-048); choosing is receiving too, where nobody has yet.

    Refused: leaving a repair or a complaint that something was done on already.
    """
    if order.flow == Flow.REPAIR and flow != Flow.REPAIR and order.status == Status.TO_DISPATCH and _is_begun(order):
        raise Refused(
            _(
                "这张维修单已经开始办理，不能再转{flow}；客户投诉请点“登记投诉”，不修了请取消工单",
                flow=FLOW_LABELS[flow],
            ),
            code="begun",
        )
    if order.flow == Flow.COMPLAINT and _is_begun(order):
        raise Refused(_("这张投诉单已有处理内容，不能改变流程；要维修请点“转维修”另开维修单"), code="begun")
    changed: dict[str, Any] = {"flow": flow, "flow_chosen_at": at, "flow_chosen_by_id": staff_id(by)}
    if order.accepted_at is None:
        changed |= {"accepted_at": at, "accepted_by_id": staff_id(by)}
    return move(order, verb, by=by, at=at, changed=changed, facts={"flow": flow.value})


def _is_begun(order: Order) -> bool:
    """Whether something was done that belongs to the order's flow, so that it may not simply become another one."""
    if order.flow == Flow.COMPLAINT:
        named = Relation.objects.filter(order=order, kind=Relation.Kind.COMPLAINT_ABOUT)
        return named.exists() or Complaint.objects.filter(order=order).exists()
    came_far = (order.arrived_at, order.finished_at, order.settled_at, order.technician_names)
    return bool(order.quote_state or order.money_state or order.promised_from or any(came_far))
