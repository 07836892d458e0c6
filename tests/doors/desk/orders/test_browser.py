"""The page of an order in a real browser: what is typed in one form outlives the sending of another."""

from __future__ import annotations

from datetime import datetime

import pytest
from playwright.sync_api import expect

from gongdan.kernel.actor import Actor
from gongdan.orders import actions
from gongdan.orders.models import Order
from tests.browser import IN_BROWSER, Opened

pytestmark = IN_BROWSER


@pytest.mark.req("R-250")
def test_what_is_typed_stays_when_another_form_of_the_page_is_sent(repair: Order, opened: Opened, agent: Actor) -> None:
    page = opened(f"/orders/{repair.number}/", agent)
    page.locator("#preliminary > summary").click()
    page.fill("#preliminary [name=background]", "昨晚打雷后不启动")
    page.fill("#preliminary [name=rough_scope]", "电源板")
    page.get_by_role("button", name="接通").click()

    expect(page.locator("#contact")).to_contain_text("接通")
    expect(page.get_by_text("联系记录已保存")).to_be_visible()
    expect(page.locator("#preliminary [name=background]")).to_have_value("昨晚打雷后不启动")
    expect(page.locator("#preliminary [name=rough_scope]")).to_be_visible()
    expect(page.locator(".k-draft")).to_have_count(0)

    page.get_by_role("button", name="保存初步诊断").click()
    expect(page.get_by_text("初步诊断已保存")).to_be_visible()
    expect(page.locator("#telephone .k-facts")).to_contain_text("昨晚打雷后不启动")
    expect(page.locator("#preliminary [name=background]")).to_have_value("昨晚打雷后不启动")
    page.reload()
    expect(page.locator(".k-draft")).to_have_count(0)


@pytest.mark.req("R-050", "R-250")
def test_what_is_typed_stays_when_another_form_of_the_page_is_refused_or_leads_away(
    repair: Order, opened: Opened, agent: Actor, now: datetime
) -> None:
    complaint = actions.complain(repair.pk, "师傅迟到还不道歉", by=agent, at=now)
    page = opened(f"/orders/{complaint.number}/", agent)
    page.fill("#complaint [name=handling]", "电话致歉")
    page.fill("#complaint [name=outcome]", "客户接受")
    page.get_by_role("button", name="保存责任").click()

    expect(page.locator("#complaint .k-error").first).to_be_visible()
    expect(page.locator("#complaint [name=handling]")).to_have_value("电话致歉")
    expect(page.locator("#complaint [name=outcome]")).to_have_value("客户接受")

    page.goto("/orders/")
    page.goto(f"/orders/{complaint.number}/")
    expect(page.locator("#complaint [name=handling]")).to_have_value("电话致歉")
    expect(page.locator("#complaint .k-draft")).to_contain_text("已恢复上次没有保存的内容")
    page.get_by_role("button", name="保存处理").click()
    expect(page.get_by_text("处理已保存")).to_be_visible()
    page.reload()
    expect(page.locator(".k-draft")).to_have_count(0)
