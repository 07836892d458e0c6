"""The search over everything."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from gongdan.customers.models import Customer
from gongdan.kernel.actor import Actor
from gongdan.orders.models import Order
from tests.doors.desk.orders.page import text_of

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Actor], Client]


def test_a_number_opens_its_order_at_once(repair: Order, agent: Actor, client_for: ClientFor) -> None:
    client = client_for(agent)
    for typed in (repair.number, repair.number.lower(), f"  {repair.number} "):
        answer = client.get(reverse("desk:search"), {"q": typed})
        assert (answer.status_code, answer.headers["Location"]) == (303, reverse("desk:order", args=[repair.number]))


def test_a_number_of_the_old_system_opens_its_order(repair: Order, agent: Actor, client_for: ClientFor) -> None:
    Order.objects.filter(pk=repair.pk).update(old_number="SH-2019-77")
    answer = client_for(agent).get(reverse("desk:search"), {"q": "SH-2019-77"})
    assert answer.headers["Location"] == reverse("desk:order", args=[repair.number])


@pytest.mark.parametrize("typed", ["王小明", "wxm", "5678", "13812345678", "体育西路", "不制冷"])
def test_orders_and_customers_stand_in_groups(
    repair: Order, customer: Customer, agent: Actor, client_for: ClientFor, typed: str
) -> None:
    page = client_for(agent).get(reverse("desk:search"), {"q": typed}, follow=True)
    assert repair.number in text_of(page)
    if page.redirect_chain:
        return
    shown = page.content.decode()
    assert 'data-rows="orders"' in shown
    assert customer.number in shown


def test_a_serial_finds_the_device(repair: Order, agent: Actor, client_for: ClientFor) -> None:
    page = client_for(agent).get(reverse("desk:search"), {"q": "4Q97A0236118"})
    assert 'data-rows="devices"' in page.content.decode()
    assert repair.number in text_of(page)


def test_another_sites_things_are_not_found(repair: Order, stranger: Actor, client_for: ClientFor) -> None:
    client = client_for(stranger)
    for typed in (repair.number, "王小明", "4Q97A0236118", "5678"):
        page = client.get(reverse("desk:search"), {"q": typed})
        assert page.status_code == 200
        assert repair.number not in text_of(page).replace(f"“{repair.number}”", "")
        assert "没有找到" in text_of(page)


@pytest.mark.parametrize("typed", ["", " ", "\x00", "'\"; --", "%", "啊" * 200])
def test_whatever_is_typed_is_no_error(agent: Actor, client_for: ClientFor, typed: str) -> None:
    assert client_for(agent).get(reverse("desk:search"), {"q": typed}).status_code == 200


def test_a_masked_number_stays_masked(
    repair: Order, hire: Callable[..., Actor], site: object, client_for: ClientFor
) -> None:
    storekeeper = hire(site, "kuguan", "库管", "storekeeper")
    page = client_for(storekeeper).get(reverse("desk:search"), {"q": "王小明"})
    assert "13812345678" not in page.content.decode()
