"""The list beside the form: what waits for its flow, what I registered today, and the flow chosen right there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from gongdan.kernel.actor import Actor
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.states import Flow, Status

URL = "/reception/"
ROWS = {"HX-Request": "true", "HX-Target": "div#rows"}


def numbers_of(html: str) -> list[str]:
    """The numbers listed, in order."""
    return re.findall(r'<tr data-url="/orders/([^/]+)/"', html)


@pytest.mark.req("R-034", "R-048")
@pytest.mark.django_db
def test_what_waits_for_its_flow_is_listed_newest_first_and_opens_the_order(
    desk: Client, registered: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    first, second, third = registered(), registered(), registered()
    orders.choose_repair(second.pk, seen=second.version, by=agent, at=now)

    html = desk.get(URL).content.decode()

    assert numbers_of(html) == [third.number, first.number]
    assert "王小明" in html


@pytest.mark.django_db
def test_the_other_scope_is_what_i_registered_today_in_any_status(
    desk: Client, typed: Any, registered: Callable[..., Order], agent: Actor
) -> None:
    registered()  # on another day
    desk.post(URL, typed())
    mine = Order.objects.latest("pk")
    orders.choose_repair(mine.pk, seen=mine.version, by=agent, at=mine.received_at)

    html = desk.get(URL, {"scope": "today"}, headers=ROWS).content.decode()

    assert numbers_of(html) == [mine.number]
    assert "待派工" in html


@pytest.mark.django_db
def test_a_search_finds_orders_in_any_status(
    desk: Client, registered: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    found = registered(symptom="压缩机嗡嗡响")
    registered(symptom="漏水")
    orders.cancel(found.pk, "客户不修了", seen=found.version, by=agent, at=now)

    assert numbers_of(desk.get(URL, {"q": "嗡嗡"}, headers=ROWS).content.decode()) == [found.number]
    assert "没有符合条件的记录" in desk.get(URL, {"q": "没有这样的"}, headers=ROWS).content.decode()


@pytest.mark.django_db
def test_an_unknown_condition_is_named(desk: Client) -> None:
    for asked in ({"scope": "mars"}, {"colour": "red"}, {"after": "' OR 1=1"}):
        response = desk.get(URL, asked)
        assert (response.status_code, "k-tone-waiting" in response.content.decode()) == (400, True)


@pytest.mark.django_db
def test_the_next_page_goes_on_where_this_one_ends(
    desk: Client, registered: Callable[..., Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gongdan.doors.desk.intake.lists.SIZE", 2)
    made = [registered() for _order in range(3)]

    first = desk.get(URL, headers=ROWS).content.decode()
    further = re.search(r'href="(\?after=\d+)"', first)
    assert further is not None
    second = desk.get(URL + further[1], headers=ROWS).content.decode()

    assert numbers_of(first) == [made[2].number, made[1].number]
    assert numbers_of(second) == [made[0].number]


@pytest.mark.django_db
def test_an_empty_list_says_what_to_do(desk: Client) -> None:
    html = desk.get(URL).content.decode()

    assert "没有等待定流程的工单" in html
    assert "登记以后在这里选择咨询、投诉或维修" in html


@pytest.mark.django_db
def test_orders_of_other_sites_are_not_listed(
    client_for: Callable[[Actor], Client], stranger: Actor, registered: Callable[..., Order]
) -> None:
    registered()

    assert numbers_of(client_for(stranger).get(URL).content.decode()) == []


@pytest.mark.req("R-047")
@pytest.mark.django_db
def test_a_request_that_nobody_received_shows_how_long_it_waits(desk: Client, registered: Callable[..., Order]) -> None:
    registered(channel="online")
    registered(channel="phone")

    html = desk.get(URL, headers=ROWS).content.decode()

    assert len(re.findall(r"k-due-late", html)) == 1


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.django_db
def test_the_list_costs_the_same_with_one_row_and_with_three(
    desk: Client, registered: Callable[..., Order], django_assert_num_queries: Any, rows: int
) -> None:
    for _order in range(rows):
        registered()
    desk.get(URL, headers=ROWS)

    with django_assert_num_queries(5):  # session, user, actor, shop, rows
        desk.get(URL, headers=ROWS)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.django_db
def test_the_page_costs_the_same_with_one_row_and_with_three(
    desk: Client, registered: Callable[..., Order], django_assert_num_queries: Any, rows: int
) -> None:
    for _order in range(rows):
        registered()
    desk.get(URL)

    with django_assert_num_queries(9):  # the list's, counts of the menu, categories, questions, stores
        desk.get(URL)


@pytest.mark.req("R-048")
@pytest.mark.parametrize(
    ("flow", "status", "sentence"),
    [
        ("repair", Status.TO_DISPATCH, "已转维修，等待派工"),
        ("inquiry", Status.ANSWERING, "已转咨询，可在工单里答复"),
        ("complaint", Status.ANSWERING, "已转投诉，可在工单里答复"),
    ],
)
@pytest.mark.django_db
def test_the_flow_is_chosen_in_the_list(
    desk: Client, registered: Callable[..., Order], agent: Actor, flow: str, status: Status, sentence: str
) -> None:
    order = registered()

    response = desk.post(f"/reception/{order.number}/{flow}/", {"seen": order.version}, headers={"HX-Request": "true"})

    order.refresh_from_db()
    assert (order.flow, order.status, order.flow_chosen_by_id) == (Flow(flow), status, agent.id)
    assert f"{order.number} {sentence}" in response.content.decode()


@pytest.mark.django_db
def test_a_colleague_who_was_faster_is_named_and_the_row_stays(
    desk: Client, registered: Callable[..., Order], supervisor: Actor, now: datetime
) -> None:
    order = registered()
    orders.choose_inquiry(order.pk, seen=order.version, by=supervisor, at=now)

    response = desk.post(f"/reception/{order.number}/repair/", {"seen": order.version}, headers={"HX-Request": "true"})

    assert (response.status_code, response["HX-Reswap"]) == (409, "none")
    assert "赵明" in response.content.decode()
    order.refresh_from_db()
    assert order.flow == Flow.INQUIRY


@pytest.mark.django_db
def test_choosing_without_script_comes_back_to_the_list(desk: Client, registered: Callable[..., Order]) -> None:
    order = registered()

    response = desk.post(f"/reception/{order.number}/repair/", {"seen": order.version}, follow=True)

    assert response.redirect_chain == [(URL, 303)]
    assert "已转维修，等待派工" in response.content.decode()


@pytest.mark.django_db
def test_choosing_is_refused_where_it_must_be(
    desk: Client,
    client_for: Callable[[Actor], Client],
    stranger: Actor,
    technician: Actor,
    registered: Callable[..., Order],
) -> None:
    order = registered()
    url, seen = f"/reception/{order.number}/repair/", {"seen": order.version}

    assert desk.get(url).status_code == 405
    assert client_for(stranger).post(url, seen).status_code == 403
    assert client_for(technician).post(url, seen).status_code == 403
    assert desk.post("/reception/GD000000-0001/repair/", seen).status_code == 404
    assert desk.post(f"/reception/{order.number}/mars/", seen).status_code == 404
    assert desk.post(url, {}, headers={"HX-Request": "true"}).status_code == 409
    order.refresh_from_db()
    assert order.status == Status.REGISTERED
