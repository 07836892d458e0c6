"""Pages in a real Chromium: who is logged in, at which size, and that nothing goes wrong in them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    ViewportSize,
    expect,
    sync_playwright,
)

from gongdan.kernel.actor import Actor

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DESK: ViewportSize = {"width": 1366, "height": 768}
PHONE: ViewportSize = {"width": 375, "height": 812}
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]

# Every module of browser tests carries these marks.
IN_BROWSER = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

PATIENCE = 30_000  # milliseconds: a busy machine is slow, not wrong
expect.set_options(timeout=PATIENCE)

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a module. Its driver keeps an event loop in this thread, which Django refuses."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def opened(browser: Browser, live_server: Any, client_for: Callable[[Actor], Client]) -> Iterator[Opened]:
    """Opens a page: `opened("/reception/", agent, PHONE)`, or as nobody without an actor.

    Each person has a browser of his own at each size. An error in a page or a fault of the server fails the test.
    """
    wrong: list[str] = []
    contexts: dict[tuple[int, int], BrowserContext] = {}

    def _opened(path: str, by: Actor | None = None, size: ViewportSize = DESK) -> Page:
        who = by.id if by else 0
        context = contexts.get((who, size["width"]))
        if context is None:
            is_phone = size is PHONE
            context = browser.new_context(
                base_url=live_server.url, viewport=size, locale="zh-CN", has_touch=is_phone, is_mobile=is_phone
            )
            context.set_default_timeout(PATIENCE)
            context.on("page", lambda page: _watch(page, wrong))
            if by:
                session = client_for(by).cookies["sessionid"].value
                context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
            contexts[who, size["width"]] = context
        page = context.new_page()
        page.goto(path)
        page.wait_for_selector("html.js")
        return page

    yield _opened
    for context in contexts.values():
        context.close()
    assert wrong == []


def _watch(page: Page, wrong: list[str]) -> None:
    """What goes wrong in a page is written down. A refusal (4xx) is an answer."""

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            wrong.append(f"{page.url}: {message.text}")

    def answered(response: Response) -> None:
        if response.status >= 500:
            wrong.append(f"{response.request.method} {response.url}: {response.status}")

    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on("console", said)
    page.on("response", answered)


def width_of(page: Page) -> int:
    """How wide the content is; wider than the screen means that the page scrolls sideways."""
    return int(page.evaluate("document.scrollingElement.scrollWidth"))


def sign(page: Page, name: str = "signature") -> None:
    """Writes something on the signature field of that name: on the one that is unfolded, where a page has several."""
    canvas = page.locator(f"[data-signature][data-ready]:has(input[name={name}]) canvas:visible")
    canvas.scroll_into_view_if_needed()
    place = canvas.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 40, place["y"] + 40)
    page.mouse.down()
    for step in range(1, 10):
        page.mouse.move(place["x"] + 40 + step * 10, place["y"] + 40 + step % 3 * 20)
    page.mouse.up()
