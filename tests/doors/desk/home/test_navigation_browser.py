"""维修服务导航: a click on a box opens its list, and the list holds as many rows as the box says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse

from gongdan.kernel.actor import Actor
from gongdan.orders.models import Order
from tests.browser import IN_BROWSER, Opened

pytestmark = IN_BROWSER


@pytest.mark.req("R-052")
def test_a_click_on_each_box_opens_a_list_of_as_many_rows(
    dispatched: Order, register: Callable[..., Order], question: Order, supervisor: Actor, opened: Opened
) -> None:
    register(symptom="一")
    register(symptom="二")
    path = reverse("desk:navigation")
    page = opened(path, supervisor)
    boxes = page.locator("a.d-box")
    told = {
        box.get_attribute("data-name"): (box.get_attribute("href"), int(box.locator("strong").inner_text()))
        for box in boxes.all()
    }
    assert {name: count for name, (_url, count) in told.items()} == {
        "registered": 2, "inquiry": 1, "complaint": 0, "to_dispatch": 0, "in_repair": 1, "to_settle": 0, "to_follow_up": 0,
    }  # fmt: skip

    for name, (url, count) in told.items():
        page.click(f"a.d-box[data-name={name}]")
        page.wait_for_url(f"**{url}")
        assert page.locator("tr[data-url]").count() == count, name
        page.goto(path)
