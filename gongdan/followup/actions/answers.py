"""What customers answer to the message: kept by one key, and what becomes of the call then (O-056)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.followup import rules
from gongdan.followup.actions.calls import ResultDraft, close, settle
from gongdan.followup.actions.messages import waiting
from gongdan.followup.events import Verb
from gongdan.followup.models import CallBack, Message, RepairLabel
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import _
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from gongdan.people.queries import settings_for

BATCH = 200


@transaction.atomic
def answer_message(message_id: int, *, is_good: bool, words: str = "", by: Actor, at: datetime) -> CallBack:
    """回复 好 or 不好. 好 closes the order, unless the lot fell on it; 不好 is called at once, before all others.

    Where something still stands against closing, the answer is kept and the call stays in the list. Refused: the
    message is not waiting for an answer, or the doer notes it himself.
    """
    order, row = waiting(message_id, by=by)
    if len(words.strip()) > 500:
        raise Invalid({"words": _("最多 {limit} 个字，请缩短", limit=500)})
    call = CallBack.objects.select_for_update().get(pk=row.call_id)
    if call.state != CallBack.State.DUE or order.status != Status.TO_FOLLOW_UP:
        raise Refused(_("这张工单已经回访过了，不用再记"), code="called")
    row.state = Message.State.GOOD if is_good else Message.State.BAD
    row.answered_at, row.answer_words = at, words.strip()
    row.version += 1
    row.save(update_fields=["state", "answered_at", "answer_words", "version"])
    label = _("好") if is_good else _("不好")
    record(Verb.MESSAGE_ANSWERED, row, by=by, at=at, about=order, answer=label, words=words.strip()[:200])
    call.message_state = row.state
    call.version += 1
    if is_good:
        call.save(update_fields=["message_state", "version"])
        if not call.is_drawn:
            _close_good(order, call, words, by=by, at=at)
        return call
    call.due_at = min(call.due_at, at)
    call.risk += rules.BAD_ANSWER
    call.risk_reasons = [_("短信回复不好").as_json(), *call.risk_reasons]
    call.save(update_fields=["message_state", "due_at", "risk", "risk_reasons", "version"])
    return call


def close_unanswered(*, at: datetime) -> int:
    """What becomes of messages that nobody answered in time: a call where there is risk or the lot, else 未回复结案.

    How many closed. Each order in its own transaction; one that cannot close yet is left to a caller.
    """
    found = CallBack.objects.filter(
        state=CallBack.State.DUE,
        message_state=Message.State.SENT,
        due_at__lte=at,
        order__status=Status.TO_FOLLOW_UP,
    ).order_by("due_at", "pk")
    return sum(_unanswered(order_id, at=at) for order_id in list(found.values_list("order_id", flat=True)[:BATCH]))


@transaction.atomic
def _unanswered(order_id: int, *, at: datetime) -> bool:
    order = orders.locked(order_id)
    call = (
        CallBack.objects.select_for_update()
        .filter(order=order, state=CallBack.State.DUE, message_state=Message.State.SENT, due_at__lte=at)
        .first()
    )
    if call is None or order.status != Status.TO_FOLLOW_UP:
        return False
    Message.objects.filter(call=call).update(state=Message.State.NO_ANSWER)
    call.message_state = Message.State.NO_ANSWER
    call.version += 1
    call.save(update_fields=["message_state", "version"])
    if call.risk or call.is_drawn or call.attempts:
        return False
    try:
        with transaction.atomic():
            call.state, call.done_at = CallBack.State.NO_REPLY, at
            call.save(update_fields=["state", "done_at"])
            hours = settings_for(order.site_id).of(rules.ANSWER_HOURS)
            record(Verb.NO_REPLY, call, by=SYSTEM, at=at, about=order, hours=hours)
            close(order, by=SYSTEM, at=at)
            orders.deposit(order, repair_label="未回复结案")
    except Refused:
        return False
    return True


def _close_good(order: Order, call: CallBack, words: str, *, by: Actor, at: datetime) -> None:
    label = RepairLabel.objects.filter(effect=RepairLabel.Effect.CLOSE, is_active=True).order_by("position", "pk")
    code = label.values_list("code", flat=True).first() or ""
    said = f"短信回复：好。{words.strip()}" if words.strip() else "短信回复：好"
    tried = call.attempts
    try:
        with transaction.atomic():
            settle(order, call, ResultDraft(said, is_fixed=True, label=code), by=by, at=at)
            call.attempts = tried  # nobody was rung up
            call.save(update_fields=["attempts"])
    except Refused:
        call.refresh_from_db()
        order.refresh_from_db()
