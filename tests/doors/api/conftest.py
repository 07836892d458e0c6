"""The shop of the scenarios, also for calls."""

from tests.scenarios.conftest import shop

__all__ = ["shop"]
