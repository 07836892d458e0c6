"""The fixtures of the dispatch pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.dispatch.shop import aircon, customer, draft, order, visit, waiting

__all__ = ["aircon", "customer", "draft", "order", "visit", "waiting"]


@pytest.fixture
def now() -> datetime:
    """The pages ask the clock: everything here stands around the present moment, on a whole quarter."""
    at = datetime.now(UTC).replace(second=0, microsecond=0)
    return at - timedelta(minutes=at.minute % 15)
