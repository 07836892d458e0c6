"""Every page of the desk with the demo shop's data: for every eye, every hand and every screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Browser, Page

from gongdan.people.models import User
from gongdan.people.queries import actor_for
from tests.browser import DESK, IN_BROWSER, PATIENCE
from tests.every_page import Crawl, look_at, look_at_phone, summary, walk_by_tab

pytestmark = IN_BROWSER
# Where the day is spent: on these Tab is pressed until it has been everywhere.
STATIONS = (
    r"/reception/",
    r"/dispatch/\w+-\d+/",
    r"/orders/\w+-\d+/",
    r"/repair/\w+-\d+/",
    r"/follow-up/\w+-\d+/",
    r"/setup/rules/",
)


def test_no_page_shuts_anybody_out_or_scrolls_sideways_on_the_phone(
    browser: Browser, live_server: Any, client_for: Callable[[Any], Client]
) -> None:
    call_command("setup", verbosity=0)
    call_command("seed_demo", verbosity=0)
    boss = client_for(actor_for(User.objects.get(roles__code="admin")))
    seen = Crawl(boss)
    pages = seen.pages()
    assert len(pages) > 90, "the crawl lost its way"

    page = _page_of(browser, live_server.url, boss)
    wrong = {url: some for url in pages if (some := look_at(page, url))}
    stations = [next(url for url in pages if re.fullmatch(one, url)) for one in STATIONS]
    for url in stations:
        if left := walk_by_tab(page, url):
            wrong.setdefault(url, {})["Tab"] = left
    page.context.close()

    for role in ("shifu", "kefu", "shouyin"):
        client = client_for(actor_for(User.objects.get(username=role)))
        own = Crawl(client)
        assert len(own.pages()) > 20, f"the crawl of {role} lost its way"
        page = _page_of(browser, live_server.url, client)
        for url in dict.fromkeys(["/", *own.beside(seen)]):
            if some := look_at_phone(page, url):
                wrong[f"{role} {url}"] = some
        page.context.close()

    assert wrong == {}, "\n" + summary(wrong)


def _page_of(browser: Browser, address: str, client: Client) -> Page:
    """A page in a browser of its own for whoever is logged in at this client."""
    context = browser.new_context(base_url=address, viewport=DESK, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])
    return context.new_page()
