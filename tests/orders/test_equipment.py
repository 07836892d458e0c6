"""Devices added to an order later, corrected, and judged otherwise by the supervisor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from gongdan.audit.models import Event
from gongdan.catalog.models import Category
from gongdan.devices.models import Device
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused, Stale
from gongdan.orders import actions, queries
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.rules import DeviceDraft
from gongdan.orders.states import Status

pytestmark = pytest.mark.django_db


@pytest.mark.req("R-030")
def test_a_second_device_is_added_later(
    register: Callable[..., Order], agent: Actor, aircon: Category, now: datetime
) -> None:
    order = register(category_id=aircon.pk)

    actions.add_device_line(
        order.pk, DeviceDraft(model_text="KFR-72LW", serial="SN2", symptom="漏水"), seen=1, by=agent, at=now
    )

    page = queries.page(order.pk, agent)
    assert [(d.position, d.category, d.model, d.symptom) for d in page.devices] == [
        (0, "空调", "", ""), (1, "空调", "KFR-72LW", "漏水"),
    ]  # fmt: skip
    assert (page.version, page.device_text) == (2, "空调 等 2 台")
    assert page.devices[1].device_id == Device.objects.get().pk
    event = Event.objects.get(verb="order.device_added")
    assert (event.about_id, event.facts["device"]) == (order.pk, "空调 KFR-72LW")


def test_the_same_device_does_not_stand_twice_on_an_order(
    register: Callable[..., Order], agent: Actor, aircon: Category, now: datetime
) -> None:
    order = register(devices=(DeviceDraft(category_id=aircon.pk, serial="SN1"),))

    with pytest.raises(Invalid) as refused:
        actions.add_device_line(order.pk, DeviceDraft(device_id=Device.objects.get().pk), seen=1, by=agent, at=now)

    assert str(refused.value.errors["devices"]) == "这台设备已在这张工单里，不用再添加"


@pytest.mark.req("R-250")
def test_a_line_is_corrected_with_old_and_new_in_the_log(
    register: Callable[..., Order], agent: Actor, aircon: Category, now: datetime
) -> None:
    order = register(category_id=aircon.pk, devices=(DeviceDraft(brand_text="格力", accessories="遥控器"),))
    line = DeviceLine.objects.get()

    actions.edit_device_line(
        line.pk, changes={"brand_text": "美的", "height_cm": 450, "accessories": "遥控器"}, seen=1, by=agent, at=now
    )

    page = queries.page(order.pk, agent)
    assert (page.devices[0].brand, page.devices[0].height_cm, page.version) == ("美的", 450, 2)
    assert page.device_text == "空调 美的"
    assert Event.objects.get(verb="order.device_edited").facts["changes"] == {
        "brand_text": ["格力", "美的"], "height_cm": [0, 450],
    }  # fmt: skip


def test_a_line_is_not_corrected_on_a_stale_a_foreign_or_a_settled_order(
    order_in: Callable[..., Order], agent: Actor, stranger: Actor, now: datetime
) -> None:
    order = order_in(Status.TO_FOLLOW_UP)
    line = DeviceLine.objects.get()

    with pytest.raises(Refused) as settled:
        actions.edit_device_line(line.pk, changes={"symptom": "x"}, seen=order.version, by=agent, at=now)
    with pytest.raises(Stale):
        actions.edit_device_line(line.pk, changes={"symptom": "x"}, seen=1, by=agent, at=now)
    with pytest.raises(Forbidden):
        actions.edit_device_line(line.pk, changes={"symptom": "x"}, seen=1, by=stranger, at=now)
    with pytest.raises(Missing):
        actions.edit_device_line(line.pk + 9, changes={"symptom": "x"}, seen=1, by=agent, at=now)

    assert settled.value.code == "wrong_status"
    assert DeviceLine.objects.get().symptom == ""


def test_the_supervisor_overrules_the_verdict_with_a_reason(
    register: Callable[..., Order], agent: Actor, supervisor: Actor, aircon: Category, now: datetime
) -> None:
    order = register(devices=(DeviceDraft(category_id=aircon.pk, serial="SN1"),))
    line = DeviceLine.objects.get()

    actions.overrule_coverage(line.pk, "in_warranty", "发票已补", seen=1, by=supervisor, at=now)

    (shown,) = queries.page(order.pk, agent).devices
    assert (shown.coverage_label, shown.free_part, shown.free_labour, shown.free_visit) == ("保内", True, True, True)
    assert shown.overruled_reason == "发票已补"
    assert shown.verdict is not None
    assert shown.verdict["level"] == "out"
    event = Event.objects.get(verb="order.coverage_overruled")
    assert (event.actor_name, event.facts["changes"], event.facts["reason"]) == (
        "赵明", {"coverage": ["保外", "保内"]}, "发票已补",
    )  # fmt: skip
    assert Order.objects.get().version == 2


def test_overruling_needs_the_permission_a_reason_and_a_level_that_there_is(
    register: Callable[..., Order], agent: Actor, supervisor: Actor, now: datetime
) -> None:
    register()
    line = DeviceLine.objects.get()

    with pytest.raises(Forbidden):
        actions.overrule_coverage(line.pk, "out", "理由", seen=1, by=agent, at=now)
    with pytest.raises(Invalid) as reason:
        actions.overrule_coverage(line.pk, "out", " ", seen=1, by=supervisor, at=now)
    with pytest.raises(Invalid) as level:
        actions.overrule_coverage(line.pk, "free", "理由", seen=1, by=supervisor, at=now)

    assert (list(reason.value.errors), list(level.value.errors)) == (["reason"], ["level"])


def test_overruling_ends_with_the_settlement(order_in: Callable[..., Order], supervisor: Actor, now: datetime) -> None:
    order = order_in(Status.TO_FOLLOW_UP)

    with pytest.raises(Refused) as refused:
        actions.overrule_coverage(DeviceLine.objects.get().pk, "out", "理由", seen=order.version, by=supervisor, at=now)

    assert refused.value.code == "wrong_status"


def test_every_order_has_a_line_to_work_on(register: Callable[..., Order], agent: Actor) -> None:
    (line,) = queries.page(register().pk, agent).devices

    assert (line.category, line.device_id, line.coverage_label) == ("", None, "")


def test_a_bench_without_permission_adds_nothing(register: Callable[..., Order], cashier: Actor, now: datetime) -> None:
    order = register()

    with pytest.raises(Forbidden):
        actions.add_device_line(order.pk, DeviceDraft(), seen=1, by=cashier, at=now)
    with pytest.raises(Invalid):
        actions.add_device_line(order.pk, replace(DeviceDraft(), serial="1" * 61), seen=1, by=SYSTEM, at=now)
