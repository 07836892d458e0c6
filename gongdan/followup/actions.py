"""Calling customers back: planning, attempts, and a result that drives the order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.followup import access, rules
from gongdan.followup.events import Verb
from gongdan.followup.models import CallBack, RepairLabel
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused
from gongdan.kernel.text import _
from gongdan.orders import actions as orders
from gongdan.orders.models import Answer, Order, Participant
from gongdan.orders.states import Status
from gongdan.people.access import SETTINGS
from gongdan.people.queries import settings_for
from gongdan.repair import queries as repair

SEED_LABELS: tuple[tuple[str, str, str], ...] = (
    ("to_dispatch", "待派工", "none"),
    ("in_repair", "维修中", "none"),
    ("waiting_part", "待件", "none"),
    ("repaired", "已修复", "close"),
    ("closed_well", "正常关闭", "close"),
    ("not_repaired", "未修复", "reopen"),
    ("rework", "返修", "reopen"),
    ("returned", "退修", "close"),
    ("complaint", "转投诉", "complaint"),
    ("settled", "已结算", "none"),
    ("called", "已回访", "close"),
)


@dataclass(frozen=True, slots=True)
class ResultDraft:
    """What the customer said, as typed by the caller."""

    content: str
    is_fixed: bool | None
    label: str  # code of a RepairLabel
    is_on_time: bool | None = None
    price_matched: bool | None = None
    score: int | None = None
    suggestion: str = ""
    next_at: datetime | None = None  # of the next call, where the label leaves the order open


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call: the call as kept, and the number of the order that it opened (complaint, repair), if any."""

    call: CallBack
    opened: str


@transaction.atomic
def seed_labels(rows: Iterable[tuple[str, str, str]] = SEED_LABELS) -> None:
    """Make the repair labels that are missing (R-185). Safe to run twice."""
    for position, (code, name, effect) in enumerate(rows):
        RepairLabel.objects.get_or_create(code=code, defaults={"name": name, "effect": effect, "position": position})


@transaction.atomic
def plan_call(order_id: int, *, at: datetime) -> CallBack | None:
    """Plan the call-back of a settled order by the shop's delay. Running it twice plans one call."""
    order = orders.locked(order_id)
    if order.status != Status.TO_FOLLOW_UP:
        return None
    return _due_call(order, at=at)


@transaction.atomic
def log_unreached(
    order_id: int, *, result: str, next_at: datetime | None, note: str = "", by: Actor, at: datetime
) -> CallBack:
    """One more try without reaching the customer: counted, with the time of the next one (R-063).

    A next time in the quiet hours of the night becomes the next morning (O-056).
    """
    order, call = _to_call(order_id, by=by, at=at)
    rules.check_attempt(result=result, next_at=next_at, at=at)
    assert next_at is not None, "check_attempt lets no missing time pass"
    call.due_at = rules.out_of_quiet(next_at)
    attempt = orders.log_contact(
        order.pk, purpose="follow_up", result=result, number=order.phone, note=note, next_at=call.due_at, by=by, at=at
    )
    call.attempts += 1
    call.version += 1
    call.save(update_fields=["attempts", "due_at", "version"])
    record(Verb.ATTEMPTED, call, by=by, at=at, about=order, count=call.attempts, result=attempt.get_result_display())
    return call


@transaction.atomic
def record_result(order_id: int, draft: ResultDraft, *, seen: int | None = None, by: Actor, at: datetime) -> Outcome:
    """Write what the customer said; the chosen 维修状态 drives the order (R-184): it closes, is reopened, or complained of.

    `seen` is the version of the call shown. Refused: the doer of the work calls himself (O-056), the order is not
    returned and settled yet (R-187), or something still stands against closing (O-005).
    """
    order, call = _to_call(order_id, by=by, at=at)
    if seen is not None and call.version != seen:
        raise stale(call, seen)
    label = RepairLabel.objects.filter(code=draft.label, is_active=True).first()
    if label is None:
        raise Invalid({"label": _("请选择维修状态")})
    rules.check_result(
        content=draft.content,
        is_fixed=draft.is_fixed,
        score=draft.score,
        effect=label.effect,
        suggestion=draft.suggestion,
        next_at=draft.next_at,
        at=at,
    )
    orders.log_contact(
        order.pk, purpose="follow_up", result="reached", number=order.phone, note="", next_at=None, by=by, at=at
    )
    call.content, call.suggestion = draft.content.strip(), draft.suggestion.strip()
    call.is_fixed, call.is_on_time, call.price_matched, call.score = (
        draft.is_fixed, draft.is_on_time, draft.price_matched, draft.score,
    )  # fmt: skip
    call.label = label
    call.attempts += 1
    call.version += 1
    facts: dict[str, Any] = {"label": label.name, "is_fixed": draft.is_fixed, "score": draft.score}
    if label.effect == RepairLabel.Effect.NONE:
        assert draft.next_at is not None, "check_result lets no missing time pass"
        call.due_at = rules.out_of_quiet(draft.next_at)
        call.save()
        record(Verb.NOTED, call, by=by, at=at, about=order, next_at=call.due_at, **facts)
    else:
        call.state, call.done_at, call.done_by_id = CallBack.State.DONE, at, by.id
        call.save()
        record(Verb.DONE, call, by=by, at=at, about=order, **facts)
    if call.kind == CallBack.Kind.AFTER_ANSWER:
        complaint = _drive_answered(order, label, draft.content, by=by, at=at)
    else:
        complaint = _drive(order, label, draft.content, by=by, at=at)
    return Outcome(call, complaint.number if complaint is not None else "")


@transaction.atomic
def give_up(order_id: int, *, by: Actor, at: datetime) -> CallBack:
    """Close without having reached the customer, after enough tries (O-056)."""
    order, call = _to_call(order_id, by=by, at=at)
    if call.attempts < rules.TRIES_BEFORE_GIVING_UP:
        raise Refused(
            _(
                "至少回访 {needed} 次未接通才能结案，现在 {count} 次",
                needed=rules.TRIES_BEFORE_GIVING_UP,
                count=call.attempts,
            )
        )
    call.state, call.done_at, call.done_by_id = CallBack.State.GIVEN_UP, at, by.id
    call.version += 1
    call.save(update_fields=["state", "done_at", "done_by", "version"])
    record(Verb.GIVEN_UP, call, by=by, at=at, about=order, count=call.attempts)
    if call.kind == CallBack.Kind.AFTER_SETTLEMENT:
        _close(order, by=by, at=at)
    orders.deposit(order, repair_label="未接通结案")
    return call


@transaction.atomic
def plan_answer_call(order_id: int, *, at: datetime) -> CallBack | None:
    """Plan the call two hours after a question was answered and closed, where one was promised (R-068). Twice is once."""
    order = orders.locked(order_id)
    answer = Answer.objects.filter(order=order).first()
    if order.status != Status.CLOSED or answer is None or not answer.wants_follow_up or order.closed_at is None:
        return None
    known = CallBack.objects.filter(order=order, kind=CallBack.Kind.AFTER_ANSWER).first()
    if known is not None:
        return known
    due = rules.out_of_quiet(order.closed_at + rules.AFTER_ANSWER)
    call = CallBack.objects.create(order=order, site_id=order.site_id, kind=CallBack.Kind.AFTER_ANSWER, due_at=due)
    record(Verb.PLANNED, call, by=SYSTEM, at=at, about=order, due=due)
    return call


@transaction.atomic
def add_label(name: str, effect: str, *, by: Actor, at: datetime) -> RepairLabel:
    """One more 维修状态, at the end of the list. Refused: no name, a name twice, an effect that is none."""
    by.require(SETTINGS)
    name = _label_name(name, effect)
    last = RepairLabel.objects.aggregate(pk=Max("pk"), position=Max("position"))
    row = RepairLabel.objects.create(
        code=f"l{(last['pk'] or 0) + 1}", name=name, effect=effect, position=(last["position"] or 0) + 1
    )
    record(Verb.LABEL_ADDED, row, by=by, at=at, name=name, effect=rules.EFFECTS[effect])
    return row


@transaction.atomic
def edit_label(
    label_id: int, *, name: str, effect: str, position: int, is_active: bool, seen: int, by: Actor, at: datetime
) -> RepairLabel:
    """Rename, move or retire a label; calls keep the one that was chosen. Refused: no label would close an order."""
    by.require(SETTINGS)
    row = RepairLabel.objects.select_for_update().filter(pk=label_id).first()
    if row is None:
        raise Missing
    if row.version != seen:
        raise stale(row, seen)
    new = {"name": _label_name(name, effect, but_not=row.pk), "effect": effect, "position": position}
    new["is_active"] = is_active
    closing = RepairLabel.objects.filter(is_active=True, effect=RepairLabel.Effect.CLOSE)
    if not (is_active and effect == RepairLabel.Effect.CLOSE) and not closing.exclude(pk=row.pk).exists():
        raise Invalid({"effect": _("至少保留一个启用的、作用为“结单”的维修状态，否则工单无法结单")})
    changes = {field: [getattr(row, field), value] for field, value in new.items() if getattr(row, field) != value}
    if not changes:
        return row
    for field, value in new.items():
        setattr(row, field, value)
    row.version += 1
    row.save(update_fields=[*changes, "version"])
    record(Verb.LABEL_EDITED, row, by=by, at=at, name=row.name, changes=changes)
    return row


def _label_name(typed: str, effect: str, *, but_not: int = 0) -> str:
    name = typed.strip()
    errors = {}
    if not name:
        errors["name"] = _("请填写维修状态的名称")
    elif len(name) > 30:
        errors["name"] = _("最多 {limit} 个字，请缩短", limit=30)
    elif RepairLabel.objects.filter(name=name).exclude(pk=but_not).exists():
        errors["name"] = _("已经有“{name}”这个维修状态，请换一个名称", name=name)
    if effect not in RepairLabel.Effect.values:
        errors["effect"] = _("请选择这个状态的作用")
    if errors:
        raise Invalid(errors)
    return name


def _to_call(order_id: int, *, by: Actor, at: datetime) -> tuple[Order, CallBack]:
    """Order and call, locked, if this actor may call its customer back now.

    Refused: neither settled and waiting nor an answered question with a promised call; the doer of the work (O-056).
    """
    by.require(access.CALL)
    order = orders.locked(order_id, by=by)
    if Participant.objects.filter(order=order, user=by.id, part__in=("technician", "helper")).exists():
        raise Forbidden(_("做这张工单的师傅不能自己回访，请由客服回访"))
    if order.status == Status.TO_FOLLOW_UP:
        return order, _due_call(order, at=at)
    call = (
        CallBack.objects.select_for_update()
        .filter(order=order, kind=CallBack.Kind.AFTER_ANSWER, state=CallBack.State.DUE)
        .first()
    )
    if call is None:
        raise Refused(
            _(
                "工单 {number} 现在是“{status}”，完工并结算后才能回访",
                number=order.number,
                status=orders.status_label(order),
            ),
            code="wrong_status",
        )
    return order, call


def _due_call(order: Order, *, at: datetime) -> CallBack:
    call = (
        CallBack.objects.select_for_update()
        .filter(order=order, kind=CallBack.Kind.AFTER_SETTLEMENT, state=CallBack.State.DUE)
        .first()
    )
    if call is not None:
        return call
    due = rules.due_time(order.settled_at or at, delay_hours=settings_for(order.site_id).follow_up_delay_hours)
    call = CallBack.objects.create(order=order, site_id=order.site_id, due_at=due)
    record(Verb.PLANNED, call, by=SYSTEM, at=at, about=order, due=due)
    return call


def _drive_answered(order: Order, label: RepairLabel, content: str, *, by: Actor, at: datetime) -> Order | None:
    """An answered question is closed already: still broken makes it a repair, a complaint is one of its own."""
    orders.deposit(order, repair_label=label.name)
    if label.effect == RepairLabel.Effect.REOPEN:
        return orders.repair_from_inquiry(order.pk, by=by, at=at)
    if label.effect == RepairLabel.Effect.COMPLAINT:
        return orders.complain(order.pk, content, by=by, at=at)
    return None


def _drive(order: Order, label: RepairLabel, content: str, *, by: Actor, at: datetime) -> Order | None:
    if label.effect == RepairLabel.Effect.REOPEN:
        orders.advance(order, "reopen", by=by, at=at, reason=content)
        orders.deposit(order, repair_label=label.name, result="")
        return None
    complaint = None
    if label.effect in (RepairLabel.Effect.CLOSE, RepairLabel.Effect.COMPLAINT):
        _close(order, by=by, at=at)
    if label.effect == RepairLabel.Effect.COMPLAINT:
        complaint = orders.complain(order.pk, content, by=by, at=at)
    orders.deposit(order, repair_label=label.name)
    return complaint


def _close(order: Order, *, by: Actor, at: datetime) -> None:
    """结单: nothing may be open any more. What is open never stood against the money."""
    orders.refuse_if_held(order, "close")
    matters = repair.open_matters(order.pk)
    if matters:
        listed = "；".join(str(m) for m in matters[:5])
        raise Refused(
            _(
                "还不能结单：{matters}。请通知登记人补全；回访内容可先选不结单的维修状态保存",
                matters=listed,
            ),
            code="open_matters",
        )
    orders.advance(order, "close", by=by, at=at)
