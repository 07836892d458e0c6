"""Settling: money received in rows, the amount due computed, the bill posted once and never edited.

`accounts` is where money goes, `money` its rows and what explains a gap, `bills` the posted paper, `standing` what they share.
"""

from __future__ import annotations

from gongdan.settlement.actions.accounts import SEED_ACCOUNTS, add_account, edit_account, seed_accounts
from gongdan.settlement.actions.bills import post, reverse
from gongdan.settlement.actions.money import (
    PaymentDraft,
    allow_discount,
    put_on_account,
    receive,
    refund,
    void_adjustment,
)

__all__ = [
    "SEED_ACCOUNTS",
    "PaymentDraft",
    "add_account",
    "allow_discount",
    "edit_account",
    "post",
    "put_on_account",
    "receive",
    "refund",
    "reverse",
    "seed_accounts",
    "void_adjustment",
]
