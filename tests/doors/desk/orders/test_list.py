"""The list of all orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdan.kernel.actor import Actor
from gongdan.orders.models import Order
from tests.doors.desk.orders.page import text_of

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Actor], Client]
Register = Callable[..., Order]


def shown(client: Client, **query: Any) -> str:
    answer = client.get(reverse("desk:orders"), query)
    assert answer.status_code == 200
    return text_of(answer)


def test_open_orders_come_first_past_ones_in_their_own_scope(
    repair: Order, register: Register, agent: Actor, client_for: ClientFor
) -> None:
    past = register(symptom="历史")
    Order.objects.filter(pk=past.pk).update(status="closed", is_historic=True)
    client = client_for(agent)
    assert repair.number in shown(client)
    assert past.number not in shown(client)
    assert past.number in shown(client, scope="historic")
    assert repair.number not in shown(client, scope="historic")
    both = shown(client, scope="all")
    assert past.number in both
    assert repair.number in both


@pytest.mark.req("R-042")
@pytest.mark.parametrize(
    ("name", "typed", "other"),
    [("impact", "all", "single"), ("urgency", "critical", "normal"), ("priority", "p1", "p4")],
)
def test_description_impact_urgency_and_priority_narrow_it(
    register: Register, agent: Actor, client_for: ClientFor, name: str, typed: str, other: str
) -> None:
    order = register(impact="all", urgency="critical", symptom="整层断网")
    client = client_for(agent)
    assert order.number in shown(client, **{name: typed})
    assert order.number not in shown(client, **{name: other})
    assert order.number in shown(client, q="整层断网")
    assert order.number not in shown(client, q="冰箱结冰")


@pytest.mark.parametrize(
    ("query", "is_in"),
    [
        ({"state": "to_dispatch"}, True),
        ({"state": "registered"}, False),
        ({"mode": "on_site"}, True),
        ({"mode": "in_store"}, False),
        ({"source": "direct"}, True),
        ({"source": "maker"}, False),
        ({"flow": "repair"}, True),
        ({"flow": "inquiry"}, False),
        ({"since": "2026-03-11", "until": "2026-03-11"}, True),
        ({"until": "2026-03-10"}, False),
        ({"since": "2026-03-12"}, False),
    ],
)
def test_filters_narrow_it(
    repair: Order, agent: Actor, client_for: ClientFor, query: dict[str, str], is_in: bool
) -> None:
    assert (repair.number in shown(client_for(agent), **query)) is is_in


def test_category_and_technician_narrow_it(
    dispatched: Order, register: Register, aircon: Any, technician: Actor, agent: Actor, client_for: ClientFor
) -> None:
    other = register(symptom="别的")
    client = client_for(agent)
    for query in ({"category": aircon.pk}, {"technician": technician.id}):
        assert dispatched.number in shown(client, **query)
        assert other.number not in shown(client, **query)


def test_an_unknown_filter_is_named(repair: Order, agent: Actor, client_for: ClientFor) -> None:
    answer = client_for(agent).get(reverse("desk:orders"), {"colour": "red"})
    assert answer.status_code == 400
    assert "colour" in text_of(answer)


def test_another_site_sees_none_of_it(repair: Order, stranger: Actor, client_for: ClientFor) -> None:
    assert repair.number not in shown(client_for(stranger), scope="all")


def test_a_technician_sees_his_own_only(
    dispatched: Order, technician: Actor, other_technician: Actor, client_for: ClientFor
) -> None:
    assert dispatched.number in shown(client_for(technician))
    assert dispatched.number not in shown(client_for(other_technician))


def test_it_pages_by_the_last_row(register: Register, agent: Actor, client_for: ClientFor, monkeypatch: Any) -> None:
    monkeypatch.setattr("gongdan.doors.desk.orders.lists.SIZE", 2)
    orders = [register(symptom=f"第 {n} 张") for n in range(3)]
    client = client_for(agent)
    first = shown(client)
    assert orders[2].number in first
    assert orders[0].number not in first
    assert "共 3 条" in first
    second = shown(client, after=orders[1].pk)
    assert orders[0].number in second
    assert orders[2].number not in second


@pytest.mark.parametrize("rows", [1, 3])
def test_it_costs_the_same_for_one_row_and_for_three(
    register: Register, agent: Actor, client_for: ClientFor, django_assert_num_queries: Any, rows: int
) -> None:
    for n in range(rows):
        register(symptom=f"第 {n} 张")
    client = client_for(agent)
    with django_assert_num_queries(11):
        client.get(reverse("desk:orders"))
