"""The short message that asks first: written, sent by hand, answered, or left without an answer (O-056)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.catalog.queries import check_language
from gongdan.followup import access, rules
from gongdan.followup.events import Verb
from gongdan.followup.models import CallBack, Message
from gongdan.followup.queries import night_of
from gongdan.kernel import phones
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused
from gongdan.kernel.text import _
from gongdan.orders import actions as orders
from gongdan.orders.models import Order, Participant
from gongdan.people.models import ShopSettings
from gongdan.people.queries import settings_for


def write_message(call: CallBack, order: Order, settings: ShopSettings, *, at: datetime) -> Message | None:
    """The message of a planned call, ready to be sent. None where no message can reach the customer.

    A text with a forbidden word is not refused here, where nobody could mend it: it stands in the list, and sending
    it is refused by name.
    """
    numbers = [phone for phone in phones.parse_phones(order.phone) if phone.takes_messages]
    if not numbers or (order.phone_expires_at is not None and order.phone_expires_at <= at):
        return None
    text = rules.message_text(
        settings.of(rules.MESSAGE_TEXT),
        shop=settings.company_name,
        customer=order.contact_name or order.customer.name,
        device=order.device_text or str(_("设备")),
        number=order.number,
    )
    row = Message.objects.create(
        call=call,
        order=order,
        site_id=order.site_id,
        phone=numbers[0].raw.strip()[:40],
        text=text,
        due_at=rules.out_of_quiet(at, night_of(settings)),
    )
    call.message_state = row.state
    call.save(update_fields=["message_state"])
    return row


@transaction.atomic
def edit_message(message_id: int, text: str, *, seen: int, by: Actor, at: datetime) -> Message:
    """Other words than the shop's own. Refused: nothing said, a forbidden word, or it went out already."""
    order, row = _locked(message_id, by=by)
    if row.version != seen:
        raise stale(row, seen)
    if row.state != Message.State.TO_SEND:
        raise Refused(_("短信已发出或不用再发，不能修改"), code="wrong_state")
    if not text.strip() or len(text.strip()) > 1000:
        raise Invalid({"text": _("请填写短信内容，最多 {limit} 个字", limit=1000)})
    check_language("text", text)
    changes = {"text": [row.text, text.strip()]}
    row.text = text.strip()
    row.version += 1
    row.save(update_fields=["text", "version"])
    record(Verb.MESSAGE_EDITED, row, by=by, at=at, about=order, changes=changes)
    return row


@transaction.atomic
def mark_sent(message_id: int, *, by: Actor, at: datetime) -> Message:
    """The message has gone out. From now on the call waits for the answer: at least so long as the shop says.

    Refused: a forbidden word stands in it, it is night, it went out already, or the doer sends it himself (O-056).
    """
    order, row = _locked(message_id, by=by)
    if row.state != Message.State.TO_SEND:
        raise Refused(_("这条短信已发出或不用再发，请看列表里的下一条"), code="wrong_state")
    settings = settings_for(order.site_id)
    night = night_of(settings)
    if row.due_at > at or night.holds(at):
        due = max(row.due_at, rules.out_of_quiet(at, night))
        raise Refused(_("现在不打扰客户，{due:datetime} 以后再发", due=due), code="quiet")
    check_language("text", row.text)
    call = CallBack.objects.select_for_update().get(pk=row.call_id)
    waits = at + timedelta(hours=settings.of(rules.ANSWER_HOURS))
    row.state, row.sent_at, row.sent_by_id = Message.State.SENT, at, by.id
    row.version += 1
    row.save(update_fields=["state", "sent_at", "sent_by", "version"])
    call.due_at = max(call.due_at, rules.out_of_quiet(waits, night))
    call.message_state = row.state
    call.version += 1
    call.save(update_fields=["due_at", "message_state", "version"])
    record(Verb.MESSAGE_SENT, row, by=by, at=at, about=order)
    return row


def drop_message(call: CallBack) -> None:
    """Somebody has reached the customer: what was not sent is not sent any more, and no answer is waited for."""
    open_states = (Message.State.TO_SEND, Message.State.SENT)
    Message.objects.filter(call=call, state__in=open_states).update(state=Message.State.DROPPED)
    if call.message_state in open_states:
        call.message_state = Message.State.DROPPED
        call.save(update_fields=["message_state"])


def waiting(message_id: int, *, by: Actor) -> tuple[Order, Message]:
    """Order and message, locked, of which an answer may be noted. Refused: it was not sent, or is answered already."""
    order, row = _locked(message_id, by=by)
    if row.state not in (Message.State.SENT, Message.State.NO_ANSWER):
        raise Refused(_("这条短信没有在等回复，请看列表里的下一条"), code="wrong_state")
    return order, row


def refuse_doer(order: Order, by: Actor) -> None:
    """Whoever worked on the order, even earlier, neither asks nor notes what its customer says (O-056)."""
    if Participant.objects.filter(order=order, user=by.id, part__in=("technician", "helper")).exists():
        raise Forbidden(_("做这张工单的师傅不能自己回访，请由客服回访"))


def _locked(message_id: int, *, by: Actor) -> tuple[Order, Message]:
    by.require(access.CALL)
    order_id = Message.objects.filter(pk=message_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise Missing
    order = orders.locked(order_id, by=by)
    refuse_doer(order, by)
    return order, Message.objects.select_for_update().get(pk=message_id)
