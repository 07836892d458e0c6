"""What follows from what, and what runs by the clock. Jobs are dotted paths below `gongdan` and safe to run twice.

A job of TABLE is `job(event_id: int, *, at: datetime)`; it loads what it needs (`audit.queries.event(event_id)` says of
which thing the event tells) and calls one action. A job of PERIODIC is `job(*, at: datetime)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time, timedelta

from gongdan.audit.rules import Periodic

TABLE: Mapping[str, tuple[str, ...]] = {
    "settlement.posted": ("followup.jobs.schedule_call", "followup.jobs.schedule_series"),
    "order.solved_by_phone": ("followup.jobs.schedule_call",),
    "order.complaint_handled": ("followup.jobs.schedule_call",),
    "order.answered_closed": ("followup.jobs.schedule_answer_call",),
    "imports.uploaded": ("imports.jobs.inspect",),
    "imports.mapped": ("imports.jobs.inspect",),
    "imports.load_asked": ("imports.jobs.load",),
    "imports.undo_asked": ("imports.jobs.undo",),
    "paper.pdf_asked": ("flows.pdf.make",),
}

PERIODIC: Sequence[Periodic] = [
    Periodic("audit.jobs.prune", at=time(3, 10)),
    Periodic("people.jobs.clear_sessions", at=time(3, 40)),
    Periodic("orders.jobs.count_faults", at=time(3, 50)),
    Periodic("followup.jobs.close_unanswered", every=timedelta(minutes=10)),
    Periodic("orders.jobs.release_expired_holds", every=timedelta(minutes=1)),
]
