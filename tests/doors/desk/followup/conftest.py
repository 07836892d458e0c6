"""Orders that are done, settled or still in repair."""

from tests.settlement.cast import finished, in_repair, open_part, settled, till

__all__ = ["finished", "in_repair", "open_part", "settled", "till"]
