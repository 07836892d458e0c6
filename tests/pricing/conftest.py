"""The shipped books in the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from gongdan.kernel.actor import SYSTEM
from gongdan.pricing import actions
from gongdan.pricing.models import PriceBook


@pytest.fixture
def seeded(db: None, now: datetime) -> int:
    """The shipped books; how many rows they are."""
    return actions.load_seed(by=SYSTEM, at=now)


@pytest.fixture
def edition(seeded: int) -> Callable[..., PriceBook]:
    """An edition by its book's code: `edition("default", 2)` is the second one."""

    def _edition(code: str, number: int = 1) -> PriceBook:
        return PriceBook.objects.get(code=code, edition=number)

    return _edition
