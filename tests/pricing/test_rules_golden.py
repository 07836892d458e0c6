"""Every worked case of price_rules.json in its own shipped book, to the fen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gongdan import pricing
from gongdan.pricing.rules import IN_WARRANTY, PARTS_CHARGED, Bill, Book, Charge, Context, Device, Visit, price
from gongdan.pricing.states import Area, Mode, Outcome, Payer, Role
from tests.pricing.books import labour, part, plus, shipped, yuan

CASES: list[dict[str, Any]] = json.loads(
    (Path(pricing.__file__).parent / "data" / "price_rules.json").read_text(encoding="utf-8")
)["golden_cases"]
AGREED = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)  # 10:00 on a Wednesday in Shanghai
MODES = {"上门": Mode.ON_SITE, "到店": Mode.IN_STORE, "极速": Mode.EXPRESS, "送修": Mode.IN_STORE}
AREAS = {"中心城市": Area.CENTRAL, "乡镇": Area.RURAL}
JOBS = {"换件维修": "上门换件维修", "检修": "上门检修", None: "送修"}


def _book(case: dict[str, Any]) -> Book:
    """The case's book with the labour and parts that the case names, which stand in no price list."""
    asked = case["in"]
    book = shipped(case["book"])
    labours = [labour(f"L{n}", amount) for n, amount in enumerate(asked.get("labour", []))]
    parts = [part(f"P{n}", amount) for n, amount in enumerate(asked.get("parts", []))]
    return plus(book, *labours, *parts)


def _tariff(book: Book, job: str, category: str) -> str:
    """The code of the tariff's row for this job."""
    return next(i.code for i in book.items.values() if i.category == category and i.name.startswith(job))


def _bill(case: dict[str, Any]) -> Bill:
    asked, book = case["in"], _book(case)
    mode = MODES[asked.get("mode", "上门")]
    coverage = {"保内": IN_WARRANTY, "保修": PARTS_CHARGED}.get(asked.get("warranty") or asked.get("level", ""))
    is_high = "height_fee" in asked
    device = Device("1", category=asked.get("category", "空调" if is_high else ""), height_cm=500 if is_high else 0)
    device = replace(device, coverage=coverage) if coverage else device
    devices: tuple[Device, ...] = (device,)
    charges = [Charge(code, "1") for code in book.items if code[0] in "LP" and code[1:].isdigit()]
    if case["book"] == "前锋":
        kinds = asked.get("devices") or [asked["category"]]
        devices = tuple(Device(str(n), category=kind) for n, kind in enumerate(kinds, 1))
        job = JOBS[asked.get("job")]
        charges += [Charge(_tariff(book, job, device.category), device.key) for device in devices]
    outcome = Outcome.ACCEPTED
    if asked.get("accepted") is False:
        outcome = Outcome.DECLINED if asked["inspected"] else Outcome.CANCELLED
    if asked.get("result") == "用户原因未完成":
        outcome = Outcome.EMPTY_TRIP
    arrived = AGREED + timedelta(minutes=asked.get("arrived_min", 30))
    context = Context(
        mode=mode,
        devices=devices,
        visits=(Visit("1", arrived_at=arrived),) if mode in (Mode.ON_SITE, Mode.EXPRESS) else (),
        outcome=outcome,
        km=Decimal(asked["km"]) if "km" in asked else None,
        area=AREAS.get(asked.get("area", ""), Area.OTHER),
        express_agreed_at=AGREED if mode is Mode.EXPRESS else None,
    )
    return price(book, context, charges)


@pytest.mark.req("R-176")
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_golden_case_comes_to_its_total_and_to_each_named_sum(case: dict[str, Any]) -> None:
    bill = _bill(case)

    wanted = case["out"]
    sums = {
        "total": bill.due_fen,
        "labour": sum(x.labour_fen for x in bill.lines if x.role in (Role.WORK, Role.INSPECTION)),
        "visit": sum(x.amount_fen for x in bill.lines if x.role is Role.VISIT),
        "inspection": sum(x.amount_fen for x in bill.lines if x.role is Role.INSPECTION),
        "remote": sum(x.amount_fen for x in bill.lines if x.role is Role.REMOTE_FEE),
        "parts": sum(x.amount_fen for x in bill.lines if x.code.startswith("P") and x.code[1:].isdigit()),
    }
    assert {name: sums[name] for name in wanted} == {name: yuan(amount) for name, amount in wanted.items()}


def test_there_are_fourteen_golden_cases_and_each_names_a_shipped_book() -> None:
    assert [case["id"] for case in CASES] == [f"G{n}" for n in range(1, 15)]
    assert {case["book"] for case in CASES} == {"default", "前锋", "奥普"}


@pytest.mark.req("R-182")
def test_the_mode_decides_over_visit_fee_and_express_surcharge() -> None:
    by_id = {case["id"]: _bill(case) for case in CASES}

    roles = {name: [line.role for line in by_id[name].lines] for name in ("G1", "G4", "G5")}

    assert roles["G1"] == [Role.VISIT, Role.INSPECTION, Role.WORK, Role.WORK, Role.WORK, Role.WORK]
    assert roles["G4"] == [Role.INSPECTION, Role.WORK]
    assert roles["G5"] == [Role.VISIT, Role.EXPRESS, Role.INSPECTION, Role.WORK]


@pytest.mark.req("R-091")
def test_in_store_there_is_no_visit_fee_line_at_all() -> None:
    bill = _bill(next(case for case in CASES if case["id"] == "G4"))

    assert [line.name for line in bill.lines if line.role in (Role.VISIT, Role.DISTANCE)] == []
    assert bill.due_fen == yuan(60)


@pytest.mark.req("R-176")
def test_in_warranty_the_rest_of_g7_is_the_makers() -> None:
    bill = _bill(next(case for case in CASES if case["id"] == "G7"))

    assert bill.totals == {Payer.CUSTOMER: yuan(150), Payer.MAKER: yuan(750)}
