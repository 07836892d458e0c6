"""The shipped books as values, read from the same data files as the seed, without a database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gongdan.kernel.money import Fen
from gongdan.pricing.actions import seed
from gongdan.pricing.queries import _item
from gongdan.pricing.rules import Book, BookPolicy, Item
from gongdan.pricing.states import ItemKind, Role, WarrantyRule


def shipped(code: str) -> Book:
    """One of the shipped books, without what it borrows."""
    stored = next(row for row in seed._stored_books() if row["code"] == code)
    rows = seed._rows_of(stored)
    return Book(code, {row.code: _item(row) for row in rows}, BookPolicy.from_json(stored["policy"]), stored["name"])


def yuan(amount: float) -> Fen:
    return Fen(round(amount * 100))


def labour(code: str, amount: float, **fields: Any) -> Item:
    """An item of pure labour."""
    return Item(code, f"工费{code}", yuan(amount), **fields)


def part(code: str, amount: float, **fields: Any) -> Item:
    """A part at its price."""
    return Item(code, f"配件{code}", yuan(amount), kind=ItemKind.PART, **fields)


def with_part(code: str, amount: float, of_it: float, **fields: Any) -> Item:
    """A part-included item with the labour in it."""
    return Item(code, f"含件{code}", yuan(amount), kind=ItemKind.WITH_PART, labour_fen=yuan(of_it), **fields)


def visit_fee(amount: float = 50) -> Item:
    return Item("V", "上门费", yuan(amount), role=Role.VISIT)


def inspection_fee(amount: float = 50) -> Item:
    return Item("J", "检测费", yuan(amount), role=Role.INSPECTION)


def surcharge(code: str, role: Role, amount: float, **fields: Any) -> Item:
    return Item(code, f"加价{code}", yuan(amount), role=role, warranty_rule=WarrantyRule.CHARGED, **fields)


def book_of(*items: Item, **policy: Any) -> Book:
    """A small book with this policy."""
    return Book("test", {item.code: item for item in items}, BookPolicy(**policy), "试验价目")


def plus(book: Book, *items: Item, **policy: Any) -> Book:
    """The book with further items, and with these fields of its policy changed."""
    return replace(
        book, items={**book.items, **{item.code: item for item in items}}, policy=replace(book.policy, **policy)
    )
