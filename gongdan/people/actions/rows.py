"""How every row of people is written: what changed, its next version and its event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gongdan.audit.actions import record
from gongdan.kernel.actor import Actor
from gongdan.people.events import Verb
from gongdan.people.models import ShopSettings, Site, Team, User

Row = Site | User | ShopSettings | Team


def note(changes: dict[str, Any], name: str, old: list[str], new: list[str]) -> None:
    if old != new:
        changes[name] = [old, new]


def save(
    row: Row,
    changes: Mapping[str, Any],
    *,
    verb: Verb,
    by: Actor,
    at: datetime,
    personal: Mapping[str, tuple[str, str]] | None = None,
) -> None:
    """Write the row with the next version, and its event; nothing at all when nothing differs."""
    if not changes and not personal:
        return
    row.version += 1
    row.save()
    record(verb, row, by=by, at=at, changes=dict(changes), personal=personal or None)
