"""Calling customers back: planning, attempts, and a result that drives the order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.followup import access, rules
from gongdan.followup.events import Verb
from gongdan.followup.models import CallBack, RepairLabel
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused
from gongdan.kernel.text import _
from gongdan.orders import actions as orders
from gongdan.orders.models import Order, Participant
from gongdan.orders.states import Status
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
    """One more try without reaching the customer: counted, with the time of the next one (R-063)."""
    order = _callable(order_id, by=by)
    call = _due_call(order, at=at)
    attempt = orders.log_contact(
        order.pk, purpose="follow_up", result=result, number=order.phone, note=note, next_at=next_at, by=by, at=at
    )
    call.attempts += 1
    if attempt.next_at is not None:
        call.due_at = attempt.next_at
    call.version += 1
    call.save(update_fields=["attempts", "due_at", "version"])
    record(Verb.ATTEMPTED, call, by=by, at=at, about=order, count=call.attempts, result=attempt.get_result_display())
    return call


@transaction.atomic
def record_result(order_id: int, draft: ResultDraft, *, seen: int | None = None, by: Actor, at: datetime) -> CallBack:
    """Write what the customer said; the chosen 维修状态 drives the order (R-184): it closes, is reopened, or complained of.

    `seen` is the version of the call shown. Refused: the doer of the work calls himself (O-056), the order is not
    returned and settled yet (R-187), or something still stands against closing (O-005).
    """
    order = _callable(order_id, by=by)
    label = RepairLabel.objects.filter(code=draft.label, is_active=True).first()
    if label is None:
        raise Invalid({"label": _("请选择维修状态")})
    rules.check_result(
        content=draft.content,
        is_fixed=draft.is_fixed,
        score=draft.score,
        effect=label.effect,
        suggestion=draft.suggestion,
    )
    call = _due_call(order, at=at)
    if seen is not None and call.version != seen:
        raise stale(call, seen)
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
    if label.effect != RepairLabel.Effect.NONE:
        call.state, call.done_at, call.done_by_id = CallBack.State.DONE, at, by.id
    call.save()
    record(Verb.DONE, call, by=by, at=at, about=order, label=label.name, is_fixed=draft.is_fixed, score=draft.score)
    _drive(order, label, draft.content, by=by, at=at)
    return call


@transaction.atomic
def give_up(order_id: int, *, by: Actor, at: datetime) -> CallBack:
    """Close without having reached the customer, after enough tries (O-056)."""
    order = _callable(order_id, by=by)
    call = _due_call(order, at=at)
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
    _close(order, by=by, at=at)
    orders.deposit(order, repair_label="未接通结案")
    return call


def _callable(order_id: int, *, by: Actor) -> Order:
    """The order, locked, if this actor may call its customer back now."""
    by.require(access.CALL)
    order = orders.locked(order_id, by=by)
    if order.status != Status.TO_FOLLOW_UP:
        raise Refused(
            _(
                "工单 {number} 现在是“{status}”，完工并结算后才能回访",
                number=order.number,
                status=orders.status_label(order),
            ),
            code="wrong_status",
        )
    if Participant.objects.filter(order=order, user=by.id, part__in=("technician", "helper")).exists():
        raise Forbidden(_("做这张工单的师傅不能自己回访，请由客服回访"))
    return order


def _due_call(order: Order, *, at: datetime) -> CallBack:
    call = CallBack.objects.select_for_update().filter(order=order, state=CallBack.State.DUE).first()
    if call is not None:
        return call
    due = rules.due_time(order.settled_at or at, delay_hours=settings_for(order.site_id).follow_up_delay_hours)
    call = CallBack.objects.create(order=order, site_id=order.site_id, due_at=due)
    record(Verb.PLANNED, call, by=SYSTEM, at=at, about=order, due=due)
    return call


def _drive(order: Order, label: RepairLabel, content: str, *, by: Actor, at: datetime) -> None:
    if label.effect == RepairLabel.Effect.REOPEN:
        orders.advance(order, "reopen", by=by, at=at, reason=content)
        orders.deposit(order, repair_label=label.name, result="")
        return
    if label.effect in (RepairLabel.Effect.CLOSE, RepairLabel.Effect.COMPLAINT):
        _close(order, by=by, at=at)
    if label.effect == RepairLabel.Effect.COMPLAINT:
        orders.complain(order.pk, content, by=by, at=at)
    orders.deposit(order, repair_label=label.name)


def _close(order: Order, *, by: Actor, at: datetime) -> None:
    """结单: nothing may be open any more. What is open never stood against the money."""
    orders.refuse_if_held(order, "close")
    matters = repair.open_matters(order.pk)
    if matters:
        listed = "；".join(str(m) for m in matters[:5])
        raise Refused(_("还不能结单：{matters}", matters=listed), code="open_matters")
    orders.advance(order, "close", by=by, at=at)
