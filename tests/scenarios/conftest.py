"""The fixtures of the stories."""

from __future__ import annotations

from tests.scenarios.shop import shop

__all__ = ["shop"]
