"""二十五个回访一小时: one key per answer, the next call by itself; and one key per message (owner's pace)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from time import perf_counter

import pytest
from playwright.sync_api import Page, expect

from gongdan.followup import actions, rules
from gongdan.followup.models import CallBack, Message, Survey
from gongdan.kernel.actor import Actor
from gongdan.orders.models import Order
from tests.browser import IN_BROWSER, PHONE, Opened, width_of
from tests.followup.conftest import Set, put
from tests.settlement.cast import Make, finished, in_repair, settled, till
from tests.walks.people import told

__all__ = ["finished", "in_repair", "put", "settled", "till"]

pytestmark = IN_BROWSER
AN_HOUR, CALLS = 3600, 25
SETTLED = 450  # milliseconds until a key counts for the call that has just opened


class Hand:
    """Counts what a person does at the desk: every key and every click."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys, self.clicks = page, 0, 0

    def key(self, name: str) -> None:
        """One key, as soon as the page has settled."""
        self.page.wait_for_timeout(SETTLED)
        self.page.keyboard.press(name)
        self.keys += 1


@pytest.fixture
def waiting(settled: Make, put: Set, now: datetime) -> Callable[[int], list[Order]]:
    """So many settled orders whose calls are due; the first has the largest bill, so it stands first."""

    def _waiting(count: int) -> list[Order]:
        put({rules.QUIET: False, rules.DRAWN_PERCENT: 0})
        made = [settled(187_00 + (900_00 if n == 0 else 0), name=f"客户{n}") for n in range(count)]
        for order in made:
            actions.plan_call(order.pk, at=now)
        CallBack.objects.update(due_at=now - timedelta(hours=1))
        return made

    return _waiting


def test_a_key_that_comes_too_early_records_nothing_and_the_page_says_so(
    waiting: Callable[[int], list[Order]], agent: Actor, opened: Opened
) -> None:
    (order,) = waiting(1)
    page = opened(f"/follow-up/{order.number}/", agent)
    page.add_init_script("performance.now = () => 0")  # the page has only just opened
    page.reload()

    page.keyboard.press("1")

    expect(page.get_by_role("status").filter(has_text="请再按一次")).to_be_visible()
    assert CallBack.objects.get().state == "due"
    page.evaluate("performance.now = () => 1000")
    page.keyboard.press("1")
    expect(page.locator(".k-message", has_text=order.number).first).to_be_visible()
    assert CallBack.objects.get().state == "done"


@pytest.mark.req("R-184", "O-056")
def test_one_key_per_answer_and_the_next_call_opens_by_itself(
    waiting: Callable[[int], list[Order]], agent: Actor, opened: Opened, record_property: Callable[[str, object], None]
) -> None:
    made = waiting(5)
    page = opened(f"/follow-up/{made[0].number}/", agent)
    hand = Hand(page)
    expect(page.locator(f'a[href="tel:{made[0].phone}"]')).to_be_visible()

    began = perf_counter()
    for key, order in zip("11231", made, strict=True):
        expect(page.locator("h1")).to_contain_text(order.customer.name)
        hand.key(key)
        expect(page.locator(".k-message", has_text=order.number).first).to_be_visible()
    per_call = (perf_counter() - began) / len(made)

    assert (hand.keys, hand.clicks) == (5, 0)
    states = [Order.objects.get(pk=order.pk).status for order in made]
    assert states == ["closed", "closed", "to_dispatch", "to_follow_up", "closed"]
    missed = CallBack.objects.get(order=made[3])
    assert (missed.state, missed.attempts, missed.due_at > made[3].received_at) == ("due", 1, True)
    # Of the 144 seconds that 25 calls an hour give to each, the page takes so many; the rest is for talking.
    record_property("page_seconds_per_call", round(per_call, 2))
    record_property("seconds_left_for_talking", round(AN_HOUR / CALLS - per_call, 1))


@pytest.mark.req("R-189")
def test_the_survey_is_scored_by_number_keys_and_goes_with_the_answer(
    waiting: Callable[[int], list[Order]], agent: Actor, opened: Opened
) -> None:
    (order,) = waiting(1)
    page = opened(f"/follow-up/{order.number}/", agent)
    hand = Hand(page)

    hand.key("q")
    for score in "5453":
        page.keyboard.press(score)
        hand.keys += 1
    hand.key("1")
    told(page, "回访完成")

    assert hand.keys == 6
    assert Survey.objects.get().scores == {"服务态度": 5, "维修质量": 4, "及时": 5, "价格": 3}
    assert Order.objects.get(pk=order.pk).status == "closed"


@pytest.mark.req("O-056")
def test_a_message_is_marked_sent_by_one_key_and_so_is_its_answer(
    waiting: Callable[[int], list[Order]], agent: Actor, opened: Opened
) -> None:
    first, second = waiting(2)
    messages = {row.order_id: row for row in Message.objects.all()}
    page = opened(f"/follow-up/messages/{messages[first.pk].pk}/", agent)
    hand = Hand(page)
    for order in (first, second):
        expect(page.locator("h1")).to_contain_text(order.customer.name)
        hand.key("1")
        told(page, "已记为发出")
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}

    page.goto(f"/follow-up/messages/{messages[first.pk].pk}/?scope=sent")
    hand.key("1")
    expect(page.locator("h1")).to_contain_text(second.customer.name)
    hand.key("2")
    told(page, "不好")

    assert hand.keys == 4
    assert [Order.objects.get(pk=order.pk).status for order in (first, second)] == ["closed", "to_follow_up"]


@pytest.mark.req("R-248")
def test_no_page_of_follow_up_scrolls_sideways_on_the_phone(
    waiting: Callable[[int], list[Order]], supervisor: Actor, opened: Opened
) -> None:
    (order,) = waiting(1)
    page = opened("/follow-up/", supervisor, PHONE)

    wide = []
    for path in (
        "/follow-up/", f"/follow-up/{order.number}/", "/follow-up/messages/",
        f"/follow-up/messages/{Message.objects.get().pk}/", "/follow-up/feedback/", "/follow-up/improvements/",
        "/setup/periodic-calls/",
    ):  # fmt: skip
        page.goto(path)
        if width_of(page) > PHONE["width"]:
            wide.append((path, width_of(page)))
    assert wide == []
