"""The shop of the stories, for the lines that no single app can prove."""

from __future__ import annotations

from tests.repair.shop import in_repair
from tests.scenarios.shop import shop

__all__ = ["in_repair", "shop"]
