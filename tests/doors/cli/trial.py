"""Jobs for the trial of the work process, which knows them as `gongdan.trial`: each does what its event says."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from uuid import uuid4

from gongdan.audit import queries
from gongdan.audit.models import OnceKey
from gongdan.audit.rules import Periodic

TABLE = {"trial.asked": ("trial.do",)}
PERIODIC = (Periodic("trial.tick", every=timedelta(hours=1)),)


def do(event_id: int, *, at: datetime) -> None:
    """Note the start, do it, note the end."""
    facts = queries.event(event_id).facts
    _note("started", event_id, at)
    time.sleep(facts.get("seconds", 0))
    if facts.get("is_bad"):
        raise ValueError("打印机没有纸")
    _note("ended", event_id, at)


def tick(*, at: datetime) -> None:
    """Note that periodic work ran."""
    _note("tick", 0, at)


def _note(what: str, number: int, at: datetime) -> None:
    OnceKey.objects.create(actor_kind="trial", actor_id=number, verb=what, key=uuid4().hex, fingerprint="", at=at)
