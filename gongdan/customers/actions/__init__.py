"""Verbs on customers: `records` keeps the register, `households`, `cautions` and `merging` what their names say."""

from __future__ import annotations

from gongdan.customers.actions.cautions import lift_warning, read_warnings, warn
from gongdan.customers.actions.erasing import ERASED_NAME, erase, merged_with, note_erased
from gongdan.customers.actions.households import join_household, leave_household
from gongdan.customers.actions.merging import TAKEABLE, merge, remember_moved, unmerge
from gongdan.customers.actions.records import (
    add,
    drop_batch,
    edit,
    index,
    let_see,
    load_divisions,
    no_longer_sees,
    put_right_number,
    set_readers,
    show_batch,
    take_in,
    take_in_many,
)

__all__ = [
    "ERASED_NAME",
    "TAKEABLE",
    "add",
    "drop_batch",
    "edit",
    "erase",
    "index",
    "join_household",
    "leave_household",
    "let_see",
    "lift_warning",
    "load_divisions",
    "merge",
    "merged_with",
    "no_longer_sees",
    "note_erased",
    "put_right_number",
    "read_warnings",
    "remember_moved",
    "set_readers",
    "show_batch",
    "take_in",
    "take_in_many",
    "unmerge",
    "warn",
]
