"""The kit in a real browser: panes, keyboard, drafts that outlive a log-in, and nothing that the policy forbids."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import FloatRect, Page

from gongdan.kernel.actor import Actor
from tests.browser import DESK, IN_BROWSER, PHONE, Opened, width_of

pytestmark = IN_BROWSER


def focused(page: Page) -> str:
    return str(
        page.evaluate("document.activeElement.id || document.activeElement.dataset.url || document.activeElement.name")
    )


def box_of(page: Page, selector: str) -> FloatRect:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box


@pytest.mark.req("R-248")
@pytest.mark.parametrize("path", ["/kit/", "/kit/?look=empty", "/kit/overview/", "/accounts/login/"])
def test_nothing_scrolls_sideways_on_the_phone(opened: Opened, path: str) -> None:
    page = opened(path, size=PHONE)

    assert width_of(page) == 375


@pytest.mark.req("R-248")
def test_form_and_list_stand_side_by_side_on_the_desk_and_stacked_on_the_phone(opened: Opened) -> None:
    boxes = {}
    for name, size in (("desk", DESK), ("phone", PHONE)):
        page = opened("/kit/", size=size)
        boxes[name] = (box_of(page, "#left"), box_of(page, "#right"))

    (left, right), (upper, lower) = boxes["desk"], boxes["phone"]
    assert left["x"] + left["width"] <= right["x"]
    assert left["y"] == right["y"]
    assert upper["y"] + upper["height"] <= lower["y"]
    assert upper["x"] == lower["x"]


def test_on_the_phone_everything_to_press_is_as_large_as_a_thumb(opened: Opened) -> None:
    page = opened("/kit/", size=PHONE)

    small = page.evaluate(
        """[...document.querySelectorAll(".k-button, .k-control, .k-bottom > a, .k-segments > label, .k-tick, summary")]
           .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert small == []


def test_the_keyboard_reaches_everything(opened: Opened) -> None:
    page = opened("/kit/")

    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    assert focused(page) == "q"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    assert focused(page) == "/kit/overview/?n=3"  # the current row first
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    assert focused(page) == "/kit/overview/?n=4"
    page.keyboard.press("F6")
    assert focused(page) == "id_phone"
    page.keyboard.press("F6")
    assert focused(page) == "/kit/overview/?n=4"
    page.keyboard.press("?")
    assert page.locator("#shortcuts").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#shortcuts").is_hidden()
    page.keyboard.press("Enter")
    page.wait_for_url("**/kit/overview/?n=4")
    page.keyboard.press("Alt+j")
    page.wait_for_url("**/kit/")
    page.locator("tbody tr").nth(6).dblclick()
    page.wait_for_url("**/kit/overview/?n=6")


def test_a_click_chooses_a_row_that_stays_marked_and_opens_nothing(opened: Opened) -> None:
    page = opened("/kit/")
    rows = page.locator("[data-rows] tbody tr")

    def marked() -> list[str]:
        return page.eval_on_selector_all("tr.k-at", "all => all.map((row) => row.dataset.url)")

    plain = rows.nth(2).evaluate("(row) => getComputedStyle(row).backgroundColor")
    rows.nth(2).locator("td").last.click()
    rows.nth(4).locator("td").last.click()
    assert (focused(page), marked()) == ("/kit/overview/?n=4", ["/kit/overview/?n=4"])
    page.focus("#id_phone")
    assert marked() == ["/kit/overview/?n=4"]
    page.mouse.move(0, 0)
    assert rows.nth(4).evaluate("(row) => getComputedStyle(row).backgroundColor") != plain
    assert page.url.endswith("/kit/")
    rows.nth(4).locator("td").last.click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/kit/overview/?n=5")


def test_ctrl_enter_saves_and_the_first_error_has_the_focus(opened: Opened) -> None:
    page = opened("/kit/")

    page.fill("#id_note", "门铃坏了，到楼下打电话")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".k-error")

    assert focused(page) == "id_phone"
    assert page.input_value("#id_note") == "门铃坏了，到楼下打电话"


def test_a_row_is_picked_by_keyboard_and_fills_the_form(opened: Opened) -> None:
    page = opened("/kit/")

    page.fill("#id_reader", "陈")
    page.wait_for_selector("[role=option][aria-selected=true]")
    page.keyboard.press("Enter")

    assert page.input_value("input[name=reader]") == "2"
    assert page.input_value("#id_reader") == "陈雅琴 15987658802"
    assert page.input_value("#id_address") == "海珠区新港中路 188 号 5 单元 602"
    page.fill("#id_reader", "陈雅")
    assert page.input_value("input[name=reader]") == ""


def test_a_signature_becomes_strokes_in_the_form(opened: Opened) -> None:
    page = opened("/kit/")

    page.click("text=补充签名")
    page.locator("canvas").scroll_into_view_if_needed()
    page.wait_for_selector("[data-signature][data-ready]")
    box = box_of(page, "canvas")
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    for step in range(10):
        page.mouse.move(box["x"] + 40 + step * 10, box["y"] + 40 + step % 3 * 20)
    page.mouse.up()

    assert '"lines":[[[40,40]' in page.input_value("input[name=signature]")
    page.click("text=重签")
    assert page.input_value("input[name=signature]") == ""


def test_saving_ends_the_draft_and_gives_the_next_form_a_fresh_key(opened: Opened) -> None:
    page = opened("/kit/")
    key = page.input_value("#left input[name=once_key]")

    page.fill("#id_reader", "王")
    page.wait_for_selector("[role=option][aria-selected=true]")
    page.keyboard.press("Enter")
    page.select_option("#id_book", "1")
    page.keyboard.press("Control+Shift+Enter")
    page.wait_for_url("**/kit/?saved=1")

    assert page.locator(".k-draft").count() == 0
    assert page.input_value("#id_reader") == ""
    assert page.input_value("#left input[name=once_key]") not in ("", key)
    assert page.locator(".k-message", has_text="已登记").count() >= 1


def test_typed_text_survives_an_expired_session(opened: Opened, agent: Actor) -> None:
    page = opened("/form/")
    log_in(page)

    page.fill("#id_phone", "13812342231")
    page.fill("#id_note", "客户说晚上才在家")
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/accounts/login/?next=%2Fform%2F")
    log_in(page)

    assert page.locator(".k-draft").inner_text().startswith("已恢复上次没有保存的内容")
    assert page.input_value("#id_note") == "客户说晚上才在家"
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/whoami/?key=*")
    page.goto("/form/")
    assert page.input_value("#id_note") == ""


def test_news_add_up_in_a_quiet_line(opened: Opened, agent: Actor, settings: Any) -> None:
    settings.KIT = {"live": "/news/"}
    page = opened("/form/")
    log_in(page)

    page.wait_for_selector("text=6 条新记录，点此刷新", timeout=15_000)

    assert page.locator(".k-live").inner_text() == "6 条新记录，点此刷新"


def test_a_letter_alone_presses_what_wears_it_but_never_while_typing(opened: Opened, agent: Actor) -> None:
    page = opened("/form/")
    log_in(page)

    page.focus("#id_note")
    page.keyboard.type("e?")
    assert page.input_value("#id_note") == "e?"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    assert "修改" in page.locator("[data-page-keys]").inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.wait_for_url("**/whoami/")


def test_a_refused_fragment_keeps_the_form_ready(opened: Opened, agent: Actor) -> None:
    page = opened("/form/")
    log_in(page)

    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".k-error")

    assert focused(page) == "id_phone"
    assert page.locator("#part button[type=submit]:disabled").count() == 0
    assert page.locator("h1").count() == 1  # only the part was swapped


def test_a_discarded_draft_is_gone(opened: Opened) -> None:
    page = opened("/kit/")

    page.fill("#id_note", "写了一半")
    page.goto("/kit/overview/")
    page.goto("/kit/")
    assert page.input_value("#id_note") == "写了一半"
    page.click(".k-draft button")
    page.reload()

    assert page.input_value("#id_note") == ""


def test_filters_answer_while_typing_and_keep_a_short_address(opened: Opened) -> None:
    page = opened("/kit/")

    page.evaluate("window.stayed = true")
    page.select_option("#id_state", "在借")
    page.wait_for_url("**/kit/?state=%E5%9C%A8%E5%80%9F")

    assert page.evaluate("window.stayed") is True


def test_the_chosen_theme_is_kept_and_drawn_by_the_server(opened: Opened) -> None:
    page = opened("/kit/")

    page.click("[data-theme-toggle]")
    html = page.request.get("/kit/").text()

    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert '<html lang="zh-hans" data-theme="dark">' in html


def log_in(page: Page) -> None:
    page.fill("#id_login", "wangfang")
    page.fill("#id_password", "shouhou-2026")
    page.keyboard.press("Enter")
    page.wait_for_url("**/form/")
