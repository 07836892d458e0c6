"""What a price comes to: lines with payer, rule and reason, and their sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gongdan.kernel.money import Fen
from gongdan.kernel.text import Text
from gongdan.pricing.states import Payer, Role, Rule

NOTHING = Fen(0)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill, for one payer.

    `amount_fen` is what the payer pays, `labour_fen` the labour in it; `device`, `visit` and `charge` are the keys that
    came in.
    """

    code: str
    name: str
    unit: str
    quantity: int
    unit_fen: Fen
    amount_fen: Fen
    payer: Payer
    rule: Rule
    reason: Text
    role: Role
    labour_fen: Fen = NOTHING
    device: str = ""
    visit: str = ""
    charge: str = ""

    @property
    def list_fen(self) -> Fen:
        """Quantity times unit price, before any rule."""
        return Fen(self.quantity * self.unit_fen)

    def as_row(self) -> dict[str, Any]:
        """The columns of a stored line of a quote or bill; device keys are the ids of its device lines."""
        return {
            "item_code": self.code,
            "name": self.name[:100],
            "unit": self.unit,
            "device_line_id": int(self.device) if self.device else None,
            "quantity": self.quantity,
            "unit_fen": self.unit_fen,
            "amount_fen": self.amount_fen,
            "payer": self.payer.value,
            "rule": self.rule,
            "reason": self.reason.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Bill:
    """All lines. Every sum is a sum of lines."""

    lines: tuple[Line, ...]

    @property
    def totals(self) -> dict[Payer, Fen]:
        """What each payer pays; payers without a line are absent."""
        sums: dict[Payer, Fen] = {}
        for line in self.lines:
            sums[line.payer] = Fen(sums.get(line.payer, 0) + line.amount_fen)
        return sums

    @property
    def due_fen(self) -> Fen:
        """What the customer pays."""
        return self.totals.get(Payer.CUSTOMER, NOTHING)

    @property
    def total_fen(self) -> Fen:
        """What all payers together pay."""
        return Fen(sum(line.amount_fen for line in self.lines))

    def paid_by(self, payer: Payer) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.payer is payer)
