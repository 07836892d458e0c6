"""What is seen of customers: `finding` looks them up and shows one, `people` says whom to ask and what holds there."""

from __future__ import annotations

from gongdan.customers.queries.finding import (
    AddressRow,
    Card,
    ContactRow,
    DivisionRow,
    Duplicate,
    Match,
    by_phone,
    card,
    division,
    divisions,
    duplicates,
    find,
    find_divisions,
    matches,
    newest,
)
from gongdan.customers.queries.people import SiteFacts, flag_for, own_technician, site_facts

__all__ = [
    "AddressRow",
    "Card",
    "ContactRow",
    "DivisionRow",
    "Duplicate",
    "Match",
    "SiteFacts",
    "by_phone",
    "card",
    "division",
    "divisions",
    "duplicates",
    "find",
    "find_divisions",
    "flag_for",
    "matches",
    "newest",
    "own_technician",
    "site_facts",
]
