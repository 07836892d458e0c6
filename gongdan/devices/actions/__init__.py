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
from gongdan.devices.actions.erasing import erase_owner
from gongdan.devices.actions.lines import add_reading, save_line
from gongdan.devices.actions.merging import move_devices, put_back_devices
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
from gongdan.devices.actions.safety import tag_unsafe, untag

__all__ = [
    "POLICY_FIELDS",
    "add_cover",
    "add_policy",
    "add_reading",
    "archive_many",
    "begin_stay",
    "draft_of",
    "drop_batch",
    "edit_device",
    "edit_policy",
    "end_cover",
    "end_stay",
    "erase_owner",
    "file_in_archive",
    "load_seed",
    "move_devices",
    "put_back_devices",
    "record_maker_verdict",
    "register_device",
    "save_line",
    "show_batch",
    "tag_unsafe",
    "take_in",
    "take_in_many",
    "untag",
    "withdraw_from_archive",
]
