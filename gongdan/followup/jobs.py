"""What follow-up does after others' events."""

from __future__ import annotations

from datetime import datetime

from gongdan.audit.queries import event
from gongdan.followup import actions


def schedule_call(event_id: int, *, at: datetime) -> None:
    """Plan the call-back of the order that was just settled. Running it twice plans one call."""
    actions.plan_call(event(event_id).about_id, at=at)


def schedule_answer_call(event_id: int, *, at: datetime) -> None:
    """Plan the call after a question was answered and closed, where one was promised. Running it twice plans one call."""
    actions.plan_answer_call(event(event_id).about_id, at=at)
