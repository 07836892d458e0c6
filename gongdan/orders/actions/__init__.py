"""Verbs on orders.

`intake` registers and edits, `lines` and `equipment` keep their devices, `triage` chooses what becomes of them, `phone`
helps and solves without a visit, `complaints` judges, handles and compensates, `contact` logs calls, `receipts` issues
the paper, `past` takes in imported ones, `deposits` is what the floors above do to them, `indexing` tells the search.
"""

from __future__ import annotations

from gongdan.orders.actions.again import repair_again
from gongdan.orders.actions.bulk import finish_lines, register_bulk, split_off
from gongdan.orders.actions.chase import chase, confirm_phone, mark_wrong_number, release, release_expired
from gongdan.orders.actions.complaints import RuleDraft, compensate, handle, judge, save_rule, seed_rules
from gongdan.orders.actions.contact import log_contact
from gongdan.orders.actions.deposits import (
    add_participant,
    advance,
    deposit,
    deposit_line,
    end_participant,
    locked,
    place_hold,
    record_consent,
    refuse_if_held,
    release_expired_holds,
    release_hold,
    release_hold_of,
    set_promise,
    staff_id,
    status_label,
)
from gongdan.orders.actions.equipment import (
    change_mode,
    deposit_exclusions,
    hold_if_unsafe,
    hold_unsafe,
    known_device,
    overrule_coverage,
    release_unsafe,
)
from gongdan.orders.actions.erasing import erase_contacts
from gongdan.orders.actions.indexing import index
from gongdan.orders.actions.intake import edit, register
from gongdan.orders.actions.lines import add_device_line, edit_device_line, remove_device_line
from gongdan.orders.actions.merging import move_orders
from gongdan.orders.actions.past import drop_past, show_past, take_in_past
from gongdan.orders.actions.phone import answer_questions, note_preliminary, solve_by_phone
from gongdan.orders.actions.receipts import issue_receipt, issue_sign_sheet, issue_ticket
from gongdan.orders.actions.triage import (
    accept_request,
    answer,
    cancel,
    choose_complaint,
    choose_inquiry,
    choose_repair,
    close_answered,
    complain,
    repair_from_inquiry,
)
from gongdan.orders.rules import DeviceDraft, Moment, OrderDraft, PastOrderDraft, Room

__all__ = [
    "DeviceDraft",
    "Moment",
    "OrderDraft",
    "PastOrderDraft",
    "Room",
    "RuleDraft",
    "accept_request",
    "add_device_line",
    "add_participant",
    "advance",
    "answer",
    "answer_questions",
    "cancel",
    "change_mode",
    "chase",
    "choose_complaint",
    "choose_inquiry",
    "choose_repair",
    "close_answered",
    "compensate",
    "complain",
    "confirm_phone",
    "deposit",
    "deposit_exclusions",
    "deposit_line",
    "drop_past",
    "edit",
    "edit_device_line",
    "end_participant",
    "erase_contacts",
    "finish_lines",
    "handle",
    "hold_if_unsafe",
    "hold_unsafe",
    "index",
    "issue_receipt",
    "issue_sign_sheet",
    "issue_ticket",
    "judge",
    "known_device",
    "locked",
    "log_contact",
    "mark_wrong_number",
    "move_orders",
    "note_preliminary",
    "overrule_coverage",
    "place_hold",
    "record_consent",
    "refuse_if_held",
    "register",
    "register_bulk",
    "release",
    "release_expired",
    "release_expired_holds",
    "release_hold",
    "release_hold_of",
    "release_unsafe",
    "remove_device_line",
    "repair_again",
    "repair_from_inquiry",
    "save_rule",
    "seed_rules",
    "set_promise",
    "show_past",
    "solve_by_phone",
    "split_off",
    "staff_id",
    "status_label",
    "take_in_past",
]
