"""The fixtures of the orders' shop, and orders that are settled."""

from __future__ import annotations

from tests.doors.desk.orders.shop import aircon, customer, dispatched, question, register, repair
from tests.settlement.cast import finished, in_repair, settled, till

__all__ = [
    "aircon",
    "customer",
    "dispatched",
    "finished",
    "in_repair",
    "question",
    "register",
    "repair",
    "settled",
    "till",
]
