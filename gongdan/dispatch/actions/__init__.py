"""Verbs of dispatch.

`assign` keeps the lines, `promises` what the customer was told, `steps` the technician's way, `teams` the queues,
`wasted` trips to shut doors, `phone` what needed no visit; `lines` is what they share.
"""

from __future__ import annotations

from gongdan.dispatch.actions.assign import assign, edit_visit, send_back, void
from gongdan.dispatch.actions.lines import VisitDraft
from gongdan.dispatch.actions.phone import solve_by_phone
from gongdan.dispatch.actions.promises import (
    MoveDraft,
    agree_express,
    move_promise,
    promise,
    refuse_move,
    settle_coordination,
    to_coordinate,
    transfer,
)
from gongdan.dispatch.actions.steps import (
    ConfirmationDraft,
    accept,
    arrive,
    choose_after_remote,
    confirm_before_visit,
    depart,
    leave,
    record_remote,
    report_delay,
)
from gongdan.dispatch.actions.teams import OfferDraft, offer_to_team, take, take_back_offer
from gongdan.dispatch.actions.wasted import report_wasted_trip

__all__ = [
    "ConfirmationDraft",
    "MoveDraft",
    "OfferDraft",
    "VisitDraft",
    "accept",
    "agree_express",
    "arrive",
    "assign",
    "choose_after_remote",
    "confirm_before_visit",
    "depart",
    "edit_visit",
    "leave",
    "move_promise",
    "offer_to_team",
    "promise",
    "record_remote",
    "refuse_move",
    "report_delay",
    "report_wasted_trip",
    "send_back",
    "settle_coordination",
    "solve_by_phone",
    "take",
    "take_back_offer",
    "to_coordinate",
    "transfer",
    "void",
]
