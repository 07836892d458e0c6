"""Verbs on prices."""

from gongdan.pricing.actions.books import (
    add_book,
    add_item,
    add_proposal,
    edit_book,
    edit_item,
    edit_policy,
    publish_book,
    remove_proposal,
    retire,
    start_new_version,
)
from gongdan.pricing.actions.seed import load_seed

__all__ = [
    "add_book",
    "add_item",
    "add_proposal",
    "edit_book",
    "edit_item",
    "edit_policy",
    "load_seed",
    "publish_book",
    "remove_proposal",
    "retire",
    "start_new_version",
]
