"""What follow-up does after others' events."""

from __future__ import annotations

from datetime import datetime

from gongdan.audit.queries import event
from gongdan.followup import actions


def schedule_call(event_id: int, *, at: datetime) -> None:
    """Plan the call that the order now waits for: settled, helped by telephone, or a handled complaint. Twice is once."""
    actions.plan_call(event(event_id).about_id, at=at)


def schedule_answer_call(event_id: int, *, at: datetime) -> None:
    """Plan the call after a question was answered and closed, where one was promised. Running it twice plans one call."""
    actions.plan_answer_call(event(event_id).about_id, at=at)


def schedule_series(event_id: int, *, at: datetime) -> None:
    """Plan the calls by the calendar of the order that was just settled. Running it twice plans each of them once."""
    actions.plan_series(event(event_id).about_id, at=at)


def close_unanswered(*, at: datetime) -> None:
    """What nobody answered in time: a call where there is risk, else 未回复结案."""
    actions.close_unanswered(at=at)
