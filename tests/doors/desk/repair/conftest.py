"""The fixtures of the repair and quote pages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.repair.shop import in_repair, order, shop

__all__ = ["in_repair", "order", "shop"]


@pytest.fixture
def now() -> datetime:
    """The pages ask the clock: everything here stands around the present moment."""
    return datetime.now(UTC).replace(microsecond=0)
