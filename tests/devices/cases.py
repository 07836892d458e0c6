"""The shipped warranty table as rules see it, read from its files: the golden cases need no database."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from gongdan import catalog, devices
from gongdan.devices import states
from gongdan.devices.rules import (
    ALL_FREE,
    NOTHING_FREE,
    PART_FREE,
    PART_PAID,
    BrandFacts,
    CategoryFacts,
    DeviceFacts,
    Kind,
    Policy,
    StartRule,
    kinds_for,
)
from gongdan.kernel.calendar import WorkingCalendar, shipped_rows

CALENDAR = WorkingCalendar.of((row.day, row.kind) for row in shipped_rows())
PRESETS = {"all": ALL_FREE, "part": PART_FREE, "part_paid": PART_PAID, "none": NOTHING_FREE}


def _read(room: Any, name: str) -> list[dict[str, str]]:
    with (Path(room.__file__).parent / "data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def categories() -> dict[str, CategoryFacts]:
    return {
        row["name"]: CategoryFacts(number, row["name"], row["needs_installation"] == "1", int(row["part_wait_days"]))
        for number, row in enumerate(_read(catalog, "categories.csv"), 1)
    }


@cache
def brands() -> dict[str, BrandFacts]:
    return {
        row["name"]: BrandFacts(
            number, row["name"], int(row["buffer_months"]) if row["buffer_months"] else None, row["buffer_rule"]
        )
        for number, row in enumerate(_read(catalog, "brands.csv"), 1)
    }


@cache
def kinds() -> tuple[Kind, ...]:
    return tuple(
        Kind(
            row["name"],
            categories()[row["category"]].id,
            row["parent"],
            tuple(word for word in row["words"].split(";") if word),
            row["is_default"] == "1",
        )
        for row in _read(devices, "kinds.csv")
    )


@cache
def policies() -> tuple[Policy, ...]:
    return tuple(_policy(row) for row in _read(devices, "policies.csv") if row["is_active"] == "1")


def facts(category: str, brand: str = "", *, spec: str = "", kind: str = "", **known: Any) -> DeviceFacts:
    """A device as its files know it: dates may be written as text."""
    told: dict[str, Any] = {
        name: date.fromisoformat(value) if isinstance(value, str) and name.endswith("_on") else value
        for name, value in known.items()
    }
    of = categories()[category]
    return DeviceFacts(
        category=of,
        brand=brands()[brand] if brand else None,
        product_kinds=kinds_for(kinds(), category_id=of.id, chosen=kind, description=spec),
        description=spec,
        **told,
    )


def _policy(row: dict[str, str]) -> Policy:
    return Policy(
        code=row["code"],
        months=int(row["months"]),
        category_id=categories()[row["category"]].id if row["category"] else None,
        product_kind=row["product_kind"],
        brand_id=brands()[row["brand"]].id if row["brand"] else None,
        series=tuple(word for word in row["series"].split(";") if word),
        condition=row["condition"],
        use_kind=states.UseKind(row["use_kind"]) if row["use_kind"] else None,
        scope=states.Scope(row["scope"]),
        components=tuple(word for word in row["components"].split(";") if word),
        level=states.Level(row["level"]),
        flags=PRESETS[row["preset"]],
        start=StartRule(row["start"]) if row["start"] else None,
        valid_from=date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        kind=states.PolicyKind(row["kind"]),
        basis=states.PolicyBasis(row["basis"]),
        regulation=row["regulation"],
    )
