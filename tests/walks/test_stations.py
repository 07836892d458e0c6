"""The five stations and all pages as people meet them: lists that open, a menu in the trade's words, nothing cut off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Page, ViewportSize, expect

from gongdan.catalog.models import Category
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_moment
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.rules import DeviceDraft, OrderDraft
from tests.browser import DESK, IN_BROWSER, PHONE, Opened, width_of
from tests.settlement.cast import Make, finished, in_repair, settled, till
from tests.walks.people import press, told, unfold

__all__ = ["finished", "in_repair", "settled", "till"]

pytestmark = IN_BROWSER
MENU = ["接待", "派工", "维修处理", "结算", "回访", "启用准备", "工作台"]
NOT_PAGES = {"live", "paper-pdf", "attachment", "switch-language", "logout"}


@pytest.fixture
def registered(in_repair: Make, agent: Actor, now: datetime) -> Callable[..., Order]:
    """An order at the counter; `chosen=True` sends it to dispatch."""

    def _registered(symptom: str = "进水后不开机", *, chosen: bool = False, model: str = "Note 12") -> Order:
        order = orders.register(
            OrderDraft(
                symptom=symptom,
                source="direct",
                mode="on_site",
                customer=CustomerDraft(
                    name="陈雅琴",
                    contacts=(ContactDraft("15987658802", "陈雅琴"),),
                    addresses=(AddressDraft("新港中路 188 号"),),
                ),
                devices=(DeviceDraft(category_id=Category.objects.get().pk, brand_text="红米", model_text=model),),
            ),
            by=agent,
            at=now,
        )
        return orders.choose_repair(order.pk, seen=order.version, by=agent, at=now) if chosen else order

    return _registered


@pytest.fixture
def pair(
    request: pytest.FixtureRequest, registered: Callable[..., Order], in_repair: Make, finished: Make, settled: Make
) -> tuple[Order, Order]:
    """Two orders at the station that the test names."""
    make: dict[str, Callable[[], Order]] = {
        "reception": registered,
        "dispatch": lambda: registered(chosen=True),
        "repair": in_repair,
        "settlement": finished,
        "follow-up": settled,
    }
    one = make[request.param]
    return one(), one()


@pytest.mark.req("R-034")
@pytest.mark.parametrize(
    ("pair", "path", "opens", "role"),
    [
        ("reception", "/reception/", "orders", "agent"),
        ("dispatch", "/dispatch/", "dispatch", "dispatcher"),
        ("repair", "/repair/", "repair", "technician"),
        ("settlement", "/settlement/", "settlement", "cashier"),
        ("follow-up", "/follow-up/?scope=all", "follow-up", "agent"),
    ],
    indirect=["pair"],
)
def test_double_click_and_enter_open_an_order_at_every_station(
    pair: tuple[Order, Order], path: str, opens: str, role: str, opened: Opened, request: pytest.FixtureRequest
) -> None:
    page = opened(path, request.getfixturevalue(role))
    second = page.locator("#rows tbody tr").nth(1)
    number = {str(order.pk): order.number for order in pair}[str(second.get_attribute("data-id"))]

    second.dblclick()
    page.wait_for_url(f"**/{opens}/{number}/**")

    page.goto(path)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{opens}/{number}/**")


@pytest.mark.req("R-077")
def test_what_the_dispatcher_fills_in_stands_on_the_order(
    registered: Callable[..., Order], technician: Actor, dispatcher: Actor, opened: Opened, now: datetime
) -> None:
    order, at_the_counter = registered(chosen=True), registered()
    tomorrow = local_moment(now + timedelta(days=1)).date().isoformat()
    page = opened("/dispatch/", dispatcher)
    expect(page.locator(f"tr[data-id='{at_the_counter.pk}']")).to_have_count(0)

    page.dblclick(f"tr[data-id='{order.pk}']")
    page.wait_for_url(f"**/dispatch/{order.number}/")
    unfold(page, "补充路程、时间、地址")
    page.fill("[name=distance_km]", "12")
    page.fill("#facts [name=remark]", "门铃坏了，到楼下打电话")
    press(page.locator("#facts"), "保存")
    told(page, "已保存")
    page.fill("#assign [name=window_day]", tomorrow)
    page.fill("#assign [name=window_from]", "14:00")
    page.fill("#assign [name=window_to]", "16:00")
    page.locator("#candidates label", has_text="李建国").click()
    page.fill("#assign [name=task]", "带主板上门")
    press(page, "派工")
    told(page, "已派工")

    page.goto(f"/orders/{order.number}/")
    for words in ("门铃坏了，到楼下打电话", "李建国", "带主板上门", "明天 14:00–16:00"):
        expect(page.locator("#order")).to_contain_text(words)


@pytest.mark.req("R-247")
def test_the_menu_says_the_seven_words(till: object, admin: Actor, opened: Opened) -> None:
    page = opened("/", admin)

    for word in MENU:
        page.locator("nav").first.get_by_role("link", name=word).first.click()
        expect(page.locator("nav").first.locator("a[aria-current]")).to_contain_text(word)


@pytest.mark.req("R-056", "R-248")
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_that_links_lead_to_works_and_stays_within_the_screen(
    size: ViewportSize,
    registered: Callable[..., Order],
    in_repair: Make,
    finished: Make,
    settled: Make,
    admin: Actor,
    opened: Opened,
) -> None:
    registered("屏幕" * 300, model="A" * 60)
    shown = [registered(chosen=True), in_repair(), finished(), settled()]
    page = opened("/", admin, size)
    found: dict[str, str] = {"home": "/"}
    for order, station in zip(shown, ("dispatch", "repair", "settlement", "follow-up"), strict=True):
        found[f"{station}-order"] = f"/{station}/{order.number}/"
    found["quote"] = f"/orders/{shown[1].number}/quote/"
    wide, visited = [], set[str]()

    while left := [name for name in found if name not in visited]:
        name = left[0]
        visited.add(name)
        page.goto(found[name])
        if width_of(page) > size["width"]:
            wide.append((found[name], width_of(page)))
        for path in links_on(page):
            found.setdefault(resolve(urlsplit(path).path).url_name or path, path)

    assert wide == []
    assert {
        "navigation",
        "reception",
        "orders",
        "order",
        "order-edit",
        "customers",
        "customer",
        "device",
        "setup",
    } <= visited


def links_on(page: Page) -> list[str]:
    """Where links of this page lead to within the desk."""
    urls = page.evaluate("[...document.querySelectorAll('a[href]:not([download])')].map((a) => a.href)")
    paths = {url.split("#")[0].split(page.url.split("/")[2], 1)[-1] for url in urls if urlsplit(url).netloc in page.url}
    return sorted(
        path for path in paths if path.startswith("/") and resolve(urlsplit(path).path).url_name not in NOT_PAGES
    )
