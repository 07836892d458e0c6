"""What the page of a finished order costs, with one and with many of everything that hangs on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdan.audit.actions import record
from gongdan.audit.models import Event
from gongdan.catalog import actions as catalog
from gongdan.catalog import queries as known
from gongdan.catalog.models import Category
from gongdan.customers.models import Customer
from gongdan.dispatch.models import Promise, Visit
from gongdan.doors.desk.orders.facts import EVENTS
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions
from gongdan.orders.actions import OrderDraft
from gongdan.orders.events import Verb
from gongdan.orders.models import Order
from gongdan.people.models import User
from gongdan.quotes.models import Quote, QuoteLine
from gongdan.repair import models as work
from gongdan.settlement.models import Account, Payment
from tests.doors.desk.orders.page import text_of, timeline_of
from tests.settlement.cast import finished, in_repair, settled, till

__all__ = ["finished", "in_repair", "settled", "till"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def grown(settled: Callable[..., Order], technician: Actor, cashier: Actor, now: datetime) -> Callable[[int], Order]:
    """A settled order with so many more of everything."""

    def _grow(count: int) -> Order:
        order = settled()
        line = order.device_lines.get()
        quote = Quote.objects.filter(order=order).latest("pk")
        who, payee = User.objects.get(pk=technician.id), User.objects.get(pk=cashier.id)
        work.Diagnosis.objects.get_or_create(
            device_line=line,
            defaults={"order": order, "inspection": "屏幕无显示", "cause": "排线断裂", "by": who, "at": now},
        )
        for n in range(count):
            later = now + timedelta(hours=n)
            Visit.objects.create(
                order=order, technician=who, dispatched_by=who, dispatched_at=now, task=f"第 {n} 次", void_reason="改派",
                status="void",
            )  # fmt: skip
            Promise.objects.create(
                order=order, start=later, end=later + timedelta(hours=2), is_first=n == 0, reason=f"改约 {n}",
                promised_at=now,
            )  # fmt: skip
            work.ActionLine.objects.create(order=order, device_line=line, text=f"措施 {n}", by=who, at=now)
            work.PartLine.objects.create(order=order, device_line=line, name=f"配件 {n}", by=who, at=now)
            work.TestItem.objects.create(order=order, device_line=line, position=n, name=f"测试 {n}", passed=n > 0)
            QuoteLine.objects.create(
                quote=quote, position=100 + n, item_code="X", name=f"项目 {n}", unit_fen=0, amount_fen=0, payer="customer",
            )  # fmt: skip
            Quote.objects.create(order=order, kind="formal", state="superseded", book=quote.book, created_at=now)
            for fen in (100, -100):
                Payment.objects.create(
                    order=order, kind="payment" if fen > 0 else "refund", amount_fen=fen, tendered_fen=abs(fen), payee=payee,
                    account=Account.objects.get(code="cash"), day=now.date(), at=now, by=payee,
                    receipt_number=f"R{fen}-{n}",
                )  # fmt: skip
            actions.log_contact(order.pk, purpose="contact", result="reached", note=f"联系 {n}", by=technician, at=now)
            for _m in range(5):
                record(Verb.EDITED, order, by=technician, at=now, personal={"phone": ("138", f"139{n}")})
        return order

    return _grow


@pytest.mark.parametrize("count", [1, 10])
def test_it_costs_the_same_with_little_and_with_much(
    grown: Callable[[int], Order],
    admin: Actor,
    client_for: Callable[[Actor], Client],
    django_assert_num_queries: Any,
    count: int,
) -> None:
    order = grown(count)
    client = client_for(admin)
    address = reverse("desk:order", args=[order.number])
    client.get(address)
    with django_assert_num_queries(22):
        page = client.get(address)
    shown, last = text_of(page), count - 1
    named = ("措施", "配件", "项目", "联系", "测试") if count == 1 else ("措施", "配件", "项目", "联系", "改约")
    missing = [f"{name} {last}" for name in named if f"{name} {last}" not in shown]
    assert missing == []
    assert f"第 {last} 次 改派" in shown
    assert f"138 → 139{last}" in shown
    assert len(timeline_of(page)) >= 5 * count


def test_an_order_with_200_events_shows_the_newest_and_the_way_to_the_rest(
    grown: Callable[[int], Order],
    admin: Actor,
    technician: Actor,
    client_for: Callable[[Actor], Client],
    now: datetime,
    django_assert_num_queries: Any,
) -> None:
    order = grown(1)
    for n in range(200):
        record(
            Verb.EDITED, order, by=technician, at=now + timedelta(minutes=n), changes={"remark": [f"{n}", f"{n + 1}"]}
        )
    client = client_for(admin)
    address = reverse("desk:order", args=[order.number])
    client.get(address)

    with django_assert_num_queries(22):
        page = client.get(address)

    assert len(timeline_of(page)) == EVENTS
    assert "199 → 200" in text_of(page)
    seen, more = len(timeline_of(page)), re.search(r'href="([^"]+/timeline/[^"]+)"', page.content.decode())
    while more:
        page = client.get(unescape(more[1]), headers={"HX-Request": "true"})
        seen += len(timeline_of(page))
        more = re.search(r'href="([^"]+/timeline/[^"]+)"', page.content.decode())
    assert seen == Event.objects.filter(about_kind="orders.order", about_id=order.pk).count() > 200


def test_an_open_order_with_everything_to_ask_and_a_complaint_stay_cheap_too(
    agent: Actor,
    customer: Customer,
    client_for: Callable[[Actor], Client],
    now: datetime,
    django_assert_num_queries: Any,
) -> None:
    catalog.load_seed(by=SYSTEM, at=now)
    actions.seed_rules()
    broadband = Category.objects.get(code="broadband")
    draft = OrderDraft(symptom="上不了网", source="direct", customer_id=customer.pk, category_id=broadband.pk)
    order = actions.register(draft, by=agent, at=now)
    first = known.questions(broadband.pk)[0].pk
    actions.answer_questions(order.pk, {first: "是"}, by=agent, at=now)
    actions.log_contact(order.pk, purpose="contact", result="reached", by=agent, at=now)
    complaint = actions.complain(order.pk, "没人来", by=agent, at=now)
    client = client_for(agent)
    client.get(reverse("desk:order", args=[order.number]))

    with django_assert_num_queries(21):
        page = client.get(reverse("desk:order", args=[order.number]))
    with django_assert_num_queries(22):
        disputed = client.get(reverse("desk:order", args=[complaint.number]))

    assert "引导询问" in text_of(page)
    assert "投诉处理" in text_of(disputed)
