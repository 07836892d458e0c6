"""Reception in a real browser: by keyboard, without losing a word."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest
from playwright.sync_api import ViewportSize, expect

from gongdan.catalog import actions as catalog
from gongdan.catalog.models import Category
from gongdan.customers.models import Customer
from gongdan.devices import actions as devices
from gongdan.devices.models import Device
from gongdan.devices.rules import DeviceDraft
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.states import Status
from tests.browser import DESK, IN_BROWSER, PHONE, Opened, width_of

pytestmark = IN_BROWSER


@pytest.fixture
def opened(opened: Opened, agent: Actor) -> Opened:
    """Opens a page as the agent."""
    return partial(opened, by=agent)


@pytest.mark.req("R-019", "R-031", "R-033")
def test_a_known_customer_is_registered_by_keyboard_in_a_few_keys(
    opened: Opened, customer: Customer, device: Device, handset: Device
) -> None:
    page = opened("/reception/")
    page.evaluate("window.isSamePage = true")

    page.keyboard.type("2231")
    page.keyboard.press("Enter")
    expect(page.locator("[name=symptom]")).to_be_focused()
    page.keyboard.press("Alt+2")
    page.keyboard.type("不制冷，外机不转")
    page.keyboard.press("Control+Shift+Enter")

    expect(page.locator("#rows tr[aria-current]")).to_contain_text("不制冷，外机不转")
    order = Order.objects.get()
    assert (order.customer_id, order.phone, order.address) == (
        customer.pk,
        "13800002231",
        "华景路 28 号星河湾 3 栋 1204",
    )
    assert [line.device_id for line in DeviceLine.objects.filter(order=order)] == [device.pk]
    assert page.locator("#rows tbody tr").first.get_attribute("data-id") == str(order.pk)
    assert page.evaluate("window.isSamePage") is True
    expect(page.locator("[name=phone]")).to_be_focused()
    assert page.input_value("[name=phone]") == ""
    assert page.input_value("[name=symptom]") == ""


@pytest.mark.req("R-018")
def test_a_new_customer_is_added_in_the_register_and_the_half_filled_form_is_back(
    opened: Opened, aircon: Category
) -> None:
    page = opened("/reception/")
    page.fill("[name=phone]", "13988887777")
    page.fill("[name=contact_name]", "孙立")
    page.fill("[name=symptom]", "漏水，滴到地板上")
    page.get_by_label("空调", exact=True).check()
    page.click("text=更多客户资料")

    page.click("[data-add-customer]")
    page.fill("[name=name]", "孙立")
    page.fill("[name=contact0-phone]", "13988887777")
    page.fill("[name=address0-detail]", "天河路 385 号")
    page.keyboard.press("Control+Enter")

    page.wait_for_url("**/reception/?customer=*")
    expect(page.locator("#caller")).to_contain_text("孙立")
    customer = Customer.objects.get()
    expect(page.locator("[name=customer_id]")).to_have_value(str(customer.pk))
    assert page.input_value("[name=symptom]") == "漏水，滴到地板上"
    assert page.input_value("[name=phone]") == "13988887777"
    assert page.input_value("[name=category_id]:checked") == str(aircon.pk)
    expect(page.locator("[name=address]")).to_have_value("天河路 385 号")

    page.keyboard.press("Control+Shift+Enter")

    expect(page.locator("#rows tr[aria-current]")).to_contain_text("漏水")
    assert Order.objects.get().customer_id == customer.pk


@pytest.mark.req("R-034")
def test_double_click_and_enter_open_an_order(opened: Opened, registered: Callable[..., Order]) -> None:
    older, newer = registered(), registered()
    page = opened("/reception/")

    page.dblclick(f"tr[data-id='{older.pk}']")
    page.wait_for_url(f"**/orders/{older.number}/")
    page.goto("/reception/")
    page.keyboard.press("F6")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/orders/{newer.number}/")


def test_text_that_was_refused_and_then_saved_does_not_come_back(opened: Opened) -> None:
    page = opened("/reception/")
    page.fill("[name=contact_name]", "孙立")
    page.fill("[name=phone]", "13988887777")
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator(".k-error")).to_have_text("请填写故障现象")
    expect(page.locator("[name=symptom]")).to_be_focused()

    page.keyboard.type("漏水")
    page.keyboard.press("Control+Shift+Enter")

    expect(page.locator("#rows tr[aria-current]")).to_contain_text("漏水")
    page.wait_for_timeout(400)  # a draft is written a quarter of a second after the last key
    assert page.input_value("[name=symptom]") == ""
    page.goto("/reception/")
    assert page.input_value("[name=symptom]") == ""
    assert page.locator(".k-draft").count() == 0


def test_an_unsaved_form_knows_its_customer_and_his_ticked_device_again(
    opened: Opened, customer: Customer, device: Device
) -> None:
    page = opened("/reception/")
    page.keyboard.type("wxm")
    page.keyboard.press("Enter")  # faster than the answer
    page.check("[name=devices]")
    page.fill("[name=symptom]", "不制冷")
    page.fill(f"[name=line{device.pk}-accessories]", "遥控器")
    page.wait_for_timeout(400)

    page.goto("/reception/")

    expect(page.locator("#caller")).to_contain_text("王小明")
    expect(page.locator("[name=devices]")).to_be_checked()
    assert page.input_value("[name=symptom]") == "不制冷"
    assert page.input_value(f"[name=line{device.pk}-accessories]") == "遥控器"

    page.click(".k-draft button")

    expect(page.locator("#caller")).to_be_empty()
    assert page.input_value("[name=phone]") == ""


def test_questions_and_a_known_fault_go_into_the_text(opened: Opened, mobile: Category, now: datetime) -> None:
    catalog.load_seed(by=SYSTEM, at=now)
    catalog.add_fault(category_id=mobile.pk, symptom="进水后不开机", cause="主板短路", by=SYSTEM, at=now)
    page = opened("/reception/")

    page.get_by_label("手机", exact=True).check()
    page.click("text=有没有摔过、进过水 >> xpath=.. >> button >> text=是")
    page.fill("[name=fault_id_shown]", "jshbkj")
    expect(page.locator("#id_fault_id-list [role=option]")).to_have_text(re.compile("进水后不开机"))
    page.keyboard.press("Enter")

    lines = page.input_value("[name=symptom]").splitlines()
    assert lines[0] == "有没有摔过、进过水：是"
    assert lines[1] == "进水后不开机"

    page.click("text=有没有摔过、进过水 >> xpath=.. >> button >> text=否")

    assert page.input_value("[name=symptom]").splitlines()[0] == "有没有摔过、进过水：否"


@pytest.mark.req("R-048")
def test_a_row_leaves_the_list_when_its_flow_is_chosen(opened: Opened, registered: Callable[..., Order]) -> None:
    order, other = registered(), registered()
    page = opened("/reception/")
    page.fill("[name=symptom]", "写了一半")

    page.hover(f"tr[data-id='{order.pk}']")
    page.click(f"tr[data-id='{order.pk}'] >> text=维修")

    expect(page.locator("#rows tbody tr")).to_have_count(1)
    assert page.locator("#rows tbody tr").get_attribute("data-id") == str(other.pk)
    assert page.input_value("[name=symptom]") == "写了一半"
    order.refresh_from_db()
    assert order.status == Status.TO_DISPATCH


@pytest.mark.req("R-248")
def test_nothing_scrolls_sideways_on_the_phone(opened: Opened, customer: Customer, device: Device) -> None:
    for path in (
        f"/reception/?customer={customer.pk}",
        "/setup/customers/",
        f"/setup/customers/{customer.pk}/",
        f"/setup/customers/{customer.pk}/edit/",
        f"/devices/{device.pk}/",
        f"/devices/{device.pk}/edit/",
    ):
        page = opened(path, size=PHONE)
        assert width_of(page) == 375, path


def test_another_number_beside_the_chosen_customer_is_doubted_and_looked_up(
    opened: Opened, customer: Customer, device: Device
) -> None:
    page = opened("/reception/")
    page.keyboard.type("2231")
    page.keyboard.press("Enter")
    expect(page.locator("#caller")).to_contain_text("王小明")
    expect(page.locator("[data-not-his]")).to_be_hidden()

    page.fill("[name=phone]", "13611112222")
    expect(page.locator("[data-not-his]")).to_be_visible()
    page.fill("[name=phone]", "15912348802")  # his wife's
    expect(page.locator("[data-not-his]")).to_be_hidden()
    page.fill("[name=phone]", "17012345678转1234")
    expect(page.locator("[data-looks-virtual]")).to_be_visible()
    page.click("[data-mark-virtual]")
    expect(page.locator("[name=phone_is_virtual]")).to_be_checked()
    page.click("[data-other-customer]")

    expect(page.locator("[data-not-his]")).to_have_count(0)
    assert page.input_value("[name=customer_id]") == ""
    assert page.input_value("[name=contact_name]") == ""
    assert page.input_value("[name=phone]") == "17012345678转1234"


def test_enter_beside_a_customer_who_is_not_found_sends_nothing(opened: Opened) -> None:
    page = opened("/reception/bulk/")
    page.evaluate("window.isSamePage = true")

    page.keyboard.type("查无此人")
    page.wait_for_timeout(600)
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)

    assert page.evaluate("window.isSamePage") is True


@pytest.mark.req("O-048")
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_a_refused_second_order_is_seen_and_leads_to_the_first(
    opened: Opened, customer: Customer, device: Device, registered: Callable[..., Order], size: ViewportSize
) -> None:
    first = registered()
    page = opened(f"/reception/?customer={customer.pk}", size=size)
    page.check("[name=devices]")
    page.fill("[name=symptom]", "还是不制冷")
    page.keyboard.press("Control+Enter")

    said = page.get_by_text("还没有结束")
    expect(said).to_be_focused()
    expect(said).to_be_in_viewport()
    expect(page.locator("[name=confirm_duplicate]")).to_be_in_viewport()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    answer = page.locator(f"[name=answer-{first.pk}]")
    expect(answer).to_be_focused()
    expect(answer).to_be_in_viewport()


@pytest.mark.req("O-048")
def test_after_a_noted_call_the_next_caller_finds_an_empty_form(
    opened: Opened, customer: Customer, registered: Callable[..., Order]
) -> None:
    order = registered()
    page = opened("/reception/")
    page.keyboard.type("2231")
    page.keyboard.press("Enter")
    expect(page.locator("[data-first-key]")).to_be_focused()
    page.keyboard.press("Enter")
    answer = page.locator(f"[name=answer-{order.pk}]")
    expect(answer).to_be_focused()
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    expect(answer).to_have_attribute("aria-invalid", "true")  # it stays open, with the reason beside it
    expect(answer).to_be_focused()
    page.keyboard.type("半小时内回电")
    page.keyboard.press("Enter")
    expect(page.locator("[data-counted]")).to_be_visible()
    expect(page.locator("[name=phone]")).to_be_focused()
    page.wait_for_timeout(400)  # a draft is written a quarter of a second after the last key

    page.goto("/reception/")

    assert page.input_value("[name=phone]") == ""
    assert page.input_value("[name=customer_id]") == ""
    assert page.locator(".k-draft").count() == 0


def test_a_caller_who_was_only_looked_up_makes_room_for_the_next_number(opened: Opened, customer: Customer) -> None:
    page = opened("/reception/")
    page.keyboard.type("2231")
    page.keyboard.press("Enter")
    expect(page.locator("#caller")).to_contain_text("王小明")
    page.wait_for_timeout(400)
    page.goto("/reception/")
    expect(page.locator("#caller")).to_contain_text("王小明")

    page.keyboard.type("4330")

    assert page.input_value("[name=phone]") == "4330"
    assert page.input_value("[name=customer_id]") == ""
    assert page.input_value("[name=contact_name]") == ""


def test_a_restored_draft_asks_what_its_category_asks_and_a_saved_form_does_not_come_back(
    opened: Opened, now: datetime
) -> None:
    catalog.load_seed(by=SYSTEM, at=now)
    page = opened("/reception/")
    page.get_by_label("宽带/ONU", exact=True).check()
    expect(page.locator("#questions h3").last).to_have_text("宽带/ONU问这些")
    page.fill("[name=symptom]", "上不了网")
    page.fill("[name=error_code]", "678")
    page.wait_for_timeout(400)
    page.goto("/reception/")

    expect(page.locator("#questions")).to_contain_text("宽带/ONU问这些")
    expect(page.locator("#advice")).to_contain_text("需要上门")

    page.fill("[name=phone]", "13988887777")
    page.fill("[name=contact_name]", "孙立")
    page.fill("[name=address]", "天河路 385 号")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/orders/**")
    page.go_back()
    expect(page.locator("[name=phone]")).to_have_value("")
    expect(page.locator("[name=symptom]")).to_have_value("")
    expect(page.locator("[name=error_code]")).to_have_value("")
    expect(page.locator("[name=category_id][value='']")).to_be_checked()


def test_once_the_fault_is_told_the_questions_stand_above_the_common_faults(opened: Opened, now: datetime) -> None:
    catalog.load_seed(by=SYSTEM, at=now)
    page = opened("/reception/")
    page.get_by_label("宽带/ONU", exact=True).check()
    first = page.get_by_role("button", name="拨号时出现什么错误代码")
    expect(first).to_be_in_viewport()

    page.fill("[name=symptom]", "上不了网")

    box, faults = first.bounding_box(), page.locator("[data-common]").bounding_box()
    assert box is not None
    assert faults is not None
    assert box["y"] < faults["y"]


def test_model_and_serial_of_a_device_are_read_whole(
    opened: Opened, customer: Customer, aircon: Category, agent: Actor, now: datetime
) -> None:
    draft = DeviceDraft(
        category_id=aircon.pk, brand_text="格力", model_text="KFR-35GW/FNhAa-B1(WIFI)", serial="E6A00800333344556677"
    )
    devices.register_device(customer.pk, draft, by=agent, at=now)
    page = opened(f"/reception/?customer={customer.pk}")

    for cell in page.locator(".d-goods .d-code").all():
        assert cell.evaluate(
            "cell => cell.scrollWidth <= cell.clientWidth && cell.scrollHeight <= cell.clientHeight + 1"
        )
    expect(page.locator(".d-goods")).to_contain_text("E6A00800333344556677")


def test_the_department_of_a_bulk_order_is_asked_for_when_one_took_the_call(opened: Opened) -> None:
    page = opened("/reception/bulk/")
    referrer = page.locator("[name=referrer]")
    expect(referrer).to_be_hidden()

    page.select_option("[name=source]", "department")

    expect(referrer).to_be_visible()
