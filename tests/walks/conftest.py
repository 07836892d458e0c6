"""The people of the walks work in a shop as it stands on its first day, around the present moment."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.scenarios.shop import shop

__all__ = ["shop"]


@pytest.fixture
def now() -> datetime:
    """The pages ask the clock."""
    return datetime.now(UTC).replace(microsecond=0)
