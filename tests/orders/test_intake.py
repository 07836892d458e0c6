"""Registering and changing orders: required fields, number, customer and devices with it, stale saves, history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongdan.audit.models import Event, PersonalValue
from gongdan.catalog import actions as catalog
from gongdan.catalog.models import Category
from gongdan.customers import actions as customers
from gongdan.customers import queries as customers_queries
from gongdan.customers.models import Contact, Customer
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.devices.models import Device
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused, Stale
from gongdan.orders import actions, queries
from gongdan.orders.models import DeviceLine, Order, Participant
from gongdan.orders.rules import DeviceDraft, OrderDraft
from gongdan.orders.states import Status
from gongdan.people import actions as people
from gongdan.people.models import Site
from tests.together import at_once

pytestmark = pytest.mark.django_db


@pytest.mark.req("R-031")
@pytest.mark.req("R-032")
@pytest.mark.req("R-042")
@pytest.mark.req("R-046")
@pytest.mark.req("R-086")
def test_an_order_keeps_all_that_was_told(
    draft: Callable[..., OrderDraft], agent: Actor, customer: Customer, site: Site, aircon: Category, now: datetime
) -> None:
    customers.load_divisions()

    order = actions.register(
        draft(
            symptom=" 空调不制冷，外机有异响 ",
            occurred="昨天晚上",
            contact_name="王大妈",
            phone="138 0000 1111",
            phone2="82345678",
            division_code="440106",
            address="天河北路 30 号",
            category_id=aircon.pk,
            error_code="E1",
            kind="repair",
            mode="express",
            source="colleague",
            referrer="门店小刘",
            channel="phone",
            impact="department",
            urgency="urgent",
            remark="有狗",
            wished_from=now + timedelta(hours=4),
            wished_to=now + timedelta(hours=6),
            distance_km=12,
        ),
        by=agent,
        at=now,
    )

    page = queries.page(order.pk, agent)
    assert page.number == "GD260311-0001"
    assert (page.status, page.flow, page.version) == ("registered", "", 1)
    assert (page.received_at, page.received_by, page.accepted_at, page.accepted_by) == (now, "王芳", now, "王芳")
    assert (page.customer_name, page.customer_number, page.site_name) == ("王小明", "KH000001", "天河店")
    assert (page.contact_name, page.phone, page.phone_code, page.phone2) == (
        "王大妈", "13800001111", "+8613800001111", "82345678",  # the number in its usual form, the same everywhere
    )  # fmt: skip
    assert page.full_address == "广东省广州市天河区天河北路 30 号"
    assert (page.symptom, page.occurred, page.error_code) == ("空调不制冷，外机有异响", "昨天晚上", "E1")
    assert (page.kind, page.mode, page.source, page.referrer, page.channel) == (
        "repair", "express", "colleague", "门店小刘", "phone",
    )  # fmt: skip
    assert (page.impact, page.urgency, page.priority) == ("department", "urgent", "p2")
    assert (page.wished_from, page.wished_to) == (now + timedelta(hours=4), now + timedelta(hours=6))
    assert (page.remark, page.distance_km, page.category, page.device_text) == ("有狗", 12, "空调", "空调")


@pytest.mark.req("R-045")
@pytest.mark.req("R-031")
def test_nothing_is_saved_without_fault_telephone_and_source(
    draft: Callable[..., OrderDraft], agent: Actor, customer: Customer, now: datetime
) -> None:
    Contact.objects.all().delete()

    with pytest.raises(Invalid) as refused:
        actions.register(draft(symptom="", source=""), by=agent, at=now)

    assert list(refused.value.errors) == ["symptom", "source", "phone"]
    assert Order.objects.count() == 0
    without = actions.register(draft(no_phone_reason="聋哑人，短信联系女儿"), by=agent, at=now)
    assert (without.phone, without.no_phone_reason) == ("", "聋哑人，短信联系女儿")


def test_contact_and_address_left_empty_come_from_the_record(
    register: Callable[..., Order], customer: Customer
) -> None:
    order = register()

    assert (order.contact_name, order.phone, order.phone_code, order.address) == (
        "王小明", "13812345678", "+8613812345678", "体育西路 1 号 302",
    )  # fmt: skip


@pytest.mark.req("R-035")
@pytest.mark.parametrize("source", ["centre", "department", "colleague", "direct"])
def test_each_source_is_kept_and_can_be_counted(source: str, register: Callable[..., Order], agent: Actor) -> None:
    register(source=source, referrer="总务处")
    register(source="maker")

    assert queries.count_of(agent, [], queries.Filters(source=source)) == 1


@pytest.mark.req("R-039")
def test_channel_and_source_stand_apart(register: Callable[..., Order]) -> None:
    order = register(channel="mail", source="property")

    assert (order.channel, order.source) == ("mail", "property")


@pytest.mark.req("R-018")
def test_a_new_customer_comes_with_the_order(agent: Actor, site: Site, now: datetime) -> None:
    order = actions.register(
        OrderDraft(
            symptom="手机碎屏",
            source="direct",
            channel="in_store",
            customer=CustomerDraft(name="李雷", kind="person"),
            phone="13900001111",
            address="中山路 8 号",
        ),
        by=agent,
        at=now,
    )

    card = customers_queries.card(order.customer_id, agent)
    assert (card.name, [c.phone for c in card.contacts], [a.full for a in card.addresses]) == (
        "李雷", ["13900001111"], ["中山路 8 号"],
    )  # fmt: skip
    assert (order.contact_name, order.mode) == ("李雷", "in_store")
    assert [row["number"] for row in queries.search("李雷", agent)] == [order.number]


def test_a_refused_order_leaves_no_customer_behind(agent: Actor, now: datetime, aircon: Category) -> None:
    whole = OrderDraft(symptom="碎屏", source="direct", customer=CustomerDraft(name="李雷"), phone="13900001111")

    with pytest.raises(Invalid) as unknown:
        actions.register(replace(whole, category_id=aircon.pk + 1), by=agent, at=now)
    with pytest.raises(Invalid) as nameless:
        actions.register(replace(whole, customer=CustomerDraft(name="")), by=agent, at=now)

    assert list(unknown.value.errors) == ["category_id"]
    assert list(nameless.value.errors) == ["customer.name"]
    assert (Customer.objects.count(), Order.objects.count()) == (0, 0)


def test_a_customer_of_another_site_cannot_be_chosen(
    draft: Callable[..., OrderDraft], stranger: Actor, agent: Actor, other_site: Site, now: datetime
) -> None:
    with pytest.raises(Invalid) as customer:
        actions.register(draft(), by=stranger, at=now)
    with pytest.raises(Invalid) as place:
        actions.register(draft(site_id=other_site.pk), by=agent, at=now)

    assert (list(customer.value.errors), list(place.value.errors)) == (["customer_id"], ["site_id"])


@pytest.mark.req("R-043")
def test_a_changed_matrix_alters_new_orders_only(register: Callable[..., Order], admin: Actor, now: datetime) -> None:
    before = register()
    people.edit_settings(None, seen=1, by=admin, at=now, priority_matrix={"single": {"normal": "p1"}})
    after = register()

    before.refresh_from_db()
    assert (before.priority, after.priority) == ("p3", "p1")


@pytest.mark.req("R-043")
def test_a_priority_by_hand_is_kept_with_its_reason(
    register: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = register(priority="p1", priority_reason="老人独居")
    actions.edit(order.pk, seen=1, changes={"urgency": "urgent"}, by=agent, at=now)
    kept = queries.page(order.pk, agent)
    actions.edit(order.pk, seen=2, changes={"priority": ""}, by=agent, at=now)
    back = queries.page(order.pk, agent)

    assert (kept.priority, kept.priority_reason) == ("p1", "老人独居")
    assert (back.priority, back.priority_reason) == ("p2", "")


@pytest.mark.req("R-047")
def test_what_came_online_or_from_a_technician_waits_to_be_received(
    register: Callable[..., Order], technician: Actor, customer: Customer, now: datetime
) -> None:
    customers.let_see(customer.pk, technician.id)

    online, by_phone, on_the_way = register(channel="online"), register(), register(by=technician)

    assert [o.accepted_at for o in (online, by_phone, on_the_way)] == [None, now, None]


@pytest.mark.req("R-036")
@pytest.mark.req("R-003")
def test_a_technician_registers_what_he_is_told_and_sees_it(
    technician: Actor, other_technician: Actor, agent: Actor, now: datetime
) -> None:
    order = actions.register(
        OrderDraft(symptom="热水器漏水", source="direct", customer=CustomerDraft(name="赵姐"), phone="13700000000"),
        by=technician,
        at=now,
    )

    assert [row["id"] for row in queries.station_rows(technician).rows] == [order.pk]
    assert queries.station_rows(other_technician).rows == []
    assert [row["id"] for row in queries.station_rows(agent).rows] == [order.pk]
    assert [m.name for m in customers_queries.find("赵姐", technician)] == ["赵姐"]
    assert customers_queries.find("赵姐", other_technician) == []
    assert Participant.objects.get().part == "registrar"


def test_a_technicians_new_customer_is_the_known_one_of_same_name_and_number(
    customer: Customer, technician: Actor, now: datetime
) -> None:
    same = OrderDraft(symptom="又坏了", source="direct", customer=CustomerDraft(name="王小明"), phone="138-1234-5678")

    order = actions.register(same, by=technician, at=now)
    other = actions.register(replace(same, customer=CustomerDraft(name="王小宝")), by=technician, at=now)

    assert (order.customer_id, other.customer_id == customer.pk, Customer.objects.count()) == (customer.pk, False, 2)


def test_registering_needs_its_permission(draft: Callable[..., OrderDraft], cashier: Actor, now: datetime) -> None:
    with pytest.raises(Forbidden):
        actions.register(draft(), by=cashier, at=now)


@pytest.mark.req("R-030")
@pytest.mark.req("R-025")
def test_several_devices_each_have_their_own_fault(
    register: Callable[..., Order], agent: Actor, aircon: Category, customer: Customer, now: datetime
) -> None:
    tv = catalog.add_category(code="TV", name="电视", by=SYSTEM, at=now)
    fault = catalog.add_fault(category_id=tv.pk, symptom="无图像", by=SYSTEM, at=now)
    catalog.add_brand(name="格力", by=SYSTEM, at=now)

    order = register(
        symptom="两台都坏了",
        category_id=aircon.pk,
        devices=(
            DeviceDraft(
                brand_text="格力", model_text="KFR-35GW", serial="sn 0001", purchase_on=date(2025, 6, 1),
                invoice_no="F1", symptom="不制冷", error_code="E1", appearance="外壳划痕", accessories="遥控器",
            ),
            DeviceDraft(category_id=tv.pk, brand_text="海信", symptom="黑屏", fault_id=fault.pk),
        ),
    )  # fmt: skip

    first, second = queries.page(order.pk, agent).devices
    device = Device.objects.get()
    assert (device.customer_id, device.serial_key, device.brand_text) == (customer.pk, "SN0001", "格力")
    assert (first.device_id, first.category, first.brand, first.model, first.serial) == (
        device.pk, "空调", "格力", "KFR-35GW", "sn 0001",
    )  # fmt: skip
    assert (first.purchase_on, first.symptom, first.error_code) == (date(2025, 6, 1), "不制冷", "E1")
    assert (first.appearance, first.accessories) == ("外壳划痕", "遥控器")
    assert (second.device_id, second.category, second.brand, second.symptom, second.fault) == (
        None, "电视", "海信", "黑屏", "无图像",
    )  # fmt: skip
    assert order.device_text == "空调 格力 KFR-35GW 等 2 台"


def test_a_chosen_device_brings_its_facts_and_its_verdict(
    register: Callable[..., Order], agent: Actor, aircon: Category, now: datetime
) -> None:
    first = register(category_id=aircon.pk, devices=(DeviceDraft(model_text="KFR-35GW", serial="SN1"),))
    device = Device.objects.get()

    order = register(devices=(DeviceDraft(device_id=device.pk),))

    (line,) = queries.page(order.pk, agent).devices
    assert (line.device_id, line.model, line.serial, line.category) == (device.pk, "KFR-35GW", "SN1", "空调")
    assert (order.category, first.category) == (aircon, aircon)
    assert line.coverage_label == "保外"
    assert (line.free_part, line.free_labour, line.free_visit) == (False, False, False)
    assert line.verdict is not None
    assert line.verdict["level"] == "out"
    assert line.verdict["steps"]


def test_a_known_serial_is_the_known_device(register: Callable[..., Order], aircon: Category) -> None:
    typed = DeviceDraft(category_id=aircon.pk, serial="SN-1")
    register(devices=(typed,))
    register(devices=(replace(typed, serial="sn1"),))

    assert Device.objects.count() == 1
    assert set(DeviceLine.objects.values_list("device_id", flat=True)) == {Device.objects.get().pk}


def test_another_customers_device_cannot_be_chosen(
    register: Callable[..., Order], agent: Actor, aircon: Category, now: datetime
) -> None:
    register(devices=(DeviceDraft(category_id=aircon.pk, serial="SN1"),))
    other = customers.add(CustomerDraft(name="别人", contacts=(ContactDraft("13700000000"),)), by=agent, at=now)

    with pytest.raises(Invalid) as refused:
        register(customer_id=other.pk, devices=(DeviceDraft(device_id=Device.objects.get().pk),))

    assert str(refused.value.errors["devices"]) == "所选设备不属于这位客户，请重新选择"


def test_an_impossible_device_is_refused_at_the_devices(register: Callable[..., Order], aircon: Category) -> None:
    with pytest.raises(Invalid) as refused:
        register(devices=(DeviceDraft(category_id=aircon.pk, serial="SN1", purchase_on=date(2030, 1, 1)),))

    assert str(refused.value.errors["devices"]) == "购买日期 2030-01-01 在今天之后，请核对"
    assert Order.objects.count() == 0


@pytest.mark.req("R-088")
@pytest.mark.parametrize("mode", ["on_site", "express", "in_store", "pick_up", "mail_in", "remote"])
def test_no_category_bars_a_mode(mode: str, register: Callable[..., Order], now: datetime) -> None:
    phones = catalog.add_category(code="PH", name="手机", default_mode="in_store", by=SYSTEM, at=now)

    assert register(category_id=phones.pk).mode == "in_store"
    assert register(category_id=phones.pk, mode=mode).mode == mode


def test_registering_is_told_to_the_log(register: Callable[..., Order], agent: Actor, now: datetime) -> None:
    order = register()

    event = Event.objects.get(verb="order.registered")
    assert (event.about_kind, event.about_id, event.site_id) == ("orders.order", order.pk, order.site_id)
    assert (event.actor_kind, event.actor_id, event.actor_name, event.at) == ("staff", agent.id, "王芳", now)
    assert event.facts == {
        "number": "GD260311-0001", "source": "direct", "channel": "phone", "is_accepted": True, "version": 1,
    }  # fmt: skip


def test_numbers_follow_the_shops_day_and_pattern(draft: Callable[..., OrderDraft], agent: Actor, admin: Actor) -> None:
    last_evening, next_morning = datetime(2026, 3, 11, 15, 59, tzinfo=UTC), datetime(2026, 3, 11, 16, 0, tzinfo=UTC)

    evening = actions.register(draft(), by=agent, at=last_evening).number
    morning = actions.register(draft(), by=agent, at=next_morning).number
    people.edit_settings(None, seen=1, by=admin, at=next_morning, order_number_pattern="WX{site}{yymm}-{n:05d}")
    changed = actions.register(draft(), by=agent, at=next_morning).number

    assert (evening, morning, changed) == ("GD260311-0001", "GD260312-0001", "WXTH2603-00001")


@pytest.mark.parametrize(
    ("typed", "limit"),
    [
        ({}, 14),
        ({"phone": "13812345678", "address": "体育西路 1 号"}, 12),
    ],
)
def test_registering_costs_a_counted_number_of_statements(
    typed: dict[str, Any], limit: int, draft: Callable[..., OrderDraft], agent: Actor, aircon: Category, now: datetime
) -> None:
    whole = draft(category_id=aircon.pk, **typed)

    with CaptureQueriesContext(connection) as caught:
        actions.register(whole, by=agent, at=now)

    statements = [q["sql"] for q in caught if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    if connection.vendor == "postgresql":
        limit -= 1  # the index is one statement there
    assert len(statements) == limit, "\n".join(statements)


def test_a_known_device_with_its_verdict_costs_five_more(
    register: Callable[..., Order], draft: Callable[..., OrderDraft], agent: Actor, aircon: Category, now: datetime
) -> None:
    register(devices=(DeviceDraft(category_id=aircon.pk, serial="SN1"),))
    known = DeviceDraft(device_id=Device.objects.get().pk)
    whole = draft(phone="13812345678", address="体育西路 1 号", devices=(known,))

    with CaptureQueriesContext(connection) as caught:
        actions.register(whole, by=agent, at=now)

    statements = [q["sql"] for q in caught if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(statements) == 17 - (connection.vendor == "postgresql"), "\n".join(statements)


@pytest.mark.req("R-250")
def test_an_edit_shows_old_and_new_value_and_keeps_personal_ones_apart(
    register: Callable[..., Order], agent: Actor, aircon: Category, now: datetime
) -> None:
    order = register()

    actions.edit(
        order.pk,
        seen=1,
        changes={
            "symptom": "空调漏水",
            "mode": "in_store",
            "impact": "all",
            "category_id": aircon.pk,
            "phone": "13900001111",
            "address": "新地址 1 号",
            "wished_from": now,
            "wished_to": now + timedelta(hours=2),
        },
        by=agent,
        at=now,
    )

    event = Event.objects.get(verb="order.edited")
    shown = {
        name: [str(o), str(n)] for name, (o, n) in event.facts["changes"].items() if name in ("symptom", "category")
    }
    assert shown == {"symptom": ["空调不制冷", "空调漏水"], "category": ["", "空调"]}
    assert [value["template"] for value in event.facts["changes"]["mode"]] == ["上门", "到店"]
    assert [value["template"] for value in event.facts["changes"]["impact"]] == ["单机", "全部(大面积)"]
    assert [value["template"] for value in event.facts["changes"]["priority"]] == ["普通", "高"]
    assert event.facts["changes"]["wished_from"] == [None, "2026-03-11T02:00:00+00:00"]
    assert event.facts["personal_fields"] == ["address", "phone"]
    assert {v.field: (v.old, v.new) for v in PersonalValue.objects.all()} == {
        "phone": ("13812345678", "13900001111"),
        "address": ("体育西路 1 号 302", "新地址 1 号"),
    }
    changed = queries.page(order.pk, agent)
    assert (changed.version, changed.phone_code, changed.priority) == (2, "+8613900001111", "p2")
    assert [row["number"] for row in queries.search("漏水", agent)] == [order.number]
    assert queries.search("不制冷", agent) == []


def test_an_edit_that_changes_nothing_leaves_version_and_log_alone(
    register: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = register()

    actions.edit(order.pk, seen=1, changes={"symptom": " 空调不制冷 "}, by=agent, at=now)

    assert Order.objects.get().version == 1
    assert not Event.objects.filter(verb="order.edited").exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"symptom": " "}, "symptom"),
        ({"phone": ""}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"mode": "hack"}, "mode"),
        ({"priority": "p1"}, "priority_reason"),
        ({"division_code": "999999"}, "division_code"),
        ({"category_id": 10**9}, "category_id"),
        ({"distance_km": -1}, "distance_km"),
    ],
)
def test_an_edit_is_refused_as_registering_is(
    changes: dict[str, Any], field: str, register: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = register()

    with pytest.raises(Invalid) as refused:
        actions.edit(order.pk, seen=1, changes=changes, by=agent, at=now)

    assert list(refused.value.errors) == [field]
    assert Order.objects.get().version == 1


@pytest.mark.req("R-244")
@pytest.mark.parametrize("status", [Status.CLOSED, Status.CANCELLED])
def test_a_filed_order_is_read_only(
    status: Status, order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = order_in(status)

    with pytest.raises(Refused) as refused:
        actions.edit(order.pk, seen=order.version, changes={"symptom": "改"}, by=agent, at=now)

    assert refused.value.code == "filed"


@pytest.mark.req("R-244")
def test_an_imported_order_is_read_only_for_every_verb(
    register: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = register()
    Order.objects.filter(pk=order.pk).update(is_historic=True, status="closed")

    with pytest.raises(Refused) as edit:
        actions.edit(order.pk, seen=1, changes={"symptom": "改"}, by=agent, at=now)
    with pytest.raises(Refused) as cancel:
        actions.cancel(order.pk, "误登", seen=1, by=agent, at=now)

    assert {edit.value.code, cancel.value.code} == {"historic"}
    assert [row["id"] for row in queries.search("王小明", agent)] == [order.pk]
    assert queries.page(order.pk, agent).buttons == ()


def test_editing_is_for_ones_own_orders_and_their_permission(
    register: Callable[..., Order], stranger: Actor, technician: Actor, cashier: Actor, agent: Actor, now: datetime
) -> None:
    order = register()

    for actor in (stranger, technician, cashier):
        with pytest.raises(Forbidden):
            actions.edit(order.pk, seen=1, changes={"symptom": "改"}, by=actor, at=now)
    with pytest.raises(Missing):
        actions.edit(order.pk + 1, seen=1, changes={"symptom": "改"}, by=agent, at=now)


@pytest.mark.req("R-250")
def test_the_second_clerk_is_told_who_changed_what(
    register: Callable[..., Order], agent: Actor, dispatcher: Actor, now: datetime
) -> None:
    order = register()
    actions.edit(order.pk, seen=1, changes={"symptom": "漏水", "phone": "13900001111"}, by=dispatcher, at=now)

    with pytest.raises(Stale) as refused:
        actions.edit(order.pk, seen=1, changes={"symptom": "异响"}, by=agent, at=now)

    assert str(refused.value) == "何静 10:00 改了：故障现象、联系电话；请核对后再保存"
    assert Order.objects.get().symptom == "漏水"


@pytest.mark.req("R-032")
@pytest.mark.django_db(transaction=True)
def test_parallel_registrations_get_different_numbers(
    draft: Callable[..., OrderDraft], agent: Actor, now: datetime
) -> None:
    numbers: list[str] = []

    assert at_once(4, lambda _place: numbers.append(actions.register(draft(), by=agent, at=now).number)) == [None] * 4

    assert sorted(numbers) == [f"GD260311-000{n}" for n in (1, 2, 3, 4)]


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_who_save_at_once_one_wins_and_the_other_is_told(
    register: Callable[..., Order], agent: Actor, dispatcher: Actor, now: datetime
) -> None:
    order = register()
    told: list[str] = []

    def save(place: int) -> None:
        by = (agent, dispatcher)[place]
        try:
            actions.edit(order.pk, seen=1, changes={"remark": f"{by.name}记的"}, by=by, at=now)
        except Stale as refused:
            told.append(f"{by.name}: {refused}")

    at_once(2, save)

    kept = Order.objects.get()
    winner, loser = ("王芳", "何静") if kept.remark == "王芳记的" else ("何静", "王芳")
    assert kept.version == 2
    assert told == [f"{loser}: {winner} 10:00 改了：备注；请核对后再保存"]


def test_a_number_that_was_not_touched_is_not_changed_by_another_edit(
    register: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = register()
    Order.objects.filter(pk=order.pk).update(phone="１３８ ００１３-８０００")  # as older orders have it

    edited = actions.edit(order.pk, seen=order.version, changes={"remark": "有狗"}, by=agent, at=now)
    assert edited.phone == "１３８ ００１３-８０００"
    again = actions.edit(order.pk, seen=edited.version, changes={"phone": "１３９ ００１３ ８０００"}, by=agent, at=now)

    assert (again.phone, again.phone_code) == ("13900138000", "+8613900138000")
