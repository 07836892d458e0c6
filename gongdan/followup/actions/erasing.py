"""Nobody is called or written to any more whose personal data were erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from gongdan.followup.models import CallBack, Feedback, Message
from gongdan.kernel.actor import Actor

CHUNK = 500


def forget_person(order_ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Calls of these orders that are still due are given up; numbers and words of messages go, results stay.

    The caller has checked who may do this and records it.
    """
    for start in range(0, len(order_ids), CHUNK):
        chunk = order_ids[start : start + CHUNK]
        due = CallBack.objects.filter(order__in=chunk, state=CallBack.State.DUE)
        due.update(state=CallBack.State.GIVEN_UP, message_state="", done_at=at, done_by=by.id, version=F("version") + 1)
        messages = Message.objects.filter(order__in=chunk)
        messages.filter(state__in=[Message.State.TO_SEND, Message.State.SENT]).update(state=Message.State.DROPPED)
        messages.update(phone="", text="", answer_words="", version=F("version") + 1)
        Feedback.objects.filter(order__in=chunk).update(contact="")
