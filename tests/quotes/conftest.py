"""The fixtures of quotes."""

from __future__ import annotations

from tests.repair.shop import in_repair, order, shop

__all__ = ["in_repair", "order", "shop"]
