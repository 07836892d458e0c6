"""统计: every figure leads to the list that it counts."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from gongdan.customers import actions as customers
from gongdan.customers.rules import CustomerDraft
from gongdan.kernel.actor import Actor
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.rules import OrderDraft
from gongdan.people.models import Site

pytestmark = pytest.mark.django_db
DAY = "since=2026-03-11&until=2026-03-11"


@pytest.fixture
def taken(agent: Actor, now: datetime) -> None:
    """Three orders of 2026-03-11: two by telephone, one in the store."""
    customer = customers.add(CustomerDraft(name="周敏"), by=agent, at=now)
    for channel, source in (("phone", "direct"), ("phone", "platform"), ("in_store", "direct")):
        draft = OrderDraft(
            symptom="不制冷", source=source, channel=channel, customer_id=customer.pk, phone="13812345678"
        )
        orders.register(draft, by=agent, at=now)


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


@pytest.mark.req("R-039")
def test_channels_and_sources_are_counted_and_each_leads_to_its_list(
    client_for: Callable[[Actor], Client], supervisor: Actor, taken: None
) -> None:
    desk = client_for(supervisor)
    page = desk.get(f"/figures/?{DAY}").content.decode()

    said = words(page)
    for shown in ("登记工单 3", "电话 2 66.7%", "到店 1 33.3%", "用户直接申报 2 66.7%", "平台 1 33.3%"):
        assert shown in said, shown
    link = re.search(r'data-url="(/orders/\?[^"]*channel=phone[^"]*)"', page)
    assert link is not None
    listed = desk.get(html.unescape(link[1])).content.decode()
    assert "共 2 条" in words(listed)


@pytest.mark.req("R-039", "R-052")
def test_every_count_equals_its_list_with_imported_orders_and_a_second_site(
    client_for: Callable[[Actor], Client],
    supervisor: Actor,
    admin: Actor,
    stranger: Actor,
    other_site: Site,
    taken: None,
    now: datetime,
) -> None:
    past = Order.objects.order_by("pk")[0]
    Order.objects.filter(pk=past.pk).update(is_historic=True, status="closed", flow="repair")
    away = customers.add(CustomerDraft(name="外店客户"), by=stranger, at=now)
    draft = OrderDraft(symptom="不通电", source="direct", channel="mail", customer_id=away.pk, phone="13700000000")
    orders.register(draft, by=stranger, at=now)

    for boss, site, whole in ((supervisor, "", 2), (admin, "", 3), (admin, f"&site={other_site.pk}", 1)):
        desk = client_for(boss)
        page = desk.get(f"/figures/?{DAY}{site}").content.decode()
        assert f"登记工单 {whole}" in words(page)
        rows = re.findall(r'data-url="([^"]+)"[^>]*>(.*?)</tr>', page, re.DOTALL)
        assert len(rows) >= 3
        for way, row in rows:
            count = words(row).split()[-2]
            assert f"共 {count} 条" in words(desk.get(html.unescape(way)).content.decode()), way


def test_without_a_period_the_month_so_far_is_shown(
    client_for: Callable[[Actor], Client], supervisor: Actor, admin: Actor, other_site: Site
) -> None:
    assert client_for(supervisor).get("/figures/").status_code == 200
    page = client_for(admin).get("/figures/").content.decode()
    assert "全部站点" in page
    assert "番禺站" in page


def test_a_period_that_is_none_is_refused_at_its_field(
    client_for: Callable[[Actor], Client], supervisor: Actor
) -> None:
    desk = client_for(supervisor)
    answer = desk.get("/figures/?since=2026-03-11&until=2026-03-01")
    assert answer.status_code == 422
    assert "截止日期早于开始日期" in answer.content.decode()
    assert desk.get("/figures/?since=never&until=2026-03-01").status_code == 422


def test_who_may_not_see_the_figures_finds_no_way_to_them(
    client_for: Callable[[Actor], Client], agent: Actor, supervisor: Actor
) -> None:
    assert client_for(agent).get("/figures/").status_code == 403
    assert "/figures/" not in client_for(agent).get("/").content.decode()
    assert "/figures/" in client_for(supervisor).get("/").content.decode()
