"""Orders that are done, settled or still in repair; the shop's settings in a word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from gongdan.kernel.actor import Actor
from gongdan.people import actions as people
from gongdan.people.models import ShopSettings
from tests.settlement.cast import finished, in_repair, open_part, settled, till

__all__ = ["finished", "in_repair", "open_part", "settled", "till"]

Set = Callable[..., None]


@pytest.fixture
def put(admin: Actor, now: datetime) -> Set:
    """Sets settings of the whole shop: `put({rules.TRIES: 2})`."""

    def _put(values: dict[Any, Any]) -> None:
        row, _made = ShopSettings.objects.get_or_create(site=None)
        people.save_values(None, values, seen=row.version, by=admin, at=now)

    return _put
