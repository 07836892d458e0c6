"""The promised window: told, moved with consent, kept by handing the order on, or brought to the supervisor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.dispatch import access, rules
from gongdan.dispatch.actions import lines
from gongdan.dispatch.actions.lines import WAYS, LinesSeen
from gongdan.dispatch.events import Verb
from gongdan.dispatch.models import Promise, Transfer, Visit
from gongdan.dispatch.rules import Window, check_window, comes_for, whole
from gongdan.dispatch.states import LIVE, NOT_THERE, Method, VisitStatus
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import actions as orders
from gongdan.orders.models import Consent, Order
from gongdan.orders.states import Mode, Source, Status
from gongdan.people.queries import settings_for
from gongdan.quotes import queries as quotes

COORDINATE = "coordinate"
OUTCOMES = {"offer": _("客户同意新的时间"), "go": _("有师傅能去"), "cancel": _("客户不修了，取消工单")}


@dataclass(frozen=True, slots=True)
class MoveDraft:
    """Another window as it was put to the customer: why, by whom it is needed, and what he said to it."""

    start: datetime
    end: datetime
    consent_of: str
    reason: str
    way: str = "phone"
    moved_by: str = Promise.MovedBy.US
    apology_made: bool = False


@transaction.atomic
def promise(
    order_id: int,
    start: datetime,
    end: datetime,
    *,
    seen: int,
    by: Actor,
    at: datetime,
    confirm_conflict: bool = False,
) -> Promise:
    """Tell the customer a first arrival window; whoever is on the order comes in it.

    Refused: one stands already (move it with consent instead); and, until `confirm_conflict` says that it is meant, a
    window in which the technician has another visit.
    """
    by.require_any((access.ASSIGN, access.CONTACT))
    order = orders.locked(order_id, seen=seen, by=by)
    lines.refuse_if_done(order, _("预约"))
    check_window(start, end, at=at)
    if order.promised_from is not None:
        raise Refused(_("已经承诺过上门时间，改约须先征得客户同意"), code="promised")
    return first_promise(order, start, end, by=by, at=at, is_meant=confirm_conflict)


@transaction.atomic
def move_promise(
    order_id: int,
    start: datetime,
    end: datetime,
    *,
    consent: str,
    consent_of: str,
    way: str,
    reason: str,
    moved_by: str = Promise.MovedBy.US,
    apology_made: bool = False,
    seen: int,
    by: Actor,
    at: datetime,
    confirm_conflict: bool = False,
    lines_seen: LinesSeen | None = None,
) -> Promise:
    """Move the promised window (R-071); the first promise stays on record (O-067). Whoever comes for it moves along.

    Refused without the customer's consent (`consent` is not "yes": then `refuse_move` keeps his time), without an
    apology where it is we who move, once more than the setting allows without `dispatch.approve_move`, a maker's order
    whose old window is over, as `promise` where the technician has another visit, and a line that is no longer as
    `lines_seen` says.
    """
    by.require_any((access.ASSIGN, access.CONTACT))
    order = orders.locked(order_id, seen=seen, by=by)
    lines.refuse_if_done(order, _("改约"))
    if consent != "yes":
        said = (
            _("客户不同意就保持原来的时间，请转给能按时到的师傅")
            if consent == "no"
            else _("请先问客户是否同意；客户同意后才能改约")
        )
        raise Invalid({"consent": said})
    lines.refuse_if_changed(order, lines_seen)
    draft = MoveDraft(start, end, consent_of, reason, way, moved_by, apology_made)
    return _move(order, draft, by=by, at=at, is_meant=confirm_conflict)


@transaction.atomic
def refuse_move(
    order_id: int,
    draft: MoveDraft,
    *,
    to_id: int | None = None,
    from_id: int | None = None,
    seen: int,
    by: Actor,
    at: datetime,
    confirm_conflict: bool = False,
    lines_seen: LinesSeen | None = None,
) -> Transfer | None:
    """The customer does not agree: his time stays, and the order goes to `to_id`, or to 待协调 where nobody is free.

    `from_id` gives the order away (the actor himself, or the only one on it, if it is not said). The answer is the
    transfer, or None where the supervisor must help. Refused: as `transfer` and `to_coordinate`.
    """
    by.require_any((access.ASSIGN, access.CONTACT))
    order = orders.locked(order_id, seen=seen, by=by)
    lines.refuse_if_done(order, _("改约"))
    lines.refuse_if_changed(order, lines_seen)
    _check_said(draft, order, is_agreed=False)
    if order.promised_from is None:
        raise Refused(_("还没有承诺过上门时间，请直接填写预约时间"), code="no_promise")
    row = Promise.objects.create(
        order=order,
        start=draft.start,
        end=draft.end,
        reason=draft.reason.strip()[:200],
        moved_by=draft.moved_by,
        apology_made=draft.apology_made,
        is_agreed=False,
        promised_at=at,
        promised_by_name=by.name[:60],
        withdrawn_at=at,
    )
    _consent(order, row, draft, by=by, at=at)
    record(
        Verb.MOVE_REFUSED,
        row,
        by=by,
        at=at,
        about=order,
        start=draft.start,
        end=draft.end,
        name=draft.consent_of.strip()[:60],
        reason=row.reason,
    )
    if to_id is None:
        _to_coordinate(order, row.reason, by=by, at=at)
        return None
    giver = _giver(order, from_id, lines_seen, by=by)
    return _transfer(order, giver, to_id, reason=row.reason, by=by, at=at, is_meant=confirm_conflict)


@transaction.atomic
def transfer(
    order_id: int,
    *,
    from_id: int,
    to_id: int,
    reason: str,
    seen: int,
    by: Actor,
    at: datetime,
    confirm_conflict: bool = False,
    lines_seen: LinesSeen | None = None,
) -> Transfer:
    """Hand the order from one technician to another; the customer keeps his time (R-072).

    It leaves the giver's list and enters the taker's. A technician may hand on his own. Refused: no reason, the giver
    is there already or not on the order, the taker is on it; a line that is no longer as `lines_seen` says, and a giver
    on his way whom it does not know; and, until `confirm_conflict` says that it is meant, a taker whose other visit is
    at that time.
    """
    order = orders.locked(order_id, seen=seen, by=by)
    lines.refuse_if_done(order, _("转派"))
    if not reason.strip():
        raise Invalid({"reason": _("请填写转派的原因")})
    lines.refuse_if_changed(order, lines_seen)
    giver = _giver(order, from_id, lines_seen, by=by)
    return _transfer(order, giver, to_id, reason=reason.strip()[:200], by=by, at=at, is_meant=confirm_conflict)


@transaction.atomic
def to_coordinate(order_id: int, reason: str, *, seen: int, by: Actor, at: datetime) -> Order:
    """待协调: nobody is free, the supervisor must offer another time or cancel, within minutes (O-067).

    Lines that are not begun are taken back. Refused: somebody has set out or is there, or it waits for him already.
    """
    order = orders.locked(order_id, seen=seen, by=by)
    if not reason.strip():
        raise Invalid({"reason": _("请填写为什么没有师傅能去")})
    _to_coordinate(order, reason.strip()[:200], by=by, at=at)
    return order


@transaction.atomic
def settle_coordination(
    order_id: int,
    outcome: str,
    *,
    draft: MoveDraft | None = None,
    reason: str = "",
    seen: int,
    by: Actor,
    at: datetime,
) -> Order:
    """The supervisor's way out: another time that the customer accepted, somebody can go after all, or cancelled.

    Refused: not in 待协调; `offer` without window and consent; `cancel` without a reason.
    """
    by.require(access.APPROVE_MOVE)
    order = orders.locked(order_id, seen=seen, by=by)
    if outcome not in OUTCOMES:
        raise Invalid({"outcome": _("请选择怎样处理")})
    if outcome == "offer":
        if draft is None:
            raise Invalid({"start": _("请填写客户同意的新时间")})
        if order.promised_from is None:
            _check_said(draft, order)
            check_window(draft.start, draft.end, at=at)
            row = first_promise(order, draft.start, draft.end, by=by, at=at, is_meant=False)
            _consent(order, row, draft, by=by, at=at)
        else:
            _move(order, draft, by=by, at=at, is_meant=False)
    if not orders.release_hold_of(order, COORDINATE, by=by, at=at):
        raise Refused(_("这张工单不在待协调，可能已由同事处理"), code="not_waiting")
    record(Verb.COORDINATED, order, by=by, at=at, outcome=OUTCOMES[outcome])
    if outcome == "cancel":
        return orders.cancel(order.pk, reason, seen=order.version, by=by, at=at)
    return order


@transaction.atomic
def agree_express(order_id: int, *, name: str, way: str, seen: int, by: Actor, at: datetime) -> Consent:
    """The customer agreed to the surcharge of 极速上门: from this moment the hour counts (R-089).

    The sum is the book's as it stands now. Refused: another mode, agreed already, nobody who agreed.
    """
    by.require_any((access.ASSIGN, access.CONTACT))
    order = orders.locked(order_id, seen=seen, by=by)
    lines.refuse_if_done(order, _("约定极速上门"))
    if order.mode != Mode.EXPRESS:
        raise Refused(_("这张工单不是极速上门，请先修改服务方式"), code="wrong_mode")
    if order.consents.filter(to_what="express", is_given=True).exists():
        raise Refused(_("客户已同意过极速加价，计时已经开始"), code="agreed")
    row = orders.record_consent(
        order, to_what="express", is_given=True, way=way, name=name, fen=quotes.express_fee(order, at=at), by=by, at=at
    )
    record(Verb.EXPRESS_AGREED, row, by=by, at=at, about=order, name=row.name, fen=row.fen or 0)
    return row


def first_promise(order: Order, start: datetime, end: datetime, *, by: Actor, at: datetime, is_meant: bool) -> Promise:
    """The first window that the customer is told. Refused as `promise` unless a conflict `is_meant`."""
    _plan(order, (start, end), is_meant=is_meant, by=by, at=at)
    row = Promise.objects.create(
        order=order,
        start=start,
        end=end,
        is_first=True,
        counts_as_first=True,
        promised_at=at,
        promised_by_name=by.name[:60],
    )
    orders.set_promise(order, start, end)
    record(Verb.PROMISED, row, by=by, at=at, about=order, start=start, end=end)
    return row


def _plan(
    order: Order,
    window: Window,
    *,
    old: Window | None = None,
    is_meant: bool,
    by: Actor,
    at: datetime,
) -> None:
    """Whoever comes for a promise is busy in its window: the one open visit, or those without a window or of the old one.

    Refused: he has another visit then, until somebody says that it is meant.
    """
    rows = list(
        Visit.objects.select_for_update(of=("self",))
        .filter(order=order, status__in=NOT_THERE, is_remote=False)
        .select_related("technician")
        .order_by("pk")
    )
    for visit in rows:
        planned = whole(visit.planned_from, visit.planned_to)
        if planned == window or not comes_for(planned, old, is_alone=len(rows) == 1):
            continue
        number = lines.in_the_way(visit.technician, order, window, is_remote=False, is_meant=is_meant)
        visit.planned_from, visit.planned_to = window
        visit.version += 1
        visit.save(update_fields=["planned_from", "planned_to", "version"])
        lines.note_conflict(visit, order, number, by=by, at=at)


def _move(order: Order, draft: MoveDraft, *, by: Actor, at: datetime, is_meant: bool) -> Promise:
    """The customer agreed to another window."""
    _check_said(draft, order)
    check_window(draft.start, draft.end, at=at)
    if order.promised_from is None or order.promised_to is None:
        raise Refused(_("还没有承诺过上门时间，请直接填写预约时间"), code="no_promise")
    _check_may_move(order, draft, by=by, at=at)
    old_start, old_end = order.promised_from, order.promised_to
    _plan(order, (draft.start, draft.end), old=(old_start, old_end), is_meant=is_meant, by=by, at=at)
    standing = Promise.objects.filter(order=order, withdrawn_at__isnull=True)
    was_first = any(row.counts_as_first for row in standing)
    is_ours = draft.moved_by == Promise.MovedBy.US
    if is_ours:
        standing.filter(counts_as_first=True, kept__isnull=True).update(kept=False)
    standing.update(withdrawn_at=at)
    moved = Promise.objects.create(
        order=order,
        start=draft.start,
        end=draft.end,
        counts_as_first=was_first and not is_ours,
        moved_by=draft.moved_by,
        reason=draft.reason.strip()[:200],
        apology_made=draft.apology_made,
        promised_at=at,
        promised_by_name=by.name[:60],
    )
    _consent(order, moved, draft, by=by, at=at)
    orders.set_promise(order, draft.start, draft.end)
    record(
        Verb.MOVED,
        moved,
        by=by,
        at=at,
        about=order,
        start=draft.start,
        end=draft.end,
        old_start=old_start,
        old_end=old_end,
        reason=moved.reason,
        moved_by=draft.moved_by,
        apology_made=draft.apology_made,
    )
    return moved


def _check_said(draft: MoveDraft, order: Order, *, is_agreed: bool = True) -> None:
    errors: dict[str, Text] = {}
    if not draft.consent_of.strip():
        errors["consent_of"] = (
            _("改约要征得客户同意，请填写同意人姓名") if is_agreed else _("请填写不同意改约的客户姓名")
        )
    if not draft.reason.strip():
        errors["reason"] = _("请填写改约原因")
    if draft.way not in WAYS:
        errors["way"] = _("请选择同意方式：签字、电话、短信、当面或链接")
    if draft.moved_by not in Promise.MovedBy.values:
        errors["moved_by"] = _("请选择是我方改约还是客户要求改约")
    elif _lacks_apology(draft, order):
        errors["apology_made"] = _("因我方原因改约，请先向客户致歉并勾选“已致歉”")
    if errors:
        raise Invalid(errors)
    if draft.end <= draft.start:
        raise Refused(_("上门时间的结束要晚于开始，请重新选择时间段"), code="window", field="planned_to")


def _lacks_apology(draft: MoveDraft, order: Order) -> bool:
    is_ours = draft.moved_by == Promise.MovedBy.US and not draft.apology_made
    return is_ours and settings_for(order.site_id).of(rules.APOLOGY_NEEDED)


def _check_may_move(order: Order, draft: MoveDraft, *, by: Actor, at: datetime) -> None:
    """Refused without the supervisor: once too often by us, or a maker's order after its old window (O-067)."""
    if by.may(access.APPROVE_MOVE):
        return
    if order.source == Source.MAKER and order.promised_to is not None and at >= order.promised_to:
        raise Refused(
            _("厂家派的工单要在原约定时间结束前改约，现在已经过了，请主管处理"), code="too_late", field="planned_from"
        )
    if draft.moved_by != Promise.MovedBy.US:
        return
    most = settings_for(order.site_id).of(rules.MOVES_BY_US)
    done = Promise.objects.filter(order=order, moved_by=Promise.MovedBy.US, is_agreed=True).count()
    if done >= most:
        raise Refused(
            _("因我方原因已改约 {done} 次，再改要请主管批准；也可以转给能按时到的师傅", done=done), code="moves"
        )


def _consent(order: Order, row: Promise, draft: MoveDraft, *, by: Actor, at: datetime) -> None:
    orders.record_consent(
        order,
        to_what="move",
        subject_id=row.pk,
        is_given=row.is_agreed,
        way=draft.way,
        name=draft.consent_of,
        by=by,
        at=at,
        remark=draft.reason,
    )


def _giver(order: Order, from_id: int | None, lines_seen: LinesSeen | None, *, by: Actor) -> Visit:
    """The line that is handed on: of this technician, else the actor's own, else the only one.

    Who is on his way is called back only by somebody who has seen that he is.
    """
    rows = list(
        Visit.objects.select_for_update(of=("self",))
        .filter(order=order, status__in=LIVE)
        .select_related("technician")
        .order_by("pk")
    )
    own = from_id if from_id is not None else by.id if by.kind == "technician" else None
    chosen = [row for row in rows if own is None or row.technician_id == own]
    if not chosen:
        raise Refused(_("这位师傅现在不在这张工单的派工中，请刷新后再试"), code="not_on_it", field="from_id")
    if len(chosen) > 1:
        raise Invalid({"from_id": _("这张工单有几位师傅，请选择由谁转出")})
    visit = chosen[0]
    if not access.is_own(by, visit):
        by.require(access.ASSIGN)
    if visit.status == VisitStatus.ON_SITE:
        raise Refused(_("{name} 已到达现场，不能转派", name=visit.technician.name), code="wrong_status")
    if visit.status == VisitStatus.UNDER_WAY and visit.pk not in (lines_seen or {}):
        raise Refused(_("{name} 已经出发，请核对后再转派", name=visit.technician.name), code="under_way")
    return visit


def _transfer(
    order: Order, visit: Visit, to_id: int, *, reason: str, by: Actor, at: datetime, is_meant: bool
) -> Transfer:
    taker = lines.colleague(to_id, order)
    lines.refuse_if_on_it(order, taker)
    window = lines.window_of(order, (visit.planned_from, visit.planned_to), is_remote=visit.is_remote, at=at)
    number = lines.in_the_way(taker, order, window, is_remote=visit.is_remote, is_meant=is_meant)
    taken = Visit.objects.create(
        order=order,
        technician=taker,
        task=visit.task,
        method=Method.SYSTEM,
        is_remote=visit.is_remote,
        planned_from=window[0],
        planned_to=window[1],
        remark=visit.remark,
        dispatched_at=at,
        dispatched_by_id=by.id,
    )
    orders.add_participant(order, taker.pk, "technician", at=at)
    row = Transfer.objects.create(
        order=order, giver=visit.technician, taker=taker, visit=taken, reason=reason, at=at, by_name=by.name[:60]
    )
    record(
        Verb.TRANSFERRED, row, by=by, at=at, about=order,
        giver=visit.technician.name, taker=taker.name, reason=reason,
    )  # fmt: skip
    lines.note_conflict(taken, order, number, by=by, at=at)
    lines.take_back(visit, order, f"转给 {taker.name}：{reason}", by=by, at=at)
    lines.name_technicians(order)
    return row


def _to_coordinate(order: Order, reason: str, *, by: Actor, at: datetime) -> None:
    if order.status not in (Status.TO_DISPATCH, Status.IN_REPAIR):
        raise lines.too_late(order, _("转待协调"))
    visits = lines.lines_to_take_back(order, _("转待协调"))
    if not by.may(access.ASSIGN) and not any(access.is_own(by, visit) for visit in visits):
        raise Forbidden
    if order.holds.filter(code=COORDINATE, released_at__isnull=True).exists():
        raise Refused(_("这张工单已在待协调，请等主管处理"), code="waiting")
    for visit in visits:
        lines.take_back(visit, order, reason, by=by, at=at)
    lines.withdraw_offer(order, by=by, at=at)
    if order.status == Status.IN_REPAIR:
        orders.advance(order, "return_to_dispatch", by=lines.entitled(by, access.ASSIGN), at=at)
    lines.name_technicians(order)
    due = at + timedelta(minutes=settings_for(order.site_id).of(rules.COORDINATE_MINUTES))
    orders.place_hold(
        order,
        "dispatch",
        _("待协调：{reason}；请主管与客户商定时间、找到能去的师傅，或取消工单", reason=reason),
        code=COORDINATE,
        by=by,
        at=at,
    )
    record(Verb.TO_COORDINATE, order, by=by, at=at, reason=reason, due=due)
