"""Numbers as an address or a form brings them, where anything may stand."""

from __future__ import annotations


def whole_number(typed: str | None, *, digits: int = 18) -> int | None:
    """The number that these figures are; None for anything else, and for more figures than `digits`."""
    return int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) <= digits else None
