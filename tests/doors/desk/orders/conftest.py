"""The fixtures of the orders' shop."""

from __future__ import annotations

from tests.doors.desk.orders.shop import aircon, customer, dispatched, question, register, repair

__all__ = ["aircon", "customer", "dispatched", "question", "register", "repair"]
