"""The sheet of tests in a browser: what was typed comes back in its own row."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from gongdan.kernel.actor import Actor
from tests.browser import IN_BROWSER, Opened
from tests.settlement.cast import Make, in_repair, till
from tests.walks.people import press, unfold

__all__ = ["in_repair", "till"]

pytestmark = IN_BROWSER


def rows(page: Page) -> list[list[str]]:
    """Name, measured value and place of each row."""
    read = "t => [...t.tBodies[0].rows].map(r => ['test_name', 'test_actual', 'test_row'].map(n => r.querySelector(`[name=${n}]`).value))"
    found: list[list[str]] = page.locator("table[data-sheet]").evaluate(read)
    return found


def test_a_sheet_left_unsaved_comes_back_row_by_row_and_can_be_discarded(
    in_repair: Make, technician: Actor, opened: Opened
) -> None:
    order = in_repair()
    page = opened(f"/repair/{order.number}/", technician)
    unfold(page, "填写测试")
    fresh = rows(page)
    page.locator("[name=test_name]").nth(0).fill("通电运行")
    page.locator("[name=test_actual]").nth(0).fill("正常")
    page.locator("[name=test_name]").nth(1).fill("噪音")
    page.locator("[name=test_passed_1][value=yes]").check(force=True)
    press(page, "再加一行")
    page.locator("[name=test_name]").last.fill("漏水")
    typed = rows(page)

    page.goto("/repair/")
    page.goto(f"/repair/{order.number}/")
    expect(page.locator("form:has(table[data-sheet]) .k-draft")).to_be_visible()
    assert rows(page) == typed
    assert page.locator("[name=test_passed_1][value=yes]").is_checked()

    page.locator("form:has(table[data-sheet]) .k-draft button").click()
    assert rows(page) == fresh
