"""客户资料删除: no name, number or address of the person is left anywhere but on papers; orders and amounts stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from gongdan.audit import queries as audit
from gongdan.catalog import actions as catalog
from gongdan.customers import actions as customers
from gongdan.customers.models import Customer
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.devices import actions as devices
from gongdan.devices.rules import DeviceDraft
from gongdan.files.models import Paper
from gongdan.flows import erasing, merging
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused, Stale
from gongdan.orders import actions as orders
from gongdan.orders import queries as order_queries
from gongdan.orders.models import Order
from gongdan.orders.rules import OrderDraft
from gongdan.search import queries as search

pytestmark = pytest.mark.django_db
HIS = ("王小明", "王晓明", "13812345678", "82345678", "13900001111", "体育西路", "wxm")


@pytest.fixture
def known(agent: Actor, supervisor: Actor, admin: Actor, now: datetime) -> Order:
    """王小明, twice in the register and merged, with a device, a warning, edits and a cancelled order with a receipt."""
    aircon = catalog.add_category(code="AC", name="空调", default_mode="on_site", by=SYSTEM, at=now)
    people = [
        customers.add(
            CustomerDraft(
                name=name,
                contacts=(ContactDraft(phone, name),),
                addresses=(AddressDraft("体育西路 1 号 302"),),
                remark="王小明喜欢下午",
            ),
            by=agent,
            at=now,
        )
        for name, phone in (("王小明", "13812345678"), ("王晓明", "020-82345678"))
    ]
    keep, gone = people
    devices.register_device(keep.pk, DeviceDraft(category_id=aircon.pk, place="体育西路客厅"), by=agent, at=now)
    customers.warn(keep.pk, "vip", reason="王小明是老客户", by=admin, at=now)
    order = orders.register(
        OrderDraft(
            symptom="不制冷",
            source="direct",
            customer_id=keep.pk,
            contact_name="王小明",
            phone="13812345678",
            phone2="020-82345678",
            address="体育西路 1 号 302",
            category_id=aircon.pk,
        ),
        by=agent,
        at=now,
    )
    order = orders.edit(order.pk, changes={"phone": "13900001111"}, seen=order.version, by=agent, at=now)
    orders.issue_receipt(order.pk, by=agent, at=now)
    orders.cancel(order.pk, "客户取消", seen=order.version, by=supervisor, at=now)
    merging.merge(keep.pk, gone.pk, seen=keep.version, gone_seen=gone.version, by=supervisor, at=now)
    return order


def _left() -> dict[str, int]:
    """In which tables how many rows still hold something of his; the index's words too."""
    found = {}
    for model in apps.get_models():
        if model is Paper:
            continue
        rows = sum(any(word in str(row) for word in HIS) for row in model._default_manager.values_list())
        if rows:
            found[model._meta.label] = rows
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM search_terms WHERE terms LIKE '%小明%' OR terms LIKE '%5678%'")
            if count := cursor.fetchone()[0]:
                found["search_terms"] = count
    return found


def _erase(order: Order, by: Actor, at: datetime, **typed: Any) -> int:
    customer = Customer.objects.get(pk=order.customer_id)
    said: dict[str, Any] = {"number": customer.number, "reason": "客户来电要求删除", "seen": customer.version} | typed
    return erasing.erase(customer.pk, **said, by=by, at=at)


def test_nothing_of_the_person_is_left_but_the_papers_and_the_order_keeps_its_number(
    known: Order, admin: Actor, now: datetime
) -> None:
    assert set(_left()) >= {"customers.Customer", "customers.Contact", "orders.Order", "audit.PersonalValue"}
    foreseen = erasing.foresee(known.customer_id, by=admin)
    assert (foreseen.merged, foreseen.contacts, foreseen.orders, foreseen.open_orders) == (1, 2, 1, ())

    assert _erase(known, admin, now) == 1

    assert _left() == {}
    kept = Order.objects.get(pk=known.pk)
    assert (kept.number, kept.customer.name, kept.customer.is_active) == (known.number, "已删除的客户", False)
    assert order_queries.page(kept.pk, admin).number == known.number
    assert "王小明" in str(Paper.objects.values_list().get())
    assert search.find("王小明", site_ids=None) == []
    assert search.find("5678", site_ids=None) == []
    assert [hit.id for hit in search.find(known.number, site_ids=None)] == [known.pk]


def test_it_is_told_in_the_history_and_cannot_be_done_twice(known: Order, admin: Actor, now: datetime) -> None:
    _erase(known, admin, now)
    told = _told("customers.customer", known.customer_id)
    assert any("删除了客户" in one and "保留工单 1 张。原因：客户来电要求删除" in one for one in told)
    assert any("抹去了" in one for one in _told("orders.order", known.pk))
    with pytest.raises(Refused, match="已在 2026-03-11 删除"):
        _erase(known, admin, now)
    assert erasing.foresee(known.customer_id, by=admin).erased_at == now
    erased = Customer.objects.get(pk=known.customer_id)
    with pytest.raises(Refused, match="他再来时请新建客户"):
        customers.edit(erased.pk, seen=erased.version, changes={"name": "王小明"}, by=admin, at=now)
    with pytest.raises(Invalid, match="请按新客户登记"):
        orders.register(
            OrderDraft(symptom="又坏了", source="direct", customer_id=erased.pk, phone="13812345678"), by=admin, at=now
        )


def _told(kind: str, pk: int) -> list[str]:
    return [str(audit.sentence(entry)) for entry in audit.timeline(kind, pk, limit=20)]


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"number": "KH000000-0000"}, "number"), ({"reason": " "}, "reason"), ({"reason": "因" * 201}, "reason")],
)
def test_the_number_is_typed_and_the_reason_is_given(
    known: Order, admin: Actor, now: datetime, typed: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        _erase(known, admin, now, **typed)
    assert set(refused.value.errors) == {field}
    assert "customers.Contact" in _left()


def test_an_open_order_or_money_owed_stands_against_it(known: Order, admin: Actor, now: datetime) -> None:
    Order.objects.filter(pk=known.pk).update(status="in_repair")
    assert erasing.foresee(known.customer_id, by=admin).open_orders == (known.number,)
    with pytest.raises(Refused, match=f"{known.number} 还没有结案"):
        _erase(known, admin, now)
    Order.objects.filter(pk=known.pk).update(status="closed", due_fen=100_00, money_state="on_account")
    with pytest.raises(Refused, match="还有款没收清"):
        _erase(known, admin, now)
    assert "customers.Contact" in _left()


def test_only_who_may_erases_and_not_over_a_colleague_s_save(
    known: Order, admin: Actor, supervisor: Actor, now: datetime
) -> None:
    with pytest.raises(Forbidden):
        _erase(known, supervisor, now)
    with pytest.raises(Forbidden):
        erasing.foresee(known.customer_id, by=supervisor)
    with pytest.raises(Stale):
        _erase(known, admin, now + timedelta(minutes=1), seen=1)
