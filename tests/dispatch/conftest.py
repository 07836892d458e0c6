"""The fixtures of dispatch."""

from __future__ import annotations

from tests.dispatch.shop import aircon, customer, draft, order, visit, waiting

__all__ = ["aircon", "customer", "draft", "order", "visit", "waiting"]
