"""A bulk order is billed once, and only for the rooms that were done."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from gongdan.catalog import actions as catalog
from gongdan.customers import actions as customers
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.dispatch import actions as dispatch
from gongdan.dispatch.actions import VisitDraft
from gongdan.files import queries as files
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.rules import OrderDraft, read_rooms
from gongdan.pricing.models import PriceBook, PriceItem
from gongdan.quotes import actions as quotes
from gongdan.quotes.actions import ItemDraft
from gongdan.settlement import actions as settlement
from gongdan.settlement import queries as bills
from tests.settlement.cast import till, wechat

__all__ = ["till"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.req("O-038")
def test_thirty_rooms_twenty_eight_done_two_absent_bill_twenty_eight_and_book_two_again(
    till: PriceBook, agent: Actor, admin: Actor, dispatcher: Actor, technician: Actor, cashier: Actor, now: datetime
) -> None:
    aircon = catalog.add_category(code="AC", name="空调", default_mode="on_site", by=SYSTEM, at=now)
    school = customers.add(
        CustomerDraft(
            name="天河中学",
            kind="company",
            contacts=(ContactDraft("13812345678", "总务李老师", "in_charge"),),
            addresses=(AddressDraft("体育东路 20 号"),),
        ),
        by=agent,
        at=now,
    )
    text = "房号 故障 联系人 电话\n" + "\n".join(f"{301 + n} 空调不制冷 值班老师 1380000{1000 + n}" for n in range(30))
    order = orders.register_bulk(
        OrderDraft(symptom="", source="direct", mode="in_store", customer_id=school.pk, category_id=aircon.pk),
        read_rooms(text),
        by=agent,
        at=now,
    )
    order = orders.choose_repair(order.pk, seen=order.version, by=agent, at=now)
    with transaction.atomic():
        orders.advance(orders.locked(order.pk), "start_repair", by=SYSTEM, at=now)
    PriceItem.objects.create(book=till, code="WASH", name="清洗滤网", unit="台", price_fen=60_00)
    lines = list(Order.objects.get(pk=order.pk).device_lines.order_by("position"))
    quote = quotes.start(order.pk, by=admin, at=now)
    items = [ItemDraft("WASH", device_line_id=line.pk) for line in lines]
    quote = quotes.set_items(quote.pk, items, plan="清洗", seen=quote.version, by=admin, at=now)
    quote = quotes.issue(quote.pk, seen=quote.version, by=admin, at=now)
    quotes.decide(quote.pk, is_accepted=True, name="李老师", way="in_person", seen=quote.version, by=admin, at=now)

    again = orders.finish_lines(
        order.pk,
        done=[line.pk for line in lines[:28]],
        absent=[line.pk for line in lines[28:]],
        seen=Order.objects.get(pk=order.pk).version,
        by=admin,
        at=now,
    )

    order = Order.objects.get(pk=order.pk)
    orders.deposit(order, result="repaired", finished_at=now)
    orders.advance(order, "finish_repair", by=admin, at=now)
    settlement.receive(order.pk, wechat(28 * 60_00, cashier, now), by=cashier, at=now)
    bill = settlement.post(order.pk, seen=order.version, by=cashier, at=now)
    assert [line.item_code for line in bills.lines_of(bill.pk)] == ["WASH"] * 28
    assert bill.due_fen == 28 * 60_00
    rooms = [f"{301 + n} · 空调" for n in range(28)]
    assert [line.device for line in bills.sheet(Order.objects.get(pk=order.pk)).lines] == rooms
    paper = files.paper_by_number("settlement", bill.number)
    assert paper is not None
    assert [line["name"] for line in paper.snapshot["lines"]] == [f"清洗滤网 · {room}" for room in rooms]
    assert again is not None
    start = now + timedelta(days=1)
    dispatch.assign(
        again.pk,
        VisitDraft(technician.id, planned_from=start, planned_to=start + timedelta(hours=2)),
        seen=again.version,
        by=dispatcher,
        at=now,
        confirm_conflict=True,
    )
    again.refresh_from_db()
    assert (again.device_lines.count(), again.status, again.technician_names) == (2, "in_repair", "李建国")
