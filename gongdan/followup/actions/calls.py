"""Calling customers back: attempts, and a result that drives the order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.followup import access, rules
from gongdan.followup.actions.feedback import suggestion_of
from gongdan.followup.actions.messages import drop_message, refuse_doer
from gongdan.followup.actions.plans import due_call
from gongdan.followup.actions.surveys import keep_survey
from gongdan.followup.events import Verb
from gongdan.followup.models import CallBack, RepairLabel
from gongdan.followup.queries import MAIN, SOON, night_of, terms_of
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import _
from gongdan.orders import actions as orders
from gongdan.orders.models import Complaint, Order, Relation
from gongdan.orders.states import Status
from gongdan.people.queries import settings_for
from gongdan.repair import queries as repair

GOOD, BAD = "客户答复：好了", "客户答复：没好"  # what one key says, where nothing else was typed


@dataclass(frozen=True, slots=True)
class ResultDraft:
    """What the customer said, as typed by the caller. `survey` are the scores of the survey, if it was asked (R-189)."""

    content: str
    is_fixed: bool | None
    label: str  # code of a RepairLabel
    is_on_time: bool | None = None
    price_matched: bool | None = None
    score: int | None = None
    suggestion: str = ""
    next_at: datetime | None = None  # of the next call, where the label leaves the order open
    survey: Mapping[str, int] = field(default_factory=dict)
    survey_remark: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call: the call as kept, and the number of the order that it opened (complaint, repair), if any.

    `is_counted`: a try before the agreed time is not.
    """

    call: CallBack
    opened: str
    is_counted: bool = True


@transaction.atomic
def log_unreached(
    order_id: int,
    *,
    result: str,
    next_at: datetime | None,
    note: str = "",
    call_id: int | None = None,
    by: Actor,
    at: datetime,
) -> Outcome:
    """One more try without reaching the customer: counted, with the time of the next one (R-063).

    A next time in the quiet hours of the night becomes the next morning. A try before the time that was agreed on is
    kept, and does not count towards 未接通结案 (O-056).
    """
    order, call = to_call(order_id, call_id=call_id, by=by, at=at)
    rules.check_attempt(result=result, next_at=next_at, at=at)
    assert next_at is not None, "check_attempt lets no missing time pass"
    return _unreached(order, call, result=result, next_at=next_at, note=note, by=by, at=at)


@transaction.atomic
def record_result(
    order_id: int,
    draft: ResultDraft,
    *,
    call_id: int | None = None,
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Outcome:
    """Write what the customer said; the chosen 维修状态 drives the order (R-184): it closes, is reopened, or complained of.

    Without `call_id` it is the call that the order waits for. `seen` is the version of the call shown. Refused: the
    doer of the work calls himself (O-056), the order is not returned and settled yet (R-187), or something still
    stands against closing (O-005).
    """
    order, call = to_call(order_id, call_id=call_id, by=by, at=at)
    if seen is not None and call.version != seen:
        raise stale(call, seen)
    orders.log_contact(
        order.pk, purpose="follow_up", result="reached", number=order.phone, note="", next_at=None, by=by, at=at
    )
    return settle(order, call, draft, by=by, at=at)


@transaction.atomic
def record_answer(
    order_id: int,
    answer: str,
    *,
    typed: ResultDraft | None = None,
    call_id: int | None = None,
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Outcome:
    """好了, 没好 or 没接 by one key (owner's 25 calls an hour): what else there is to say follows from it.

    好了 closes and 没好 reopens by the first label in use that does; 没接 takes the next offered time, or keeps the
    agreed one while it is still ahead. `typed` may add words, a score or the survey. Refused as `record_result` and `log_unreached`.
    """
    if answer not in ("fixed", "broken", "missed"):
        raise Invalid({"answer": _("请选择好了、没好或没接")})
    if answer == "missed":
        order, call = to_call(order_id, call_id=call_id, by=by, at=at)
        if seen is not None and call.version != seen:
            raise stale(call, seen)
        offered = terms_of(order.site_id, at=at).offered
        next_at = call.due_at if _is_early(call, at) else next(iter(offered.values()))
        note = typed.content.strip()[:200] if typed else ""
        return _unreached(order, call, result="no_answer", next_at=next_at, note=note, by=by, at=at)
    is_fixed = answer == "fixed"
    effect = RepairLabel.Effect.CLOSE if is_fixed else RepairLabel.Effect.REOPEN
    label = RepairLabel.objects.filter(effect=effect, is_active=True).order_by("position", "pk").first()
    if label is None:
        raise Refused(_("没有启用的“重新派工”维修状态，请用详细记录，或请管理员在启用准备里启用"), code="no_label")
    draft = replace(typed or ResultDraft("", is_fixed, label.code), is_fixed=is_fixed, label=label.code, next_at=None)
    if not draft.content.strip():
        draft = replace(draft, content=GOOD if is_fixed else BAD)
    return record_result(order_id, draft, call_id=call_id, seen=seen, by=by, at=at)


@transaction.atomic
def give_up(order_id: int, *, call_id: int | None = None, by: Actor, at: datetime) -> CallBack:
    """Close without having reached the customer, after enough tries (O-056)."""
    order, call = to_call(order_id, call_id=call_id, by=by, at=at)
    needed = settings_for(order.site_id).of(rules.TRIES)
    if call.attempts < needed:
        raise Refused(
            _("至少回访 {needed} 次未接通才能结案，现在 {count} 次", needed=needed, count=call.attempts), code="tries"
        )
    call.state, call.done_at, call.done_by_id = CallBack.State.GIVEN_UP, at, by.id
    call.version += 1
    call.save(update_fields=["state", "done_at", "done_by", "version"])
    drop_message(call)
    record(Verb.GIVEN_UP, call, by=by, at=at, about=order, count=call.attempts)
    if call.kind in MAIN:
        close(order, by=by, at=at)
    if call.kind in (*MAIN, CallBack.Kind.AFTER_ANSWER):
        orders.deposit(order, repair_label="未接通结案")
    return call


def settle(order: Order, call: CallBack, draft: ResultDraft, *, by: Actor, at: datetime) -> Outcome:
    """What was said, however it reached us, written on a locked call; its label drives the order."""
    labels = list(RepairLabel.objects.filter(is_active=True).order_by("position", "pk"))
    label = next((one for one in labels if one.code == draft.label), None)
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
        offered={effect: [one.name for one in labels if one.effect == effect] for effect in RepairLabel.Effect.values},
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
        call.due_at = rules.out_of_quiet(draft.next_at, night_of(settings_for(order.site_id)))
        call.save()
        record(Verb.NOTED, call, by=by, at=at, about=order, next_at=call.due_at, **facts)
    else:
        call.state, call.done_at, call.done_by_id = CallBack.State.DONE, at, by.id
        call.save()
        record(Verb.DONE, call, by=by, at=at, about=order, **facts)
    drop_message(call)
    if draft.survey:
        keep_survey(order, draft.survey, draft.survey_remark, call=call, by=by, at=at)
    if call.suggestion:
        suggestion_of(order, call.suggestion, by=by, at=at)
    drive = _LATER.get(CallBack.Kind(call.kind), _drive)
    opened = drive(order, label, draft.content, by=by, at=at)
    return Outcome(call, opened.number if opened is not None else "")


def to_call(order_id: int, *, call_id: int | None, by: Actor, at: datetime) -> tuple[Order, CallBack]:
    """Order and call, locked, if this actor may call its customer back now.

    Refused: nothing of this order waits for a call, this call has its result already, or the actor did the work
    himself, or is complained of (O-056).
    """
    by.require(access.CALL)
    order = orders.locked(order_id, by=by)
    refuse_doer(order, by)
    _refuse_complained_of(order, by)
    rows = CallBack.objects.select_for_update().filter(order=order, state=CallBack.State.DUE)
    waits = order.status == Status.TO_FOLLOW_UP
    if call_id is not None:
        call = rows.filter(pk=call_id).first()
        if call is None:
            raise Refused(_("这次回访已经有结果了，请看列表里的下一张"), code="called")
        if waits or call.kind not in MAIN:
            return order, call
    elif waits:
        return order, due_call(order, at=at)
    elif (
        call := rows.exclude(kind__in=MAIN).filter(due_at__lte=at + SOON).order_by("due_at", "pk").first()
    ) is not None:
        return order, call
    raise Refused(
        _(
            "工单 {number} 现在是“{status}”，完工并结算后才能回访",
            number=order.number,
            status=orders.status_label(order),
        ),
        code="wrong_status",
    )


def close(order: Order, *, by: Actor, at: datetime) -> None:
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


def _unreached(
    order: Order, call: CallBack, *, result: str, next_at: datetime, note: str, by: Actor, at: datetime
) -> Outcome:
    is_counted = not _is_early(call, at)
    call.due_at = rules.out_of_quiet(next_at, night_of(settings_for(order.site_id)))
    attempt = orders.log_contact(
        order.pk, purpose="follow_up", result=result, number=order.phone, note=note, next_at=call.due_at, by=by, at=at
    )
    call.attempts += is_counted
    call.version += 1
    call.save(update_fields=["attempts", "due_at", "version"])
    said = attempt.get_result_display()
    if is_counted:
        record(Verb.ATTEMPTED, call, by=by, at=at, about=order, count=call.attempts, result=said)
    else:
        record(Verb.ATTEMPTED_EARLY, call, by=by, at=at, about=order, result=said)
    return Outcome(call, "", is_counted)


def _is_early(call: CallBack, at: datetime) -> bool:
    return rules.is_early(attempts=call.attempts, due_at=call.due_at, at=at)


def _refuse_complained_of(order: Order, by: Actor) -> None:
    """Whoever a complaint is about, or did the work that it is about, does not ask whether it is settled."""
    if Complaint.objects.filter(order=order, person=by.id).exists():
        raise Refused(_("投诉的是您，请由别的同事回访"), code="complained_of")
    about = Relation.objects.filter(order=order, kind=Relation.Kind.COMPLAINT_ABOUT).select_related("earlier").first()
    if about is not None:
        refuse_doer(about.earlier, by)


def _drive_answered(order: Order, label: RepairLabel, content: str, *, by: Actor, at: datetime) -> Order | None:
    """An answered question is closed already: still broken makes it a repair, a complaint is one of its own."""
    orders.deposit(order, repair_label=label.name)
    if label.effect == RepairLabel.Effect.REOPEN:
        return orders.repair_from_inquiry(order.pk, by=by, at=at)
    if label.effect == RepairLabel.Effect.COMPLAINT:
        return orders.complain(order.pk, content, by=by, at=at)
    return None


def _drive_later(order: Order, label: RepairLabel, content: str, *, by: Actor, at: datetime) -> Order | None:
    """A call by the calendar leaves its order as it is: new trouble is a new repair (R-188), linked to it."""
    if label.effect == RepairLabel.Effect.REOPEN:
        return orders.repair_again(order.pk, content, by=by, at=at)
    if label.effect == RepairLabel.Effect.COMPLAINT:
        return orders.complain(order.pk, content, by=by, at=at)
    return None


def _drive(order: Order, label: RepairLabel, content: str, *, by: Actor, at: datetime) -> Order | None:
    """The order closes, goes back to dispatch, or closes with a complaint beside it; a complaint is taken up again."""
    is_complaint = order.flow == "complaint"
    if label.effect == RepairLabel.Effect.REOPEN or (is_complaint and label.effect == RepairLabel.Effect.COMPLAINT):
        orders.advance(order, "reopen_complaint" if is_complaint else "reopen", by=by, at=at, reason=content)
        orders.deposit(order, repair_label=label.name, result="")
        return None
    complaint = None
    if label.effect in (RepairLabel.Effect.CLOSE, RepairLabel.Effect.COMPLAINT):
        close(order, by=by, at=at)
    if label.effect == RepairLabel.Effect.COMPLAINT:
        complaint = orders.complain(order.pk, content, by=by, at=at)
    orders.deposit(order, repair_label=label.name)
    return complaint


_LATER: Mapping[CallBack.Kind, Callable[..., Order | None]] = {
    CallBack.Kind.AFTER_ANSWER: _drive_answered,
    CallBack.Kind.PERIODIC: _drive_later,
    CallBack.Kind.CARE: _drive_later,
}
