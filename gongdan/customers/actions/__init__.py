"""Verbs on customers: `records` keeps the register."""

from __future__ import annotations

from gongdan.customers.actions.records import (
    add,
    drop_batch,
    edit,
    index,
    let_see,
    load_divisions,
    no_longer_sees,
    show_batch,
    take_in,
    take_in_many,
)

__all__ = [
    "add",
    "drop_batch",
    "edit",
    "index",
    "let_see",
    "load_divisions",
    "no_longer_sees",
    "show_batch",
    "take_in",
    "take_in_many",
]
