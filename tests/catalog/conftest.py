from __future__ import annotations

from datetime import datetime

import pytest

from gongdan.catalog import actions
from gongdan.kernel.actor import SYSTEM


@pytest.fixture
def catalog(db: None, now: datetime) -> None:
    """The shipped catalogue."""
    actions.load_seed(by=SYSTEM, at=now)
