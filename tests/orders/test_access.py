"""Whose order it is: 403 for another's, 404 for none, and each link sees its own order only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from gongdan.config.roles import ROLES
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Missing
from gongdan.orders import access, actions, queries
from gongdan.orders.models import Order
from gongdan.orders.states import MACHINE

pytestmark = pytest.mark.django_db


@pytest.mark.req("R-003")
def test_technician_b_is_refused_technician_as_order_unless_he_helps(
    register: Callable[..., Order], technician: Actor, other_technician: Actor, now: datetime
) -> None:
    order = register()
    actions.add_participant(order, technician.id, "technician", at=now)

    with pytest.raises(Forbidden) as refused:
        access.find(other_technician, order.number)
    with pytest.raises(Forbidden):
        queries.page(order.pk, other_technician)
    actions.add_participant(order, other_technician.id, "helper", at=now)

    assert str(refused.value) == "这张工单没有派给您；需要协助请联系派工员或主管"
    assert access.find(technician, order.number) == access.find(other_technician, order.number) == order


def test_a_technician_lent_to_another_sites_order_sees_it(
    register: Callable[..., Order], other_site: object, hire: Callable[..., Actor], now: datetime
) -> None:
    lent = hire(other_site, "wai", "外援", "technician")
    order = register()

    actions.add_participant(order, lent.id, "helper", at=now)

    assert access.find(lent, order.number) == order
    assert queries.page(order.pk, lent).customer_name == "王小明"


@pytest.mark.req("R-007")
def test_a_site_sees_its_own_orders_and_the_owner_all(
    register: Callable[..., Order], agent: Actor, stranger: Actor, admin: Actor
) -> None:
    order = register()

    assert access.find(agent, order.number) == access.find(admin, order.number) == order
    with pytest.raises(Forbidden):
        access.find(stranger, order.number)
    with pytest.raises(Missing) as refused:
        access.find(agent, "GD000000-0000")
    assert str(refused.value) == "没有单号为 GD000000-0000 的工单，请核对单号"


def test_a_link_opens_its_own_order_and_shows_its_own_number(register: Callable[..., Order]) -> None:
    mine, other = register(), register()
    link = Actor("link", 1, "客户", order=mine.pk)

    assert list(access.visible_to(link)) == [mine]
    assert queries.page(mine.pk, link).phone == "13812345678"
    with pytest.raises(Forbidden):
        queries.page(other.pk, link)


def test_a_batch_that_is_still_loading_is_seen_by_nobody(register: Callable[..., Order], admin: Actor) -> None:
    order = register()
    Order.objects.filter(pk=order.pk).update(is_visible=False)

    with pytest.raises(Missing):
        access.find(admin, order.number)
    with pytest.raises(Missing):
        queries.page(order.pk, SYSTEM)
    assert queries.station_rows(admin).rows == queries.search("王小明", admin) == []


def test_numbers_are_masked_for_whoever_may_not_see_them(register: Callable[..., Order], agent: Actor) -> None:
    order = register(phone2="020-82345678")
    blind = replace(agent, permissions=agent.permissions - {"customers.see_phone"})

    page = queries.page(order.pk, blind)
    (row,) = queries.station_rows(blind).rows
    assert (page.phone, page.phone_code, page.phone2, page.sees_phone) == ("138****5678", "", "****5678", False)
    assert (row["phone"], row["phone_code"]) == ("138****5678", "")


def test_every_permission_of_the_table_of_moves_is_given_to_some_role() -> None:
    given = {permission for role in ROLES for permission in role["permissions"]}

    assert {move.permission for move in MACHINE} | set(access.PERMISSIONS) <= given
    assert set(access.LOGS_CONTACT) <= given
