"""W3 宽带 691: solved by telephone at five past ten, asked at five past twelve, and then a visit with nothing retyped."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from gongdan.audit import jobs
from gongdan.followup.models import CallBack
from gongdan.kernel.actor import Actor
from gongdan.orders.models import Order, PhoneFix, ScriptAnswer
from gongdan.orders.states import Status
from tests.browser import IN_BROWSER, PHONE, Opened, width_of
from tests.walks.people import choose, press, told, unfold

pytestmark = IN_BROWSER


@pytest.mark.req("R-064", "R-065", "R-066", "R-067", "R-068", "R-063")
def test_691_is_solved_by_telephone_watched_and_becomes_a_visit(
    shop: None, opened: Opened, agent: Actor, dispatcher: Actor, now: datetime
) -> None:
    page = opened("/reception/", agent)
    order = take_the_call(page)
    ask_and_guide(page, order)

    fix = PhoneFix.objects.get()
    assert (fix.reason, fix.code, len(fix.steps)) == ("misuse", "691", 2)
    jobs.run_due(fix.solved_at + timedelta(seconds=5))
    call = CallBack.objects.get(order=order)
    assert call.kind == "phone_watch"

    # 两小时以后
    CallBack.objects.filter(pk=call.pk).update(due_at=now - timedelta(minutes=5))
    nobody_answers_then_it_is_still_broken(page, order)

    order.refresh_from_db()
    assert (Order.objects.count(), order.status, order.closed_at) == (1, Status.TO_DISPATCH, None)
    page = opened(f"/dispatch/{order.number}/", dispatcher)
    expect(page.locator("body")).to_contain_text("何立")
    page = opened(f"/orders/{order.number}/", dispatcher)
    for words in ("红灯闪", "昨天改过密码", "电话核对账号密码", "拨号又是 691", "重新维修"):
        expect(page.locator("#order")).to_contain_text(words)
    expect(page.locator(".d-fix")).to_contain_text("使用不当")


def take_the_call(page: Page) -> Order:
    page.fill("[name=phone]", "13912345678")
    page.fill("[name=contact_name]", "何立")
    page.fill("[name=address]", "天河路 385 号 1201")
    page.get_by_label("宽带/ONU", exact=True).check()
    page.fill("[name=symptom]", "宽带上不了网")
    press(page, "登记")
    page.wait_for_url("**/orders/*/")
    return Order.objects.get()


def ask_and_guide(page: Page, order: Order) -> None:
    """The script, the first judgement, the code with its steps, and one button."""
    unfold(page, "引导询问")
    form = page.locator("#script form")
    form.locator("fieldset", has_text="LOS 灯是什么状态").locator("label", has_text="红灯闪").click()
    press(form, "保存询问结果")
    told(page, "询问结果已保存")
    assert ScriptAnswer.objects.get().answer == "红灯闪"
    unfold(page, "初步诊断")
    form = page.locator("#preliminary form")
    form.locator("[name=background]").fill("昨天改过密码")
    form.locator("[name=rough_scope]").fill("账号")
    form.locator("[name=rough_plan]").fill("电话核对账号密码")
    form.locator("[name=is_confirmed]").check()
    press(form, "保存初步诊断")
    told(page, "初步诊断已保存")
    if page.locator("#solve[open]").count() == 0:
        unfold(page, "电话解决")
    page.fill("#phone-fix [name=code]", "678")
    expect(page.locator("#advice")).to_contain_text("建议上门")
    page.fill("#phone-fix [name=code]", "691")
    expect(page.locator("#advice")).to_contain_text("建议电话解决")
    steps = page.locator("#advice [name=steps]")
    expect(steps.nth(1)).to_be_visible()
    steps.nth(0).check()
    steps.nth(1).check()
    choose(page, "reason", "使用不当")
    press(page.locator("#phone-fix"), "电话解决")
    told(page, "已电话解决，两小时后回访")
    expect(page.locator(".k-head-badges")).to_contain_text("待回访")


def nobody_answers_then_it_is_still_broken(page: Page, order: Order) -> None:
    page.goto(f"/follow-up/{order.number}/")
    expect(page.locator("body")).to_contain_text("超时")
    page.click("[data-answer=missed]")
    page.wait_for_url("**/follow-up/**")
    expect(page.locator(".k-message").first).to_be_visible()
    call = CallBack.objects.get(order=order)
    assert (call.attempts, call.state) == (1, "due")
    assert call.due_at > datetime.now(call.due_at.tzinfo)
    page.goto(f"/follow-up/{order.number}/")
    page.fill("#call [name=content]", "拨号又是 691")
    page.click("[data-answer=broken]")
    expect(page.locator(".k-message").first).to_be_visible()


def test_the_panel_fits_a_telephone(shop: None, opened: Opened, agent: Actor) -> None:
    order = take_the_call(opened("/reception/", agent))
    page = opened(f"/orders/{order.number}/", agent, PHONE)

    assert width_of(page) == PHONE["width"]
    expect(page.locator("#telephone")).to_be_visible()
