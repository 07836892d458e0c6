"""Words and tones of imports."""

from __future__ import annotations

from gongdan.doors.kit.tables import Badge
from gongdan.imports.queries import STATE_LABELS, VERDICT_LABELS

STATE_TONES: dict[str, str] = {
    "uploaded": "running",
    "checked": "waiting",
    "loading": "running",
    "undoing": "running",
    "done": "done",
    "failed": "danger",
    "undone": "quiet",
}
VERDICT_TONES: dict[str, str] = {"good": "done", "warned": "waiting", "duplicate": "quiet", "refused": "danger"}


def state_badge(state: str) -> Badge:
    """The badge of an import's state."""
    return Badge(STATE_LABELS[state], STATE_TONES[state])


def verdict_badge(verdict: str) -> Badge:
    """The badge of a row's verdict."""
    return Badge(VERDICT_LABELS[verdict], VERDICT_TONES[verdict])
