"""Money in whole fen: never a float, never a Decimal in storage."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import NewType

from gongdan.kernel.errors import Refused
from gongdan.kernel.text import _, yuan

__all__ = ["MAX_FEN", "Fen", "parse_yuan", "percent_of", "yuan"]

Fen = NewType("Fen", int)
MAX_FEN = 10**12  # ten thousand million yuan: far above any bill, far below the integer limit of both databases

_AMOUNT = re.compile(r"^[¥￥]?\s*(-?[0-9]{1,13}(?:\.[0-9]{1,2})?)\s*(?:元|块)?(?:整)?$")
_WIDE = str.maketrans("０１２３４５６７８９．，－", "0123456789.,-")


def percent_of(amount: Fen, percent: Decimal | int) -> Fen:
    """That share of the amount, rounded half up to the fen."""
    return Fen(int((Decimal(amount) * Decimal(percent) / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)))


def parse_yuan(typed: str) -> Fen:
    """Typed or pasted yuan ("150元", "¥1,234.50", "３０") as fen. Refused: not an amount, or beyond `MAX_FEN`."""
    cleaned = typed.translate(_WIDE).replace(",", "").strip()
    match = _AMOUNT.match(cleaned)
    if not match:
        raise Refused(_("“{typed}”不是金额，请填写数字，如 150 或 150.50", typed=typed[:40]), code="amount")
    fen = int(Decimal(match[1]) * 100)
    if abs(fen) > MAX_FEN:
        raise Refused(_("金额 {typed} 太大，请检查是否多输了数字", typed=typed[:40]), code="amount")
    return Fen(fen)
