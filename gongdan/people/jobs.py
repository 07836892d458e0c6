"""What people does by the clock."""

from __future__ import annotations

from datetime import datetime

from gongdan.people import actions


def clear_sessions(*, at: datetime) -> None:
    """Forget the log-ins that have run out (`at` is the clock's; sessions carry their own end)."""
    del at
    actions.clear_sessions()
