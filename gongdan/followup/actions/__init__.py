"""Verbs of follow-up.

`plans` plans calls, `messages` and `answers` ask by message first, `calls` keeps what was said and drives the order,
`erasing` forgets a person, `surveys`, `feedback`, `improvements` and `tracking` keep what is learnt, `labels` are the
shop's 维修状态.
"""

from __future__ import annotations

from gongdan.followup.actions.answers import answer_message, close_unanswered
from gongdan.followup.actions.calls import (
    Outcome,
    ResultDraft,
    give_up,
    log_unreached,
    record_answer,
    record_result,
)
from gongdan.followup.actions.erasing import forget_person
from gongdan.followup.actions.feedback import FeedbackDraft, add_feedback, move_feedback
from gongdan.followup.actions.improvements import (
    ImprovementDraft,
    add_improvement,
    edit_improvement,
    finish_improvement,
)
from gongdan.followup.actions.labels import SEED_LABELS, add_label, edit_label, seed_labels
from gongdan.followup.actions.messages import edit_message, mark_sent
from gongdan.followup.actions.plans import plan_answer_call, plan_call, plan_series, save_periodic, seed_periodic
from gongdan.followup.actions.surveys import record_survey
from gongdan.followup.actions.tracking import track

__all__ = [
    "SEED_LABELS",
    "FeedbackDraft",
    "ImprovementDraft",
    "Outcome",
    "ResultDraft",
    "add_feedback",
    "add_improvement",
    "add_label",
    "answer_message",
    "close_unanswered",
    "edit_improvement",
    "edit_label",
    "edit_message",
    "finish_improvement",
    "forget_person",
    "give_up",
    "log_unreached",
    "mark_sent",
    "move_feedback",
    "plan_answer_call",
    "plan_call",
    "plan_series",
    "record_answer",
    "record_result",
    "record_survey",
    "save_periodic",
    "seed_labels",
    "seed_periodic",
    "track",
]
