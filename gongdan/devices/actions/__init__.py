"""Verbs on devices.

`records` keeps what is known of a device, `safety` tags one that may not be worked on, `lines` keeps a broadband line
and its readings, `policies` the warranty table, `deposits` is what the floors above do.
"""

from __future__ import annotations

from gongdan.devices.actions.deposits import (
    archive_many,
    begin_stay,
    drop_batch,
    end_stay,
    file_in_archive,
    show_batch,
    withdraw_from_archive,
)
from gongdan.devices.actions.policies import POLICY_FIELDS, add_policy, edit_policy, load_seed
from gongdan.devices.actions.records import (
    add_cover,
    draft_of,
    edit_device,
    end_cover,
    record_maker_verdict,
    register_device,
    take_in,
    take_in_many,
)

__all__ = [
    "POLICY_FIELDS",
    "add_cover",
    "add_policy",
    "archive_many",
    "begin_stay",
    "draft_of",
    "drop_batch",
    "edit_device",
    "edit_policy",
    "end_cover",
    "end_stay",
    "file_in_archive",
    "load_seed",
    "record_maker_verdict",
    "register_device",
    "show_batch",
    "take_in",
    "take_in_many",
    "withdraw_from_archive",
]
