"""The fixtures of repair."""

from __future__ import annotations

from tests.repair.shop import in_repair, order, shop

__all__ = ["in_repair", "order", "shop"]
