"""家庭与决定人: 母亲家空调坏了，儿子打电话来问，修不修由儿子决定。"""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from gongdan.customers import actions as customers
from gongdan.customers import queries as register
from gongdan.customers.models import Customer
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.devices import queries as devices
from gongdan.kernel.actor import Actor
from gongdan.orders import queries as orders
from gongdan.orders.models import Consent, Order
from tests.repair.shop import diagnosed, in_repair, quoted

pytestmark = pytest.mark.django_db

__all__ = ["in_repair"]


@pytest.mark.req("O-051")
def test_the_sons_number_finds_the_mothers_devices_and_the_quote_is_asked_of_him(
    in_repair: Callable[..., Order],
    agent: Actor,
    technician: Actor,
    client_for: Callable[[Actor], Client],
    now: datetime,
) -> None:
    order = in_repair()
    mother = Customer.objects.get(pk=order.customer_id)
    son = customers.add(
        CustomerDraft(name="王强", contacts=(ContactDraft("13900002222", "王强", "decider"),)), by=agent, at=now
    )
    customers.join_household(mother.pk, son.pk, by=agent, at=now)

    # 儿子来电：两个人的设备和未完工单都在眼前。
    found = [match.id for match in register.find("13900002222", agent)]
    assert found == [son.pk, mother.pk]
    assert [row.model for row in devices.of_customers(found, on=date(2026, 3, 11))] == ["KFR-35GW"]
    assert [row["number"] for row in orders.of_customers(found, agent, is_open=True)] == [order.number]

    # 检测后报价：页面说清楚问谁，名字已经填好。
    diagnosed(order, technician, now)
    quote = quoted(order, technician, now, "PI021")
    bench = client_for(technician)
    page = html.unescape(bench.get(reverse("desk:quote", args=[order.number])).content.decode())
    assert "由这位决定，请先问他" in page
    assert 'value="王强"' in page

    answer = {"answer": "yes", "name": "王强", "way": "phone", "reason": "", "seen": quote.version}
    assert bench.post(reverse("desk:quote-decide", args=[order.number]), answer).status_code in (200, 303)
    consent = Consent.objects.get(order=order, to_what="quote")
    assert (consent.name, consent.way, consent.is_given) == ("王强", "phone", True)
