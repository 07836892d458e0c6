"""A question is answered and closed; an hour later the same caller wants a repair: one click, nothing typed again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from gongdan.kernel.actor import Actor
from gongdan.orders.models import Order, Relation
from gongdan.orders.states import Status
from tests.browser import IN_BROWSER, Opened
from tests.walks.people import press, told

pytestmark = IN_BROWSER


@pytest.mark.req("R-048", "R-049", "R-052")
def test_a_question_is_answered_and_becomes_a_repair_by_one_click(shop: None, opened: Opened, agent: Actor) -> None:
    page = opened("/reception/", agent)
    page.fill("[name=phone]", "13988887777")
    page.fill("[name=contact_name]", "孙立")
    page.fill("[name=address]", "天河路 385 号 1201")
    page.get_by_label("空调", exact=True).check()
    page.fill("[name=symptom]", "空调开机有异味，是不是要清洗")
    press(page, "登记")
    page.wait_for_url("**/orders/*/")
    press(page, "转咨询")
    told(page, "已转咨询")
    page.fill("[name=text]", "先清洗滤网，通风半小时；还有异味请再来电")
    press(page, "答复并结单")
    told(page, "已答复并结单")
    question = Order.objects.get()
    assert (question.status, question.due_fen) == (Status.CLOSED, None)

    # 一小时后同一个人再来电：来电栏里就有这张咨询单
    page = opened("/reception/", agent)
    page.keyboard.type("7777")
    page.keyboard.press("Enter")
    expect(page.locator("#caller")).to_contain_text("孙立")
    page.click("#caller summary")
    expect(
        page.locator("#caller .d-turn", has_text=question.number).get_by_role("button", name="转维修")
    ).to_be_visible()
    page.locator("#caller a.d-order", has_text=question.number).first.click()
    page.wait_for_url(f"**/orders/{question.number}/")
    expect(page.locator("#order")).to_contain_text("先清洗滤网")
    press(page, "转维修")
    told(page, "等待派工")

    repair = Order.objects.exclude(pk=question.pk).get()
    assert page.url.endswith(f"/orders/{repair.number}/")
    assert (repair.status, repair.symptom, repair.phone, repair.address, repair.customer_id) == (
        Status.TO_DISPATCH,
        question.symptom,
        "13988887777",
        "天河路 385 号 1201",
        question.customer_id,
    )
    assert Relation.objects.get().kind == "from_inquiry"
    page.locator("#related a", has_text=question.number).click()
    page.wait_for_url(f"**/orders/{question.number}/")
    expect(page.locator("#related a", has_text=repair.number)).to_be_visible()
    expect(page.get_by_role("button", name="转维修")).to_have_count(0)
