"""W2 上门空调: who can be there, promised to one, refused a later time, handed to another, called ahead, there in time, 0.00."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from gongdan.dispatch import queries as dispatched
from gongdan.dispatch.models import Promise, Visit
from gongdan.kernel.actor import Actor
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from gongdan.repair import actions as repair
from gongdan.settlement import actions as settlement
from tests.browser import IN_BROWSER, PHONE, Opened, width_of
from tests.repair.shop import agreed, diagnosed, filled, line_of, seen
from tests.scenarios.test_handed_over import register
from tests.walks.people import choose, press, told, unfold

pytestmark = IN_BROWSER


def _arrives_early(page: Page) -> None:
    """比约定早到一天：问过客户才算到达."""
    expect(page.get_by_role("button", name="到达", exact=True)).to_have_count(0)
    early = page.locator("#early")
    early.get_by_label("谁同意的").fill("王小明")
    choose(early, "agreed_way", "当面")
    press(early, "客户同意，到达")
    told(page, "已记下到达和客户的同意")


def _typed(page: Any, start: datetime, end: datetime) -> None:
    page.locator("[name=window_day]").fill(f"{start:%Y-%m-%d}")
    page.locator("[name=window_from]").fill(f"{start:%H:%M}")
    page.locator("[name=window_to]").fill(f"{end:%H:%M}")


@pytest.mark.req("R-070", "R-072", "R-075", "R-076")
def test_an_air_conditioner_in_its_period_goes_from_one_technician_to_the_other(
    shop: None,
    opened: Opened,
    agent: Actor,
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    cashier: Actor,
    now: datetime,
) -> None:
    order = register("4Q97A0236002", "王小明", "体育西路 1 号 302", agent, now)
    two = (timezone.localtime(now) + timedelta(days=1)).replace(hour=14, minute=0, second=0)
    four = two + timedelta(hours=2)

    # 派工员：14 点到 16 点，谁能到
    page = opened(f"/dispatch/{order.number}/", dispatcher)
    _typed(page.locator("#assign"), two, four)
    page.locator("#assign [name=window_to]").press("Tab")
    expect(page.locator("#candidates label", has_text="李建国")).to_contain_text("可以")
    page.locator("#candidates label", has_text="李建国").click()
    press(page.locator("#assign"), "派工")
    told(page, "已派工")
    first = Visit.objects.get()
    assert (first.technician_id, first.planned_from) == (technician.id, two)

    # 甲师傅：提议 16 点到 18 点，致歉，客户不同意，转给周大勇
    page = opened(f"/visits/{first.pk}/", technician, PHONE)
    unfold(page, "征求客户意见改约")
    move = page.locator("#move")
    _typed(move, four, four + timedelta(hours=2))
    move.locator("[name=reason]").select_option(label="上一单超时")
    move.get_by_label("已向客户致歉并说明原因").check()
    choose(move, "consent", "不同意")
    move.locator("[name=consent_of]").fill("王小明")
    choose(move, "way", "电话")
    move.locator("[name=to_id]").select_option(value=str(other_technician.id))
    press(move, "记下答复")
    told(page, "已转出，客户的时间不变")
    expect(page.locator("body")).not_to_contain_text(order.number)
    assert (Order.objects.get().promised_from, Promise.objects.filter(is_agreed=True).count()) == (two, 1)

    # 乙师傅：接单，上门前确认三项，出发，到达
    second = Visit.objects.get(technician=other_technician.id)
    page = opened(f"/visits/{second.pk}/", other_technician, PHONE)
    assert width_of(page) <= PHONE["width"]
    press(page, "接单")
    expect(page.get_by_role("button", name="出发", exact=True)).to_have_count(0)
    confirm = page.locator("#confirm")
    choose(confirm, "is_convenient", "方便")
    for label in ("设备类型已核对", "故障情况已核对", "联系地址已核对"):
        confirm.get_by_label(label).check()
    press(confirm, "记下确认")
    told(page, "已记下")
    press(page, "出发")
    _arrives_early(page)
    expect(page.locator(".k-head-badges")).to_contain_text("已到达")
    assert dispatched.transfers_of(order.pk)[0].accepted_at is not None

    # 修好，零元结算
    there = Visit.objects.get(pk=second.pk).arrived_at
    assert there is not None
    diagnosed(order, other_technician, there)
    assert agreed(order, other_technician, there, "PI021").due_fen == 0
    repair.add_action(line_of(order).pk, "查漏后加氟 600 克", by=other_technician, at=there)
    filled(order, other_technician, there)
    repair.record_trial(order.pk, is_accepted=True, tester="王小明", way="paper", by=other_technician, at=there)
    repair.finish(order.pk, "repaired", seen=seen(order), by=other_technician, at=there)
    bill = settlement.post(order.pk, seen=seen(order), by=cashier, at=there)
    assert (bill.due_fen, Order.objects.get().status) == (0, Status.TO_FOLLOW_UP)
