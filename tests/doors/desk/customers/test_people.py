"""A customer's page: family, warnings, merging, virtual numbers, and his figures."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from gongdan.audit.models import Event
from gongdan.catalog.models import Category
from gongdan.customers import actions, queries
from gongdan.customers.models import Caution, Contact, Customer, Merge
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.devices import actions as devices
from gongdan.devices.models import Device
from gongdan.devices.rules import DeviceDraft
from gongdan.kernel.actor import Actor
from gongdan.orders import actions as orders
from gongdan.orders.rules import OrderDraft

pytestmark = pytest.mark.django_db
HOME = (AddressDraft("龙口东路 12 号 502"),)


def page_of(customer: Customer, more: str = "") -> str:
    return f"/setup/customers/{customer.pk}/{more}"


@pytest.fixture
def mother(agent: Actor, now: datetime, aircon: Category) -> Customer:
    draft = CustomerDraft(name="陈阿姨", contacts=(ContactDraft("13800001111", "陈阿姨"),), addresses=HOME)
    row = actions.add(draft, by=agent, at=now)
    bought = DeviceDraft(category_id=aircon.pk, brand_text="美的", model_text="KFR-26", serial="MOM-1")
    devices.register_device(row.pk, bought, by=agent, at=now)
    return row


@pytest.fixture
def son(agent: Actor, now: datetime) -> Customer:
    draft = CustomerDraft(name="陈强", contacts=(ContactDraft("13900002222", "陈强", "decider"),), addresses=HOME)
    return actions.add(draft, by=agent, at=now)


@pytest.mark.req("O-051")
def test_the_sons_page_shows_the_mothers_devices_and_open_orders_once_they_are_a_family(
    desk: Client, agent: Actor, mother: Customer, son: Customer, now: datetime
) -> None:
    order = orders.register(OrderDraft(symptom="滴水", source="direct", customer_id=mother.pk), by=agent, at=now)
    before = desk.get(page_of(son)).content.decode()
    assert "MOM-1" not in before
    assert "同一地址" in before

    sent = desk.post(page_of(son, "household/"), {"other_id": mother.pk})

    assert sent.headers["Location"] == page_of(son)
    html = desk.get(page_of(son)).content.decode()
    for shown in ("家庭成员的设备", "MOM-1", "陈阿姨", order.number, "滴水"):
        assert shown in html, shown
    assert "决定人" in desk.get(page_of(mother)).content.decode()
    assert [m.name for m in queries.find("13900002222", agent)] == ["陈强", "陈阿姨"]

    desk.post(page_of(son, "household/leave/"))
    assert "MOM-1" not in desk.get(page_of(son)).content.decode()


def test_a_family_member_must_be_chosen(desk: Client, mother: Customer) -> None:
    assert desk.post(page_of(mother, "household/"), {"other_id": ""}).status_code == 422
    assert desk.post(page_of(mother, "household/"), {"other_id": mother.pk}).status_code == 409


@pytest.mark.req("O-052")
def test_a_virtual_number_is_typed_with_its_end_and_shown_as_expired_after_it(
    desk: Client, agent: Actor, now: datetime
) -> None:
    sheet = {
        "name": "李女士", "kind": "person", "is_active": "on", "contacts_sent": "1", "addresses_sent": "0",
        "contact0-name": "李女士", "contact0-phone": "17012345678", "contact0-kind": "reporter",
        "contact0-is_virtual": "on", "contact0-expires_at": "2026-03-12T10:00",
    }  # fmt: skip
    desk.post("/setup/customers/add/", sheet)

    row = Contact.objects.get(phone="17012345678")
    assert (row.is_virtual, row.phone_code) == (True, "")
    assert row.expires_at == now + timedelta(days=1)
    assert "已失效" in desk.get(page_of(row.customer)).content.decode()
    assert queries.find("17012345678", agent) == []


@pytest.mark.req("O-054")
def test_the_owner_places_a_warning_and_each_look_at_it_is_logged(
    client_for: Callable[[Actor], Client], admin: Actor, desk: Client, mother: Customer
) -> None:
    owner = client_for(admin)
    sent = {"effect": "refuse", "reason": "辱骂师傅", "proof": "录音 7", "expires_on": ""}
    assert owner.post(page_of(mother, "warnings/"), sent).status_code == 303

    seen = owner.get(page_of(mother, "warnings/")).content.decode()
    assert "辱骂师傅" in seen
    owner.get(page_of(mother, "warnings/"))
    assert Event.objects.filter(verb="customer.warnings_read", subject_id=mother.pk).count() == 2

    html = desk.get(page_of(mother)).content.decode()
    assert "不受理" in html
    assert "辱骂师傅" not in html
    assert "录音 7" not in html
    assert desk.get(page_of(mother, "warnings/")).status_code == 403
    assert desk.post(page_of(mother, "warnings/"), sent).status_code == 403


def test_a_warning_is_lifted_with_a_reason(
    client_for: Callable[[Actor], Client], admin: Actor, mother: Customer, now: datetime
) -> None:
    row = actions.warn(mother.pk, "prepaid", reason="欠款", proof="TH-1", by=admin, at=now)
    owner = client_for(admin)
    url = page_of(mother, f"warnings/{row.pk}/lift/")

    assert owner.post(url, {f"lift{row.pk}-reason": ""}).status_code == 422
    assert owner.post(url, {f"lift{row.pk}-reason": "已结清"}).status_code == 303
    assert Caution.objects.get().lifted_reason == "已结清"


def test_a_blacklisting_without_proof_is_refused_at_its_field(
    client_for: Callable[[Actor], Client], admin: Actor, mother: Customer
) -> None:
    sent = client_for(admin).post(page_of(mother, "warnings/"), {"effect": "refuse", "reason": "x", "proof": ""})
    assert sent.status_code == 422
    assert "请写明依据" in sent.content.decode()


def test_two_records_are_compared_merged_reached_by_the_old_link_and_taken_apart(
    client_for: Callable[[Actor], Client], supervisor: Actor, mother: Customer, son: Customer
) -> None:
    desk = client_for(supervisor)
    html = desk.get(page_of(son, f"merge/?other={mother.pk}")).content.decode()
    assert len(re.findall(r'class="d-differs"', html)) >= 3
    assert "陈阿姨" in html

    sent = desk.post(page_of(son, "merge/"), {"gone": mother.pk, "seen": 1, "gone_seen": 1, "take": "name"})
    assert sent.headers["Location"] == page_of(son)
    assert desk.get(page_of(mother)).headers["Location"] == page_of(son)
    shown = desk.get(page_of(son)).content.decode()
    assert "MOM-1" in shown
    assert "撤销合并" in shown

    desk.post(page_of(son, f"merge/{Merge.objects.get().pk}/undo/"))
    assert Device.objects.get().customer_id == mother.pk
    assert "MOM-1" in desk.get(page_of(mother)).content.decode()


def test_who_may_not_merge_finds_no_way_to_it(desk: Client, mother: Customer, son: Customer) -> None:
    assert "合并客户" not in desk.get(page_of(mother)).content.decode()
    assert desk.get(page_of(mother, "merge/")).status_code == 403
    assert desk.post(page_of(mother, "merge/"), {"gone": son.pk, "seen": 1, "gone_seen": 1}).status_code == 403


def test_a_record_changed_meanwhile_is_not_merged_unseen(
    client_for: Callable[[Actor], Client], supervisor: Actor, mother: Customer, son: Customer, now: datetime
) -> None:
    actions.edit(mother.pk, seen=1, changes={"remark": "先打电话"}, by=supervisor, at=now)

    sent = client_for(supervisor).post(page_of(son, "merge/"), {"gone": mother.pk, "seen": 1, "gone_seen": 1})

    assert sent.status_code == 409
    assert not Merge.objects.exists()


@pytest.mark.req("R-021")
def test_the_page_shows_the_customers_figures(desk: Client, agent: Actor, mother: Customer, now: datetime) -> None:
    for symptom in ("滴水", "异响"):
        orders.register(OrderDraft(symptom=symptom, source="direct", customer_id=mother.pk), by=agent, at=now)

    html = desk.get(page_of(mother)).content.decode()

    panel = html[html.index('id="analysis"') :]
    words = re.sub(r"<[^>]+>|\s+", " ", panel[: panel.index("</section>")])
    assert "客户分析" in words
    assert re.search(r"工单\s+2", words)
    assert "未定流程 2" in words


def test_earlier_purchases_tell_where_they_were_bought_and_what_was_sold_here(
    desk: Client, agent: Actor, mother: Customer, aircon: Category
) -> None:
    sheet = {
        "category_id": aircon.pk, "brand_text": "格力", "model_text": "KFR-35", "serial": "HERE-1", "seller": "天河店",
        "purchase_on": "2024-05-01", "price_fen": "3299", "is_sold_here": "on", "is_active": "on",
    }  # fmt: skip
    assert desk.post(page_of(mother, "devices/add/"), sheet).status_code == 303

    html = desk.get(page_of(mother)).content.decode()
    assert "天河店 · 本店售出" in html
    bought = Device.objects.get(serial="HERE-1")
    assert (bought.price_fen, bought.is_sold_here) == (329900, True)
    assert "¥3,299.00" in desk.get(f"/devices/{bought.pk}/").content.decode()


def test_a_devices_page_leads_to_the_others_of_the_customer_and_his_family(
    desk: Client, agent: Actor, mother: Customer, son: Customer, aircon: Category, now: datetime
) -> None:
    actions.join_household(mother.pk, son.pk, by=agent, at=now)
    typed = DeviceDraft(category_id=aircon.pk, brand_text="格力", serial="SON-1")
    his = devices.register_device(son.pk, typed, by=agent, at=now)
    hers = Device.objects.get(serial="MOM-1")

    html = desk.get(f"/devices/{his.pk}/").content.decode()
    assert f'href="/devices/{hers.pk}/"' in html
    assert "同一客户和家庭的其他设备" in html


@pytest.mark.parametrize("rows", [1, 3])
def test_a_customers_page_costs_the_same_with_one_order_and_device_and_with_three(
    desk: Client, agent: Actor, mother: Customer, aircon: Category, now: datetime, rows: int,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    for at in range(rows):
        orders.register(OrderDraft(symptom="滴水", source="direct", customer_id=mother.pk), by=agent, at=now)
        typed = DeviceDraft(category_id=aircon.pk, brand_text="格力", serial=f"MORE-{at}")
        devices.register_device(mother.pk, typed, by=agent, at=now)
    desk.get(page_of(mother))

    # PostgreSQL looks for namesakes in the newest window of the index first, then in the rest.
    with django_assert_num_queries(33 + (connection.vendor == "postgresql")):
        desk.get(page_of(mother))
