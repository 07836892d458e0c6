"""The shipped price books, and what faults propose."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.kernel.actor import Actor
from gongdan.kernel.money import Fen
from gongdan.kernel.pinyin import initials
from gongdan.pricing import access, rules, states
from gongdan.pricing.actions.books import borrow
from gongdan.pricing.events import Verb
from gongdan.pricing.models import PriceBook, PriceItem, Proposal

_DATA = Path(__file__).parent.parent / "data"
_MODES = {
    "全部": "",
    "上门": states.Mode.ON_SITE,
    "极速": states.Mode.EXPRESS,
    "到店": states.Mode.IN_STORE,
    "取送": states.Mode.PICK_UP,
    "远程": states.Mode.REMOTE,
}
_BASES = {"public page": states.Basis.PUBLIC, "our estimate": states.Basis.ESTIMATE}
_LABOUR_IS_OURS = "工费部分由本店设定"


@transaction.atomic
def load_seed(*, by: Actor, at: datetime) -> int:
    """Add the shipped books that the shop has not, and what faults propose; how many rows that were.

    Books and proposals that are there stay as the shop has them, so it may run again after an update.
    """
    by.require(access.EDIT)
    known = set(PriceBook.objects.values_list("code", flat=True))
    count = 0
    for stored in _stored_books():
        if stored["code"] not in known:
            count += _seed_book(stored, by=by, at=at)
    count += _seed_proposals()
    if count:
        record(Verb.SEEDED, PriceBook.objects.order_by("pk")[0], by=by, at=at, is_historic=True, count=count)
    return count


def _seed_book(stored: Mapping[str, Any], *, by: Actor, at: datetime) -> int:
    valid_from = stored["valid_from"] and date.fromisoformat(stored["valid_from"])
    book = PriceBook.objects.create(
        code=stored["code"],
        name=stored["name"],
        kind=stored["kind"],
        brand=stored["brand"],
        policy=rules.BookPolicy.from_json(stored["policy"]).as_json(),
        remark=stored["remark"],
        status=states.BookStatus.PUBLISHED if valid_from else states.BookStatus.DRAFT,
        valid_from=valid_from,
        published_at=at if valid_from else None,
        published_by_id=by.id if valid_from and by.kind == "staff" else None,
    )
    rows = _rows_of(stored)
    for position, row in enumerate(rows, 1):
        row.book, row.position, row.initials = book, position, initials(row.name)[:100]
    count = len(PriceItem.objects.bulk_create(rows))
    if lender := stored.get("borrows"):
        count += borrow(book, PriceBook.objects.get(code=lender, edition=1))
    return count


def _stored_books() -> list[dict[str, Any]]:
    books: list[dict[str, Any]] = json.loads((_DATA / "books.json").read_text(encoding="utf-8"))
    return books


def _rows_of(stored: Mapping[str, Any]) -> list[PriceItem]:
    """The rows of a shipped book: those of its table, then its own."""
    tables = {"price_items.csv": _store_rows, "maker_tariff_example.csv": _tariff_rows}
    table = list(tables[stored["table"]]()) if "table" in stored else []
    return [*table, *(_own_row(row) for row in stored["items"])]


def _store_rows() -> Iterator[PriceItem]:
    own = {row["code"]: row for row in _rows("demo_items.csv")}
    rule_words = {str(label): rule for rule, label in states.WARRANTY_RULE_LABELS.items()}
    for row in _rows("price_items.csv"):
        demo = own[row["id"]]
        labour = _fen(demo["labour_yuan"])
        note = "；".join(part for part in (row["note"], _LABOUR_IS_OURS if labour is not None else "") if part)
        in_store = _fen(demo["in_store_yuan"])
        yield PriceItem(
            code=row["id"],
            group=row["group"],
            name=row["name_zh"],
            unit=row["unit"],
            kind=demo["kind"],
            role=demo["role"],
            price_fen=_fen(row["default_yuan"]),
            low_fen=_fen(row["low_yuan"]),
            high_fen=_fen(row["high_yuan"]),
            labour_fen=labour,
            category_name="" if row["category_zh"] == "全部" else row["category_zh"],
            mode=_MODES[row["mode"]],
            warranty_rule=rule_words[row["warranty_rule"]],
            from_cm=_cm(demo["from_m"]),
            to_cm=_cm(demo["to_m"]),
            variants=[] if in_store is None else [rules.Variant(in_store, states.Mode.IN_STORE).as_json()],
            excludes=[code for code in demo["excludes"].split(";") if code],
            note=note,
            basis=_BASES[row["basis"]],
            source=row["source"],
        )


def _tariff_rows() -> Iterator[PriceItem]:
    """Three rows for each category of the maker's tariff: with part, check, brought in. An empty cell has no price."""
    for number, row in enumerate(_rows("maker_tariff_example.csv"), 1):
        category = row["category_zh"]
        for place, (column, name, role, mode) in enumerate(
            (
                ("onsite_replace_yuan", "上门换件维修", states.Role.WORK, states.Mode.ON_SITE),
                ("onsite_check_yuan", "上门检修", states.Role.INSPECTION, states.Mode.ON_SITE),
                ("bring_in_yuan", "送修", states.Role.WORK, states.Mode.IN_STORE),
            ),
            1,
        ):
            yield PriceItem(
                code=f"QF{number:02d}-{place}",
                group=category[:20],
                name=f"{name}（{category}）",
                unit="台",
                role=role,
                price_fen=_fen(row[column]),
                category_name=category,
                mode=mode,
                note=row["note"],
                basis=states.Basis.MAKER,
            )


def _own_row(row: Mapping[str, Any]) -> PriceItem:
    return PriceItem(
        code=row["code"],
        group=row["group"],
        name=row["name"],
        unit=row["unit"],
        role=row["role"],
        price_fen=None if row["yuan"] is None else row["yuan"] * 100,
        category_name=row.get("category", ""),
        mode=row.get("mode", ""),
        warranty_rule=row["warranty_rule"],
        from_cm=row.get("from_cm"),
        variants=row.get("variants", []),
        replaces=row.get("replaces", []),
        note=row["note"],
        basis=row["basis"],
    )


def _seed_proposals() -> int:
    """The shipped proposals; a shop that has any keeps its own as they are."""
    if Proposal.objects.exists():
        return 0
    rows = [
        Proposal(
            category_name=row["category"],
            part_name=row["part"],
            keyword=row["keyword"],
            fault_code=row["fault_code"],
            item_code=row["item_code"],
            rank=rank,
        )
        for rank, row in enumerate(_rows("proposals.csv"))
    ]
    for number, row in enumerate(_rows("maker_tariff_example.csv"), 1):
        kinds = {row["category_zh"], *row["category_zh"].split("/")}
        rows += [
            Proposal(category_name=kind, item_code=f"QF{number:02d}-{place}", rank=place)
            for kind in sorted(kinds)
            for place in (1, 2, 3)
        ]
    return len(Proposal.objects.bulk_create(rows))


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _fen(yuan: str) -> Fen | None:
    return Fen(int(Decimal(yuan) * 100)) if yuan else None


def _cm(metres: str) -> int | None:
    return int(Decimal(metres) * 100) if metres else None
