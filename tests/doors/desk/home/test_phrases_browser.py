"""An apology goes into the field by one click, with its reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from gongdan.catalog import actions as catalog
from gongdan.catalog.models import Category
from gongdan.dispatch import actions as dispatch
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders.models import Order
from tests.browser import IN_BROWSER, Opened

pytestmark = IN_BROWSER


@pytest.mark.req("R-241")
@pytest.mark.parametrize(("why", "text"), [("堵车", "因为堵车"), ("", "因为＿＿＿")])
def test_an_apology_is_inserted_with_one_click(
    repair: Order, dispatcher: Actor, opened: Opened, why: str, text: str
) -> None:
    catalog.load_seed(by=SYSTEM, at=repair.received_at)
    page = opened(f"/dispatch/{repair.number}/", dispatcher)
    page.locator("#contact summary", has_text="记一次联系").click()
    form = page.locator("#contact form")
    form.get_by_label("原因").fill(why)

    form.locator("[data-insert=note]").first.click()

    note = form.locator("[name=note]")
    expect(note).to_have_value(f"非常抱歉，师傅{text}，可能会晚到，给您添麻烦了。您看还方便等吗？")
    expect(note).to_be_focused()


@pytest.mark.req("R-241")
def test_a_reason_that_is_not_chosen_yet_stays_a_gap(repair: Order, dispatcher: Actor, opened: Opened) -> None:
    catalog.load_seed(by=SYSTEM, at=repair.received_at)
    start = timezone.now() + timedelta(hours=30)
    window = start, start + timedelta(hours=2)
    dispatch.promise(repair.pk, *window, seen=repair.version, by=dispatcher, at=timezone.now())
    page = opened(f"/dispatch/{repair.number}/", dispatcher)
    page.locator("#promise summary").click()
    form = page.locator("#promise form")

    form.locator("[data-insert=note]").first.click()
    expect(form.locator("[name=note]")).to_have_value(re.compile("因为＿＿＿"))
    form.locator("[name=reason]").select_option("路上堵车")
    form.locator("[name=note]").fill("")
    form.locator("[data-insert=note]").first.click()

    expect(form.locator("[name=note]")).to_have_value(re.compile("因为路上堵车"))


@pytest.mark.req("R-241")
def test_whoever_reports_the_same_again_is_apologised_to_with_one_click(
    register: Callable[..., Order], aircon: Category, agent: Actor, opened: Opened
) -> None:
    order = [register(category_id=aircon.pk) for _time in range(3)][-1]
    catalog.load_seed(by=SYSTEM, at=order.received_at)
    page = opened(f"/orders/{order.number}/", agent)
    form = page.locator("#add-contact")
    form.get_by_label("原因").fill("配件质量")

    form.locator("[data-insert=note]").first.click()

    expect(form.locator("[name=note]")).to_have_value(re.compile("配件质量"))
