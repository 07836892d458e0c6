"""What holds an order back goes on from its page; the rooms of a bulk order are finished one by one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdan.customers import actions as customers
from gongdan.customers.models import Customer
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.rules import DeviceDraft

pytestmark = pytest.mark.django_db


def page_of(client: Client, order: Order) -> str:
    return client.get(reverse("desk:order", args=[order.number])).content.decode()


@pytest.mark.req("O-052")
def test_a_wrong_number_is_marked_shown_and_confirmed_on_the_page(
    desk: Client, registered: Callable[..., Order], client_for: Callable[[Actor], Client], supervisor: Actor
) -> None:
    order = registered(source="platform")
    assert "标为信息待核" in page_of(desk, order)

    desk.post(reverse("desk:reception-wrong-number", args=[order.number]))

    html = page_of(desk, order)
    assert "信息待核" in html
    assert "在平台上反馈错号，索取正确电话，核实后才能派工" in html
    assert html.count('<span class="k-word">信息待核') < 2
    assert "（空）" not in html, "nobody took the number away"
    dispatching = client_for(supervisor).get(reverse("desk:dispatch-order", args=[order.number]))
    for page in (html, dispatching.content.decode()):
        assert re.search(r"13\d{9}</a>[^电]{0,200}错号", page), "the number is marked wherever it is shown"
    desk.post(reverse("desk:reception-confirm-phone", args=[order.number]), {"phone": "abc"})
    order.refresh_from_db()
    assert order.hold_code == "wrong_number"
    desk.post(reverse("desk:reception-confirm-phone", args=[order.number]), {"phone": "13600005555"})
    order.refresh_from_db()
    assert (order.hold_code, order.phone_code) == ("", "+8613600005555")


@pytest.mark.req("O-054")
def test_only_the_supervisor_lets_an_order_go_on(
    desk: Client, client_for: Callable[[Actor], Client], supervisor: Actor, admin: Actor, customer: Customer,
    registered: Callable[..., Order], now: Any,
) -> None:  # fmt: skip
    customers.warn(customer.pk, "refuse", reason="上次打人", proof="监控", by=admin, at=now)
    order = registered()
    let_go = reverse("desk:reception-release", args=[order.number, "refused_customer"])

    html = page_of(desk, order)
    assert "需主管同意" in html
    assert let_go not in html
    assert "上次打人" not in html
    assert desk.post(let_go, {"reason": "同意"}).status_code == 403
    boss = client_for(supervisor)
    assert let_go in page_of(boss, order)
    boss.post(let_go, {"reason": ""})
    order.refresh_from_db()
    assert order.hold_code == "refused_customer"
    boss.post(let_go, {"reason": "已和客户谈好"})
    order.refresh_from_db()
    assert order.hold_code == ""


@pytest.mark.req("O-052")
def test_a_virtual_number_warns_on_the_page(desk: Client, registered: Callable[..., Order]) -> None:
    order = registered(phone="13700001234", phone_is_virtual=True)

    assert "隐私号已在" in page_of(desk, order), "the fixture's day is long over"


@pytest.mark.req("R-094")
def test_the_page_names_the_store(desk: Client, registered: Callable[..., Order]) -> None:
    assert "到店（天河店）" in page_of(desk, registered(mode="in_store"))


@pytest.fixture
def rooms(registered: Callable[..., Order], now: Any) -> Order:
    """Three rooms under way."""
    drafts = tuple(DeviceDraft(place=f"30{n}", symptom="不制冷") for n in (1, 2, 3))
    order = registered(devices=drafts, is_bulk=True)
    order = orders.choose_repair(order.pk, seen=order.version, by=SYSTEM, at=now)
    orders.advance(orders.locked(order.pk), "start_repair", by=SYSTEM, at=now)
    return Order.objects.get(pk=order.pk)


@pytest.mark.req("O-038")
def test_rooms_are_finished_one_by_one_and_the_absent_ones_are_booked_again(desk: Client, rooms: Order) -> None:
    url = reverse("desk:reception-rooms", args=[rooms.number])
    assert url in page_of(desk, rooms)
    html = desk.get(url).content.decode()
    assert html.index("301") < html.index("302") < html.index("303")
    first, second, third = rooms.device_lines.order_by("position").values_list("pk", flat=True)
    marked = {f"line{first}": "done", f"line{second}": "absent", f"line{third}": ""}

    for _press in range(2):
        answer = desk.post(url, marked | {"seen": rooms.version, "once_key": "k"})

    again = Order.objects.exclude(pk=rooms.pk).get()
    assert answer["Location"].endswith(f"/orders/{again.number}/")
    assert [line.place for line in again.device_lines.all()] == ["302"]
    assert list(rooms.device_lines.order_by("position").values_list("place", "result")) == [
        ("301", "repaired"), ("303", ""),
    ]  # fmt: skip
    assert "1 间没有结果" in desk.get(url).content.decode()


def test_who_may_not_work_on_it_does_not_see_the_rooms(
    client_for: Callable[[Actor], Client], cashier: Actor, stranger: Actor, rooms: Order
) -> None:
    for who in (cashier, stranger):
        assert client_for(who).get(reverse("desk:reception-rooms", args=[rooms.number])).status_code == 403
