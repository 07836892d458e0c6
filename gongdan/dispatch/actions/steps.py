"""The technician's way: accepted, called ahead, set out, delayed, arrived, left; and guidance from afar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.dispatch import access, rules
from gongdan.dispatch.actions import lines
from gongdan.dispatch.events import Verb
from gongdan.dispatch.models import Confirmation, DelayNotice, Promise, Visit
from gongdan.dispatch.queries.visits import ahead_of, early_arrival
from gongdan.dispatch.rules import Confirmed
from gongdan.dispatch.states import (
    LIVE,
    MACHINE,
    NOT_STARTED,
    REMOTE_LABELS,
    TOLD_LABELS,
    RemoteResult,
    Told,
    VisitStatus,
)
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused
from gongdan.kernel.periods import spoken_span
from gongdan.kernel.text import Text, _
from gongdan.orders import access as orders_access
from gongdan.orders import actions as orders
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.states import MODE_LABELS, TO_THE_DOOR, Mode, Status
from gongdan.people.queries import settings_for
from gongdan.quotes.states import WAY_LABELS

REMOTE_FAILED = "remote_failed"
ON_SITE_OR_IN = {"on_site": Mode.ON_SITE, "in_store": Mode.IN_STORE, "mail_in": Mode.MAIL_IN}
SAME_CALL = timedelta(minutes=10)
OF_THE_ORDER = ("address", "symptom")
OF_THE_DEVICE = ("brand_text", "model_text", "serial")


@dataclass(frozen=True, slots=True)
class ConfirmationDraft:
    """What the call before setting out brought.

    `differences` names what is otherwise than it was told: address, symptom, brand_text, model_text, serial (of
    `device_line_id`, or of the first device).
    """

    is_convenient: bool | None = None
    told_at: datetime | None = None
    device_ok: bool = False
    fault_ok: bool = False
    address_ok: bool = False
    differences: Mapping[str, str] = field(default_factory=dict)
    device_line_id: int | None = None
    skipped_reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _EarlyWord:
    """Which customer agreed to an arrival long before his time, "" for nobody, and in which way."""

    name: str
    way: str


def accept(visit_id: int, *, by: Actor, at: datetime) -> Visit:
    """The technician takes the job. Refused: not his, or already taken back."""
    return _step(visit_id, "accept", "accepted_at", Verb.ACCEPTED, by=by, at=at)


def depart(visit_id: int, *, by: Actor, at: datetime) -> Visit:
    """The technician leaves for the customer. Refused: he has not called ahead nor checked the three facts (R-075)."""
    return _step(visit_id, "depart", "departed_at", Verb.DEPARTED, by=by, at=at)


def arrive(
    visit_id: int,
    *,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    agreed_by: str = "",
    agreed_way: str = "phone",
) -> Visit:
    """The technician is there; `happened_at` when his phone had no network.

    The arrival is compared with the promise (R-073). Who never called ahead, and who comes late without having told,
    is let in and flagged. Refused (`early`): long before the promised time, until `agreed_by` says which customer
    agreed to it; what was told in the call ahead, or happened without a network, is not asked about.
    """
    early = _EarlyWord(agreed_by, agreed_way)
    return _step(visit_id, "arrive", "arrived_at", Verb.ARRIVED, by=by, at=at, happened_at=happened_at, early=early)


def leave(visit_id: int, *, by: Actor, at: datetime) -> Visit:
    """The technician leaves the customer."""
    return _step(visit_id, "leave", "left_at", Verb.LEFT, by=by, at=at)


@transaction.atomic
def confirm_before_visit(visit_id: int, draft: ConfirmationDraft, *, by: Actor, at: datetime) -> Confirmation:
    """Keep the call before setting out, or why there was none (R-075), and the three facts (R-076).

    What is different is written to the order at once, and its event keeps the old value. A correction of the same call
    within minutes is not one more call in the log. Refused: neither called nor a reason, a field that is none of the
    three facts, a time of arrival that is over or months away, or the technician has set out already.
    """
    visit, order = lines.locked_visit(visit_id, by=by)
    lines.require_own(visit, by=by)
    if visit.status not in NOT_STARTED or order.status != Status.IN_REPAIR:
        raise Refused(_("师傅已经出发，上门前确认要在出发前做"), code="wrong_status")
    skipped = draft.skipped_reason.strip()[:200]
    if draft.is_convenient is None and not skipped:
        raise Invalid({"is_convenient": _("请填写客户是否方便；没有联系的请写明原因")})
    if draft.told_at is not None:
        _check_told(draft.told_at, at=at)
    before = Confirmation.objects.filter(visit=visit).order_by("-pk").first()
    _write_differences(order, draft, by=by, at=at)
    row = Confirmation.objects.create(
        visit=visit,
        skipped_reason="" if draft.is_convenient is not None else skipped,
        is_convenient=draft.is_convenient,
        told_at=draft.told_at,
        device_ok=draft.device_ok,
        fault_ok=draft.fault_ok,
        address_ok=draft.address_ok,
        note=draft.note.strip()[:200],
        at=at,
        by_name=by.name[:60],
    )
    if row.skipped_reason:
        record(Verb.CALL_SKIPPED, row, by=by, at=at, about=order, reason=row.skipped_reason)
    else:
        ticked = [3 - len(_as_rule(row).unticked), 3]
        record(
            Verb.CONFIRMED, row, by=by, at=at, about=order,
            convenient=_("方便") if row.is_convenient else _("不方便"), ticked=f"{ticked[0]}/{ticked[1]}",
        )  # fmt: skip
        if before is None or not _is_same_call(before, row):
            orders.log_contact(
                order.pk, purpose="appointment", result="reached", note=f"上门前确认 {row.note}".strip(),
                by=lines.entitled(by, access.CONTACT), at=at,
            )  # fmt: skip
    return row


@transaction.atomic
def report_delay(
    visit_id: int, reason: str, *, told_how: str, new_estimate: datetime, by: Actor, at: datetime
) -> DelayNotice:
    """The customer was told that somebody comes late, before the window ended (R-074).

    A telephone call is kept in the log of calls too. Refused: no window, or it is over already (then it stays flagged).
    """
    visit, order = lines.locked_visit(visit_id, by=by)
    if not by.may(access.CONTACT):
        lines.require_own(visit, by=by)
    if visit.status not in LIVE or visit.status == VisitStatus.ON_SITE:
        raise Refused(_("师傅已到达或这一行已撤销，不用再告知晚到"), code="wrong_status")
    end = _window_end(visit, order)
    if end is None:
        raise Refused(_("这一行没有约定时间，不用告知晚到"), code="no_promise")
    errors: dict[str, Text] = {}
    if not reason.strip():
        errors["reason"] = _("请填写晚到的原因")
    if told_how not in TOLD_LABELS:
        errors["told_how"] = _("请选择怎样告知客户的：电话、短信或当面")
    if new_estimate <= at:
        errors["new_estimate"] = _("预计到达时间要晚于现在")
    if errors:
        raise Invalid(errors)
    if at > end:
        raise Refused(_("约定时间 {end:time} 已过，不算事先告知；请致电客户致歉并记下联系", end=end), code="too_late")
    row = DelayNotice.objects.create(
        visit=visit,
        reason=reason.strip()[:200],
        told_how=told_how,
        new_estimate=new_estimate,
        at=at,
        by_name=by.name[:60],
    )
    if told_how == Told.PHONE:
        orders.log_contact(
            order.pk, purpose="appointment", result="reached", note=f"告知会晚到：{row.reason}",
            by=lines.entitled(by, access.CONTACT), at=at,
        )  # fmt: skip
    record(
        Verb.DELAY_REPORTED, row, by=by, at=at, about=order,
        estimate=new_estimate, how=TOLD_LABELS[Told(told_how)], reason=row.reason,
    )  # fmt: skip
    return row


@transaction.atomic
def record_remote(visit_id: int, result: str, *, then: str = "", note: str = "", by: Actor, at: datetime) -> Visit:
    """How remote guidance ended (R-085). A failed one needs 上门 or 送修 (`then`) before anything can be closed.

    Solved without anybody having been there, the order is remote and costs no travel. Refused: a line that is not
    remote, or one that is over.
    """
    visit, order = lines.locked_visit(visit_id, by=by)
    lines.require_own(visit, by=by)
    if not visit.is_remote:
        raise Refused(_("这一行不是远程指导，请登记到达和离开"), code="not_remote")
    if visit.status not in LIVE or order.status != Status.IN_REPAIR:
        raise Refused(_("这次远程指导已有结果或已撤销"), code="wrong_status")
    if result not in REMOTE_LABELS:
        raise Invalid({"result": _("请选择远程已解决或未解决")})
    if then and then not in ON_SITE_OR_IN:
        raise Invalid({"then": _("请选择改为上门、送修到店或寄修")})
    visit.status, visit.remote_result, visit.left_at = VisitStatus.LEFT, result, at
    visit.remark = (note.strip() or visit.remark)[:200]
    visit.version += 1
    visit.save(update_fields=["status", "remote_result", "left_at", "remark", "version"])
    lines.note_taken_over(visit, at=at)
    record(Verb.REMOTE_RESULT, visit, by=by, at=at, about=order, result=REMOTE_LABELS[RemoteResult(result)])
    if result == RemoteResult.SOLVED:
        if order.arrived_at is None and order.mode in TO_THE_DOOR:
            _set_mode(order, Mode.REMOTE, by=by, at=at)
    elif then:
        _choose(order, then, by=by, at=at)
    else:
        orders.place_hold(
            order, "close", _("远程未解决，请先选择改为上门还是送修，再继续"), code=REMOTE_FAILED, by=by, at=at
        )
    return visit


@transaction.atomic
def choose_after_remote(order_id: int, then: str, *, seen: int, by: Actor, at: datetime) -> Order:
    """上门 or 送修 after remote guidance failed: the order changes its mode. Refused: nothing is to be chosen."""
    order = orders.locked(order_id, seen=seen, by=by)
    own = Visit.objects.filter(order=order, technician=by.id, remote_result=RemoteResult.FAILED).exists()
    if not by.may(access.ASSIGN) and not own:
        raise Forbidden
    if then not in ON_SITE_OR_IN:
        raise Invalid({"then": _("请选择改为上门、送修到店或寄修")})
    if not order.holds.filter(code=REMOTE_FAILED, released_at__isnull=True).exists():
        raise Refused(_("没有等待选择的远程指导，可能同事已经选过"), code="not_waiting")
    _choose(order, then, by=by, at=at)
    return order


def _choose(order: Order, then: str, *, by: Actor, at: datetime) -> None:
    mode = ON_SITE_OR_IN[then]
    _set_mode(order, mode, by=by, at=at)
    orders.release_hold_of(order, REMOTE_FAILED, by=by, at=at)
    record(Verb.MODE_CHOSEN, order, by=by, at=at, mode=MODE_LABELS[mode])


def _set_mode(order: Order, mode: Mode, *, by: Actor, at: datetime) -> None:
    if order.mode == mode:
        return
    edited = orders.edit(
        order.pk, seen=order.version, changes={"mode": mode}, by=lines.entitled(by, orders_access.EDIT), at=at
    )
    order.mode, order.version = edited.mode, edited.version


@transaction.atomic
def _step(
    visit_id: int,
    verb: str,
    stamp: str,
    event: Verb,
    *,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    early: _EarlyWord | None = None,
) -> Visit:
    visit, order = lines.locked_visit(visit_id, by=by)
    transition = MACHINE.step(verb, status=VisitStatus(visit.status))
    by.require(transition.permission if access.is_own(by, visit) else access.ASSIGN)
    if verb != "leave" and order.status != Status.IN_REPAIR:
        raise lines.too_late(order, transition.label)
    missing = _missing_before(visit, order) if verb in ("depart", "arrive") else None
    if verb == "depart" and missing is not None:
        raise missing
    found = _early(visit, order, early, happened_at=happened_at, at=at) if early is not None else None
    came_straight = verb == "arrive" and visit.status in NOT_STARTED
    visit.status = transition.target
    setattr(visit, stamp, happened_at or at)
    visit.version += 1
    columns = ["status", stamp, "version"]
    if came_straight and missing is not None:
        visit.is_unconfirmed = True
        columns.append("is_unconfirmed")
    visit.save(update_fields=columns)
    record(event, visit, by=by, at=at, about=order, happened_at=happened_at)
    if verb != "leave":
        lines.note_taken_over(visit, at=at)
    if found is not None and early is not None:
        _note_early(visit, order, found, early, by=by, at=at)
    if verb == "arrive":
        _arrived(visit, order, when=min(happened_at or at, at), by=by, at=at)
    if verb == "leave" and not visit.is_remote:
        orders.deposit(order, left_at=visit.left_at)
    return visit


def _early(
    visit: Visit, order: Order, word: _EarlyWord, *, happened_at: datetime | None, at: datetime
) -> rules.Early | None:
    """How early he is, if that is to be kept. Refused: nobody agreed to it, and it is happening now."""
    ahead = ahead_of([visit.pk]).get(visit.pk)
    found = early_arrival(visit, order, ahead, when=min(happened_at or at, at))
    if found is not None and happened_at is None and not word.name.strip():
        raise Refused(found.sentence, code="early", field="agreed_by")
    return found


def _note_early(visit: Visit, order: Order, found: rules.Early, word: _EarlyWord, *, by: Actor, at: datetime) -> None:
    """Keep which customer agreed to an early arrival, or that nobody was asked."""
    span = spoken_span(found.by)
    if not word.name.strip():
        record(
            Verb.EARLY_UNASKED, visit, by=by, at=at, about=order,
            technician=visit.technician.name, start=found.start, span=span,
        )  # fmt: skip
        return
    row = orders.record_consent(
        order, to_what="early", subject_id=visit.pk, is_given=True, way=word.way, name=word.name, by=by, at=at
    )
    how = _("（{way}）", way=WAY_LABELS[row.way])
    record(Verb.EARLY_AGREED, visit, by=by, at=at, about=order, name=row.name, how=how, start=found.start, span=span)


def _arrived(visit: Visit, order: Order, *, when: datetime, by: Actor, at: datetime) -> None:
    """Compare the first arrival with what was promised; keep who came unannounced."""
    if visit.is_unconfirmed:
        record(Verb.UNCONFIRMED, visit, by=by, at=at, about=order, technician=visit.technician.name)
    if visit.is_remote or order.arrived_at is not None:
        return
    end = _window_end(visit, order)
    Promise.objects.filter(order=order, withdrawn_at__isnull=True, kept__isnull=True).update(
        kept=end is None or when <= end
    )
    is_late = end is not None and when > end and order.mode in TO_THE_DOOR
    if end is not None and is_late and not DelayNotice.objects.filter(visit__order=order, at__lte=end).exists():
        visit.is_late_unannounced = True
        visit.save(update_fields=["is_late_unannounced"])
        late = int((when - end) / timedelta(minutes=1))
        record(Verb.LATE_UNANNOUNCED, visit, by=by, at=at, about=order, technician=visit.technician.name, minutes=late)
    orders.deposit(order, arrived_at=visit.arrived_at)


def _window_end(visit: Visit, order: Order) -> datetime | None:
    return order.promised_to or visit.planned_to


def _missing_before(visit: Visit, order: Order) -> Refused | None:
    """What stands against setting out; nothing where nobody travels."""
    if visit.is_remote or order.mode not in TO_THE_DOOR:
        return None
    settings = settings_for(order.site_id)
    last = Confirmation.objects.filter(visit=visit).order_by("-pk").first()
    return rules.stands_against_leaving(
        _as_rule(last) if last else None, calls=settings.of(rules.CALL_AHEAD), facts=settings.of(rules.THREE_FACTS)
    )


def _as_rule(row: Confirmation) -> Confirmed:
    return Confirmed(row.skipped_reason, row.is_convenient, row.device_ok, row.fault_ok, row.address_ok)


def _check_told(told_at: datetime, *, at: datetime) -> None:
    if told_at < at - timedelta(minutes=1):
        raise Invalid({"told_at": _("告诉客户的到达时间已经过去，请填写之后的时间")})
    if told_at - at > rules.FURTHEST:
        raise Invalid({"told_at": _("上门时间最远可约 90 天，请检查日期")})


def _is_same_call(before: Confirmation, row: Confirmation) -> bool:
    """Whether what was typed anew only corrects the call before it."""
    said_alike = not before.skipped_reason and before.is_convenient == row.is_convenient
    return said_alike and before.by_name == row.by_name and row.at - before.at < SAME_CALL


def _write_differences(order: Order, draft: ConfirmationDraft, *, by: Actor, at: datetime) -> None:
    """What the customer says otherwise reaches the order; its events keep what was told before."""
    unknown = draft.differences.keys() - {*OF_THE_ORDER, *OF_THE_DEVICE}
    if unknown:
        raise Invalid({"differences": _("只能更正设备、故障和地址")})
    entitled = lines.entitled(by, orders_access.EDIT)
    told = {name: value.strip() for name, value in draft.differences.items() if value.strip()}
    for_order = {name: told[name] for name in OF_THE_ORDER if name in told}
    if for_order:
        edited = orders.edit(order.pk, seen=order.version, changes=for_order, by=entitled, at=at)
        order.version = edited.version
    for_device = {name: told[name] for name in OF_THE_DEVICE if name in told}
    if not for_device:
        return
    rows = DeviceLine.objects.filter(order=order).order_by("position")
    line = (rows.filter(pk=draft.device_line_id) if draft.device_line_id else rows).first()
    if line is None:
        raise Invalid({"device_line_id": _("这张工单没有登记设备，请在工单里添加设备")})
    orders.edit_device_line(line.pk, changes=for_device, seen=order.version, by=entitled, at=at)
