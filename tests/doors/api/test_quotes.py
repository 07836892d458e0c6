"""A price that is told before anybody came, through the API."""

from __future__ import annotations

from datetime import datetime

import pytest

from gongdan.kernel.actor import Actor
from gongdan.orders.models import Order
from gongdan.quotes.models import Quote
from tests.doors.api.test_walks import Caller
from tests.repair.shop import in_repair, order, shop

__all__ = ["in_repair", "order", "shop"]
pytestmark = pytest.mark.django_db


def test_before_an_arrival_a_program_says_that_it_means_it_and_a_decline_costs_nothing(
    order: Order, technician: Actor, now: datetime
) -> None:
    bench = Caller(technician, now)
    quote = bench.post(f"/orders/{order.number}/quote")

    status, refusal = bench.call("POST", f"/quotes/{quote['id']}/issue", {"seen": quote["version"]})
    assert (status, refusal["code"]) == (409, "not_arrived")
    body = {"seen": quote["version"], "confirm_not_arrived": True}
    quote = bench.post(f"/quotes/{quote['id']}/issue", body)
    assert quote["due_fen"] == 50_00

    said = {"is_accepted": False, "name": "王太太", "way": "phone", "reason": "太贵", "seen": quote["version"]}
    assert bench.post(f"/quotes/{quote['id']}/decide", said)["due_fen"] == 0
    assert Quote.objects.get().state == "declined"
