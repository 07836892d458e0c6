"""Long work on imports, as it follows from their events."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from gongdan.audit.queries import event
from gongdan.imports.actions import check
from gongdan.imports.actions import load as loading
from gongdan.imports.actions import undo as undoing


def inspect(event_id: int, *, at: datetime) -> None:
    """Check the file that was uploaded or mapped anew."""
    check.run(event(event_id).about_id, at=at, clock=timezone.now)


def load(event_id: int, *, at: datetime) -> None:
    """Load the checked file; a half-loaded one of a dead process is dropped and begun anew."""
    loading.run(event(event_id).about_id, at=at, clock=timezone.now)


def undo(event_id: int, *, at: datetime) -> None:
    """Take a finished import out again."""
    undoing.run(event(event_id).about_id, at=at)
