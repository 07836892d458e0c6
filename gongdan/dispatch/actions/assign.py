"""Dispatch lines: who goes, what he is to do, and when he was told to be there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.dispatch import access
from gongdan.dispatch.actions import lines
from gongdan.dispatch.actions.lines import VisitDraft
from gongdan.dispatch.actions.promises import first_promise
from gongdan.dispatch.events import Verb
from gongdan.dispatch.models import Visit, WastedTrip
from gongdan.dispatch.rules import check_window
from gongdan.dispatch.states import METHOD_LABELS, NOT_STARTED, VisitStatus
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import _
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.states import TO_THE_DOOR, Status


@transaction.atomic
def assign(
    order_id: int, draft: VisitDraft, *, seen: int, by: Actor, at: datetime, confirm_conflict: bool = False
) -> Visit:
    """Add a dispatch line (R-078). The first one moves the order from 待派工 to 维修中 and promises its window.

    Without a window of its own it is for the one that the customer was promised.
    Refused: wrong status, a hold on dispatch, an unknown or inactive technician, a window that cannot be, a colleague
    saved meanwhile; and, until `confirm_conflict` says that it is meant, a technician whose other visit is at that time.
    """
    by.require(access.ASSIGN)
    order = orders.locked(order_id, seen=seen, by=by)
    if order.status not in (Status.TO_DISPATCH, Status.IN_REPAIR):
        raise Refused(
            _(
                "工单 {number} 现在是“{status}”，只有待派工或维修中的工单可以派工",
                number=order.number,
                status=orders.status_label(order),
            ),
            code="wrong_status",
        )
    orders.refuse_if_held(order, "dispatch", at=at)
    lines.refuse_if_unsafe(order)
    technician = lines.technician(draft.technician_id, by=by)
    _check_draft(draft, at=at)
    lines.refuse_if_on_it(order, technician)
    window = lines.window_of(order, (draft.planned_from, draft.planned_to), is_remote=draft.is_remote, at=at)
    number = lines.in_the_way(technician, order, window, is_remote=draft.is_remote, is_meant=confirm_conflict)
    lines.withdraw_offer(order, by=by, at=at)
    visit = Visit.objects.create(
        order=order,
        technician=technician,
        task=draft.task or order.symptom[:500],
        method=draft.method,
        is_remote=draft.is_remote,
        planned_from=window[0],
        planned_to=window[1],
        remark=draft.remark or wasted_before(order),
        dispatched_at=at,
        dispatched_by_id=by.id,
    )
    orders.add_participant(order, technician.pk, "technician", at=at)
    record(Verb.ASSIGNED, visit, by=by, at=at, about=order, technician=technician.name, task=visit.task[:80])
    lines.note_conflict(visit, order, number, by=by, at=at)
    if order.status == Status.TO_DISPATCH:
        orders.advance(order, "start_repair", by=by, at=at)
    travels = order.mode in TO_THE_DOOR and not draft.is_remote
    if draft.planned_from and draft.planned_to and order.promised_from is None and travels:
        first_promise(order, draft.planned_from, draft.planned_to, by=by, at=at, is_meant=confirm_conflict)
    lines.name_technicians(order)
    return visit


@transaction.atomic
def edit_visit(
    visit_id: int, draft: VisitDraft, *, seen: int, by: Actor, at: datetime, confirm_conflict: bool = False
) -> Visit:
    """Change what a dispatch line says, as long as the technician is not there yet. Its window is not a promise moved.

    Without a window it is for the promised one. Another window is refused as `assign` does where the technician has
    another visit, until it is meant.
    """
    by.require(access.ASSIGN)
    visit, order = lines.locked_visit(visit_id, by=by)
    if visit.version != seen:
        raise stale(visit, seen)
    lines.refuse_if_done(order, _("派工"))
    if visit.status not in NOT_STARTED:
        raise Refused(_("师傅已出发或已到达，不能再改派工内容；需要换人请先撤销这一行"), code="wrong_status")
    _check_draft(draft, at=at, keeps=(visit.planned_from, visit.planned_to))
    if visit.technician_id != draft.technician_id:
        raise Refused(_("换师傅请撤销这一行，再添加一行派工"), code="technician", field="technician_id")
    window = lines.window_of(order, (draft.planned_from, draft.planned_to), is_remote=draft.is_remote, at=at)
    draft = replace(draft, planned_from=window[0], planned_to=window[1])
    is_anew = (*window, draft.is_remote) != (visit.planned_from, visit.planned_to, visit.is_remote)
    number = ""
    if is_anew:
        number = lines.in_the_way(visit.technician, order, window, is_remote=draft.is_remote, is_meant=confirm_conflict)
    changes = {}
    for name in ("task", "planned_from", "planned_to", "method", "is_remote", "remark"):
        old, new = getattr(visit, name), getattr(draft, name)
        if old != new:
            changes[name] = [_shown(old), _shown(new)]
            setattr(visit, name, new)
    if changes:
        visit.version += 1
        visit.save()
        record(Verb.EDITED, visit, by=by, at=at, about=order, changes=changes)
        lines.note_conflict(visit, order, number, by=by, at=at)
    return visit


@transaction.atomic
def void(visit_id: int, reason: str, *, by: Actor, at: datetime) -> Visit:
    """Take a dispatch line back, with the reason. Without any line left the order returns to 待派工."""
    by.require(access.ASSIGN)
    if not reason.strip():
        raise Invalid({"reason": _("请填写撤销派工的原因")})
    visit, order = lines.locked_visit(visit_id, by=by)
    lines.refuse_if_done(order, _("撤销派工"))
    lines.take_back(visit, order, reason, by=by, at=at)
    if (
        order.status == Status.IN_REPAIR
        and not Visit.objects.filter(order=order, wasted_trip=None).exclude(status=VisitStatus.VOID).exists()
    ):
        orders.advance(order, "return_to_dispatch", by=by, at=at)
    lines.name_technicians(order)
    return visit


@transaction.atomic
def send_back(order_id: int, reason: str, *, seen: int, by: Actor, at: datetime) -> Order:
    """退回派工: every line is taken back with the reason and the order waits for dispatch again.

    Refused: somebody has set out or is there, or a colleague saved meanwhile.
    """
    by.require(access.ASSIGN)
    order = orders.locked(order_id, seen=seen, by=by)
    if not reason.strip():
        raise Invalid({"reason": _("请填写退回派工的原因")})
    visits = lines.lines_to_take_back(order, _("整单退回"), ever=True)
    for visit in visits:
        lines.take_back(visit, order, reason, by=by, at=at)
    orders.advance(order, "return_to_dispatch", by=by, at=at, reason=reason)
    lines.name_technicians(order)
    return order


def wasted_before(order: Order) -> str:
    """What the next one should know of a wasted trip before him (O-043), "" if there was none."""
    last = WastedTrip.objects.filter(visit__order=order).order_by("-pk").first()
    return f"上次空跑：{last.reason}"[:200] if last else ""


def _check_draft(
    draft: VisitDraft, *, at: datetime, keeps: tuple[datetime | None, datetime | None] = (None, None)
) -> None:
    if draft.method not in METHOD_LABELS:
        raise Invalid({"method": _("请选择派工方式：系统、电话或短信")})
    for name, limit in (("task", 500), ("remark", 200)):
        if len(getattr(draft, name)) > limit:
            raise Invalid({name: _("最多 {limit} 个字，请缩短", limit=limit)})
    if (draft.planned_from is None) != (draft.planned_to is None):
        missing = "planned_to" if draft.planned_to is None else "planned_from"
        raise Invalid({missing: _("上门时间要填开始和结束两端")})
    if draft.planned_from and draft.planned_to and (draft.planned_from, draft.planned_to) != keeps:
        check_window(draft.planned_from, draft.planned_to, at=at)


def _shown(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
