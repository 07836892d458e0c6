"""W9 投诉: liability, handling, result, compensation by rule, and no end without the call-back."""

from __future__ import annotations

from datetime import datetime

import pytest
from playwright.sync_api import expect

from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.kernel.actor import Actor
from gongdan.orders import actions
from gongdan.orders.models import Complaint, Order, Relation
from gongdan.orders.rules import OrderDraft
from gongdan.orders.states import Status
from tests.browser import IN_BROWSER, Opened
from tests.walks.people import choose, press, told, unfold

pytestmark = IN_BROWSER


@pytest.fixture
def repair(shop: None, agent: Actor, now: datetime) -> Order:
    """An order of 200 yuan that was paid."""
    he = CustomerDraft(name="孙立", contacts=(ContactDraft("13988887777", "孙立"),))
    order = actions.register(OrderDraft(symptom="空调不制冷", source="direct", customer=he), by=agent, at=now)
    actions.choose_repair(order.pk, seen=order.version, by=agent, at=now)
    Order.objects.filter(pk=order.pk).update(due_fen=200_00, money_state="paid")
    return order


@pytest.mark.req("R-049", "R-050")
def test_a_complaint_is_judged_handled_compensated_by_rule_called_back_and_closed(
    repair: Order, opened: Opened, agent: Actor, technician: Actor
) -> None:
    page = opened(f"/orders/{repair.number}/", agent)
    unfold(page, "登记投诉")
    page.fill("#add-complaint [name=content]", "师傅迟到一个小时")
    press(page, "登记投诉单")
    page.wait_for_url("**/orders/*/")
    complaint = Relation.objects.get(kind="complaint_about").order
    expect(page.locator("#complaint")).to_contain_text("还缺：投诉类别、责任、处理、处理结果、赔付决定")
    expect(page.get_by_role("button", name="处理完毕，转回访")).to_have_count(0)

    choose(page, "subject", "迟到")
    choose(page, "liability", "师傅")
    page.select_option("#complaint [name=person_id]", label="李建国")
    press(page, "保存责任")
    told(page, "责任已保存")
    page.fill("#complaint [name=handling]", "电话致歉")
    page.fill("#complaint [name=outcome]", "客户接受")
    press(page, "保存处理")
    told(page, "处理已保存")
    rule = page.locator("#complaint [name=rule_id] option", has_text="迟到赔付").first.get_attribute("value")
    page.select_option("#complaint [name=rule_id]", value=rule)
    press(page, "保存赔付")
    told(page, "赔付已保存")
    expect(page.locator("#complaint")).to_contain_text("赔付要在结算里退款")
    found = Complaint.objects.get()
    assert (found.fen, found.person_id, found.liability) == (20_00, technician.id, "technician")

    press(page, "处理完毕，转回访")
    told(page, "投诉处理完毕，等待回访")
    complaint.refresh_from_db()
    assert complaint.status == Status.TO_FOLLOW_UP
    page.goto(f"/follow-up/{complaint.number}/")
    page.fill("#call [name=content]", "满意")
    page.click("[data-answer=fixed]")
    expect(page.locator(".k-message").first).to_be_visible()
    complaint.refresh_from_db()
    assert complaint.status == Status.CLOSED


@pytest.mark.req("R-049", "R-050")
def test_a_repair_comes_out_of_a_complaint_by_one_click_and_the_complaint_goes_on(
    repair: Order, opened: Opened, agent: Actor, now: datetime
) -> None:
    complaint = actions.complain(repair.pk, "修完还是不冷", by=agent, at=now)
    page = opened(f"/orders/{complaint.number}/", agent)

    press(page, "转维修")

    told(page, "等待派工")
    made = Relation.objects.get(kind="from_complaint").order
    assert page.url.endswith(f"/orders/{made.number}/")
    assert (made.symptom, made.phone) == ("修完还是不冷", complaint.phone)
    page.locator("#related a", has_text=complaint.number).click()
    page.wait_for_url(f"**/orders/{complaint.number}/")
    expect(page.locator("#related a", has_text=made.number)).to_be_visible()
    expect(page.locator("#complaint")).to_contain_text("保存责任")


@pytest.mark.req("R-048")
def test_a_saved_order_is_opened_by_double_click_and_a_flow_chosen_by_one_key(
    shop: None, opened: Opened, agent: Actor, now: datetime
) -> None:
    he = CustomerDraft(name="孙立", contacts=(ContactDraft("13988887777", "孙立"),))
    order = actions.register(OrderDraft(symptom="滤网怎么洗", source="direct", customer=he), by=agent, at=now)
    page = opened("/orders/", agent)
    page.dblclick(f"tr[data-id='{order.pk}']")
    page.wait_for_url(f"**/orders/{order.number}/")
    for label in ("转维修", "转咨询", "转投诉"):
        expect(page.get_by_role("button", name=label, exact=True)).to_be_visible()

    page.keyboard.press("q")

    told(page, "已转咨询")
    order.refresh_from_db()
    assert (order.flow, order.status, order.flow_chosen_by_id) == ("inquiry", Status.ANSWERING, agent.id)
