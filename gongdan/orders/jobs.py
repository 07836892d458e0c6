"""What orders do by the clock."""

from __future__ import annotations

from datetime import datetime

from gongdan.catalog import actions as catalog
from gongdan.orders import queries
from gongdan.orders.actions import release_expired


def release_expired_holds(*, at: datetime) -> None:
    """Let go of holds whose time is over: a repeated fault waits for its supervisor only so long (O-048)."""
    release_expired(at=at)


def count_faults(*, at: datetime) -> None:
    """Tell the catalogue which faults orders had most often lately: reception offers those first (`at` is the clock's)."""
    del at
    catalog.keep_fault_counts(queries.recent_faults())
