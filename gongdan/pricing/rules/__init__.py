"""The price engine: book, circumstances and choices in; lines with payer, rule and reason out. Plain Python."""

from gongdan.pricing.rules.bill import Bill, Line
from gongdan.pricing.rules.book import Book, BookPolicy, DistanceBand, Item, Variant
from gongdan.pricing.rules.checks import hints, problems
from gongdan.pricing.rules.engine import price, price_if_declined, price_together, told_at_intake
from gongdan.pricing.rules.facts import (
    CONTRACT,
    EXTENDED,
    IN_WARRANTY,
    MAIN_PART,
    OUT,
    PARTS_CHARGED,
    REWORK,
    Charge,
    Context,
    Coverage,
    Device,
    Visit,
)
from gongdan.pricing.rules.help import HELP, HelpSection
from gongdan.pricing.rules.surcharges import rounding_lines

__all__ = [
    "CONTRACT",
    "EXTENDED",
    "HELP",
    "IN_WARRANTY",
    "MAIN_PART",
    "OUT",
    "PARTS_CHARGED",
    "REWORK",
    "Bill",
    "Book",
    "BookPolicy",
    "Charge",
    "Context",
    "Coverage",
    "Device",
    "DistanceBand",
    "HelpSection",
    "Item",
    "Line",
    "Variant",
    "Visit",
    "hints",
    "price",
    "price_if_declined",
    "price_together",
    "problems",
    "rounding_lines",
    "told_at_intake",
]
