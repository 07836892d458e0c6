"""When background work runs again, and how a once-only call is recognised."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from gongdan.kernel.calendar import local_day, moment_on

MAX_TRIES = 12  # about a day with the pauses below
LEASE = timedelta(minutes=1)  # renewed while the job runs; so long until another process takes over a dead one's work
BATCH = 100
KEPT = timedelta(days=90)  # once-only keys and finished deliveries

_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=4)


def pause_after(tries: int) -> timedelta:
    """How long to wait after that many failed tries: 10 s, 30 s, 90 s ... at most 4 hours."""
    factor: int = 3 ** min(tries - 1, 10)
    return min(_FIRST_PAUSE * factor, _LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job that runs again and again: `every` so often, or once a day `at` an hour of the shop's clock.

    The job is a dotted path below `gongdan`; it is called as `job(at=now)` and is safe to run twice.
    """

    job: str
    every: timedelta | None = None
    at: time | None = None

    def __post_init__(self) -> None:
        assert (self.every is None) != (self.at is None), f"{self.job}: either every or at"

    def first(self, now: datetime) -> datetime:
        """When it runs for the first time: at once, or at its hour."""
        return now if self.every is not None else self.after(now)

    def after(self, ended: datetime) -> datetime:
        """The next time, counted from the end of the last run: a machine that slept runs once, not once a turn."""
        if self.every is not None:
            return ended + self.every
        assert self.at is not None
        today = moment_on(local_day(ended), self.at)
        return today if today > ended else today + timedelta(days=1)


def fingerprint(payload: Any) -> str:
    """The same 64 characters for the same input, whatever the order of its fields."""
    plain = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()
