"""The demo shop as a whole: orders in every state, and the stories of the office, each told through the real actions."""

from __future__ import annotations

from datetime import datetime

from gongdan.doors.cli.demo import after, field, reception
from gongdan.doors.cli.demo.shop import STAGES, Shop


def build(now: datetime, stages: tuple[tuple[str, int], ...] = STAGES) -> int:
    """Build the demo shop in an empty database around this moment; answers the number of orders.

    `stages`: how many orders stand in each state, beside those of the stories.
    """
    shop = Shop(now, stages=stages)
    shop.build()
    field.tell(shop)
    reception.tell(shop)
    after.tell(shop)
    reception.know_people(shop)  # last: a warning holds what is registered after it
    return len(shop.numbers)
