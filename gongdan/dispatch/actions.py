"""Dispatching: lines to technicians, the promised window, and the technician's own way to the customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.dispatch import access
from gongdan.dispatch.events import Verb
from gongdan.dispatch.models import Promise, Visit
from gongdan.dispatch.rules import check_window
from gongdan.dispatch.states import MACHINE, METHOD_LABELS, VISIT_LABELS, Method, VisitStatus
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.states import Mode, Status
from gongdan.people import access as people
from gongdan.people.models import User

_LIVE = (VisitStatus.OFFERED, VisitStatus.ACCEPTED, VisitStatus.UNDER_WAY, VisitStatus.ON_SITE)
_NOT_STARTED = (VisitStatus.OFFERED, VisitStatus.ACCEPTED)
_WAYS = ("signature", "phone", "sms", "in_person", "link")
_WORK_AHEAD = (Status.REGISTERED, Status.ANSWERING, Status.TO_DISPATCH, Status.IN_REPAIR)
_TO_THE_DOOR = (Mode.ON_SITE, Mode.EXPRESS, Mode.PICK_UP)


@dataclass(frozen=True, slots=True)
class VisitDraft:
    """A dispatch line as typed: who, what to do, when the customer was promised."""

    technician_id: int
    task: str = ""
    planned_from: datetime | None = None
    planned_to: datetime | None = None
    method: str = Method.SYSTEM
    is_remote: bool = False
    remark: str = ""


@transaction.atomic
def assign(order_id: int, draft: VisitDraft, *, seen: int, by: Actor, at: datetime) -> Visit:
    """Add a dispatch line (R-078). The first one moves the order from 待派工 to 维修中 and promises its window.

    Refused: wrong status, a hold on dispatch, an unknown or inactive technician, a window that cannot be, or a
    colleague saved meanwhile.
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
    technician = _technician(draft.technician_id, by=by)
    _check_draft(draft, at=at)
    if Visit.objects.filter(order=order, technician=technician, status__in=_LIVE).exists():
        raise Refused(
            _("{name} 已在这张工单的派工中，如需改内容请修改那一行", name=technician.name),
            code="twice",
            field="technician_id",
        )
    visit = Visit.objects.create(
        order=order,
        technician=technician,
        task=draft.task or order.symptom[:500],
        method=draft.method,
        is_remote=draft.is_remote,
        planned_from=draft.planned_from,
        planned_to=draft.planned_to,
        remark=draft.remark,
        dispatched_at=at,
        dispatched_by_id=by.id,
    )
    orders.add_participant(order, technician.pk, "technician", at=at)
    record(Verb.ASSIGNED, visit, by=by, at=at, about=order, technician=technician.name, task=visit.task[:80])
    if order.status == Status.TO_DISPATCH:
        orders.advance(order, "start_repair", by=by, at=at)
    if draft.planned_from and draft.planned_to and order.promised_from is None and order.mode in _TO_THE_DOOR:
        _promise(order, draft.planned_from, draft.planned_to, by=by, at=at)
    _name_technicians(order)
    return visit


@transaction.atomic
def edit_visit(visit_id: int, draft: VisitDraft, *, seen: int, by: Actor, at: datetime) -> Visit:
    """Change what a dispatch line says, as long as the technician is not there yet. Its window is not a promise moved."""
    by.require(access.ASSIGN)
    visit, order = _locked(visit_id, by=by)
    if visit.version != seen:
        raise stale(visit, seen)
    _refuse_if_done(order, _("派工"))
    if visit.status not in _NOT_STARTED:
        raise Refused(_("师傅已出发或已到达，不能再改派工内容；需要换人请先撤销这一行"), code="wrong_status")
    _check_draft(draft, at=at, keeps=(visit.planned_from, visit.planned_to))
    if visit.technician_id != draft.technician_id:
        raise Refused(_("换师傅请撤销这一行，再添加一行派工"), code="technician", field="technician_id")
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
    return visit


@transaction.atomic
def void(visit_id: int, reason: str, *, by: Actor, at: datetime) -> Visit:
    """Take a dispatch line back, with the reason. Without any line left the order returns to 待派工."""
    by.require(access.ASSIGN)
    if not reason.strip():
        raise Invalid({"reason": _("请填写撤销派工的原因")})
    visit, order = _locked(visit_id, by=by)
    _refuse_if_done(order, _("撤销派工"))
    _void(visit, order, reason, by=by, at=at)
    if (
        order.status == Status.IN_REPAIR
        and not Visit.objects.filter(order=order).exclude(status=VisitStatus.VOID).exists()
    ):
        orders.advance(order, "return_to_dispatch", by=by, at=at)
    _name_technicians(order)
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
    visits = list(
        Visit.objects.select_for_update(of=("self",))
        .filter(order=order)
        .exclude(status=VisitStatus.VOID)
        .select_related("technician")
        .order_by("pk")
    )
    gone = next((visit for visit in visits if visit.status not in _NOT_STARTED), None)
    if gone is not None:
        raise Refused(
            _(
                "{name} 的派工是“{status}”，不能整单退回；请添加一行派工，或只撤销没有出发的行",
                name=gone.technician.name,
                status=VISIT_LABELS[VisitStatus(gone.status)],
            ),
            code="under_way",
        )
    for visit in visits:
        _void(visit, order, reason, by=by, at=at)
    orders.advance(order, "return_to_dispatch", by=by, at=at, reason=reason)
    _name_technicians(order)
    return order


def accept(visit_id: int, *, by: Actor, at: datetime) -> Visit:
    """The technician takes the job. Refused: not his, or already taken back."""
    return _step(visit_id, "accept", "accepted_at", Verb.ACCEPTED, by=by, at=at)


def depart(visit_id: int, *, by: Actor, at: datetime) -> Visit:
    """The technician leaves for the customer."""
    return _step(visit_id, "depart", "departed_at", Verb.DEPARTED, by=by, at=at)


def arrive(visit_id: int, *, by: Actor, at: datetime, happened_at: datetime | None = None) -> Visit:
    """The technician is there; `happened_at` when his phone had no network (compared with nothing of ours)."""
    return _step(visit_id, "arrive", "arrived_at", Verb.ARRIVED, by=by, at=at, happened_at=happened_at)


def leave(visit_id: int, *, by: Actor, at: datetime) -> Visit:
    """The technician leaves the customer."""
    return _step(visit_id, "leave", "left_at", Verb.LEFT, by=by, at=at)


@transaction.atomic
def promise(order_id: int, start: datetime, end: datetime, *, seen: int, by: Actor, at: datetime) -> Promise:
    """Tell the customer a first arrival window. Refused: one stands already (move it with consent instead)."""
    if not (by.may(access.ASSIGN) or by.may(access.CONTACT)):
        raise Forbidden
    order = orders.locked(order_id, seen=seen, by=by)
    _refuse_if_done(order, _("预约"))
    check_window(start, end, at=at)
    if order.promised_from is not None:
        raise Refused(_("已经承诺过上门时间，改约须先征得客户同意"), code="promised")
    return _promise(order, start, end, by=by, at=at)


@transaction.atomic
def move_promise(
    order_id: int,
    start: datetime,
    end: datetime,
    *,
    consent_of: str,
    way: str,
    reason: str,
    seen: int,
    by: Actor,
    at: datetime,
) -> Promise:
    """Move the promised window with the customer's consent (R-071); the first promise stays on record (O-067)."""
    if not (by.may(access.ASSIGN) or by.may(access.CONTACT)):
        raise Forbidden
    order = orders.locked(order_id, seen=seen, by=by)
    _refuse_if_done(order, _("改约"))
    if not consent_of.strip():
        raise Invalid({"consent_of": _("改约要征得客户同意，请填写同意人姓名")})
    if not reason.strip():
        raise Invalid({"reason": _("请填写改约原因")})
    if way not in _WAYS:
        raise Invalid({"way": _("请选择同意方式：签字、电话、短信、当面或链接")})
    check_window(start, end, at=at)
    if order.promised_from is None or order.promised_to is None:
        raise Refused(_("还没有承诺过上门时间，请直接填写预约时间"), code="no_promise")
    old_start, old_end = order.promised_from, order.promised_to
    Promise.objects.filter(order=order, withdrawn_at__isnull=True).update(withdrawn_at=at)
    moved = Promise.objects.create(
        order=order, start=start, end=end, reason=reason[:200], promised_at=at, promised_by_name=by.name[:60]
    )
    orders.record_consent(
        order, to_what="move", subject_id=moved.pk, is_given=True, way=way, name=consent_of, by=by, at=at, remark=reason
    )
    orders.set_promise(order, start, end)
    # Whoever was to come in the old window comes in the new one.
    Visit.objects.filter(order=order, status__in=_NOT_STARTED, planned_from=old_start, planned_to=old_end).update(
        planned_from=start, planned_to=end, version=F("version") + 1
    )
    record(
        Verb.MOVED,
        moved,
        by=by,
        at=at,
        about=order,
        start=start,
        end=end,
        old_start=old_start,
        old_end=old_end,
        reason=reason,
    )
    return moved


@transaction.atomic
def _step(
    visit_id: int, verb: str, stamp: str, event: Verb, *, by: Actor, at: datetime, happened_at: datetime | None = None
) -> Visit:
    visit, order = _locked(visit_id, by=by)
    transition = MACHINE.step(verb, status=VisitStatus(visit.status))
    by.require(transition.permission if access.is_own(by, visit) else access.ASSIGN)
    if verb != "leave" and order.status != Status.IN_REPAIR:
        raise _too_late(order, transition.label)
    visit.status = transition.target
    setattr(visit, stamp, happened_at or at)
    visit.version += 1
    visit.save(update_fields=["status", stamp, "version"])
    record(event, visit, by=by, at=at, about=order, happened_at=happened_at)
    if verb == "arrive" and order.arrived_at is None:
        orders.deposit(order, arrived_at=visit.arrived_at)
    if verb == "leave":
        orders.deposit(order, left_at=visit.left_at)
    return visit


def _refuse_if_done(order: Order, verb: Text) -> None:
    """Lines and promises are for work that is still ahead: those of a finished or filed order stay as they were."""
    if order.status not in _WORK_AHEAD:
        raise _too_late(order, verb)


def _too_late(order: Order, verb: Text) -> Refused:
    return Refused(
        _(
            "工单 {number} 现在是“{status}”，不能再{verb}",
            number=order.number,
            status=orders.status_label(order),
            verb=verb,
        ),
        code="wrong_status",
    )


def _void(visit: Visit, order: Order, reason: str, *, by: Actor, at: datetime) -> None:
    visit.status = MACHINE.step("void", status=VisitStatus(visit.status)).target
    visit.void_reason = reason.strip()[:200]
    visit.version += 1
    visit.save(update_fields=["status", "void_reason", "version"])
    was_there = Visit.objects.filter(order=order, technician=visit.technician_id, status=VisitStatus.LEFT).exists()
    if not was_there:
        orders.end_participant(order, visit.technician_id, "technician", at=at)
    record(Verb.VOIDED, visit, by=by, at=at, about=order, technician=visit.technician.name, reason=visit.void_reason)


def _promise(order: Order, start: datetime, end: datetime, *, by: Actor, at: datetime) -> Promise:
    row = Promise.objects.create(
        order=order, start=start, end=end, is_first=True, promised_at=at, promised_by_name=by.name[:60]
    )
    orders.set_promise(order, start, end)
    record(Verb.PROMISED, row, by=by, at=at, about=order, start=start, end=end)
    return row


def _locked(visit_id: int, *, by: Actor) -> tuple[Visit, Order]:
    """The visit and its order, the order's row locked first."""
    order_id = access.visible_to(by).filter(pk=visit_id).values_list("order_id", flat=True).first()
    if order_id is None:
        if Visit.objects.filter(pk=visit_id).exists():
            raise Forbidden
        raise Missing
    order = orders.locked(order_id, by=by)
    return Visit.objects.select_for_update(of=("self",)).select_related("technician").get(pk=visit_id), order


def _technician(user_id: int, *, by: Actor) -> User:
    found = people.visible_to(by).filter(pk=user_id, is_active=True, roles__is_technician=True).first()
    if found is None:
        raise Invalid({"technician_id": _("请选择一位在岗的师傅")})
    return found


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


def _name_technicians(order: Order) -> None:
    names = (
        Visit.objects.filter(order=order)
        .exclude(status=VisitStatus.VOID)
        .order_by("pk")
        .values_list("technician__name", flat=True)
    )
    orders.deposit(order, technician_names="、".join(dict.fromkeys(names))[:120])


def _shown(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
