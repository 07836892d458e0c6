"""The imports' own fixtures: a seeded shop, and a spreadsheet taken through its jobs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gongdan.audit.jobs import run_due
from gongdan.catalog import actions as catalog
from gongdan.imports import actions, queries
from gongdan.imports.queries import BatchCard
from gongdan.kernel.actor import SYSTEM, Actor


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def _catalogue(db: None, now: datetime) -> None:
    catalog.load_seed(by=SYSTEM, at=now)


@pytest.fixture
def checked(admin: Actor, _catalogue: None, now: datetime) -> Callable[..., BatchCard]:
    """Uploads a file and lets the work process check it."""

    def _checked(content: bytes, *, kind: str = "past_orders", name: str = "台账.xlsx", **more: Any) -> BatchCard:
        batch = actions.upload(kind, name=name, content=content, by=admin, at=now, **more)
        run_due(now)
        return queries.card(batch.pk, admin)

    return _checked


@pytest.fixture
def loaded(checked: Callable[..., BatchCard], admin: Actor, now: datetime) -> Callable[..., BatchCard]:
    """Uploads a file, has it checked and loads it."""

    def _loaded(content: bytes, **more: Any) -> BatchCard:
        card = checked(content, **more)
        actions.ask_load(card.id, seen=card.version, by=admin, at=now)
        run_due(now)
        return queries.card(card.id, admin)

    return _loaded
