"""What the floors above do to an order: they lock it, move it, and deposit what lists and `visible_to` must know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.customers import actions as customers
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import access, rules
from gongdan.orders.events import Verb
from gongdan.orders.models import Consent, DeviceLine, Hold, Order, Participant
from gongdan.orders.states import FLOW_OF, MACHINE, STATUS_LABELS, Flow, Status

DERIVED = frozenset(
    {
        "technician_names",
        "device_text",
        "quote_state",
        "money_state",
        "due_fen",
        "result",
        "repair_label",
        "team_name",
        "wasted_trips",
        "hold_code",
        "chased",
        "last_chased_at",
        "finished_at",
        "settled_at",
        "promised_from",
        "promised_to",
        "arrived_at",
        "left_at",
    }
)

_EVENTS: Mapping[str, Verb] = {
    "choose_inquiry": Verb.INQUIRY_CHOSEN,
    "choose_complaint": Verb.COMPLAINT_CHOSEN,
    "choose_repair": Verb.REPAIR_CHOSEN,
    "close_answered": Verb.ANSWERED_CLOSED,
    "finish_complaint": Verb.COMPLAINT_HANDLED,
    "reopen_complaint": Verb.COMPLAINT_REOPENED,
    "solve_by_phone": Verb.SOLVED_BY_PHONE,
    "start_repair": Verb.REPAIR_STARTED,
    "return_to_dispatch": Verb.RETURNED,
    "finish_repair": Verb.REPAIR_FINISHED,
    "reopen_repair": Verb.REPAIR_REOPENED,
    "settle": Verb.SETTLED,
    "reverse": Verb.REVERSED,
    "close": Verb.CLOSED,
    "reopen": Verb.REOPENED,
    "cancel": Verb.CANCELLED,
}

_OTHER_FLOW: Mapping[Flow, Text] = {
    Flow.REPAIR: _("这张工单没有走维修流程，需要维修请点“转维修”另开维修单"),
    Flow.INQUIRY: _("这张工单不是咨询单；投诉请填写责任、处理和结果后点“处理完毕”"),
    Flow.COMPLAINT: _("这张工单不是投诉单；客户要投诉请点“登记投诉”另开投诉单"),
}


def locked(order_id: int, *, seen: int | None = None, by: Actor | None = None) -> Order:
    """The order, its row locked until the transaction ends: call it first, read every guard after it.

    With `by` it must be visible to this actor (Missing, Forbidden); with `seen` nobody may have saved since (Stale).
    Refused: an imported past order, which is read-only.
    """
    rows = Order.objects.filter(is_visible=True) if by is None else access.visible_to(by)
    order = rows.select_for_update(of=("self",)).filter(pk=order_id).first()
    if order is None:
        raise access.refusal_for(Order.objects.filter(pk=order_id, is_visible=True).exists(), by=by)
    if order.is_historic:
        raise Refused(_("这是导入的历史工单，只供查阅，不能办理"), code="historic")
    if seen is not None and order.version != seen:
        raise stale(order, seen)
    return order


def staff_id(actor: Actor) -> int | None:
    """The actor as a member of staff, for columns that name one; None for a customer's link or the system."""
    return actor.id if actor.kind in ("staff", "technician") else None


def status_label(order: Order) -> Text:
    """The order's status in words."""
    return STATUS_LABELS[Status(order.status)]


def advance(order: Order, verb: str, *, by: Actor, at: datetime, reason: str = "", **facts: Any) -> Order:
    """Move a locked order along the table of transitions: permission, status, reason, new version, event.

    Refused: this verb does not leave this status, a reason is missing, or the actor may not.
    """
    return move(order, verb, by=by, at=at, reason=reason, facts=facts)


def move(
    order: Order,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    changed: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Order:
    """As `advance`; writes further columns of the order in the same statement."""
    if order.status == Status.CANCELLED:
        label = MACHINE.transition(verb).label
        raise Refused(_("当前状态是“已取消”，不能{verb}；需要时请重新登记", verb=label), code="wrong_status")
    transition = MACHINE.step(verb, status=Status(order.status), but_not=other_flows(order.flow))
    by.require(transition.permission)
    reason = reason.strip()[:200]
    if transition.needs_reason and not reason:
        raise Invalid({"reason": _("请填写{verb}的原因", verb=transition.label)})
    if (flow := FLOW_OF.get(verb, order.flow)) != order.flow:
        raise Refused(_OTHER_FLOW[Flow(flow)], code="wrong_flow")
    columns = dict(changed or {})
    columns["status"] = transition.target
    if transition.target is Status.CLOSED:
        columns["closed_at"] = at
    elif order.status == Status.CLOSED:
        columns["closed_at"] = None
    before = order.status
    columns["version"] = order.version + 1
    for name, value in columns.items():
        setattr(order, name, value)
    order.save(update_fields=list(columns))
    told: dict[str, Any] = {"reason": reason} if reason else {}
    record(_EVENTS[verb], order, by=by, at=at, status=[before, transition.target.value], **told, **(facts or {}))
    return order


def other_flows(flow: str) -> frozenset[str]:
    """The verbs that an order of this flow never comes by, and the one that chose it."""
    return frozenset(verb for verb, own in FLOW_OF.items() if own != flow) | {f"choose_{flow}"}


def deposit(order: Order, **derived: Any) -> None:
    """Store what is derived from rows of the floors above, for lists and pages. Never raises the version."""
    unknown = derived.keys() - DERIVED
    assert not unknown, f"not a derived field: {sorted(unknown)}"
    differs = {name: value for name, value in derived.items() if getattr(order, name) != value}
    for name, value in differs.items():
        setattr(order, name, value)
    if differs:
        order.save(update_fields=list(differs))


def deposit_line(line: DeviceLine, **derived: Any) -> None:
    """Store on a device line what the floors above found: its `result`, the `exclusion_codes` of the diagnosis."""
    unknown = derived.keys() - {"result", "exclusion_codes"}
    assert not unknown, f"not a derived field: {sorted(unknown)}"
    for name, value in derived.items():
        setattr(line, name, value)
    line.save(update_fields=list(derived))


def set_promise(order: Order, start: datetime | None, end: datetime | None) -> None:
    """The arrival window that the customer was last told; None, None takes it back."""
    assert (start is None) == (end is None), "a window has both ends"
    deposit(order, promised_from=start, promised_to=end)


def add_participant(order: Order, user_id: int, part: str, *, at: datetime) -> None:
    """From now on this member of staff takes part, sees the order and its customer. Twice is once."""
    known = Participant.objects.filter(order=order, user=user_id, part=part, until__isnull=True).exists()
    if not known:
        Participant.objects.create(order=order, user_id=user_id, part=Participant.Part(part), since=at)
    customers.let_see(order.customer_id, user_id)


def end_participant(order: Order, user_id: int, part: str, *, at: datetime) -> None:
    """His part ends. Without any part left, the order and perhaps its customer leave this person's sight."""
    Participant.objects.filter(order=order, user=user_id, part=part, until__isnull=True).update(until=at)
    still = Participant.objects.filter(order__customer=order.customer_id, user=user_id, until__isnull=True).exists()
    if not still:
        customers.no_longer_sees(order.customer_id, user_id)


def place_hold(
    order: Order,
    kind: str,
    reason: Text,
    *,
    code: str = "",
    expires_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> Hold:
    """Something that stands against a later step (`dispatch`, `close` ...) until it is released, or falls away by itself.

    `code` says why in one word, for lists and for `release_hold_of`.
    """
    row = Hold.objects.create(
        order=order,
        kind=kind,
        code=code,
        reason=reason.as_json(),
        expires_at=expires_at,
        placed_at=at,
        placed_by_name=by.name[:60],
    )
    record(Verb.HELD, row, by=by, at=at, about=order, kind=kind, reason=reason)
    _show_hold(order)
    return row


def release_hold(order: Order, hold_id: int, *, by: Actor, at: datetime) -> None:
    """What stood against the step is settled. A hold that is released already stays as it is."""
    row = Hold.objects.filter(pk=hold_id, order=order, released_at__isnull=True).first()
    if row is not None:
        _release(order, row, by=by, at=at)
        _show_hold(order)


def release_hold_of(order: Order, code: str, *, by: Actor, at: datetime) -> int:
    """Release every hold of this code that stands on the order: how many there were."""
    rows = list(Hold.objects.filter(order=order, code=code, released_at__isnull=True).order_by("pk"))
    for row in rows:
        _release(order, row, by=by, at=at)
    if rows:
        _show_hold(order)
    return len(rows)


def release_expired_holds(order: Order, *, at: datetime) -> int:
    """Let go of the holds whose time is over: how many there were."""
    rows = list(Hold.objects.filter(order=order, expires_at__lte=at, released_at__isnull=True).order_by("pk"))
    for row in rows:
        _release(order, row, by=SYSTEM, at=at)
    if rows:
        _show_hold(order)
    return len(rows)


def refuse_if_held(order: Order, kind: str, *, at: datetime | None = None) -> None:
    """Refused while a hold of this kind stands; the sentence is the hold's own reason. By `at` some have fallen away."""
    row = Hold.objects.filter(order=order, kind=kind, released_at__isnull=True).order_by("pk").first()
    if row is not None and row.expires_at is not None and at is not None and row.expires_at <= at:
        release_expired_holds(order, at=at)
        row = Hold.objects.filter(order=order, kind=kind, released_at__isnull=True).order_by("pk").first()
    if row is not None:
        raise Refused(Text.from_json(row.reason), code="held")


def record_consent(
    order: Order,
    *,
    to_what: str,
    is_given: bool,
    way: str,
    name: str,
    by: Actor,
    at: datetime,
    subject_id: int | None = None,
    fen: int | None = None,
    signature_id: int | None = None,
    remark: str = "",
) -> Consent:
    """Keep what the customer agreed to or refused, in which way and who. The caller's own event tells of it."""
    errors: dict[str, Text] = {}
    if way not in Consent.Way.values:
        errors["way"] = _("请选择同意方式：签字、电话、短信、当面或链接")
    if not name.strip():
        errors["name"] = _("请填写同意人姓名")
    if errors:
        raise Invalid(errors)
    return Consent.objects.create(
        order=order,
        to_what=to_what,
        subject_id=subject_id,
        is_given=is_given,
        fen=fen,
        way=way,
        name=name.strip()[:60],
        at=at,
        signature_id=signature_id,
        remark=remark.strip()[:200],
        by_name=by.name[:60],
    )


def _release(order: Order, row: Hold, *, by: Actor, at: datetime) -> None:
    row.released_at, row.released_by_name = at, by.name[:60]
    row.save(update_fields=["released_at", "released_by_name"])
    record(Verb.RELEASED, row, by=by, at=at, about=order, kind=row.kind, reason=Text.from_json(row.reason))


def _show_hold(order: Order) -> None:
    """Keep the code of the hold that counts on the order itself: a wrong number marks every number shown, else the oldest."""
    standing = Hold.objects.filter(order=order, released_at__isnull=True).order_by("pk")
    codes = list(standing.values_list("code", flat=True))
    deposit(order, hold_code=rules.WRONG_NUMBER if rules.WRONG_NUMBER in codes else next(iter(codes), ""))
