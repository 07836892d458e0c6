"""A walk-in with a broken phone, from the counter to the call-back, clicked through by everybody who has a part in it."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from gongdan.devices.models import Device
from gongdan.kernel.actor import Actor
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from gongdan.settlement.models import Bill, Payment
from tests.browser import IN_BROWSER, Opened, sign
from tests.walks.people import choose, press, told, unfold

pytestmark = IN_BROWSER


@pytest.mark.req("R-001", "R-018", "R-019", "R-026", "R-053", "R-056", "R-091", "R-116", "R-123")
@pytest.mark.req("R-131", "R-162", "R-165", "R-173", "R-174", "R-175", "R-184", "R-187", "O-001")
def test_a_broken_phone_is_taken_in_mended_paid_and_asked_about(
    shop: None,
    opened: Opened,
    agent: Actor,
    dispatcher: Actor,
    technician: Actor,
    cashier: Actor,
    now: datetime,
) -> None:
    order = take_in(opened("/reception/", agent), bought=(now - timedelta(days=425)).date())
    print_receipt_and_send_to_dispatch(opened(f"/orders/{order.number}/", agent), order)
    dispatch(opened("/dispatch/", dispatcher), order)

    bench = opened("/repair/", technician)
    find_the_fault(bench, order)
    quote(bench)
    agree(bench)
    mend(bench, order)
    hand_back(bench, order)

    settle(opened("/settlement/", cashier), order)
    bill, payment = Bill.objects.get(), Payment.objects.get()
    assert (bill.due_fen, bill.state, payment.amount_fen) == (600_00, "posted", 600_00)
    assert (payment.payee_id, payment.account.code) == (cashier.id, "wechat")

    call_back(opened("/follow-up/?scope=all", agent), order)
    order.refresh_from_db()
    assert order.status == Status.CLOSED

    page = opened(f"/devices/{Device.objects.get().pk}/", agent)
    for words in (order.number, "拆机更换屏幕总成", "600.00"):
        expect(page.locator("#archive")).to_contain_text(words)
    page = opened(f"/orders/{order.number}/", agent)
    page.locator("#related a", has_text="服务单").click()
    expect(page.locator("body")).to_contain_text("拆机更换屏幕总成")
    expect(page.locator("[data-print]")).to_be_visible()


def take_in(page: Page, *, bought: date) -> Order:
    """The last four digits find nobody: the customer is added, and what was typed is still there."""
    page.fill("[name=phone]", "4321")
    expect(page.locator("#id_phone-list")).to_contain_text("没有")
    page.fill("[name=phone]", "13827654321")
    page.fill("[name=contact_name]", "单小梅")
    page.get_by_label("手机", exact=True).check()
    page.fill("[name=symptom]", "摔了一下，屏幕碎了，触摸不灵")
    choose(page, "channel", "到店")
    unfold(page, "登记新设备")
    page.fill("[name=new0-brand_text]", "红米")
    page.fill("[name=new0-model_text]", "Note 12")
    page.fill("[name=new0-serial]", "86TEST0001")
    page.fill("[name=new0-purchase_on]", bought.isoformat())
    page.fill("[name=new0-appearance]", "屏幕碎裂，边框有磕痕")
    page.fill("[name=new0-accessories]", "手机壳")
    expect(page.locator("#verdict-new0")).to_contain_text("保外")

    unfold(page, "更多客户资料")
    page.click("[data-add-customer]")
    page.fill("[name=name]", "单小梅")
    page.fill("[name=contact0-phone]", "13827654321")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/reception/?customer=*")
    expect(page.locator("#caller")).to_contain_text("单小梅")
    assert page.input_value("[name=symptom]") == "摔了一下，屏幕碎了，触摸不灵"
    assert page.input_value("[name=new0-appearance]") == "屏幕碎裂，边框有磕痕"

    press(page, "登记")
    page.wait_for_url("**/orders/*/")
    for words in ("屏幕碎裂，边框有磕痕", "手机壳", "保外", "到店"):
        expect(page.locator("#order")).to_contain_text(words)
    return Order.objects.get()


def print_receipt_and_send_to_dispatch(page: Page, order: Order) -> None:
    """The receipt of a phone is a 接机单; on the roll it is 80 mm wide."""
    unfold(page, "打印")
    press(page, "打印接待回执")
    page.wait_for_url("**/papers/*/**")
    page.locator(".bar-sizes a", has_text="80").click()
    page.wait_for_url("**size=80mm**")
    for words in (order.number, "屏幕碎裂，边框有磕痕", "手机壳"):
        expect(page.locator("body")).to_contain_text(words)
    page.click(".bar-back")
    page.wait_for_url(f"**/orders/{order.number}/")
    press(page, "转维修")
    told(page, "已转维修，等待派工")
    expect(page.locator("#related")).to_contain_text("接机单")


def dispatch(page: Page, order: Order) -> None:
    page.dblclick(f"tr[data-id='{order.pk}']")
    page.wait_for_url(f"**/dispatch/{order.number}/")
    page.locator("#candidates label", has_text="李建国").click()
    page.fill("#assign [name=task]", "换屏")
    press(page, "派工")
    told(page, "已派工")
    expect(page.locator("#visits")).to_contain_text("换屏")


def find_the_fault(page: Page, order: Order) -> None:
    page.dblclick(f"tr[data-id='{order.pk}']")
    page.wait_for_url(f"**/repair/{order.number}/")
    press(page.locator(".w-next"), "接单")
    expect(page.locator(".w-next")).to_contain_text("检测")
    choose(page, "finding", "查明故障")
    page.fill("#diagnose [name=inspection]", "内外屏均碎，触摸无响应，主板正常")
    page.fill("#diagnose [name=cause]", "外力摔落")
    press(page, "保存检测结果")
    expect(page.locator("#diagnose .w-facts")).to_contain_text("主板正常")


def quote(page: Page) -> None:
    """The inspection fee is there by itself, the screen is chosen, and the price is nobody's to type."""
    page.locator(".w-next").get_by_role("link", name="报价").click()
    page.wait_for_url("**/quote/")
    press(page, "开始报价")
    expect(page.locator(".w-quote")).to_contain_text("检测费")
    page.fill("[name=q]", "更换屏幕总成")
    page.locator("#found li", has_text="中端").get_by_role("button", name="加入").click()
    expect(page.locator(".w-quote .w-due")).to_have_text(re.compile("600.00"))
    page.fill("[name=plan]", "更换屏幕总成（中端）")
    press(page, "报给客户")  # what was typed is saved with it
    expect(page.locator("#decision")).to_be_visible()
    expect(page.locator("#quote")).to_contain_text("更换屏幕总成（中端）")


def agree(page: Page) -> None:
    """The customer signs on the screen."""
    choose(page, "answer", "同意维修")
    page.fill("#decision [name=name]", "单小梅")
    choose(page, "way", "签字")
    sign(page)
    press(page, "记录客户决定")
    told(page, "已记录客户决定")


def mend(page: Page, order: Order) -> None:
    page.goto(f"/repair/{order.number}/")
    unfold(page, "登记做了什么")
    page.fill("#work [name=text]", "拆机更换屏幕总成")
    press(page, "登记")
    expect(page.locator("#work ol")).to_contain_text("拆机更换屏幕总成")
    unfold(page, "登记配件")
    form = page.locator("form[action$='/parts/']")
    form.locator("[name=name]").fill("屏幕总成")
    form.locator("[name=old_part]").select_option(label="留给客户")
    form.locator("[name=fits]").check()
    form.locator("[name=connected]").check()
    press(form, "登记配件")
    expect(page.locator(".w-sheet")).to_contain_text("旧件留给客户")
    page.locator("[name=test_name]").nth(0).fill("触摸")
    page.locator("[name=test_name]").nth(1).fill("显示")
    page.click("[data-sheet-pass]")
    press(page, "保存测试")
    expect(page.locator("#test ol")).to_contain_text("显示")


def hand_back(page: Page, order: Order) -> None:
    """The customer tries it and signs, the technician hands it back with the service sheet."""
    choose(page, "verdict", "正常，验收")
    page.fill("#accept [name=tester]", "单小梅")
    sign(page)
    press(page, "记录试机结果")
    expect(page.locator("#accept")).to_contain_text("验收通过")
    press(page.locator(".w-next"), "完工")
    told(page, "已交回工单，等待结算")
    press(page, "打印服务单")
    page.wait_for_url("**/papers/*/**")
    for words in (order.number, "拆机更换屏幕总成", "留给客户"):
        expect(page.locator("body")).to_contain_text(words)


def settle(page: Page, order: Order) -> None:
    """What is due stands there and cannot be typed; what was received is."""
    page.dblclick(f"tr[data-id='{order.pk}']")
    page.wait_for_url(f"**/settlement/{order.number}/")
    expect(page.locator(".s-due-figure")).to_have_text("¥600.00")
    expect(page.locator(".s-due-capitals")).to_contain_text("陆佰元整")
    assert page.locator("[name*=due_fen], [name=due], [name*=price]").count() == 0
    page.fill("[name=tendered]", "600")
    choose(page, "account", "微信")
    press(page, "收款")
    told(page, "已收 ¥600.00")
    press(page, "确定结算")
    told(page, "已结算，结算单")


def call_back(page: Page, order: Order) -> None:
    page.dblclick(f"tr[data-id='{order.pk}']")
    page.wait_for_url(f"**/follow-up/{order.number}/**")
    choose(page, "score", "5")
    page.click("[data-answer=fixed]")
    told(page, "回访完成")
