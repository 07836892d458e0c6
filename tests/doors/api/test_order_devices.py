"""The devices of an order through the open API: added, corrected, taken off, and the warranty decided otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from gongdan.catalog import actions as catalog
from gongdan.catalog.models import Category
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders.models import DeviceLine
from tests.doors.api.test_walks import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def aircon(db: None, now: Any) -> Category:
    return catalog.add_category(code="AC", name="空调", default_mode="on_site", by=SYSTEM, at=now)


@pytest.fixture
def desk(agent: Actor, now: Any) -> Caller:
    return Caller(agent, now)


@pytest.fixture
def order(desk: Caller, aircon: Category) -> str:
    """The number of an order with a device that was only told of."""
    asked = {
        "symptom": "空调不制冷", "phone": "13812345678", "category_id": aircon.pk,
        "customer": {"name": "王小明", "contacts": [{"phone": "13812345678"}]}, "devices": [{"brand": "格力"}],
    }  # fmt: skip
    return str(desk.post("/orders", asked)["number"])


@pytest.mark.req("R-030")
def test_a_device_is_added_once_corrected_and_taken_off(desk: Caller, order: str, aircon: Category) -> None:
    body = {"seen": 1, "category_id": aircon.pk, "serial": "SN-2", "place": "1204", "phone": "13900001111"}
    for _again in range(2):
        added = desk.post(f"/orders/{order}/device-lines", body, key="a")
    assert (DeviceLine.objects.count(), added["version"], added["number"]) == (2, 2, order)

    path = f"/device-lines/{added['id']}"
    changed = desk.call("PATCH", path, {"seen": 2, "place": "1205", "contact_name": "小陈"})
    assert (changed[0], changed[1]["version"]) == (200, 3)
    shown = desk.get(f"/orders/{order}")["devices"][1]
    assert [shown[name] for name in ("place", "contact_name", "phone", "serial")] == [
        "1205", "小陈", "13900001111", "SN-2",
    ]  # fmt: skip

    assert desk.post(f"{path}/remove", {"seen": 3})["version"] == 4
    assert desk.call("POST", f"{path}/remove", {"seen": 4})[0] == 404
    assert len(desk.get(f"/orders/{order}")["devices"]) == 1


def test_what_is_told_later_registers_the_device(desk: Caller, order: str) -> None:
    line = DeviceLine.objects.get()

    status, _answer = desk.call(
        "PATCH", f"/device-lines/{line.pk}", {"seen": 1, "model": "KFR-35GW", "purchase_on": "2026-02-01"}
    )

    assert status == 200
    (shown,) = desk.get(f"/orders/{order}")["devices"]
    assert (shown["device_id"] is not None, shown["model"], shown["coverage"]) == (True, "KFR-35GW", "保外")


def test_refusals_name_what_is_wrong(desk: Caller, order: str) -> None:
    path = f"/device-lines/{DeviceLine.objects.get().pk}"

    assert desk.call("PATCH", path, {"seen": 7, "place": "1"})[1]["code"] == "stale"
    assert desk.call("PATCH", path, {"seen": 1, "phone": "139"})[0] == 422
    assert desk.call("PATCH", path, {"seen": 1, "price_fen": 1})[0] == 422
    assert desk.call("POST", f"{path}/remove", {"seen": 1})[1]["code"] == "only_device"
    assert desk.call("PATCH", "/device-lines/99999", {"seen": 1})[0] == 404


@pytest.mark.req("R-025")
def test_the_supervisor_decides_otherwise_and_the_order_says_why(
    desk: Caller, order: str, supervisor: Actor, now: Any
) -> None:
    path = f"/device-lines/{DeviceLine.objects.get().pk}/overrule"
    body = {"seen": 1, "level": "in_warranty", "reason": "发票已补"}
    assert desk.call("POST", path, body)[0] == 403

    boss = Caller(supervisor, now)
    assert boss.call("POST", path, body | {"level": "free"})[0] == 422
    assert boss.post(path, body)["version"] == 2
    (shown,) = desk.get(f"/orders/{order}")["devices"]
    assert (shown["coverage"], shown["overruled_reason"]) == ("保内", "发票已补")


def test_a_desk_of_another_site_and_a_cashier_change_nothing(
    order: str, stranger: Actor, cashier: Actor, now: Any
) -> None:
    path = f"/device-lines/{DeviceLine.objects.get().pk}"
    for other in (stranger, cashier):
        caller = Caller(other, now)
        assert caller.call("POST", f"/orders/{order}/device-lines", {"seen": 1})[0] == 403
        assert caller.call("PATCH", path, {"seen": 1, "place": "1"})[0] == 403
        assert caller.call("POST", f"{path}/remove", {"seen": 1})[0] == 403
        assert caller.call("POST", f"{path}/overrule", {"seen": 1, "level": "out", "reason": "x"})[0] == 403
