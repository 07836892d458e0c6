"""What orders do by the clock."""

from __future__ import annotations

from datetime import datetime

from gongdan.orders.actions import release_expired


def release_expired_holds(*, at: datetime) -> None:
    """Let go of holds whose time is over: a repeated fault waits for its supervisor only so long (O-048)."""
    release_expired(at=at)
