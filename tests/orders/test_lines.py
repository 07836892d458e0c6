"""Device lines of an open order: place and contact, a device that becomes known later, taken off again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from gongdan.audit.models import Event, PersonalValue
from gongdan.catalog import actions as catalog
from gongdan.catalog.models import Category
from gongdan.devices.models import Device, Stay
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused, Stale
from gongdan.orders import actions, queries
from gongdan.orders.models import DeviceLine, Hold, Order
from gongdan.orders.rules import DeviceDraft
from gongdan.orders.states import Status
from gongdan.repair.models import Diagnosis
from tests.together import at_once

pytestmark = pytest.mark.django_db
Register = Callable[..., Order]


def line_at(position: int = 0) -> DeviceLine:
    return DeviceLine.objects.get(position=position)


@pytest.fixture
def two(register: Register, aircon: Category) -> Order:
    """An order with two devices that were only told of."""
    told = (DeviceDraft(brand_text="格力", symptom="不冷"), DeviceDraft(brand_text="美的", symptom="漏水"))
    return register(category_id=aircon.pk, devices=told)


def test_place_contact_and_number_are_kept_and_their_values_can_be_erased(
    two: Order, agent: Actor, now: datetime
) -> None:
    changes = {"place": " 1203 房 ", "contact_name": "前台小陈", "phone": "13900001111"}

    actions.edit_device_line(line_at(1).pk, changes=changes, seen=1, by=agent, at=now)

    line = line_at(1)
    assert (line.place, line.contact_name, line.phone) == ("1203 房", "前台小陈", "13900001111")
    event = Event.objects.get(verb="order.device_edited")
    assert (event.facts["changes"], event.facts["personal_fields"]) == ({}, ["contact_name", "phone", "place"])
    assert set(PersonalValue.objects.values_list("field", "new")) == {
        ("contact_name", "前台小陈"), ("phone", "13900001111"), ("place", "1203 房"),
    }  # fmt: skip


def test_a_number_that_cannot_be_dialled_is_told(two: Order, agent: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as edited:
        actions.edit_device_line(line_at().pk, changes={"phone": "139"}, seen=1, by=agent, at=now)
    with pytest.raises(Invalid) as added:
        actions.add_device_line(two.pk, DeviceDraft(phone="139"), seen=1, by=agent, at=now)

    for refused in (edited, added):
        assert "不是能拨通的电话号码" in str(refused.value.errors["phone"])


def test_a_device_that_becomes_known_is_registered_with_its_verdict(
    register: Register, agent: Actor, aircon: Category, now: datetime
) -> None:
    order = register(devices=(DeviceDraft(brand_text="格力"),))
    known: dict[str, Any] = {"category_id": aircon.pk, "serial": "SN-77", "model_text": "KFR-35GW"}

    actions.edit_device_line(line_at().pk, changes=known | {"purchase_on": date(2025, 8, 1)}, seen=1, by=agent, at=now)

    device, line = Device.objects.get(), line_at()
    assert (device.serial, device.purchase_on, device.customer_id) == ("SN-77", date(2025, 8, 1), order.customer_id)
    assert (line.device, line.category, line.serial) == (device, aircon, "SN-77")
    assert line.coverage_label
    assert line.verdict is not None
    assert queries.page(order.pk, agent).device_text == "空调 格力 KFR-35GW"
    changed = Event.objects.get(verb="order.device_edited").facts["changes"]
    assert (changed["category"], changed["purchase_on"]) == (["", "空调"], ["", "2025-08-01"])


@pytest.mark.parametrize("status", [Status.TO_DISPATCH, Status.IN_REPAIR, Status.TO_SETTLE])
def test_a_device_that_becomes_known_is_judged_at_every_station_as_an_added_one_is(
    order_in: Callable[..., Order], agent: Actor, aircon: Category, now: datetime, status: Status
) -> None:
    order = order_in(status, devices=(DeviceDraft(category_id=aircon.pk, brand_text="格力"),))
    facts: dict[str, Any] = {"model_text": "KFR-26GW", "purchase_on": date(2025, 8, 1), "invoice_no": "F1"}
    DeviceLine.objects.update(exclusion_codes=["X1"])

    actions.edit_device_line(line_at().pk, changes=facts | {"serial": "SN1"}, seen=order.version, by=agent, at=now)
    draft = DeviceDraft(category_id=aircon.pk, brand_text="格力", serial="SN2", **facts)
    added = actions.add_device_line(order.pk, draft, seen=order.version + 1, by=agent, at=now)

    edited = line_at()
    assert edited.verdict is not None
    assert added.verdict is not None
    assert edited.verdict["last_day"] == added.verdict["last_day"]
    assert (edited.coverage_label, added.coverage_label) == ("保外", "保外")


def test_what_is_told_of_a_device_without_a_category_asks_for_it(
    register: Register, agent: Actor, now: datetime
) -> None:
    register()

    with pytest.raises(Invalid) as refused:
        actions.edit_device_line(line_at().pk, changes={"invoice_no": "F1"}, seen=1, by=agent, at=now)

    assert list(refused.value.errors) == ["category_id"]
    assert not Device.objects.exists()


def test_a_registered_device_is_not_given_another_category_here_nor_put_on_the_order_twice(
    register: Register, agent: Actor, aircon: Category, now: datetime
) -> None:
    order = register(devices=(DeviceDraft(category_id=aircon.pk, serial="SN1"), DeviceDraft(category_id=aircon.pk)))

    with pytest.raises(Refused) as registered:
        actions.edit_device_line(line_at().pk, changes={"category_id": None}, seen=1, by=agent, at=now)
    with pytest.raises(Invalid) as twice:
        actions.edit_device_line(line_at(1).pk, changes={"serial": "sn1"}, seen=1, by=agent, at=now)
    with pytest.raises(Invalid) as again:
        actions.add_device_line(order.pk, DeviceDraft(category_id=aircon.pk, serial="SN1"), seen=1, by=agent, at=now)

    assert registered.value.code == "registered"
    assert (list(twice.value.errors), list(again.value.errors)) == (["serial"], ["serial"])
    assert DeviceLine.objects.count() == 2


@pytest.mark.req("R-250")
def test_a_corrected_fault_is_judged_anew_until_the_repair_begins(
    order_in: Callable[..., Order], agent: Actor, aircon: Category, now: datetime
) -> None:
    fault = catalog.add_fault(category_id=aircon.pk, symptom="不制冷", by=SYSTEM, at=now)
    order = order_in(Status.TO_DISPATCH, devices=(DeviceDraft(category_id=aircon.pk, serial="SN1"),))
    DeviceLine.objects.update(coverage_label="", verdict=None)

    actions.edit_device_line(line_at().pk, changes={"fault_id": fault.pk}, seen=order.version, by=agent, at=now)

    assert (line_at().fault_id, line_at().coverage_label) == (fault.pk, "保外")
    assert Event.objects.get(verb="order.device_edited").facts["changes"]["fault"] == ["", "F001 不制冷"]
    Order.objects.update(status=Status.IN_REPAIR)
    DeviceLine.objects.update(coverage_label="保内")
    actions.edit_device_line(line_at().pk, changes={"fault_id": None}, seen=order.version + 1, by=agent, at=now)
    assert line_at().coverage_label == "保内"  # what the diagnosis said


def test_what_the_supervisor_decided_outlives_a_corrected_fault(
    order_in: Callable[..., Order], agent: Actor, supervisor: Actor, aircon: Category, now: datetime
) -> None:
    fault = catalog.add_fault(category_id=aircon.pk, symptom="不制冷", by=SYSTEM, at=now)
    order = order_in(Status.TO_DISPATCH, devices=(DeviceDraft(category_id=aircon.pk, serial="SN1"),))
    actions.overrule_coverage(line_at().pk, "in_warranty", "老客户", seen=order.version, by=supervisor, at=now)

    actions.edit_device_line(line_at().pk, changes={"fault_id": fault.pk}, seen=order.version + 1, by=agent, at=now)

    assert line_at().coverage_label == "保内"


def test_a_brand_follows_its_word(two: Order, agent: Actor, now: datetime) -> None:
    made = catalog.add_brand(name="海尔", by=SYSTEM, at=now)

    actions.edit_device_line(line_at().pk, changes={"brand_text": "海尔"}, seen=1, by=agent, at=now)
    assert line_at().brand == made
    actions.edit_device_line(line_at().pk, changes={"brand_text": "杂牌"}, seen=2, by=agent, at=now)
    assert line_at().brand is None


def test_what_is_corrected_is_found_by_search(two: Order, agent: Actor, now: datetime) -> None:
    actions.add_device_line(two.pk, DeviceDraft(model_text="M9", serial="ZX-9901"), seen=1, by=agent, at=now)
    actions.edit_device_line(line_at().pk, changes={"serial": "QQ-1234"}, seen=2, by=agent, at=now)

    assert [[row["id"] for row in queries.search(words, agent)] for words in ("ZX-9901", "QQ-1234")] == [[two.pk]] * 2


def test_a_device_is_taken_off_and_stays_in_the_register(
    two: Order, agent: Actor, aircon: Category, now: datetime
) -> None:
    line = actions.add_device_line(two.pk, DeviceDraft(category_id=aircon.pk, serial="SN9"), seen=1, by=agent, at=now)

    order = actions.remove_device_line(line.pk, seen=2, by=agent, at=now)

    assert (order.version, DeviceLine.objects.count(), Device.objects.count()) == (3, 2, 1)
    assert queries.page(two.pk, agent).device_text == "空调 格力 等 2 台"
    event = Event.objects.get(verb="order.device_removed")
    assert (event.subject_id, event.about_id, event.facts["device"]) == (line.pk, two.pk, "空调")
    assert queries.search("SN9", agent) == []


def test_the_only_device_and_one_with_work_stay(
    two: Order, register: Register, agent: Actor, technician: Actor, now: datetime
) -> None:
    Diagnosis.objects.create(order=two, device_line=line_at(), inspection="缺氟", by_id=technician.id, at=now)
    actions.remove_device_line(line_at(1).pk, seen=1, by=agent, at=now)
    alone = register(symptom="另一件事").device_lines.get()
    done = actions.add_device_line(two.pk, DeviceDraft(), seen=2, by=agent, at=now)
    DeviceLine.objects.filter(pk=done.pk).update(result="repaired")

    codes = []
    for pk, seen in ((alone.pk, 1), (line_at_of(two, 0), 3), (done.pk, 3)):
        with pytest.raises(Refused) as refused:
            actions.remove_device_line(pk, seen=seen, by=agent, at=now)
        codes.append(refused.value.code)

    assert codes == ["only_device", "has_work", "has_work"]


def line_at_of(order: Order, position: int) -> int:
    return order.device_lines.get(position=position).pk


def test_who_may_not_what_is_stale_settled_or_gone_is_not_taken_off(
    two: Order, agent: Actor, stranger: Actor, cashier: Actor, now: datetime
) -> None:
    pk = line_at(1).pk
    for by, seen, error in ((cashier, 1, Forbidden), (stranger, 1, Forbidden), (agent, 7, Stale)):
        with pytest.raises(error):
            actions.remove_device_line(pk, seen=seen, by=by, at=now)
    with pytest.raises(Missing):
        actions.remove_device_line(pk + 9, seen=1, by=agent, at=now)
    for status, code in ((Status.TO_FOLLOW_UP, "wrong_status"), (Status.CLOSED, "filed"), (Status.CANCELLED, "filed")):
        Order.objects.update(status=status)
        with pytest.raises(Refused) as refused:
            actions.remove_device_line(pk, seen=1, by=agent, at=now)
        assert refused.value.code == code
    assert DeviceLine.objects.count() == 2


def test_with_the_tagged_device_goes_its_hold(
    order_in: Callable[..., Order], agent: Actor, aircon: Category, now: datetime
) -> None:
    order = order_in(Status.TO_DISPATCH, category_id=aircon.pk, devices=(DeviceDraft(brand_text="格力"),))
    line = actions.add_device_line(
        order.pk, DeviceDraft(category_id=aircon.pk, serial="SN1"), seen=order.version, by=agent, at=now
    )
    Device.objects.update(safety_reason="漏电")
    actions.hold_unsafe(Device.objects.get().pk, by=agent, at=now)
    assert Hold.objects.get(code="safety").released_at is None

    actions.remove_device_line(line.pk, seen=order.version + 1, by=agent, at=now)

    assert Hold.objects.get(code="safety").released_at == now


def test_what_is_handed_over_at_the_counter_later_counts_its_days_until_it_is_taken_off(
    register: Register, agent: Actor, aircon: Category, now: datetime
) -> None:
    order = register(channel="in_store", mode="in_store", category_id=aircon.pk)

    line = actions.add_device_line(order.pk, DeviceDraft(category_id=aircon.pk, serial="SN1"), seen=1, by=agent, at=now)
    assert Stay.objects.get().handed_back_on is None
    actions.remove_device_line(line.pk, seen=2, by=agent, at=now + timedelta(minutes=5))

    assert Stay.objects.get().handed_back_on is not None


def test_a_bulk_order_takes_more_than_thirty(
    two: Order, agent: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gongdan.orders.rules.MAX_DEVICES", 2)
    with pytest.raises(Invalid):
        actions.add_device_line(two.pk, DeviceDraft(), seen=1, by=agent, at=now)
    DeviceLine.objects.update(place="1203")

    assert actions.add_device_line(two.pk, DeviceDraft(place="1204"), seen=1, by=agent, at=now).position == 2


@pytest.mark.django_db(transaction=True)
def test_two_who_take_off_the_last_two_leave_one(two: Order, agent: Actor, supervisor: Actor, now: datetime) -> None:
    lines = [line_at(0).pk, line_at(1).pk]

    ended = at_once(2, lambda place: _removed(lines[place], (agent, supervisor)[place], now))

    assert sorted(type(one).__name__ for one in ended) == ["NoneType", "Stale"]
    assert DeviceLine.objects.count() == 1


def _removed(pk: int, by: Actor, at: datetime) -> None:
    actions.remove_device_line(pk, seen=1, by=by, at=at)
