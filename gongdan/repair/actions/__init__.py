"""Verbs of repair.

`work` is what was found and done on a device, `steps` what its category demands beside, `handover` the customer's trial
and the way back of the ticket, `help` questions and helpers, `pickup` the way to the workshop and back, `safety` the
refusal to work, `sheets` issues the papers, `guards` is what each of them asks first.
"""

from __future__ import annotations

from gongdan.repair.actions.handover import finish, record_trial, reopen
from gongdan.repair.actions.help import HelpDraft, add_helper, answer_help, ask_for_help, end_helper, withdraw_help
from gongdan.repair.actions.pickup import PickUpDraft, hand_back, take_away
from gongdan.repair.actions.safety import RefusalDraft, clear_safety, refuse_for_safety
from gongdan.repair.actions.sheets import issue_notice, issue_sheet, issue_slip
from gongdan.repair.actions.steps import record_reading, tick, untick
from gongdan.repair.actions.work import (
    CheckDraft,
    DiagnosisDraft,
    PartDraft,
    add_action,
    add_part,
    diagnose,
    edit_part,
    record_tests,
    remove_action,
    remove_part,
)

__all__ = [
    "CheckDraft",
    "DiagnosisDraft",
    "HelpDraft",
    "PartDraft",
    "PickUpDraft",
    "RefusalDraft",
    "add_action",
    "add_helper",
    "add_part",
    "answer_help",
    "ask_for_help",
    "clear_safety",
    "diagnose",
    "edit_part",
    "end_helper",
    "finish",
    "hand_back",
    "issue_notice",
    "issue_sheet",
    "issue_slip",
    "record_reading",
    "record_tests",
    "record_trial",
    "refuse_for_safety",
    "remove_action",
    "remove_part",
    "reopen",
    "take_away",
    "tick",
    "untick",
    "withdraw_help",
]
