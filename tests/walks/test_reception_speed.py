"""Reception against the clock: so many keys and clicks beside the typed text, and no second page for who only asks."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime

import pytest
from playwright.sync_api import Page, expect

from gongdan.catalog import actions as catalog
from gongdan.catalog.models import Category
from gongdan.customers import actions as customers
from gongdan.customers.models import Customer
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.devices import actions as devices
from gongdan.devices.models import Device
from gongdan.devices.rules import DeviceDraft
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions as orders
from gongdan.orders.models import Chase, DeviceLine, Order
from gongdan.orders.rules import OrderDraft
from tests.browser import IN_BROWSER, Opened

pytestmark = IN_BROWSER
MOST_PRESSES = 12
MOST_SECONDS = 20.0


class Hand:
    """A clerk's hand: every key and click beside the typed text is counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.presses, self.begun = page, 0, time.monotonic()

    def press(self, keys: str) -> None:
        """One key, or keys held together."""
        self.presses += 1
        self.page.keyboard.press(keys)

    def click(self, selector: str) -> None:
        """One click."""
        self.presses += 1
        self.page.click(selector)

    def types(self, text: str) -> None:
        """Text of the customer's: it does not count."""
        self.page.keyboard.type(text)

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return time.monotonic() - self.begun


@pytest.fixture
def aircon(db: None, now: datetime) -> Category:
    row = catalog.add_category(code="AC", name="空调", default_mode="on_site", by=SYSTEM, at=now)
    for symptom in ("不制冷", "漏水", "有异响"):
        catalog.add_fault(category_id=row.pk, symptom=symptom, by=SYSTEM, at=now)
    return row


@pytest.fixture
def customer(agent: Actor, now: datetime) -> Customer:
    return customers.add(
        CustomerDraft(
            name="王小明",
            contacts=(ContactDraft("13800002231", "王小明"),),
            addresses=(AddressDraft("华景路 28 号星河湾 3 栋 1204"),),
        ),
        by=agent,
        at=now,
    )


@pytest.fixture
def device(customer: Customer, aircon: Category, agent: Actor, now: datetime) -> Device:
    draft = DeviceDraft(category_id=aircon.pk, brand_text="格力", model_text="KFR-35GW", purchase_on=date(2025, 1, 8))
    return devices.register_device(customer.pk, draft, by=agent, at=now)


@pytest.fixture
def open_order(customer: Customer, device: Device, agent: Actor, now: datetime) -> Callable[[], Order]:
    """An order of 王小明 that waits for dispatch."""

    def _open_order() -> Order:
        draft = OrderDraft(symptom="不制冷", source="direct", customer_id=customer.pk)
        order = orders.register(draft, by=agent, at=now)
        return orders.choose_repair(order.pk, seen=order.version, by=agent, at=now)

    return _open_order


@pytest.mark.req("R-019", "R-031")
def test_a_known_customers_standard_fault_is_registered_in_a_dozen_presses_and_twenty_seconds(
    opened: Opened, agent: Actor, customer: Customer, device: Device
) -> None:
    page = opened("/reception/", agent)
    hand = Hand(page)

    hand.types("2231")
    hand.press("Enter")  # he is found
    expect(page.locator("[name=symptom]")).to_be_focused()
    hand.press("Alt+1")  # his air conditioner
    expect(page.locator("[data-common]")).to_be_visible()
    hand.press("1")  # its commonest fault
    expect(page.locator("[name=symptom]")).to_have_value("不制冷")
    hand.press("Control+Shift+Enter")
    expect(page.locator("#rows tr[aria-current]")).to_contain_text("不制冷")

    assert hand.presses <= 4 <= MOST_PRESSES
    assert hand.seconds < MOST_SECONDS
    line = DeviceLine.objects.select_related("fault", "order").get()
    assert (line.device_id, line.fault.symptom if line.fault else "", line.order.symptom) == (
        device.pk, "不制冷", "不制冷",
    )  # fmt: skip


@pytest.mark.req("O-048")
def test_a_caller_with_an_open_order_is_answered_without_a_second_page(
    opened: Opened, agent: Actor, open_order: Callable[[], Order]
) -> None:
    order = open_order()
    page = opened("/reception/", agent)
    page.evaluate("window.isSamePage = true")
    hand = Hand(page)

    for time_called in range(3):
        hand.types("2231")
        hand.press("Enter")
        expect(page.locator("[data-first-key]")).to_be_focused()
        expect(page.locator("#caller .d-say").first).to_contain_text("正在安排师傅")
        hand.press("Enter")  # 催单
        expect(page.locator("[data-chase-answer]")).to_be_focused()
        if time_called == 0:
            hand.types("已催师傅，半小时内回电")
        hand.press("Enter")
        expect(page.locator(".d-counted")).to_contain_text(f"第 {time_called + 1} 次催单")
        expect(page.locator("[name=phone]")).to_be_focused()

    assert page.evaluate("window.isSamePage") is True
    assert hand.presses == 9
    assert hand.seconds < 3 * MOST_SECONDS
    assert Order.objects.count() == 1
    assert list(Chase.objects.order_by("pk").values_list("count", "caller_phone")) == [
        (1, "13800002231"), (2, "13800002231"), (3, "13800002231"),
    ]  # fmt: skip
    assert Chase.objects.get(count=1).answer == "已催师傅，半小时内回电"
    order.refresh_from_db()
    assert order.chased == 3


@pytest.mark.req("O-048")
def test_a_second_order_of_the_same_is_asked_about_and_made_only_when_the_clerk_says_so(
    opened: Opened, agent: Actor, open_order: Callable[[], Order]
) -> None:
    first = open_order()
    page = opened("/reception/", agent)
    hand = Hand(page)

    hand.types("2231")
    hand.press("Enter")
    expect(page.locator("[data-first-key]")).to_be_focused()
    page.locator("[name=symptom]").fill("还是不制冷")
    hand.press("Control+Enter")
    expect(page.locator("#intake .k-note", has_text="还没有结束")).to_contain_text(first.number)
    assert Order.objects.count() == 1
    page.get_by_role("button", name="仍要新建").click()
    page.wait_for_url("**/orders/**")

    assert Order.objects.count() == 2


@pytest.mark.req("O-048")
def test_the_third_time_is_said_while_number_and_place_are_typed(
    opened: Opened, agent: Actor, customer: Customer, aircon: Category, now: datetime
) -> None:
    for _time in range(2):
        draft = OrderDraft(symptom="不制冷", source="direct", customer_id=customer.pk, category_id=aircon.pk)
        orders.register(draft, by=agent, at=now)
    page = opened("/reception/", agent)

    page.fill("[name=phone]", "13900009999")
    page.fill("[name=address]", "华景路28号星河湾3栋1204")
    page.locator("label:has(input[name=category_id])", has_text="空调").click()

    expect(page.locator("#similar")).to_contain_text("30 天内第 3 次")
    expect(page.locator("#similar")).to_contain_text("同一地址")
