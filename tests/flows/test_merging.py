"""合并客户: everything of two records stands under one, and exactly what moved goes back."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from gongdan.catalog import actions as catalog
from gongdan.catalog.models import Category
from gongdan.customers import access
from gongdan.customers import actions as customers
from gongdan.customers import queries as register
from gongdan.customers.models import Customer, Merge
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.devices import actions as devices
from gongdan.devices.models import ArchiveEntry, Device
from gongdan.devices.rules import ArchiveDraft, DeviceDraft
from gongdan.flows import merging
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Refused, Stale
from gongdan.orders import actions as orders
from gongdan.orders import queries as order_queries
from gongdan.orders.models import Order
from gongdan.orders.rules import OrderDraft

pytestmark = pytest.mark.django_db
HOME = AddressDraft("体育西路 1 号 302")


@pytest.fixture
def aircon(db: None, now: datetime) -> Category:
    return catalog.add_category(code="AC", name="空调", default_mode="on_site", by=SYSTEM, at=now)


@dataclass
class Two:
    """王小明 twice in the register: with a mobile number, and with a landline, a second flat and a past."""

    keep: Customer
    gone: Customer
    device: Device
    order: Order
    old_order: Order


@pytest.fixture
def two(agent: Actor, technician: Actor, aircon: Category, now: datetime) -> Two:
    keep = customers.add(
        CustomerDraft(name="王小明", contacts=(ContactDraft("13812345678", "王小明"),), addresses=(HOME,)),
        by=agent,
        at=now,
    )
    gone = customers.add(
        CustomerDraft(
            name="王晓明",
            contacts=(ContactDraft("13812345678", "王小明"), ContactDraft("020-82345678", "王太太", "at_home")),
            addresses=(HOME, AddressDraft("天河北路 9 号")),
            remark="有狗",
        ),
        by=agent,
        at=now,
    )
    home = gone.addresses.get(detail=HOME.detail)
    draft = DeviceDraft(category_id=aircon.pk, brand_text="格力", serial="SN1", address_id=home.pk)
    device = devices.register_device(gone.pk, draft, by=agent, at=now)
    devices.file_in_archive(
        ArchiveDraft(device_id=device.pk, customer_id=gone.pk, on=now.date(), fault="漏水", order_number="OLD-1")
    )
    taken = OrderDraft(symptom="不制冷", source="direct", customer_id=gone.pk, phone="13812345678")
    order = orders.register(taken, by=agent, at=now)
    orders.add_participant(order, technician.id, "technician", at=now)
    old = orders.register(replace(taken, customer_id=keep.pk), by=agent, at=now)
    return Two(keep, gone, device, order, old)


def merged(two: Two, by: Actor, now: datetime, **more: Any) -> Merge:
    return merging.merge(two.keep.pk, two.gone.pk, seen=1, gone_seen=1, by=by, at=now, **more)


def test_everything_stands_under_the_kept_one(two: Two, supervisor: Actor, technician: Actor, now: datetime) -> None:
    merged(two, supervisor, now)

    card = register.card(two.keep.pk, supervisor)
    assert [(c.name, c.phone) for c in card.contacts] == [("王小明", "13812345678"), ("王太太", "020-82345678")]
    assert [a.detail for a in card.addresses] == ["体育西路 1 号 302", "天河北路 9 号"]
    assert (card.name, card.remark, card.is_active) == ("王小明", "有狗", True)
    device = Device.objects.get()
    assert (device.customer_id, device.address_id) == (two.keep.pk, two.keep.addresses.get(detail=HOME.detail).pk)
    assert ArchiveEntry.objects.get().customer_id == two.keep.pk
    assert {o["id"] for o in order_queries.of_customer(two.keep.pk, supervisor)} == {two.order.pk, two.old_order.pk}
    assert access.visible_to(technician).filter(pk=two.keep.pk).exists()


def test_search_finds_only_the_kept_one_and_old_links_lead_to_him(two: Two, supervisor: Actor, now: datetime) -> None:
    merged(two, supervisor, now)

    assert [m.id for m in register.find("82345678", supervisor)] == [two.keep.pk]
    assert register.find("王晓明", supervisor) == []
    assert [m.id for m in register.by_phone("+8613812345678", supervisor)] == [two.keep.pk]
    assert register.kept_of(two.gone.pk) == two.keep.pk
    assert [(m.gone_number, m.is_undone) for m in register.merges(two.keep.pk)] == [(two.gone.number, False)]


def test_taking_it_back_returns_exactly_what_moved(
    two: Two, supervisor: Actor, agent: Actor, technician: Actor, aircon: Category, now: datetime
) -> None:
    before = everything_of(two, supervisor)
    row = merged(two, supervisor, now)
    later = now + timedelta(days=1)
    since = orders.register(
        OrderDraft(customer_id=two.keep.pk, phone="13812345678", symptom="异响", source="direct"), by=agent, at=later
    )
    bought = devices.register_device(two.keep.pk, DeviceDraft(category_id=aircon.pk, serial="SN2"), by=agent, at=later)

    merging.unmerge(row.pk, by=supervisor, at=later)

    after = everything_of(two, supervisor)
    assert after["gone"] == before["gone"]
    assert after["keep"]["orders"] == before["keep"]["orders"] | {since.pk}
    assert after["keep"]["devices"] == before["keep"]["devices"] | {bought.pk}
    assert {k: v for k, v in after["keep"].items() if k not in ("orders", "devices")} == {
        k: v for k, v in before["keep"].items() if k not in ("orders", "devices")
    }
    assert [m.id for m in register.find("82345678", supervisor)] == [two.gone.pk]
    seen = access.visible_to(technician)
    assert set(seen.values_list("pk", flat=True)) == {two.gone.pk}
    with pytest.raises(Refused, match="已由 赵明 撤销"):
        merging.unmerge(row.pk, by=supervisor, at=later)


def everything_of(two: Two, actor: Actor) -> dict[str, dict[str, Any]]:
    found = {}
    for name, pk in {"keep": two.keep.pk, "gone": two.gone.pk}.items():
        card = register.card(pk, actor)
        found[name] = {
            "own": (card.name, card.kind, card.remark, card.site_rules, card.transport, card.is_active),
            "contacts": {(c.id, c.name, c.phone) for c in card.contacts},
            "addresses": {(a.id, a.detail) for a in card.addresses},
            "devices": set(Device.objects.filter(customer=pk).values_list("pk", flat=True)),
            "places": set(Device.objects.filter(customer=pk).values_list("address", flat=True)),
            "archive": set(ArchiveEntry.objects.filter(customer=pk).values_list("pk", flat=True)),
            "orders": set(Order.objects.filter(customer=pk).values_list("pk", flat=True)),
        }
    found["keep"].pop("places")
    return found


def test_fields_are_taken_from_the_gone_one_where_that_was_chosen(two: Two, supervisor: Actor, now: datetime) -> None:
    row = merged(two, supervisor, now, take=("name",))
    assert Customer.objects.get(pk=two.keep.pk).name == "王晓明"

    merging.unmerge(row.pk, by=supervisor, at=now)
    assert Customer.objects.get(pk=two.keep.pk).name == "王小明"


def test_a_text_changed_since_is_not_taken_back(two: Two, supervisor: Actor, now: datetime) -> None:
    row = merged(two, supervisor, now)
    customers.edit(two.keep.pk, seen=2, changes={"remark": "狗已送人"}, by=supervisor, at=now)

    merging.unmerge(row.pk, by=supervisor, at=now)
    assert Customer.objects.get(pk=two.keep.pk).remark == "狗已送人"


def test_a_warning_is_not_lost_by_merging(two: Two, admin: Actor, now: datetime) -> None:
    customers.warn(two.gone.pk, "refuse", reason="拒不付款", proof="录音", by=admin, at=now)

    row = merged(two, admin, now)
    assert register.flag_for(two.keep.pk, now.date()) == "refuse"

    merging.unmerge(row.pk, by=admin, at=now)
    assert register.flag_for(two.keep.pk, now.date()) == ""
    assert register.flag_for(two.gone.pk, now.date()) == "refuse"


def test_a_chain_is_taken_back_from_its_end(two: Two, supervisor: Actor, agent: Actor, now: datetime) -> None:
    third = customers.add(CustomerDraft(name="王小明"), by=agent, at=now)
    first = merged(two, supervisor, now)
    merging.merge(third.pk, two.keep.pk, seen=1, gone_seen=2, by=supervisor, at=now)

    assert register.kept_of(two.gone.pk) == third.pk
    with pytest.raises(Refused, match="请先撤销那次合并"):
        merging.unmerge(first.pk, by=supervisor, at=now)


def test_who_may_not_whom_another_changed_and_who_is_gone_already_is_refused(
    two: Two, agent: Actor, supervisor: Actor, stranger: Actor, now: datetime
) -> None:
    with pytest.raises(Forbidden):
        merged(two, agent, now)
    with pytest.raises(Stale):
        merging.merge(two.keep.pk, two.gone.pk, seen=1, gone_seen=7, by=supervisor, at=now)
    elsewhere = customers.add(CustomerDraft(name="王小明"), by=stranger, at=now)
    with pytest.raises(Forbidden):
        merging.merge(two.keep.pk, elsewhere.pk, seen=1, gone_seen=1, by=supervisor, at=now)
    merged(two, supervisor, now)
    with pytest.raises(Refused, match="已停用或已并入"):
        merging.merge(two.keep.pk, two.gone.pk, seen=2, gone_seen=2, by=supervisor, at=now)
    with pytest.raises(Refused, match="已并入另一位"):
        customers.edit(two.gone.pk, seen=2, changes={"remark": "x"}, by=agent, at=now)


def test_an_order_that_an_old_page_sends_for_the_gone_one_is_the_kept_ones(
    two: Two, supervisor: Actor, agent: Actor, now: datetime
) -> None:
    merged(two, supervisor, now)

    draft = OrderDraft(customer_id=two.gone.pk, phone="13812345678", symptom="异响", source="direct")
    assert orders.register(draft, by=agent, at=now).customer_id == two.keep.pk


@pytest.mark.django_db(transaction=True)
def test_two_who_merge_the_same_two_at_once_in_either_direction_make_one_merge(
    two: Two, supervisor: Actor, now: datetime
) -> None:
    gate = threading.Barrier(2)
    refused: list[Refused] = []

    def run(keep: int, gone: int) -> None:
        try:
            gate.wait()
            merging.merge(keep, gone, seen=1, gone_seen=1, by=supervisor, at=now)
        except Refused as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    pairs = [(two.keep.pk, two.gone.pk), (two.gone.pk, two.keep.pk)]
    threads = [threading.Thread(target=run, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    row = Merge.objects.get()
    assert len(refused) == 1
    assert set(Order.objects.values_list("customer", flat=True)) == {row.kept_id}
