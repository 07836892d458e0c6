"""Verbs of repair.

`work` is what was found and done on a device, `handover` the customer's trial and the way back of the ticket, `sheets`
issues its papers, `guards` is what each of them asks first.
"""

from __future__ import annotations

from gongdan.repair.actions.handover import finish, record_trial, reopen
from gongdan.repair.actions.sheets import issue_sheet
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
    "PartDraft",
    "add_action",
    "add_part",
    "diagnose",
    "edit_part",
    "finish",
    "issue_sheet",
    "record_tests",
    "record_trial",
    "remove_action",
    "remove_part",
    "reopen",
]
